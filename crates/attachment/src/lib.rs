//! The format of sealed files, A1: chunks that open one by one, and a header that commits to its key.
//!
//! ```text
//! header   64 bytes  "CHA1" || 01 || 10 || 00 00 || salt (16) || commitment (32) || zeros (8)
//! chunks             65,536 bytes of plaintext and a tag of 16 each; the last one may be shorter
//! ```
//!
//! HKDF-SHA256 (RFC 5869) makes an AES-256 key, a prefix of nonces and the commitment from the file's key, with the
//! first 24 bytes of the header as its salt. Chunks are sealed as STREAM does it (Hoang, Reyhanitabar, Rogaway and Vizár,
//! 2015): AES-256-GCM with the nonce `prefix (7) || chunk as u32 || 01 if it is the last, else 00` and the whole header as
//! associated data. So chunks cannot be swapped, dropped, repeated or added, and each opens without the others.
//! AES-GCM alone does not bind a ciphertext to one key; the commitment does, and it is compared before anything is opened.
//!
//! A file's key seals one plaintext and never another: the same key and salt give the same bytes again, which lets a
//! reader rebuild what it has, and another plaintext under them would break the cipher.

mod card;
mod chunk;
#[cfg(any(test, feature = "testing"))]
pub mod fuzz;
mod key;
mod size;
mod stream;
#[cfg(test)]
mod tests;

pub use chunk::{Last, Opener, Sealer};
pub use key::FileKey;
pub use size::{FormatError, plain_len, sealed_len};
pub use stream::{Whole, open_stream, seal_stream};

/// A file for those who know a passphrase.
pub mod lock {
    pub use crate::card::{CardError, SALT, key_from_passphrase, open_card, seal_card};
}

/// Bytes of the header.
pub const HEADER: usize = 64;
/// Bytes of plaintext in every chunk but the last.
pub const CHUNK: usize = 65_536;
/// Bytes of a whole sealed chunk: plaintext and tag.
pub const CHUNK_SEALED: usize = CHUNK + TAG;
/// Bytes of the tag at the end of each chunk.
pub const TAG: usize = 16;

/// Why a file is not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not this format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The key is another file's.
    #[error("the key does not belong to this file")]
    WrongKey,
    /// A chunk was changed, or stands in another place than where it was sealed, or is not the last one it claims to be.
    #[error("chunk {index} of the file has been changed or is missing")]
    Chunk {
        /// Its number, from 0.
        index: u32,
    },
    /// Reading the sealed bytes or writing the plaintext failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Why a chunk is not sealed. Only a mistake of the caller makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Every chunk but the last is whole, and none is longer.
    #[error("a chunk of {len} bytes stands where one of {CHUNK} is expected")]
    Length {
        /// Bytes that came.
        len: usize,
    },
    /// Nothing follows the last chunk.
    #[error("the last chunk has been sealed already")]
    Ended,
    /// Counters never repeat under one key.
    #[error("a file has at most 2^32 chunks")]
    TooLong,
}
