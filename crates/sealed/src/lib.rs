//! Sealed rooms: MLS groups (RFC 9420) whose server sees ciphertext and keeps order, without I/O.
//!
//! [`Member`] is a device in its rooms, [`Host`] the server that follows them, [`Vault`] what a device keeps.

pub mod body;
pub mod evidence;
pub mod franking;
pub mod host;
pub mod identity;
mod ids;
mod leaf;
pub mod member;
pub mod rules;
pub mod vault;

pub use body::Body;
pub use host::Host;
pub use ids::{ServerId, id16, number_of};
pub use leaf::{Leaf, group_id};
pub use member::Member;
pub use vault::Vault;
