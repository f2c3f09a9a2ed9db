//! How long to wait before connecting again.

use std::time::Duration;

/// Doubles the wait with each failure: between half a second and a minute, spread so that clients of a server
/// that restarts do not all come back at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Returns the next wait; `spread` is random and moves it between half and all of this step.
    pub(crate) fn next_wait(&mut self, spread: u16) -> Duration {
        let step = LONGEST.min(FIRST_STEP.saturating_mul(1 << self.failures.min(DOUBLINGS)));
        self.failures = self.failures.saturating_add(1);
        step / 2 + spread_of(step / 2, spread)
    }

    /// Starts again with the shortest wait, after a connection that held.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Returns a part of `length`: none of it at 0, all of it at `u16::MAX`.
pub(crate) fn spread_of(length: Duration, spread: u16) -> Duration {
    length.mul_f64(f64::from(spread) / f64::from(u16::MAX))
}

const FIRST_STEP: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
const DOUBLINGS: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_start_at_half_a_second_and_never_pass_a_minute() {
        let (mut shortest, mut longest) = (Backoff::default(), Backoff::default());
        let low: Vec<_> = (0..9).map(|_| shortest.next_wait(0).as_millis()).collect();
        let high: Vec<_> = (0..9).map(|_| longest.next_wait(u16::MAX).as_millis()).collect();

        assert_eq!(low, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(high, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn a_connection_that_held_starts_the_waits_again() {
        let mut backoff = Backoff::default();
        for _ in 0..1_000 {
            backoff.next_wait(7);
        }
        backoff.reset();
        assert_eq!(backoff.next_wait(0), Duration::from_millis(500));
    }
}
