//! What can be wrong with a vault.

use std::path::PathBuf;

use thiserror::Error;

use crate::Table;

/// A row that does not open: changed, moved from another place, or sealed under another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Where it stands.
    pub table: Table,
    /// Its key.
    pub key: Vec<u8>,
}

/// Why a vault cannot be used.
#[derive(Debug, Error)]
pub enum VaultError {
    /// Another program has it open.
    #[error("{} is in use by another program; close that one first", .0.display())]
    InUse(PathBuf),
    /// It was sealed under another key.
    #[error("the key does not open this vault: it belongs to another one, or the passphrase is wrong")]
    WrongKey,
    /// A row does not open.
    #[error("a row of the vault is damaged: {}", .0)]
    Damaged(Damaged),
    /// A later version of the program made it.
    #[error("the vault has schema {found}, this program knows schemas up to {known}; use the newer program")]
    Newer {
        /// What it has.
        found: i64,
        /// What is known here.
        known: i64,
    },
    /// Something else is wrong with the file.
    #[error("{} cannot be used as a vault: {why}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// SQLite refused.
    #[error("the vault cannot be read or written: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file of an export does not open.
    #[error(transparent)]
    Export(#[from] attachment::OpenError),
    /// The passphrase of an export does not open it.
    #[error("the passphrase does not open this file")]
    WrongPassphrase,
    /// Not an export, or one of a version that is not known here.
    #[error("this is not an export of keys that this program knows: {0}")]
    NotAnExport(&'static str),
    /// A vault is there already.
    #[error("{} exists already; keys are imported into a profile that has none", .0.display())]
    Exists(PathBuf),
    /// Reading or writing an export failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Argon2 or the system's randomness failed.
    #[error("{0}")]
    System(String),
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ", self.table.name())?;
        self.key.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}
