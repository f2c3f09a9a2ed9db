//! Commits: adding and removing devices, new keys, the removals that the server asks for.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use mls_rs::group::CommitOutput;
use mls_rs::group::proposal::Proposal;
use mls_rs::{Group, MlsMessage};
use proto::bytes::Bytes;
use proto::ids::{AccountId, IdentityKey, MessageId, RoomId, Timestamp};
use proto::limits;
use proto::message::{Command, DevicePackage};

use super::record::{self, Outgoing, Pin, numbered_key};
use super::step::{COMMIT, Step};
use super::{Config, Member, MemberError};
use crate::leaf::{Leaf, mls_time};
use crate::rules;
use crate::vault::{Table, Vault};

/// What a commit is for. Each one also carries out the removals that the server has asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Intent {
    /// Those removals alone.
    #[n(0)]
    Evictions,
    /// Fresh keys of this device.
    #[n(1)]
    Update,
    /// Devices of one account come in.
    #[n(2)]
    Add {
        #[n(0)]
        account: AccountId,
        #[n(1)]
        packages: Vec<DevicePackage>,
    },
    /// An account goes with all its devices.
    #[n(3)]
    Remove {
        #[n(0)]
        account: AccountId,
    },
    /// The room has these admins from here on.
    #[n(4)]
    Admins {
        #[n(0)]
        admins: BTreeSet<AccountId>,
    },
}

impl<V: Vault> Member<V> {
    /// Makes a commit and returns it for sending. It counts when it comes back in the log; if another one was first,
    /// [`super::Processed::lost`] gives the intent back.
    ///
    /// # Errors
    /// [`MemberError`] when the room's rules or an account's changed key forbid it, or one is under way already.
    pub fn commit(&mut self, room: RoomId, intent: Intent, now: Timestamp) -> Result<Command, MemberError> {
        self.step(room, |step| {
            let known = step.known_key(&intent)?;
            let own = (step.account, step.device);
            let (record, group) = step.active()?;
            let epoch = record.epoch;
            if group.has_pending_commit() {
                return Err(MemberError::CommitUnderway);
            }
            let output = build(group, own, &intent, known, now)?;
            let commit = step.keep_commit(Outgoing::Commit {
                message_id: random_id(),
                epoch,
                commit: bounded(output.commit_message.to_bytes()?)?,
                group_info: bounded(group_info(&output)?)?,
                welcome: bounded(welcome(&output)?)?,
                intent: Some(intent),
            });
            step.group_changed();
            Ok(commit)
        })
    }
}

impl<V: Vault> Step<'_, V> {
    /// Puts the commit at the head of the outbox.
    pub(super) fn keep_commit(&mut self, commit: Outgoing) -> Command {
        self.batch.put(Table::Outbox, numbered_key(self.room, COMMIT), record::row(&commit));
        command(self.room, commit).expect("a commit is always ready to be sent")
    }

    /// Pins the key of an account that is seen for the first time. Returns whether it is the one it is known by.
    pub(super) fn pin(&mut self, account: AccountId, key: IdentityKey) -> Result<bool, MemberError> {
        let place = account.get().to_be_bytes();
        let pinned = self.vault.get(Table::Pin, &place).map_err(MemberError::vault)?;
        let pinned: Option<Pin> = pinned.map(|row| record::read(&row)).transpose()?;
        if pinned.is_none() {
            self.batch.put(Table::Pin, place, record::row(&Pin { key, verified: false }));
        }
        Ok(pinned.is_none_or(|pin| pin.key == key))
    }

    /// Refuses to add an account by a key that is not the one it is known by.
    fn known_key(&mut self, intent: &Intent) -> Result<Option<IdentityKey>, MemberError> {
        let Intent::Add { account, packages } = intent else { return Ok(None) };
        let first = packages.first().ok_or(MemberError::NothingToDo)?;
        let key = leaf_of(&first.package)?.1.identity;
        if self.pin(*account, key)? { Ok(Some(key)) } else { Err(MemberError::KeyChanged(*account)) }
    }
}

/// Returns the command that sends a row of the outbox; `None` for a message that is not sealed yet.
pub(super) fn command(room: RoomId, outgoing: Outgoing) -> Option<Command> {
    match outgoing {
        Outgoing::Commit { message_id, epoch, commit, group_info, welcome, .. } => {
            Some(Command::Commit { room, message_id, epoch, commit, group_info, welcome })
        }
        Outgoing::Message { message_id, blob, sealed, .. } => sealed.map(|sealed| Command::SendSealed {
            room,
            message_id,
            epoch: sealed.epoch,
            message: sealed.message,
            blob,
        }),
    }
}

/// Takes bytes that fit their place on the wire.
pub(super) fn bounded<const MAX: usize>(bytes: Vec<u8>) -> Result<Bytes<MAX>, MemberError> {
    let len = bytes.len();
    Bytes::new(bytes).map_err(|_| MemberError::TooLarge { len, limit: MAX })
}

/// Returns a fresh id for a commit.
pub(super) fn random_id() -> MessageId {
    let mut id = [0; 16];
    getrandom::fill(&mut id).expect("the operating system gives random bytes");
    MessageId(id)
}

fn build(
    group: &mut Group<Config>,
    own: (AccountId, proto::ids::DeviceId),
    intent: &Intent,
    known: Option<IdentityKey>,
    now: Timestamp,
) -> Result<CommitOutput, MemberError> {
    let leaves = Leaf::all(&group.roster())?;
    let asked_for = asked_for(group);
    let mine = leaves.iter().find(|leaf| (leaf.account, leaf.device) == own);
    if mine.is_none_or(|leaf| asked_for.contains(&leaf.index)) {
        return Err(MemberError::BeingEvicted);
    }
    let extensions = group.context().extensions.clone();
    let mut commit = group.commit_builder().commit_time(mls_time(now));
    match intent {
        Intent::Update => {}
        Intent::Evictions if asked_for.is_empty() => return Err(MemberError::NothingToDo),
        Intent::Evictions => {}
        Intent::Add { account, packages } => {
            let mut added = 0;
            for DevicePackage { device, package } in packages {
                let (message, leaf) = leaf_of(package)?;
                if (leaf.account, leaf.device) != (*account, *device) || Some(leaf.identity) != known {
                    return Err(MemberError::Malformed);
                }
                if leaves.iter().any(|there| (there.account, there.device) == (*account, *device)) {
                    continue;
                }
                commit = commit.add_member(message)?;
                added += 1;
            }
            if added == 0 {
                return Err(MemberError::NothingToDo);
            }
            if limits::ADDED_AT_ONCE < added {
                return Err(MemberError::TooLarge { len: added, limit: limits::ADDED_AT_ONCE });
            }
        }
        Intent::Remove { account } => {
            let theirs = leaves.iter().filter(|leaf| leaf.account == *account);
            let theirs: Vec<u32> = theirs.map(|leaf| leaf.index).collect();
            if theirs.is_empty() {
                return Err(MemberError::NothingToDo);
            }
            for index in theirs.into_iter().filter(|index| !asked_for.contains(index)) {
                commit = commit.remove_member(index)?;
            }
        }
        Intent::Admins { admins } => {
            let mut changed = extensions;
            changed.set(rules::admins_extension(admins)?);
            commit = commit.set_group_context_ext(changed)?;
        }
    }
    Ok(commit.build()?)
}

/// The leaves that the server wants removed.
pub(super) fn asked_for(group: &Group<Config>) -> BTreeSet<u32> {
    let proposals = group.get_cached_proposals();
    let removals = proposals.iter().filter_map(|cached| match cached.proposal() {
        Proposal::Remove(removal) => Some(removal.to_remove()),
        _ => None,
    });
    removals.collect()
}

fn leaf_of(package: &[u8]) -> Result<(MlsMessage, Leaf), MemberError> {
    let message = MlsMessage::from_bytes(package).map_err(|_| MemberError::Malformed)?;
    let package = message.as_key_package().ok_or(MemberError::Malformed)?;
    let leaf = Leaf::of(u32::MAX, package.signing_identity())?;
    Ok((message, leaf))
}

fn group_info(output: &CommitOutput) -> Result<Vec<u8>, MemberError> {
    let info = output.external_commit_group_info().ok_or(MemberError::Malformed)?;
    Ok(info.to_bytes()?)
}

fn welcome(output: &CommitOutput) -> Result<Vec<u8>, MemberError> {
    match output.welcome_messages() {
        [] => Ok(Vec::new()),
        [welcome] => Ok(welcome.to_bytes()?),
        _ => Err(MemberError::Malformed),
    }
}
