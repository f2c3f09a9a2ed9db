//! Measures against people and networks.

use domain::cidr::Cidr;
use domain::sanction::{Kind, Scope, Target};
use proto::ids::{AccountId, AppealId, BatchId, NoteId, ReportId, RoomId, SanctionId, Timestamp};
use proto::limits;
use proto::text::Text;

/// Longest remark of staff in bytes.
pub const NOTE: usize = 2048;

/// A measure that is to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSanction {
    pub target: Target,
    pub kind: Kind,
    pub scope: Scope,
    /// What the person is told.
    pub reason: Text<{ limits::REASON }>,
    /// What only staff read.
    pub note: Text<NOTE>,
    /// Nothing: for good, or for a kick.
    pub until: Option<Timestamp>,
    pub report: Option<ReportId>,
    pub appealable: bool,
}

impl NewSanction {
    /// Returns a measure on the whole server that can be appealed against, without a note.
    #[must_use]
    pub fn new(
        target: Target,
        kind: Kind,
        until: Option<Timestamp>,
        reason: Text<{ limits::REASON }>,
    ) -> Self {
        let (scope, note) = (Scope::Server, Text::default());
        Self { target, kind, scope, reason, note, until, report: None, appealable: true }
    }
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SanctionRow {
    pub id: SanctionId,
    pub target: Target,
    pub kind: Kind,
    pub scope: Scope,
    pub reason: Text<{ limits::REASON }>,
    pub note: Text<NOTE>,
    pub report: Option<ReportId>,
    pub batch: Option<BatchId>,
    /// Nobody: the operator's command line, or the server itself.
    pub by: Option<AccountId>,
    pub at: Timestamp,
    pub until: Option<Timestamp>,
    pub appealable: bool,
    pub changed_at: Option<Timestamp>,
    pub lifted_at: Option<Timestamp>,
    pub lifted_by: Option<AccountId>,
    pub lifted_reason: Text<{ limits::REASON }>,
}

impl SanctionRow {
    /// Whether it binds at this time.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> bool {
        self.lifted_at.is_none() && self.until.is_none_or(|until| now < until)
    }

    /// Returns the account that is meant, or whose device is.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self.target {
            Target::Account(account) | Target::Device(account, _) => Some(account),
            Target::Network(_) | Target::Lineage(_) => None,
        }
    }

    /// Returns the room it holds in, if it is one.
    #[must_use]
    pub fn room(&self) -> Option<RoomId> {
        match self.scope {
            Scope::Server => None,
            Scope::Room(room) => Some(room),
        }
    }
}

/// A measure as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SanctionLine {
    pub row: SanctionRow,
    /// The name of the account that is meant, or whose device is.
    pub name: Option<Text<{ limits::NAME }>>,
    pub by_name: Option<Text<{ limits::NAME }>>,
    pub lifted_by_name: Option<Text<{ limits::NAME }>>,
    pub room_name: Option<Text<{ limits::ROOM_NAME }>>,
    /// How often it turned somebody away, and when last.
    pub hits: u64,
    pub last_hit: Option<Timestamp>,
}

/// A measure with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SanctionView {
    pub line: SanctionLine,
    pub enforcement: Option<EnforcementRow>,
    pub appeal: Option<AppealId>,
    pub notes: Vec<NoteRow>,
}

/// How fast a measure reached those who were connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnforcementRow {
    pub sanction: SanctionId,
    pub at: Timestamp,
    pub took_ms: u64,
    /// Connections that were closed.
    pub sessions: u32,
}

/// A ban of a network as the daemon keeps it in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkRule {
    pub sanction: SanctionId,
    pub network: Cidr,
    pub kind: Kind,
    pub until: Option<Timestamp>,
}

/// Which measures a list shows. What is not given does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SanctionFilter {
    pub standing: Option<Standing>,
    pub kind: Option<Kind>,
    pub target: Option<TargetKind>,
    /// Against this account or one of its devices.
    pub account: Option<AccountId>,
    pub room: Option<RoomId>,
    pub by: Option<AccountId>,
    pub batch: Option<BatchId>,
    pub report: Option<ReportId>,
    /// Against exactly this network.
    pub network: Option<Cidr>,
    /// Words in the reason, the note or the address.
    pub text: String,
}

/// Whether a measure binds at the time of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It binds.
    Stands(Timestamp),
    /// It was lifted or has run out.
    Over(Timestamp),
}

/// What a measure is against, without saying whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetKind {
    Account,
    Device,
    Network,
    Lineage,
}

/// Measures that were taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRow {
    pub id: BatchId,
    pub by: Option<AccountId>,
    pub at: Timestamp,
    /// How many it took; those that stood already are not counted.
    pub size: u32,
    pub undone_at: Option<Timestamp>,
    pub undone_by: Option<AccountId>,
}

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Account(AccountId),
    Report(ReportId),
    Sanction(SanctionId),
    Appeal(AppealId),
}

/// A remark of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    pub id: NoteId,
    pub by: Option<AccountId>,
    pub by_name: Option<Text<{ limits::NAME }>>,
    pub at: Timestamp,
    pub text: Text<NOTE>,
}
