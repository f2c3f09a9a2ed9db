//! Purges as rows: what was removed, by whom, and whether it can come back.

use proto::ids::{AccountId, PurgeId, Timestamp};
use rusqlite::Row;

use super::Reads;
use crate::columns::{Column, get, get_option, get_text, optional, or_zero};
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

    /// Returns how many messages a purge that stands hides and no other does, and whether there may be older ones that
    /// were not counted: only the newest ten thousand entries of the server are looked at.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn count_purged(&self, purge: PurgeId) -> Result<(u64, bool), StoreError> {
        let row = self.purge(purge)?.ok_or(StoreError::NotFound { what: "purge" })?;
        let newest = self.newest_entry()?;
        let first = newest - LOOKED_AT;
        let mut statement = self.conn.prepare_cached(
            "SELECT count(*) FROM entries WHERE ?1 < id AND author = ?2 AND at_ms BETWEEN ?3 AND ?4 \
             AND (?5 = 0 OR room = ?5) AND kind IN (0, 4, 6, 7) AND removed_by = 0 AND NOT EXISTS (\
             SELECT 1 FROM purges WHERE account = ?2 AND state <> 1 AND purges.id <> ?6 \
             AND entries.at_ms BETWEEN since_ms AND upto_ms AND (purges.room = 0 OR purges.room = entries.room))",
        )?;
        let key = (
            first,
            row.account.column(),
            row.since.column(),
            row.upto.column(),
            or_zero(row.room),
            purge.column(),
        );
        let messages: i64 = statement.query_row(key, |row| row.get(0))?;
        let more = 0 < first && self.may_be_older(first, row.since)?;
        Ok((u64::try_from(messages).unwrap_or_default(), more))
    }

    pub(crate) fn newest_entry(&self) -> Result<i64, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT coalesce(max(id), 0) FROM entries")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Whether an entry at this id or before it may have been written after this time.
    fn may_be_older(&self, id: i64, since: Timestamp) -> Result<bool, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT at_ms FROM entries WHERE id <= ?1 ORDER BY id DESC LIMIT 1")?;
        let at: Option<Timestamp> = optional(statement.query_row([id], |row| get(row, 0)))?;
        Ok(at.is_some_and(|at| since <= at))
    }

    fn named_purge(&self, row: PurgeRow) -> Result<PurgeRow, StoreError> {
        Ok(PurgeRow { by_name: self.name_of(row.by)?, ..row })
    }
}

/// Most entries that are looked at to count what a purge hides: a few milliseconds, and everybody's messages wait for
/// the commit they are part of.
const LOOKED_AT: i64 = 10_000;

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
