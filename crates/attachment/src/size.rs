//! Sizes: how long a file is sealed, and how long it was.

use thiserror::Error;

use crate::{CHUNK, CHUNK_SEALED, HEADER, TAG};

/// Why bytes are no sealed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FormatError {
    /// It does not start with the header of this format and version.
    #[error("this is no sealed file of a version that is known here")]
    Header,
    /// No sealed file has this size.
    #[error("a sealed file is never {0} bytes long")]
    Size(u64),
}

/// Most chunks of a file: their counter has 32 bits.
const CHUNKS: u64 = 1 << 32;

/// Returns the size of a plaintext when it is sealed.
#[must_use]
pub const fn sealed_len(plain: u64) -> u64 {
    let chunks = match plain.div_ceil(CHUNK as u64) {
        0 => 1,
        chunks => chunks,
    };
    (HEADER as u64).saturating_add(plain).saturating_add(chunks.saturating_mul(TAG as u64))
}

/// Returns the size of the plaintext of a sealed file.
///
/// # Errors
/// [`FormatError::Size`] for a size that no sealed file has.
pub const fn plain_len(sealed: u64) -> Result<u64, FormatError> {
    let Some(body) = sealed.checked_sub(HEADER as u64) else { return Err(FormatError::Size(sealed)) };
    let chunks = body.div_ceil(CHUNK_SEALED as u64);
    // In the last chunk stands its tag, and plaintext unless it is the only one.
    let Some(last) = body.checked_sub(chunks.saturating_sub(1) * CHUNK_SEALED as u64) else {
        return Err(FormatError::Size(sealed));
    };
    let least = if chunks == 1 { TAG } else { TAG + 1 };
    if chunks == 0 || CHUNKS < chunks || last < least as u64 {
        return Err(FormatError::Size(sealed));
    }
    Ok(body - chunks * TAG as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_at_the_borders_are_what_the_format_says() {
        let chunk = CHUNK as u64;
        for (plain, sealed) in [
            (0, 80),
            (1, 81),
            (chunk, 64 + chunk + 16),
            (chunk + 1, 64 + chunk + 1 + 32),
            (200_000, 200_128),
            (5 << 30, (5 << 30) + 64 + (5 << 14) * 16),
        ] {
            assert_eq!((sealed_len(plain), plain_len(sealed)), (sealed, Ok(plain)));
        }
    }

    #[test]
    fn a_size_that_leaves_no_room_for_a_tag_is_refused() {
        let whole = 64 + CHUNK_SEALED as u64;
        for sealed in [0, 63, 64, 79, whole + 1, whole + 16, u64::MAX] {
            assert_eq!(plain_len(sealed), Err(FormatError::Size(sealed)));
        }
        assert_eq!(plain_len(whole + 17), Ok(CHUNK as u64 + 1));
    }

    proptest! {
        #[test]
        fn a_plaintext_has_one_sealed_size_and_no_other_size_means_it(plain in 0_u64..1 << 48, off in 1_u64..40) {
            let sealed = sealed_len(plain);
            prop_assert_eq!(plain_len(sealed), Ok(plain));
            prop_assert!(plain_len(sealed + off) != Ok(plain) && plain_len(sealed - off) != Ok(plain));
        }
    }
}
