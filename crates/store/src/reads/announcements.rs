//! Lines that everybody is shown.

use proto::ids::{AnnouncementId, Timestamp};
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_text, optional};
use crate::error::StoreError;
use crate::rows::AnnouncementRow;

/// Most announcements that stand at a time.
pub(crate) const ANNOUNCEMENTS: usize = 10;
/// So many of the newest are looked at for those that stand.
const NEWEST: i64 = 200;

impl Reads<'_> {
    /// Returns the announcements that are shown at this time, oldest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn standing_announcements(&self, now: Timestamp) -> Result<Vec<AnnouncementRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, body, by_account, at_ms, ends_at_ms, ended_at_ms FROM announcements \
             WHERE (SELECT coalesce(max(id), 0) FROM announcements) - ?2 < id AND ended_at_ms = 0 \
             AND (ends_at_ms = 0 OR ?1 < ends_at_ms) ORDER BY id",
        )?;
        let rows = statement.query_map((now.column(), NEWEST), announcement_row)?;
        rows.map(|row| self.named_announcement(row?)).collect()
    }

    /// Returns announcements, newest first, those before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn announcements(
        &self,
        before: Option<AnnouncementId>,
        limit: usize,
    ) -> Result<Page<AnnouncementRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, body, by_account, at_ms, ends_at_ms, ended_at_ms FROM announcements \
             WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((before, one_more(limit)), announcement_row)?;
        let rows: Vec<_> = rows.map(|row| self.named_announcement(row?)).collect::<Result<_, _>>()?;
        Ok(Page::cut(rows, limit))
    }

    /// Returns an announcement.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn announcement(&self, announcement: AnnouncementId) -> Result<Option<AnnouncementRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, body, by_account, at_ms, ends_at_ms, ended_at_ms FROM announcements WHERE id = ?1",
        )?;
        let row = optional(statement.query_row([announcement.column()], announcement_row))?;
        row.map(|row| self.named_announcement(row)).transpose()
    }

    fn named_announcement(&self, row: AnnouncementRow) -> Result<AnnouncementRow, StoreError> {
        Ok(AnnouncementRow { by_name: self.name_of(row.by)?, ..row })
    }
}

fn announcement_row(row: &Row<'_>) -> rusqlite::Result<AnnouncementRow> {
    Ok(AnnouncementRow {
        id: get(row, 0)?,
        text: get_text(row, 1)?,
        by: get_option(row, 2)?,
        by_name: None,
        at: get(row, 3)?,
        ends_at: get_option(row, 4)?,
        ended_at: get_option(row, 5)?,
    })
}
