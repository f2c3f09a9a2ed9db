//! Sealed rooms are made, and their groups start.

use proto::ids::{AccountId, DeviceId, RoomId, Seq, Timestamp};
use proto::message::RoomKind;
use rusqlite::named_params;

use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::{Change, JudgedLeaf, NewGroup, NewSealedRoom, RoomRow};
use crate::tx::Tx;

impl Tx<'_> {
    /// Makes a sealed room, or returns the one that was made with the same id or for the same two; whether it is new.
    ///
    /// In a room of two both are members from the start; in another only the maker is, until a commit brings others.
    ///
    /// # Errors
    /// `NotFound`, `Banned`, `TooMany` rooms, `NotPermitted` for a room with oneself, `Conflict` for an id that was used
    /// for another room, `PendingEviction` while one of the two has to go from their room.
    pub fn create_sealed(&mut self, new: &NewSealedRoom) -> Result<(RoomRow, bool), StoreError> {
        let maker = self.standing_member(new.by, new.at)?;
        if let Some(other) = new.with {
            if other == new.by {
                return Err(StoreError::NotPermitted);
            }
            if self.reads().account(other)?.is_none() {
                return Err(StoreError::NotFound { what: "account" });
            }
            if let Some(room) = self.reads().sealed_direct_room(new.by, other)? {
                return self.open_again(room.id, new, other).map(|room| (room, false));
            }
        }
        if let Some((room, kind)) = self.reads().sealed_room_made(new.by, new.message_id)? {
            let is_same = kind == kind_of(new) && new.with.is_none();
            if !is_same {
                return Err(StoreError::Conflict);
            }
            if !self.reads().is_member(room, new.by)? {
                return Err(StoreError::NotFound { what: "room" });
            }
            return Ok((self.room_row(room)?, false));
        }
        let room = self.insert_sealed(new)?;
        self.add_member(room, &maker, new.at)?;
        if let Some(other) = new.with {
            self.add_if_free(room, other, new.at)?;
        }
        self.append_created(room, new.by, new.message_id, new.at)?;
        self.change(Change::RoomChanged { room })?;
        Ok((self.room_row(room)?, true))
    }

    /// Starts the group of a room that has none.
    ///
    /// # Errors
    /// `NotFound`, `NotAMember`, `Banned`, `NotPermitted` for a room that is not sealed, `NoIdentity`; `Conflict` when
    /// there is a group; `GroupRefused` when anybody but the one who starts it is in it.
    pub fn start_group(&mut self, new: &NewGroup) -> Result<(), StoreError> {
        let row = self.reads().readable(new.room, new.by)?;
        if !row.kind.is_sealed() {
            return Err(StoreError::NotPermitted);
        }
        self.standing_member(new.by, new.at)?;
        if self.reads().is_bound_in(new.room, new.by, new.at)? {
            return Err(StoreError::Banned);
        }
        let group = self.reads().group(new.room)?.ok_or(StoreError::NotFound { what: "room" })?;
        if group.live {
            return Err(StoreError::Conflict);
        }
        if (new.leaf.row.account, new.leaf.row.device) != (new.by, new.device) {
            return Err(StoreError::GroupRefused { why: "a group starts with the device that makes it" });
        }
        self.certified(&new.leaf)?;
        self.conn
            .prepare_cached(
                "UPDATE sealed_rooms SET live = 1, epoch = :epoch, version = version + 1, seq = :seq, \
                 snapshot = :snapshot, group_info = :group_info WHERE room = :room",
            )?
            .execute(named_params! {
                ":room": new.room.column(),
                ":epoch": new.epoch.column(),
                ":seq": row.last_seq.column(),
                ":snapshot": &new.snapshot,
                ":group_info": &*new.group_info,
            })?;
        self.insert_leaf(new.room, &new.leaf, row.last_seq)?;
        self.keep_tree(new.room, new.epoch, &new.tree)
    }

    /// Ends a group that nobody is left in.
    pub(super) fn end_group(&self, room: RoomId, at: Timestamp) -> Result<(), StoreError> {
        let last = self.room_row(room)?.last_seq;
        self.conn
            .prepare_cached(
                "UPDATE sealed_leaves SET until_seq = max(?2, 1) WHERE room = ?1 AND until_seq = 0",
            )?
            .execute((room.column(), last.column()))?;
        self.conn
            .prepare_cached(
                "UPDATE sealed_rooms SET live = 0, version = version + 1, snapshot = x'', group_info = x'' \
                 WHERE room = ?1",
            )?
            .execute([room.column()])?;
        self.conn
            .prepare_cached(
                "UPDATE evictions INDEXED BY evictions_open SET done_at_ms = max(?2, 1) WHERE room = ?1 AND done_at_ms = 0",
            )?
            .execute((room.column(), at.column()))?;
        self.forget_welcomes_of(room)
    }

    /// Checks that an account vouches for a device as it stands in a group.
    pub(super) fn certified(&self, leaf: &JudgedLeaf) -> Result<(), StoreError> {
        let JudgedLeaf { row, identity } = leaf;
        let known = self.reads().identity_key(row.account)?;
        let device = self.reads().device_identity(row.device)?;
        let vouched = device.is_some_and(|device| {
            device.account == row.account
                && device.signature_key == row.signature_key
                && device.certificate.is_some()
        });
        let revoked = self.reads().device(row.device)?.is_none_or(|device| device.revoked);
        if known == Some(*identity) && vouched && !revoked { Ok(()) } else { Err(StoreError::NoIdentity) }
    }

    pub(super) fn insert_leaf(&self, room: RoomId, leaf: &JudgedLeaf, since: Seq) -> Result<(), StoreError> {
        let row = &leaf.row;
        self.conn
            .prepare_cached(
                "INSERT INTO sealed_leaves (room, leaf, account, device, signature_key, since_seq) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                room.column(),
                row.leaf.column(),
                row.account.column(),
                row.device.column(),
                row.signature_key.0.as_slice(),
                since.column(),
            ))?;
        Ok(())
    }

    /// Makes somebody a member who is none.
    pub(super) fn ensure_member(
        &self,
        room: RoomId,
        account: AccountId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        if self.reads().is_member(room, account)? {
            return Ok(false);
        }
        let row = self.reads().account(account)?.ok_or(StoreError::NotFound { what: "account" })?;
        self.add_member(room, &row, at)?;
        Ok(true)
    }

    /// Whether this device is in the group.
    pub(super) fn is_leaf(&self, room: RoomId, device: DeviceId) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sealed_leaves WHERE device = ?2 AND room = ?1 AND until_seq = 0)",
        )?;
        Ok(statement.query_row((room.column(), device.column()), |row| row.get(0))?)
    }

    /// Lets both into their room again, unless a measure keeps one of them out.
    fn open_again(
        &mut self,
        room: RoomId,
        new: &NewSealedRoom,
        other: AccountId,
    ) -> Result<RoomRow, StoreError> {
        for account in [new.by, other] {
            if self.reads().has_to_go(room, account)? {
                return Err(StoreError::PendingEviction);
            }
        }
        if self.reads().is_bound_in(room, new.by, new.at)? {
            return Err(StoreError::Banned);
        }
        self.ensure_member(room, new.by, new.at)?;
        self.add_if_free(room, other, new.at)?;
        self.room_row(room)
    }

    fn add_if_free(&self, room: RoomId, account: AccountId, at: Timestamp) -> Result<(), StoreError> {
        let shut_out =
            self.reads().active_ban(account, at)?.is_some() || self.reads().is_bound_in(room, account, at)?;
        if !shut_out {
            self.ensure_member(room, account, at)?;
        }
        Ok(())
    }

    fn insert_sealed(&self, new: &NewSealedRoom) -> Result<RoomId, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO rooms (kind, low, high, created_by, created_at_ms) \
             VALUES (:kind, :low, :high, :by, :at) RETURNING id",
        )?;
        let room: RoomId = statement.query_row(
            named_params! {
                ":kind": kind_of(new).column(),
                ":low": or_zero(new.with.map(|other| new.by.min(other))),
                ":high": or_zero(new.with.map(|other| new.by.max(other))),
                ":by": new.by.column(),
                ":at": new.at.column(),
            },
            |row| get(row, 0),
        )?;
        self.conn
            .prepare_cached("INSERT INTO sealed_rooms (room, maker, message_id) VALUES (?1, ?2, ?3)")?
            .execute((room.column(), new.by.column(), new.message_id.0.as_slice()))?;
        Ok(room)
    }
}

fn kind_of(new: &NewSealedRoom) -> RoomKind {
    if new.with.is_some() { RoomKind::SealedDirect } else { RoomKind::Sealed }
}
