//! Signed checkpoints of the audit log, which the daemon keeps beside the keys: what the log must still agree with, so
//! that a tail that was cut off shows.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use domain::checkpoint::{Checkpoint, CheckpointPublicKey};
use store::{AuditSeq, Reads, StoreError};

/// What a look at the checkpoints gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// There is no file, or nothing in it that this server signed.
    None,
    /// The log has what the newest one says.
    Agrees(Checkpoint),
    /// The log ends before it: its tail was cut off.
    Cut(Checkpoint),
    /// The log has something else at this place.
    Differs(Checkpoint),
}

/// How much of the end of the file is read.
const TAIL: u64 = 64 << 10;

/// Returns the checkpoints at the end of the file that this key signed, oldest first. Lines of others are passed over:
/// whoever can write them can also take ours away, which shows as none.
pub(crate) fn read(file: &Path, key: CheckpointPublicKey) -> Vec<Checkpoint> {
    let text = tail(file).unwrap_or_default();
    text.lines().filter_map(|line| key.verify(line).ok()).collect()
}

/// Compares the log with the checkpoints; the first that it contradicts counts, else the newest.
pub(crate) fn compare(reads: &Reads<'_>, checkpoints: &[Checkpoint]) -> Result<Agreement, StoreError> {
    for checkpoint in checkpoints {
        match reads.audit_event(AuditSeq(checkpoint.events))? {
            _ if checkpoint.events == 0 => {}
            Some(row) if row.hash == checkpoint.head => {}
            Some(_) => return Ok(Agreement::Differs(checkpoint.clone())),
            None => return Ok(Agreement::Cut(checkpoint.clone())),
        }
    }
    Ok(checkpoints.last().map_or(Agreement::None, |newest| Agreement::Agrees(newest.clone())))
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
