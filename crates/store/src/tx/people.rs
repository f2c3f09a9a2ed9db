//! What is noted about accounts: networks they come from, applications, remarks.

use proto::ids::{AccountId, NoteId, Timestamp};
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::{AccountState, Subject};

/// Most networks that are remembered of one account; the one not seen for longest makes place.
const NETWORKS: i64 = 50;

impl Tx<'_> {
    /// Notes where somebody came from: a pseudonym to compare, the address sealed.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn saw_network(
        &mut self,
        account: AccountId,
        tag: &[u8; 10],
        sealed: &[u8],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.reads().name_of(Some(account))?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        self.conn
            .prepare_cached(
                "INSERT INTO account_networks (account, tag, sealed, first_at_ms, last_at_ms) \
                 VALUES (?1, ?2, ?3, ?4, ?4) \
                 ON CONFLICT (account, tag) DO UPDATE SET last_at_ms = max(last_at_ms, excluded.last_at_ms)",
            )?
            .execute((account.column(), tag.as_slice(), sealed, at.column()))?;
        let mut networks = self.reads().networks_of(account)?;
        while NETWORKS < i64::try_from(networks.len()).unwrap_or(i64::MAX) {
            let Some(oldest) = networks.pop() else { break };
            self.conn
                .prepare_cached("DELETE FROM account_networks WHERE account = ?1 AND tag = ?2")?
                .execute((account.column(), oldest.tag.as_slice()))?;
        }
        Ok(())
    }

    pub(crate) fn set_account_state(
        &self,
        account: AccountId,
        state: AccountState,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE accounts SET state = ?2, decided_by = ?3, decided_at_ms = max(?4, 1) WHERE id = ?1",
            )?
            .execute((account.column(), state.column(), or_zero(by), at.column()))?;
        Ok(())
    }

    pub(crate) fn insert_note(
        &self,
        subject: Subject,
        by: Option<AccountId>,
        text: &str,
        at: Timestamp,
    ) -> Result<NoteId, StoreError> {
        let (kind, id) = subject.columns();
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO notes (subject_kind, subject_id, by_account, at_ms, body) \
             VALUES (:kind, :id, :by, :at, :body) RETURNING id",
        )?;
        let note = statement.query_row(
            named_params! { ":kind": kind, ":id": id, ":by": or_zero(by), ":at": at.column(), ":body": text },
            |row| get(row, 0),
        )?;
        Ok(note)
    }
}
