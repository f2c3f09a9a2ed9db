//! Secrets at rest: AES-256-GCM under a key that lies outside the database.
//!
//! Layout: `01 | nonce[12] | ciphertext | tag[16]`. The nonce is random, which is safe for 2^32 blobs under one key.
//! Label and account are authenticated with the blob, so one moved to another row or column does not open.

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use proto::ids::AccountId;
use zeroize::Zeroizing;

use crate::random;

/// The key for secrets at rest; wiped when dropped, never printed.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

const VERSION: u8 = 1;
const NONCE: usize = 12;

impl SealKey {
    /// Takes a key from its file.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// Returns a fresh random key.
    #[must_use]
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Returns the key for writing it to its file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns `plaintext` sealed for this use and account.
    #[must_use]
    pub fn seal(&self, label: &str, account: AccountId, plaintext: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = *random::bytes();
        let payload = Payload { msg: plaintext, aad: &context(label, account) };
        let sealed = self.cipher().encrypt(&nonce.into(), payload).expect("a secret is shorter than 64 GiB");
        [&[VERSION][..], &nonce, &sealed].concat()
    }

    /// Returns the plaintext of a blob that [`seal`](Self::seal) made with this key, for this use and account.
    #[must_use]
    pub fn open(&self, label: &str, account: AccountId, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (&[VERSION], rest) = sealed.split_first_chunk::<1>()? else { return None };
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: ciphertext, aad: &context(label, account) };
        self.cipher().decrypt(&(*nonce).into(), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.0).into())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealKey(***)")
    }
}

/// Returns what is authenticated beside the blob. The account has a fixed length, so no two uses share a context.
fn context(label: &str, account: AccountId) -> Vec<u8> {
    [b"livechat/seal/v1/", label.as_bytes(), b"/", &account.get().to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_opens_where_it_was_sealed() {
        let key = SealKey::generate();
        let sealed = key.seal("totp", ada(), b"twenty byte secret..");
        assert_eq!(sealed.len(), 49);
        assert_eq!(key.open("totp", ada(), &sealed).unwrap().as_slice(), b"twenty byte secret..");
    }

    #[test]
    fn a_moved_blob_does_not_open() {
        let key = SealKey::generate();
        let sealed = key.seal("totp", ada(), b"secret");
        assert!(key.open("totp", AccountId::new(4_242).unwrap(), &sealed).is_none());
        assert!(key.open("recovery", ada(), &sealed).is_none());
        assert!(key.open("", ada(), &sealed).is_none());
        assert!(SealKey::generate().open("totp", ada(), &sealed).is_none());
    }

    #[test]
    fn any_flipped_bit_and_any_cut_keeps_it_closed() {
        let key = SealKey::new([3; 32]);
        let sealed = key.seal("totp", ada(), b"secret");
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open("totp", ada(), &flipped).is_none(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key.open("totp", ada(), &sealed[..length]).is_none(), "length {length}");
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let key = SealKey::new([3; 32]);
        assert_ne!(key.seal("totp", ada(), b"secret"), key.seal("totp", ada(), b"secret"));
    }

    #[test]
    fn the_key_is_not_printed() {
        assert_eq!(format!("{:?}", SealKey::new([0xab; 32])), "SealKey(***)");
    }

    fn ada() -> AccountId {
        AccountId::new(7).unwrap()
    }
}
