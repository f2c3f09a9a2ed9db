//! Reading and writing rows: what stands in the file is sealed, what comes out is open.

use rusqlite::{OptionalExtension, TransactionBehavior, params};
use zeroize::Zeroizing;

use crate::batch::{Batch, Change};
use crate::error::Damaged;
use crate::{Inner, Row, Table, VaultError, Walk};

/// A key and its value as it stands in the file.
type SealedRow = (Vec<u8>, Vec<u8>);

impl Inner {
    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let select = format!("SELECT value FROM {} WHERE key = ?1", table.name());
        let mut statement = self.conn.prepare_cached(&select)?;
        let sealed: Option<Vec<u8>> = statement.query_row([key], |row| row.get(0)).optional()?;
        sealed.map(|sealed| self.open(table, key, &sealed)).transpose()
    }

    pub(crate) fn walk(&self, table: Table, walk: Walk<'_>, limit: usize) -> Result<Vec<Row>, VaultError> {
        let sealed = self.sealed_rows(table, walk, limit)?;
        let opened = sealed.into_iter().map(|(key, sealed)| {
            let value = self.open(table, &key, &sealed)?;
            Ok((key, value))
        });
        opened.collect()
    }

    pub(crate) fn commit(&mut self, batch: &Batch) -> Result<(), VaultError> {
        let Self { conn, key: vault_key } = self;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in &batch.changes {
            match change {
                Change::Put { table, key, value } => {
                    let insert =
                        format!("INSERT OR REPLACE INTO {} (key, value) VALUES (?1, ?2)", table.name());
                    let sealed = vault_key.seal(*table as u8, key, value)?;
                    tx.prepare_cached(&insert)?.execute(params![key, sealed])?;
                }
                Change::Remove { table, key } => {
                    let delete = format!("DELETE FROM {} WHERE key = ?1", table.name());
                    tx.prepare_cached(&delete)?.execute([key])?;
                }
                Change::RemoveUpto { table, prefix, upto } => {
                    let delete = format!("DELETE FROM {} WHERE ?1 <= key AND key <= ?2", table.name());
                    tx.prepare_cached(&delete)?.execute(params![prefix, upto])?;
                }
            }
        }
        Ok(tx.commit()?)
    }

    pub(crate) fn count(&self, table: Table) -> Result<u64, VaultError> {
        let select = format!("SELECT count(*) FROM {}", table.name());
        let count: i64 = self.conn.query_row(&select, [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    pub(crate) fn check(&self) -> Result<Vec<Damaged>, VaultError> {
        let mut damaged = Vec::new();
        for table in Table::ALL {
            let mut after: Option<Vec<u8>> = None;
            loop {
                let walk = Walk::Up { prefix: &[], after: after.as_deref() };
                let rows = self.sealed_rows(table, walk, ROWS_AT_ONCE)?;
                let Some((last, _)) = rows.last() else { break };
                after = Some(last.clone());
                let wrong = rows.into_iter().filter(|(key, sealed)| self.open(table, key, sealed).is_err());
                damaged.extend(wrong.map(|(key, _)| Damaged { table, key }));
            }
        }
        Ok(damaged)
    }

    /// Writes something known under the vault's key when the vault is fresh, and reads it afterwards.
    pub(crate) fn prove_key(&mut self) -> Result<(), VaultError> {
        match self.get(Table::Client, PROOF_KEY) {
            Ok(Some(proof)) if **proof == *PROOF => Ok(()),
            Ok(Some(_)) | Err(VaultError::Damaged(_)) => Err(VaultError::WrongKey),
            Ok(None) => {
                let mut batch = Batch::new();
                batch.put(Table::Client, PROOF_KEY, PROOF);
                self.commit(&batch)
            }
            Err(error) => Err(error),
        }
    }

    fn sealed_rows(&self, table: Table, walk: Walk<'_>, limit: usize) -> Result<Vec<SealedRow>, VaultError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (select, low, high) = match walk {
            Walk::Up { prefix, after } => {
                let low = after.map_or_else(Vec::new, just_above).max(prefix.to_vec());
                let order = "WHERE ?1 <= key AND (?2 IS NULL OR key < ?2) ORDER BY key LIMIT ?3";
                (format!("SELECT key, value FROM {} {order}", table.name()), low, end_of(prefix))
            }
            Walk::Down { prefix, before } => {
                let high = match (before.map(<[u8]>::to_vec), end_of(prefix)) {
                    (Some(before), Some(end)) => Some(before.min(end)),
                    (before, end) => before.or(end),
                };
                let order = "WHERE ?1 <= key AND (?2 IS NULL OR key < ?2) ORDER BY key DESC LIMIT ?3";
                (format!("SELECT key, value FROM {} {order}", table.name()), prefix.to_vec(), high)
            }
        };
        let mut statement = self.conn.prepare_cached(&select)?;
        let rows = statement.query_map(params![low, high, limit], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn open(&self, table: Table, key: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let opened = self.key.open(table as u8, key, sealed);
        opened.ok_or_else(|| VaultError::Damaged(Damaged { table, key: key.to_vec() }))
    }
}

/// The smallest key above this one.
fn just_above(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

/// The smallest key above all that begin with this; nothing when there is none.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// Rows that are in memory at the same time when all are read.
pub(crate) const ROWS_AT_ONCE: usize = 256;
pub(crate) const PROOF_KEY: &[u8] = b"proof";
const PROOF: &[u8] = b"LiveChat vault 1";
