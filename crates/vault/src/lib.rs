//! The client's own database: keys of groups, messages on their way, decrypted history, pins of other people's keys.
//!
//! A [`Vault`] is one SQLite file with one connection that nobody shares: a second program that opens the same file is
//! refused with [`VaultError::InUse`]. Every value is sealed with AES-256-GCM under the [`VaultKey`], which lies outside
//! the file; the table and the key of a row are authenticated with it, so that no row can stand in for another. A
//! [`Batch`] is on disk, whole, when [`Vault::commit`] returns: that is what "write before send" rests on.
//!
//! What lies open in the file: how many rows there are, how long they are, and their keys, which are numbers of rooms
//! and places and random ids. Deleted rows are overwritten (`secure_delete`).

mod batch;
mod connect;
mod error;
mod export;
mod import;
mod key;
mod member;
mod migrate;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use zeroize::Zeroizing;

pub use batch::Batch;
pub use error::{Damaged, VaultError};
pub use import::{Contents, Import};
pub use key::{KeyFileError, VaultKey};
pub use table::Table;

/// A key and its opened value.
pub type Row = (Vec<u8>, Zeroizing<Vec<u8>>);

/// An open vault. Clones use the same connection, one after the other.
#[derive(Debug, Clone)]
pub struct Vault {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    conn: Connection,
    key: VaultKey,
}

/// Which rows are read, and in which order of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk<'a> {
    /// Rows whose key begins with `prefix` and is above `after`, the smallest key first.
    Up {
        /// What keys begin with; may be empty.
        prefix: &'a [u8],
        /// The last key that is not wanted; nothing for the start.
        after: Option<&'a [u8]>,
    },
    /// Rows whose key begins with `prefix` and is below `before`, the largest key first.
    Down {
        /// What keys begin with; may be empty.
        prefix: &'a [u8],
        /// The first key that is not wanted any more; nothing for the end.
        before: Option<&'a [u8]>,
    },
}

impl Vault {
    /// Opens the vault in this file, or makes it, and brings it to the current schema.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] when it was sealed under another key, [`VaultError::InUse`] when another program has it,
    /// [`VaultError::Newer`] when a later version of the program made it.
    pub fn open(path: &Path, key: VaultKey) -> Result<Self, VaultError> {
        let mut conn = connect::connect(path)?;
        migrate::migrate(&mut conn)?;
        let mut inner = Inner { conn, key };
        inner.prove_key()?;
        Ok(Self { inner: Arc::new(Mutex::new(inner)) })
    }

    /// Returns a value.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when it does not open; others as they say.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.with(|inner| inner.get(table, key))
    }

    /// Returns at most `limit` rows in the order of their keys.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] at the first row that does not open; others as they say.
    pub fn walk(&self, table: Table, walk: Walk<'_>, limit: usize) -> Result<Vec<Row>, VaultError> {
        self.with(|inner| inner.walk(table, walk, limit))
    }

    /// Carries out a batch as one: all of it is on disk when this returns, or none of it.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn commit(&self, batch: &Batch) -> Result<(), VaultError> {
        self.with(|inner| inner.commit(batch))
    }

    /// Returns how many rows a table has.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count(&self, table: Table) -> Result<u64, VaultError> {
        self.with(|inner| inner.count(table))
    }

    /// Reads every row and returns those that do not open.
    ///
    /// # Errors
    /// When the file itself is not a database any more.
    pub fn check(&self) -> Result<Vec<Damaged>, VaultError> {
        self.with(|inner| inner.check())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> Result<T, VaultError>) -> Result<T, VaultError> {
        // A panic in the middle of a batch has rolled it back.
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
