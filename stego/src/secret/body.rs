//! The body: a payload, packed where that helps, sealed with AES-256-GCM.
//!
//! Plaintext: flags, then where the flags say so a name (length, bytes), then the bytes. The key is used once, because
//! it belongs to one random salt; so the nonce is constant. The header is authenticated with it.

use aes_gcm::aead::{Aead, Payload as Sealing};
use aes_gcm::{Aes256Gcm, KeyInit};
use thiserror::Error;
use zeroize::Zeroizing;

use super::header::HEADER;
use super::key::Keys;

/// What is hidden: a text or a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    /// The file's name, where it has one that is worth its bytes. A reader must not trust it as a path.
    pub name: Option<String>,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Why a payload cannot be packed, or an opened body is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// A name that does not fit its length byte.
    #[error("the file name is longer than 255 bytes")]
    NameTooLong,
    /// More than the limit of this reader.
    #[error("the payload is larger than {limit} bytes")]
    TooLarge {
        /// How many may be.
        limit: u64,
    },
    /// The tag holds, the content is of another version.
    #[error("the payload is of a kind that this version does not know")]
    Unknown,
}

/// Bytes that sealing adds to what is packed.
pub(crate) const TAG: usize = 16;
/// Bytes of the shortest body: flags and tag.
pub(crate) const SHORTEST: usize = TAG + 1;

impl std::fmt::Debug for Payload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Payload({} bytes)", self.bytes.len())
    }
}

impl Payload {
    /// Packs the payload: compressed where that is shorter.
    pub(crate) fn pack(&self) -> Result<Zeroizing<Vec<u8>>, PayloadError> {
        let packed = compress(&self.bytes).filter(|packed| packed.len() < self.bytes.len());
        let mut flags = 0;
        let mut plain = Zeroizing::new(vec![0]);
        if let Some(name) = &self.name {
            flags |= NAMED;
            plain.push(u8::try_from(name.len()).map_err(|_| PayloadError::NameTooLong)?);
            plain.extend_from_slice(name.as_bytes());
        }
        match packed {
            Some(packed) => {
                flags |= COMPRESSED;
                plain.extend_from_slice(&packed);
            }
            None => plain.extend_from_slice(&self.bytes),
        }
        plain[0] = flags;
        Ok(plain)
    }

    /// Unpacks an opened body.
    pub(crate) fn unpack(plain: &[u8], limit: u64) -> Result<Self, PayloadError> {
        let (flags, rest) = plain.split_first().ok_or(PayloadError::Unknown)?;
        if flags & !(NAMED | COMPRESSED) != 0 {
            return Err(PayloadError::Unknown);
        }
        let (name, rest) = if flags & NAMED == 0 {
            (None, rest)
        } else {
            let (length, rest) = rest.split_first().ok_or(PayloadError::Unknown)?;
            let (name, rest) = rest.split_at_checked(usize::from(*length)).ok_or(PayloadError::Unknown)?;
            (Some(String::from_utf8(name.to_vec()).map_err(|_| PayloadError::Unknown)?), rest)
        };
        let bytes = if flags & COMPRESSED == 0 { rest.to_vec() } else { decompress(rest, limit)? };
        if limit < bytes.len() as u64 {
            return Err(PayloadError::TooLarge { limit });
        }
        Ok(Self { name, bytes })
    }
}

/// Seals a packed payload under the keys of one picture.
pub(crate) fn seal(plain: &[u8], header: &[u8; HEADER], keys: &Keys) -> Vec<u8> {
    let sealing = Sealing { msg: plain, aad: header };
    cipher(keys).encrypt(&NONCE.into(), sealing).expect("a payload is shorter than 64 GiB")
}

/// Opens a body; nothing where the keys, the header or the body are not the right ones.
pub(crate) fn open(sealed: &[u8], header: &[u8; HEADER], keys: &Keys) -> Option<Zeroizing<Vec<u8>>> {
    let sealing = Sealing { msg: sealed, aad: header };
    cipher(keys).decrypt(&NONCE.into(), sealing).ok().map(Zeroizing::new)
}

fn cipher(keys: &Keys) -> Aes256Gcm {
    Aes256Gcm::new((&*keys.body).into())
}

const NONCE: [u8; 12] = [0; 12];
const COMPRESSED: u8 = 1;
const NAMED: u8 = 2;

/// A zstd frame without the four bytes that all of them begin with.
fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL).ok()?;
    compressor.include_contentsize(false).ok()?;
    compressor.include_checksum(false).ok()?;
    let frame = compressor.compress(bytes).ok()?;
    frame.strip_prefix(&MAGIC).map(<[u8]>::to_vec)
}

fn decompress(packed: &[u8], limit: u64) -> Result<Vec<u8>, PayloadError> {
    use std::io::Read;
    let frame = MAGIC.chain(packed);
    let mut decoder = zstd::stream::read::Decoder::new(frame).map_err(|_| PayloadError::Unknown)?;
    decoder.window_log_max(MOST_WINDOW).map_err(|_| PayloadError::Unknown)?;
    let mut bytes = Vec::new();
    decoder.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| PayloadError::Unknown)?;
    Ok(bytes)
}

const LEVEL: i32 = 19;
/// 64 MiB: what the limit of a payload needs at this level.
const MOST_WINDOW: u32 = 26;
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Passphrase;

    fn payload(name: Option<&str>, bytes: &[u8]) -> Payload {
        Payload { name: name.map(str::to_owned), bytes: bytes.to_vec() }
    }

    #[test]
    fn payloads_come_back_with_and_without_name() {
        let long = b"again and again ".repeat(1000);
        for payload in
            [payload(None, b""), payload(None, b"x"), payload(Some("a.txt"), b"yz"), payload(None, &long)]
        {
            let packed = payload.pack().unwrap();
            assert_eq!(Payload::unpack(&packed, 20_000), Ok(payload));
        }
        assert!(payload(None, &long).pack().unwrap().len() < 60);
        assert_eq!(payload(None, b"xyz").pack().unwrap().len(), 4);
        assert_eq!(payload(Some(&"n".repeat(256)), b"").pack(), Err(PayloadError::NameTooLong));
    }

    #[test]
    fn unpacking_stops_at_the_limit() {
        let packed = payload(None, &vec![0; 1 << 20]).pack().unwrap();
        assert!(packed.len() < 200);
        assert_eq!(Payload::unpack(&packed, 1000), Err(PayloadError::TooLarge { limit: 1000 }));
        assert_eq!(Payload::unpack(&[4, 1], 1000), Err(PayloadError::Unknown));
        assert_eq!(Payload::unpack(&[2, 9, 1], 1000), Err(PayloadError::Unknown));
        assert_eq!(Payload::unpack(&[1, 9, 1], 1000), Err(PayloadError::Unknown));
    }

    #[test]
    fn a_body_opens_with_its_own_keys_and_header_only() {
        let keys = Passphrase::new("one").unwrap().keys(&[1; 12]);
        let sealed = seal(b"secret", &[3; HEADER], &keys);
        assert_eq!(sealed.len(), 6 + TAG);
        assert_eq!(open(&sealed, &[3; HEADER], &keys).unwrap().as_slice(), b"secret");
        assert!(open(&sealed, &[4; HEADER], &keys).is_none());
        let others = Passphrase::new("two").unwrap().keys(&[1; 12]);
        assert!(open(&sealed, &[3; HEADER], &others).is_none());
    }
}
