//! How much one account may ask for; kept over a reconnect, so that coming back is no way around it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::throttle::{Rate, TokenBucket, Verdict};
use proto::ids::AccountId;
use proto::refusal::Refusal;

use super::input::Deed;
use crate::refuse;

/// The buckets of everybody who wrote lately.
#[derive(Debug)]
pub(super) struct Flood {
    entries: Rate,
    buckets: BTreeMap<AccountId, Buckets>,
}

#[derive(Debug)]
struct Buckets {
    entries: TokenBucket,
    /// Read markers, joining and leaving.
    others: TokenBucket,
    /// Messages beyond the limit that may wait for a moderator.
    held: TokenBucket,
    /// Key packages of others, which are handed out once.
    packages: TokenBucket,
    last: Instant,
}

impl Flood {
    pub(super) fn new(entries: Rate) -> Self {
        Self { entries, buckets: BTreeMap::new() }
    }

    pub(super) fn set_limit(&mut self, entries: Rate) {
        self.entries = entries;
    }

    /// Counts a deed, or refuses it with the time after which it is possible.
    pub(super) fn spend(&mut self, account: AccountId, deed: &Deed, now: Instant) -> Result<(), Refusal> {
        let buckets = self.buckets.entry(account).or_insert_with(|| Buckets::full(now));
        buckets.last = now;
        let verdict = match deed {
            Deed::Append { .. } => buckets.entries.take(self.entries, now),
            Deed::Sealed(deed) if deed.is_entry() => buckets.entries.take(self.entries, now),
            Deed::Sealed(deed) if deed.uses_up_others() => buckets.packages.take(PACKAGES, now),
            _ => buckets.others.take(for_others(self.entries), now),
        };
        match verdict {
            Verdict::Go => Ok(()),
            Verdict::Wait(wait) => Err(refuse::too_fast(wait)),
        }
    }

    /// Counts a message that is to wait for a moderator; whether it may. A flood must not fill the moderators' list.
    pub(super) fn spend_hold(&mut self, account: AccountId, now: Instant) -> bool {
        let buckets = self.buckets.entry(account).or_insert_with(|| Buckets::full(now));
        buckets.last = now;
        buckets.held.take(HELD, now) == Verdict::Go
    }

    /// Forgets accounts whose buckets have long been full.
    pub(super) fn sweep(&mut self, now: Instant) {
        let entries = self.entries.every.saturating_mul(self.entries.burst);
        let full_after = entries.max(HELD_EVERY * HELD_BURST).max(PACKAGES_EVERY * PACKAGES_BURST);
        self.buckets.retain(|_, buckets| now < buckets.last + full_after);
    }

    /// Returns whether nobody has to wait for anything.
    pub(super) fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Returns how many accounts are held in memory.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.buckets.len()
    }
}

impl Buckets {
    fn full(now: Instant) -> Self {
        let bucket = || TokenBucket::full(now);
        Self { entries: bucket(), others: bucket(), held: bucket(), packages: bucket(), last: now }
    }
}

/// What others do not read is cheaper for everybody, so more of it may come.
fn for_others(entries: Rate) -> Rate {
    Rate::new(entries.burst.saturating_mul(OTHERS_PER_ENTRY), entries.every / OTHERS_PER_ENTRY)
}

const OTHERS_PER_ENTRY: u32 = 4;
const HELD_BURST: u32 = 5;
const HELD_EVERY: Duration = Duration::from_secs(60);
/// Enough to invite everybody one knows into a room; too few to empty the store of everybody here.
const PACKAGES_BURST: u32 = 60;
const PACKAGES_EVERY: Duration = Duration::from_secs(5);
const PACKAGES: Rate = Rate::new(PACKAGES_BURST, PACKAGES_EVERY);
/// Few enough for a person to read.
const HELD: Rate = Rate::new(HELD_BURST, HELD_EVERY);
