//! What a program hears from a running client.

use std::time::Duration;

use proto::ids::{AccountId, MessageId, RoomId, Seq, Timestamp};
use proto::message::{Entry, GoneWhy, Goodbye, HeldDecision, NoticeKind, PeopleChange, RoomSummary, Welcome};
use proto::refusal::Refusal;

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
    /// This program read too slowly, and events other than entries were left out: ask for people and rooms again.
    Missed,
    /// The client has stopped and does not connect again. The last event.
    Stopped(Stopped),
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
