//! Appeals against measures.

use proto::ids::{AccountId, AppealId, SanctionId};
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_text, optional, or_zero};
use crate::error::StoreError;
use crate::rows::{AppealLine, AppealRow, AppealState, AppealView, Subject};

impl Reads<'_> {
    /// Returns the appeal against a measure.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn appeal_of(&self, sanction: SanctionId) -> Result<Option<AppealId>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT id FROM appeals WHERE sanction = ?1")?;
        optional(statement.query_row([sanction.column()], |row| get(row, 0)))
    }

    /// Returns an appeal.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn appeal(&self, appeal: AppealId) -> Result<Option<AppealRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, sanction, account, body, at_ms, state, decided_by, decided_at_ms, answer FROM appeals \
             WHERE id = ?1",
        )?;
        optional(statement.query_row([appeal.column()], appeal_row))
    }

    /// Returns appeals in a state (or in all) and of one account (or of all), newest first, before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn appeals(
        &self,
        state: Option<AppealState>,
        account: Option<AccountId>,
        before: Option<AppealId>,
        limit: usize,
    ) -> Result<Page<AppealLine>, StoreError> {
        let sql = match (account, state) {
            (Some(_), _) => {
                "SELECT id, sanction, account, body, at_ms, state, decided_by, decided_at_ms, answer FROM appeals \
                 WHERE account = ?1 AND id < ?3 AND (?2 < 0 OR state = ?2) ORDER BY id DESC LIMIT ?4"
            }
            (None, Some(_)) => {
                "SELECT id, sanction, account, body, at_ms, state, decided_by, decided_at_ms, answer FROM appeals \
                 WHERE state = ?2 AND id < ?3 AND ?1 = 0 ORDER BY id DESC LIMIT ?4"
            }
            (None, None) => {
                "SELECT id, sanction, account, body, at_ms, state, decided_by, decided_at_ms, answer FROM appeals \
                 WHERE id < ?3 AND ?1 = 0 AND ?2 < 0 ORDER BY id DESC LIMIT ?4"
            }
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let of = (
            or_zero(account),
            state.map_or(-1, Column::column),
            before.map_or(i64::MAX, Column::column),
            one_more(limit),
        );
        let rows = statement.query_map(of, appeal_row)?;
        let page = Page::cut(rows.collect::<Result<Vec<_>, _>>()?, limit);
        let mut items = Vec::with_capacity(page.items.len());
        for row in page.items {
            items.push(self.appeal_line(row)?);
        }
        Ok(Page { items, more: page.more })
    }

    /// Returns an appeal with the measure it is about.
    ///
    /// # Errors
    /// Those of the disk; `Damaged` if the measure is gone.
    pub fn appeal_view(&self, appeal: AppealId) -> Result<Option<AppealView>, StoreError> {
        let Some(row) = self.appeal(appeal)? else { return Ok(None) };
        let line = self.appeal_line(row)?;
        let sanction = self.sanction_line(line.row.sanction)?;
        let sanction = sanction
            .ok_or_else(|| StoreError::Damaged { what: format!("the measure of appeal {appeal} is gone") })?;
        Ok(Some(AppealView { line, sanction, notes: self.notes(Subject::Appeal(appeal), 100)? }))
    }

    fn appeal_line(&self, row: AppealRow) -> Result<AppealLine, StoreError> {
        Ok(AppealLine {
            name: self.name_of(Some(row.account))?.unwrap_or_default(),
            decided_by_name: self.name_of(row.decided_by)?,
            row,
        })
    }
}

fn appeal_row(row: &Row<'_>) -> rusqlite::Result<AppealRow> {
    Ok(AppealRow {
        id: get(row, 0)?,
        sanction: get(row, 1)?,
        account: get(row, 2)?,
        text: get_text(row, 3)?,
        at: get(row, 4)?,
        state: get(row, 5)?,
        decided_by: get_option(row, 6)?,
        decided_at: get_option(row, 7)?,
        answer: get_text(row, 8)?,
    })
}

impl Column for AppealState {
    fn column(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Lifted => 1,
            Self::Shortened => 2,
            Self::Upheld => 3,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Open, Self::Lifted, Self::Shortened, Self::Upheld]
            .into_iter()
            .find(|state| state.column() == number)
    }
}
