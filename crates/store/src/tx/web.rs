//! Logins to the dashboard and what people prefer there.

use proto::ids::{AccountId, Timestamp, WebSessionId};
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get};
use crate::error::StoreError;
use crate::rows::{Factor, NewWebSession};

/// Most logins of one account that stand at a time; the oldest makes place.
pub(crate) const SESSIONS: i64 = 20;
/// Most preferences of one account.
const PREFERENCES: u32 = 64;
/// How long the row of an ended login is kept.
const KEPT_MS: i64 = 90 * 86_400_000;

impl Tx<'_> {
    /// Uses up the second factor of a login to the dashboard, as [`Tx::record_login`] does for a device.
    ///
    /// # Errors
    /// `NotFound`, `Banned`, `Pending`, `CodeUsed`.
    pub fn web_login(
        &mut self,
        account: AccountId,
        factor: &Factor,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.may_log_in(account, at)?;
        self.use_factor(account, factor, at)
    }

    /// Remembers a login to the dashboard. Beyond twenty of one account the oldest ends.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the secret is in use.
    pub fn open_web_session(&mut self, new: &NewWebSession) -> Result<WebSessionId, StoreError> {
        if self.reads().account(new.account)?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        if self.reads().web_session(&new.digest)?.is_some() {
            return Err(StoreError::Conflict);
        }
        self.forget_web_sessions(new.account, new.at)?;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO web_sessions (digest, account, created_at_ms, seen_at_ms, ends_at_ms, agent, tag) \
             VALUES (:digest, :account, :at, :at, :ends_at, :agent, :tag) RETURNING id",
        )?;
        let id = statement.query_row(
            named_params! {
                ":digest": new.digest.as_slice(),
                ":account": new.account.column(),
                ":at": new.at.column(),
                ":ends_at": new.ends_at.column(),
                ":agent": &*new.agent,
                ":tag": new.tag.as_slice(),
            },
            |row| get(row, 0),
        )?;
        Ok(id)
    }

    /// Notes that somebody used a login. Time that runs backwards changes nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn touch_web_session(&mut self, session: WebSessionId, at: Timestamp) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached("UPDATE web_sessions SET seen_at_ms = max(seen_at_ms, ?2) WHERE id = ?1")?
            .execute((session.column(), at.column()))?;
        found(changed)
    }

    /// Gives a login another secret, so that one that was seen before a proof of identity is worth nothing after it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the secret is in use.
    pub fn rotate_web_session(&mut self, session: WebSessionId, digest: &[u8; 32]) -> Result<(), StoreError> {
        if self.reads().web_session(digest)?.is_some() {
            return Err(StoreError::Conflict);
        }
        let changed = self
            .conn
            .prepare_cached("UPDATE web_sessions SET digest = ?2 WHERE id = ?1 AND revoked_at_ms = 0")?
            .execute((session.column(), digest.as_slice()))?;
        found(changed)
    }

    /// Counts the person as freshly proven until this time.
    ///
    /// # Errors
    /// `NotFound`, also for a login that was ended.
    pub fn step_up_web_session(&mut self, session: WebSessionId, until: Timestamp) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached("UPDATE web_sessions SET sudo_until_ms = ?2 WHERE id = ?1 AND revoked_at_ms = 0")?
            .execute((session.column(), until.column()))?;
        found(changed)
    }

    /// Ends a login. Doing it twice is doing it once.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn close_web_session(&mut self, session: WebSessionId, at: Timestamp) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE web_sessions SET revoked_at_ms = iif(revoked_at_ms = 0, max(?2, 1), revoked_at_ms) \
                 WHERE id = ?1",
            )?
            .execute((session.column(), at.column()))?;
        found(changed)
    }

    /// Ends every login of an account to the dashboard, but for one; returns how many.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn close_web_sessions(
        &mut self,
        account: AccountId,
        but: Option<WebSessionId>,
        at: Timestamp,
    ) -> Result<usize, StoreError> {
        let closed = self
            .conn
            .prepare_cached(
                "UPDATE web_sessions SET revoked_at_ms = max(?2, 1) \
                 WHERE account = ?1 AND revoked_at_ms = 0 AND id <> ?3",
            )?
            .execute((account.column(), at.column(), but.map_or(0, Column::column)))?;
        Ok(closed)
    }

    /// Remembers what somebody prefers; an empty value forgets it.
    ///
    /// # Errors
    /// `NotFound`; `TooMany` preferences.
    pub fn set_preference(&mut self, account: AccountId, key: &str, value: &str) -> Result<(), StoreError> {
        if value.is_empty() {
            self.conn
                .prepare_cached("DELETE FROM preferences WHERE account = ?1 AND key = ?2")?
                .execute((account.column(), key))?;
            return Ok(());
        }
        if self.reads().account(account)?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        let others: u32 = self
            .conn
            .prepare_cached("SELECT count(*) FROM preferences WHERE account = ?1 AND key <> ?2")?
            .query_row((account.column(), key), |row| get(row, 0))?;
        if PREFERENCES <= others {
            return Err(StoreError::TooMany { what: "preferences", max: PREFERENCES as usize });
        }
        self.conn
            .prepare_cached(
                "INSERT INTO preferences (account, key, value) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (account, key) DO UPDATE SET value = excluded.value",
            )?
            .execute((account.column(), key, value))?;
        Ok(())
    }

    /// Takes away rows of logins that ended long ago, and ends the oldest of those that stand beyond the limit.
    fn forget_web_sessions(&mut self, account: AccountId, at: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM web_sessions WHERE account = ?1 AND ends_at_ms < ?2")?
            .execute((account.column(), at.column().saturating_sub(KEPT_MS)))?;
        self.conn
            .prepare_cached(
                "UPDATE web_sessions SET revoked_at_ms = max(?2, 1) \
                 WHERE account = ?1 AND revoked_at_ms = 0 AND id <= (SELECT id FROM web_sessions \
                 WHERE account = ?1 AND revoked_at_ms = 0 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
            )?
            .execute((account.column(), at.column(), SESSIONS - 1))?;
        Ok(())
    }
}

fn found(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::NotFound { what: "login" }) } else { Ok(()) }
}
