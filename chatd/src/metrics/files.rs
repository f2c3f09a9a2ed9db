//! What is counted about files.

use prometheus::{IntCounter, IntGauge, Registry};
use proto::refusal::Code;

use super::{gauge, labelled, number};

/// The counters of transfers and of the folder.
#[derive(Debug)]
pub(crate) struct FileMetrics {
    bytes_in: IntCounter,
    bytes_out: IntCounter,
    uploads: [IntCounter; Upload::ALL.len()],
    uploads_open: IntGauge,
    blobs: IntGauge,
    blob_bytes: IntGauge,
    free_bytes: IntGauge,
    reserve_reached: IntGauge,
}

/// What became of an upload, or of a step of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upload {
    Begun,
    Finished,
    Cancelled,
    Quota,
    TooLarge,
    Quarantined,
    HashMismatch,
    DiskFull,
    /// Any other refusal.
    Refused,
}

/// What is asked for at the moment of a scrape.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FileSnapshot {
    pub(crate) uploads_open: usize,
    pub(crate) blobs: u64,
    pub(crate) blob_bytes: u64,
    pub(crate) free_bytes: u64,
    pub(crate) reserve_bytes: u64,
}

impl FileMetrics {
    pub(super) fn new(all: &Registry) -> Result<Self, prometheus::Error> {
        let bytes =
            labelled(all, "chatd_file_bytes_total", "Sealed bytes of files taken in and given out.", "dir")?;
        let uploads =
            labelled(all, "chatd_uploads_total", "Uploads by what became of them, and refusals.", "result")?;
        Ok(Self {
            bytes_in: bytes.with_label_values(&["in"]),
            bytes_out: bytes.with_label_values(&["out"]),
            uploads: Upload::ALL.map(|result| uploads.with_label_values(&[result.label()])),
            uploads_open: gauge(all, "chatd_uploads_open", "Uploads that are going on.")?,
            blobs: gauge(all, "chatd_blobs", "Files that are kept.")?,
            blob_bytes: gauge(all, "chatd_blob_bytes", "Sealed bytes of the files that are kept.")?,
            free_bytes: gauge(all, "chatd_files_free_bytes", "Free bytes of the disk where files lie.")?,
            reserve_reached: gauge(
                all,
                "chatd_files_reserve_reached",
                "1 while the disk has less than files.reserve_mib free and uploads are refused.",
            )?,
        })
    }

    pub(crate) fn set(&self, snapshot: &FileSnapshot) {
        self.uploads_open.set(number(snapshot.uploads_open));
        self.blobs.set(number(snapshot.blobs));
        self.blob_bytes.set(number(snapshot.blob_bytes));
        self.free_bytes.set(number(snapshot.free_bytes));
        self.reserve_reached.set((snapshot.free_bytes < snapshot.reserve_bytes).into());
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.bytes_in.inc_by(u64::try_from(bytes).unwrap_or(0));
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.bytes_out.inc_by(u64::try_from(bytes).unwrap_or(0));
    }

    pub(crate) fn upload(&self, upload: Upload) {
        self.uploads[upload as usize].inc();
    }
}

impl Upload {
    const ALL: [Self; 9] = [
        Self::Begun,
        Self::Finished,
        Self::Cancelled,
        Self::Quota,
        Self::TooLarge,
        Self::Quarantined,
        Self::HashMismatch,
        Self::DiskFull,
        Self::Refused,
    ];

    /// Returns which refusal it was.
    pub(crate) const fn of(code: Code) -> Self {
        match code {
            Code::QuotaExceeded => Self::Quota,
            Code::TooLarge => Self::TooLarge,
            Code::Quarantined => Self::Quarantined,
            Code::HashMismatch => Self::HashMismatch,
            Code::DiskFull => Self::DiskFull,
            _ => Self::Refused,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Quota => "quota",
            Self::TooLarge => "too_large",
            Self::Quarantined => "quarantined",
            Self::HashMismatch => "hash_mismatch",
            Self::DiskFull => "disk_full",
            Self::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_result_has_its_place_and_its_own_label() {
        let labels: std::collections::BTreeSet<_> = Upload::ALL.iter().map(|result| result.label()).collect();
        assert_eq!(labels.len(), Upload::ALL.len());
        assert!(Upload::ALL.iter().enumerate().all(|(place, result)| *result as usize == place));
    }

    #[test]
    fn the_reserve_is_reached_when_less_is_free() {
        let metrics = FileMetrics::new(&Registry::new()).unwrap();
        for (free_bytes, reached) in [(10, 0), (9, 1)] {
            metrics.set(&FileSnapshot { free_bytes, reserve_bytes: 10, ..FileSnapshot::default() });
            assert_eq!(metrics.reserve_reached.get(), reached);
        }
    }
}
