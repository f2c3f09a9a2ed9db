//! What is read of invites: one by its digest, all of them.

use proto::ids::InviteId;
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, optional, or_zero};
use crate::error::StoreError;
use crate::rows::InviteRow;

impl Reads<'_> {
    /// Returns the invite whose token has this digest, good or not.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn invite_by_digest(&self, digest: &[u8; 32]) -> Result<Option<InviteRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, role, uses_left, expires_at_ms, created_by, created_at_ms, revoked_at_ms \
             FROM invites WHERE digest = ?1",
        )?;
        optional(statement.query_row([digest.as_slice()], invite_row))
    }

    /// Returns an invite, good or not.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn invite(&self, invite: InviteId) -> Result<Option<InviteRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, role, uses_left, expires_at_ms, created_by, created_at_ms, revoked_at_ms \
             FROM invites WHERE id = ?1",
        )?;
        optional(statement.query_row([invite.column()], invite_row))
    }

    /// Returns invites in the order they were made, those after `after`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn invites(&self, after: Option<InviteId>, limit: usize) -> Result<Page<InviteRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, role, uses_left, expires_at_ms, created_by, created_at_ms, revoked_at_ms \
             FROM invites WHERE ?1 < id ORDER BY id LIMIT ?2",
        )?;
        let rows = statement.query_map((or_zero(after), one_more(limit)), invite_row)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }
}

fn invite_row(row: &Row<'_>) -> rusqlite::Result<InviteRow> {
    Ok(InviteRow {
        id: get(row, 0)?,
        role: get(row, 1)?,
        uses_left: get(row, 2)?,
        expires_at: get(row, 3)?,
        by: get_option(row, 4)?,
        created_at: get(row, 5)?,
        revoked: row.get::<_, i64>(6)? != 0,
    })
}
