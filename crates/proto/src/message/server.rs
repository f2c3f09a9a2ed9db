//! What the server answers, and the things it describes.

use minicbor::{Decode, Encode};

use super::event::Event;
use super::log::HistoryItem;
use super::opening::{Enrolment, Welcome};
use super::report::ReportPage;
use super::sealed::{DevicePackage, IdentityCard, WelcomePage};
use crate::bytes::Bytes;
use crate::ids::{AccountId, DeviceId, Epoch, ReportId, RequestId, RoomId, Seq, Timestamp};
use crate::limits;
use crate::refusal::Refusal;
use crate::text::{List, Secret, Text};

/// Everything the server says after the handshake.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ServerMessage {
    /// The request was carried out.
    #[n(0)]
    Answer(#[n(0)] RequestId, #[n(1)] Answer),
    /// The request was not carried out.
    #[n(1)]
    Refused(#[n(0)] RequestId, #[n(1)] Refusal),
    /// Something happened.
    #[n(2)]
    Event(#[n(0)] Event),
    /// Logged in; `Event::Room` for each room and `Event::Ready` follow.
    #[n(3)]
    Welcome(#[n(0)] Welcome),
    /// Registration goes on: set up the authenticator and confirm.
    #[n(4)]
    Enrol(#[n(0)] Enrolment),
    /// Not let in; the connection ends, after `Banned` once the client had time for an `Appeal`.
    #[n(5)]
    Denied(#[n(0)] Refusal),
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Answer {
    /// It is done.
    #[n(0)]
    Done,
    /// The entry is on disk, at this place.
    #[n(1)]
    Accepted {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        seq: Seq,
        #[n(2)]
        at: Timestamp,
    },
    /// The room as it is for the reader.
    #[n(2)]
    Room(#[n(0)] RoomSummary),
    /// Open rooms.
    #[n(3)]
    Rooms(#[n(0)] RoomPage),
    /// Members of a room.
    #[n(4)]
    Members(#[n(0)] MemberPage),
    /// A piece of a log.
    #[n(5)]
    History(#[n(0)] HistoryPage),
    /// Search results.
    #[n(6)]
    Found(#[n(0)] SearchPage),
    /// One's devices.
    #[n(7)]
    Devices(#[n(0)] DevicePage),
    /// The moderators have the report.
    #[n(8)]
    Reported {
        #[n(0)]
        report: ReportId,
    },
    /// One's own reports.
    #[n(9)]
    Reports(#[n(0)] ReportPage),
    /// The message waits for a moderator; `Event::Held` tells the decision. Nobody else sees it until then.
    #[n(10)]
    Held {
        /// The rule that holds it.
        #[n(0)]
        why: Text<{ limits::DETAIL }>,
    },
    /// How far an upload is.
    #[n(11)]
    Upload {
        /// Bytes the server has; all of them when this is the size of the file.
        #[n(0)]
        received: u64,
    },
    /// Sealed bytes of a file, or bytes of a sealed room's tree; fewer than asked for only at the end.
    #[n(12)]
    Piece {
        #[n(0)]
        offset: u64,
        #[n(1)]
        bytes: Bytes<{ limits::PIECE }>,
    },
    /// An account's identity.
    #[n(13)]
    Identity(#[n(0)] IdentityCard),
    /// How many one-time key packages of this device the server has.
    #[n(14)]
    KeyPackagesLeft {
        #[n(0)]
        left: u32,
    },
    /// One key package of each device that can be added.
    #[n(15)]
    KeyPackages {
        #[n(0)]
        packages: List<DevicePackage, { limits::DEVICES }>,
    },
    /// Welcomes for this device.
    #[n(16)]
    Welcomes(#[n(0)] WelcomePage),
    /// What a device needs to come into a sealed room by itself.
    #[n(17)]
    GroupInfo {
        /// The epoch it describes.
        #[n(0)]
        epoch: Epoch,
        /// The place of the entry that began the epoch.
        #[n(1)]
        seq: Seq,
        /// The MLS GroupInfo, without the tree.
        #[n(2)]
        info: Bytes<{ limits::GROUP_INFO }>,
    },
    /// The server as a sender in sealed rooms.
    #[n(18)]
    Host {
        /// Its MLS signing identity, for the external senders of a group.
        #[n(0)]
        sender: Bytes<{ limits::SENDER }>,
    },
    /// What somebody wrote is removed.
    #[n(19)]
    Purged {
        /// How many messages.
        #[n(0)]
        messages: u64,
        /// There are older ones, which are removed too and were not counted.
        #[n(1)]
        more: bool,
    },
    /// The secret of another authenticator; the one there is holds until a code of this one comes.
    #[n(20)]
    Totp(#[n(0)] Enrolment),
    /// The new authenticator holds, and these recovery codes in place of the old ones. They are told this once.
    #[n(21)]
    RecoveryCodes {
        #[n(0)]
        codes: List<Secret<{ limits::CODE }>, { limits::RECOVERY_CODES }>,
    },
}

/// What somebody may do on this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// A program.
    #[n(0)]
    Bot,
    /// A person.
    #[n(1)]
    Member,
    /// Reads what staff do and changes nothing.
    #[n(2)]
    Auditor,
    /// Keeps order.
    #[n(3)]
    Moderator,
    /// Runs the server's settings and people.
    #[n(4)]
    Admin,
    /// Answers for the server.
    #[n(5)]
    Owner,
}

/// Who can read a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum RoomKind {
    /// Anybody here can join; the server can read it.
    #[n(0)]
    Open,
    /// Two people; the server can read it.
    #[n(1)]
    Direct,
    /// Only its members can read it, and they alone know its name and topic.
    #[n(2)]
    Sealed,
    /// Two people; only they can read it.
    #[n(3)]
    SealedDirect,
}

impl RoomKind {
    /// Returns whether the server cannot read the room.
    #[must_use]
    pub const fn is_sealed(self) -> bool {
        matches!(self, Self::Sealed | Self::SealedDirect)
    }

    /// Returns whether the room is between two people for good.
    #[must_use]
    pub const fn is_direct(self) -> bool {
        matches!(self, Self::Direct | Self::SealedDirect)
    }
}

/// A room as one account sees it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RoomSummary {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// Its name; for a room of two the other person's. Empty for a sealed room: its members keep the name.
    #[n(1)]
    pub name: Text<{ limits::NAME }>,
    /// Who can read it.
    #[n(2)]
    pub kind: RoomKind,
    /// What it is about; empty for a sealed room.
    #[n(3)]
    pub topic: Text<{ limits::TOPIC }>,
    /// The newest entry.
    #[n(4)]
    pub last_seq: Seq,
    /// How far the reader has read.
    #[n(5)]
    pub read_upto: Seq,
    /// How many members it has.
    #[n(6)]
    pub members: u32,
    /// Whether the reader is a member.
    #[n(7)]
    pub joined: bool,
    /// Seconds each person waits between two messages; 0 without slow mode.
    #[n(8)]
    pub slow_seconds: u32,
    /// Whether only staff may write.
    #[n(9)]
    pub locked: bool,
}

/// Rooms by name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RoomPage {
    /// The rooms.
    #[n(0)]
    pub rooms: List<RoomSummary, { limits::PAGE }>,
    /// Whether there are more after the last one.
    #[n(1)]
    pub more: bool,
}

/// A member of a room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Person {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Its name.
    #[n(1)]
    pub name: Text<{ limits::NAME }>,
    /// Its role on this server.
    #[n(2)]
    pub role: Role,
    /// Whether one of their devices is connected.
    #[n(3)]
    pub online: bool,
}

/// Members by name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MemberPage {
    /// The members.
    #[n(0)]
    pub people: List<Person, { limits::PEOPLE }>,
    /// Whether there are more after the last one.
    #[n(1)]
    pub more: bool,
    /// Members in all.
    #[n(2)]
    pub members: u32,
    /// Members online.
    #[n(3)]
    pub online: u32,
}

/// Entries in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HistoryPage {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// The entries.
    #[n(1)]
    pub items: List<HistoryItem, { limits::PAGE }>,
    /// Whether there are more in the direction of reading.
    #[n(2)]
    pub more: bool,
}

/// One entry that matches a search.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SearchHit {
    /// The entry.
    #[n(0)]
    pub item: HistoryItem,
    /// The room's name.
    #[n(1)]
    pub room_name: Text<{ limits::NAME }>,
}

/// Search results, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SearchPage {
    /// The entries that match.
    #[n(0)]
    pub hits: List<SearchHit, { limits::PAGE }>,
    /// Give this as `before` for the next page; 0 when there is none.
    #[n(1)]
    pub next: u64,
}

/// One of the reader's devices.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Device {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// What the person calls it.
    #[n(1)]
    pub label: Text<{ limits::DEVICE_LABEL }>,
    /// Its client's name and version when it last connected.
    #[n(2)]
    pub client: Text<{ limits::CLIENT_NAME }>,
    /// When it first logged in.
    #[n(3)]
    pub added: Timestamp,
    /// When it last connected.
    #[n(4)]
    pub last_seen: Timestamp,
    /// Whether it is connected.
    #[n(5)]
    pub online: bool,
    /// Whether it is the one that asks.
    #[n(6)]
    pub current: bool,
}

/// All devices that can log in as this account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DevicePage {
    /// The devices.
    #[n(0)]
    pub devices: List<Device, { limits::DEVICES }>,
}
