//! The transport after the handshake: sealed frames with several messages each, keys that move on.
//!
//! A frame on the wire is a big-endian `u16` length and that many bytes of AES-GCM ciphertext.

use std::fmt;

use bytes::{Buf, BufMut, BytesMut};
use snow::{HandshakeState, TransportState};
use thiserror::Error;

use crate::limits;
use crate::plaintext::{self, LENGTH_FIELD, PlaintextError};

/// Both directions of one connection. Frames must be opened in the order in which they were sealed.
#[derive(Debug)]
pub struct Transport {
    noise: TransportState,
    handshake_hash: [u8; 32],
    broken: bool,
}

/// The messages of one frame, in order; still encoded.
pub struct Messages {
    plaintext: Vec<u8>,
}

/// Why a frame cannot be made or is not taken. The connection is over in every case but [`Self::MessageLength`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TransportError {
    /// A message of ours is empty or too long to be sent; nothing was sealed.
    #[error("message is {len} bytes, a message has 1 to {max}", max = limits::MESSAGE)]
    MessageLength {
        /// Its length.
        len: usize,
    },
    /// The length on the wire is not one of a frame.
    #[error("frame is {len} bytes, the smallest has {min}", min = limits::FRAME_SMALLEST)]
    FrameLength {
        /// What the length field says.
        len: usize,
    },
    /// Forged, changed, replayed, out of order, or sealed with another key.
    #[error("frame is not the next one of this connection")]
    NotAuthentic,
    /// Authentic, and not a row of messages: the peer is broken.
    #[error("frame has a wrong inside: {0}")]
    Plaintext(#[from] PlaintextError),
    /// An earlier frame was refused.
    #[error("connection is over: an earlier frame was refused")]
    Broken,
}

/// Splits the first whole frame off what was read from the peer, without its length field.
///
/// Returns nothing while the frame is incomplete. It reserves no memory: the caller reads on into `buffer`
/// and a frame never needs more than 64 KiB there.
///
/// # Errors
/// [`TransportError::FrameLength`] as soon as the length field is there and wrong.
pub fn next_frame(buffer: &mut BytesMut) -> Result<Option<BytesMut>, TransportError> {
    let Some(field) = buffer.first_chunk() else { return Ok(None) };
    let len = usize::from(u16::from_be_bytes(*field));
    if len < limits::FRAME_SMALLEST {
        return Err(TransportError::FrameLength { len });
    }
    if buffer.len() < LENGTH_FIELD + len {
        return Ok(None);
    }
    buffer.advance(LENGTH_FIELD);
    Ok(Some(buffer.split_to(len)))
}

impl Transport {
    pub(crate) fn new(noise: HandshakeState) -> Self {
        let handshake_hash = noise.get_handshake_hash().try_into().expect("SHA-256 gives 32 bytes");
        let noise = noise.into_transport_mode().expect("the caller has finished the handshake");
        Self { noise, handshake_hash, broken: false }
    }

    /// Appends one frame to `out` with as many of the messages as fit, and returns how many those are.
    ///
    /// The caller comes again with the rest. Without messages nothing is appended.
    ///
    /// # Errors
    /// [`TransportError::MessageLength`] when the first message is empty or longer than [`limits::MESSAGE`].
    pub fn seal(
        &mut self,
        messages: &[impl AsRef<[u8]>],
        out: &mut BytesMut,
    ) -> Result<usize, TransportError> {
        let (count, used) = fitting(messages)?;
        if count == 0 {
            return Ok(0);
        }
        let padded = plaintext::padded_len(used, limits::FRAME_PADDED);
        let mut plaintext = Vec::with_capacity(padded);
        for message in &messages[..count] {
            plaintext::push(message.as_ref(), &mut plaintext);
        }
        plaintext.resize(padded, 0);
        self.seal_plaintext(&plaintext, out)?;
        Ok(count)
    }

    /// Opens the frame that [`next_frame`] gave.
    ///
    /// # Errors
    /// Any error is final: every later call fails too.
    pub fn open(&mut self, frame: &[u8]) -> Result<Messages, TransportError> {
        if self.broken {
            return Err(TransportError::Broken);
        }
        self.broken = true;
        let messages = self.open_next(frame)?;
        self.broken = false;
        Ok(messages)
    }

    /// Returns the hash of the whole handshake: the same on both sides and on no other connection.
    #[must_use]
    pub fn handshake_hash(&self) -> [u8; 32] {
        self.handshake_hash
    }

    fn seal_plaintext(&mut self, plaintext: &[u8], out: &mut BytesMut) -> Result<(), TransportError> {
        let len = plaintext.len() + limits::TAG;
        let field = u16::try_from(len).expect("a padded plaintext is at most limits::FRAME_PLAINTEXT");
        out.reserve(LENGTH_FIELD + len);
        out.put_u16(field);
        let start = out.len();
        out.put_bytes(0, len);
        self.noise.write_message(plaintext, &mut out[start..]).map_err(|_| TransportError::Broken)?;
        if self.noise.sending_nonce().is_multiple_of(limits::REKEY_EVERY) {
            self.noise.rekey_outgoing();
        }
        Ok(())
    }

    fn open_next(&mut self, frame: &[u8]) -> Result<Messages, TransportError> {
        if frame.len() < limits::FRAME_SMALLEST || limits::NOISE_MESSAGE < frame.len() {
            return Err(TransportError::FrameLength { len: frame.len() });
        }
        let mut plaintext = vec![0; frame.len() - limits::TAG];
        self.noise.read_message(frame, &mut plaintext).map_err(|_| TransportError::NotAuthentic)?;
        if self.noise.receiving_nonce().is_multiple_of(limits::REKEY_EVERY) {
            self.noise.rekey_incoming();
        }
        let used = plaintext::check(&plaintext, limits::FRAME_PADDED)?;
        plaintext.truncate(used);
        Ok(Messages { plaintext })
    }
}

impl Messages {
    /// Returns the messages one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        plaintext::messages(&self.plaintext)
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What people say is nothing for a log.
        formatter.debug_struct("Messages").field("count", &self.iter().count()).finish_non_exhaustive()
    }
}

/// Returns how many messages fit into one frame, and their bytes with length fields.
fn fitting(messages: &[impl AsRef<[u8]>]) -> Result<(usize, usize), TransportError> {
    let mut used = 0;
    for (count, message) in messages.iter().enumerate() {
        let len = message.as_ref().len();
        let sendable = (1..=limits::MESSAGE).contains(&len);
        if !sendable && count == 0 {
            return Err(TransportError::MessageLength { len });
        }
        if !sendable || limits::FRAME_PLAINTEXT < used + LENGTH_FIELD + len {
            return Ok((count, used));
        }
        used += LENGTH_FIELD + len;
    }
    Ok((messages.len(), used))
}

#[cfg(test)]
mod tests;
