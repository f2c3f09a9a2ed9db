//! The way to the disk: a deed becomes one job of the store's writer, and its result comes back in commit order.

mod deeds;

use std::sync::Arc;

use keys::Keys;
use proto::ids::Timestamp;
use proto::refusal::Refusal;
use store::{Appended, NewEntry, Power, Store, StoreError, Tx};
use tokio::sync::mpsc;
use tracing::info;

use crate::hub::{Committed, Deed, Done, Order};
use crate::metrics::{CommitResult, Metrics};
use crate::refuse;
use service::clock;

/// Writes deeds.
#[derive(Debug)]
pub(crate) struct Journal {
    store: Store,
    keys: Arc<Keys>,
    metrics: Arc<Metrics>,
    results: mpsc::UnboundedSender<Committed>,
}

impl Journal {
    /// Returns a journal and where its results come out.
    #[must_use]
    pub(crate) fn new(
        store: Store,
        keys: Arc<Keys>,
        metrics: Arc<Metrics>,
    ) -> (Self, mpsc::UnboundedReceiver<Committed>) {
        let (results, receiver) = mpsc::unbounded_channel();
        (Self { store, keys, metrics, results }, receiver)
    }

    /// Has a deed written. Never waits; what the writer cannot take is refused at once.
    pub(crate) fn write(&self, order: Order, deed: Deed) {
        let at = clock::now();
        match deed {
            Deed::Append { room, message_id, content } if !deeds::needs_a_look(&order, &content) => {
                let power = Power::Own;
                self.append(order, NewEntry { room, author: order.account, message_id, content, at, power });
            }
            other => self.perform(order, other, at),
        }
    }

    /// What everybody does all day takes the store's short way.
    fn append(&self, order: Order, entry: NewEntry) {
        let results = self.results.clone();
        let done = move |result: Result<Appended, StoreError>| {
            let result = result
                .map(|Appended { entry, fresh }| Done::Appended { entry, fresh })
                .map_err(|error| refuse::store(&error));
            // The hub ends after its sessions; a result it no longer wants concerns nobody.
            let _: Result<(), _> = results.send(Committed { order, result });
        };
        if self.store.append(entry, done).is_err() {
            self.refuse(order, refuse::unavailable());
        }
    }

    fn perform(&self, order: Order, deed: Deed, at: Timestamp) {
        let label = deed.label();
        let results = self.results.clone();
        let (keys, metrics) = (self.keys.clone(), self.metrics.clone());
        let is_commit = deed.is_commit();
        let job = move |tx: &mut Tx<'_>| deeds::perform(tx, &order, deed, &keys, at);
        let done = move |result: Result<Done, StoreError>| {
            tell_staff_log(&order, label, result.as_ref());
            let result = result.map_err(|error| refuse::store(&error));
            if let (true, Err(refusal)) = (is_commit, &result) {
                metrics.sealed.commit(CommitResult::of(refusal.code));
            }
            let _: Result<(), _> = results.send(Committed { order, result });
        };
        if self.store.write(job, done).is_err() {
            self.refuse(order, refuse::unavailable());
        }
    }

    fn refuse(&self, order: Order, refusal: Refusal) {
        let _: Result<(), _> = self.results.send(Committed { order, result: Err(refusal) });
    }
}

/// What staff do is worth a line; what everybody does all day is not.
fn tell_staff_log(order: &Order, deed: &'static str, result: Result<&Done, &StoreError>) {
    let target = match result {
        Ok(Done::Kicked { account, .. } | Done::Banned { account, .. }) => Some(*account),
        Ok(Done::Unbanned) => None,
        _ => return,
    };
    info!(user.id = %order.account, target.id = target.map(tracing::field::display), deed, "staff acted");
}
