//! Reports: what somebody tells the moderators, and what became of it.

use minicbor::{Decode, Encode};

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
