//! Messages to bytes and back: CBOR (RFC 8949), one encoding per value, nothing left over.

use minicbor::encode::Write;
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::limits;

/// Why bytes are not a message.
#[derive(Debug, Error)]
pub enum CodecError {
    /// Longer than any message may be.
    #[error("message is {len} bytes, the limit is {max}", max = limits::MESSAGE)]
    TooLong {
        /// Bytes that came.
        len: usize,
    },
    /// Not CBOR of the expected shape.
    #[error("message does not have the expected shape: {0}")]
    Shape(#[from] minicbor::decode::Error),
    /// The right shape in another encoding, with unknown fields, or with bytes after it.
    #[error("message is not in its one canonical encoding")]
    NotCanonical,
}

/// Returns the message's bytes.
pub fn encode<T: Encode<()>>(message: &T) -> Vec<u8> {
    minicbor::to_vec(message).expect("writing to a vector does not fail")
}

/// Appends the message's bytes to `out`.
pub fn encode_into<T: Encode<()>>(message: &T, out: &mut Vec<u8>) {
    minicbor::encode(message, out).expect("writing to a vector does not fail");
}

/// Reads a message that fills `bytes` exactly, in the one encoding [`encode`] gives it.
///
/// # Errors
/// [`CodecError`] for anything else; nothing is allocated beyond the size of `bytes`.
pub fn decode<T>(bytes: &[u8]) -> Result<T, CodecError>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    if limits::MESSAGE < bytes.len() {
        return Err(CodecError::TooLong { len: bytes.len() });
    }
    let message: T = minicbor::decode(bytes)?;
    // Unknown trailing fields, long integers and trailing bytes all decode; none of them encodes back.
    if !encodes_to(&message, bytes) {
        return Err(CodecError::NotCanonical);
    }
    Ok(message)
}

/// Returns whether `bytes` are the message's encoding, without making a copy that could hold a password.
fn encodes_to<T: Encode<()>>(message: &T, bytes: &[u8]) -> bool {
    let mut compared = Compared { rest: bytes };
    minicbor::encode(message, &mut compared).is_ok() && compared.rest.is_empty()
}

/// Takes what is written only as long as it equals `rest`.
struct Compared<'b> {
    rest: &'b [u8],
}

struct Differs;

impl Write for Compared<'_> {
    type Error = Differs;

    fn write_all(&mut self, written: &[u8]) -> Result<(), Differs> {
        self.rest = self.rest.strip_prefix(written).ok_or(Differs)?;
        Ok(())
    }
}
