//! Buckets by key, at most [`TABLE`](super::TABLE) of them.
//!
//! A full bucket is the same as none, so only keys that owe something take room. When the table is full, the key that
//! owes least makes room for a new one. Somebody who wants his key forgotten before its time therefore has to
//! run up at least as much under every other key of the table, which costs 65,535 times what it saves.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::rate::Rate;

#[derive(Debug)]
pub(super) struct Table<K> {
    rate: Rate,
    capacity: usize,
    full_at: BTreeMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Copy> Table<K> {
    pub(super) fn new(rate: Rate, capacity: usize) -> Self {
        Self { rate, capacity, full_at: BTreeMap::new(), by_time: BTreeSet::new() }
    }

    /// Takes a token of this key, whether there is one or not.
    pub(super) fn take(&mut self, key: K, now: Instant) {
        self.forget_full(now);
        let full_at = self.full_at.get(&key).copied();
        if full_at.is_none() && self.capacity <= self.full_at.len() {
            self.forget_least();
        }
        self.set(key, self.rate.take(full_at.unwrap_or(now), now));
    }

    /// Gives a token of this key back.
    pub(super) fn give_back(&mut self, key: K, now: Instant) {
        if let Some(full_at) = self.full_at.get(&key).copied() {
            self.set(key, self.rate.give_back(full_at, now));
        }
    }

    /// Returns how long this key has to wait for a token; zero when there is one.
    pub(super) fn wait(&mut self, key: K, now: Instant) -> Duration {
        let Some(full_at) = self.full_at.get(&key).copied() else { return self.rate.wait(now, now) };
        let anchored = self.rate.anchored(full_at, now);
        if anchored != full_at {
            self.set(key, anchored);
        }
        self.rate.wait(anchored, now)
    }

    /// Gives all tokens of this key back.
    pub(super) fn forget(&mut self, key: K) {
        if let Some(full_at) = self.full_at.remove(&key) {
            self.by_time.remove(&(full_at, key));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.full_at.len()
    }

    fn set(&mut self, key: K, full_at: Instant) {
        if let Some(before) = self.full_at.insert(key, full_at) {
            self.by_time.remove(&(before, key));
        }
        self.by_time.insert((full_at, key));
    }

    /// Drops two keys that owe nothing, if there are: one more than can come in at a time.
    fn forget_full(&mut self, now: Instant) {
        for _ in 0..2 {
            match self.by_time.first() {
                Some((full_at, _)) if *full_at <= now => self.forget_least(),
                _ => return,
            }
        }
    }

    fn forget_least(&mut self) {
        if let Some((_, key)) = self.by_time.pop_first() {
            self.full_at.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate::new(5, Duration::from_secs(60));

    #[test]
    fn a_full_table_makes_room_by_forgetting_who_owes_least() {
        let now = Instant::now();
        let mut table = Table::new(RATE, 100);
        for _ in 0..5 {
            table.take(0_u32, now);
        }
        for key in 1..10_000 {
            table.take(key, now);
            assert!(table.len() <= 100);
        }
        assert_eq!(table.wait(0, now), Duration::from_secs(60), "the one who owes most is remembered");
        assert_eq!(table.wait(9_999, now), Duration::ZERO);
        assert!(table.full_at.contains_key(&9_999), "and so is the newest");
    }

    #[test]
    fn being_forgotten_early_costs_as_much_under_every_other_key() {
        let now = Instant::now();
        let mut table = Table::new(RATE, 100);
        for _ in 0..5 {
            table.take(0_u32, now);
        }
        let mut spent = 0;
        for key in 1..=100 {
            for _ in 0..5 {
                table.take(key, now);
                spent += 1;
            }
        }
        assert!(!table.full_at.contains_key(&0));
        assert_eq!(spent, 500);
    }

    #[test]
    fn keys_that_owe_nothing_are_dropped_as_others_come() {
        let now = Instant::now();
        let mut table = Table::new(RATE, 1_000);
        for key in 0..500_u32 {
            table.take(key, now);
        }
        let later = now + Duration::from_secs(61);
        for key in 1_000..1_500 {
            table.take(key, later);
        }
        assert_eq!(table.len(), 500);
    }

    proptest! {
        #[test]
        fn both_views_of_the_table_agree_and_stay_within_its_limit(
            steps in proptest::collection::vec((0_u8..12, 0_u8..8, -90_i64..90), 0..200),
        ) {
            let mut now = Instant::now() + Duration::from_secs(1_000_000);
            let mut table = Table::new(RATE, 5);
            for (act, key, shift) in steps {
                now = if shift < 0 { now - Duration::from_secs(shift.unsigned_abs()) } else { now + Duration::from_secs(shift.unsigned_abs()) };
                match act {
                    0 => table.forget(key),
                    1..=3 => table.give_back(key, now),
                    _ => table.take(key, now),
                }
                prop_assert!(table.len() <= 5);
                prop_assert!(table.wait(key, now) <= RATE.every);
                let keys: BTreeSet<_> = table.full_at.iter().map(|(key, full_at)| (*full_at, *key)).collect();
                prop_assert_eq!(&keys, &table.by_time);
            }
        }
    }
}
