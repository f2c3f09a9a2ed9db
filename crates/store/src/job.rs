//! A unit of work for the writer: something to do in the transaction, and whom to tell when it is on disk.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use tracing::error;

use crate::error::StoreError;
use crate::rows::{Appended, NewEntry};
use crate::tx::Tx;

/// Work the writer does.
pub(crate) trait Job: Send {
    /// How a failure is undone.
    fn isolation(&self) -> Isolation;

    /// Does the work; `Err` asks for it to be undone and says why, for the writer to judge.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError>;

    /// Tells the outcome; an error of the commit overrides what the work gave.
    fn finish(&mut self, commit: Result<(), StoreError>);

    /// Gives the completion up: nobody is told anything.
    fn forget(&mut self);
}

/// How a failed job is kept from leaving half its work in the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// By a savepoint around it.
    Savepoint,
    /// It writes nothing before it is sure to succeed. The writer checks that: a failure after a write fails the group.
    ChecksFirst,
}

/// A closure and its completion.
pub(crate) struct Call<J, D: FnOnce(Result<T, StoreError>), T> {
    job: Option<J>,
    done: Done<D, T>,
}

/// An entry and its completion: what a chat server writes most.
pub(crate) struct Append<D: FnOnce(Result<Appended, StoreError>)> {
    entry: NewEntry,
    done: Done<D, Appended>,
}

/// A completion and what it will be told. It is called exactly once, also when the job is dropped with the queue.
struct Done<D: FnOnce(Result<T, StoreError>), T> {
    tell: Option<D>,
    result: Result<T, StoreError>,
}

impl<J, D: FnOnce(Result<T, StoreError>), T> Call<J, D, T> {
    pub(crate) fn new(job: J, tell: D) -> Self {
        Self { job: Some(job), done: Done::new(tell) }
    }
}

impl<D: FnOnce(Result<Appended, StoreError>)> Append<D> {
    pub(crate) fn new(entry: NewEntry, tell: D) -> Self {
        Self { entry, done: Done::new(tell) }
    }
}

impl<J, D, T> Job for Call<J, D, T>
where
    J: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send,
    D: FnOnce(Result<T, StoreError>) + Send,
    T: Send,
{
    fn isolation(&self) -> Isolation {
        Isolation::Savepoint
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let Some(job) = self.job.take() else { return Err(StoreError::Panicked) };
        self.done.keep(catch_unwind(AssertUnwindSafe(|| job(tx))))
    }

    fn finish(&mut self, commit: Result<(), StoreError>) {
        self.done.tell(commit);
    }

    fn forget(&mut self) {
        self.done.tell = None;
    }
}

impl<D> Job for Append<D>
where
    D: FnOnce(Result<Appended, StoreError>) + Send,
{
    fn isolation(&self) -> Isolation {
        Isolation::ChecksFirst
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.done.keep(catch_unwind(AssertUnwindSafe(|| tx.append(&self.entry))))
    }

    fn finish(&mut self, commit: Result<(), StoreError>) {
        self.done.tell(commit);
    }

    fn forget(&mut self) {
        self.done.tell = None;
    }
}

impl<D: FnOnce(Result<T, StoreError>), T> Done<D, T> {
    fn new(tell: D) -> Self {
        Self { tell: Some(tell), result: Err(StoreError::QueueFull) }
    }

    /// Keeps what the work gave until the commit.
    fn keep(&mut self, outcome: thread::Result<Result<T, StoreError>>) -> Result<(), StoreError> {
        self.result = outcome.unwrap_or(Err(StoreError::Panicked));
        self.result.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// Calls the completion; if it panics, the others are still called.
    fn tell(&mut self, commit: Result<(), StoreError>) {
        let Some(tell) = self.tell.take() else { return };
        let result = mem::replace(&mut self.result, Err(StoreError::QueueFull));
        if catch_unwind(AssertUnwindSafe(|| tell(commit.and(result)))).is_err() {
            error!("a completion panicked");
        }
    }
}

impl<D: FnOnce(Result<T, StoreError>), T> Drop for Done<D, T> {
    fn drop(&mut self) {
        self.tell(Err(StoreError::QueueFull));
    }
}
