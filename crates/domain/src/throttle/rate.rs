//! A rate and the one number it needs to remember: when all tokens will be back.

use std::time::{Duration, Instant};

use super::Verdict;

/// How often something may happen: `burst` times at once, and once more each time `every` has gone by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Tokens of a full bucket.
    pub burst: u32,
    /// Time until one token comes back.
    pub every: Duration,
}

/// A bucket of tokens, 16 bytes: for floods of messages on one connection.
#[derive(Debug, Clone, Copy)]
pub struct TokenBucket {
    full_at: Instant,
}

impl Rate {
    /// Returns a rate of `burst` at once and one more `every`.
    #[must_use]
    pub const fn new(burst: u32, every: Duration) -> Self {
        Self { burst, every }
    }

    /// Time from an empty bucket to a full one.
    fn whole(self) -> Duration {
        self.every.saturating_mul(self.burst)
    }

    /// Returns the same bucket if `full_at` is possible, and an empty one if not: after a clock has stepped back, a
    /// bucket owes no more than it can hold, and starts to fill at once.
    pub(super) fn anchored(self, full_at: Instant, now: Instant) -> Instant {
        now.checked_add(self.whole()).map_or(full_at, |latest| full_at.min(latest))
    }

    /// Returns how long to wait for a token of a bucket that is full at `full_at`; zero when there is one.
    pub(super) fn wait(self, full_at: Instant, now: Instant) -> Duration {
        let debt = full_at.saturating_duration_since(now);
        debt.saturating_add(self.every).saturating_sub(self.whole())
    }

    /// Returns when the bucket is full after one token more is taken.
    pub(super) fn take(self, full_at: Instant, now: Instant) -> Instant {
        let debt = full_at.saturating_duration_since(now).saturating_add(self.every);
        // Past the end of time nothing is owed; no machine runs that long.
        now.checked_add(debt.min(self.whole())).unwrap_or(now)
    }

    /// Returns when the bucket is full after one token is given back.
    pub(super) fn give_back(self, full_at: Instant, now: Instant) -> Instant {
        let debt = full_at.saturating_duration_since(now).saturating_sub(self.every);
        now.checked_add(debt.min(self.whole())).unwrap_or(now)
    }
}

impl TokenBucket {
    /// Returns a full bucket.
    #[must_use]
    pub fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes one token if there is one.
    pub fn take(&mut self, rate: Rate, now: Instant) -> Verdict {
        let wait = self.wait(rate, now);
        if !wait.is_zero() {
            return Verdict::Wait(wait);
        }
        self.full_at = rate.take(self.full_at, now);
        Verdict::Go
    }

    /// Returns how long to wait for a token; zero when there is one.
    pub(super) fn wait(&mut self, rate: Rate, now: Instant) -> Duration {
        self.full_at = rate.anchored(self.full_at, now);
        rate.wait(self.full_at, now)
    }

    /// Returns when all tokens will be back.
    pub(super) fn full_at(&self) -> Instant {
        self.full_at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate::new(3, Duration::from_secs(10));

    #[test]
    fn a_burst_goes_then_one_more_each_time_a_token_is_back() {
        let start = Instant::now();
        let mut bucket = TokenBucket::full(start);
        for _ in 0..3 {
            assert_eq!(bucket.take(RATE, start), Verdict::Go);
        }
        assert_eq!(bucket.take(RATE, start), Verdict::Wait(Duration::from_secs(10)));
        let nearly = start + Duration::from_millis(9_999);
        assert_eq!(bucket.take(RATE, nearly), Verdict::Wait(Duration::from_millis(1)));
        assert_eq!(bucket.take(RATE, start + Duration::from_secs(10)), Verdict::Go);
        assert_eq!(
            bucket.take(RATE, start + Duration::from_secs(10)),
            Verdict::Wait(Duration::from_secs(10))
        );
    }

    #[test]
    fn waiting_longer_never_saves_up_more_than_a_burst() {
        let start = Instant::now();
        let mut bucket = TokenBucket::full(start);
        let later = start + Duration::from_secs(1_000_000);
        let went = (0..100).filter(|_| bucket.take(RATE, later) == Verdict::Go).count();
        assert_eq!(went, 3);
    }

    #[test]
    fn a_clock_that_steps_back_neither_frees_nor_locks() {
        let start = Instant::now() + Duration::from_secs(86_400);
        let mut bucket = TokenBucket::full(start);
        while bucket.take(RATE, start) == Verdict::Go {}
        let hour_before = start - Duration::from_secs(3_600);
        assert_eq!(bucket.take(RATE, hour_before), Verdict::Wait(Duration::from_secs(10)));
        assert_eq!(
            bucket.take(RATE, hour_before + Duration::from_secs(9)),
            Verdict::Wait(Duration::from_secs(1))
        );
        assert_eq!(bucket.take(RATE, hour_before + Duration::from_secs(10)), Verdict::Go);
        assert!(matches!(bucket.take(RATE, hour_before + Duration::from_secs(10)), Verdict::Wait(_)));
    }

    #[test]
    fn a_rate_without_a_burst_lets_nobody_through_and_one_without_a_delay_everybody() {
        let now = Instant::now();
        let mut bucket = TokenBucket::full(now);
        assert!(matches!(bucket.take(Rate::new(0, Duration::from_secs(1)), now), Verdict::Wait(_)));
        assert!((0..1_000).all(|_| bucket.take(Rate::new(1, Duration::ZERO), now) == Verdict::Go));
        let endless = Rate::new(u32::MAX, Duration::MAX);
        assert_eq!(bucket.take(endless, now), Verdict::Go);
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_sees_more_than_burst_and_what_came_back(steps in proptest::collection::vec(0_u64..8_000, 1..120)) {
            let start = Instant::now();
            let (mut bucket, mut now, mut went) = (TokenBucket::full(start), start, Vec::new());
            for step in steps {
                now += Duration::from_millis(step);
                if bucket.take(RATE, now) == Verdict::Go {
                    went.push(now);
                }
            }
            for (at, first) in went.iter().enumerate() {
                for (further, last) in went[at..].iter().enumerate() {
                    let back = last.duration_since(*first).as_secs() / 10;
                    prop_assert!((further as u64) < 3 + back);
                }
            }
        }
    }
}
