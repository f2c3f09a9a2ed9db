//! What the server tells a client unasked.

use minicbor::{Decode, Encode};

use super::log::Entry;
use super::report::HeldDecision;
use super::server::{Person, RoomSummary};
use crate::ids::{AccountId, DeviceId, IdentityKey, MessageId, RoomId, Seq, SignatureKey, Timestamp};
use crate::limits;
use crate::text::{List, Text};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Event {
    /// A new entry in a room one is in. Entries of one room come in order; a gap is filled with `History`.
    #[n(0)]
    Entry(#[n(0)] Entry),
    /// A room one is in, at login, after joining, and when its name changes.
    #[n(1)]
    Room(#[n(0)] RoomSummary),
    /// One is no longer in this room.
    #[n(2)]
    RoomGone {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        why: GoneWhy,
        /// The reason a moderator gave.
        #[n(2)]
        reason: Text<{ limits::REASON }>,
    },
    /// All rooms have been named; what follows is live.
    #[n(3)]
    Ready,
    /// People came or went; several changes are told at once.
    #[n(4)]
    People(#[n(0)] PeopleChange),
    /// Another of one's devices has read this far.
    #[n(5)]
    Read {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        upto: Seq,
    },
    /// Something the person should see.
    #[n(6)]
    Notice {
        #[n(0)]
        kind: NoticeKind,
        #[n(1)]
        text: Text<{ limits::DETAIL }>,
    },
    /// The server closes the connection. The last message; without it, the connection was cut.
    #[n(7)]
    Goodbye(#[n(0)] Goodbye),
    /// Everything this account wrote from `since` to `upto` was removed, in every room: clients blank what they keep.
    #[n(8)]
    Purged {
        #[n(0)]
        account: AccountId,
        #[n(1)]
        since: Timestamp,
        #[n(2)]
        upto: Timestamp,
    },
    /// A `Purged` was taken back: `History` has the texts again.
    #[n(9)]
    Restored {
        #[n(0)]
        account: AccountId,
        #[n(1)]
        since: Timestamp,
        #[n(2)]
        upto: Timestamp,
    },
    /// A room one is in became slower, faster, locked or unlocked.
    #[n(10)]
    RoomPosture {
        #[n(0)]
        room: RoomId,
        /// Seconds each person waits between two messages; 0 without slow mode.
        #[n(1)]
        slow_seconds: u32,
        /// Whether only staff may write.
        #[n(2)]
        locked: bool,
    },
    /// A moderator decided about a message of one's own that was held. A released one also comes as an entry.
    #[n(11)]
    Held {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        #[n(2)]
        decided: HeldDecision,
    },
    /// Another of one's devices asks to be approved: the person compares the approval code on both.
    #[n(12)]
    DeviceAsks {
        #[n(0)]
        device: DeviceId,
        #[n(1)]
        label: Text<{ limits::DEVICE_LABEL }>,
        #[n(2)]
        signature_key: SignatureKey,
    },
    /// One of one's devices was approved; `Identity` has its certificate and parcel.
    #[n(13)]
    DeviceApproved {
        #[n(0)]
        device: DeviceId,
    },
    /// `ListWelcomes` has a Welcome into this room for this device.
    #[n(14)]
    WelcomeWaits {
        #[n(0)]
        room: RoomId,
    },
    /// Somebody one shares a sealed room with has another identity key: whoever had compared the old one compares anew.
    #[n(15)]
    KeysChanged {
        #[n(0)]
        account: AccountId,
        #[n(1)]
        name: Text<{ limits::NAME }>,
        #[n(2)]
        key: IdentityKey,
    },
}

/// Presence and membership of one room since the event before. In a large room the lists are empty and only the
/// counts move.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PeopleChange {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// New members, and members whose presence changed, as they are now.
    #[n(1)]
    pub changed: List<Person, { limits::PEOPLE }>,
    /// No longer members.
    #[n(2)]
    pub left: List<AccountId, { limits::PEOPLE }>,
    /// Members in all.
    #[n(3)]
    pub members: u32,
    /// Members online.
    #[n(4)]
    pub online: u32,
}

/// Why one is no longer in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum GoneWhy {
    /// One left, perhaps on another device.
    #[n(0)]
    Left,
    /// A moderator removed one.
    #[n(1)]
    Kicked,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum NoticeKind {
    /// A device logged in as this account for the first time.
    #[n(0)]
    NewDevice,
    /// From the operator.
    #[n(1)]
    Operator,
    /// To staff: there is a new report.
    #[n(2)]
    Report,
    /// To a reporter: a report was decided.
    #[n(3)]
    Outcome,
    /// To everybody, also at login while it stands.
    #[n(4)]
    Announcement,
    /// A measure against the reader began, ended or changed.
    #[n(5)]
    Sanction,
    /// To staff: the raid level changed.
    #[n(6)]
    Raid,
}

/// Why the server closes, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Goodbye {
    /// The machine-readable reason.
    #[n(0)]
    pub reason: GoodbyeReason,
    /// The sentence for the person.
    #[n(1)]
    pub detail: Text<{ limits::DETAIL }>,
    /// When coming back makes sense; absent: at once for `Draining`, `Slow` and `Idle`, later for
    /// `PendingApproval`, never for the others.
    #[n(2)]
    pub retry_after_ms: Option<u64>,
}

/// Why the server closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum GoodbyeReason {
    /// The same device connected again.
    #[n(0)]
    Replaced,
    /// The server stops or restarts.
    #[n(1)]
    Draining,
    /// The client read too slowly; it catches up from the log.
    #[n(2)]
    Slow,
    /// A moderator cut the connection.
    #[n(3)]
    Kicked,
    /// The account is banned.
    #[n(4)]
    Banned,
    /// The device's login was ended.
    #[n(5)]
    Revoked,
    /// The client broke the protocol.
    #[n(6)]
    Protocol,
    /// Nothing was heard from the client.
    #[n(7)]
    Idle,
    /// The client said goodbye.
    #[n(8)]
    Asked,
    /// The account was made, and a moderator has yet to approve it.
    #[n(9)]
    PendingApproval,
}
