//! Filters and what they matched, messages that wait for a decision, purges.

use domain::filter::{Action, Filter, Kind, Mode};
use proto::ids::{AccountId, FilterId, HeldId, MessageId, PurgeId, ReportId, RoomId, Timestamp};
use proto::limits;
use proto::message::{Content, Entry, Role};
use proto::text::Text;

/// A filter as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFilter {
    /// Everywhere if none.
    pub room: Option<RoomId>,
    pub kind: Kind,
    pub pattern: String,
    pub action: Action,
    pub mode: Mode,
}

/// A filter and what it has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterRow {
    pub filter: Filter,
    pub room_name: Option<Text<{ limits::ROOM_NAME }>>,
    pub by: Option<AccountId>,
    pub by_name: Option<Text<{ limits::NAME }>>,
    pub at: Timestamp,
    pub changed_at: Timestamp,
    /// One more with each change.
    pub version: u64,
    /// How often it acted.
    pub hits: u64,
    /// How often it would have acted while it only watched.
    pub shadow_hits: u64,
    pub last_at: Option<Timestamp>,
}

/// A message that a filter matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFilterMatch {
    pub filter: FilterId,
    pub room: RoomId,
    pub author: AccountId,
    pub at: Timestamp,
    /// Whether the filter only watched.
    pub shadow: bool,
    pub body: String,
}

/// The place of a match among all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchId(pub u64);

/// A message that a filter matched, with names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterMatchRow {
    pub id: MatchId,
    pub room: RoomId,
    pub room_name: Text<{ limits::ROOM_NAME }>,
    pub author: AccountId,
    pub author_name: Text<{ limits::NAME }>,
    pub at: Timestamp,
    pub shadow: bool,
    pub body: String,
}

/// A text of an open room as it reads today, for trying a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentText {
    pub room: RoomId,
    pub room_name: Text<{ limits::ROOM_NAME }>,
    pub author: AccountId,
    pub author_name: Text<{ limits::NAME }>,
    pub at: Timestamp,
    pub body: String,
}

/// A message that is to wait for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHeld {
    pub room: RoomId,
    pub author: AccountId,
    pub message_id: MessageId,
    /// Text, Edit or File.
    pub content: Content,
    /// The rule in words.
    pub rule: String,
    pub filter: Option<FilterId>,
    pub at: Timestamp,
}

/// What became of a message that was to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one for a moment, and never a list of them")]
pub enum Held {
    /// It waits for a decision, or for the decision to be carried out.
    Waits(HeldId),
    /// It was let through, or accepted before there was a rule against it.
    Delivered(Entry),
    /// It was refused.
    Rejected,
}

/// How a message that waits stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldState {
    Waits,
    /// Let through; the log has still to get it.
    Released,
    Rejected,
    Delivered,
    /// Let through, but its author may no longer write there.
    Undeliverable,
}

/// What a person decides about a message that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldDecision {
    Release,
    Reject,
}

/// A message that waits or waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    pub id: HeldId,
    pub room: RoomId,
    pub author: AccountId,
    pub message_id: MessageId,
    pub content: Content,
    /// What it says; empty once it is in the log.
    pub body: String,
    pub rule: String,
    pub filter: Option<FilterId>,
    pub at: Timestamp,
    pub state: HeldState,
    pub decided_by: Option<AccountId>,
    pub decided_at: Option<Timestamp>,
}

/// A message that waits, with names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLine {
    pub row: HeldRow,
    pub author_name: Text<{ limits::NAME }>,
    pub author_role: Role,
    pub room_name: Text<{ limits::ROOM_NAME }>,
}

/// A decision that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedOut {
    pub author: AccountId,
    pub room: RoomId,
    pub message_id: MessageId,
    /// The entry, if the message is in the log.
    pub entry: Option<Entry>,
    /// Whether the entry was written by this call.
    pub fresh: bool,
}

/// A removal of everything somebody wrote in a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeRow {
    pub id: PurgeId,
    pub account: AccountId,
    pub since: Timestamp,
    pub upto: Timestamp,
    /// Every room if none.
    pub room: Option<RoomId>,
    pub state: PurgeState,
    pub reason: Text<{ limits::REASON }>,
    pub report: Option<ReportId>,
    pub by: Option<AccountId>,
    pub by_name: Option<Text<{ limits::NAME }>>,
    pub at: Timestamp,
    /// Until when it can be taken back.
    pub undo_until: Timestamp,
    pub undone_at: Option<Timestamp>,
    /// Texts that are wiped so far.
    pub wiped: u64,
}

impl PurgeRow {
    /// Whether what it is about reads as removed.
    #[must_use]
    pub fn hidden(&self) -> bool {
        self.state != PurgeState::Undone
    }
}

/// How a purge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PurgeState {
    /// The texts read as removed and can come back.
    Hidden,
    Undone,
    /// The texts are gone.
    Wiped,
}
