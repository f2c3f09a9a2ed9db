//! People as the dashboard shows them, their networks, and invites.

use std::fmt;

use proto::ids::{AccountId, InviteId, Timestamp};
use proto::limits;
use proto::message::Role;
use proto::text::Text;

use super::{AccountRow, AccountState, InviteRow};

/// Which people a list shows. What is not given does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleFilter {
    /// What the name begins with.
    pub name: String,
    pub role: Option<Role>,
    pub state: Option<AccountState>,
    pub order: PeopleOrder,
}

/// The order of a list of people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PeopleOrder {
    #[default]
    Name,
    Newest,
}

/// Where a list of people goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleCursor {
    /// After this name.
    Name(String),
    /// Before this account.
    Newest(AccountId),
}

impl PeopleCursor {
    /// Reads what its text form was.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('.')? {
            ("name", name) if !name.is_empty() => Some(Self::Name(name.to_owned())),
            ("id", id) => id.parse().ok().and_then(AccountId::new).map(Self::Newest),
            _ => None,
        }
    }
}

impl fmt::Display for PeopleCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(formatter, "name.{name}"),
            Self::Newest(id) => write!(formatter, "id.{id}"),
        }
    }
}

/// Somebody as a list shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    pub id: AccountId,
    pub name: Text<{ limits::NAME }>,
    pub role: Role,
    pub state: AccountState,
    /// Whether a ban keeps them away from the server.
    pub banned: bool,
    pub created_at: Timestamp,
    pub last_seen: Option<Timestamp>,
    pub devices: u32,
    /// Measures that were ever taken.
    pub sanctions: u32,
    /// Reports about them that are open.
    pub reports: u32,
}

impl PersonLine {
    /// Returns where the list goes on after this line.
    #[must_use]
    pub fn cursor(&self, order: PeopleOrder) -> PeopleCursor {
        match order {
            PeopleOrder::Name => PeopleCursor::Name(self.name.to_string()),
            PeopleOrder::Newest => PeopleCursor::Newest(self.id),
        }
    }
}

/// Somebody with what belongs to them in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    pub account: AccountRow,
    pub state: AccountState,
    pub banned: bool,
    pub last_seen: Option<Timestamp>,
    /// What they said when they applied for the account.
    pub application: Text<{ limits::REASON }>,
    pub decided_by: Option<AccountId>,
    pub decided_at: Option<Timestamp>,
    pub sanctions: u64,
    pub reports_about: u64,
    pub reports_by: u64,
    pub invites: u64,
}

/// Somebody who applied for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicantLine {
    pub id: AccountId,
    pub name: Text<{ limits::NAME }>,
    pub role: Role,
    pub created_at: Timestamp,
    /// The pseudonym of the network they came from last.
    pub tag: Option<[u8; 10]>,
    pub application: Text<{ limits::REASON }>,
}

/// Somebody who joined lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinerLine {
    pub id: AccountId,
    pub name: Text<{ limits::NAME }>,
    pub role: Role,
    pub created_at: Timestamp,
    pub invite: Option<InviteId>,
    /// The pseudonym of the network they came from last.
    pub tag: Option<[u8; 10]>,
    pub state: AccountState,
    pub banned: bool,
}

/// Somebody by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    pub id: AccountId,
    pub name: Text<{ limits::NAME }>,
    pub role: Role,
}

/// A network somebody came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkRow {
    /// The pseudonym.
    pub tag: [u8; 10],
    /// The address, sealed.
    pub sealed: Vec<u8>,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

/// An invite as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteLine {
    pub row: InviteRow,
    pub by_name: Option<Text<{ limits::NAME }>>,
    /// How many came by it.
    pub joined: u64,
}
