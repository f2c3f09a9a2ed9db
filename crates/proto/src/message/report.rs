//! Reports: what somebody tells the moderators, and what became of it.

use minicbor::{Decode, Encode};

use crate::ids::{ReportId, RoomId, Seq, Timestamp};
use crate::limits;
use crate::text::{List, Text};

/// What is reported.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ReportWhat {
    /// Messages of one person in a room the reporter is in.
    #[n(0)]
    Messages {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        seqs: List<Seq, { limits::REPORTED }>,
    },
    /// A person as such.
    #[n(1)]
    Account {
        #[n(0)]
        name: Text<{ limits::NAME }>,
    },
}

/// One's own reports.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReportPage {
    /// The reports, newest first.
    #[n(0)]
    pub reports: List<OwnReport, { limits::REPORTS }>,
}

/// A report as its reporter sees it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct OwnReport {
    /// The report.
    #[n(0)]
    pub report: ReportId,
    /// When it was made.
    #[n(1)]
    pub at: Timestamp,
    /// Whom it is about.
    #[n(2)]
    pub name: Text<{ limits::NAME }>,
    /// How many messages are in it; 0 when it is about the person as such.
    #[n(3)]
    pub messages: u32,
    /// What it is about.
    #[n(4)]
    pub category: ReportCategory,
    /// How far it is.
    #[n(5)]
    pub state: ReportState,
    /// What the moderators tell the reporter; may be empty.
    #[n(6)]
    pub outcome: Text<{ limits::REASON }>,
}

/// What a report is about, in the reporter's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ReportCategory {
    /// Advertising, floods, fraud.
    #[n(0)]
    Spam,
    /// Insults, hate, stalking.
    #[n(1)]
    Harassment,
    /// Somebody is in danger, or is threatened.
    #[n(2)]
    Threat,
    /// Content that the law forbids.
    #[n(3)]
    Illegal,
    /// Somebody pretends to be somebody else.
    #[n(4)]
    Impersonation,
    /// Something else; the note says what.
    #[n(5)]
    Other,
}

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ReportState {
    /// Nobody has taken it yet.
    #[n(0)]
    New,
    /// A moderator looks at it.
    #[n(1)]
    Claimed,
    /// Closed; something was done.
    #[n(2)]
    Actioned,
    /// Closed; nothing had to be done.
    #[n(3)]
    Dismissed,
}

/// What a moderator decided about a held message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum HeldDecision {
    /// It was let through.
    #[n(0)]
    Released,
    /// It was refused.
    #[n(1)]
    Rejected,
}

impl ReportCategory {
    /// Returns the word for it, in commands, pages, exports and evidence.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Harassment => "harassment",
            Self::Threat => "threat",
            Self::Illegal => "illegal",
            Self::Impersonation => "impersonation",
            Self::Other => "other",
        }
    }
}

impl ReportState {
    /// Returns the word for it, in pages, exports and evidence.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Claimed => "claimed",
            Self::Actioned => "actioned",
            Self::Dismissed => "dismissed",
        }
    }
}
