//! Distributions of times: a histogram of fixed size, with quantiles that are right to 1.6 %.

use std::time::Duration;

/// Counts of times in buckets whose width grows with the time: 64 buckets for each doubling.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    longest: u64,
}

/// The quantiles that are reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Quantiles {
    /// Half are faster.
    pub(crate) p50: Duration,
    /// One in a hundred is slower.
    pub(crate) p99: Duration,
    /// One in a thousand is slower.
    pub(crate) p999: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], count: 0, longest: 0 }
    }
}

impl Histogram {
    /// Counts one time.
    pub(crate) fn record(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket_of(nanos)] += 1;
        self.count += 1;
        self.longest = self.longest.max(nanos);
    }

    /// Counts all the times that another has counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (own, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *own += theirs;
        }
        self.count += other.count;
        self.longest = self.longest.max(other.longest);
    }

    /// Returns the time that a share of all are at most; never more than the longest one, zero when there are none.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count is between zero and the count"
        )]
        let rank = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if rank <= seen {
                return Duration::from_nanos(upper_end(index).min(self.longest));
            }
        }
        Duration::ZERO
    }

    /// Returns the quantiles that are reported.
    pub(crate) fn quantiles(&self) -> Quantiles {
        Quantiles { p50: self.quantile(0.5), p99: self.quantile(0.99), p999: self.quantile(0.999) }
    }
}

/// Times below 64 ns have a bucket each; above, the six bits after the leading one choose it.
fn bucket_of(nanos: u64) -> usize {
    let exponent = nanos.max(1).ilog2();
    let bucket = if exponent < SUB_BITS {
        nanos
    } else {
        let sub = (nanos >> (exponent - SUB_BITS)) - SUB_BUCKETS;
        u64::from(exponent - SUB_BITS + 1) * SUB_BUCKETS + sub
    };
    usize::try_from(bucket).expect("the last bucket is BUCKETS - 1")
}

/// Returns the longest time of a bucket.
fn upper_end(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < SUB_BUCKETS {
        return bucket;
    }
    let shift = bucket / SUB_BUCKETS - 1;
    let first = (SUB_BUCKETS + bucket % SUB_BUCKETS) << shift;
    first + ((1 << shift) - 1)
}

const SUB_BITS: u32 = 6;
const SUB_BUCKETS: u64 = 1 << SUB_BITS;
const BUCKETS: usize = (64 - SUB_BITS as usize + 1) << SUB_BITS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_in_a_bucket_that_ends_at_most_one_part_in_64_above_it() {
        let mut nanos: u64 = 1;
        while nanos < u64::MAX / 3 {
            for time in [nanos - 1, nanos, nanos + 1] {
                let end = upper_end(bucket_of(time));
                assert!(time <= end && end - time <= time / 64, "{time} is in a bucket that ends at {end}");
            }
            nanos = nanos * 3 / 2 + 1;
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
        assert_eq!(upper_end(BUCKETS - 1), u64::MAX);
    }

    #[test]
    fn quantiles_of_one_to_a_thousand_milliseconds_are_within_two_percent() {
        let mut histogram = Histogram::default();
        for milliseconds in (1..=1000).rev() {
            histogram.record(Duration::from_millis(milliseconds));
        }
        let Quantiles { p50, p99, p999 } = histogram.quantiles();
        for (found, expected) in [(p50, 0.5), (p99, 0.99), (p999, 0.999)] {
            assert!((found.as_secs_f64() / expected - 1.0).abs() < 0.02, "{found:?} instead of {expected} s");
        }
    }

    #[test]
    fn two_histograms_together_are_as_if_one_had_counted_all() {
        let (mut one, mut other, mut all) =
            (Histogram::default(), Histogram::default(), Histogram::default());
        for milliseconds in 1..=100 {
            let half = if milliseconds % 3 == 0 { &mut one } else { &mut other };
            half.record(Duration::from_millis(milliseconds));
            all.record(Duration::from_millis(milliseconds));
        }
        one.merge(&other);
        assert_eq!(one.quantiles(), all.quantiles());
    }

    #[test]
    fn no_quantile_is_longer_than_the_longest_time() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.99), Duration::ZERO);
        histogram.record(Duration::from_micros(1_001));
        assert_eq!(histogram.quantile(0.0), Duration::from_micros(1_001));
        assert_eq!(histogram.quantile(1.0), Duration::from_micros(1_001));
    }
}
