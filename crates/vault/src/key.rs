//! The key of a vault, and the small file that holds it: open, or closed with a passphrase.

use std::fmt;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use attachment::lock;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::VaultError;

/// The key of a vault: wiped when dropped and never printed.
#[derive(Clone)]
pub struct VaultKey(Zeroizing<[u8; 32]>);

/// Why the file of a key gives no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyFileError {
    /// Not such a file.
    #[error("it does not hold the key of a vault")]
    Malformed,
    /// It is closed.
    #[error("it is closed with a passphrase")]
    NeedsPassphrase,
    /// Another passphrase closed it.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Argon2 could not have its memory.
    #[error("there is not enough memory to check the passphrase: 64 MiB are needed")]
    Memory,
}

impl VaultKey {
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

    /// Returns the bytes of a file that holds the key openly; the file's mode protects it.
    #[must_use]
    pub fn to_open_file(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([FORMAT, &[OPEN], self.0.as_slice()].concat())
    }

    /// Returns the bytes of a file that holds the key under a passphrase (Argon2id, 64 MiB, three passes).
    ///
    /// # Errors
    /// [`KeyFileError::Memory`].
    pub fn to_closed_file(&self, passphrase: &str) -> Result<Vec<u8>, KeyFileError> {
        let mut salt = [0; lock::SALT];
        getrandom::fill(&mut salt).expect("the operating system gives random bytes");
        let by_passphrase = Self::from_passphrase(passphrase, &salt)?;
        let sealed = by_passphrase.seal(CLOSED, FORMAT, self.0.as_slice());
        let sealed = sealed.expect("AES-GCM seals up to 2^36 bytes");
        Ok([FORMAT, &[CLOSED], &salt, &sealed].concat())
    }

    /// Reads what [`Self::to_open_file`] or [`Self::to_closed_file`] wrote.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn from_file(bytes: &[u8], passphrase: Option<&str>) -> Result<Self, KeyFileError> {
        let rest = bytes.strip_prefix(FORMAT).ok_or(KeyFileError::Malformed)?;
        let (&kind, rest) = rest.split_first().ok_or(KeyFileError::Malformed)?;
        match (kind, passphrase) {
            (OPEN, _) => Self::from_slice(rest).ok_or(KeyFileError::Malformed),
            (CLOSED, None) => Err(KeyFileError::NeedsPassphrase),
            (CLOSED, Some(passphrase)) => {
                let (salt, sealed) = rest.split_first_chunk().ok_or(KeyFileError::Malformed)?;
                let by_passphrase = Self::from_passphrase(passphrase, salt)?;
                let key = by_passphrase.open(CLOSED, FORMAT, sealed).ok_or(KeyFileError::WrongPassphrase)?;
                Self::from_slice(&key).ok_or(KeyFileError::Malformed)
            }
            _ => Err(KeyFileError::Malformed),
        }
    }

    /// Returns `value` sealed for this place: `01 || nonce (12) || ciphertext || tag (16)`.
    pub(crate) fn seal(&self, table: u8, key: &[u8], value: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| VaultError::System(error.to_string()))?;
        let place = [&[table], key].concat();
        let payload = Payload { msg: value, aad: &place };
        let sealed = self.cipher().encrypt(&nonce.into(), payload).expect("AES-GCM seals up to 2^36 bytes");
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens what [`Self::seal`] sealed for this place.
    pub(crate) fn open(&self, table: u8, key: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (&[VERSION], rest) = sealed.split_first_chunk::<1>()? else { return None };
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
        let place = [&[table], key].concat();
        let payload = Payload { msg: ciphertext, aad: &place };
        self.cipher().decrypt(&(*nonce).into(), payload).ok().map(Zeroizing::new)
    }

    fn from_passphrase(passphrase: &str, salt: &[u8; lock::SALT]) -> Result<Self, KeyFileError> {
        let key = lock::key_from_passphrase(passphrase, salt).map_err(|_| KeyFileError::Memory)?;
        Ok(Self(Zeroizing::new(*key.expose())))
    }

    fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|key| Self(Zeroizing::new(key)))
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.0).into())
    }
}

impl PartialEq for VaultKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for VaultKey {}

impl fmt::Debug for VaultKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// The first bytes of the file: what it is, and in which version.
const FORMAT: &[u8] = b"LiveChat vault key 1\n";
const OPEN: u8 = 0;
/// Also stands where a table's number does, so that a closed key is no row.
const CLOSED: u8 = 0xff;
const VERSION: u8 = 1;
const NONCE: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_file_and_from_no_other() {
        let key = VaultKey::random();
        assert_eq!(VaultKey::from_file(&key.to_open_file(), None), Ok(key.clone()));
        let closed = key.to_closed_file("correct horse").unwrap();
        assert_eq!(VaultKey::from_file(&closed, Some("correct horse")), Ok(key.clone()));
        assert_eq!(VaultKey::from_file(&closed, None), Err(KeyFileError::NeedsPassphrase));
        assert_eq!(VaultKey::from_file(&closed, Some("wrong horse")), Err(KeyFileError::WrongPassphrase));
        assert!(!closed.windows(32).any(|part| part == key.0.as_slice()));
        for cut in [0, 5, FORMAT.len(), FORMAT.len() + 1, closed.len() - 1] {
            assert!(VaultKey::from_file(&closed[..cut], Some("correct horse")).is_err(), "{cut}");
        }
        assert!(VaultKey::from_file(&[&*key.to_open_file(), &[0][..]].concat(), None).is_err());
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", VaultKey::random()), "***");
    }

    #[test]
    fn a_value_opens_in_its_own_place_alone() {
        let key = VaultKey::random();
        let sealed = key.seal(1, b"ab", b"secret").unwrap();
        assert_eq!(key.open(1, b"ab", &sealed).unwrap().as_slice(), b"secret");
        for (table, place) in [(2, &b"ab"[..]), (1, b"a"), (1, b"abc"), (1, b"")] {
            assert!(key.open(table, place, &sealed).is_none());
        }
        assert!(VaultKey::random().open(1, b"ab", &sealed).is_none());
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key.open(1, b"ab", &changed).is_none(), "{index}");
        }
    }
}
