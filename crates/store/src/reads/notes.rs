//! Remarks of staff, and names for ids.

use proto::ids::AccountId;
use proto::limits;
use proto::text::Text;

use super::Reads;
use crate::columns::{Column, get, get_option, get_text, optional};
use crate::error::StoreError;
use crate::rows::{NoteRow, Subject};

impl Reads<'_> {
    /// Returns the newest remarks about something, newest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn notes(&self, subject: Subject, limit: usize) -> Result<Vec<NoteRow>, StoreError> {
        let (kind, id) = subject.columns();
        let mut statement = self.conn.prepare_cached(
            "SELECT id, by_account, at_ms, body FROM notes WHERE subject_kind = ?1 AND subject_id = ?2 \
             ORDER BY id DESC LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((kind, id, limit), |row| {
            Ok(NoteRow {
                id: get(row, 0)?,
                by: get_option(row, 1)?,
                by_name: None,
                at: get(row, 2)?,
                text: get_text(row, 3)?,
            })
        })?;
        let mut notes: Vec<NoteRow> = rows.collect::<Result<_, _>>()?;
        for note in &mut notes {
            note.by_name = self.name_of(note.by)?;
        }
        Ok(notes)
    }

    /// Returns an account's name; of nobody, none.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn name_of(&self, account: Option<AccountId>) -> Result<Option<Text<{ limits::NAME }>>, StoreError> {
        let Some(account) = account else { return Ok(None) };
        let mut statement = self.conn.prepare_cached("SELECT name FROM accounts WHERE id = ?1")?;
        optional(statement.query_row([account.column()], |row| get_text(row, 0)))
    }
}

impl Subject {
    pub(crate) fn columns(self) -> (i64, i64) {
        match self {
            Self::Account(account) => (0, account.column()),
            Self::Report(report) => (1, report.column()),
            Self::Sanction(sanction) => (2, sanction.column()),
            Self::Appeal(appeal) => (3, appeal.column()),
        }
    }
}
