//! LiveChat's wire protocol without I/O: ids, limits, messages, frames, handshake, transport.
//!
//! Everything a stranger can send is a type in this crate, and a value that exists is within [`limits`].
//! `docs/PROTOCOL.md` describes the same bytes for people who write a client in another language.

pub mod bytes;
pub mod codec;
#[cfg(any(test, feature = "testing"))]
pub mod fuzz;
pub mod handshake;
pub mod ids;
pub mod invite;
pub mod keys;
pub mod limits;
pub mod message;
mod plaintext;
pub mod refusal;
pub mod text;
pub mod transport;
