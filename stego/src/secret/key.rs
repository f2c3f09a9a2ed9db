//! Keys from a passphrase, in two stages.
//!
//! The header holds the salt, so its own positions must come from the passphrase alone: Argon2id with a salt that is the
//! same everywhere, at a cost that a reader hardly notices. Everything else comes from the passphrase and the salt at
//! full cost. A guess pays for both, because nothing in the header can be told right from wrong.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::header::SALT;
use crate::coder::spread::Seed;

/// What opens a picture; wiped when dropped, never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

/// A passphrase of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the passphrase is empty")]
pub struct EmptyPassphrase;

impl Passphrase {
    /// Takes a passphrase as it was typed. Letters that are written in several ways in Unicode count as one (NFC).
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(text: &str) -> Result<Self, EmptyPassphrase> {
        if text.is_empty() {
            return Err(EmptyPassphrase);
        }
        Ok(Self(Zeroizing::new(text.nfc().collect())))
    }

    /// Where the header lies in a picture with so many samples.
    pub(crate) fn header_seed(&self, samples: usize) -> Seed {
        let outer = self.stretch(HEADER_SALT, HEADER_COST);
        let mut seed = Seed::default();
        let info = [b"header positions".as_slice(), &(samples as u64).to_be_bytes()].concat();
        derive(&outer, &info, &mut seed);
        seed
    }

    /// Everything else, for the salt of one picture.
    pub(crate) fn keys(&self, salt: &[u8; SALT]) -> Keys {
        let inner = self.stretch(salt, BODY_COST);
        let mut keys = Keys::default();
        derive(&inner, b"header mask", &mut *keys.mask);
        derive(&inner, b"body positions", &mut *keys.positions);
        derive(&inner, b"body key", &mut *keys.body);
        keys
    }

    fn stretch(&self, salt: &[u8], (memory_kib, passes): (u32, u32)) -> Zeroizing<[u8; 32]> {
        let params = Params::new(memory_kib, passes, 1, Some(32)).expect("constants that Argon2 accepts");
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(self.0.as_bytes(), salt, &mut *key)
            .expect("salt and key have lengths that Argon2 accepts");
        key
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(***)")
    }
}

/// The keys of one picture.
#[derive(Default)]
pub(crate) struct Keys {
    /// Hides the header's numbers.
    pub(crate) mask: Zeroizing<[u8; super::header::NUMBERS]>,
    /// Seed of the body's positions.
    pub(crate) positions: Zeroizing<Seed>,
    /// Seals the body.
    pub(crate) body: Zeroizing<[u8; 32]>,
}

fn derive(key: &[u8; 32], info: &[u8], output: &mut [u8]) {
    Hkdf::<Sha256>::new(None, key).expand(info, output).expect("outputs are shorter than 8 kB");
}

const HEADER_SALT: &[u8] = b"LiveChat stego header v1";

/// Memory in KiB and passes. Unit tests read hundreds of pictures; the program's own tests pay the full price.
const HEADER_COST: (u32, u32) = if cfg!(test) { (64, 1) } else { (19 * 1024, 2) };
const BODY_COST: (u32, u32) = if cfg!(test) { (64, 1) } else { (64 * 1024, 3) };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_written_in_two_ways_are_one_passphrase() {
        let composed = Passphrase::new("caf\u{e9}").unwrap();
        let decomposed = Passphrase::new("cafe\u{301}").unwrap();
        assert_eq!(composed.header_seed(100), decomposed.header_seed(100));
        assert_ne!(composed.header_seed(100), composed.header_seed(101));
        assert_eq!(format!("{composed:?}"), "Passphrase(***)");
        assert!(Passphrase::new("").is_err());
    }

    #[test]
    fn another_salt_is_another_set_of_keys() {
        let passphrase = Passphrase::new("a").unwrap();
        let (one, two) = (passphrase.keys(&[1; SALT]), passphrase.keys(&[2; SALT]));
        assert_ne!(one.body, two.body);
        assert_ne!(one.positions, one.body);
    }
}
