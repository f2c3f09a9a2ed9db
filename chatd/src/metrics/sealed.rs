//! What is counted about sealed rooms.

use prometheus::{Histogram, IntCounter, IntGauge, Registry};
use proto::message::EvictWhy;
use proto::refusal::Code;
use store::{EvictionRow, SealedCounts};

use super::{counter, gauge, labelled, number, seconds};

/// The counters of sealed rooms.
#[derive(Debug)]
pub(crate) struct SealedMetrics {
    rooms: IntGauge,
    pending: IntGauge,
    evictions: [IntCounter; WHYS.len()],
    eviction_seconds: Histogram,
    commits: [IntCounter; CommitResult::ALL.len()],
    unreadable: IntCounter,
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitResult {
    Accepted,
    /// Another commit of the epoch came first.
    Stale,
    /// It left out somebody who has to go.
    Evicting,
    /// The rules of the group, or any other refusal.
    Refused,
}

impl SealedMetrics {
    pub(super) fn new(all: &Registry) -> Result<Self, prometheus::Error> {
        let evictions = labelled(
            all,
            "chatd_sealed_evictions_total",
            "Removals from sealed rooms that a member has carried out, by what demanded them.",
            "why",
        )?;
        let commits =
            labelled(all, "chatd_sealed_commits_total", "Commits by what became of them.", "result")?;
        Ok(Self {
            rooms: gauge(all, "chatd_sealed_rooms", "Sealed rooms that have a group.")?,
            pending: gauge(
                all,
                "chatd_sealed_evictions_pending",
                "Removals from sealed rooms that no member has carried out; nobody writes there meanwhile.",
            )?,
            evictions: WHYS.map(|why| evictions.with_label_values(&[label(why)])),
            eviction_seconds: seconds(
                all,
                "chatd_sealed_eviction_seconds",
                "Time from a measure to the commit that carries it out.",
                WAITS,
            )?,
            commits: CommitResult::ALL.map(|result| commits.with_label_values(&[result.label()])),
            unreadable: counter(
                all,
                "chatd_sealed_unopened_total",
                "Entries of sealed rooms that a device could not make sense of.",
            )?,
        })
    }

    pub(crate) fn set(&self, counts: &SealedCounts) {
        self.rooms.set(number(counts.rooms));
        self.pending.set(number(counts.evicting));
    }

    pub(crate) fn commit(&self, result: CommitResult) {
        self.commits[result as usize].inc();
    }

    /// Counts an eviction that is carried out.
    pub(crate) fn evicted(&self, row: &EvictionRow) {
        if let Some(place) = WHYS.iter().position(|why| *why == row.why) {
            self.evictions[place].inc();
        }
        if let Some(done) = row.done_at {
            let took = u32::try_from(done.0.saturating_sub(row.asked_at.0)).unwrap_or(0);
            self.eviction_seconds.observe(f64::from(took) / 1_000.0);
        }
    }

    pub(crate) fn unreadable(&self) {
        self.unreadable.inc();
    }
}

impl CommitResult {
    const ALL: [Self; 4] = [Self::Accepted, Self::Stale, Self::Evicting, Self::Refused];

    /// Returns which refusal it was.
    pub(crate) const fn of(code: Code) -> Self {
        match code {
            Code::StaleEpoch => Self::Stale,
            Code::PendingEviction => Self::Evicting,
            _ => Self::Refused,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Stale => "stale",
            Self::Evicting => "evicting",
            Self::Refused => "refused",
        }
    }
}

const WHYS: [EvictWhy; 6] = [
    EvictWhy::Banned,
    EvictWhy::RoomBanned,
    EvictWhy::Kicked,
    EvictWhy::Left,
    EvictWhy::DeviceRevoked,
    EvictWhy::IdentityReplaced,
];

const fn label(why: EvictWhy) -> &'static str {
    match why {
        EvictWhy::Banned => "banned",
        EvictWhy::RoomBanned => "room_banned",
        EvictWhy::Kicked => "kicked",
        EvictWhy::Left => "left",
        EvictWhy::DeviceRevoked => "device_revoked",
        EvictWhy::IdentityReplaced => "identity_replaced",
    }
}

/// From a client that is there to a member who comes back after the weekend.
const WAITS: &[f64] = &[0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 3_600.0, 86_400.0, 259_200.0];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_result_and_each_why_has_its_place_and_its_own_label() {
        let results: BTreeSet<_> = CommitResult::ALL.iter().map(|result| result.label()).collect();
        assert_eq!(results.len(), CommitResult::ALL.len());
        assert!(CommitResult::ALL.iter().enumerate().all(|(place, result)| *result as usize == place));
        let whys: BTreeSet<_> = WHYS.iter().map(|why| label(*why)).collect();
        assert_eq!(whys.len(), WHYS.len());
    }
}
