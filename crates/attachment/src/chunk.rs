//! Sealing and opening chunk by chunk.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use subtle::ConstantTimeEq;

use crate::key::{COMMITTED, Derived, HEAD, MAGIC, head};
use crate::{CHUNK, CHUNK_SEALED, FileKey, FormatError, HEADER, OpenError, SealError, TAG};

/// Whether a chunk ends its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// More follow.
    No,
    /// Nothing follows.
    Yes,
}

/// Seals a file from its first chunk to its last.
pub struct Sealer {
    keys: Keys,
    /// The next chunk; nothing after the last.
    next: Option<u64>,
}

/// Opens the chunks of a file in any order.
pub struct Opener {
    keys: Keys,
}

struct Keys {
    cipher: Aes256Gcm,
    derived: Derived,
    header: [u8; HEADER],
}

impl Sealer {
    /// Begins a file; its first bytes are the header. One key seals one plaintext: only the same one may ever be sealed
    /// again under the same key and salt.
    #[must_use]
    pub fn new(key: &FileKey, salt: [u8; 16]) -> (Self, [u8; HEADER]) {
        let mut header = head(salt);
        let derived = key.derive(&header[..HEAD]);
        header[HEAD..COMMITTED].copy_from_slice(&derived.commitment);
        (Self { keys: Keys::new(derived, header), next: Some(0) }, header)
    }

    /// Begins to seal again what was opened: the bytes are the same, so a reader that kept only the plaintext can go on.
    ///
    /// # Errors
    /// Those of [`Opener::new`].
    pub fn again(key: &FileKey, header: &[u8; HEADER]) -> Result<Self, OpenError> {
        Ok(Self { keys: Keys::read(key, header)?, next: Some(0) })
    }

    /// Seals the next chunk in place; its tag is added to it.
    ///
    /// # Errors
    /// [`SealError`] when the chunk is not whole though others follow, is too long, or comes after the last.
    pub fn seal(&mut self, chunk: &mut Vec<u8>, last: Last) -> Result<(), SealError> {
        let next = self.next.ok_or(SealError::Ended)?;
        let index = u32::try_from(next).map_err(|_| SealError::TooLong)?;
        let is_whole = chunk.len() == CHUNK;
        // An empty last chunk stands alone: it is the empty file.
        let may_be_short = last == Last::Yes && chunk.len() < CHUNK && (index == 0 || !chunk.is_empty());
        if !is_whole && !may_be_short {
            return Err(SealError::Length { len: chunk.len() });
        }
        let nonce = self.keys.derived.nonce(index, last == Last::Yes);
        let tag = self
            .keys
            .cipher
            .encrypt_inout_detached(&nonce.into(), &self.keys.header, chunk.as_mut_slice().into())
            .expect("AES-GCM seals up to 2^36 bytes");
        chunk.extend_from_slice(&tag);
        self.next = if last == Last::Yes { None } else { Some(next + 1) };
        Ok(())
    }
}

impl Opener {
    /// Reads a header and checks that the key is the file's.
    ///
    /// # Errors
    /// `Format` when it is no header of this version; `WrongKey`.
    pub fn new(key: &FileKey, header: &[u8; HEADER]) -> Result<Self, OpenError> {
        Ok(Self { keys: Keys::read(key, header)? })
    }

    /// Opens a sealed chunk in place; its tag is taken off. After an error the chunk is empty.
    ///
    /// # Errors
    /// `Chunk` when these are not the bytes that were sealed as this chunk of this file.
    pub fn open_at(&self, index: u32, chunk: &mut Vec<u8>, last: Last) -> Result<(), OpenError> {
        let refused = Err(OpenError::Chunk { index });
        let has_possible_length = match last {
            Last::No => chunk.len() == CHUNK_SEALED,
            Last::Yes if index == 0 => (TAG..=CHUNK_SEALED).contains(&chunk.len()),
            Last::Yes => (TAG + 1..=CHUNK_SEALED).contains(&chunk.len()),
        };
        if !has_possible_length {
            chunk.clear();
            return refused;
        }
        let Some((text, tag)) = chunk.split_last_chunk::<TAG>() else { return refused };
        let (length, tag) = (text.len(), *tag);
        chunk.truncate(length);
        let nonce = self.keys.derived.nonce(index, last == Last::Yes);
        let buffer = chunk.as_mut_slice().into();
        match self.keys.cipher.decrypt_inout_detached(&nonce.into(), &self.keys.header, buffer, &tag.into()) {
            Ok(()) => Ok(()),
            Err(_) => {
                chunk.clear();
                refused
            }
        }
    }
}

impl Keys {
    fn new(derived: Derived, header: [u8; HEADER]) -> Self {
        Self { cipher: Aes256Gcm::new((&*derived.cipher).into()), derived, header }
    }

    fn read(key: &FileKey, header: &[u8; HEADER]) -> Result<Self, OpenError> {
        if header[..MAGIC.len()] != MAGIC || header[COMMITTED..] != [0; HEADER - COMMITTED] {
            return Err(FormatError::Header.into());
        }
        let derived = key.derive(&header[..HEAD]);
        if !bool::from(derived.commitment.ct_eq(&header[HEAD..COMMITTED])) {
            return Err(OpenError::WrongKey);
        }
        Ok(Self::new(derived, *header))
    }
}
