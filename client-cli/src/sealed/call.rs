//! What is asked of the engine, and what it answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use proto::ids::{AccountId, DeviceId, IdentityKey, MessageId, ReportId, RoomId, Seq};
use proto::message::{HistoryFrom, HistoryPage, ReportCategory, RoomSummary, SearchPage};
use tokio::sync::{mpsc, oneshot};

use crate::client::Accepted;
use crate::core::Withdrawn;
use crate::error::RequestError;
use crate::event::Start;
use crate::post::Post;

/// Where an answer goes.
pub(crate) type Answered<T> = oneshot::Sender<Result<T, RequestError>>;

/// What handles ask of the engine.
#[derive(Debug)]
pub(crate) enum SealedCall {
    Rooms { reply: Answered<Vec<RoomSummary>> },
    Follow { room: RoomId, start: Start },
    Post(Box<Posting>),
    Withdraw { message_id: MessageId, reply: oneshot::Sender<Withdrawn> },
    Unsent { reply: oneshot::Sender<usize> },
    History { room: RoomId, from: HistoryFrom, limit: u16, reply: Answered<HistoryPage> },
    Search { query: String, room: Option<RoomId>, before: u64, limit: u16, reply: Answered<SearchPage> },
    Create { name: String, topic: String, reply: Answered<RoomSummary> },
    Direct { name: String, reply: Answered<RoomSummary> },
    Invite { room: RoomId, name: String, reply: Answered<Invited> },
    Remove { room: RoomId, name: String, reply: Answered<()> },
    Known { name: String, reply: Answered<Known> },
    Trust { name: String, reply: Answered<Known> },
    Devices { reply: Answered<Vec<DeviceKeys>> },
    Approve { device: DeviceId, code: String, reply: Answered<()> },
    StartOver { reply: Answered<()> },
    Keys { room: RoomId, reply: Answered<RoomKeys> },
    Report { what: Box<Reporting>, reply: Answered<ReportId> },
}

/// Something to be said.
#[derive(Debug)]
pub(crate) struct Posting {
    pub(crate) room: RoomId,
    pub(crate) post: Post,
    pub(crate) message_id: MessageId,
    /// Told when the message is on disk.
    pub(crate) kept: Option<Answered<()>>,
    /// Told when the server has it, and until when somebody waits for that.
    pub(crate) accepted: Option<(Instant, Answered<Accepted>)>,
}

/// Messages that are opened for the moderators.
#[derive(Debug)]
pub(crate) struct Reporting {
    pub(crate) room: RoomId,
    pub(crate) seqs: Vec<Seq>,
    /// Messages on either side that are shown with them.
    pub(crate) around: u16,
    pub(crate) category: ReportCategory,
    pub(crate) note: String,
}

/// Somebody who was let into a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The name as the server has it.
    pub name: String,
    /// How many of their devices came in; none when all were in already.
    pub devices: usize,
}

/// What is known of somebody's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The identity key the server names.
    pub key: IdentityKey,
    /// 60 digits that are the same on both sides when nobody stands in between.
    pub safety_number: String,
    /// How that key and what is known here fit.
    pub trust: Trust,
}

/// How the key the server names fits the one this device knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Nothing was known here.
    First,
    /// It is the one seen first; nobody compared it.
    Seen,
    /// It is the one that was compared.
    Verified,
    /// It is another one than before.
    Changed,
}

/// A device of one's own, and whether it has keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceKeys {
    /// The device.
    pub device: DeviceId,
    /// Whether it is in, waits, or has never asked.
    pub state: DeviceState,
    /// What both devices show before one approves the other.
    pub code: Option<String>,
}

/// Whether a device can read sealed rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    /// It has a certificate.
    Certified,
    /// It waits for approval.
    Asks,
    /// It never asked.
    Without,
}

/// Where this device stands in a sealed room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomKeys {
    /// The sentence for people.
    pub words: String,
    /// Whether something can be said now.
    pub writable: bool,
    /// How often the keys changed.
    pub epoch: u64,
    /// The devices in the room, by account.
    pub devices: BTreeMap<AccountId, usize>,
    /// Who may let people in.
    pub admins: Vec<AccountId>,
    /// Whether one is an admin oneself.
    pub admin: bool,
}

/// The client's end of the wire to the engine.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    pub(crate) calls: mpsc::Sender<SealedCall>,
    pub(crate) kinds: Arc<Kinds>,
}

/// Which rooms are sealed, as far as they were named.
#[derive(Debug, Default)]
pub(crate) struct Kinds(Mutex<BTreeMap<RoomId, bool>>);

impl Kinds {
    pub(crate) fn note(&self, room: RoomId, sealed: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(room, sealed);
    }

    /// Returns whether a room is sealed; nothing for one that was not named yet.
    pub(crate) fn is_sealed(&self, room: RoomId) -> Option<bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&room).copied()
    }
}
