//! Reports: made by people, with a copy of what they are about.

use std::collections::BTreeSet;

use domain::report::{CONTEXT, LINES, priority};
use domain::role::{Action, permits};
use proto::ids::{AccountId, ReportId, RoomId, Seq, Timestamp};
use proto::message::{Content, RoomKind};
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::entry::{EntryRow, Kind};
use crate::error::StoreError;
use crate::rows::{Change, NewReport, ReportKind, ReportOf, ReportRow};

/// Most reports of one person that are open at a time.
const OPEN: u32 = 50;
/// Most lines of evidence of one report, those that were added later included.
pub(super) const EVIDENCE: usize = 500;

/// One line that is copied.
struct Line {
    seq: Seq,
    reported: bool,
    author: AccountId,
    at: Timestamp,
    body: String,
    removed: bool,
}

impl Tx<'_> {
    /// Tells the moderators, with the lines as they read at this moment and up to five around each in open rooms. While
    /// a report of the same person about the same account is open, what comes is added to it.
    ///
    /// # Errors
    /// `NotFound`, `NotPermitted` (also about oneself), `Banned`, `NotAMember`, `NoSuchEntry`, `TooMany`.
    pub fn report(&mut self, new: &NewReport) -> Result<ReportId, StoreError> {
        let reporter = self.reads().account(new.reporter)?.ok_or(StoreError::NotFound { what: "account" })?;
        if !permits(reporter.role, Action::Report) {
            return Err(StoreError::NotPermitted);
        }
        self.may_log_in(new.reporter, new.at)?;
        let (account, room, lines) = match &new.what {
            ReportOf::Account(account) => (*account, None, Vec::new()),
            ReportOf::Messages { room, seqs } => {
                let (account, lines) = self.evidence(new.reporter, *room, seqs)?;
                (account, Some(*room), lines)
            }
        };
        if account == new.reporter {
            return Err(StoreError::NotPermitted);
        }
        if self.reads().name_of(Some(account))?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        let report = self.open_or_add(new, account, room)?;
        if let Some(room) = room {
            self.insert_evidence(report, room, &lines)?;
        }
        self.change(Change::ReportChanged { report })?;
        Ok(report)
    }

    /// Opens a report, or adds to the one that is open.
    pub(super) fn open_or_add(
        &self,
        new: &NewReport,
        account: AccountId,
        room: Option<RoomId>,
    ) -> Result<ReportId, StoreError> {
        match self.reads().open_report(new.reporter, account)? {
            Some(open) => self.merge_report(&open, new),
            None => self.insert_report(new, account, room),
        }
    }

    pub(crate) fn update_report(&mut self, row: &ReportRow, at: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE reports SET state = :state, assignee = :assignee, claimed_at_ms = :claimed_at, \
                 changed_at_ms = :at, version = version + 1, outcome = :outcome, closed_by = :closed_by, \
                 closed_at_ms = :closed_at WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": row.id.column(),
                ":state": row.state.column(),
                ":assignee": or_zero(row.assignee),
                ":claimed_at": or_zero(row.claimed_at),
                ":at": at.column(),
                ":outcome": &*row.outcome,
                ":closed_by": or_zero(row.closed_by),
                ":closed_at": or_zero(row.closed_at),
            })?;
        self.change(Change::ReportChanged { report: row.id })
    }

    fn insert_report(
        &self,
        new: &NewReport,
        account: AccountId,
        room: Option<RoomId>,
    ) -> Result<ReportId, StoreError> {
        let reads = self.reads();
        if OPEN <= reads.open_reports_by(new.reporter)? {
            return Err(StoreError::TooMany { what: "open reports", max: OPEN as usize });
        }
        let (others, acted) = (reads.open_reports_about(account)?, reads.was_acted_on(account)?);
        let kind = if room.is_some() { ReportKind::Messages } else { ReportKind::Account };
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO reports (reporter, account, kind, room, category, note, priority, at_ms, changed_at_ms) \
             VALUES (:reporter, :account, :kind, :room, :category, :note, :priority, :at, :at) RETURNING id",
        )?;
        let id = statement.query_row(
            named_params! {
                ":reporter": new.reporter.column(),
                ":account": account.column(),
                ":kind": kind.column(),
                ":room": or_zero(room),
                ":category": new.category.column(),
                ":note": &*new.note,
                ":priority": priority(new.category, others, acted).column(),
                ":at": new.at.column(),
            },
            |row| get(row, 0),
        )?;
        Ok(id)
    }

    /// Adds to a report that is open. What was written first stays; a graver category counts.
    fn merge_report(&self, open: &ReportRow, new: &NewReport) -> Result<ReportId, StoreError> {
        let reads = self.reads();
        let others = reads.open_reports_about(open.account)?.saturating_sub(1);
        let urgent = priority(new.category, others, reads.was_acted_on(open.account)?);
        let category = if open.priority < urgent { new.category } else { open.category };
        self.conn
            .prepare_cached(
                "UPDATE reports SET merged = merged + 1, category = ?2, priority = max(priority, ?3), \
                 note = iif(note = '', ?4, note), changed_at_ms = ?5, version = version + 1 WHERE id = ?1",
            )?
            .execute((open.id.column(), category.column(), urgent.column(), &*new.note, new.at.column()))?;
        Ok(open.id)
    }

    /// Returns the reported lines and those around them, and who wrote the first.
    fn evidence(
        &self,
        reporter: AccountId,
        room: RoomId,
        seqs: &[Seq],
    ) -> Result<(AccountId, Vec<Line>), StoreError> {
        let row = self.reads().readable(room, reporter)?;
        let reported: BTreeSet<Seq> = seqs.iter().copied().collect();
        if LINES < reported.len() {
            return Err(StoreError::TooMany { what: "messages in one report", max: LINES });
        }
        let mut lines = Vec::new();
        let mut account = None;
        for seq in seqs {
            let line = self.line(room, *seq, true)?.ok_or(StoreError::NoSuchEntry)?;
            account.get_or_insert(line.author);
            if account != Some(line.author) {
                return Err(StoreError::NotPermitted);
            }
            lines.push(line);
        }
        // What others said in a room of two is not the reporter's to show.
        if row.kind == RoomKind::Open {
            for seq in around(&reported) {
                lines.extend(self.line(room, seq, false)?);
            }
        }
        Ok((account.ok_or(StoreError::NoSuchEntry)?, lines))
    }

    /// Returns a message as it reads at this moment.
    fn line(&self, room: RoomId, seq: Seq, reported: bool) -> Result<Option<Line>, StoreError> {
        let Some((_, row)) = EntryRow::at(self.conn, room, seq)? else { return Ok(None) };
        if !matches!(row.kind, Kind::Text | Kind::File) {
            return Ok(None);
        }
        let (author, at) = (row.author, row.at);
        let item = self.reads().item_of(row)?;
        let (body, removed) = match item.entry.content {
            Content::Text { body, .. } => (body.into_inner(), false),
            Content::File { file, caption, .. } => (domain::file::line(&file, &caption), false),
            _ => (String::new(), true),
        };
        Ok(Some(Line { seq, reported, author, at, body, removed }))
    }

    fn insert_evidence(&self, report: ReportId, room: RoomId, lines: &[Line]) -> Result<(), StoreError> {
        let kept: u32 = self
            .conn
            .prepare_cached("SELECT count(*) FROM report_evidence WHERE report = ?1")?
            .query_row([report.column()], |row| get(row, 0))?;
        for line in lines.iter().take(EVIDENCE.saturating_sub(kept as usize)) {
            // A line that was context becomes a reported one; its text stays as it was first seen.
            self.conn
                .prepare_cached(
                    "INSERT INTO report_evidence (report, room, seq, part, author, at_ms, body, removed) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
                     ON CONFLICT (report, room, seq) DO UPDATE SET part = min(part, excluded.part)",
                )?
                .execute((
                    report.column(),
                    room.column(),
                    line.seq.column(),
                    i64::from(!line.reported),
                    line.author.column(),
                    line.at.column(),
                    &line.body,
                    line.removed,
                ))?;
        }
        Ok(())
    }
}

/// Returns the places beside the reported ones.
fn around(reported: &BTreeSet<Seq>) -> BTreeSet<Seq> {
    let reach = u64::try_from(CONTEXT).unwrap_or(0);
    let near = |seq: &Seq| {
        let place = seq.get();
        (place.saturating_sub(reach).max(1)..=place.saturating_add(reach)).filter_map(Seq::new)
    };
    reported.iter().flat_map(near).filter(|seq| !reported.contains(seq)).collect()
}
