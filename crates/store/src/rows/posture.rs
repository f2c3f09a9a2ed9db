//! The raid level, settings, and rooms as the dashboard lists them.

use domain::raid::Posture;
use proto::ids::{AccountId, Timestamp};
use proto::limits;
use proto::text::Text;

use super::RoomRow;

/// The raid level and who set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostureRow {
    pub posture: Posture,
    /// Nobody: the server itself, or the operator.
    pub by: Option<AccountId>,
    pub by_name: Option<Text<{ limits::NAME }>>,
    pub reason: Text<{ limits::REASON }>,
    /// 0 if it was never set.
    pub at: Timestamp,
}

/// A setting that somebody has set.
#[derive(Clone, PartialEq, Eq)]
pub struct SettingRow {
    pub key: String,
    pub value: String,
    pub by: Option<AccountId>,
    pub by_name: Option<Text<{ limits::NAME }>>,
    pub at: Timestamp,
}

impl std::fmt::Debug for SettingRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SettingRow").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Which rooms a list shows. What is not given does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomFilter {
    /// What the name begins with.
    pub name: String,
    pub locked: Option<bool>,
    pub slow: Option<bool>,
    pub archived: Option<bool>,
}

/// An open room as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomLine {
    pub row: RoomRow,
    pub slow_seconds: u32,
    pub locked: bool,
    pub archived: bool,
}

impl From<RoomRow> for RoomLine {
    fn from(row: RoomRow) -> Self {
        Self { slow_seconds: row.slow_seconds, locked: row.locked, archived: row.archived, row }
    }
}
