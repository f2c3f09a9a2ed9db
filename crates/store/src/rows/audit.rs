//! Looking for something in the audit log, and what was found.

use domain::audit::{Action, ChainHash, Target};
use proto::ids::{AccountId, RoomId, Timestamp};
use thiserror::Error;

use super::{AuditRow, AuditSeq};
use crate::columns::Column;
use crate::error::StoreError;

/// What the audit log is searched for: everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub actor: Option<AuditActor>,
    pub action: Option<Action>,
    pub target: Option<AuditTarget>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Words that are all in the detail.
    pub words: Vec<String>,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditActor {
    /// The server, or its operator at the command line.
    Operator,
    Account(AccountId),
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditTarget {
    /// An account: also its devices, its memberships, measures against it.
    Account(AccountId),
    /// A room: also its members and its entries.
    Room(RoomId),
    /// Everything of a kind.
    Any(AuditTargetKind),
    /// One thing of a kind.
    One(AuditTargetKind, u64),
}

/// The kind of a target, numbered as the canonical form of events numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditTargetKind(u8);

/// The words for the kinds, each at the place of its number.
const KINDS: [&str; 20] = [
    "server",
    "account",
    "device",
    "room",
    "member",
    "entry",
    "invite",
    "sanction",
    "report",
    "appeal",
    "filter",
    "network",
    "held",
    "purge",
    "announcement",
    "batch",
    "setting",
    "lineage",
    "login",
    "file",
];

impl AuditTargetKind {
    /// Returns the kind of a target.
    #[must_use]
    pub const fn of(target: Target) -> Self {
        Self(match target {
            Target::Server => 0,
            Target::Account(_) => 1,
            Target::Device(..) => 2,
            Target::Room(_) => 3,
            Target::Member(..) => 4,
            Target::Entry(..) => 5,
            Target::Invite(_) => 6,
            Target::Sanction(..) => 7,
            Target::Report(_) => 8,
            Target::Appeal(_) => 9,
            Target::Filter(_) => 10,
            Target::Network(_) => 11,
            Target::Held(_) => 12,
            Target::Purge(_) => 13,
            Target::Announcement(_) => 14,
            Target::Batch(_) => 15,
            Target::Setting => 16,
            Target::Lineage(..) => 17,
            Target::WebSession(..) => 18,
            Target::File(_) => 19,
        })
    }

    /// Returns the word for it in a search.
    #[must_use]
    pub fn word(self) -> &'static str {
        KINDS[usize::from(self.0)]
    }

    /// Returns the kind with this [`word`](Self::word), in any case.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let place = KINDS.iter().position(|kind| kind.eq_ignore_ascii_case(word))?;
        u8::try_from(place).ok().map(Self)
    }

    /// Returns every kind, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self).take(KINDS.len())
    }
}

impl Column for AuditTargetKind {
    fn column(self) -> i64 {
        i64::from(self.0)
    }
    fn from_column(number: i64) -> Option<Self> {
        u8::try_from(number).ok().filter(|kind| usize::from(*kind) < KINDS.len()).map(Self)
    }
}

/// A search that cannot be done: what was wrong, what is possible.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuditFilterError {
    /// No account has this name.
    #[error("there is no account named \"{0}\"; write a name, or \"operator\" for the command line")]
    NoSuchAccount(String),
    /// No open room has this name.
    #[error("there is no room named \"{0}\"")]
    NoSuchRoom(String),
    /// Not an action.
    #[error("\"{0}\" is not an action; write one like Banned or SettingChanged")]
    NoSuchAction(String),
    /// Not a target.
    #[error("\"{0}\" is not a target; write a name, #room, or a kind and number like report/12")]
    NoSuchTarget(String),
    /// Not a time.
    #[error(
        "\"{0}\" is not a time; write 2026-11-23, 2026-11-23T14:30 (UTC), or how long ago, like 24h or 7d"
    )]
    NotATime(String),
    /// Not a qualifier.
    #[error("\"{0}:\" is not known; possible are actor: action: target: since: until:")]
    NoSuchQualifier(String),
    /// The same qualifier twice.
    #[error("\"{0}:\" is there twice; keep one")]
    Twice(&'static str),
    /// More words than a search takes.
    #[error("too many words, the limit is {0}")]
    TooManyWords(usize),
    /// The store could not look a name up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Some events, newest first, and where to go on. A page can be short and still name a next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    pub items: Vec<AuditRow>,
    /// What to give as `before` for older ones.
    pub next: Option<AuditSeq>,
}

/// How far a look at the chain has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditCheck {
    /// It holds up to this event.
    Holds {
        place: AuditSeq,
        hash: ChainHash,
        /// Whether there are events after it.
        more: bool,
    },
    /// Here it does not hold; everything before does.
    Broken { place: AuditSeq, fault: AuditFault },
}

/// What is wrong with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AuditFault {
    /// The event is not there, while later ones are.
    #[error("is missing")]
    Missing,
    /// Its bytes are no event.
    #[error("cannot be read")]
    Unreadable,
    /// Its hash is not that of the event and of everything before it.
    #[error("does not follow from the one before")]
    DoesNotFollow,
    /// What it is found by is not what it says.
    #[error("is filed under something else than it says")]
    Misfiled,
}
