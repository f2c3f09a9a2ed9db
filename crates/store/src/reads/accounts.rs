//! What is read of accounts: one by id or name, all page by page.

use domain::name::AccountName;
use proto::ids::AccountId;
use proto::message::Role;
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_text, optional};
use crate::error::StoreError;
use crate::rows::AccountRow;

impl Reads<'_> {
    /// Returns an account.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn account(&self, account: AccountId) -> Result<Option<AccountRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, name, role, password_hash, totp_sealed, totp_last_step, invite, created_at_ms, state \
             FROM accounts WHERE id = ?1",
        )?;
        optional(statement.query_row([account.column()], account_row))
    }

    /// Returns the account with this name or one that looks like it.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn account_by_name(&self, name: &AccountName) -> Result<Option<AccountRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, name, role, password_hash, totp_sealed, totp_last_step, invite, created_at_ms, state \
             FROM accounts WHERE skeleton = ?1",
        )?;
        optional(statement.query_row([name.skeleton()], account_row))
    }

    /// Returns accounts by name, those after `after`; the empty name starts.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn accounts(&self, after: &str, limit: usize) -> Result<Page<AccountRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, name, role, password_hash, totp_sealed, totp_last_step, invite, created_at_ms, state \
             FROM accounts WHERE ?1 < name ORDER BY name LIMIT ?2",
        )?;
        let rows = statement.query_map((after, one_more(limit)), account_row)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Returns how many accounts there are: the lobby's members.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn account_count(&self) -> Result<u32, StoreError> {
        self.member_count(crate::LOBBY)
    }

    /// Returns how many owners there are.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn owners(&self) -> Result<u32, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT count(*) FROM accounts WHERE role = ?1")?;
        Ok(statement.query_row([Role::Owner.column()], |row| get(row, 0))?)
    }

    /// Returns how many recovery codes the account has left.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn recovery_codes_left(&self, account: AccountId) -> Result<u32, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT count(*) FROM recovery_codes WHERE account = ?1 AND used_at_ms = 0")?;
        Ok(statement.query_row([account.column()], |row| get(row, 0))?)
    }

    /// Whether this digest is of an unused recovery code of the account. Whoever lets somebody in uses it up with
    /// `record_login`, which looks again.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn has_recovery_code(&self, account: AccountId, digest: &[u8; 32]) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM recovery_codes WHERE account = ?1 AND digest = ?2 AND used_at_ms = 0)",
        )?;
        Ok(statement.query_row((account.column(), digest.as_slice()), |row| row.get(0))?)
    }
}

fn account_row(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow {
        id: get(row, 0)?,
        name: get_text(row, 1)?,
        role: get(row, 2)?,
        password_hash: row.get(3)?,
        totp_sealed: row.get(4)?,
        totp_last_step: get(row, 5)?,
        invite: get_option(row, 6)?,
        created_at: get(row, 7)?,
        state: get(row, 8)?,
    })
}
