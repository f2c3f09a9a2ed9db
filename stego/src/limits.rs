//! What a picture may cost before anything is allocated for it.

use thiserror::Error;

/// Bounds on what a file from a stranger may make us read, decode and keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Pixels of the longer side.
    pub side: u32,
    /// Bytes of the decoded samples.
    pub decoded_bytes: u64,
    /// Bytes of everything in the file that is no picture data (profiles, texts), as they stand there: nothing of it
    /// is ever inflated.
    pub metadata_bytes: u64,
    /// Bytes of a payload after unpacking.
    pub payload_bytes: u64,
}

/// What went over which limit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LimitError {
    /// The file.
    #[error("the file has {bytes} bytes, the limit is {limit}")]
    File {
        /// How many there are.
        bytes: u64,
        /// How many may be.
        limit: u64,
    },
    /// A side.
    #[error("the picture is {width} x {height} pixels, the limit is {limit} a side")]
    Side {
        /// Columns, as the file claims.
        width: u32,
        /// Rows, as the file claims.
        height: u32,
        /// The most of either.
        limit: u32,
    },
    /// The samples.
    #[error("the picture decodes to {bytes} bytes, the limit is {limit}")]
    Decoded {
        /// How many it would be.
        bytes: u64,
        /// How many may be.
        limit: u64,
    },
    /// Profiles, texts and the like.
    #[error("the file carries more than {limit} bytes beside the picture")]
    Metadata {
        /// How many may be.
        limit: u64,
    },
}

impl Limits {
    /// Checks the length of a file.
    ///
    /// # Errors
    /// When it is longer than allowed.
    pub fn check_file(&self, bytes: usize) -> Result<(), LimitError> {
        let bytes = bytes as u64;
        if self.file_bytes < bytes {
            return Err(LimitError::File { bytes, limit: self.file_bytes });
        }
        Ok(())
    }

    /// Checks the sides and the size of a picture whose pixels take `pixel_bits` each.
    ///
    /// # Errors
    /// When a side or the decoded size is larger than allowed.
    pub fn check_picture(&self, width: u32, height: u32, pixel_bits: u32) -> Result<(), LimitError> {
        if self.side < width.max(height) {
            return Err(LimitError::Side { width, height, limit: self.side });
        }
        // At most 2^64 / 8 * 64: the sides are bounded by u32, a pixel by 64 bits.
        let row = (u128::from(width) * u128::from(pixel_bits)).div_ceil(8);
        let bytes = u64::try_from(row * u128::from(height)).unwrap_or(u64::MAX);
        if self.decoded_bytes < bytes {
            return Err(LimitError::Decoded { bytes, limit: self.decoded_bytes });
        }
        Ok(())
    }

    /// Checks how many bytes there are beside the picture data.
    ///
    /// # Errors
    /// When there are more than allowed.
    pub fn check_metadata(&self, bytes: u64) -> Result<(), LimitError> {
        if self.metadata_bytes < bytes {
            return Err(LimitError::Metadata { limit: self.metadata_bytes });
        }
        Ok(())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 128 << 20,
            side: 8_192,
            decoded_bytes: 64 << 20,
            metadata_bytes: 8 << 20,
            payload_bytes: 64 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_of_huge_pictures_are_refused_without_overflow() {
        let limits = Limits::default();
        assert!(matches!(limits.check_picture(u32::MAX, 1, 1), Err(LimitError::Side { .. })));
        let wide = Limits { side: u32::MAX, ..limits };
        assert!(matches!(wide.check_picture(u32::MAX, u32::MAX, 64), Err(LimitError::Decoded { .. })));
        assert_eq!(limits.check_picture(8_192, 8_192, 8), Ok(()));
        assert!(matches!(limits.check_picture(8_192, 8_192, 24), Err(LimitError::Decoded { .. })));
    }
}
