//! Sealed rooms: MLS groups (RFC 9420) whose server sees ciphertext and keeps order, without I/O.

pub mod franking;
mod ids;

pub use ids::{ServerId, id16, number_of};
