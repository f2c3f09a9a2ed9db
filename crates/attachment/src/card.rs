//! A file for those who know a passphrase: its key comes from the passphrase, and what is said of it is sealed too.
//!
//! A sealed card is `commitment (32) || nonce (12) || AES-256-GCM(length as u16 || bytes || zeros)`, its inside filled up to
//! [`INSIDE`] bytes, so that all cards are of one length. Key and commitment are derived from the file's key by HKDF.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::{FileKey, TAG};

/// Bytes of the salt that goes with a passphrase.
pub const SALT: usize = 16;
/// Memory of one derivation in KiB.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// Bytes inside a sealed card, its length field included.
const INSIDE: usize = 448;
const COMMITMENT: usize = 32;
const NONCE: usize = 12;
const SEALED: usize = COMMITMENT + NONCE + INSIDE + TAG;

/// Why a card is not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CardError {
    /// More than a card can say.
    #[error("a card holds {max} bytes, these are {len}", max = INSIDE - 2)]
    TooLong {
        /// Bytes that came.
        len: usize,
    },
    /// Another passphrase, or not a card that was sealed like this; which of them is not known.
    #[error("the passphrase is not the one of this file")]
    WrongPassphrase,
    /// Argon2 could not have its memory.
    #[error("there is not enough memory to check the passphrase: 64 MiB are needed")]
    Memory,
    /// The operating system has no random bytes.
    #[error("the operating system gives no random bytes")]
    Random,
}

/// Returns the file key that belongs to a passphrase and a salt: Argon2id (RFC 9106) over the passphrase in NFC, with
/// 64 MiB, three passes and one lane. The salt is random and used for one file.
///
/// # Errors
/// [`CardError::Memory`].
pub fn key_from_passphrase(passphrase: &str, salt: &[u8; SALT]) -> Result<FileKey, CardError> {
    let passphrase: Zeroizing<String> = Zeroizing::new(passphrase.nfc().collect());
    let mut key = Zeroizing::new([0; 32]);
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(key.len())).map_err(|_| CardError::Memory)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .map_err(|_| CardError::Memory)?;
    Ok(FileKey::from_bytes(*key))
}

/// Seals what is said of a file, under the file's key.
///
/// # Errors
/// `TooLong` above 446 bytes; `Random`.
pub fn seal_card(key: &FileKey, bytes: &[u8]) -> Result<Vec<u8>, CardError> {
    let too_long = CardError::TooLong { len: bytes.len() };
    let length = u16::try_from(bytes.len()).map_err(|_| too_long)?;
    if INSIDE - 2 < bytes.len() {
        return Err(too_long);
    }
    let (card_key, commitment) = key.derive_card();
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| CardError::Random)?;
    let mut inside = Zeroizing::new([0; INSIDE]);
    inside[..2].copy_from_slice(&length.to_be_bytes());
    inside[2..2 + bytes.len()].copy_from_slice(bytes);
    let tag = Aes256Gcm::new((&*card_key).into())
        .encrypt_inout_detached(&nonce.into(), &commitment, inside.as_mut_slice().into())
        .expect("AES-GCM seals up to 2^36 bytes");
    Ok([&commitment[..], &nonce, &*inside, &tag].concat())
}

/// Opens what [`seal_card`] sealed.
///
/// # Errors
/// `WrongPassphrase` for any other key and for any other bytes.
pub fn open_card(key: &FileKey, card: &[u8]) -> Result<Vec<u8>, CardError> {
    let card: &[u8; SEALED] = card.try_into().map_err(|_| CardError::WrongPassphrase)?;
    let (committed, rest) = split::<COMMITMENT>(card);
    let (nonce, rest) = split::<NONCE>(rest);
    let (sealed, rest) = split::<INSIDE>(rest);
    let (tag, _) = split::<TAG>(rest);
    let (card_key, commitment) = key.derive_card();
    if !bool::from(commitment.ct_eq(committed.as_slice())) {
        return Err(CardError::WrongPassphrase);
    }
    let mut inside = Zeroizing::new(*sealed);
    Aes256Gcm::new((&*card_key).into())
        .decrypt_inout_detached(nonce.into(), &commitment, inside.as_mut_slice().into(), tag.into())
        .map_err(|_| CardError::WrongPassphrase)?;
    let length = usize::from(u16::from_be_bytes([inside[0], inside[1]]));
    let bytes = inside.get(2..2 + length).ok_or(CardError::WrongPassphrase)?;
    Ok(bytes.to_vec())
}

/// Takes the next bytes of a card, whose parts add up to its length.
fn split<const N: usize>(bytes: &[u8]) -> (&[u8; N], &[u8]) {
    bytes.split_first_chunk().expect("the parts of a card add up to its length")
}
