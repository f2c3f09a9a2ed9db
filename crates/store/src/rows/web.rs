//! Logins to the dashboard.

use proto::ids::{AccountId, Timestamp, WebSessionId};
use proto::limits;
use proto::message::Role;
use proto::text::Text;

/// Longest name of a browser that is kept, in bytes.
pub const AGENT: usize = 256;

/// A login to the dashboard that is to be remembered.
#[derive(Debug, Clone)]
pub struct NewWebSession {
    /// The digest of the cookie's secret; the secret itself is never stored.
    pub digest: [u8; 32],
    pub account: AccountId,
    pub agent: Text<AGENT>,
    /// The pseudonym of the network it comes from.
    pub tag: [u8; 10],
    pub at: Timestamp,
    /// When it ends, however busy it is.
    pub ends_at: Timestamp,
}

/// A login to the dashboard, with its account as it is at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSessionRow {
    pub id: WebSessionId,
    pub account: AccountId,
    pub name: Text<{ limits::NAME }>,
    pub role: Role,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub ends_at: Timestamp,
    /// Until when the person counts as freshly proven.
    pub sudo_until: Option<Timestamp>,
    pub agent: Text<AGENT>,
    pub tag: [u8; 10],
    pub revoked: bool,
}

impl WebSessionRow {
    /// Whether it opens pages at this time; how long a person may be idle is the caller's rule.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.ends_at
    }

    /// Whether the person has proven freshly who they are.
    #[must_use]
    pub fn is_stepped_up(&self, now: Timestamp) -> bool {
        self.is_good(now) && self.sudo_until.is_some_and(|until| now < until)
    }
}
