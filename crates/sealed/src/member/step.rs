//! A step: everything that one call changes in one room, written at once or not at all.

use mls_rs::group::ExportedTree;
use mls_rs::{Client, Group};
use proto::ids::{AccountId, DeviceId, Epoch, RoomId, Seq, Timestamp};

use super::record::{self, Outgoing, RoomRecord, numbered_key, room_key};
use super::staged::Staged;
use super::{CACHED, Config, Loaded, Member, MemberError, Phase};
use crate::ids::ServerId;
use crate::leaf::Leaf;
use crate::vault::{Batch, Row, Table, Vault, Walk};

/// The commit's place in the outbox.
pub(super) const COMMIT: u64 = 0;
/// Most rows that one scan of an outbox takes.
const OUTBOX: usize = 1000;

/// A room in the middle of a call.
pub(super) struct Step<'m, V: Vault> {
    pub(super) vault: &'m V,
    pub(super) client: Option<&'m Client<Config>>,
    pub(super) server: ServerId,
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
    pub(super) room: RoomId,
    pub(super) record: Option<RoomRecord>,
    pub(super) group: Option<Group<Config>>,
    pub(super) batch: Batch,
    staged: &'m Staged,
    before: Option<RoomRecord>,
    group_changed: bool,
    tree_changed: bool,
}

impl<V: Vault> Member<V> {
    /// Does one step in a room. When it fails, or cannot be written, the room is as it was.
    pub(super) fn step<T>(
        &mut self,
        room: RoomId,
        act: impl FnOnce(&mut Step<'_, V>) -> Result<T, MemberError>,
    ) -> Result<T, MemberError> {
        self.staged.clear();
        let loaded = match self.cached.remove(&room) {
            Some(loaded) => Some(loaded),
            None => self.load(room)?,
        };
        let (record, group) = loaded.map_or((None, None), |loaded| (Some(loaded.record), loaded.group));
        let mut step = Step {
            vault: &self.vault,
            client: self.client.as_ref(),
            server: self.server,
            account: self.account,
            device: self.device,
            room,
            record,
            group,
            batch: Batch::default(),
            staged: &self.staged,
            before: record,
            group_changed: false,
            tree_changed: false,
        };
        let given = act(&mut step)?;
        step.finish()?;
        let Step { record, group, batch, .. } = step;
        if !batch.changes.is_empty() {
            self.vault.apply(batch).map_err(MemberError::vault)?;
        }
        if let Some(record) = record {
            if CACHED <= self.cached.len() {
                self.cached.clear();
            }
            self.cached.insert(room, Loaded { record, group });
        }
        Ok(given)
    }

    fn load(&self, room: RoomId) -> Result<Option<Loaded>, MemberError> {
        let record = self.vault.get(Table::Room, &room_key(room)).map_err(MemberError::vault)?;
        let Some(record) = record else { return Ok(None) };
        let group = load_group(&self.vault, self.client.as_ref(), &self.staged, self.server, room)?;
        let mut record: RoomRecord = record::read(&record)?;
        // A vault that lost the keys says so itself, and the device comes in again.
        if record.phase == Phase::Active && group.is_none() {
            record.phase = Phase::Lost;
        }
        Ok(Some(Loaded { record, group }))
    }
}

impl<V: Vault> Step<'_, V> {
    /// Returns the group and its record.
    pub(super) fn active(&mut self) -> Result<(&mut RoomRecord, &mut Group<Config>), MemberError> {
        match (&mut self.record, &mut self.group) {
            (Some(record), Some(group)) => Ok((record, group)),
            (Some(RoomRecord { phase: Phase::Ended, .. }), _) => Err(MemberError::Ended),
            _ => Err(MemberError::NotIn),
        }
    }

    pub(super) fn client(&self) -> Result<&Client<Config>, MemberError> {
        self.client.ok_or(MemberError::NoIdentity)
    }

    pub(super) fn staged(&self) -> &Staged {
        self.staged
    }

    /// Takes the group from the vault again, after a message that may have left it half changed.
    pub(super) fn restore(&mut self) -> Result<(), MemberError> {
        self.group = load_group(self.vault, self.client, self.staged, self.server, self.room)?;
        Ok(())
    }

    /// The group's keys have moved.
    pub(super) fn group_changed(&mut self) {
        self.group_changed = true;
    }

    /// The room has this group from here on.
    pub(super) fn enter(
        &mut self,
        group: Group<Config>,
        cursor: Seq,
        at: Timestamp,
    ) -> Result<(), MemberError> {
        let next_order = self.record.map_or(COMMIT + 1, |record| record.next_order);
        let epoch = Epoch::new(group.current_epoch()).ok_or(MemberError::Malformed)?;
        self.record = Some(RoomRecord { phase: Phase::Active, cursor, epoch, epoch_since: at, next_order });
        self.group = Some(group);
        self.batch.delete(Table::Joining, room_key(self.room));
        self.moved();
        Ok(())
    }

    /// The group is in another epoch.
    pub(super) fn moved(&mut self) {
        self.group_changed = true;
        self.tree_changed = true;
        self.batch.delete(Table::Outbox, numbered_key(self.room, COMMIT));
    }

    /// The device is not in the group any more; its keys are gone with this step.
    pub(super) fn leave(&mut self, phase: Phase) {
        self.group = None;
        self.group_changed = false;
        self.tree_changed = false;
        let room = room_key(self.room);
        for table in [Table::Group, Table::Tree, Table::Joining] {
            self.batch.delete(table, room);
        }
        self.batch.delete(Table::Outbox, numbered_key(self.room, COMMIT));
        if let Some(record) = &mut self.record {
            record.phase = phase;
        }
    }

    /// Reads what waits for the server, in order.
    pub(super) fn outbox(&self) -> Result<Vec<(u64, Outgoing)>, MemberError> {
        outbox(self.vault, self.room)
    }

    /// Returns the commit that is under way.
    pub(super) fn underway(&self) -> Result<Option<Outgoing>, MemberError> {
        let row =
            self.vault.get(Table::Outbox, &numbered_key(self.room, COMMIT)).map_err(MemberError::vault)?;
        row.map(|row| record::read(&row)).transpose()
    }

    /// Returns the devices of the group.
    pub(super) fn leaves(&self) -> Result<Vec<Leaf>, MemberError> {
        let group = self.group.as_ref().ok_or(MemberError::NotIn)?;
        Ok(Leaf::all(&group.roster())?)
    }

    /// Puts the room's record, keys and tree into the batch.
    fn finish(&mut self) -> Result<(), MemberError> {
        let room = room_key(self.room);
        if let Some(record) = &self.record
            && self.before.as_ref() != Some(record)
        {
            self.batch.put(Table::Room, room, record::row(record));
        }
        let Some(group) = &mut self.group else { return Ok(()) };
        if self.tree_changed {
            self.batch.put(Table::Tree, room, group.export_tree().to_bytes()?);
        }
        if self.group_changed {
            group.write_to_storage_without_ratchet_tree()?;
            if let Some(state) = self.staged.take_group() {
                self.batch.put(Table::Group, room, state);
            }
        }
        for id in self.staged.take_used() {
            self.batch.delete(Table::KeyPackage, id);
        }
        Ok(())
    }
}

fn load_group<V: Vault>(
    vault: &V,
    client: Option<&Client<Config>>,
    staged: &Staged,
    server: ServerId,
    room: RoomId,
) -> Result<Option<Group<Config>>, MemberError> {
    let get = |table| vault.get(table, &room_key(room)).map_err(MemberError::vault);
    let (Some(state), Some(tree)) = (get(Table::Group)?, get(Table::Tree)?) else { return Ok(None) };
    let client = client.ok_or(MemberError::NoIdentity)?;
    staged.offer_group(state);
    let tree = ExportedTree::from_bytes(&tree)?;
    Ok(Some(client.load_group_with_ratchet_tree(&crate::group_id(server, room), tree)?))
}

/// Reads what waits for the server, in order.
pub(super) fn outbox<V: Vault>(vault: &V, room: RoomId) -> Result<Vec<(u64, Outgoing)>, MemberError> {
    let walk = Walk::Up { after: None };
    let rows = vault.scan(Table::Outbox, &room_key(room), walk, OUTBOX).map_err(MemberError::vault)?;
    rows.iter().map(|row| Ok((order(row), record::read(&row.value)?))).collect()
}

fn order(row: &Row) -> u64 {
    row.key.last_chunk().map_or(u64::MAX, |number| u64::from_be_bytes(*number))
}
