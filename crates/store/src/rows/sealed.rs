//! Sealed rooms: their groups, who is in them, who has to go, what waits for whom.
//!
//! The store keeps what others have judged: it knows no MLS. What it decides itself, in the transaction that writes, is
//! who may (membership, measures, evictions), which epoch it is, and that nothing is accepted twice.

use proto::bytes::Bytes;
use proto::ids::{
    AccountId, BlobId, DeviceId, Epoch, EvictionId, IdentityKey, MessageId, RoomId, SanctionId, Seq,
    SignatureKey, Timestamp,
};
use proto::limits;
use proto::message::{Entry, EvictWhy, RoomSummary};

/// The group of a sealed room, as the server follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    pub room: RoomId,
    /// Whether there is one: it may not have started, or be over.
    pub live: bool,
    pub epoch: Epoch,
    /// How often the snapshot has changed.
    pub version: u64,
    /// The entry that began the epoch.
    pub seq: Seq,
    pub snapshot: Vec<u8>,
    pub group_info: Bytes<{ limits::GROUP_INFO }>,
}

/// A device in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeafRow {
    pub leaf: u32,
    pub account: AccountId,
    pub device: DeviceId,
    pub signature_key: SignatureKey,
}

/// A device in a group that was judged, with the identity that vouches for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgedLeaf {
    pub row: LeafRow,
    pub identity: IdentityKey,
}

/// A sealed room to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSealedRoom {
    pub by: AccountId,
    /// The other person, if it is a room of two.
    pub with: Option<AccountId>,
    pub message_id: MessageId,
    pub at: Timestamp,
}

/// A group that was judged and starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    pub room: RoomId,
    pub by: AccountId,
    pub device: DeviceId,
    pub epoch: Epoch,
    pub snapshot: Vec<u8>,
    pub group_info: Bytes<{ limits::GROUP_INFO }>,
    pub tree: Vec<u8>,
    /// The only device in it.
    pub leaf: JudgedLeaf,
    pub at: Timestamp,
}

/// A commit that was judged against one version of the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    pub room: RoomId,
    pub author: AccountId,
    pub device: DeviceId,
    pub message_id: MessageId,
    /// The epoch it ends.
    pub epoch: Epoch,
    /// The version of the group that it was judged against.
    pub version: u64,
    pub message: Bytes<{ limits::MLS_MESSAGE }>,
    pub group_info: Bytes<{ limits::GROUP_INFO }>,
    /// Empty when nobody is added.
    pub welcome: Bytes<{ limits::WELCOME }>,
    /// The group after it.
    pub snapshot: Vec<u8>,
    pub tree: Vec<u8>,
    pub leaves: Vec<JudgedLeaf>,
    pub at: Timestamp,
}

/// What a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitDone {
    pub entry: Entry,
    /// Whether it was accepted by this call; if not, the rest is empty.
    pub fresh: bool,
    /// Who is a member since, with the room as they see it.
    pub joined: Vec<(AccountId, RoomSummary)>,
    /// Who is none any more.
    pub gone: Vec<AccountId>,
    /// Devices for which a Welcome waits.
    pub welcomed: Vec<(AccountId, DeviceId)>,
    /// Evictions that it carried out.
    pub evicted: Vec<EvictionRow>,
    /// Whether somebody still has to go: the server proposes it again for the epoch.
    pub evicting: bool,
    pub members: u32,
}

/// A message of a sealed room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSealed {
    pub room: RoomId,
    pub author: AccountId,
    pub device: DeviceId,
    pub message_id: MessageId,
    pub epoch: Epoch,
    pub message: Bytes<{ limits::MLS_MESSAGE }>,
    pub blob: Option<BlobId>,
    pub at: Timestamp,
}

/// The removal of somebody from a sealed room, from the measure to the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvictionRow {
    pub id: EvictionId,
    pub room: RoomId,
    pub account: AccountId,
    /// Absent for all devices of the account.
    pub device: Option<DeviceId>,
    pub why: EvictWhy,
    pub sanction: Option<SanctionId>,
    pub asked_at: Timestamp,
    /// The entry with the server's proposals for the epoch.
    pub proposed: Option<Seq>,
    pub done_at: Option<Timestamp>,
    /// The epoch in which it was done.
    pub done_epoch: Epoch,
    /// Who committed it; nobody when nobody was left to.
    pub done_by: Option<(AccountId, DeviceId)>,
}

/// Proposals of the server that were made for one version of the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProposals {
    pub room: RoomId,
    pub epoch: Epoch,
    pub version: u64,
    /// The group with them.
    pub snapshot: Vec<u8>,
    pub entries: Vec<NewEvict>,
    /// Evictions whose devices are all proposed already.
    pub covered: Vec<EvictionId>,
    pub at: Timestamp,
}

/// One entry that says who has to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvict {
    pub message_id: MessageId,
    pub account: AccountId,
    pub why: EvictWhy,
    /// Which evictions are proposed with it.
    pub evictions: Vec<EvictionId>,
    /// MLS proposals, at most `limits::PROPOSALS`.
    pub proposals: Vec<Bytes<{ limits::PROPOSAL }>>,
}

/// What the server has to propose in a room: for each eviction the leaves to remove that are not proposed yet, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToPropose {
    pub group: GroupRow,
    pub evictions: Vec<(EvictionRow, Vec<LeafRow>)>,
}

/// An identity to be published, whose signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIdentity {
    pub account: AccountId,
    pub device: DeviceId,
    pub key: IdentityKey,
    pub certificate: Bytes<{ limits::CERTIFICATE }>,
    pub signature_key: SignatureKey,
    pub replaces: Option<IdentityKey>,
    pub at: Timestamp,
}

/// What publishing an identity changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// Whether another identity was replaced.
    pub replaced: bool,
    /// Sealed rooms the account was in: their members hear that its key has changed.
    pub rooms: Vec<RoomId>,
}

/// A device as its account's identity knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceIdentityRow {
    pub device: DeviceId,
    pub account: AccountId,
    pub signature_key: SignatureKey,
    pub certificate: Option<Bytes<{ limits::CERTIFICATE }>>,
    pub parcel: Option<Bytes<{ limits::PARCEL }>>,
    pub asks: bool,
}

/// Key packages that a device leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKeyPackages {
    pub account: AccountId,
    pub device: DeviceId,
    /// Each with its end.
    pub packages: Vec<(Bytes<{ limits::KEY_PACKAGE }>, Timestamp)>,
    pub last_resort: Option<(Bytes<{ limits::KEY_PACKAGE }>, Timestamp)>,
    pub at: Timestamp,
}

/// How much there is of sealed rooms, for metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SealedCounts {
    /// Rooms with a group.
    pub rooms: u64,
    /// Evictions that are open.
    pub evicting: u64,
    /// When the oldest of them was asked for.
    pub oldest: Option<Timestamp>,
}
