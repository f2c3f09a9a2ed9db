//! Where a device keeps its keys and what it has read: an ordered key-value store that changes in whole batches.

use std::collections::BTreeMap;
use std::convert::Infallible;

use zeroize::Zeroizing;

/// What a device keeps. Values hold keys and plaintext: a vault seals them, and overwrites what it deletes.
///
/// Every step of a [`crate::Member`] ends with one [`apply`](Self::apply), before any bytes are given to the caller. So a
/// device that is killed goes on from a state whose keys it has not used for anything else.
pub trait Vault {
    /// Why the vault cannot be read or written.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads one value.
    ///
    /// # Errors
    /// When the vault cannot be read.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Self::Error>;

    /// Reads at most `limit` rows whose key begins with `prefix`, in the order of the walk.
    ///
    /// # Errors
    /// When the vault cannot be read.
    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        walk: Walk<'_>,
        limit: usize,
    ) -> Result<Vec<Row>, Self::Error>;

    /// Writes the whole batch, in its order, or nothing of it. It is on the disk when this returns.
    ///
    /// # Errors
    /// When nothing was written.
    fn apply(&mut self, batch: Batch) -> Result<(), Self::Error>;
}

/// The tables of a vault. Keys are made of big-endian numbers, so that their bytes sort as the numbers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// This device's identity; one row.
    Own,
    /// Account: the identity key it is known by.
    Pin,
    /// Hash of a key package: its private halves.
    KeyPackage,
    /// Room: how far it is read and what is under way.
    Room,
    /// Room: the secrets of its group.
    Group,
    /// Room: the public tree of its group.
    Tree,
    /// Room: the group that a commit from outside would lead to.
    Joining,
    /// Room and order: what waits to be accepted by the server.
    Outbox,
    /// Room and sequence number: what was read.
    History,
    /// Room and message id: the sequence number.
    ByMessage,
}

/// The direction and the start of a scan; the key it starts from is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk<'k> {
    /// Ascending.
    Up {
        /// The key before the first row.
        after: Option<&'k [u8]>,
    },
    /// Descending.
    Down {
        /// The key behind the first row.
        before: Option<&'k [u8]>,
    },
}

/// A row of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its key.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Zeroizing<Vec<u8>>,
}

/// Changes that happen together.
#[derive(Default)]
pub struct Batch {
    /// In this order.
    pub changes: Vec<Change>,
}

/// One change of a batch.
pub enum Change {
    /// The key has this value from here on.
    Put {
        /// Where.
        table: Table,
        /// Which row.
        key: Vec<u8>,
        /// Its value.
        value: Zeroizing<Vec<u8>>,
    },
    /// The key is gone; it may not have been there.
    Delete {
        /// Where.
        table: Table,
        /// Which row.
        key: Vec<u8>,
    },
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 10] = [
        Self::Own,
        Self::Pin,
        Self::KeyPackage,
        Self::Room,
        Self::Group,
        Self::Tree,
        Self::Joining,
        Self::Outbox,
        Self::History,
        Self::ByMessage,
    ];

    /// Returns the table's name for a database: lower case and underscores.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Pin => "pin",
            Self::KeyPackage => "key_package",
            Self::Room => "room",
            Self::Group => "mls_group",
            Self::Tree => "mls_tree",
            Self::Joining => "joining",
            Self::Outbox => "outbox",
            Self::History => "history",
            Self::ByMessage => "by_message",
        }
    }
}

impl Batch {
    pub(crate) fn put(
        &mut self,
        table: Table,
        key: impl Into<Vec<u8>>,
        value: impl Into<Zeroizing<Vec<u8>>>,
    ) {
        self.changes.push(Change::Put { table, key: key.into(), value: value.into() });
    }

    pub(crate) fn delete(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.changes.push(Change::Delete { table, key: key.into() });
    }
}

/// A vault that forgets everything with the process: for tests and for a first look.
#[derive(Debug, Clone, Default)]
pub struct MemoryVault {
    rows: BTreeMap<(Table, Vec<u8>), Zeroizing<Vec<u8>>>,
}

impl MemoryVault {
    /// Returns the bytes of all values in a table.
    #[must_use]
    pub fn size_of(&self, table: Table) -> usize {
        self.rows.iter().filter(|((of, _), _)| *of == table).map(|(_, value)| value.len()).sum()
    }
}

impl Vault for MemoryVault {
    type Error = Infallible;

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Infallible> {
        Ok(self.rows.get(&(table, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        walk: Walk<'_>,
        limit: usize,
    ) -> Result<Vec<Row>, Infallible> {
        let rows = self.rows.range((table, prefix.to_vec())..);
        let rows = rows.take_while(|((of, key), _)| *of == table && key.starts_with(prefix));
        let row = |((_, key), value): (&(Table, Vec<u8>), &Zeroizing<Vec<u8>>)| Row {
            key: key.clone(),
            value: value.clone(),
        };
        Ok(match walk {
            Walk::Up { after } => {
                let behind = |key: &[u8]| after.is_none_or(|after| after < key);
                rows.filter(|((_, key), _)| behind(key)).take(limit).map(row).collect()
            }
            Walk::Down { before } => {
                let ahead = |key: &[u8]| before.is_none_or(|before| key < before);
                let mut rows: Vec<Row> = rows.filter(|((_, key), _)| ahead(key)).map(row).collect();
                rows.reverse();
                rows.truncate(limit);
                rows
            }
        })
    }

    fn apply(&mut self, batch: Batch) -> Result<(), Infallible> {
        for change in batch.changes {
            match change {
                Change::Put { table, key, value } => self.rows.insert((table, key), value),
                Change::Delete { table, key } => self.rows.remove(&(table, key)),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(vault: &MemoryVault, walk: Walk<'_>, limit: usize) -> Vec<Vec<u8>> {
        vault.scan(Table::History, &[1], walk, limit).unwrap().into_iter().map(|row| row.key).collect()
    }

    #[test]
    fn a_scan_walks_both_ways_within_its_prefix_and_leaves_its_start_out() {
        let mut vault = MemoryVault::default();
        let mut batch = Batch::default();
        for key in [[0, 9], [1, 1], [1, 2], [1, 3], [2, 0]] {
            batch.put(Table::History, key, vec![0]);
        }
        batch.put(Table::Outbox, [1, 9], vec![0]);
        vault.apply(batch).unwrap();
        assert_eq!(keys(&vault, Walk::Up { after: None }, 9), [[1, 1], [1, 2], [1, 3]]);
        assert_eq!(keys(&vault, Walk::Up { after: Some(&[1, 1]) }, 1), [[1, 2]]);
        assert_eq!(keys(&vault, Walk::Down { before: None }, 2), [[1, 3], [1, 2]]);
        assert_eq!(keys(&vault, Walk::Down { before: Some(&[1, 2]) }, 9), [[1, 1]]);
    }

    #[test]
    fn every_table_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<&str> = Table::ALL.map(Table::name).into();
        assert_eq!(names.len(), Table::ALL.len());
    }
}
