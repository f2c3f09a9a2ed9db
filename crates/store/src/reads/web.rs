//! Logins to the dashboard and what people prefer there.

use std::collections::BTreeMap;

use proto::ids::{AccountId, WebSessionId};
use rusqlite::Row;

use super::Reads;
use crate::columns::{Column, get, get_option, get_text, optional};
use crate::error::StoreError;
use crate::rows::WebSessionRow;
use crate::tx::SESSIONS;

impl Reads<'_> {
    /// Returns the login whose secret has this digest, ended or not.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn web_session(&self, digest: &[u8; 32]) -> Result<Option<WebSessionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT web_sessions.id, account, name, role, web_sessions.created_at_ms, seen_at_ms, ends_at_ms, \
             sudo_until_ms, agent, tag, revoked_at_ms \
             FROM web_sessions JOIN accounts ON accounts.id = account WHERE digest = ?1",
        )?;
        optional(statement.query_row([digest.as_slice()], session_row))
    }

    /// Returns a login, ended or not.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn web_session_by_id(&self, session: WebSessionId) -> Result<Option<WebSessionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT web_sessions.id, account, name, role, web_sessions.created_at_ms, seen_at_ms, ends_at_ms, \
             sudo_until_ms, agent, tag, revoked_at_ms \
             FROM web_sessions JOIN accounts ON accounts.id = account WHERE web_sessions.id = ?1",
        )?;
        optional(statement.query_row([session.column()], session_row))
    }

    /// Returns an account's logins that were not ended by hand, newest first; at most twenty.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn web_sessions_of(&self, account: AccountId) -> Result<Vec<WebSessionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT web_sessions.id, account, name, role, web_sessions.created_at_ms, seen_at_ms, ends_at_ms, \
             sudo_until_ms, agent, tag, revoked_at_ms \
             FROM web_sessions JOIN accounts ON accounts.id = account \
             WHERE account = ?1 AND revoked_at_ms = 0 ORDER BY web_sessions.id DESC LIMIT ?2",
        )?;
        let rows = statement.query_map((account.column(), SESSIONS), session_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns everything somebody prefers.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn preferences(&self, account: AccountId) -> Result<BTreeMap<String, String>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT key, value FROM preferences WHERE account = ?1")?;
        let rows = statement.query_map([account.column()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn session_row(row: &Row<'_>) -> rusqlite::Result<WebSessionRow> {
    Ok(WebSessionRow {
        id: get(row, 0)?,
        account: get(row, 1)?,
        name: get_text(row, 2)?,
        role: get(row, 3)?,
        created_at: get(row, 4)?,
        seen_at: get(row, 5)?,
        ends_at: get(row, 6)?,
        sudo_until: get_option(row, 7)?,
        agent: get_text(row, 8)?,
        tag: row.get(9)?,
        revoked: row.get::<_, i64>(10)? != 0,
    })
}
