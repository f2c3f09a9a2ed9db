//! What the store's threads and handles have in common.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tracing::error;

use crate::bell::Bell;
use crate::error::StoreError;
use crate::rows::ChangeSeq;
use crate::stats::Counters;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    pub(crate) counters: Counters,
    pub(crate) bell: Bell,
    /// The newest change that is known here.
    head: watch::Sender<ChangeSeq>,
    /// Why nothing is written any more.
    halt: Mutex<Option<StoreError>>,
}

impl Shared {
    pub(crate) fn new(path: PathBuf, bell: Bell, head: ChangeSeq) -> Self {
        let (head, _) = watch::channel(head);
        Self { path, counters: Counters::default(), bell, head, halt: Mutex::new(None) }
    }

    /// Wakes the followers of the feed if this is news.
    pub(crate) fn saw_change(&self, last: ChangeSeq) {
        self.head.send_if_modified(|head| {
            let news = *head < last;
            *head = last.max(*head);
            news
        });
    }

    /// Returns a receiver that follows the newest change.
    pub(crate) fn follow(&self) -> watch::Receiver<ChangeSeq> {
        self.head.subscribe()
    }

    /// Stops all writing if a read has met damage: writing on would make it worse.
    pub(crate) fn heed(&self, error: &StoreError) {
        if matches!(error, StoreError::Corrupt { .. }) {
            self.halt(error.clone());
        }
    }

    /// Stops all writing for good.
    pub(crate) fn halt(&self, why: StoreError) {
        let mut halt = self.halt.lock().unwrap_or_else(PoisonError::into_inner);
        if halt.is_none() {
            error!(error = %why, "writing has stopped for good");
            *halt = Some(why);
        }
    }

    /// Returns why nothing is written any more.
    pub(crate) fn halted(&self) -> Option<StoreError> {
        self.halt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
