//! Reports: claiming, giving back, closing and reopening them.

use domain::audit::{Action as Act, Target as About};
use domain::report::{Standing, Step, transition};
use domain::role::{self, Action};
use proto::ids::{AccountId, ReportId};
use proto::limits;
use proto::message::{ReportState, Role};
use proto::text::Text;

use super::Staff;
use crate::error::StoreError;
use crate::rows::{Outcome, ReportRow};

impl Staff<'_, '_> {
    /// Takes a report: for fifteen minutes nobody else decides it.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `Stale`, `Report` (somebody else has it, or it is closed).
    pub fn claim(&mut self, report: ReportId, version: u64) -> Result<(), StoreError> {
        self.step(report, version, Step::Claim, &Text::default())
    }

    /// Gives a report back.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `Stale`, `Report`.
    pub fn release(&mut self, report: ReportId, version: u64) -> Result<(), StoreError> {
        self.step(report, version, Step::Release, &Text::default())
    }

    /// Closes a report; the text is for the reporter.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `Stale`, `Report` (it has to be claimed first).
    pub fn close_report(
        &mut self,
        report: ReportId,
        version: u64,
        outcome: Outcome,
        text: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        let step = match outcome {
            Outcome::Actioned => Step::Action,
            Outcome::Dismissed => Step::Dismiss,
        };
        self.step(report, version, step, text)
    }

    /// Opens a closed report again.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `Stale`, `Report`; `Conflict` if the reporter has another one open.
    pub fn reopen(&mut self, report: ReportId, version: u64) -> Result<(), StoreError> {
        self.step(report, version, Step::Reopen, &Text::default())
    }

    fn step(
        &mut self,
        report: ReportId,
        version: u64,
        step: Step,
        text: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.require(Action::HandleReport)?;
        let by = self.by().ok_or(StoreError::NotPermitted)?;
        let mut row = self.tx.reads().report(report)?.ok_or(StoreError::NotFound { what: "report" })?;
        self.may_handle(&row)?;
        if row.version != version {
            return Err(StoreError::Stale { now: row.version });
        }
        let next = transition(standing(&row), step, by, self.at)?;
        if step == Step::Reopen && self.tx.reads().open_report(row.reporter, row.account)?.is_some() {
            return Err(StoreError::Conflict);
        }
        row.state = next.state();
        (row.assignee, row.claimed_at) = match next {
            Standing::Claimed { by, at } => (Some(by), Some(at)),
            Standing::New => (None, None),
            // Whoever closed it stays noted as its holder.
            Standing::Actioned | Standing::Dismissed => (row.assignee, row.claimed_at),
        };
        let is_closed = matches!(next, Standing::Actioned | Standing::Dismissed);
        row.closed_by = is_closed.then_some(by);
        row.closed_at = is_closed.then_some(self.at);
        row.outcome = text.clone();
        self.tx.update_report(&row, self.at)?;
        let act = match step {
            Step::Claim => Act::ReportClaimed,
            Step::Release => Act::ReportReleased,
            Step::Action => Act::ReportActioned,
            Step::Dismiss => Act::ReportDismissed,
            Step::Reopen => Act::ReportReopened,
        };
        self.audit(act, About::Report(report), text).map(|_| ())
    }

    /// Nobody handles a report they made, one about themselves, or one about somebody they could not act on; owners
    /// handle what is about another owner, as there is nobody above.
    fn may_handle(&self, row: &ReportRow) -> Result<(), StoreError> {
        let Some(actor) = &self.actor else { return Err(StoreError::NotPermitted) };
        let target = self.tx.reads().account(row.account)?.ok_or(StoreError::NotFound { what: "account" })?;
        let is_party = |account: AccountId| account == actor.id;
        let outranks = role::may_act_on(actor.role, target.role) || actor.role == Role::Owner;
        if outranks && !is_party(row.account) && !is_party(row.reporter) {
            Ok(())
        } else {
            Err(StoreError::NotPermitted)
        }
    }
}

fn standing(row: &ReportRow) -> Standing {
    match (row.state, row.assignee, row.claimed_at) {
        (ReportState::Claimed, Some(by), Some(at)) => Standing::Claimed { by, at },
        (ReportState::New | ReportState::Claimed, ..) => Standing::New,
        (ReportState::Actioned, ..) => Standing::Actioned,
        (ReportState::Dismissed, ..) => Standing::Dismissed,
    }
}
