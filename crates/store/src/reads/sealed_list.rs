//! Sealed rooms as the dashboard lists them, and what a report from one is compared with.

use proto::ids::{AccountId, EvictionId, RoomId, Seq};
use rusqlite::Params;

use super::sealed::eviction_row;
use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_some, get_text, optional};
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::rows::{
    EvictionLine, EvictionRow, EvictionsOf, SealedMemberLine, SealedPlace, SealedRoomLine, UnreadableLine,
};

impl Reads<'_> {
    /// Returns what is known of a place in a sealed room that somebody reports.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sealed_place(
        &self,
        room: RoomId,
        reporter: AccountId,
        seq: Seq,
    ) -> Result<SealedPlace, StoreError> {
        let was_member = self.was_in_group(room, reporter, seq)?;
        let entry = match EntryRow::at(self.conn, room, seq)? {
            // What a purge hides is still compared: it can be taken back.
            Some((_, row)) if row.removed_by.is_none() => Some(row.into_entry(Default::default())?),
            _ => None,
        };
        Ok(SealedPlace { was_member, entry })
    }

    /// Returns sealed rooms, newest first, before `before`. Those between two people are nobody's to look at.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sealed_rooms(
        &self,
        before: Option<RoomId>,
        limit: usize,
    ) -> Result<Page<SealedRoomLine>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT sealed_rooms.room FROM sealed_rooms CROSS JOIN rooms ON rooms.id = sealed_rooms.room \
             WHERE sealed_rooms.room < ?1 AND rooms.kind = 2 ORDER BY sealed_rooms.room DESC LIMIT ?2",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let ids = statement.query_map((before, one_more(limit)), |row| get::<RoomId>(row, 0))?;
        let ids = Page::cut(ids.collect::<Result<Vec<_>, _>>()?, limit);
        let mut items = Vec::with_capacity(ids.items.len());
        for id in ids.items {
            items.extend(self.sealed_room(id)?);
        }
        Ok(Page { items, more: ids.more })
    }

    /// Returns a sealed room as a list shows it; nothing for one between two people.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sealed_room(&self, room: RoomId) -> Result<Option<SealedRoomLine>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT rooms.id, created_at_ms, live, epoch, \
             (SELECT at_ms FROM entries WHERE room = rooms.id AND seq = sealed_rooms.seq), members, \
             (SELECT count(*) FROM sealed_leaves WHERE room = rooms.id AND until_seq = 0), \
             (SELECT count(*) FROM evictions WHERE room = rooms.id AND done_at_ms = 0), \
             (SELECT coalesce(min(asked_at_ms), 0) FROM evictions WHERE room = rooms.id AND done_at_ms = 0), \
             (SELECT count(*) FROM cannot_read WHERE room = rooms.id) \
             FROM sealed_rooms CROSS JOIN rooms ON rooms.id = sealed_rooms.room \
             WHERE sealed_rooms.room = ?1 AND rooms.kind = 2",
        )?;
        optional(statement.query_row([room.column()], |row| {
            Ok(SealedRoomLine {
                room: get(row, 0)?,
                created_at: get(row, 1)?,
                live: row.get(2)?,
                epoch: get(row, 3)?,
                epoch_since: get_some(row, 4)?,
                members: get(row, 5)?,
                devices: get(row, 6)?,
                evicting: get(row, 7)?,
                evicting_since: get_option(row, 8)?,
                unreadable: get(row, 9)?,
            })
        }))
    }

    /// Returns who is in a sealed room, in the order they came.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sealed_members(&self, room: RoomId) -> Result<Vec<SealedMemberLine>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT account, name, role, count(*), min(since_seq) FROM sealed_leaves \
             JOIN accounts ON accounts.id = account WHERE room = ?1 AND until_seq = 0 GROUP BY account",
        )?;
        let rows = statement.query_map([room.column()], |row| {
            Ok(SealedMemberLine {
                account: get(row, 0)?,
                name: get_text(row, 1)?,
                role: get(row, 2)?,
                devices: get(row, 3)?,
                since: get(row, 4)?,
            })
        })?;
        let mut members: Vec<SealedMemberLine> = rows.collect::<Result<_, _>>()?;
        members.sort_by_key(|member| (member.since, member.account));
        Ok(members)
    }

    /// Returns whose entries devices of a room could not make sense of, the most complained of first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn unreadable(&self, room: RoomId) -> Result<Vec<UnreadableLine>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT sender, name, role, count(DISTINCT seq), count(*), max(at_ms) FROM cannot_read \
             JOIN accounts ON accounts.id = sender WHERE room = ?1 GROUP BY sender",
        )?;
        let rows = statement.query_map([room.column()], |row| {
            Ok(UnreadableLine {
                sender: get(row, 0)?,
                sender_name: get_text(row, 1)?,
                sender_role: get(row, 2)?,
                entries: get(row, 3)?,
                complaints: get(row, 4)?,
                last_at: get(row, 5)?,
            })
        })?;
        let mut senders: Vec<UnreadableLine> = rows.collect::<Result<_, _>>()?;
        senders.sort_by_key(|line| (std::cmp::Reverse(line.complaints), line.sender));
        Ok(senders)
    }

    /// Returns evictions, newest first, before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn evictions_page(
        &self,
        of: EvictionsOf,
        before: Option<EvictionId>,
        limit: usize,
    ) -> Result<Page<EvictionLine>, StoreError> {
        let (before, limit_and_one) = (before.map_or(i64::MAX, Column::column), one_more(limit));
        let rows = match of {
            EvictionsOf::Waiting => self.eviction_rows(
                "SELECT id, room, account, device, why, sanction, asked_at_ms, proposed_seq, done_at_ms, \
                 done_epoch, done_by, done_device FROM evictions INDEXED BY evictions_pending \
                 WHERE done_at_ms = 0 AND id < ?1 ORDER BY id DESC LIMIT ?2",
                (before, limit_and_one),
            ),
            EvictionsOf::Account(account) => self.eviction_rows(
                "SELECT id, room, account, device, why, sanction, asked_at_ms, proposed_seq, done_at_ms, \
                 done_epoch, done_by, done_device FROM evictions \
                 WHERE account = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2",
                (before, limit_and_one, account.column()),
            ),
            EvictionsOf::Sanction(sanction) => self.eviction_rows(
                "SELECT id, room, account, device, why, sanction, asked_at_ms, proposed_seq, done_at_ms, \
                 done_epoch, done_by, done_device FROM evictions \
                 WHERE sanction = ?3 AND sanction <> 0 AND id < ?1 ORDER BY id DESC LIMIT ?2",
                (before, limit_and_one, sanction.column()),
            ),
            EvictionsOf::Room(room) => self.eviction_rows(
                "SELECT id, room, account, device, why, sanction, asked_at_ms, proposed_seq, done_at_ms, \
                 done_epoch, done_by, done_device FROM evictions INDEXED BY evictions_open \
                 WHERE room = ?3 AND done_at_ms = 0 AND id < ?1 ORDER BY account, id LIMIT ?2",
                (before, limit_and_one, room.column()),
            ),
        }?;
        let rows = Page::cut(rows, limit);
        let mut items = Vec::with_capacity(rows.items.len());
        for row in rows.items {
            items.push(self.eviction_line(row)?);
        }
        Ok(Page { items, more: rows.more })
    }

    fn eviction_line(&self, row: EvictionRow) -> Result<EvictionLine, StoreError> {
        let room = self.room(row.room)?.ok_or(StoreError::NotFound { what: "room" })?;
        Ok(EvictionLine {
            room_kind: room.kind,
            name: self.name_of(Some(row.account))?.unwrap_or_default(),
            done_by_name: self.name_of(row.done_by.map(|(account, _)| account))?,
            row,
        })
    }

    fn eviction_rows(&self, sql: &str, of: impl Params) -> Result<Vec<EvictionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(of, eviction_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
