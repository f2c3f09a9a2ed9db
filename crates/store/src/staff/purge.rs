//! Purges: one row hides everything somebody wrote in a stretch of time, one change of it brings everything back.

use domain::audit::{Action as Act, Target as About};
use domain::role::Action;
use proto::ids::{AccountId, PurgeId, ReportId, Timestamp};
use proto::limits;
use proto::text::Text;

use super::Staff;
use crate::error::StoreError;
use crate::rows::{Change, PurgeState};

/// How long a purge can be taken back.
pub const UNDO_MS: i64 = 24 * 3_600_000;

impl Staff<'_, '_> {
    /// Removes everything an account wrote from this time until now. For a day it only reads as removed and can come
    /// back; then the texts are wiped. A device in the chat needs no fresh proof for it: everybody online is told at once,
    /// and there is a day to take it back.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `StepUpNeeded`.
    pub fn purge(
        &mut self,
        account: AccountId,
        since: Timestamp,
        reason: &Text<{ limits::REASON }>,
        report: Option<ReportId>,
    ) -> Result<PurgeId, StoreError> {
        self.require(Action::Purge)?;
        self.subject(account)?;
        self.require_device_or_step_up()?;
        let purge = self.tx.insert_purge(account, since, (reason, report), self.by(), self.at)?;
        self.tx.change(Change::Purged { purge })?;
        self.audit(Act::Purged, About::Purge(purge), &format!("account {account}: {}", &**reason))?;
        Ok(purge)
    }

    /// Brings back what a purge removed, within a day; a second time nothing is written.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`; `InThePast` when the day is over.
    pub fn undo_purge(&mut self, purge: PurgeId) -> Result<(), StoreError> {
        self.require(Action::Purge)?;
        let row = self.tx.reads().purge(purge)?.ok_or(StoreError::NotFound { what: "purge" })?;
        self.subject(row.account)?;
        match row.state {
            PurgeState::Undone => return Ok(()),
            PurgeState::Hidden if self.at < row.undo_until => {}
            PurgeState::Hidden | PurgeState::Wiped => return Err(StoreError::InThePast),
        }
        self.tx.undo_purge(purge, self.by(), self.at)?;
        self.tx.change(Change::Purged { purge })?;
        self.audit(Act::PurgeUndone, About::Purge(purge), &format!("account {}", row.account)).map(|_| ())
    }
}
