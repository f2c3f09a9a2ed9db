//! Following the changes that this and other processes commit.

use tokio::sync::watch;

use crate::error::StoreError;
use crate::rows::{ChangeRow, ChangeSeq};
use crate::store::Store;

/// Changes that are returned at once.
const PAGE: usize = 256;

/// A place in the feed of changes.
#[derive(Debug)]
pub struct ChangeFeed {
    store: Store,
    head: watch::Receiver<ChangeSeq>,
    after: ChangeSeq,
}

impl ChangeFeed {
    pub(crate) fn new(store: Store, head: watch::Receiver<ChangeSeq>, after: ChangeSeq) -> Self {
        Self { store, head, after }
    }

    /// Waits for changes and returns them in the order of their commits; never an empty list.
    ///
    /// It may be dropped while it waits: the next call returns the same changes.
    ///
    /// # Errors
    /// Those of a read; trying again is safe.
    pub async fn next(&mut self) -> Result<Vec<ChangeRow>, StoreError> {
        loop {
            let after = self.after;
            let waited = self.head.wait_for(|head| after < *head).await.map(|_| ());
            waited.map_err(|_| StoreError::QueueFull)?;
            let changes = self.store.read(move |reads| reads.changes_after(after, PAGE)).await?;
            if let Some(last) = changes.last() {
                self.after = last.seq;
                return Ok(changes);
            }
        }
    }

    /// Returns the place up to which changes were returned.
    #[must_use]
    pub fn place(&self) -> ChangeSeq {
        self.after
    }
}
