//! Appeals: what somebody says once against a measure that binds them.

use proto::ids::{AccountId, AppealId, SanctionId, Timestamp};
use proto::text::Text;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::{APPEAL, AppealState, NOTE};

impl Tx<'_> {
    /// Appeals against a measure that binds the account. The same words again are the same appeal.
    ///
    /// # Errors
    /// `NotFound` for a measure that does not bind the account; `NotPermitted` for one that cannot be appealed against;
    /// `TooMany` when there is an appeal against it, or bytes in this one.
    pub fn appeal(
        &mut self,
        sanction: SanctionId,
        account: AccountId,
        text: &str,
        at: Timestamp,
    ) -> Result<AppealId, StoreError> {
        let long = |_| StoreError::TooMany { what: "bytes in an appeal", max: APPEAL };
        let text: Text<APPEAL> = Text::new(text).map_err(long)?;
        if let Some(id) = self.reads().appeal_of(sanction)? {
            let row = self.reads().appeal(id)?.filter(|row| row.account == account && row.text == text);
            let another = StoreError::TooMany { what: "appeals against one measure", max: 1 };
            return row.map(|row| row.id).ok_or(another);
        }
        let standing = self.reads().standing_of(account, None, at)?;
        let row = standing.into_iter().find(|row| row.id == sanction);
        let row = row.ok_or(StoreError::NotFound { what: "measure that stands" })?;
        if !row.appealable {
            return Err(StoreError::NotPermitted);
        }
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO appeals (sanction, account, body, at_ms) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        )?;
        Ok(statement
            .query_row((sanction.column(), account.column(), &*text, at.column()), |row| get(row, 0))?)
    }

    pub(crate) fn close_appeal(
        &self,
        appeal: AppealId,
        state: AppealState,
        by: Option<AccountId>,
        answer: &Text<NOTE>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE appeals SET state = ?2, decided_by = ?3, decided_at_ms = max(?4, 1), answer = ?5 WHERE id = ?1",
            )?
            .execute((appeal.column(), state.column(), or_zero(by), at.column(), &**answer))?;
        Ok(())
    }
}
