//! Reports from sealed rooms: what somebody opened, examined and encrypted before it comes here.

use domain::audit::{Action as Act, AuditEvent, Target as About};
use domain::role::{Action, permits};
use proto::ids::{AccountId, ReportId};
use proto::text::Text;

use super::Tx;
use super::reports::EVIDENCE;
use crate::columns::{Column, get};
use crate::error::StoreError;
use crate::rows::{Change, NewExhibit, NewReport, NewSealedReport, ReportOf};

impl Tx<'_> {
    /// Tells the moderators, with opened messages of one person and those that make them understood. While a report of
    /// the same person about the same account is open, what comes is added to it. That somebody opened something goes
    /// to the audit log; who it was does not.
    ///
    /// # Errors
    /// `NotFound`, `NotPermitted` (also about oneself, or about several people), `Banned`, `NoSuchEntry` (nothing is
    /// reported), `TooMany`.
    pub fn report_sealed(&mut self, new: &NewSealedReport) -> Result<ReportId, StoreError> {
        let room = self.reads().room(new.room)?.ok_or(StoreError::NotFound { what: "room" })?;
        if !room.kind.is_sealed() {
            return Err(StoreError::NotPermitted);
        }
        let account = reported(&new.exhibits)?;
        self.may_report(new.reporter, account, new.at)?;
        let report = self.open_or_add(
            &NewReport {
                reporter: new.reporter,
                what: ReportOf::Account(account),
                category: new.category,
                note: new.note.clone(),
                at: new.at,
            },
            account,
            Some(new.room),
        )?;
        self.insert_exhibits(report, new)?;
        let count = new.exhibits.len();
        let detail = format!("{count} messages of room {}, opened by the reporter and proven", new.room);
        let event = AuditEvent {
            at: new.at,
            actor: None,
            action: Act::EvidenceOpened,
            target: About::Report(report),
            detail: Text::cut(&detail),
        };
        self.audit(&event)?;
        self.change(Change::ReportChanged { report })?;
        Ok(report)
    }

    /// Whether somebody may tell the moderators about somebody.
    pub(super) fn may_report(
        &self,
        reporter: AccountId,
        account: AccountId,
        at: proto::ids::Timestamp,
    ) -> Result<(), StoreError> {
        let row = self.reads().account(reporter)?.ok_or(StoreError::NotFound { what: "account" })?;
        if !permits(row.role, Action::Report) || account == reporter {
            return Err(StoreError::NotPermitted);
        }
        self.may_log_in(reporter, at)?;
        if self.reads().name_of(Some(account))?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        Ok(())
    }

    fn insert_exhibits(&self, report: ReportId, new: &NewSealedReport) -> Result<(), StoreError> {
        let mut counting =
            self.conn.prepare_cached("SELECT count(*) FROM report_evidence WHERE report = ?1")?;
        let kept: u32 = counting.query_row([report.column()], |row| get(row, 0))?;
        let mut writing = self.conn.prepare_cached(
            "INSERT INTO report_evidence (report, room, seq, part, author, at_ms, body, removed, exhibit) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 0, ?7) \
             ON CONFLICT (report, room, seq) DO UPDATE SET part = min(part, excluded.part)",
        )?;
        for exhibit in new.exhibits.iter().take(EVIDENCE.saturating_sub(kept as usize)) {
            // A message that was context becomes a reported one; its proof stays as it was first seen.
            writing.execute((
                report.column(),
                new.room.column(),
                exhibit.seq.column(),
                i64::from(!exhibit.reported),
                exhibit.author.column(),
                exhibit.at.column(),
                &exhibit.sealed,
            ))?;
        }
        Ok(())
    }
}

/// Returns who is reported: the author of every message that is not there for others to be understood.
fn reported(exhibits: &[NewExhibit]) -> Result<AccountId, StoreError> {
    let mut authors = exhibits.iter().filter(|exhibit| exhibit.reported).map(|exhibit| exhibit.author);
    let first = authors.next().ok_or(StoreError::NoSuchEntry)?;
    if authors.all(|author| author == first) { Ok(first) } else { Err(StoreError::NotPermitted) }
}
