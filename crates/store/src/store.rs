//! The handle: queue a write, wait for it, read, follow changes.

use std::fmt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::info;

use crate::bell::{Bell, run_listener};
use crate::checkpoint::{Checkpoints, run_helper};
use crate::connect::{Access, connect};
use crate::error::StoreError;
use crate::feed::ChangeFeed;
use crate::job::{Append, Call, Job};
use crate::migrate::copy_to;
use crate::open::{Examined, open, quick_check};
use crate::options::Options;
use crate::pool::Pool;
use crate::reads::Reads;
use crate::rows::{Appended, ChangeSeq, NewEntry};
use crate::shared::Shared;
use crate::stats::Stats;
use crate::tx::Tx;
use crate::verify::{Verified, rebuild_search, verify, verify_search};
use crate::writer::{Message, Writer};

/// An open database. Clones are handles to the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// The write was not queued: the queue is full, or the store is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the write queue is full or closed")]
pub struct QueueFull;

/// How long examining waits for a writer.
const BUSY: Duration = Duration::from_secs(5);

struct Inner {
    outbox: SyncSender<Message>,
    shared: Arc<Shared>,
    pool: Arc<Pool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Opens the database at this path, making it if there is none and migrating it if it is old.
    ///
    /// # Errors
    /// `NotADatabase`, `NewerSchema`, `Corrupt`, `Unusable`, each with a sentence for the operator.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, &Options::default())
    }

    /// Opens the database at this path with these settings.
    ///
    /// # Errors
    /// Those of [`Store::open`]; `Missing`.
    pub fn open_with(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let (mut conn, examined) = open(path, options)?;
        let head = Reads::new(&conn).last_change().map_err(StoreError::into_damage)?;
        let shared = Arc::new(Shared::new(path.to_owned(), Bell::hang(path, options.poll), head));
        let pool = Arc::new(Pool::open(path, options)?);
        let (outbox, inbox) = sync_channel(options.queue.max(1));
        let (wake, woken) = sync_channel(1);
        let checkpoints = Checkpoints::new(&mut conn, wake, options)?;
        let writer = Writer::new(conn, shared.clone(), inbox, checkpoints, options.group.max(1));
        let mut threads = vec![spawn("store-writer", move || writer.run())?];

        let (helper, also) = (connect(path, Access::Write, options.busy_timeout)?, shared.clone());
        threads.push(spawn("store-checkpoint", move || run_helper(&helper, &also, &woken))?);
        let (listener, also) = (connect(path, Access::Read, options.busy_timeout)?, shared.clone());
        threads.push(spawn("store-doorbell", move || run_listener(&listener, &also))?);
        if examined == Examined::Later {
            let (examiner, also) = (connect(path, Access::Read, options.busy_timeout)?, shared.clone());
            // It is not waited for when the store is closed.
            drop(spawn("store-check", move || examine(&examiner, &also))?);
        }
        Ok(Self { inner: Arc::new(Inner { outbox, shared, pool, threads: Mutex::new(threads) }) })
    }

    /// Queues a job without waiting. `done` is called on the writer's thread after the commit, in the order of the
    /// queue; it must be quick. It is called exactly once, with `QueueFull` if the store is closed before its turn.
    ///
    /// # Errors
    /// [`QueueFull`]; then neither is ever called.
    pub fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
        done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) -> Result<(), QueueFull> {
        self.queue(Box::new(Call::new(job, done)))
    }

    /// Queues an append without waiting: [`Tx::append`] without the cost of a savepoint. Completions as for `write`.
    ///
    /// # Errors
    /// [`QueueFull`]; then `done` is never called.
    pub fn append(
        &self,
        entry: NewEntry,
        done: impl FnOnce(Result<Appended, StoreError>) + Send + 'static,
    ) -> Result<(), QueueFull> {
        self.queue(Box::new(Append::new(entry, done)))
    }

    /// Runs a job and waits until it is on disk.
    ///
    /// # Errors
    /// The job's own; `QueueFull`; those of the commit.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        // Nobody waits any more when the receiver is gone; the job is done all the same.
        let done = move |result| drop(tell.send(result));
        self.write(job, done).map_err(|QueueFull| StoreError::QueueFull)?;
        told.await.map_err(|_| StoreError::QueueFull)?
    }

    /// Runs a job and waits until it is on disk, on a thread that may block.
    ///
    /// # Errors
    /// Those of [`Store::run`].
    pub fn run_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = sync_channel(1);
        let done = move |result| drop(tell.send(result));
        self.write(job, done).map_err(|QueueFull| StoreError::QueueFull)?;
        told.recv().map_err(|_| StoreError::QueueFull)?
    }

    /// Runs queries on one moment of the database.
    ///
    /// # Errors
    /// The queries' own; `TooSlow` after the time limit.
    pub async fn read<T: Send + 'static>(
        &self,
        queries: impl FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.inner.pool.permits().acquire_owned().await;
        let (pool, shared) = (self.inner.pool.clone(), self.inner.shared.clone());
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            pool.read(queries).inspect_err(|error| shared.heed(error))
        });
        task.await.unwrap_or(Err(StoreError::Panicked))
    }

    /// Runs queries on one moment of the database, on a thread that may block.
    ///
    /// # Errors
    /// Those of [`Store::read`].
    pub fn read_blocking<T>(
        &self,
        queries: impl FnOnce(&Reads<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner.pool.read(queries).inspect_err(|error| self.inner.shared.heed(error))
    }

    /// Follows the changes that are committed from now on, by this process and by others. Subscribe first and load
    /// tables afterwards, so that nothing falls between.
    #[must_use]
    pub fn subscribe_changes(&self) -> ChangeFeed {
        let head = self.inner.shared.follow();
        let after = *head.borrow();
        ChangeFeed::new(self.clone(), head, after)
    }

    /// Follows the changes after this place.
    #[must_use]
    pub fn changes_from(&self, after: ChangeSeq) -> ChangeFeed {
        ChangeFeed::new(self.clone(), self.inner.shared.follow(), after)
    }

    /// Writes what is queued, empties the log into the file and stops; blocks until that is done. Later writes are
    /// refused with [`QueueFull`], reads go on. Never call it from a completion: it would wait for itself.
    pub fn close(&self) {
        // The writer takes messages until this one comes through, so this waits at most for a full queue.
        let _ = self.inner.outbox.send(Message::Close);
        self.inner.shared.bell.close();
        let threads = std::mem::take(&mut *self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A completion may hold the last handle; a thread cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }

    /// Writes a copy of the database as it is at this moment to a new file (0600), beside the work.
    ///
    /// # Errors
    /// `Unusable` if there is something at this path; those of the disk.
    pub fn copy_to(&self, target: &Path) -> Result<(), StoreError> {
        copy_to(&connect(self.path(), Access::Write, BUSY)?, target)
    }

    /// Examines everything that is stored: pages, indexes, every entry, the audit chain. It takes a second for each
    /// 100 MB or so, beside the work.
    ///
    /// # Errors
    /// `Corrupt` or `Damaged`, naming the first thing that is wrong.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        verify(&connect(self.path(), Access::Read, BUSY)?).map_err(StoreError::into_damage)
    }

    /// Compares the index for searching with the messages word by word. Nothing is written meanwhile.
    ///
    /// # Errors
    /// `Corrupt` if they differ.
    pub fn verify_search(&self) -> Result<(), StoreError> {
        verify_search(&connect(self.path(), Access::Write, BUSY)?).map_err(StoreError::into_damage)
    }

    /// Makes the index for searching anew from the messages. Nothing is written meanwhile.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn rebuild_search(&self) -> Result<(), StoreError> {
        rebuild_search(&connect(self.path(), Access::Write, BUSY)?)
    }

    /// Returns the counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let shared = &self.inner.shared;
        shared.counters.read(shared.halted().is_some())
    }

    /// Returns where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.shared.path
    }

    fn queue(&self, job: Box<dyn Job>) -> Result<(), QueueFull> {
        let queue = &self.inner.shared.counters.queue;
        queue.fetch_add(1, Ordering::Relaxed);
        let Err(TrySendError::Full(message) | TrySendError::Disconnected(message)) =
            self.inner.outbox.try_send(Message::Job(job))
        else {
            return Ok(());
        };
        queue.fetch_sub(1, Ordering::Relaxed);
        if let Message::Job(mut job) = message {
            job.forget();
        }
        Err(QueueFull)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("path", &self.path()).finish_non_exhaustive()
    }
}

impl Drop for Inner {
    /// Stops the threads without waiting for them; what is queued is still written.
    fn drop(&mut self) {
        self.shared.bell.close();
    }
}

/// Examines the file beside the work and stops writing if it is damaged.
fn examine(conn: &Connection, shared: &Shared) {
    match quick_check(conn) {
        Ok(()) => info!("the database was examined and is sound"),
        Err(error) => shared.halt(error),
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map_err(|error| StoreError::Other(format!("no thread could be started: {error}")))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use proto::text::Text;

    use super::*;
    use crate::job::Isolation;

    /// A job that promises to fail only before its first write, and lies.
    struct Liar(Option<StoreError>, SyncSender<Option<StoreError>>);

    impl Job for Liar {
        fn isolation(&self) -> Isolation {
            Isolation::ChecksFirst
        }
        fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
            tx.set_meta("half", "done")?;
            self.0.clone().map_or(Ok(()), Err)
        }
        fn finish(&mut self, commit: Result<(), StoreError>) {
            self.1.send(commit.err()).unwrap();
        }
        fn forget(&mut self) {}
    }

    /// The appends have no savepoint around them: this is what keeps half of one from being committed.
    #[test]
    fn a_job_without_a_savepoint_that_fails_after_writing_fails_its_whole_group() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("chat.db")).unwrap();
        let (hold, held) = channel::<()>();
        let (tell, told) = sync_channel(9);
        store.write(move |_| Ok(held.recv().is_err()), drop).unwrap();
        // Queued behind a job that waits: the two share a group.
        let (other, also) = sync_channel(9);
        let name: Text<{ proto::limits::NAME }> = Text::cut("Harbour");
        store.write(move |tx| tx.set_server_name(&name), move |result| other.send(result).unwrap()).unwrap();
        store.queue(Box::new(Liar(Some(StoreError::Conflict), tell.clone()))).unwrap();
        drop(hold);
        assert_eq!(told.recv().unwrap(), Some(StoreError::Conflict));
        assert_eq!(also.recv().unwrap(), Err(StoreError::Conflict));
        assert_eq!(store.read_blocking(|reads| reads.meta("half")), Ok(None));

        store.queue(Box::new(Liar(None, tell))).unwrap();
        assert_eq!(told.recv().unwrap(), None);
        assert_eq!(store.read_blocking(|reads| reads.meta("half")), Ok(Some("done".to_owned())));
    }
}
