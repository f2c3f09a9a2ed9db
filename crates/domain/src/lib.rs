//! Rules both sides agree on, without I/O: names, texts, roles, measures, filters, throttles, credentials, audit wording.
//!
//! Nothing here reads a clock, a file or a socket. Randomness is drawn by functions called `generate`, by
//! `password::Hasher::hash` for its salt and by `seal::SealKey::seal` for its nonce, nowhere else.
//! What only a server needs (password hashes, TOTP, sealed secrets, filters) is behind the feature `credentials`.

pub mod audit;
pub mod cidr;
pub mod file;
pub mod filter;
pub mod mention;
pub mod name;
pub mod password_rules;
pub mod raid;
pub mod report;
pub mod role;
pub mod sanction;
pub mod settings;
pub mod text;
pub mod throttle;
pub mod token;

#[cfg(feature = "credentials")]
pub mod checkpoint;
#[cfg(feature = "credentials")]
pub mod network_tag;
#[cfg(feature = "credentials")]
pub mod password;
#[cfg(feature = "credentials")]
pub mod recovery;
#[cfg(feature = "credentials")]
pub mod seal;
#[cfg(feature = "credentials")]
pub mod totp;

mod base32;
mod random;
