//! The one thread that writes: everything that waits goes into one commit, then everybody is told in order.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tracing::{error, warn};

use crate::checkpoint::Checkpoints;
use crate::error::StoreError;
use crate::job::{Isolation, Job};
use crate::reads::Reads;
use crate::shared::Shared;
use crate::stats::count;
use crate::tx::{Marks, Tx};

/// How long the thread sleeps at most when nothing is to be written.
const IDLE: Duration = Duration::from_secs(1);

/// What the writer is sent.
pub(crate) enum Message {
    /// Work.
    Job(Box<dyn Job>),
    /// No more work is coming.
    Close,
}

pub(crate) struct Writer {
    conn: Connection,
    shared: Arc<Shared>,
    inbox: Receiver<Message>,
    checkpoints: Checkpoints,
    group: usize,
}

impl Writer {
    pub(crate) fn new(
        conn: Connection,
        shared: Arc<Shared>,
        inbox: Receiver<Message>,
        checkpoints: Checkpoints,
        group: usize,
    ) -> Self {
        Self { conn, shared, inbox, checkpoints, group }
    }

    /// Writes until the store is closed, then empties the log into the file.
    pub(crate) fn run(mut self) {
        let mut open = true;
        while open {
            match self.inbox.recv_timeout(IDLE) {
                Ok(first) => {
                    let (jobs, more) = self.gather(first);
                    open = more;
                    if !jobs.is_empty() {
                        self.write(jobs);
                        self.checkpoints.after_commit(&self.conn, &self.shared);
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.checkpoints.when_idle(&self.conn, &self.shared),
                Err(RecvTimeoutError::Disconnected) => open = false,
            }
        }
        self.checkpoints.at_close(&self.conn, &self.shared);
    }

    /// Takes what waits, up to a full group; also whether more may come.
    fn gather(&self, first: Message) -> (Vec<Box<dyn Job>>, bool) {
        let mut jobs = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Job(job) => jobs.push(job),
                Message::Close => return (jobs, false),
            }
            next = if jobs.len() < self.group { self.inbox.try_recv().ok() } else { None };
        }
        (jobs, true)
    }

    /// Runs the jobs in one transaction and tells each its outcome.
    fn write(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let begun = Instant::now();
        let counters = &self.shared.counters;
        counters.queue.fetch_sub(jobs.len(), Ordering::Relaxed);
        let outcome = match self.shared.halted() {
            Some(halt) => Err(halt),
            None => self.transact(&mut jobs),
        };
        counters.jobs.fetch_add(jobs.len() as u64, Ordering::Relaxed);
        match &outcome {
            Ok(marks) => {
                count(&counters.commits);
                let took = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
                counters.last_commit_ns.store(took, Ordering::Relaxed);
                self.announce(*marks);
            }
            Err(error) => {
                count(&counters.failed_commits);
                self.judge(error);
            }
        }
        let outcome = outcome.map(|_| ());
        for mut job in jobs {
            job.finish(outcome.clone());
        }
    }

    /// Runs the jobs between BEGIN and COMMIT. After an error nothing of the group is in the database.
    fn transact(&self, jobs: &mut [Box<dyn Job>]) -> Result<Marks, StoreError> {
        self.batch("BEGIN IMMEDIATE")?;
        let committed = self.run_all(jobs).and_then(|marks| self.batch("COMMIT").map(|()| marks));
        if committed.is_err() && !self.conn.is_autocommit() {
            self.batch("ROLLBACK")
                .map_err(|error| StoreError::Broken { why: format!("rolling back: {error}") })?;
        }
        committed
    }

    fn run_all(&self, jobs: &mut [Box<dyn Job>]) -> Result<Marks, StoreError> {
        let mut marks = Marks::default();
        for job in jobs {
            let done = match job.isolation() {
                Isolation::Savepoint => self.run_undoably(&mut **job)?,
                Isolation::ChecksFirst => self.run_checked(&mut **job)?,
            };
            marks.changed |= done.changed;
            marks.wiped |= done.wiped;
        }
        Ok(marks)
    }

    fn run_undoably(&self, job: &mut dyn Job) -> Result<Marks, StoreError> {
        self.batch("SAVEPOINT job")?;
        let mut tx = Tx::new(&self.conn);
        match job.run(&mut tx) {
            Ok(()) => {
                self.batch("RELEASE job")?;
                Ok(tx.marks())
            }
            Err(error) if error.is_global() => Err(error),
            Err(_) => {
                self.batch("ROLLBACK TO job")?;
                self.batch("RELEASE job")?;
                Ok(Marks::default())
            }
        }
    }

    /// Runs a job that promises to fail only before its first write; a broken promise fails the group.
    fn run_checked(&self, job: &mut dyn Job) -> Result<Marks, StoreError> {
        let before = self.conn.total_changes();
        let mut tx = Tx::new(&self.conn);
        match job.run(&mut tx) {
            Ok(()) => Ok(tx.marks()),
            Err(error) if error.is_global() => Err(error),
            Err(error) if self.conn.total_changes() != before => Err(error),
            Err(_) => Ok(Marks::default()),
        }
    }

    /// Tells this and other processes of committed changes.
    fn announce(&mut self, marks: Marks) {
        if marks.wiped {
            self.checkpoints.wipe_soon();
        }
        if marks.changed {
            match Reads::new(&self.conn).last_change() {
                Ok(last) => self.shared.saw_change(last),
                Err(error) => warn!(%error, "the newest change could not be read"),
            }
            self.shared.bell.ring();
        }
    }

    /// Decides whether writing can go on after a failed group.
    fn judge(&self, error: &StoreError) {
        match error {
            StoreError::Broken { .. } | StoreError::Corrupt { .. } => self.shared.halt(error.clone()),
            StoreError::Busy => {
                count(&self.shared.counters.busy);
                warn!("another process held the database for too long; writes were refused");
            }
            StoreError::Full => warn!("the disk is full; writes were refused"),
            other => error!(error = %other, "a group of writes failed"),
        }
    }

    fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
