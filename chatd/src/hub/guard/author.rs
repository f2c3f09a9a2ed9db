//! What is known of people online: since when they have been here, and which measures bind them.

use std::collections::BTreeMap;
use std::time::Instant;

use domain::role::Action;
use domain::sanction::{self, Kind};
use proto::ids::{AccountId, RoomId, Timestamp};

/// Somebody who may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Author {
    /// When the account was made.
    pub(crate) since: Timestamp,
    /// What binds them.
    pub(crate) bounds: Vec<Bound>,
}

/// A measure that stands against somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) kind: Kind,
    /// Only in this room; everywhere when absent.
    pub(crate) room: Option<RoomId>,
    /// For good when absent.
    pub(crate) until: Option<Timestamp>,
    pub(crate) reason: String,
}

#[derive(Debug, Default)]
pub(super) struct Authors(BTreeMap<AccountId, Known>);

#[derive(Debug)]
struct Known {
    author: Author,
    /// When it was last changed; what was read before is stale.
    changed: Instant,
}

impl Authors {
    pub(super) fn set(&mut self, account: AccountId, author: Author, now: Instant) {
        self.0.insert(account, Known { author, changed: now });
    }

    pub(super) fn load(&mut self, account: AccountId, author: Author, since: Instant) {
        if self.0.get(&account).is_none_or(|known| known.changed < since) {
            self.0.insert(account, Known { author, changed: since });
        }
    }

    pub(super) fn bind(&mut self, account: AccountId, bound: Bound) {
        if let Some(known) = self.0.get_mut(&account) {
            known.author.bounds.push(bound);
        }
    }

    pub(super) fn forget(&mut self, account: AccountId) {
        self.0.remove(&account);
    }

    pub(super) fn since(&self, account: AccountId) -> Option<Timestamp> {
        self.0.get(&account).map(|known| known.author.since)
    }

    /// Returns the measure that keeps somebody from doing this here, the one that stands longest.
    pub(super) fn forbidding(
        &self,
        account: AccountId,
        action: Action,
        room: Option<RoomId>,
        now: Timestamp,
    ) -> Option<&Bound> {
        let bounds = self.0.get(&account)?.author.bounds.iter();
        bounds
            .filter(|bound| bound.until.is_none_or(|until| now < until))
            .filter(|bound| bound.room.is_none() || bound.room == room)
            .filter(|bound| sanction::forbids(bound.kind, action))
            .max_by_key(|bound| bound.until.map_or(i64::MAX, |until| until.0))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
