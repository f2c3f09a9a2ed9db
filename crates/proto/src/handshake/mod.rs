//! The handshake: Noise XXpsk2 with a psk from ML-KEM-768, as typed states without I/O.
//!
//! The client sends a preamble, then three messages go to and fro, each with a `u16` length in front:
//! ```text
//! client -> server   "LiveChat" version | m1: e, ML-KEM encapsulation key
//! client <- server   m2: ML-KEM ciphertext | e, ee, s, es, psk
//! client -> server   m3: s, se, opening
//! ```
//! The client proves its device key and says its [`Opening`](crate::message::Opening) in m3, under keys that need
//! both X25519 and ML-KEM to be broken.

mod initiator;
mod kem;
mod message;
mod noise;
mod preamble;
mod resolver;
mod responder;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod vectors;

use thiserror::Error;

pub use initiator::{Initiator, Introduced};
pub use message::{FramingError, HandshakeMessage, next_message};
pub use preamble::{
    ClearRefusal, PREAMBLE, PreambleError, RefusalReason, Version, clear_refusal, parse_clear_refusal,
    parse_preamble,
};
pub use responder::{Accepted, Responder, Waiting};

use crate::codec::CodecError;
use crate::limits;
use crate::plaintext::PlaintextError;

/// Why a handshake ended. The connection is over in every case.
#[derive(Debug, Error)]
pub enum HandshakeError {
    /// A message does not have the length its place demands.
    #[error("handshake message {number} is {len} bytes, expected {expected}")]
    Length {
        /// Which of the three.
        number: u8,
        /// What came.
        len: usize,
        /// What this message has.
        expected: usize,
    },
    /// The message with the opening is too short or too long.
    #[error("handshake message 3 is {len} bytes, expected {shortest} to {longest}",
        shortest = noise::M3_OVERHEAD + limits::OPENING_PADDED, longest = limits::HANDSHAKE_MESSAGE)]
    OpeningLength {
        /// What came.
        len: usize,
    },
    /// The ML-KEM key breaks the rules of FIPS 203.
    #[error("handshake message 1 has an ML-KEM key that is not in range")]
    EncapsulationKey,
    /// Changed on the way, made for another key or version, or a key that gives no secret.
    #[error("handshake message {number} is not authentic")]
    NotAuthentic {
        /// Which of the three.
        number: u8,
    },
    /// The opening has wrong padding.
    #[error("opening is not padded as agreed: {0}")]
    Plaintext(#[from] PlaintextError),
    /// There is more than the opening.
    #[error("handshake message 3 has several messages inside, expected one opening")]
    SeveralOpenings,
    /// The opening cannot be read.
    #[error("opening: {0}")]
    Opening(#[from] CodecError),
}
