//! A file that is coming in: written in order, hashed on the way, and whole only when its hash is its name.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use proto::ids::BlobId;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::folder::read_at;

/// See the module.
#[derive(Debug)]
pub(crate) struct Part {
    file: File,
    /// Of the first `hashed` bytes.
    digest: Sha256,
    hashed: u64,
    received: u64,
    size: u64,
    /// Bytes that were written since the disk last had all of them.
    unsynced: u64,
}

/// Why a piece was not taken.
#[derive(Debug, Error)]
pub(crate) enum PieceError {
    /// It does not follow what is there.
    #[error("the next piece starts at {received}")]
    OutOfOrder {
        /// How much is there.
        received: u64,
    },
    /// It goes beyond the end that was told at the beginning.
    #[error("the file ends at {size}")]
    BeyondEnd {
        /// Where that is.
        size: u64,
    },
    /// Nothing knows of this upload.
    #[error("the upload has not begun")]
    NotBegun,
    /// The disk did not take it.
    #[error("cannot be written: {0}")]
    Disk(#[from] io::Error),
}

/// Why a file is not whole.
#[derive(Debug, Error)]
pub(crate) enum FinishError {
    /// More has to come.
    #[error("only {received} bytes have come")]
    Incomplete {
        /// How much is there.
        received: u64,
    },
    /// All has come and it is something else than was announced.
    #[error("the bytes are not those that were announced")]
    WrongHash,
    /// Nothing knows of this upload.
    #[error("the upload has not begun")]
    NotBegun,
    /// The disk failed.
    #[error("cannot be written: {0}")]
    Disk(#[from] io::Error),
}

impl Part {
    /// Opens what came in of a file, or begins with nothing. What an earlier process wrote has to be hashed again
    /// ([`catch_up`](Self::catch_up)) before more is taken.
    pub(crate) fn open(path: &Path, size: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        let mut received = file.metadata()?.len();
        if size < received {
            // Nothing that was ever agreed on.
            file.set_len(0)?;
            received = 0;
        }
        Ok(Self { file, digest: Sha256::new(), hashed: 0, received, size, unsynced: received })
    }

    /// Hashes a stretch of what an earlier process wrote; returns whether all is hashed.
    pub(crate) fn catch_up(&mut self) -> io::Result<bool> {
        let stretch = self.hashed.saturating_add(STRETCH).min(self.received);
        while self.hashed < stretch {
            let length = usize::try_from(stretch - self.hashed).unwrap_or(READ_AT_ONCE).min(READ_AT_ONCE);
            let bytes = read_at(&self.file, self.hashed, length)?;
            if bytes.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a part of an upload was cut"));
            }
            self.digest.update(&bytes);
            self.hashed += length_of(&bytes);
        }
        Ok(self.hashed == self.received)
    }

    /// Writes a piece that follows what is there; one that is there already is passed over. Returns how much is there.
    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<u64, PieceError> {
        let end = offset.checked_add(length_of(bytes)).filter(|end| *end <= self.size);
        let Some(end) = end else { return Err(PieceError::BeyondEnd { size: self.size }) };
        if end <= self.received {
            return Ok(self.received);
        }
        if offset != self.received || self.hashed != self.received {
            return Err(PieceError::OutOfOrder { received: self.received });
        }
        if let Err(error) = self.file.write_all_at(bytes, offset) {
            // What was written of it is not counted, and the next piece goes over it.
            self.file.set_len(self.received)?;
            return Err(error.into());
        }
        self.digest.update(bytes);
        (self.received, self.hashed) = (end, end);
        self.unsynced += length_of(bytes);
        if SYNC_EVERY <= self.unsynced {
            // A lot that waits to be written would delay the commits of chat on the same disk.
            self.file.sync_data()?;
            self.unsynced = 0;
        }
        Ok(self.received)
    }

    /// Makes sure that the whole file is there, is what its name says, and is on the disk for good.
    pub(crate) fn finish(&self, blob: BlobId) -> Result<(), FinishError> {
        if self.received != self.size || self.hashed != self.size {
            return Err(FinishError::Incomplete { received: self.received });
        }
        let hash: [u8; 32] = self.digest.clone().finalize().into();
        if hash != blob.0 {
            return Err(FinishError::WrongHash);
        }
        Ok(self.file.sync_all()?)
    }

    /// Returns how much is there.
    pub(crate) const fn received(&self) -> u64 {
        self.received
    }
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Bytes that are hashed in one turn, so that others get theirs.
const STRETCH: u64 = 8 * 1024 * 1024;
/// Bytes that are read at a time.
const READ_AT_ONCE: usize = 256 * 1024;
/// Bytes after which the disk is asked to have them.
const SYNC_EVERY: u64 = 8 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pieces_in_order_make_a_whole_file() {
        let (_temp, path, whole) = scene();
        let mut part = Part::open(&path, 10).unwrap();
        assert_eq!(part.write(0, &whole[..4]).unwrap(), 4);
        assert!(matches!(part.finish(name(&whole)), Err(FinishError::Incomplete { received: 4 })));
        assert_eq!(part.write(4, &whole[4..]).unwrap(), 10);
        part.finish(name(&whole)).unwrap();
        assert!(matches!(part.finish(name(b"another")), Err(FinishError::WrongHash)));
        assert_eq!(std::fs::read(path).unwrap(), whole);
    }

    #[test]
    fn a_piece_that_is_there_is_passed_over_and_one_beyond_a_gap_or_the_end_is_refused() {
        let (_temp, path, whole) = scene();
        let mut part = Part::open(&path, 10).unwrap();
        part.write(0, &whole[..4]).unwrap();
        assert_eq!(part.write(0, b"XXXX").unwrap(), 4);
        assert!(matches!(part.write(5, b"x"), Err(PieceError::OutOfOrder { received: 4 })));
        assert!(matches!(part.write(2, b"xxxx"), Err(PieceError::OutOfOrder { received: 4 })));
        assert!(matches!(part.write(4, b"1234567"), Err(PieceError::BeyondEnd { size: 10 })));
        assert!(matches!(part.write(u64::MAX, b"1"), Err(PieceError::BeyondEnd { size: 10 })));
        part.write(4, &whole[4..]).unwrap();
        part.finish(name(&whole)).unwrap();
    }

    #[test]
    fn what_an_earlier_process_wrote_is_hashed_again_before_more_is_taken() {
        let (_temp, path, whole) = scene();
        Part::open(&path, 10).unwrap().write(0, &whole[..7]).unwrap();
        let mut part = Part::open(&path, 10).unwrap();
        assert_eq!(part.received(), 7);
        assert!(matches!(part.write(7, &whole[7..]), Err(PieceError::OutOfOrder { received: 7 })));
        assert!(part.catch_up().unwrap());
        part.write(7, &whole[7..]).unwrap();
        part.finish(name(&whole)).unwrap();
    }

    #[test]
    fn what_was_changed_between_two_processes_is_noticed() {
        let (_temp, path, whole) = scene();
        Part::open(&path, 10).unwrap().write(0, &whole[..7]).unwrap();
        std::fs::write(&path, b"Zthe who").unwrap();
        let mut part = Part::open(&path, 10).unwrap();
        assert!(part.catch_up().unwrap());
        part.write(8, &whole[8..]).unwrap();
        assert!(matches!(part.finish(name(&whole)), Err(FinishError::WrongHash)));
    }

    #[test]
    fn more_than_was_agreed_on_is_thrown_away() {
        let (_temp, path, whole) = scene();
        std::fs::write(&path, [7; 11]).unwrap();
        let mut part = Part::open(&path, 10).unwrap();
        assert!(part.catch_up().unwrap());
        part.write(0, &whole).unwrap();
        part.finish(name(&whole)).unwrap();
    }

    #[test]
    fn a_long_beginning_is_hashed_in_turns() {
        let (_temp, path, _) = scene();
        let long = vec![5; usize::try_from(STRETCH).unwrap() + 1];
        std::fs::write(&path, &long).unwrap();
        let mut part = Part::open(&path, length_of(&long)).unwrap();
        assert!(!part.catch_up().unwrap());
        assert!(part.catch_up().unwrap());
        part.finish(name(&long)).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_is_tried_in_between_the_file_is_whole_or_is_not_taken(
            whole in proptest::collection::vec(any::<u8>(), 1..400),
            tries in proptest::collection::vec((0_u64..500, 0_usize..100), 0..40),
        ) {
            let temp = tempfile::tempdir().unwrap();
            let mut part = Part::open(&temp.path().join("x.part"), length_of(&whole)).unwrap();
            let mut wanted = 0;
            for (offset, length) in tries {
                // Every other piece is the right one, so that some of the files become whole.
                let right = &whole[wanted..whole.len().min(wanted + length)];
                let _: Result<u64, PieceError> = part.write(length_of(&whole[..wanted]), right);
                let _: Result<u64, PieceError> = part.write(offset, &vec![0xee; length]);
                wanted = usize::try_from(part.received()).unwrap();
                prop_assert!(wanted <= whole.len());
            }
            let came = std::fs::read(temp.path().join("x.part")).unwrap();
            prop_assert_eq!(came.len(), wanted);
            let finished = part.finish(name(&whole));
            prop_assert_eq!(finished.is_ok(), came == whole);
        }
    }

    fn scene() -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x.part");
        (temp, path, b"the whole!".to_vec())
    }

    fn name(bytes: &[u8]) -> BlobId {
        BlobId(Sha256::digest(bytes).into())
    }
}
