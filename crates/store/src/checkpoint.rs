//! Copying the write-ahead log into the file, away from the commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use tracing::{debug, warn};

use crate::error::StoreError;
use crate::options::Options;
use crate::shared::Shared;
use crate::stats::count;

/// How long a checkpoint that must wait for readers does so.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long wiped text may stay in the log while there is always something to write.
const WIPE_WITHIN: Duration = Duration::from_secs(60);
/// Bytes of a page and its frame header in the log.
const FRAME: u64 = 4_096 + 24;

/// The writer's side: watches the size of the log and decides when to copy it.
pub(crate) struct Checkpoints {
    /// Frames in the log, as SQLite told after the newest commit.
    frames: Arc<AtomicU64>,
    /// Wakes the thread that copies beside the writer.
    helper: SyncSender<()>,
    above: u64,
    restart_above: u64,
    /// The size at which the helper is woken next.
    next: u64,
    /// The size at which writing waits for a copy next.
    next_restart: u64,
    /// When text was wiped that the log still holds.
    wiped: Option<Instant>,
    busy_timeout: Duration,
}

impl Checkpoints {
    pub(crate) fn new(
        conn: &mut Connection,
        helper: SyncSender<()>,
        options: &Options,
    ) -> Result<Self, StoreError> {
        let frames = Arc::new(AtomicU64::new(0));
        let seen = frames.clone();
        conn.wal_hook(Some(move |_: &mut Wal, pages| {
            seen.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self {
            frames,
            helper,
            above: options.checkpoint_above,
            restart_above: options.restart_above,
            next: options.checkpoint_above,
            next_restart: options.restart_above,
            wiped: None,
            busy_timeout: options.busy_timeout,
        })
    }

    /// Asks for the log to be emptied soon.
    pub(crate) fn wipe_soon(&mut self) {
        self.wiped.get_or_insert_with(Instant::now);
    }

    /// Looks at the size of the log after a commit.
    pub(crate) fn after_commit(&mut self, conn: &Connection, shared: &Shared) {
        let size = self.measure(shared);
        if size < self.above {
            (self.next, self.next_restart) = (self.above, self.restart_above);
        }
        if self.next_restart <= size {
            self.next_restart = size + self.above;
            self.copy(conn, shared, CheckpointMode::RESTART);
        } else if self.next <= size && self.helper.try_send(()).is_ok() {
            self.next = size + self.above;
        }
        if self.wiped.is_some_and(|since| WIPE_WITHIN <= since.elapsed()) {
            self.empty(conn, shared);
        }
    }

    /// Uses a quiet moment to get wiped text out of the log.
    pub(crate) fn when_idle(&mut self, conn: &Connection, shared: &Shared) {
        if self.wiped.is_some() {
            self.empty(conn, shared);
        }
    }

    /// Empties the log before the store is closed, so that the file alone is the database.
    pub(crate) fn at_close(&mut self, conn: &Connection, shared: &Shared) {
        self.empty(conn, shared);
    }

    fn empty(&mut self, conn: &Connection, shared: &Shared) {
        if self.copy(conn, shared, CheckpointMode::TRUNCATE) {
            self.frames.store(0, Ordering::Relaxed);
            self.wiped = None;
        } else {
            // Readers are in the way; the next quiet moment comes.
            self.wiped = self.wiped.map(|_| Instant::now());
        }
        self.measure(shared);
    }

    /// Copies the log; whether all of it was copied.
    fn copy(&self, conn: &Connection, shared: &Shared, mode: CheckpointMode) -> bool {
        // A long wait would hold up everybody's messages.
        let waits = conn.busy_timeout(PATIENCE);
        let copied = waits.and_then(|()| conn.wal_checkpoint_v2(None::<&str>, mode));
        if let Err(error) = conn.busy_timeout(self.busy_timeout) {
            warn!(%error, "the busy timeout could not be set back");
        }
        judge(shared, copied)
    }

    fn measure(&self, shared: &Shared) -> u64 {
        let size = self.frames.load(Ordering::Relaxed) * FRAME;
        shared.counters.wal_bytes.store(size, Ordering::Relaxed);
        size
    }
}

/// Copies the log beside the writer each time it is woken, until the writer is gone.
pub(crate) fn run_helper(conn: &Connection, shared: &Shared, wake: &Receiver<()>) {
    while wake.recv().is_ok() {
        if shared.halted().is_none() {
            judge(shared, conn.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE));
        }
    }
}

/// Counts a checkpoint and decides what an error means; whether the whole log was copied.
fn judge(shared: &Shared, copied: rusqlite::Result<(i32, i32)>) -> bool {
    match copied.map_err(StoreError::from) {
        Ok((frames, copied)) => {
            count(&shared.counters.checkpoints);
            debug!(frames, copied, "log copied");
            frames == copied
        }
        Err(StoreError::Busy) => {
            count(&shared.counters.blocked_checkpoints);
            false
        }
        // The log keeps everything until there is space again.
        Err(StoreError::Full) => {
            warn!("the disk is full; the log could not be copied");
            false
        }
        Err(error) => {
            shared.halt(error);
            false
        }
    }
}
