//! Rooms: making them, who is in them, how far people have read.

use domain::name::RoomName;
use proto::ids::{AccountId, MessageId, RoomId, Seq, Timestamp};
use proto::limits;
use proto::message::{EvictWhy, RoomKind};
use proto::text::Text;
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get};
use crate::error::StoreError;
use crate::rows::{AccountRow, Change, LOBBY, RoomRow};

impl Tx<'_> {
    /// Makes an open room whose first member is its maker and whose first entry says so.
    ///
    /// # Errors
    /// `RoomNameTaken`, `NotFound`, `Banned`, `TooMany` rooms.
    pub fn create_room(
        &mut self,
        name: &RoomName,
        topic: &Text<{ limits::TOPIC }>,
        by: AccountId,
        at: Timestamp,
        message_id: MessageId,
    ) -> Result<RoomRow, StoreError> {
        let maker = self.standing_member(by, at)?;
        if self.reads().room_by_name(name)?.is_some() {
            return Err(StoreError::RoomNameTaken);
        }
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO rooms (kind, name, skeleton, topic, created_by, created_at_ms) \
             VALUES (0, :name, :skeleton, :topic, :by, :at) RETURNING id",
        )?;
        let room: RoomId = statement.query_row(
            named_params! {
                ":name": name.as_str(),
                ":skeleton": name.skeleton(),
                ":topic": &**topic,
                ":by": by.column(),
                ":at": at.column(),
            },
            |row| get(row, 0),
        )?;
        self.add_member(room, &maker, at)?;
        self.append_created(room, by, message_id, at)?;
        self.change(Change::RoomChanged { room })?;
        self.room_row(room)
    }

    /// Makes somebody a member of an open room; `false` if they were one.
    ///
    /// # Errors
    /// `NotFound` (also for a direct room of others), `Banned` (also from the room), `RoomLocked` for an archived room,
    /// `TooMany` rooms.
    pub fn join(&mut self, room: RoomId, account: AccountId, at: Timestamp) -> Result<bool, StoreError> {
        let row = self.room_row(room)?;
        let joiner = self.standing_member(account, at)?;
        if self.reads().is_member(room, account)? {
            return Ok(false);
        }
        if row.kind != RoomKind::Open {
            return Err(StoreError::NotFound { what: "room" });
        }
        if self.reads().is_bound_in(room, account, at)? {
            return Err(StoreError::Banned);
        }
        if row.archived {
            return Err(StoreError::RoomLocked);
        }
        self.add_member(room, &joiner, at)?;
        Ok(true)
    }

    /// Ends a membership; `false` if there was none. From a sealed room the account's devices are evicted.
    ///
    /// # Errors
    /// `NotFound`; `NotPermitted` for the lobby and for direct rooms, which nobody leaves.
    pub fn leave(&mut self, room: RoomId, account: AccountId, at: Timestamp) -> Result<bool, StoreError> {
        let row = self.room_row(room)?;
        if room == LOBBY || row.kind.is_direct() {
            return Err(StoreError::NotPermitted);
        }
        let left = self.remove_member(room, account)?;
        if left && row.kind.is_sealed() {
            self.evict((room, account, None), (EvictWhy::Left, None), at)?;
        }
        Ok(left)
    }

    /// Returns the room of these two, making it the first time.
    ///
    /// # Errors
    /// `NotFound`, `NotPermitted` for a room with oneself, `Banned` (the one who opens), `TooMany` rooms.
    pub fn open_direct(
        &mut self,
        opener: AccountId,
        other: AccountId,
        at: Timestamp,
    ) -> Result<RoomRow, StoreError> {
        if opener == other {
            return Err(StoreError::NotPermitted);
        }
        let opener_row = self.standing_member(opener, at)?;
        let Some(other_row) = self.reads().account(other)? else {
            return Err(StoreError::NotFound { what: "account" });
        };
        if let Some(room) = self.reads().direct_room(opener, other)? {
            return Ok(room);
        }
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO rooms (kind, low, high, created_by, created_at_ms) \
             VALUES (1, :low, :high, :by, :at) RETURNING id",
        )?;
        let room: RoomId = statement.query_row(
            named_params! {
                ":low": opener.min(other).column(),
                ":high": opener.max(other).column(),
                ":by": opener.column(),
                ":at": at.column(),
            },
            |row| get(row, 0),
        )?;
        self.add_member(room, &opener_row, at)?;
        self.add_member(room, &other_row, at)?;
        self.change(Change::RoomChanged { room })?;
        self.room_row(room)
    }

    /// Remembers how far somebody has read and returns how far that is; it never moves back or past the end.
    ///
    /// # Errors
    /// `NotAMember`, `NotFound`.
    pub fn mark_read(&mut self, account: AccountId, room: RoomId, upto: Seq) -> Result<Seq, StoreError> {
        let last = self.reads().readable(room, account)?.last_seq;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO read_markers (account, room, upto) VALUES (?1, ?2, ?3) \
             ON CONFLICT (account, room) DO UPDATE SET upto = max(upto, excluded.upto) RETURNING upto",
        )?;
        let at = (account.column(), room.column(), upto.min(last).column());
        Ok(statement.query_row(at, |row| get(row, 0))?)
    }

    /// Ends a membership; `false` if there was none.
    pub(crate) fn remove_member(&mut self, room: RoomId, account: AccountId) -> Result<bool, StoreError> {
        let removed = self
            .conn
            .prepare_cached("DELETE FROM members WHERE room = ?1 AND account = ?2")?
            .execute((room.column(), account.column()))?;
        if removed == 0 {
            return Ok(false);
        }
        self.conn
            .prepare_cached("UPDATE rooms SET members = members - 1 WHERE id = ?1")?
            .execute([room.column()])?;
        Ok(true)
    }

    /// Returns the room.
    pub(crate) fn room_row(&self, room: RoomId) -> Result<RoomRow, StoreError> {
        self.reads().room(room)?.ok_or(StoreError::NotFound { what: "room" })
    }

    pub(super) fn add_member(
        &self,
        room: RoomId,
        account: &AccountRow,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let rooms: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM members WHERE account = ?1")?
            .query_row([account.id.column()], |row| row.get(0))?;
        if limits::ROOMS_PER_ACCOUNT <= usize::try_from(rooms).unwrap_or(usize::MAX) {
            return Err(StoreError::TooMany { what: "rooms", max: limits::ROOMS_PER_ACCOUNT });
        }
        self.conn
            .prepare_cached(
                "INSERT INTO members (room, account, name, joined_at_ms) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((room.column(), account.id.column(), &*account.name, at.column()))?;
        self.conn
            .prepare_cached("UPDATE rooms SET members = members + 1 WHERE id = ?1")?
            .execute([room.column()])?;
        Ok(())
    }

    /// Returns an account that may take part.
    pub(super) fn standing_member(
        &self,
        account: AccountId,
        at: Timestamp,
    ) -> Result<AccountRow, StoreError> {
        let row = self.reads().account(account)?.ok_or(StoreError::NotFound { what: "account" })?;
        match self.reads().active_ban(account, at)? {
            Some(_) => Err(StoreError::Banned),
            None => Ok(row),
        }
    }
}
