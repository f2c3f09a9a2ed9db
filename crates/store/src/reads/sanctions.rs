//! Bans and kicks.

use proto::ids::{AccountId, SanctionId, Timestamp};
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_text, optional};
use crate::error::StoreError;
use crate::rows::SanctionRow;

impl Reads<'_> {
    /// Returns the ban that keeps the account away at this time.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn active_ban(&self, account: AccountId, now: Timestamp) -> Result<Option<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, kind, target_id, room, reason, by_account, at_ms, until_ms, lifted_at_ms FROM sanctions \
             WHERE kind = 0 AND target_kind = 0 AND target_id = ?1 AND room = 0 AND lifted_at_ms = 0 \
             AND (until_ms = 0 OR ?2 < until_ms) ORDER BY id DESC LIMIT 1",
        )?;
        optional(statement.query_row((account.column(), now.column()), sanction_row))
    }

    /// Returns a sanction.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sanction(&self, sanction: SanctionId) -> Result<Option<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, kind, target_id, room, reason, by_account, at_ms, until_ms, lifted_at_ms FROM sanctions \
             WHERE id = ?1",
        )?;
        optional(statement.query_row([sanction.column()], sanction_row))
    }

    /// Returns what was ever done about an account, newest first, before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sanctions_of(
        &self,
        account: AccountId,
        before: Option<SanctionId>,
        limit: usize,
    ) -> Result<Page<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, kind, target_id, room, reason, by_account, at_ms, until_ms, lifted_at_ms FROM sanctions \
             WHERE target_kind = 0 AND target_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((account.column(), before, one_more(limit)), sanction_row)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }
}

fn sanction_row(row: &Row<'_>) -> rusqlite::Result<SanctionRow> {
    Ok(SanctionRow {
        id: get(row, 0)?,
        kind: get(row, 1)?,
        account: get(row, 2)?,
        room: get_option(row, 3)?,
        reason: get_text(row, 4)?,
        by: get(row, 5)?,
        at: get(row, 6)?,
        until: get_option(row, 7)?,
        lifted_at: get_option(row, 8)?,
    })
}
