//! Rooms and who is in them.

use domain::name::RoomName;
use proto::ids::{AccountId, RoomId, Seq};
use proto::message::{RoomKind, RoomSummary};
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_text, optional};
use crate::error::StoreError;
use crate::rows::{LOBBY, MemberRow, RoomRow};

impl Reads<'_> {
    /// Returns a room, whoever may know of it.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn room(&self, room: RoomId) -> Result<Option<RoomRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, kind, name, topic, low, high, created_by, created_at_ms, members, \
             (SELECT coalesce(max(seq), 0) FROM entries WHERE room = rooms.id), slow_seconds, locked, archived FROM rooms WHERE id = ?1",
        )?;
        optional(statement.query_row([room.column()], room_row))
    }

    /// Returns the open room with this name or one that looks like it.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn room_by_name(&self, name: &RoomName) -> Result<Option<RoomRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, kind, name, topic, low, high, created_by, created_at_ms, members, \
             (SELECT coalesce(max(seq), 0) FROM entries WHERE room = rooms.id), slow_seconds, locked, archived FROM rooms \
             WHERE kind = 0 AND skeleton = ?1",
        )?;
        optional(statement.query_row([name.skeleton()], room_row))
    }

    /// Returns the direct room of these two.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn direct_room(&self, one: AccountId, other: AccountId) -> Result<Option<RoomRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, kind, name, topic, low, high, created_by, created_at_ms, members, \
             (SELECT coalesce(max(seq), 0) FROM entries WHERE room = rooms.id), slow_seconds, locked, archived FROM rooms \
             WHERE kind = 1 AND low = ?1 AND high = ?2",
        )?;
        optional(statement.query_row((one.min(other).column(), one.max(other).column()), room_row))
    }

    /// Returns a room as the reader sees it; a direct room only to its two people, a sealed one only to its members.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn summary(&self, room: RoomId, reader: AccountId) -> Result<Option<RoomSummary>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT rooms.id, CASE kind WHEN 0 THEN rooms.name WHEN 2 THEN '' ELSE other.name END, kind, topic, \
             (SELECT coalesce(max(seq), 0) FROM entries WHERE room = rooms.id), coalesce(upto, 0), members, \
             rooms.id = 1 OR EXISTS (SELECT 1 FROM members WHERE room = rooms.id AND account = ?2), \
             slow_seconds, locked \
             FROM rooms \
             LEFT JOIN accounts AS other ON other.id = iif(low = ?2, high, low) \
             LEFT JOIN read_markers ON read_markers.account = ?2 AND read_markers.room = rooms.id \
             WHERE rooms.id = ?1 AND (kind = 0 OR low = ?2 OR high = ?2 \
             OR EXISTS (SELECT 1 FROM members WHERE room = rooms.id AND account = ?2))",
        )?;
        optional(statement.query_row((room.column(), reader.column()), summary_row))
    }

    /// Returns the rooms the account is in: the lobby, then open rooms by name, then direct rooms by the other's name.
    ///
    /// # Errors
    /// `NotFound` if there is no such account.
    pub fn rooms_of(&self, account: AccountId) -> Result<Vec<RoomSummary>, StoreError> {
        if self.account(account)?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        let mut statement = self.conn.prepare_cached("SELECT room FROM members WHERE account = ?1")?;
        let joined = statement.query_map([account.column()], |row| get::<RoomId>(row, 0))?;
        let ids: Vec<RoomId> = std::iter::once(Ok(LOBBY)).chain(joined).collect::<Result<_, _>>()?;
        let mut rooms = Vec::with_capacity(ids.len());
        for id in ids {
            rooms.extend(self.summary(id, account)?);
        }
        rooms.sort_by(|one, other| rank(one).cmp(&rank(other)));
        Ok(rooms)
    }

    /// Returns open rooms by name, those after `after`; the empty name starts.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn list_rooms(
        &self,
        after: &str,
        reader: AccountId,
        limit: usize,
    ) -> Result<Page<RoomSummary>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT rooms.id, rooms.name, kind, topic, \
             (SELECT coalesce(max(seq), 0) FROM entries WHERE room = rooms.id), coalesce(upto, 0), members, \
             rooms.id = 1 OR EXISTS (SELECT 1 FROM members WHERE room = rooms.id AND account = ?2), \
             slow_seconds, locked \
             FROM rooms \
             LEFT JOIN read_markers ON read_markers.account = ?2 AND read_markers.room = rooms.id \
             WHERE kind = 0 AND ?1 < name ORDER BY name LIMIT ?3",
        )?;
        let rows = statement.query_map((after, reader.column(), one_more(limit)), summary_row)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Whether the account is in the room; in the lobby everybody is.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn is_member(&self, room: RoomId, account: AccountId) -> Result<bool, StoreError> {
        if room == LOBBY {
            return Ok(self.account(account)?.is_some());
        }
        let mut statement = self
            .conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM members WHERE room = ?1 AND account = ?2)")?;
        Ok(statement.query_row((room.column(), account.column()), |row| row.get(0))?)
    }

    /// Returns a room's members by name, those after `after`; the empty name starts.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn members(&self, room: RoomId, after: &str, limit: usize) -> Result<Page<MemberRow>, StoreError> {
        let rows: Vec<MemberRow> = if room == LOBBY {
            self.conn
                .prepare_cached("SELECT id, name, role FROM accounts WHERE ?1 < name AND state = 0 ORDER BY name LIMIT ?2")?
                .query_map((after, one_more(limit)), member_row)?
                .collect::<Result<_, _>>()?
        } else {
            self.conn
                .prepare_cached(
                    "SELECT accounts.id, members.name, accounts.role FROM members \
                     JOIN accounts ON accounts.id = members.account \
                     WHERE members.room = ?3 AND ?1 < members.name ORDER BY members.name LIMIT ?2",
                )?
                .query_map((after, one_more(limit), room.column()), member_row)?
                .collect::<Result<_, _>>()?
        };
        Ok(Page::cut(rows, limit))
    }

    /// Returns how many members the room has.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn member_count(&self, room: RoomId) -> Result<u32, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT members FROM rooms WHERE id = ?1")?;
        let count = optional(statement.query_row([room.column()], |row| get(row, 0)))?;
        count.ok_or(StoreError::NotFound { what: "room" })
    }

    /// Returns a room whose log the reader may read.
    ///
    /// # Errors
    /// `NotAMember`; `NotFound` also for a direct room of others.
    pub(crate) fn readable(&self, room: RoomId, reader: AccountId) -> Result<RoomRow, StoreError> {
        let row = self.room(room)?.ok_or(StoreError::NotFound { what: "room" })?;
        if self.is_member(room, reader)? {
            return Ok(row);
        }
        Err(match row.kind {
            RoomKind::Open => StoreError::NotAMember,
            RoomKind::Direct | RoomKind::Sealed | RoomKind::SealedDirect => {
                StoreError::NotFound { what: "room" }
            }
        })
    }
}

fn rank(room: &RoomSummary) -> (bool, RoomKind, &str) {
    (room.room != LOBBY, room.kind, &room.name)
}

fn room_row(row: &Row<'_>) -> rusqlite::Result<RoomRow> {
    let low: Option<AccountId> = get_option(row, 4)?;
    let high: Option<AccountId> = get_option(row, 5)?;
    Ok(RoomRow {
        id: get(row, 0)?,
        kind: get(row, 1)?,
        name: get_text(row, 2)?,
        topic: get_text(row, 3)?,
        pair: low.zip(high),
        created_by: get_option(row, 6)?,
        created_at: get(row, 7)?,
        members: get(row, 8)?,
        last_seq: get(row, 9)?,
        slow_seconds: get(row, 10)?,
        locked: row.get(11)?,
        archived: row.get(12)?,
    })
}

fn summary_row(row: &Row<'_>) -> rusqlite::Result<RoomSummary> {
    Ok(RoomSummary {
        room: get(row, 0)?,
        name: get_text(row, 1)?,
        kind: get(row, 2)?,
        topic: get_text(row, 3)?,
        last_seq: get::<Seq>(row, 4)?,
        read_upto: get(row, 5)?,
        members: get(row, 6)?,
        joined: row.get(7)?,
        slow_seconds: get(row, 8)?,
        locked: row.get(9)?,
    })
}

fn member_row(row: &Row<'_>) -> rusqlite::Result<MemberRow> {
    Ok(MemberRow { account: get(row, 0)?, name: get_text(row, 1)?, role: get(row, 2)? })
}
