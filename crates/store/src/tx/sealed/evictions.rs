//! Who has to go from sealed rooms: written with the measure that demands it, proposed by the server, carried out by a commit.

use domain::sanction::{Kind, Scope, Target};
use proto::ids::{AccountId, DeviceId, Epoch, RoomId, SanctionId, Seq, Timestamp};
use proto::message::{Content, Entry, EvictWhy};
use proto::text::List;
use rusqlite::named_params;

use crate::columns::{Column, or_zero};
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::rows::{Change, EvictionRow, NewEntry, NewEvict, NewProposals, NewSanction, Power};
use crate::tx::Tx;

/// Why, and the measure that demands it.
type Cause = (EvictWhy, Option<SanctionId>);

impl Tx<'_> {
    /// Takes the server's proposals into the log of a room; they belong to the version they were made for.
    ///
    /// # Errors
    /// `NotFound`, `StaleEpoch`; `Conflict` for another version of the group, so that they have to be made anew.
    pub fn propose_evictions(&mut self, new: &NewProposals) -> Result<Vec<Entry>, StoreError> {
        let group = self.reads().group_place(new.room)?.ok_or(StoreError::NotFound { what: "room" })?;
        if !group.live || group.epoch != new.epoch {
            return Err(StoreError::StaleEpoch { now: group.epoch });
        }
        if group.version != new.version {
            return Err(StoreError::Conflict);
        }
        self.conn
            .prepare_cached("UPDATE sealed_rooms SET version = version + 1, snapshot = ?2 WHERE room = ?1")?
            .execute((new.room.column(), &new.snapshot))?;
        let last = self.room_row(new.room)?.last_seq;
        for id in &new.covered {
            self.note_proposed(*id, last)?;
        }
        let mut entries = Vec::with_capacity(new.entries.len());
        for evict in &new.entries {
            entries.push(self.append_evict(new, evict)?);
        }
        Ok(entries)
    }

    /// Writes who has to go because of a measure.
    pub(crate) fn evict_for(
        &mut self,
        new: &NewSanction,
        sanction: SanctionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let because = |why| (why, Some(sanction));
        match (new.target, new.kind, new.scope) {
            (Target::Account(account), Kind::Ban, Scope::Server) => {
                self.evict_everywhere(account, because(EvictWhy::Banned), at)
            }
            (Target::Account(account), Kind::Ban, Scope::Room(room)) => {
                self.evict((room, account, None), because(EvictWhy::RoomBanned), at)
            }
            (Target::Account(account), Kind::Kick, Scope::Room(room)) => {
                self.evict((room, account, None), because(EvictWhy::Kicked), at)
            }
            (Target::Device(account, device), Kind::Ban, _) => {
                self.evict_device((account, device), because(EvictWhy::Banned), at)
            }
            (Target::Lineage(invite), Kind::Ban, _) => {
                for account in self.reads().lineage(invite)? {
                    self.evict_everywhere(account, because(EvictWhy::Banned), at)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes an account out of every sealed room it has a device in: it is no member any more, and its devices have to go.
    pub(crate) fn evict_everywhere(
        &mut self,
        account: AccountId,
        cause: Cause,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for room in self.reads().sealed_rooms_of(account)? {
            self.remove_member(room, account)?;
            self.evict((room, account, None), cause, at)?;
        }
        Ok(())
    }

    /// Takes one device out of every sealed room.
    pub(crate) fn evict_device(
        &mut self,
        (account, device): (AccountId, DeviceId),
        cause: Cause,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for room in self.reads().sealed_rooms_of_device(device)? {
            self.evict((room, account, Some(device)), cause, at)?;
        }
        Ok(())
    }

    /// Writes that an account, or one of its devices, has to go from a room, if it is in the group there. When nobody is
    /// left who could commit that, the group is over.
    pub(crate) fn evict(
        &mut self,
        (room, account, device): (RoomId, AccountId, Option<DeviceId>),
        (why, sanction): Cause,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.reads().is_in_group(room, account, device)? {
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT INTO evictions (room, account, device, why, sanction, asked_at_ms) \
                 VALUES (:room, :account, :device, :why, :sanction, :at)",
            )?
            .execute(named_params! {
                ":room": room.column(),
                ":account": account.column(),
                ":device": or_zero(device),
                ":why": why.column(),
                ":sanction": or_zero(sanction),
                ":at": at.column(),
            })?;
        if !self.reads().can_go_on(room)? {
            self.end_group(room, at)?;
        }
        self.change(Change::Evicting { room })
    }

    /// Notes which open evictions of a room a commit has carried out. The proposals of the others ended with the epoch.
    pub(super) fn finish_evictions(
        &mut self,
        room: RoomId,
        (epoch, by): (Epoch, (AccountId, DeviceId)),
        at: Timestamp,
    ) -> Result<(Vec<EvictionRow>, bool), StoreError> {
        let (mut done, mut evicting) = (Vec::new(), false);
        for row in self.reads().open_evictions(room)? {
            if self.reads().is_in_group(room, row.account, row.device)? {
                evicting = true;
                self.conn
                    .prepare_cached("UPDATE evictions SET proposed_seq = 0 WHERE id = ?1")?
                    .execute([row.id.column()])?;
                continue;
            }
            self.conn
                .prepare_cached(
                    "UPDATE evictions SET done_at_ms = max(?2, 1), done_epoch = ?3, done_by = ?4, \
                     done_device = ?5 WHERE id = ?1",
                )?
                .execute((row.id.column(), at.column(), epoch.column(), by.0.column(), by.1.column()))?;
            done.push(EvictionRow { done_at: Some(at), done_epoch: epoch, done_by: Some(by), ..row });
        }
        if evicting {
            self.change(Change::Evicting { room })?;
        }
        Ok((done, evicting))
    }

    fn append_evict(&mut self, new: &NewProposals, evict: &NewEvict) -> Result<Entry, StoreError> {
        let proposals = List::new(evict.proposals.clone())
            .map_err(|_| StoreError::GroupRefused { why: "too many proposals in one entry" })?;
        let content = Content::Evict { epoch: new.epoch, proposals, why: evict.why };
        let entry = NewEntry {
            room: new.room,
            author: evict.account,
            message_id: evict.message_id,
            content,
            at: new.at,
            power: Power::Own,
        };
        let place = self.place_for(&entry)?;
        self.insert(&EntryRow::of(&entry, place.seq))?;
        for id in &evict.evictions {
            self.note_proposed(*id, place.seq)?;
        }
        Ok(place)
    }

    fn note_proposed(&self, id: proto::ids::EvictionId, seq: Seq) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE evictions SET proposed_seq = ?2 WHERE id = ?1 AND done_at_ms = 0")?
            .execute((id.column(), seq.column()))?;
        Ok(())
    }

    /// Returns the entry at the next place of the log, whatever its author may do.
    fn place_for(&self, new: &NewEntry) -> Result<Entry, StoreError> {
        Ok(self.standing(new)?.fresh(new).entry)
    }
}
