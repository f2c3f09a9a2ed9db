//! Handshake messages in the byte stream: a `u16` length in front, zero for a refusal in the clear.

use bytes::{Buf, BytesMut};
use thiserror::Error;

use super::preamble::{ClearRefusal, parse_clear_refusal};
use crate::limits;

/// What comes next from the peer during the handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandshakeMessage {
    /// A handshake message, without its length.
    Message(BytesMut),
    /// The server turns the connection away.
    Refused(ClearRefusal),
}

/// Why the stream is not a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FramingError {
    /// The length is above what any handshake message has.
    #[error("handshake message of {len} bytes, the limit is {max}", max = limits::HANDSHAKE_MESSAGE)]
    TooLong {
        /// What the length field says.
        len: usize,
    },
    /// A refusal with a reason that this version does not know.
    #[error("server refused for a reason that this program does not know")]
    UnknownRefusal,
}

/// Splits the next handshake message off what was read from the peer; nothing while it is incomplete.
///
/// It reserves no memory; the caller never needs more than `limits::HANDSHAKE_MESSAGE` and two bytes.
///
/// # Errors
/// [`FramingError`] as soon as the length field is there and wrong.
pub fn next_message(buffer: &mut BytesMut) -> Result<Option<HandshakeMessage>, FramingError> {
    let Some(field) = buffer.first_chunk() else { return Ok(None) };
    let len = usize::from(u16::from_be_bytes(*field));
    if limits::HANDSHAKE_MESSAGE < len {
        return Err(FramingError::TooLong { len });
    }
    if len == 0 {
        return next_refusal(buffer);
    }
    if buffer.len() < LENGTH_FIELD + len {
        return Ok(None);
    }
    buffer.advance(LENGTH_FIELD);
    Ok(Some(HandshakeMessage::Message(buffer.split_to(len))))
}

/// Returns the message with its length in front.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    let len =
        u16::try_from(message.len()).expect("our handshake messages are below limits::HANDSHAKE_MESSAGE");
    [&len.to_be_bytes(), message].concat()
}

fn next_refusal(buffer: &mut BytesMut) -> Result<Option<HandshakeMessage>, FramingError> {
    let Some(bytes) = buffer[LENGTH_FIELD..].first_chunk() else { return Ok(None) };
    let refusal = parse_clear_refusal(bytes).ok_or(FramingError::UnknownRefusal)?;
    buffer.advance(LENGTH_FIELD + bytes.len());
    Ok(Some(HandshakeMessage::Refused(refusal)))
}

const LENGTH_FIELD: usize = 2;
