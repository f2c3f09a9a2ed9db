//! Open rooms and invites as the dashboard lists them.

use proto::ids::{InviteId, RoomId};

use super::{Page, Reads, one_more};
use crate::columns::{Column, get};
use crate::error::StoreError;
use crate::rows::{InviteLine, RoomFilter, RoomLine};

/// Beyond every letter: the end of what begins with a text.
const BEYOND: &str = "\u{10ffff}";

impl Reads<'_> {
    /// Returns open rooms by name, those after `after`; the empty name starts.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn rooms_page(
        &self,
        filter: &RoomFilter,
        after: &str,
        limit: usize,
    ) -> Result<Page<RoomLine>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id FROM rooms WHERE kind = 0 AND ?1 <= name AND name < ?2 AND ?3 < name \
             AND (?4 < 0 OR locked = ?4) AND (?5 < 0 OR (slow_seconds <> 0) = ?5) AND (?6 < 0 OR archived = ?6) \
             ORDER BY name LIMIT ?7",
        )?;
        let start = filter.name.trim().to_lowercase();
        let end = format!("{start}{BEYOND}");
        let or_any = |wanted: Option<bool>| wanted.map_or(-1, i64::from);
        let of = (
            start,
            end,
            after,
            or_any(filter.locked),
            or_any(filter.slow),
            or_any(filter.archived),
            one_more(limit),
        );
        let ids = statement.query_map(of, |row| get::<RoomId>(row, 0))?;
        let ids = Page::cut(ids.collect::<Result<Vec<_>, _>>()?, limit);
        let mut items = Vec::with_capacity(ids.items.len());
        for id in ids.items {
            items.extend(self.room(id)?.map(RoomLine::from));
        }
        Ok(Page { items, more: ids.more })
    }

    /// Returns a room as a list shows it, direct rooms too.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn room_view(&self, room: RoomId) -> Result<Option<RoomLine>, StoreError> {
        Ok(self.room(room)?.map(RoomLine::from))
    }

    /// Returns invites, newest first, before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn invites_page(
        &self,
        before: Option<InviteId>,
        limit: usize,
    ) -> Result<Page<InviteLine>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT id FROM invites WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?;
        let before = before.map_or(i64::MAX, Column::column);
        let ids = statement.query_map((before, one_more(limit)), |row| get::<InviteId>(row, 0))?;
        let ids = Page::cut(ids.collect::<Result<Vec<_>, _>>()?, limit);
        let mut items = Vec::with_capacity(ids.items.len());
        for id in ids.items {
            let Some(row) = self.invite(id)? else { continue };
            let mut joined = self
                .conn
                .prepare_cached("SELECT count(*) FROM accounts WHERE invite = ?1 AND invite <> 0")?;
            items.push(InviteLine {
                by_name: self.name_of(row.by)?,
                joined: joined.query_row([id.column()], |row| get(row, 0))?,
                row,
            });
        }
        Ok(Page { items, more: ids.more })
    }
}
