//! Sealed rooms in the hub: what is asked for, what became of it, and who hears of it.
//!
//! What a commit or a group means was judged before it comes here; who may, in which order, and who is told is the hub's.

use std::collections::BTreeSet;
use std::time::Instant;

use domain::name::AccountName;
use domain::role::Action;
use proto::bytes::Bytes;
use proto::ids::{
    AccountId, Commitment, DeviceId, Epoch, IdentityKey, MessageId, RoomId, Seq, SignatureKey, WelcomeId,
};
use proto::limits;
use proto::message::{Answer, DevicePackage, Entry, Event, GoneWhy};
use proto::text::{List, Text};
use store::{CommitDone, JudgedLeaf, NewCommit, NewIdentity, NewKeyPackages, NewProposals, NewSealed};

use super::input::Order;
use super::{Hub, tell};

/// A change of a sealed room, of an identity, or of what waits for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SealedDeed {
    Create {
        message_id: MessageId,
        with: Option<AccountName>,
    },
    Start(Start),
    Commit(NewCommit),
    Post {
        post: NewSealed,
        /// What its sender committed to, for the stamp.
        commitment: Commitment,
    },
    PublishIdentity(NewIdentity),
    AskApproval {
        signature_key: SignatureKey,
    },
    Approve {
        device: DeviceId,
        signature_key: SignatureKey,
        certificate: Bytes<{ limits::CERTIFICATE }>,
        parcel: Bytes<{ limits::PARCEL }>,
    },
    PublishKeyPackages(NewKeyPackages),
    TakeKeyPackages {
        room: RoomId,
        whom: AccountName,
    },
    DropWelcome {
        id: WelcomeId,
    },
    CannotRead {
        room: RoomId,
        seq: Seq,
    },
    /// What the server itself proposes: who has to go.
    Propose(NewProposals),
}

/// A group that was judged and starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) room: RoomId,
    pub(crate) epoch: Epoch,
    pub(crate) snapshot: Vec<u8>,
    pub(crate) group_info: Bytes<{ limits::GROUP_INFO }>,
    pub(crate) tree: Vec<u8>,
    pub(crate) leaf: JudgedLeaf,
}

/// What a committed change of a sealed room made.
#[derive(Debug, Clone)]
pub(crate) enum SealedDone {
    /// Nobody else has to hear of it.
    Noted,
    /// The members or keys of a room changed.
    Changed(Box<CommitDone>),
    /// The account has an identity; in these rooms another one was known before.
    Identified { account: AccountId, name: Text<{ limits::NAME }>, key: IdentityKey, rooms: Vec<RoomId> },
    /// A device asks to be approved.
    Asks { device: DeviceId, label: Text<{ limits::DEVICE_LABEL }>, signature_key: SignatureKey },
    /// A device was approved.
    Approved { device: DeviceId },
    /// So many one-time key packages are left.
    PackagesLeft(u32),
    /// Key packages were handed out.
    Packages(Vec<DevicePackage>),
    /// A device could not make sense of an entry; `fresh` when that was not known.
    Unreadable { fresh: bool },
    /// The server has proposed who has to go.
    Proposed(Vec<Entry>),
}

impl SealedDeed {
    /// Returns the room it is about, where the hub can know that.
    pub(crate) const fn room(&self) -> Option<RoomId> {
        match self {
            Self::Start(Start { room, .. })
            | Self::Commit(NewCommit { room, .. })
            | Self::Post { post: NewSealed { room, .. }, .. }
            | Self::TakeKeyPackages { room, .. }
            | Self::CannotRead { room, .. } => Some(*room),
            _ => None,
        }
    }

    /// Returns the word for logs.
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create_sealed",
            Self::Start(_) => "start_group",
            Self::Commit(_) => "commit",
            Self::Post { .. } => "send_sealed",
            Self::PublishIdentity(_) => "publish_identity",
            Self::AskApproval { .. } => "ask_approval",
            Self::Approve { .. } => "approve_device",
            Self::PublishKeyPackages(_) => "publish_key_packages",
            Self::TakeKeyPackages { .. } => "take_key_packages",
            Self::DropWelcome { .. } => "drop_welcome",
            Self::CannotRead { .. } => "cannot_read",
            Self::Propose(_) => "propose",
        }
    }

    /// Whether others have to read it, so that it counts as something said.
    pub(super) const fn is_entry(&self) -> bool {
        matches!(self, Self::Post { .. } | Self::Commit(_))
    }

    /// Whether it uses up what others have left.
    pub(super) const fn uses_up_others(&self) -> bool {
        matches!(self, Self::TakeKeyPackages { .. })
    }

    /// Returns which action of the permission table it is.
    pub(super) const fn action(&self) -> Action {
        match self {
            Self::Create { with: None, .. } => Action::CreateRoom,
            Self::Create { with: Some(_), .. } => Action::OpenDirect,
            Self::Post { .. } | Self::Propose(_) => Action::Send,
            // What concerns only oneself, and what keeps a group going, is for everybody who may read.
            _ => Action::Read,
        }
    }
}

impl Hub {
    pub(super) fn sealed(&mut self, order: &Order, done: SealedDone, now: Instant) -> Answer {
        match done {
            SealedDone::Noted | SealedDone::Unreadable { .. } => Answer::Done,
            SealedDone::Changed(done) => self.group_changed(*done, now),
            SealedDone::Identified { account, name, key, rooms } => {
                self.keys_changed((account, name), key, &rooms, now);
                Answer::Done
            }
            SealedDone::Asks { device, label, signature_key } => {
                let event = tell::event(Event::DeviceAsks { device, label, signature_key });
                self.tell_others(order.account, order.conn, &event);
                Answer::Done
            }
            SealedDone::Approved { device } => {
                let event = tell::event(Event::DeviceApproved { device });
                self.tell_others(order.account, order.conn, &event);
                Answer::Done
            }
            SealedDone::PackagesLeft(left) => Answer::KeyPackagesLeft { left },
            SealedDone::Packages(packages) => {
                Answer::KeyPackages { packages: List::new(packages).unwrap_or_default() }
            }
            SealedDone::Proposed(entries) => {
                for entry in entries {
                    self.deliver(entry, now);
                }
                Answer::Done
            }
        }
    }

    /// Everybody who was in the room hears the commit; whoever comes in hears the room, and whoever is out that it is gone.
    fn group_changed(&mut self, done: CommitDone, now: Instant) -> Answer {
        let Entry { room, seq, at, .. } = done.entry;
        if !done.fresh {
            return Answer::Accepted { room, seq, at };
        }
        self.deliver(done.entry, now);
        for account in done.gone {
            self.gone(account, room, GoneWhy::Kicked, "", now);
        }
        for (account, summary) in done.joined {
            self.joined(account, &summary, true, now);
        }
        self.rooms.set_members(room, done.members, now);
        let waits = tell::event(Event::WelcomeWaits { room });
        for (_, device) in done.welcomed {
            if let Some(conn) = self.people.by_device(device) {
                self.people.tell(conn, waits.clone(), &mut self.evicted);
            }
        }
        Answer::Accepted { room, seq, at }
    }

    /// Whoever shares a sealed room with the account hears once that its key is another; the account itself leaves them.
    fn keys_changed(
        &mut self,
        (account, name): (AccountId, Text<{ limits::NAME }>),
        key: IdentityKey,
        rooms: &[RoomId],
        now: Instant,
    ) {
        for room in rooms {
            self.gone(account, *room, GoneWhy::Left, "", now);
        }
        let readers: BTreeSet<_> = rooms.iter().flat_map(|room| self.rooms.readers(*room)).collect();
        let event = tell::event(Event::KeysChanged { account, name, key });
        for conn in readers {
            self.people.tell(conn, event.clone(), &mut self.evicted);
        }
    }
}
