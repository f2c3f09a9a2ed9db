//! Reports: what somebody tells the moderators, with evidence.

use std::fmt;

use proto::ids::{AccountId, ReportId, RoomId, Seq, Timestamp};
use proto::limits;
use proto::message::{Entry, ReportCategory, ReportState, Role, RoomKind};
use proto::text::Text;

use super::NoteRow;

/// A report that is to be made.
#[derive(Debug, Clone)]
pub struct NewReport {
    pub reporter: AccountId,
    pub what: ReportOf,
    pub category: ReportCategory,
    pub note: Text<{ limits::REASON }>,
    pub at: Timestamp,
}

/// A report from a sealed room that is to be made. What is in it was examined already.
#[derive(Debug, Clone)]
pub struct NewSealedReport {
    pub reporter: AccountId,
    pub room: RoomId,
    pub category: ReportCategory,
    pub note: Text<{ limits::REASON }>,
    pub exhibits: Vec<NewExhibit>,
    pub at: Timestamp,
}

/// A message that the reporter opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExhibit {
    pub seq: Seq,
    /// Whether it is reported, or stands around what is.
    pub reported: bool,
    pub author: AccountId,
    pub at: Timestamp,
    /// The message with its proof, encrypted.
    pub sealed: Vec<u8>,
}

/// What the database knows of a place in a sealed room that somebody reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPlace {
    /// Whether the reporter had a device in the room then.
    pub was_member: bool,
    /// What stands there; nothing when it was removed since.
    pub entry: Option<Entry>,
}

/// What is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportOf {
    /// Messages of one person in a room the reporter is in.
    Messages {
        /// The room.
        room: RoomId,
        /// Their places; the author of the first is who is reported.
        seqs: Vec<Seq>,
    },
    /// A person as such.
    Account(AccountId),
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportKind {
    Messages,
    Account,
}

/// How a report is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Actioned,
    Dismissed,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    pub id: ReportId,
    /// Who made it; pages show a pseudonym.
    pub reporter: AccountId,
    /// Who is reported.
    pub account: AccountId,
    pub kind: ReportKind,
    pub room: Option<RoomId>,
    pub category: ReportCategory,
    pub note: Text<{ limits::REASON }>,
    pub state: ReportState,
    pub assignee: Option<AccountId>,
    pub claimed_at: Option<Timestamp>,
    pub priority: u32,
    /// How often the same person reported the same account while this was open.
    pub merged: u32,
    pub at: Timestamp,
    pub changed_at: Timestamp,
    pub version: u64,
    /// What the reporter is told at the end.
    pub outcome: Text<{ limits::REASON }>,
    pub closed_by: Option<AccountId>,
    pub closed_at: Option<Timestamp>,
}

/// A report as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    pub row: ReportRow,
    /// The name of who is reported.
    pub name: Text<{ limits::NAME }>,
    pub room_name: Option<Text<{ limits::ROOM_NAME }>>,
    pub room_kind: Option<RoomKind>,
    pub assignee_name: Option<Text<{ limits::NAME }>>,
    pub closed_by_name: Option<Text<{ limits::NAME }>>,
    /// How many messages are reported.
    pub lines: u32,
}

impl ReportLine {
    /// Returns where the list goes on after this line.
    #[must_use]
    pub fn cursor(&self) -> ReportCursor {
        ReportCursor { priority: self.row.priority, id: self.row.id }
    }
}

/// A report with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportView {
    pub line: ReportLine,
    pub evidence: Vec<EvidenceRow>,
    pub notes: Vec<NoteRow>,
}

/// A line as it read when it was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    pub room: RoomId,
    pub seq: Seq,
    /// Whether it is reported, or stands around what is.
    pub reported: bool,
    pub author: AccountId,
    pub author_name: Text<{ limits::NAME }>,
    pub author_role: Role,
    pub at: Timestamp,
    /// Empty when it is in `exhibit`.
    pub body: Text<{ limits::BODY }>,
    /// Whether the text was gone already.
    pub removed: bool,
    /// An opened message of a sealed room with its proof, encrypted; empty for messages that the server could read.
    pub exhibit: Vec<u8>,
}

/// Which reports a list shows. What is not given does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// Only those that are not closed, the most urgent first.
    pub open: bool,
    pub state: Option<ReportState>,
    pub assignee: Option<AccountId>,
    pub category: Option<ReportCategory>,
    /// Who is reported.
    pub account: Option<AccountId>,
    pub reporter: Option<AccountId>,
}

/// Where a list of reports goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportCursor {
    pub priority: u32,
    pub id: ReportId,
}

impl ReportCursor {
    /// Reads what its text form was.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (priority, id) = text.split_once('.')?;
        Some(Self { priority: priority.parse().ok()?, id: id.parse().ok().and_then(ReportId::new)? })
    }
}

impl fmt::Display for ReportCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.priority, self.id)
    }
}

/// How many reports wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportCounts {
    pub new: u32,
    pub claimed: u32,
    /// When the oldest of them was made.
    pub oldest: Option<Timestamp>,
}

impl ReportCounts {
    /// Returns how many are not closed.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.new.saturating_add(self.claimed)
    }
}
