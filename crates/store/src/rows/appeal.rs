//! Appeals against measures, and announcements.

use proto::ids::{AccountId, AnnouncementId, AppealId, SanctionId, Timestamp};
use proto::limits;
use proto::text::Text;

use super::{NOTE, NoteRow, SanctionLine};

/// Longest appeal in bytes.
pub const APPEAL: usize = 2048;
/// Longest announcement in bytes.
pub const ANNOUNCEMENT: usize = 512;

/// What somebody says against a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppealRow {
    pub id: AppealId,
    pub sanction: SanctionId,
    pub account: AccountId,
    pub text: Text<APPEAL>,
    pub at: Timestamp,
    pub state: AppealState,
    pub decided_by: Option<AccountId>,
    pub decided_at: Option<Timestamp>,
    pub answer: Text<NOTE>,
}

/// What became of an appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AppealState {
    Open,
    Lifted,
    Shortened,
    Upheld,
}

/// How an appeal is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppealDecision {
    /// The measure is lifted.
    Lift,
    /// The measure ends at this time.
    Shorten(Timestamp),
    /// The measure stays as it is.
    Uphold,
}

/// An appeal as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppealLine {
    pub row: AppealRow,
    pub name: Text<{ limits::NAME }>,
    pub decided_by_name: Option<Text<{ limits::NAME }>>,
}

/// An appeal with the measure it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppealView {
    pub line: AppealLine,
    pub sanction: SanctionLine,
    pub notes: Vec<NoteRow>,
}

/// A line that everybody is shown until it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncementRow {
    pub id: AnnouncementId,
    pub text: Text<ANNOUNCEMENT>,
    pub by: Option<AccountId>,
    pub by_name: Option<Text<{ limits::NAME }>>,
    pub at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

impl AnnouncementRow {
    /// Whether it is shown at this time.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.ends_at.is_none_or(|end| now < end)
    }
}
