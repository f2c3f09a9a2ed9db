//! Purges as rows: what was removed, by whom, and whether it can come back.

use proto::ids::{AccountId, PurgeId};
use rusqlite::Row;

use super::Reads;
use crate::columns::{Column, get, get_option, get_text, optional};
use crate::error::StoreError;
use crate::rows::{PurgeRow, PurgeState};

impl Reads<'_> {
    /// Returns a purge.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn purge(&self, purge: PurgeId) -> Result<Option<PurgeRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, account, since_ms, upto_ms, room, state, reason, report, by_account, at_ms, undo_until_ms, \
             undone_at_ms, wiped FROM purges WHERE id = ?1",
        )?;
        let row = optional(statement.query_row([purge.column()], purge_row))?;
        row.map(|row| self.named_purge(row)).transpose()
    }

    /// Returns the newest purges of an account, newest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn purges_of(&self, account: AccountId, limit: usize) -> Result<Vec<PurgeRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, account, since_ms, upto_ms, room, state, reason, report, by_account, at_ms, undo_until_ms, \
             undone_at_ms, wiped FROM purges WHERE account = ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((account.column(), limit), purge_row)?;
        rows.map(|row| self.named_purge(row?)).collect()
    }

    fn named_purge(&self, row: PurgeRow) -> Result<PurgeRow, StoreError> {
        Ok(PurgeRow { by_name: self.name_of(row.by)?, ..row })
    }
}

fn purge_row(row: &Row<'_>) -> rusqlite::Result<PurgeRow> {
    Ok(PurgeRow {
        id: get(row, 0)?,
        account: get(row, 1)?,
        since: get(row, 2)?,
        upto: get(row, 3)?,
        room: get_option(row, 4)?,
        state: get(row, 5)?,
        reason: get_text(row, 6)?,
        report: get_option(row, 7)?,
        by: get_option(row, 8)?,
        by_name: None,
        at: get(row, 9)?,
        undo_until: get(row, 10)?,
        undone_at: get_option(row, 11)?,
        wiped: get(row, 12)?,
    })
}

impl Column for PurgeState {
    fn column(self) -> i64 {
        match self {
            Self::Hidden => 0,
            Self::Undone => 1,
            Self::Wiped => 2,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Hidden, Self::Undone, Self::Wiped].into_iter().find(|state| state.column() == number)
    }
}
