//! Judging a commit: MLS and the room's rules first, then what only the server knows.

use std::collections::BTreeSet;

use mls_rs::MlsMessage;
use mls_rs::external_client::ExternalReceivedMessage;
use mls_rs::group::proposal::Proposal;
use mls_rs::group::{CommitEffect, CommitMessageDescription};
use proto::ids::{AccountId, DeviceId, Epoch, RoomId, Timestamp};
use proto::limits;

use super::read::{self, HostError};
use super::{Group, Host, proposed};
use crate::leaf::{Leaf, mls_time};
use crate::rules::{self, RulesError};

/// What the server knows besides the group.
#[derive(Clone, Copy)]
pub struct Judgement<'j> {
    /// The account of the session that sent the commit.
    pub account: AccountId,
    /// Its device.
    pub device: DeviceId,
    /// Accounts that neither commit nor get in: banned, being evicted, or not members of the room.
    pub shut_out: &'j BTreeSet<AccountId>,
    /// Whether the directory has this device under this account key and signature key, and has not revoked it.
    pub certified: &'j dyn Fn(&Leaf) -> bool,
    /// The time certificates and key packages are held against.
    pub now: Timestamp,
}

/// A commit that may be written, if the room's snapshot is still the one that was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What the next call takes.
    pub snapshot: Vec<u8>,
    /// The epoch it begins.
    pub epoch: Epoch,
    /// The committer, as it stands in the new tree.
    pub by: Leaf,
    /// Whether the committer came in by this commit.
    pub external: bool,
    /// Devices that are in and were not.
    pub added: Vec<Leaf>,
    /// Devices that were in and are not.
    pub removed: Vec<Leaf>,
    /// Every device, by place.
    pub leaves: Vec<Leaf>,
    /// The room's admins.
    pub admins: BTreeSet<AccountId>,
    /// The public tree, for joiners of this epoch.
    pub tree: Vec<u8>,
    /// Leaves whose removal has to be asked for again: a device that comes back by itself cannot carry removals along
    /// (RFC 9420, section 12.2), and proposals end with their epoch.
    pub still_proposed: Vec<Leaf>,
}

impl Host {
    /// Judges a commit of the snapshot's epoch with what its sender gave beside it; `welcome` is empty when nobody is added.
    ///
    /// # Errors
    /// [`HostError`] says what is wrong with it; the snapshot stays the room's.
    pub fn judge(
        &self,
        room: RoomId,
        snapshot: &[u8],
        commit: &[u8],
        group_info: &[u8],
        welcome: &[u8],
        judgement: &Judgement<'_>,
    ) -> Result<Judged, HostError> {
        let message = read::commit(commit)?;
        let info = read::group_info(group_info)?;
        self.check_room(room, message.group_id())?;
        let mut group = self.load(room, snapshot)?;
        let before = leaves_of(&group)?;
        let asked_for = proposed(&group);
        read::check_epoch(read::epoch(group.group_context().epoch)?, message.epoch())?;

        let received = group.process_incoming_message_with_time(message, mls_time(judgement.now))?;
        let ExternalReceivedMessage::Commit(commit) = received else { return Err(HostError::Malformed) };
        read::check_welcome(welcome, adds(&commit)?)?;
        check_group_info(&mut group, info, commit.committer)?;

        let leaves = leaves_of(&group)?;
        let by = *leaves.iter().find(|leaf| leaf.index == commit.committer).ok_or(HostError::Sender)?;
        let (added, removed) = (without(&leaves, &before), without(&before, &leaves));
        judgement.check(&by, commit.is_external, &added, &leaves)?;
        let asked_for = before.iter().filter(|leaf| asked_for.contains(&leaf.index)).map(place);
        let asked_for: BTreeSet<_> = asked_for.collect();
        let still = leaves.iter().filter(|leaf| asked_for.contains(&place(leaf)));
        let still_proposed: Vec<Leaf> = still.copied().collect();
        if still_proposed.contains(&by) {
            return Err(HostError::ShutOut(by.account));
        }
        if !commit.is_external && !still_proposed.is_empty() {
            return Err(HostError::LeavesOutProposals);
        }
        Ok(Judged {
            snapshot: group.snapshot().to_bytes()?,
            epoch: read::epoch(group.group_context().epoch)?,
            by,
            external: commit.is_external,
            added,
            removed,
            admins: rules::admins_of(&group.group_context().extensions)?,
            tree: group.export_tree()?,
            leaves,
            still_proposed,
        })
    }
}

impl Judgement<'_> {
    fn check(&self, by: &Leaf, external: bool, added: &[Leaf], leaves: &[Leaf]) -> Result<(), HostError> {
        if (by.account, by.device) != (self.account, self.device) {
            return Err(HostError::Sender);
        }
        if limits::SEALED_DEVICES < leaves.len() {
            return Err(HostError::TooMany { devices: leaves.len(), limit: limits::SEALED_DEVICES });
        }
        for leaf in added.iter().chain([by]) {
            if self.shut_out.contains(&leaf.account) {
                return Err(HostError::ShutOut(leaf.account));
            }
        }
        for leaf in added.iter().chain(external.then_some(by)) {
            if !(self.certified)(leaf) {
                return Err(HostError::NotCertified { account: leaf.account, device: leaf.device });
            }
        }
        Ok(())
    }
}

/// How many devices the commit adds by their key packages.
fn adds(commit: &CommitMessageDescription) -> Result<usize, HostError> {
    let CommitEffect::NewEpoch(epoch) = &commit.effect else {
        return Err(HostError::Rules(RulesError::Kind));
    };
    let adds = epoch.applied_proposals.iter();
    let adds = adds.filter(|applied| matches!(applied.proposal, Proposal::Add(_))).count();
    if limits::ADDED_AT_ONCE < adds {
        return Err(HostError::TooMany { devices: adds, limit: limits::ADDED_AT_ONCE });
    }
    Ok(adds)
}

/// The GroupInfo is what the next device comes in by: it has to be of the new epoch, by its committer.
fn check_group_info(group: &mut Group, info: MlsMessage, committer: u32) -> Result<(), HostError> {
    match group.process_incoming_message(info) {
        Ok(ExternalReceivedMessage::GroupInfo(info)) if info.sender() == committer => Ok(()),
        _ => Err(HostError::GroupInfo),
    }
}

fn leaves_of(group: &Group) -> Result<Vec<Leaf>, HostError> {
    Ok(Leaf::all(&group.roster()).map_err(RulesError::from)?)
}

/// The leaves of one tree that have no counterpart in the other.
fn without(leaves: &[Leaf], others: &[Leaf]) -> Vec<Leaf> {
    let others: BTreeSet<_> = others.iter().map(place).collect();
    leaves.iter().filter(|leaf| !others.contains(&place(leaf))).copied().collect()
}

fn place(leaf: &Leaf) -> (u32, AccountId, DeviceId) {
    (leaf.index, leaf.account, leaf.device)
}
