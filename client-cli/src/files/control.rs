//! How a transfer is watched and stopped from outside.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::error::FileError;
use super::progress::{Progress, Stage};

/// A transfer's end of the wires: it tells how far it is and hears when it is to stop.
#[derive(Debug, Clone)]
pub struct Control {
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
}

impl Default for Control {
    fn default() -> Self {
        let (progress, _) = watch::channel(Progress::start(Stage::Starting, 0));
        Self { progress, stop: CancellationToken::new() }
    }
}

impl Control {
    /// Stops the transfer; what it did so far is kept.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Returns what tells how far the transfer is.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(super) fn begin(&self, stage: Stage, total: u64) {
        self.progress.send_replace(Progress::start(stage, total));
    }

    /// Tells how many steps of a stage that has no bytes are done.
    pub(super) fn step(&self, stage: Stage, done: u64, total: u64) {
        self.progress.send_replace(Progress { done, ..Progress::start(stage, total) });
    }

    pub(super) fn reached(&self, done: u64) {
        self.progress.send_modify(|progress| {
            progress.done = done;
            progress.waits = false;
        });
    }

    pub(super) fn waits(&self) {
        self.progress.send_modify(|progress| progress.waits = true);
    }

    /// Stops here when that was asked for.
    pub(super) fn check(&self) -> Result<(), FileError> {
        if self.stop.is_cancelled() { Err(FileError::Cancelled) } else { Ok(()) }
    }

    /// Waits for something, but not after the transfer was stopped.
    pub(super) async fn unless_stopped<T>(&self, what: impl Future<Output = T>) -> Result<T, FileError> {
        self.stop.run_until_cancelled(what).await.ok_or(FileError::Cancelled)
    }
}
