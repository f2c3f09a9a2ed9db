//! What the hub is told: sessions that come, ask and go, the journal's results, other processes' changes.
//!
//! tidy: long because everything that can be told is listed in one place.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use domain::cidr::Cidr;
use domain::filter::FilterSet;
use domain::name::{AccountName, RoomName};
use domain::raid::Posture;
use domain::role::Action;
use domain::settings::Settings;
use domain::throttle::Rate;
use proto::ids::{
    AccountId, DeviceId, HeldId, MessageId, ReportId, RequestId, RoomId, SanctionId, Seq, Timestamp,
};
use proto::limits;
use proto::message::{
    Content, DevicePage, Entry, MemberPage, NoticeKind, Opened, ReportCategory, ReportWhat, Role, RoomSummary,
};
use proto::refusal::Refusal;
use proto::text::Text;

use super::guard::{Author, Penalty, Rule};
use super::sealed::{SealedDeed, SealedDone};
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
    /// The server itself has something to write.
    Own(Deed),
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
    /// Where the connection comes from.
    pub(crate) address: IpAddr,
    pub(crate) outbox: Arc<Outbox>,
    /// Set when this device logged in for the first time: what the person calls it.
    pub(crate) new_device: Option<Text<{ limits::DEVICE_LABEL }>>,
}

/// What the database says about a session that is attached already, so that nothing committed since is missed.
#[derive(Debug)]
pub(crate) enum Standing {
    /// It stays.
    Welcome(Welcome),
    /// The account, its device or its network was banned in the meantime.
    Banned { reason: String },
    /// The device was revoked in the meantime, or the account is gone.
    Revoked,
}

/// Who somebody is, as the database has it.
#[derive(Debug)]
pub(crate) struct Welcome {
    pub(crate) name: Text<{ limits::NAME }>,
    pub(crate) role: Role,
    /// The rooms to hear from.
    pub(crate) rooms: Vec<RoomSummary>,
    /// What binds them.
    pub(crate) author: Author,
    /// What they have to be told first.
    pub(crate) notices: Vec<Notice>,
}

/// A line that somebody should see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) kind: NoticeKind,
    pub(crate) text: String,
}

/// Who hears a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Everybody online.
    Everybody,
    /// Staff on duty: whose role permits this.
    Staff(Action),
    /// One account.
    Account(AccountId),
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
    Append {
        room: RoomId,
        message_id: MessageId,
        content: Content,
    },
    CreateRoom {
        name: RoomName,
        topic: Text<{ limits::TOPIC }>,
    },
    Join {
        name: RoomName,
    },
    Leave {
        room: RoomId,
    },
    OpenDirect {
        with: AccountName,
    },
    MarkRead {
        room: RoomId,
        upto: Seq,
    },
    RevokeDevice {
        device: DeviceId,
    },
    Kick {
        room: RoomId,
        whom: AccountName,
        reason: Text<{ limits::REASON }>,
    },
    Ban {
        whom: AccountName,
        reason: Text<{ limits::REASON }>,
        seconds: Option<u64>,
    },
    Unban {
        whom: AccountName,
        reason: Text<{ limits::REASON }>,
    },
    Mute {
        room: Option<RoomId>,
        whom: AccountName,
        reason: Text<{ limits::REASON }>,
        seconds: Option<u64>,
    },
    Unmute {
        room: Option<RoomId>,
        whom: AccountName,
        reason: Text<{ limits::REASON }>,
    },
    RoomBan {
        room: RoomId,
        whom: AccountName,
        reason: Text<{ limits::REASON }>,
        seconds: Option<u64>,
    },
    RoomUnban {
        room: RoomId,
        whom: AccountName,
        reason: Text<{ limits::REASON }>,
    },
    SlowMode {
        room: RoomId,
        seconds: u32,
    },
    Raid {
        posture: RaidOrder,
        reason: Text<{ limits::REASON }>,
    },
    Purge {
        whom: AccountName,
        reason: Text<{ limits::REASON }>,
        /// How far back; from the beginning when absent.
        seconds: Option<u64>,
    },
    Report {
        what: ReportWhat,
        category: ReportCategory,
        note: Text<{ limits::REASON }>,
    },
    /// Messages of a sealed room that are opened for the moderators.
    ReportSealed(SealedReport),
    /// A message that a rule keeps for a moderator.
    Hold {
        room: RoomId,
        message_id: MessageId,
        content: Content,
        why: String,
        rule: Rule,
    },
    /// A rule's measure against whoever asked; the refusal is what they are told.
    Punish {
        penalty: Penalty,
        rule: Rule,
        refusal: Refusal,
    },
    /// What a moderator decided about a held message, carried out by the server itself.
    CarryOut {
        held: HeldId,
    },
    /// The raid level that too many joins set, set by the server itself.
    Raise {
        posture: Posture,
    },
    /// Something about sealed rooms.
    Sealed(Box<SealedDeed>),
}

/// Messages of a sealed room that somebody opens for the moderators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedReport {
    pub(crate) room: RoomId,
    pub(crate) category: ReportCategory,
    pub(crate) note: Text<{ limits::REASON }>,
    pub(crate) opened: Vec<Opened>,
}

/// A raid level that a moderator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RaidOrder {
    pub(crate) level: domain::raid::RaidLevel,
    /// Until somebody changes it when absent.
    pub(crate) minutes: Option<u32>,
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
    Kicked { room: RoomId, account: AccountId, reason: Text<{ limits::REASON }>, mark: Mark },
    /// Somebody was banned.
    Banned { account: AccountId, reason: Text<{ limits::REASON }>, mark: Mark },
    /// A ban was lifted.
    Unbanned,
    /// What binds somebody has changed.
    Bound { account: AccountId, author: Author },
    /// Somebody is banned from a room.
    RoomBanned {
        account: AccountId,
        room: RoomId,
        reason: Text<{ limits::REASON }>,
        mark: Mark,
        author: Author,
    },
    /// The raid level has changed.
    Raided { posture: Posture },
    /// A room is slower or faster.
    Paced { room: RoomId, pace: Pace },
    /// What somebody wrote is hidden; everybody hears of it from the feed, as of a purge by another process.
    Purged { messages: u64, more: bool },
    /// The moderators have it.
    Reported { report: ReportId },
    /// The message waits.
    Held { why: String },
    /// A rule's measure stands.
    Punished { refusal: Refusal, account: AccountId, penalty: Penalty, author: Author },
    /// Something about sealed rooms.
    Sealed(Box<SealedDone>),
    /// A decision about a held message is carried out: released with its entry, or rejected.
    CarriedOut { author: AccountId, room: RoomId, message_id: MessageId, entry: Option<Entry>, fresh: bool },
}

/// How a room may be written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) slow_seconds: u32,
    pub(crate) locked: bool,
}

/// What another process changed, as the database says it is.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// Somebody is banned from the server.
    Banned { whom: Whom, reason: String, mark: Mark },
    /// Somebody is banned from a room.
    RoomBanned { account: AccountId, room: RoomId, reason: String, mark: Mark },
    /// What binds an account; with words for them if that is new.
    Bound { account: AccountId, author: Author, words: Option<String> },
    /// The device's login is over.
    Revoked { device: DeviceId },
    /// Name and role as they are.
    Account { account: AccountId, name: Text<{ limits::NAME }>, role: Role },
    /// A room has this many members.
    Members { room: RoomId, members: u32 },
    /// The account was removed from the room.
    Kicked { account: AccountId, room: RoomId, reason: Text<{ limits::REASON }>, mark: Mark },
    /// How far the server is closed.
    Posture(Posture),
    /// Settings of moderation.
    Settings(Arc<Settings>),
    /// The filters, compiled.
    Filters(Arc<FilterSet>),
    /// How a room may be written in.
    Paced { room: RoomId, pace: Pace },
    /// What an author wrote in a stretch of time is hidden, or shown again.
    Purged { account: AccountId, since: Timestamp, upto: Timestamp, hidden: bool },
    /// Many measures changed at once: everybody online is looked at again.
    Recheck,
    /// A session is over, because of a measure that was found on looking again.
    Ended { conn: ConnId, reason: String, mark: Mark },
    /// Something to be told.
    Notice(Audience, Notice),
}

/// Whom a ban from the server is against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whom {
    Accounts(Vec<AccountId>),
    Device(DeviceId),
    Network(Cidr),
}

/// The measure that is carried out, and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sanction: SanctionId,
    pub(crate) at: Timestamp,
}

impl Deed {
    /// Returns the room it is about, where the hub can know that.
    pub(crate) fn room(&self) -> Option<RoomId> {
        match self {
            Self::Append { room, .. } | Self::MarkRead { room, .. } | Self::Leave { room } => Some(*room),
            Self::Sealed(deed) => deed.room(),
            _ => None,
        }
    }

    /// Whether it changes the members or keys of a sealed room.
    pub(crate) fn is_commit(&self) -> bool {
        matches!(self, Self::Sealed(deed) if matches!(**deed, SealedDeed::Commit(_)))
    }

    /// Returns the word for logs.
    #[must_use]
    pub(crate) fn label(&self) -> &'static str {
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
            Self::Mute { .. } => "mute",
            Self::Unmute { .. } => "unmute",
            Self::RoomBan { .. } => "room_ban",
            Self::RoomUnban { .. } => "room_unban",
            Self::SlowMode { .. } => "slow_mode",
            Self::Raid { .. } => "raid",
            Self::Purge { .. } => "purge",
            Self::Report { .. } => "report",
            Self::ReportSealed(_) => "report_sealed",
            Self::Hold { .. } => "hold",
            Self::Punish { .. } => "punish",
            Self::CarryOut { .. } => "carry_out",
            Self::Raise { .. } => "raise",
            Self::Sealed(deed) => deed.label(),
        }
    }
}

impl Order {
    /// Returns the order under which the server itself acts; nobody waits for its answer.
    pub(crate) fn of_server(since: Instant) -> Self {
        // Neither a connection nor a row of the database has the number 0.
        let account = AccountId::new(0).expect("0 is within the range of ids");
        let device = DeviceId::new(0).expect("0 is within the range of ids");
        Self { conn: ConnId(0), request: RequestId(0), account, device, role: Role::Bot, since }
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
