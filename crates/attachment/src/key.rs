//! The key of a file, and what is derived from it.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::HEADER;

/// The key of one file: wiped when dropped, compared in constant time, and never printed.
#[derive(Clone)]
pub struct FileKey(Zeroizing<[u8; 32]>);

/// What seals and opens a file.
pub(crate) struct Derived {
    pub(crate) cipher: Zeroizing<[u8; 32]>,
    pub(crate) prefix: [u8; 7],
    pub(crate) commitment: [u8; 32],
}

impl FileKey {
    /// Returns a fresh random key.
    ///
    /// # Panics
    /// When the operating system has no random bytes: nothing can be done safely then.
    #[must_use]
    pub fn random() -> Self {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).expect("the operating system gives random bytes");
        Self(key)
    }

    /// Takes a key that was kept.
    #[must_use]
    pub fn from_bytes(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// Returns the key; the caller never logs it.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Derives what the chunks of a file are sealed with; `head` is the header's first 24 bytes.
    pub(crate) fn derive(&self, head: &[u8]) -> Derived {
        let source = Hkdf::<Sha256>::new(Some(head), &*self.0);
        let mut derived = Derived { cipher: Zeroizing::new([0; 32]), prefix: [0; 7], commitment: [0; 32] };
        expand(&source, b"chatd/att/1 key", &mut *derived.cipher);
        expand(&source, b"chatd/att/1 nonce", &mut derived.prefix);
        expand(&source, b"chatd/att/1 commit", &mut derived.commitment);
        derived
    }

    /// Derives the key of a sealed card and its commitment.
    pub(crate) fn derive_card(&self) -> (Zeroizing<[u8; 32]>, [u8; 32]) {
        let source = Hkdf::<Sha256>::new(None, &*self.0);
        let (mut key, mut commitment) = (Zeroizing::new([0; 32]), [0; 32]);
        expand(&source, b"chatd/att/1 card key", &mut *key);
        expand(&source, b"chatd/att/1 card commit", &mut commitment);
        (key, commitment)
    }
}

impl PartialEq for FileKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for FileKey {}

impl fmt::Debug for FileKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl Derived {
    /// Returns the nonce of a chunk.
    pub(crate) fn nonce(&self, index: u32, is_last: bool) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..7].copy_from_slice(&self.prefix);
        nonce[7..11].copy_from_slice(&index.to_be_bytes());
        nonce[11] = u8::from(is_last);
        nonce
    }
}

/// Returns the first 24 bytes of a header with this salt; zeros stand after them.
pub(crate) fn head(salt: [u8; 16]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..MAGIC.len()].copy_from_slice(&MAGIC);
    header[MAGIC.len()..HEAD].copy_from_slice(&salt);
    header
}

/// Name, version, the base-2 logarithm of a chunk, and two zeros.
pub(crate) const MAGIC: [u8; 8] = *b"CHA1\x01\x10\0\0";
/// Bytes of the header before the commitment.
pub(crate) const HEAD: usize = 24;
/// Where the commitment ends.
pub(crate) const COMMITTED: usize = 56;

fn expand(source: &Hkdf<Sha256>, label: &[u8], out: &mut [u8]) {
    source.expand(label, out).expect("HKDF-SHA256 gives up to 8160 bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_printed_and_two_are_not_the_same() {
        let (one, other) = (FileKey::random(), FileKey::random());
        assert_eq!(format!("{:?}", Some(&one)), "Some(***)");
        assert_ne!(one, other);
        assert_eq!(one, FileKey::from_bytes(*one.expose()));
    }
}
