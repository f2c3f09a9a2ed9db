//! Announcements: lines that everybody is shown until they end.

use domain::audit::{Action as Act, Target as About};
use domain::role::Action;
use proto::ids::{AnnouncementId, Timestamp};
use proto::text::Text;

use super::Staff;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::reads::ANNOUNCEMENTS;
use crate::rows::{ANNOUNCEMENT, Change};

impl Staff<'_, '_> {
    /// Shows everybody a line until it is ended, or until this time.
    ///
    /// # Errors
    /// `NotPermitted`; `InThePast`; `TooMany` that stand.
    pub fn announce(
        &mut self,
        text: &Text<ANNOUNCEMENT>,
        ends_at: Option<Timestamp>,
    ) -> Result<AnnouncementId, StoreError> {
        self.require(Action::Announce)?;
        if ends_at.is_some_and(|end| end <= self.at) {
            return Err(StoreError::InThePast);
        }
        if ANNOUNCEMENTS <= self.tx.reads().standing_announcements(self.at)?.len() {
            return Err(StoreError::TooMany { what: "announcements at a time", max: ANNOUNCEMENTS });
        }
        let mut statement = self.tx.conn.prepare_cached(
            "INSERT INTO announcements (body, by_account, at_ms, ends_at_ms) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        )?;
        let row = (&**text, or_zero(self.by()), self.at.column(), or_zero(ends_at));
        let announcement = statement.query_row(row, |row| get(row, 0))?;
        drop(statement);
        self.tx.change(Change::Announced { announcement })?;
        self.audit(Act::Announced, About::Announcement(announcement), text)?;
        Ok(announcement)
    }

    /// Ends an announcement before its time; one that is over stays so.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`.
    pub fn end_announcement(&mut self, announcement: AnnouncementId) -> Result<(), StoreError> {
        self.require(Action::Announce)?;
        let row = self.tx.reads().announcement(announcement)?;
        let row = row.ok_or(StoreError::NotFound { what: "announcement" })?;
        if !row.stands(self.at) {
            return Ok(());
        }
        self.tx
            .conn
            .prepare_cached("UPDATE announcements SET ended_at_ms = max(?2, 1), ended_by = ?3 WHERE id = ?1")?
            .execute((announcement.column(), self.at.column(), or_zero(self.by())))?;
        self.tx.change(Change::Announced { announcement })?;
        self.audit(Act::AnnouncementEnded, About::Announcement(announcement), &row.text).map(|_| ())
    }
}
