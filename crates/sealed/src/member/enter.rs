//! Ways into a group: making it, being welcomed, and coming in by oneself.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use mls_rs::extension::built_in::ExternalSendersExt;
use mls_rs::identity::SigningIdentity;
use mls_rs::mls_rs_codec::MlsDecode;
use mls_rs::{ExtensionList, Group, MlsMessage};
use proto::bytes::Bytes;
use proto::ids::{AccountId, Epoch, RoomId, Seq, Timestamp};
use proto::message::{Command, WelcomeCard};

use super::change::{bounded, command, random_id};
use super::record::{self, Outgoing, RoomRecord, room_key};
use super::step::{COMMIT, Step};
use super::{Config, Member, MemberError, Phase, own};
use crate::leaf::{Leaf, mls_time, read_tree};
use crate::rules;
use crate::vault::{Table, Vault};

/// The group that a commit from outside leads to, if it is accepted.
#[derive(Encode, Decode)]
pub(super) struct Joining {
    #[n(0)]
    state: Bytes<{ usize::MAX }>,
    #[n(1)]
    tree: Bytes<{ usize::MAX }>,
}

impl<V: Vault> Member<V> {
    /// Makes the group of a room that has none, with this device alone in it. Before the first commit, asking again gives
    /// the same group again. `sender` is what the server proposes removals as.
    ///
    /// # Errors
    /// [`MemberError::StillIn`] when the room has a group that went on.
    pub fn create(
        &mut self,
        room: RoomId,
        admins: &BTreeSet<AccountId>,
        sender: &[u8],
        now: Timestamp,
    ) -> Result<Command, MemberError> {
        self.step(room, |step| {
            match step.record {
                None => {
                    let group = step.new_group(admins, sender, now)?;
                    step.enter(group, Seq::START, now)?;
                }
                Some(record) if record.phase == Phase::Active && record.epoch == Epoch::START => {}
                Some(_) => return Err(MemberError::StillIn),
            }
            let room = step.room;
            let (_, group) = step.active()?;
            let info = group.group_info_message_allowing_ext_commit(false)?;
            Ok(Command::StartGroup {
                room,
                group_info: bounded(info.to_bytes()?)?,
                tree: bounded(group.export_tree().to_bytes()?)?,
            })
        })
    }

    /// Looks whether the group that the server has is the one this device made, after an answer was lost. Returns `false`
    /// when another device was first; this device's try is forgotten then.
    ///
    /// # Errors
    /// When the GroupInfo cannot be read, or this device made no group here.
    pub fn started(&mut self, room: RoomId, group_info: &[u8]) -> Result<bool, MemberError> {
        self.step(room, |step| {
            let info = MlsMessage::from_bytes(group_info).map_err(|_| MemberError::Malformed)?;
            let info = info.as_group_info().ok_or(MemberError::Malformed)?;
            let (record, group) = step.active()?;
            let moved_on = record.epoch != Epoch::START || group.has_pending_commit();
            if moved_on || info.group_context() == group.context() {
                return Ok(true);
            }
            step.leave(Phase::Ended);
            step.record = None;
            let room = room_key(step.room);
            step.batch.delete(Table::Room, room);
            Ok(false)
        })
    }

    /// Comes into a room by a Welcome and the tree of its epoch. The log is read from the entry after the Welcome's.
    /// Returns the accounts in it whose key is not the one they are known by.
    ///
    /// # Errors
    /// [`MemberError::StillIn`] when this device is in: the log has to be read first. [`MemberError::Mls`] when the
    /// Welcome does not open; this device can still [`Self::rejoin`].
    pub fn join(
        &mut self,
        card: &WelcomeCard,
        tree: &[u8],
        now: Timestamp,
    ) -> Result<Vec<AccountId>, MemberError> {
        self.step(card.room, |step| {
            if step.record.is_some_and(|record| record.phase == Phase::Active) {
                return Err(MemberError::StillIn);
            }
            let welcome = MlsMessage::from_bytes(&card.welcome).map_err(|_| MemberError::Malformed)?;
            own::offer_packages(step.vault, step.staged(), &welcome)?;
            let (group, _) = step.client()?.join_group(
                Some(read_tree(tree).ok_or(MemberError::Malformed)?),
                &welcome,
                None,
            )?;
            step.check_group(&group)?;
            if group.current_epoch() != card.epoch.get() {
                return Err(MemberError::Malformed);
            }
            step.enter(group, card.seq, now)?;
            step.pin_everybody()
        })
    }

    /// Comes in by oneself: as a further device of an account that is in the room, or again after [`Phase::Lost`].
    /// `seq` and `group_info` are the server's answer to the question for them. It counts when it comes back in the log;
    /// until the log has decided, asking again gives the same commit again.
    ///
    /// # Errors
    /// [`MemberError::StillIn`] when this device is in and can follow.
    pub fn rejoin(
        &mut self,
        room: RoomId,
        seq: Seq,
        group_info: &[u8],
        tree: &[u8],
        now: Timestamp,
    ) -> Result<Command, MemberError> {
        self.step(room, |step| {
            match step.record.map(|record| record.phase) {
                Some(Phase::Active) => return Err(MemberError::StillIn),
                // The log decides about the one that is under way.
                Some(Phase::Joining) => {
                    let underway = step.underway()?.and_then(|commit| command(room, commit));
                    return underway.ok_or(MemberError::NotIn);
                }
                _ => {}
            }
            let info = MlsMessage::from_bytes(group_info).map_err(|_| MemberError::Malformed)?;
            let epoch = info.epoch().and_then(Epoch::new).ok_or(MemberError::Malformed)?;
            let tree = read_tree(tree).ok_or(MemberError::Malformed)?;
            let old = Leaf::all(&tree.roster())?.into_iter();
            let mut old = old.filter(|leaf| (leaf.account, leaf.device) == (step.account, step.device));
            let mut builder = step.client()?.external_commit_builder()?;
            builder = builder.with_tree_data(tree).commit_time(mls_time(now));
            if let Some(leaf) = old.next() {
                builder = builder.with_removal(leaf.index);
            }
            let (group, commit) = builder.build(info)?;
            step.check_group(&group)?;
            let commit = Outgoing::Commit {
                message_id: random_id(),
                epoch,
                commit: bounded(commit.to_bytes()?)?,
                group_info: bounded(group.group_info_message_allowing_ext_commit(false)?.to_bytes()?)?,
                welcome: Bytes::default(),
                intent: None,
            };
            step.wait_outside(group, seq, now)?;
            Ok(step.keep_commit(commit))
        })
    }

    /// Goes on with a room only after coming in again, because this vault is a copy: another one may have used its keys.
    /// What waits is sealed anew then.
    ///
    /// # Errors
    /// When the vault cannot be read or written.
    pub fn mistrust(&mut self, room: RoomId) -> Result<(), MemberError> {
        self.step(room, |step| {
            if step.record.is_some_and(|record| record.phase != Phase::Ended) {
                step.leave(Phase::Lost);
                step.unseal_all()?;
            }
            Ok(())
        })
    }
}

impl<V: Vault> Step<'_, V> {
    fn new_group(
        &self,
        admins: &BTreeSet<AccountId>,
        sender: &[u8],
        now: Timestamp,
    ) -> Result<Group<Config>, MemberError> {
        let sender = SigningIdentity::mls_decode(&mut &*sender).map_err(|_| MemberError::Malformed)?;
        let mut extensions = ExtensionList::new();
        let senders = ExternalSendersExt::new(vec![sender]);
        extensions.set_from(senders).map_err(|_| MemberError::Malformed)?;
        extensions.set(rules::admins_extension(admins)?);
        let id = crate::group_id(self.server, self.room).to_vec();
        let leaf = ExtensionList::new();
        Ok(self.client()?.create_group_with_id(id, extensions, leaf, Some(mls_time(now)))?)
    }

    /// A group that strangers gave has to be this room's and set up as sealed rooms are.
    fn check_group(&self, group: &Group<Config>) -> Result<(), MemberError> {
        if group.group_id() != crate::group_id(self.server, self.room) {
            return Err(MemberError::Malformed);
        }
        rules::admins_of(&group.context().extensions)?;
        Ok(())
    }

    /// Keeps the group that the commit from outside leads to, until the log has it.
    fn wait_outside(
        &mut self,
        mut group: Group<Config>,
        seq: Seq,
        now: Timestamp,
    ) -> Result<(), MemberError> {
        group.write_to_storage_without_ratchet_tree()?;
        let state = self.staged().take_group().ok_or(MemberError::NotIn)?;
        let owned = |bytes: Vec<u8>| Bytes::new(bytes).map_err(|_| MemberError::Malformed);
        let joining =
            Joining { state: owned(state.to_vec())?, tree: owned(group.export_tree().to_bytes()?)? };
        self.batch.put(Table::Joining, room_key(self.room), record::row(&joining));
        let epoch = Epoch::new(group.current_epoch()).ok_or(MemberError::Malformed)?;
        let fresh = RoomRecord {
            phase: Phase::Joining,
            cursor: seq,
            epoch,
            epoch_since: now,
            next_order: COMMIT + 1,
        };
        let record = self.record.get_or_insert(fresh);
        record.phase = Phase::Joining;
        record.epoch = epoch;
        Ok(())
    }

    /// The commit from outside is in the log: the group that waited is the room's.
    pub(super) fn come_in(&mut self, at: Seq, time: Timestamp) -> Result<Vec<AccountId>, MemberError> {
        let row = self.vault.get(Table::Joining, &room_key(self.room)).map_err(MemberError::vault)?;
        let Some(row) = row else {
            self.leave(Phase::Lost);
            return Ok(Vec::new());
        };
        let joining: Joining = record::read(&row)?;
        self.staged().offer_group(joining.state.into_inner().into());
        let id = crate::group_id(self.server, self.room);
        let tree = read_tree(&joining.tree).ok_or(MemberError::Malformed)?;
        let group = self.client()?.load_group_with_ratchet_tree(&id, tree)?;
        self.enter(group, at, time)?;
        self.pin_everybody()
    }

    /// Pins whoever is seen for the first time, and returns the accounts with another key than the one known.
    fn pin_everybody(&mut self) -> Result<Vec<AccountId>, MemberError> {
        let leaves = self.leaves()?;
        self.pin_all(&leaves)
    }

    pub(super) fn pin_all(&mut self, leaves: &[Leaf]) -> Result<Vec<AccountId>, MemberError> {
        let keys: BTreeSet<_> = leaves.iter().map(|leaf| (leaf.account, leaf.identity)).collect();
        let mut changed = Vec::new();
        for (account, key) in keys {
            if !self.pin(account, key)? {
                changed.push(account);
            }
        }
        Ok(changed)
    }
}

/// Returns what a device that waits outside sends.
pub(super) fn waiting_commit(room: RoomId, underway: Option<Outgoing>) -> Vec<Command> {
    underway.and_then(|commit| command(room, commit)).into_iter().collect()
}
