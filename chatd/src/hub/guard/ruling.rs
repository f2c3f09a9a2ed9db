//! What a rule makes of a message.

use proto::ids::FilterId;
use proto::refusal::Refusal;

/// What becomes of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// It is written.
    Go,
    /// It waits for a moderator; its author is told why.
    Hold { why: String, rule: Rule },
    /// It is not done, and its author told why.
    Refuse(Refusal),
    /// It is not done, and its author pays for it.
    Punish { refusal: Refusal, penalty: Penalty, rule: Rule },
}

/// What a rule does to an author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Penalty {
    Mute { seconds: u32 },
    Kick,
}

/// The rule that speaks, for labels of metrics and rows of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// A word, a pattern or a link that staff listed.
    Filter(FilterId),
    /// A newcomer's link.
    NewcomerLink,
    /// The raid level.
    Raid,
    /// Too much in a short time.
    Flood,
}

/// A filter that found something, whether it acts or only counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Match {
    pub(crate) filter: FilterId,
    /// Whether the filter acted on it.
    pub(crate) acted: bool,
}

impl Rule {
    /// Every label, for metrics.
    pub(crate) const LABELS: [&'static str; 4] = ["filter", "newcomer_link", "raid", "flood"];

    /// Returns what moderators read beside what the rule did.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Filter(filter) => format!("filter {filter}"),
            Self::NewcomerLink => "a newcomer's link".to_owned(),
            Self::Raid => "the raid level".to_owned(),
            Self::Flood => "too many messages in a short time".to_owned(),
        }
    }

    /// Returns its place among the labels.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Filter(_) => 0,
            Self::NewcomerLink => 1,
            Self::Raid => 2,
            Self::Flood => 3,
        }
    }
}
