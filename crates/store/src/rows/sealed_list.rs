//! Sealed rooms as the dashboard lists them: numbers and people, never what is said.

use proto::ids::{AccountId, Epoch, EvictionId, RoomId, SanctionId, Seq, Timestamp};
use proto::limits;
use proto::message::RoomKind;
use proto::text::Text;

use super::EvictionRow;

/// A sealed room as a list shows it. The server knows neither its name nor its topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRoomLine {
    pub room: RoomId,
    pub created_at: Timestamp,
    /// Whether there is a group: it may not have started, or be over.
    pub live: bool,
    pub epoch: Epoch,
    /// When the epoch began, if its entry is still there.
    pub epoch_since: Option<Timestamp>,
    pub members: u32,
    /// Devices in the group.
    pub devices: u32,
    /// Evictions that wait for a member to carry them out; while there are any, nobody writes.
    pub evicting: u32,
    /// When the oldest of them was asked for.
    pub evicting_since: Option<Timestamp>,
    /// How often a device could not make sense of an entry.
    pub unreadable: u32,
}

/// Somebody in a sealed room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedMemberLine {
    pub account: AccountId,
    pub name: Text<{ limits::NAME }>,
    pub role: proto::message::Role,
    pub devices: u32,
    /// The entry that brought the first of these devices in.
    pub since: Seq,
}

/// Whose entries devices of a room could not make sense of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableLine {
    pub sender: AccountId,
    pub sender_name: Text<{ limits::NAME }>,
    pub sender_role: proto::message::Role,
    /// How many entries.
    pub entries: u32,
    /// How many devices complained, in all.
    pub complaints: u32,
    pub last_at: Timestamp,
}

/// Which evictions a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvictionsOf {
    /// Those that wait.
    Waiting,
    /// All of an account.
    Account(AccountId),
    /// All that a measure asked for.
    Sanction(SanctionId),
    /// Those of a room that wait.
    Room(RoomId),
}

/// An eviction with the names of those it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvictionLine {
    pub row: EvictionRow,
    pub room_kind: RoomKind,
    pub name: Text<{ limits::NAME }>,
    pub done_by_name: Option<Text<{ limits::NAME }>>,
}

impl EvictionLine {
    /// Returns where the list goes on after this line.
    #[must_use]
    pub fn cursor(&self) -> EvictionId {
        self.row.id
    }
}
