//! Messages of sealed rooms: sealed bytes, stamped in the transaction that gives them their place.

use proto::ids::{DeviceId, RoomId, Seq, Timestamp};
use proto::message::{Content, Stamp};

use crate::columns::Column;
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::rows::{Appended, NewEntry, NewSealed, Power};
use crate::tx::Tx;

impl Tx<'_> {
    /// Appends a message of a sealed room; `stamp` makes the server's stamp for its place and time. The same bytes
    /// again under the same id return the first entry, whatever became of the epoch since.
    ///
    /// # Errors
    /// Those of [`Tx::append`] for an author who may not write there; `NotPermitted` in a room that is not sealed,
    /// `PendingEviction`, `StaleEpoch`, `NoSuchFile`, `Quarantined`, `QuotaExceeded`; `GroupRefused` for a device that is
    /// not in the group.
    pub fn append_sealed(
        &mut self,
        new: &NewSealed,
        stamp: &dyn Fn(Seq, Timestamp) -> Stamp,
    ) -> Result<Appended, StoreError> {
        let mut entry = entry_of(new, UNSTAMPED);
        let standing = self.standing(&entry)?;
        if let Err(refusal) = standing.admit(&entry) {
            return self.earlier(&entry, &standing)?.ok_or(refusal);
        }
        if let Some(earlier) = self.earlier(&entry, &standing)? {
            return Ok(earlier);
        }
        if !standing.room_kind.is_sealed() {
            return Err(StoreError::NotPermitted);
        }
        if self.reads().is_evicting(new.room)? {
            return Err(StoreError::PendingEviction);
        }
        let group = self.reads().group_place(new.room)?.ok_or(StoreError::NotFound { what: "room" })?;
        if !group.live || group.epoch != new.epoch {
            return Err(StoreError::StaleEpoch { now: group.epoch });
        }
        if !self.is_leaf(new.room, new.device)? {
            return Err(StoreError::GroupRefused { why: "this device is not in the group of the room" });
        }
        let shown = match new.blob {
            Some(blob) => Some((blob, self.sealed_file(new.author, new.room, blob)?)),
            None => None,
        };
        entry = entry_of(new, stamp(standing.next, new.at));
        let row = EntryRow::of(&entry, standing.next);
        self.insert(&row)?;
        if let Some((blob, shown)) = shown {
            self.insert_ref((self.conn.last_insert_rowid(), &row), &shown, standing.room_kind)?;
            self.delete_upload(new.author, blob)?;
        }
        Ok(standing.fresh(&entry))
    }

    /// Notes that a device could not make sense of an entry, and who sent it; whether that is new.
    ///
    /// # Errors
    /// `NotFound`, `NotAMember`; `NoSuchEntry` for one that is not a message or a commit of a sealed room.
    pub fn cannot_read(
        &mut self,
        (room, seq): (RoomId, Seq),
        (account, device): (proto::ids::AccountId, DeviceId),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.reads().readable(room, account)?;
        let (_, row) = EntryRow::at(self.conn, room, seq)?.ok_or(StoreError::NoSuchEntry)?;
        if !row.kind.is_of_group() {
            return Err(StoreError::NoSuchEntry);
        }
        let noted = self
            .conn
            .prepare_cached(
                "INSERT INTO cannot_read (room, seq, device, sender, at_ms) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute((room.column(), seq.column(), device.column(), row.author.column(), at.column()))?;
        Ok(noted == 1)
    }
}

fn entry_of(new: &NewSealed, stamp: Stamp) -> NewEntry {
    let content = Content::Sealed {
        device: new.device,
        epoch: new.epoch,
        message: new.message.clone(),
        blob: new.blob,
        stamp,
    };
    NewEntry {
        room: new.room,
        author: new.author,
        message_id: new.message_id,
        content,
        at: new.at,
        power: Power::Own,
    }
}

/// Stands where the place is not known yet.
const UNSTAMPED: Stamp = Stamp { kid: 0, mac: proto::ids::StampMac([0; 32]) };
