//! Reports as moderators and reporters see them.

use proto::ids::{AccountId, ReportId, Timestamp};
use proto::message::{ReportCategory, ReportState};
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_some, get_text, optional, or_zero};
use crate::error::StoreError;
use crate::rows::{
    EvidenceRow, ReportCounts, ReportCursor, ReportFilter, ReportKind, ReportLine, ReportRow, ReportView,
    Subject,
};

/// Remarks that are shown beside one report.
const NOTES: usize = 100;

impl Reads<'_> {
    /// Returns a report.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn report(&self, report: ReportId) -> Result<Option<ReportRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, reporter, account, kind, room, category, note, state, assignee, claimed_at_ms, priority, \
             merged, at_ms, changed_at_ms, version, outcome, closed_by, closed_at_ms FROM reports WHERE id = ?1",
        )?;
        optional(statement.query_row([report.column()], report_row))
    }

    /// Returns a report with its evidence.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn report_view(&self, report: ReportId) -> Result<Option<ReportView>, StoreError> {
        let Some(line) = self.report_line(report)? else { return Ok(None) };
        let mut statement = self.conn.prepare_cached(
            "SELECT report_evidence.room, seq, part, author, name, role, at_ms, body, removed, exhibit \
             FROM report_evidence JOIN accounts ON accounts.id = author \
             WHERE report = ?1 ORDER BY report_evidence.room, seq",
        )?;
        let rows = statement.query_map([report.column()], |row| {
            Ok(EvidenceRow {
                room: get(row, 0)?,
                seq: get(row, 1)?,
                reported: row.get::<_, i64>(2)? == 0,
                author: get(row, 3)?,
                author_name: get_text(row, 4)?,
                author_role: get(row, 5)?,
                at: get(row, 6)?,
                body: get_text(row, 7)?,
                removed: row.get(8)?,
                exhibit: row.get(9)?,
            })
        })?;
        let evidence = rows.collect::<Result<_, _>>()?;
        Ok(Some(ReportView { line, evidence, notes: self.notes(Subject::Report(report), NOTES)? }))
    }

    /// Returns reports after the cursor: open ones the most urgent first, all others newest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn reports(
        &self,
        filter: &ReportFilter,
        after: Option<ReportCursor>,
        limit: usize,
    ) -> Result<Page<ReportLine>, StoreError> {
        let sql = match filter {
            ReportFilter { account: Some(_), .. } => {
                "SELECT id FROM reports WHERE account = ?1 AND (?2 = 0 OR reporter = ?2) AND (?3 = 0 OR assignee = ?3) \
                 AND (?4 < 0 OR +category = ?4) AND (?5 < 0 OR +state = ?5) AND (?6 = 0 OR +state < 2) \
                 AND id < ?8 AND 0 <= ?7 ORDER BY id DESC LIMIT ?9"
            }
            ReportFilter { reporter: Some(_), .. } => {
                "SELECT id FROM reports WHERE reporter = ?2 AND ?1 = 0 AND (?3 = 0 OR assignee = ?3) \
                 AND (?4 < 0 OR +category = ?4) AND (?5 < 0 OR +state = ?5) AND (?6 = 0 OR +state < 2) \
                 AND id < ?8 AND 0 <= ?7 ORDER BY id DESC LIMIT ?9"
            }
            ReportFilter { open: true, .. } => {
                "SELECT id FROM reports WHERE state < 2 AND ?1 = 0 AND ?2 = 0 AND (?3 = 0 OR +assignee = ?3) \
                 AND (?4 < 0 OR +category = ?4) AND (?5 < 0 OR +state = ?5) AND ?6 = 1 \
                 AND (priority, id) < (?7, ?8) ORDER BY priority DESC, id DESC LIMIT ?9"
            }
            ReportFilter { assignee: Some(_), .. } => {
                "SELECT id FROM reports WHERE assignee = ?3 AND assignee <> 0 AND ?1 = 0 AND ?2 = 0 AND ?6 = 0 \
                 AND (?4 < 0 OR +category = ?4) AND (?5 < 0 OR +state = ?5) \
                 AND id < ?8 AND 0 <= ?7 ORDER BY id DESC LIMIT ?9"
            }
            ReportFilter { state: Some(_), .. } => {
                "SELECT id FROM reports WHERE state = ?5 AND ?1 = 0 AND ?2 = 0 AND ?3 = 0 AND ?6 = 0 \
                 AND (?4 < 0 OR +category = ?4) AND id < ?8 AND 0 <= ?7 ORDER BY id DESC LIMIT ?9"
            }
            ReportFilter { category: Some(_), .. } => {
                "SELECT id FROM reports WHERE category = ?4 AND ?1 = 0 AND ?2 = 0 AND ?3 = 0 AND ?5 < 0 AND ?6 = 0 \
                 AND id < ?8 AND 0 <= ?7 ORDER BY id DESC LIMIT ?9"
            }
            _ => {
                "SELECT id FROM reports WHERE ?1 = 0 AND ?2 = 0 AND ?3 = 0 AND ?4 < 0 AND ?5 < 0 AND ?6 = 0 \
                 AND id < ?8 AND 0 <= ?7 ORDER BY id DESC LIMIT ?9"
            }
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let of = (
            or_zero(filter.account),
            or_zero(filter.reporter),
            or_zero(filter.assignee),
            filter.category.map_or(-1, Column::column),
            filter.state.map_or(-1, Column::column),
            filter.open,
            after.map_or(i64::MAX, |cursor| cursor.priority.column()),
            after.map_or(i64::MAX, |cursor| cursor.id.column()),
            one_more(limit),
        );
        let ids = statement.query_map(of, |row| get::<ReportId>(row, 0))?;
        let ids = Page::cut(ids.collect::<Result<Vec<_>, _>>()?, limit);
        let mut items = Vec::with_capacity(ids.items.len());
        for id in ids.items {
            items.extend(self.report_line(id)?);
        }
        Ok(Page { items, more: ids.more })
    }

    /// Returns somebody's own reports, newest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn own_reports(&self, reporter: AccountId, limit: usize) -> Result<Vec<ReportLine>, StoreError> {
        let filter = ReportFilter { reporter: Some(reporter), ..ReportFilter::default() };
        Ok(self.reports(&filter, None, limit)?.items)
    }

    /// Returns somebody's own reports that were closed after a time, newest first: what they have to be told.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn reports_closed(
        &self,
        reporter: AccountId,
        after: Timestamp,
        limit: usize,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, reporter, account, kind, room, category, note, state, assignee, claimed_at_ms, priority, \
             merged, at_ms, changed_at_ms, version, outcome, closed_by, closed_at_ms FROM reports \
             WHERE reporter = ?1 AND ?2 < closed_at_ms AND 2 <= +state ORDER BY id DESC LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((reporter.column(), after.column(), limit), report_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns how many reports wait.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn open_report_counts(&self) -> Result<ReportCounts, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT (SELECT count(*) FROM reports WHERE state = 0), (SELECT count(*) FROM reports WHERE state = 1), \
             (SELECT at_ms FROM reports WHERE state < 2 AND 0 < id ORDER BY id LIMIT 1)",
        )?;
        Ok(statement.query_row([], |row| {
            Ok(ReportCounts { new: get(row, 0)?, claimed: get(row, 1)?, oldest: get_some(row, 2)? })
        })?)
    }

    pub(crate) fn report_line(&self, report: ReportId) -> Result<Option<ReportLine>, StoreError> {
        let Some(row) = self.report(report)? else { return Ok(None) };
        let room = match row.room {
            Some(room) => self.room(room)?,
            None => None,
        };
        let mut statement = self
            .conn
            .prepare_cached("SELECT count(*) FROM report_evidence WHERE report = ?1 AND part = 0")?;
        Ok(Some(ReportLine {
            name: self.name_of(Some(row.account))?.unwrap_or_default(),
            assignee_name: self.name_of(row.assignee)?,
            closed_by_name: self.name_of(row.closed_by)?,
            lines: statement.query_row([report.column()], |row| get(row, 0))?,
            room_kind: room.as_ref().map(|room| room.kind),
            room_name: room.map(|room| room.name),
            row,
        }))
    }

    pub(crate) fn open_report(
        &self,
        reporter: AccountId,
        account: AccountId,
    ) -> Result<Option<ReportRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, reporter, account, kind, room, category, note, state, assignee, claimed_at_ms, priority, \
             merged, at_ms, changed_at_ms, version, outcome, closed_by, closed_at_ms FROM reports \
             WHERE reporter = ?1 AND account = ?2 AND state < 2",
        )?;
        optional(statement.query_row((reporter.column(), account.column()), report_row))
    }

    pub(crate) fn open_reports_by(&self, reporter: AccountId) -> Result<u32, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT count(*) FROM reports WHERE reporter = ?1 AND state < 2")?;
        Ok(statement.query_row([reporter.column()], |row| get(row, 0))?)
    }

    pub(crate) fn open_reports_about(&self, account: AccountId) -> Result<u32, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT count(*) FROM reports WHERE account = ?1 AND +state < 2")?;
        Ok(statement.query_row([account.column()], |row| get(row, 0))?)
    }

    /// Whether a measure was ever taken against the account.
    pub(crate) fn was_acted_on(&self, account: AccountId) -> Result<bool, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM sanctions WHERE account = ?1 AND account <> 0)")?;
        Ok(statement.query_row([account.column()], |row| row.get(0))?)
    }
}

fn report_row(row: &Row<'_>) -> rusqlite::Result<ReportRow> {
    Ok(ReportRow {
        id: get(row, 0)?,
        reporter: get(row, 1)?,
        account: get(row, 2)?,
        kind: get(row, 3)?,
        room: get_option(row, 4)?,
        category: get(row, 5)?,
        note: get_text(row, 6)?,
        state: get(row, 7)?,
        assignee: get_option(row, 8)?,
        claimed_at: get_option(row, 9)?,
        priority: get(row, 10)?,
        merged: get(row, 11)?,
        at: get(row, 12)?,
        changed_at: get(row, 13)?,
        version: get(row, 14)?,
        outcome: get_text(row, 15)?,
        closed_by: get_option(row, 16)?,
        closed_at: get_option(row, 17)?,
    })
}

impl Column for ReportKind {
    fn column(self) -> i64 {
        match self {
            Self::Messages => 0,
            Self::Account => 1,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Messages, Self::Account].into_iter().find(|kind| kind.column() == number)
    }
}

impl Column for ReportState {
    fn column(self) -> i64 {
        match self {
            Self::New => 0,
            Self::Claimed => 1,
            Self::Actioned => 2,
            Self::Dismissed => 3,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        domain::report::STATES.into_iter().find(|state| state.column() == number)
    }
}

impl Column for ReportCategory {
    fn column(self) -> i64 {
        match self {
            Self::Spam => 0,
            Self::Harassment => 1,
            Self::Threat => 2,
            Self::Illegal => 3,
            Self::Impersonation => 4,
            Self::Other => 5,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        domain::report::CATEGORIES.into_iter().find(|category| category.column() == number)
    }
}
