//! A device's disk: it loses what was not written when the device is killed, and counts what is written twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use sealed::Vault;
use sealed::vault::{Batch, Change, MemoryVault, Row, Table, Walk};
use zeroize::Zeroizing;

/// When the device dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Nothing of the batch is written.
    Before,
    /// The batch is written, and its bytes never leave the device.
    After,
}

/// The disk, which outlives the member that uses it.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Clone, Default)]
struct State {
    rows: MemoryVault,
    crash: Option<Crash>,
    /// A broken disk says it has written and has not, once in so many batches.
    forgets_every: Option<u32>,
    batches: u32,
    opened: BTreeMap<Vec<u8>, u32>,
}

#[derive(Debug, thiserror::Error)]
#[error("the device was killed")]
pub(crate) struct Killed;

impl Disk {
    pub(crate) fn crash_at_next_batch(&self, crash: Crash) {
        self.0.lock().unwrap().crash = Some(crash);
    }

    pub(crate) fn no_crash(&self) {
        self.0.lock().unwrap().crash = None;
    }

    pub(crate) fn forget_every(&self, batches: u32) {
        self.0.lock().unwrap().forgets_every = Some(batches);
    }

    /// A copy that the original knows nothing of.
    pub(crate) fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.0.lock().unwrap().clone())))
    }

    /// Loses the keys of all groups.
    pub(crate) fn lose_groups(&self) {
        let mut state = self.0.lock().unwrap();
        for table in [Table::Group, Table::Tree, Table::Joining] {
            let rows = state.rows.scan(table, &[], Walk::Up { after: None }, 99).unwrap();
            let changes = rows.into_iter().map(|row| Change::Delete { table, key: row.key }).collect();
            state.rows.apply(Batch { changes }).unwrap();
        }
    }

    /// How often each line of the history was written as a message.
    pub(crate) fn most_openings(&self) -> u32 {
        self.0.lock().unwrap().opened.values().copied().max().unwrap_or(0)
    }
}

impl Vault for Disk {
    type Error = Killed;

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Killed> {
        Ok(self.0.lock().unwrap().rows.get(table, key).unwrap())
    }

    fn scan(&self, table: Table, prefix: &[u8], walk: Walk<'_>, limit: usize) -> Result<Vec<Row>, Killed> {
        Ok(self.0.lock().unwrap().rows.scan(table, prefix, walk, limit).unwrap())
    }

    fn apply(&mut self, batch: Batch) -> Result<(), Killed> {
        let mut state = self.0.lock().unwrap();
        let crash = state.crash.take();
        if crash == Some(Crash::Before) {
            return Err(Killed);
        }
        state.batches += 1;
        if state.forgets_every.is_some_and(|every| state.batches.is_multiple_of(every)) {
            return Ok(());
        }
        for change in &batch.changes {
            if let Change::Put { table: Table::History, key, .. } = change {
                *state.opened.entry(key.clone()).or_default() += 1;
            }
        }
        state.rows.apply(batch).unwrap();
        if crash == Some(Crash::After) { Err(Killed) } else { Ok(()) }
    }
}
