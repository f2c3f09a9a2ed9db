//! The limit program's frames: a length, AES-256-GCM, a counter as nonce. No handshake: the key goes ahead.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use anyhow::{Result, anyhow};
use bytes::{Buf, BufMut, BytesMut};

/// Bytes of a [`Hello`].
pub(crate) const HELLO_BYTES: usize = 36;
const LENGTH_FIELD: usize = 2;
const TAG: usize = 16;

/// What a member of the limit program says first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hello {
    /// The key of both directions.
    pub(crate) key: [u8; 32],
    /// The room it is in from then on.
    pub(crate) room: u32,
}

/// One side of a connection.
#[derive(Debug)]
pub(crate) struct Link {
    cipher: Cipher,
    sealing: Counter,
    opening: Counter,
}

/// A cipher that prints nothing.
struct Cipher(Aes256Gcm);

#[derive(Debug)]
struct Counter {
    side: u8,
    next: u64,
}

impl Hello {
    /// Reads what [`Hello::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8; HELLO_BYTES]) -> Self {
        let (mut key, mut room) = ([0; 32], [0; 4]);
        key.copy_from_slice(&bytes[..32]);
        room.copy_from_slice(&bytes[32..]);
        Self { key, room: u32::from_be_bytes(room) }
    }

    /// Returns the bytes on the wire.
    pub(crate) fn to_bytes(self) -> [u8; HELLO_BYTES] {
        let mut bytes = [0; HELLO_BYTES];
        bytes[..32].copy_from_slice(&self.key);
        bytes[32..].copy_from_slice(&self.room.to_be_bytes());
        bytes
    }
}

impl Link {
    /// Returns the server's side.
    pub(crate) fn server(hello: &Hello) -> Self {
        Self::new(hello, 1, 0)
    }

    /// Returns the member's side.
    pub(crate) fn member(hello: &Hello) -> Self {
        Self::new(hello, 0, 1)
    }

    fn new(hello: &Hello, sealing: u8, opening: u8) -> Self {
        let cipher = Cipher(Aes256Gcm::new(&hello.key.into()));
        Self { cipher, sealing: Counter::of(sealing), opening: Counter::of(opening) }
    }

    /// Appends one frame with this message.
    ///
    /// # Errors
    /// When the message is too long for a frame.
    pub(crate) fn seal(&mut self, message: &[u8], out: &mut BytesMut) -> Result<()> {
        out.put_u16(u16::try_from(message.len() + TAG)?);
        let start = out.len();
        out.extend_from_slice(message);
        let nonce = self.sealing.advance();
        let sealed = self.cipher.0.encrypt_inout_detached(&nonce.into(), &[], (&mut out[start..]).into());
        out.extend_from_slice(&sealed.map_err(|_| anyhow!("message is too long"))?);
        Ok(())
    }

    /// Takes the next message off the buffer; nothing while it is incomplete.
    ///
    /// # Errors
    /// When the frame was not sealed by the other side.
    pub(crate) fn open(&mut self, buffer: &mut BytesMut) -> Result<Option<BytesMut>> {
        let Some(field) = buffer.first_chunk() else { return Ok(None) };
        let len = usize::from(u16::from_be_bytes(*field));
        if buffer.len() < LENGTH_FIELD + len {
            return Ok(None);
        }
        buffer.advance(LENGTH_FIELD);
        let mut message = buffer.split_to(len);
        let tag = message.split_off(len.saturating_sub(TAG));
        let tag: [u8; TAG] = tag[..].try_into()?;
        let nonce = self.opening.advance();
        self.cipher
            .0
            .decrypt_inout_detached(&nonce.into(), &[], (&mut message[..]).into(), &tag.into())
            .map_err(|_| anyhow!("not the next frame of this connection"))?;
        Ok(Some(message))
    }
}

impl Counter {
    fn of(side: u8) -> Self {
        Self { side, next: 0 }
    }

    fn advance(&mut self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[0] = self.side;
        nonce[4..].copy_from_slice(&self.next.to_be_bytes());
        self.next += 1;
        nonce
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_side_seals_the_other_opens_in_order_and_only_once() {
        let hello = Hello { key: [7; 32], room: 9 };
        assert_eq!(Hello::from_bytes(&hello.to_bytes()), hello);
        let (mut server, mut member) = (Link::server(&hello), Link::member(&hello));
        let mut wire = BytesMut::new();
        server.seal(b"one", &mut wire).unwrap();
        server.seal(b"two", &mut wire).unwrap();
        let mut again = wire.clone();
        assert_eq!(&member.open(&mut wire).unwrap().unwrap()[..], b"one");
        assert_eq!(&member.open(&mut wire).unwrap().unwrap()[..], b"two");
        assert!(member.open(&mut wire).unwrap().is_none());
        assert!(member.open(&mut again).is_err());
    }
}
