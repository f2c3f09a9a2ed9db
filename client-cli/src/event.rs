//! What a program hears from a running client.

use std::time::Duration;

use proto::ids::{AccountId, DeviceId, IdentityKey, MessageId, RoomId, Seq, SignatureKey, Timestamp};
use proto::limits;
use proto::message::{Entry, GoneWhy, Goodbye, HeldDecision, NoticeKind, PeopleChange, RoomSummary, Welcome};
use proto::refusal::Refusal;
use proto::text::Text;

/// Something that happened, in the order in which it is to be shown.
///
/// Entries of one room come in the order of its log, without gaps and without doubles, over cuts and reconnects.
/// Text in events comes from strangers: pass it through [`domain::text::term_safe`] before it reaches a terminal.
#[derive(Debug, Clone)]
pub enum ClientEvent {
    /// Logged in, the first time or again. `restored` says that the server was restored from a backup since.
    Online {
        /// Who one is, where, and until when.
        welcome: Box<Welcome>,
        /// The numbers of entries seen before this mean other entries, or none.
        restored: bool,
    },
    /// The connection is gone.
    Offline {
        /// What happened, in words.
        why: String,
        /// When the client connects again by itself.
        retry_in: Duration,
    },
    /// A room one is in, at login, after joining, and when its name changes.
    Room(RoomSummary),
    /// One is no longer in this room.
    RoomGone {
        /// The room.
        room: RoomId,
        /// Left or removed.
        why: GoneWhy,
        /// What the moderator said.
        reason: String,
    },
    /// All rooms have been named; what follows is live or caught up.
    Ready,
    /// A new entry of a room's log.
    Entry {
        /// The entry.
        entry: Entry,
        /// Whether it came as it happened; otherwise it was missed and read from the log.
        live: bool,
    },
    /// More entries were missed than wanted ([`Options::catch_up`](crate::Options)): these were left out.
    Skipped {
        /// The room.
        room: RoomId,
        /// The last entry before the hole.
        after: Seq,
        /// The last entry in the hole.
        upto: Seq,
    },
    /// People came or went.
    People(PeopleChange),
    /// Another of one's devices has read this far.
    Read {
        /// The room.
        room: RoomId,
        /// The last entry read.
        upto: Seq,
    },
    /// Something the person should see.
    Notice {
        /// What it is about.
        kind: NoticeKind,
        /// The sentence.
        text: String,
    },
    /// A message from the unsent queue was accepted.
    Sent {
        /// Its id.
        message_id: MessageId,
        /// The room.
        room: RoomId,
        /// Its place in the room.
        seq: Seq,
        /// The server's time.
        at: Timestamp,
    },
    /// A message from the unsent queue was refused for good; it is no longer in the queue.
    NotSent {
        /// The message as it was written.
        unsent: Box<crate::Unsent>,
        /// Why.
        refusal: Refusal,
    },
    /// A message from the unsent queue waits for a moderator; it is no longer in the queue, and nobody else sees it.
    Held {
        /// The room.
        room: RoomId,
        /// Its id.
        message_id: MessageId,
        /// The rule that holds it.
        why: String,
    },
    /// A moderator decided about a message that was held. A released one also comes as an entry.
    HeldDecided {
        /// The room.
        room: RoomId,
        /// Its id.
        message_id: MessageId,
        /// What was decided.
        decided: HeldDecision,
    },
    /// The room is in slow mode: a message from the unsent queue is sent by itself later.
    Postponed {
        /// The room.
        room: RoomId,
        /// Its id.
        message_id: MessageId,
        /// After how long.
        wait: Duration,
        /// What the server said.
        refusal: Refusal,
    },
    /// Everything this account wrote in this time was removed, in all rooms: blank what is kept of it.
    Purged {
        /// Whose words.
        account: AccountId,
        /// From when on.
        since: Timestamp,
        /// Up to when, the end included.
        upto: Timestamp,
    },
    /// A removal was taken back: the log has the texts again.
    Restored {
        /// Whose words.
        account: AccountId,
        /// From when on.
        since: Timestamp,
        /// Up to when, the end included.
        upto: Timestamp,
    },
    /// A room became slower, faster, locked or unlocked.
    RoomPosture {
        /// The room.
        room: RoomId,
        /// Seconds each person waits between two messages; 0 without slow mode.
        slow_seconds: u32,
        /// Whether only staff may write.
        locked: bool,
    },
    /// The server said something about keys. A client that keeps sealed rooms acts on it by itself and hands on
    /// [`Self::Sealed`] instead.
    Keys(KeyEvent),
    /// Something around sealed rooms that a person should see.
    Sealed(SealedNews),
    /// This program read too slowly, and events other than entries were left out: ask for people and rooms again.
    Missed,
    /// The client has stopped and does not connect again. The last event.
    Stopped(Stopped),
}

/// What the server says about keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyEvent {
    /// Another of one's devices asks to be approved.
    DeviceAsks {
        /// The device.
        device: DeviceId,
        /// What its person calls it.
        label: Text<{ limits::DEVICE_LABEL }>,
        /// The key it signs with in sealed rooms.
        signature_key: SignatureKey,
    },
    /// One of one's devices was approved.
    DeviceApproved {
        /// The device.
        device: DeviceId,
    },
    /// Somebody let this device into a room.
    WelcomeWaits {
        /// The room.
        room: RoomId,
    },
    /// Somebody one shares a sealed room with has another identity key.
    KeysChanged {
        /// Whose.
        account: AccountId,
        /// Their name.
        name: Text<{ limits::NAME }>,
        /// The key from here on.
        key: IdentityKey,
    },
}

/// Something around sealed rooms, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedNews {
    /// What it is about.
    pub kind: SealedKind,
    /// The room, when it is about one.
    pub room: Option<RoomId>,
    /// The entry it stands for, when it stands for one.
    pub seq: Option<Seq>,
    /// The sentence. It may hold names of others.
    pub text: String,
}

/// What news of sealed rooms are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    /// This device has an identity: sealed rooms can be used.
    Ready,
    /// This device waits until another one of the same person approves it.
    WaitsForApproval,
    /// Another device of the same person waits for approval.
    DeviceAsks,
    /// This device came into a room.
    Joined,
    /// Others came or went.
    Members,
    /// Somebody has to go, and nobody can write until they are out.
    Evicting,
    /// A message cannot be read here.
    CannotRead,
    /// This device lost its place in a room, and asks for it again by itself.
    Lost,
    /// Somebody's identity key has changed.
    KeysChanged,
    /// Something does not work; the sentence says what to do.
    Trouble,
}

/// Why a client does not connect again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// The program closed it.
    Closed,
    /// The server said goodbye and does not want this device back.
    Goodbye(Goodbye),
    /// The server did not let this device in.
    Denied(Refusal),
    /// The server showed another key than the pinned one.
    UntrustedKey {
        /// The key that was pinned.
        pinned: proto::ids::PublicKey,
        /// The key that was offered.
        offered: proto::ids::PublicKey,
    },
    /// Client and server speak no common version.
    Version(String),
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed => formatter.write_str("closed"),
            Self::Goodbye(goodbye) => formatter.write_str(&goodbye.detail),
            Self::Denied(refusal) => refusal.fmt(formatter),
            Self::UntrustedKey { .. } => formatter.write_str("the server's key has changed"),
            Self::Version(detail) => formatter.write_str(detail),
        }
    }
}

/// Where the stream of a room's entries starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the next entry.
    Now,
    /// With the entry after this one.
    After(Seq),
    /// With the last so many entries.
    Last(u64),
}
