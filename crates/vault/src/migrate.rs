//! From any older schema to the current one, step by step, each step whole or not at all.

use rusqlite::{Connection, TransactionBehavior};

use crate::VaultError;

/// The steps; the first makes schema 1. A step is never edited after its release.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_base.sql")];

/// Brings the vault to the schema of the last step.
pub(crate) fn migrate(conn: &mut Connection) -> Result<(), VaultError> {
    let found = version(conn)?;
    let known = i64::try_from(MIGRATIONS.len()).expect("there are few steps");
    if known < found {
        return Err(VaultError::Newer { found, known });
    }
    for (step, number) in MIGRATIONS.iter().zip(1_i64..).filter(|(_, number)| found < *number) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", number)?;
        tx.commit()?;
    }
    Ok(())
}

fn version(conn: &Connection) -> Result<i64, VaultError> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
