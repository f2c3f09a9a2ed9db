//! What the store counts about itself, for metrics.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// The store's counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Jobs that wait to be written.
    pub queue: usize,
    /// Commits that succeeded.
    pub commits: u64,
    /// Commits that failed.
    pub failed_commits: u64,
    /// Jobs that were committed or refused.
    pub jobs: u64,
    /// Times another process held the database for longer than the busy timeout.
    pub busy: u64,
    /// How long the newest commit took, from BEGIN to the disk's answer.
    pub last_commit: Duration,
    /// Bytes in the write-ahead log.
    pub wal_bytes: u64,
    /// Checkpoints that were made.
    pub checkpoints: u64,
    /// Checkpoints that had to be put off because of readers.
    pub blocked_checkpoints: u64,
    /// Whether writing has stopped for good.
    pub halted: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) queue: AtomicUsize,
    pub(crate) commits: AtomicU64,
    pub(crate) failed_commits: AtomicU64,
    pub(crate) jobs: AtomicU64,
    pub(crate) busy: AtomicU64,
    pub(crate) last_commit_ns: AtomicU64,
    pub(crate) wal_bytes: AtomicU64,
    pub(crate) checkpoints: AtomicU64,
    pub(crate) blocked_checkpoints: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self, halted: bool) -> Stats {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            queue: self.queue.load(Ordering::Relaxed),
            commits: value(&self.commits),
            failed_commits: value(&self.failed_commits),
            jobs: value(&self.jobs),
            busy: value(&self.busy),
            last_commit: Duration::from_nanos(value(&self.last_commit_ns)),
            wal_bytes: value(&self.wal_bytes),
            checkpoints: value(&self.checkpoints),
            blocked_checkpoints: value(&self.blocked_checkpoints),
            halted,
        }
    }
}

/// Adds one to a counter.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
