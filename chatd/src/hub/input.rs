//! What the hub is told: sessions that come, ask and go, the journal's results, other processes' changes.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use domain::name::{AccountName, RoomName};
use domain::throttle::Rate;
use proto::ids::{AccountId, DeviceId, MessageId, RequestId, RoomId, SanctionId, Seq};
use proto::limits;
use proto::message::{Content, DevicePage, Entry, MemberPage, Role, RoomSummary};
use proto::refusal::Refusal;
use proto::text::Text;

use crate::outbox::Outbox;

/// A connection's number; never used again while the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConnId(pub(crate) u64);

/// One thing the hub is told.
#[derive(Debug)]
pub(crate) enum Input {
    /// A session is logged in and wants to hear what happens.
    Attach(Attach),
    /// The shell has read what the session may see.
    Loaded(ConnId, Result<Standing, LoadFailed>),
    /// A session asks for something.
    Request { conn: ConnId, request: RequestId, act: Act },
    /// The journal finished a write. Writes are told in the order of their commits.
    Committed(Committed),
    /// Another process changed something that concerns people online.
    Changed(Change),
    /// Somebody who has an account's password is guessing codes; its owner is told.
    Warn(AccountId),
    /// A session ended.
    Detach(ConnId),
    /// The server stops: everybody is told and let go.
    Drain,
    /// The time to leave is over: who is still connected is cut.
    Cut,
    /// The operator changed how many entries one account may add.
    Limit(Rate),
}

/// A logged-in session.
#[derive(Debug)]
pub(crate) struct Attach {
    pub(crate) conn: ConnId,
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) name: Text<{ limits::NAME }>,
    pub(crate) role: Role,
    pub(crate) outbox: Arc<Outbox>,
    /// Set when this device logged in for the first time: what the person calls it.
    pub(crate) new_device: Option<Text<{ limits::DEVICE_LABEL }>>,
}

/// What the database says about a session that is attached already, so that nothing committed since is missed.
#[derive(Debug)]
pub(crate) enum Standing {
    /// It stays: name and role as they are, and the rooms to hear from.
    Welcome { name: Text<{ limits::NAME }>, role: Role, rooms: Vec<RoomSummary> },
    /// The account was banned in the meantime.
    Banned { reason: String },
    /// The device was revoked in the meantime, or the account is gone.
    Revoked,
}

/// The database could not be read; the log has the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoadFailed;

/// What a session can ask the hub for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Something that is written.
    Write(Deed),
    /// A page of members from the database; the hub knows who is online.
    Members { room: RoomId, page: MemberPage },
    /// The account's devices from the database; the hub knows which are online.
    Devices(DevicePage),
}

/// A change to the database, asked for by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    Append { room: RoomId, message_id: MessageId, content: Content },
    CreateRoom { name: RoomName, topic: Text<{ limits::TOPIC }> },
    Join { name: RoomName },
    Leave { room: RoomId },
    OpenDirect { with: AccountName },
    MarkRead { room: RoomId, upto: Seq },
    RevokeDevice { device: DeviceId },
    Kick { room: RoomId, whom: AccountName, reason: Text<{ limits::REASON }> },
    Ban { whom: AccountName, reason: Text<{ limits::REASON }>, seconds: Option<u64> },
    Unban { whom: AccountName, reason: Text<{ limits::REASON }> },
}

/// Who asked for a deed, and where the answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) conn: ConnId,
    pub(crate) request: RequestId,
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) role: Role,
    pub(crate) since: Instant,
}

/// A deed that is on disk, or was refused.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) order: Order,
    pub(crate) result: Result<Done, Refusal>,
}

/// What a committed deed changed.
#[derive(Debug, Clone)]
pub(crate) enum Done {
    /// An entry. `fresh` is false when the same message id was committed before: then only the sender is told again.
    Appended { entry: Entry, fresh: bool },
    /// The account is in the room; `fresh` is false when it was already.
    Joined { summary: RoomSummary, fresh: bool },
    /// The account is no longer in the room.
    Left { room: RoomId },
    /// A room of two exists; `theirs` is how the other person sees it, when it is new.
    Opened { ours: RoomSummary, other: AccountId, theirs: Option<RoomSummary> },
    /// The account has read this far.
    Read { room: RoomId, upto: Seq },
    /// The device's login is over.
    Revoked { device: DeviceId },
    /// Somebody was removed from a room.
    Kicked { room: RoomId, account: AccountId, reason: Text<{ limits::REASON }>, sanction: SanctionId },
    /// Somebody was banned.
    Banned { account: AccountId, reason: Text<{ limits::REASON }> },
    /// A ban was lifted.
    Unbanned,
}

/// What another process changed, as the database says it is.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// The account is banned.
    Banned { account: AccountId, reason: String },
    /// The device's login is over.
    Revoked { device: DeviceId },
    /// Name and role as they are.
    Account { account: AccountId, name: Text<{ limits::NAME }>, role: Role },
    /// A room has this many members.
    Members { room: RoomId, members: u32 },
    /// The account was removed from the room.
    Kicked { account: AccountId, room: RoomId, reason: Text<{ limits::REASON }>, sanction: SanctionId },
}

impl Deed {
    /// Returns the word for logs.
    #[must_use]
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Append { .. } => "append",
            Self::CreateRoom { .. } => "create_room",
            Self::Join { .. } => "join",
            Self::Leave { .. } => "leave",
            Self::OpenDirect { .. } => "open_direct",
            Self::MarkRead { .. } => "mark_read",
            Self::RevokeDevice { .. } => "revoke_device",
            Self::Kick { .. } => "kick",
            Self::Ban { .. } => "ban",
            Self::Unban { .. } => "unban",
        }
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
