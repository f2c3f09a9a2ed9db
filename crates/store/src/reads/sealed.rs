//! Sealed rooms: their groups, who is in them, who has to go, what waits for a device.

use proto::ids::{
    AccountId, DeviceId, Epoch, MessageId, RoomId, SanctionId, Seq, SignatureKey, Timestamp, WelcomeId,
};
use proto::limits;
use proto::message::{RoomKind, WelcomeCard};
use rusqlite::Row;

use super::{Page, Reads};
use crate::columns::{Column, get, get_bytes, get_option, optional, or_zero};
use crate::error::StoreError;
use crate::rows::{EvictionRow, GroupRow, LeafRow, RoomRow, SealedCounts, ToPropose};

/// Where a group is, without what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupPlace {
    pub(crate) live: bool,
    pub(crate) epoch: Epoch,
    pub(crate) version: u64,
}

impl Reads<'_> {
    /// Returns the group of a sealed room; nothing for a room that is not sealed.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn group(&self, room: RoomId) -> Result<Option<GroupRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT room, live, epoch, version, seq, snapshot, group_info FROM sealed_rooms WHERE room = ?1",
        )?;
        let found = statement.query_row([room.column()], |row| {
            Ok(GroupRow {
                room: get(row, 0)?,
                live: row.get(1)?,
                epoch: get(row, 2)?,
                version: get(row, 3)?,
                seq: get(row, 4)?,
                snapshot: row.get(5)?,
                group_info: get_bytes(row, 6)?,
            })
        });
        optional(found)
    }

    /// Returns the group of a sealed room that the reader is a member of.
    ///
    /// # Errors
    /// `NotFound`, `NotAMember`; `NotPermitted` for a room that is not sealed; `GroupRefused` while there is no group.
    pub fn group_of(&self, room: RoomId, reader: AccountId) -> Result<GroupRow, StoreError> {
        let row = self.readable(room, reader)?;
        let group = self.group(room)?.filter(|_| row.kind.is_sealed()).ok_or(StoreError::NotPermitted)?;
        if group.live { Ok(group) } else { Err(NO_GROUP) }
    }

    /// Returns the devices in a group, by their leaf.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn leaves(&self, room: RoomId) -> Result<Vec<LeafRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT leaf, account, device, signature_key FROM sealed_leaves \
             WHERE room = ?1 AND until_seq = 0 ORDER BY leaf",
        )?;
        let rows = statement.query_map([room.column()], leaf_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns whether a device of the account was in the group when the entry at this place was written.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn was_in_group(&self, room: RoomId, account: AccountId, seq: Seq) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sealed_leaves WHERE room = ?1 AND account = ?2 AND since_seq <= ?3 \
             AND (until_seq = 0 OR ?3 <= until_seq))",
        )?;
        Ok(statement.query_row((room.column(), account.column(), seq.column()), |row| row.get(0))?)
    }

    /// Returns the sealed rooms that a device of the account is in.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sealed_rooms_of(&self, account: AccountId) -> Result<Vec<RoomId>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT DISTINCT room FROM sealed_leaves WHERE account = ?1 AND until_seq = 0")?;
        let rows = statement.query_map([account.column()], |row| get(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns a part of the ratchet tree of an epoch, for members of the room.
    ///
    /// # Errors
    /// `NotFound` (also for an epoch whose tree is not kept), `NotAMember`.
    pub fn tree_piece(
        &self,
        (room, reader): (RoomId, AccountId),
        epoch: Epoch,
        (offset, len): (u64, usize),
    ) -> Result<Vec<u8>, StoreError> {
        self.readable(room, reader)?;
        let mut statement = self
            .conn
            .prepare_cached("SELECT substr(tree, ?3, ?4) FROM sealed_trees WHERE room = ?1 AND epoch = ?2")?;
        // SQLite counts from 1.
        let key = (
            room.column(),
            epoch.column(),
            offset.column().saturating_add(1),
            i64::try_from(len).unwrap_or(i64::MAX),
        );
        let piece = optional(statement.query_row(key, |row| row.get(0)))?;
        piece.ok_or(StoreError::NotFound { what: "tree" })
    }

    /// Returns the Welcomes that wait for a device, oldest first, as many as fit a page.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn welcomes(&self, device: DeviceId) -> Result<Page<WelcomeCard>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT welcome_waits.id, room, epoch, seq, body FROM welcome_waits \
             JOIN welcomes ON welcomes.id = welcome_waits.welcome WHERE device = ?1 ORDER BY welcome_waits.id",
        )?;
        let mut rows = statement.query([device.column()])?;
        let (mut items, mut bytes): (Vec<WelcomeCard>, usize) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let card = WelcomeCard {
                id: get::<WelcomeId>(row, 0)?,
                room: get(row, 1)?,
                epoch: get(row, 2)?,
                seq: get(row, 3)?,
                welcome: get_bytes(row, 4)?,
            };
            bytes += card.welcome.len() + CARD_BYTES;
            if items.len() == limits::PAGE || (limits::PAGE_BYTES < bytes && !items.is_empty()) {
                return Ok(Page { items, more: true });
            }
            items.push(card);
        }
        Ok(Page { items, more: false })
    }

    /// Returns the open evictions of a room, oldest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn open_evictions(&self, room: RoomId) -> Result<Vec<EvictionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, room, account, device, why, sanction, asked_at_ms, proposed_seq, done_at_ms, done_epoch, \
             done_by, done_device FROM evictions INDEXED BY evictions_open WHERE room = ?1 AND done_at_ms = 0",
        )?;
        let rows = statement.query_map([room.column()], eviction_row)?;
        let mut rows: Vec<EvictionRow> = rows.collect::<Result<_, _>>()?;
        rows.sort_by_key(|row| row.id);
        Ok(rows)
    }

    /// Returns the evictions that a measure demanded, oldest first, at most so many.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn evictions_of(&self, sanction: SanctionId, limit: usize) -> Result<Vec<EvictionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, room, account, device, why, sanction, asked_at_ms, proposed_seq, done_at_ms, done_epoch, \
             done_by, done_device FROM evictions WHERE sanction = ?1 AND sanction <> 0 ORDER BY id LIMIT ?2",
        )?;
        let key = (sanction.column(), i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = statement.query_map(key, eviction_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the evictions of an account, newest first, at most so many.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn evictions_of_account(
        &self,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<EvictionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, room, account, device, why, sanction, asked_at_ms, proposed_seq, done_at_ms, done_epoch, \
             done_by, done_device FROM evictions WHERE account = ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let key = (account.column(), i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = statement.query_map(key, eviction_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the rooms with open evictions that are not proposed.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn rooms_to_propose(&self) -> Result<Vec<RoomId>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT DISTINCT room FROM evictions INDEXED BY evictions_waiting WHERE done_at_ms = 0 AND proposed_seq = 0",
        )?;
        let rows = statement.query_map([], |row| get(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns what the server has to propose in a room; nothing when all is proposed, or the group is over.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn to_propose(&self, room: RoomId) -> Result<Option<ToPropose>, StoreError> {
        let Some(group) = self.group(room)?.filter(|group| group.live) else { return Ok(None) };
        let (open, proposed): (Vec<_>, Vec<_>) =
            self.open_evictions(room)?.into_iter().partition(|row| row.proposed.is_none());
        if open.is_empty() {
            return Ok(None);
        }
        let mut leaves = self.leaves(room)?;
        for row in &proposed {
            leaves.retain(|leaf| !is_meant(row, leaf));
        }
        let mut evictions = Vec::with_capacity(open.len());
        for row in open {
            let (meant, others) = leaves.into_iter().partition(|leaf| is_meant(&row, leaf));
            evictions.push((row, meant));
            leaves = others;
        }
        Ok(Some(ToPropose { group, evictions }))
    }

    /// Returns how much there is of sealed rooms.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sealed_counts(&self) -> Result<SealedCounts, StoreError> {
        let mut rooms = self.conn.prepare_cached("SELECT count(*) FROM sealed_rooms WHERE live = 1")?;
        let mut open = self.conn.prepare_cached(
            "SELECT count(*), min(asked_at_ms) FROM evictions INDEXED BY evictions_waiting WHERE done_at_ms = 0",
        )?;
        let (evicting, oldest) =
            open.query_row([], |row| Ok((get(row, 0)?, row.get::<_, Option<i64>>(1)?.map(Timestamp))))?;
        Ok(SealedCounts { rooms: rooms.query_row([], |row| get(row, 0))?, evicting, oldest })
    }

    /// Returns how many entries of this sender devices could not make sense of since then.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn unreadable_of(&self, sender: AccountId, since: Timestamp) -> Result<u64, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT count(*) FROM cannot_read WHERE sender = ?1 AND ?2 <= at_ms")?;
        Ok(statement.query_row((sender.column(), since.column()), |row| get(row, 0))?)
    }

    /// Returns the sealed room of these two.
    pub(crate) fn sealed_direct_room(
        &self,
        one: AccountId,
        other: AccountId,
    ) -> Result<Option<RoomRow>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT id FROM rooms WHERE kind = 3 AND low = ?1 AND high = ?2")?;
        let pair = (one.min(other).column(), one.max(other).column());
        let found: Option<RoomId> = optional(statement.query_row(pair, |row| get(row, 0)))?;
        found.map_or(Ok(None), |room| self.room(room))
    }

    /// Returns the sealed room that was made under this id.
    pub(crate) fn sealed_room_made(
        &self,
        maker: AccountId,
        message_id: MessageId,
    ) -> Result<Option<(RoomId, RoomKind)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT rooms.id, rooms.kind FROM sealed_rooms JOIN rooms ON rooms.id = sealed_rooms.room \
             WHERE maker = ?1 AND message_id = ?2",
        )?;
        let key = (maker.column(), message_id.0.as_slice());
        optional(statement.query_row(key, |row| Ok((get(row, 0)?, get(row, 1)?))))
    }

    pub(crate) fn group_place(&self, room: RoomId) -> Result<Option<GroupPlace>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT live, epoch, version FROM sealed_rooms WHERE room = ?1")?;
        let found = statement.query_row([room.column()], |row| {
            Ok(GroupPlace { live: row.get(0)?, epoch: get(row, 1)?, version: get(row, 2)? })
        });
        optional(found)
    }

    /// Returns the sealed rooms that a device is in.
    pub(crate) fn sealed_rooms_of_device(&self, device: DeviceId) -> Result<Vec<RoomId>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT room FROM sealed_leaves WHERE device = ?1 AND until_seq = 0")?;
        let rows = statement.query_map([device.column()], |row| get(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether the account, or this device of it, is in the group of a room.
    pub(crate) fn is_in_group(
        &self,
        room: RoomId,
        account: AccountId,
        device: Option<DeviceId>,
    ) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sealed_leaves WHERE account = ?2 AND room = ?1 AND until_seq = 0 \
             AND (?3 = 0 OR device = ?3))",
        )?;
        Ok(statement.query_row((room.column(), account.column(), or_zero(device)), |row| row.get(0))?)
    }

    /// Whether somebody has to go from the room: then nobody writes there.
    pub(crate) fn is_evicting(&self, room: RoomId) -> Result<bool, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM evictions INDEXED BY evictions_open WHERE room = ?1 AND done_at_ms = 0)")?;
        Ok(statement.query_row([room.column()], |row| row.get(0))?)
    }

    /// Whether the account, or a device of it, has to go from the room.
    pub(crate) fn has_to_go(&self, room: RoomId, account: AccountId) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM evictions INDEXED BY evictions_open WHERE room = ?1 AND account = ?2 AND done_at_ms = 0)",
        )?;
        Ok(statement.query_row((room.column(), account.column()), |row| row.get(0))?)
    }

    /// Whether somebody is left in the group who does not have to go.
    pub(crate) fn can_go_on(&self, room: RoomId) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sealed_leaves WHERE room = ?1 AND until_seq = 0 AND NOT EXISTS \
             (SELECT 1 FROM evictions INDEXED BY evictions_open WHERE evictions.room = ?1 AND evictions.account = sealed_leaves.account \
             AND done_at_ms = 0 AND (evictions.device = 0 OR evictions.device = sealed_leaves.device)))",
        )?;
        Ok(statement.query_row([room.column()], |row| row.get(0))?)
    }
}

/// Whether an eviction is about this device.
fn is_meant(row: &EvictionRow, leaf: &LeafRow) -> bool {
    leaf.account == row.account && row.device.is_none_or(|device| device == leaf.device)
}

fn leaf_row(row: &Row<'_>) -> rusqlite::Result<LeafRow> {
    Ok(LeafRow {
        leaf: get(row, 0)?,
        account: get(row, 1)?,
        device: get(row, 2)?,
        signature_key: row.get(3).map(SignatureKey)?,
    })
}

pub(crate) fn eviction_row(row: &Row<'_>) -> rusqlite::Result<EvictionRow> {
    let done_by: Option<AccountId> = get_option(row, 10)?;
    let done_device: Option<DeviceId> = get_option(row, 11)?;
    Ok(EvictionRow {
        id: get(row, 0)?,
        room: get(row, 1)?,
        account: get(row, 2)?,
        device: get_option(row, 3)?,
        why: get(row, 4)?,
        sanction: get_option(row, 5)?,
        asked_at: get(row, 6)?,
        proposed: get_option(row, 7)?,
        done_at: get_option(row, 8)?,
        done_epoch: get(row, 9)?,
        done_by: done_by.zip(done_device),
    })
}

const NO_GROUP: StoreError = StoreError::GroupRefused { why: "this sealed room has no group" };
/// What a card takes on the wire beside its Welcome, rounded up.
const CARD_BYTES: usize = 60;
