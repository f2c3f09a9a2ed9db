//! Changes that belong together.

use zeroize::Zeroizing;

use crate::Table;

/// Changes that are carried out as one, in their order.
#[derive(Debug, Default)]
pub struct Batch {
    pub(crate) changes: Vec<Change>,
}

pub(crate) enum Change {
    Put { table: Table, key: Vec<u8>, value: Zeroizing<Vec<u8>> },
    Remove { table: Table, key: Vec<u8> },
    RemoveUpto { table: Table, prefix: Vec<u8>, upto: Vec<u8> },
}

impl Batch {
    /// Starts without changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a row, in place of one with the same key.
    pub fn put(&mut self, table: Table, key: &[u8], value: impl Into<Vec<u8>>) -> &mut Self {
        let (key, value) = (key.to_vec(), Zeroizing::new(value.into()));
        self.changes.push(Change::Put { table, key, value });
        self
    }

    /// Removes a row; it need not be there.
    pub fn remove(&mut self, table: Table, key: &[u8]) -> &mut Self {
        self.changes.push(Change::Remove { table, key: key.to_vec() });
        self
    }

    /// Removes the rows whose key begins with `prefix` and is at most `upto`.
    pub fn remove_upto(&mut self, table: Table, prefix: &[u8], upto: &[u8]) -> &mut Self {
        self.changes.push(Change::RemoveUpto { table, prefix: prefix.to_vec(), upto: upto.to_vec() });
        self
    }

    /// Returns whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, table) = match self {
            Self::Put { table, .. } => ("put", table),
            Self::Remove { table, .. } => ("remove", table),
            Self::RemoveUpto { table, .. } => ("remove_upto", table),
        };
        write!(formatter, "{what}({})", table.name())
    }
}
