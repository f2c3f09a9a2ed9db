//! JPEG coefficients: the balance that Jsteg disturbs.
//!
//! T. Zhang, X. Ping, "A fast and effective steganalytic technique against JSteg-like algorithms" (SAC 2003).

use crate::jpeg::Jpeg;

/// How often small AC values occur in the brightness of a JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Histogram {
    /// Counts of -REACH to REACH; what lies beyond is not counted.
    counts: [u64; 2 * Histogram::REACH as usize + 1],
}

impl Histogram {
    /// The largest value that is counted.
    pub(super) const REACH: i16 = 128;

    /// Counts a JPEG's values.
    pub(super) fn of(jpeg: &Jpeg) -> Self {
        Self::count(jpeg.carriers().flat_map(|block| &block[1..]).copied())
    }

    fn count(values: impl Iterator<Item = i16>) -> Self {
        let mut counts = [0; _];
        for value in values {
            if let Some(count) = index(value).and_then(|index| counts.get_mut(index)) {
                *count += 1;
            }
        }
        Self { counts }
    }

    /// Returns how often a value occurs.
    pub(super) fn at(&self, value: i16) -> u64 {
        index(value).and_then(|index| self.counts.get(index)).copied().unwrap_or(0)
    }
}

fn index(value: i16) -> Option<usize> {
    usize::try_from(i32::from(value) + i32::from(Histogram::REACH)).ok()
}

/// Returns the estimated share of usable coefficients whose lowest bit was replaced; 0 is clean, 1 is full.
///
/// Jsteg replaces the lowest bit of every value but 0 and 1, so it makes 2k and 2k + 1 alike. Photos have as many
/// coefficients of v as of -v. Count those that replacement can only lower a little, 2, 4, ... and -1, -3, ..., and
/// those that it can only raise, 3, 5, ... and -2, -4, ...: by the symmetry the difference is the number of ones, which
/// replacement never touches, and it shrinks in proportion to the share.
pub(super) fn jsteg(histogram: &Histogram) -> f64 {
    let (mut upper, mut lower) = (0_u64, 0_u64);
    for value in (-Histogram::REACH..=Histogram::REACH).filter(|value| !matches!(value, 0 | 1)) {
        let is_even = value & 1 == 0;
        if is_even == (0 < value) {
            upper += histogram.at(value);
        } else {
            lower += histogram.at(value);
        }
    }
    let ones = histogram.at(1) as f64;
    if ones == 0.0 { 0.0 } else { 1.0 - (upper as f64 - lower as f64) / ones }
}

/// The coefficients that Jsteg uses, in its order, as numbers whose pairs are 2k and 2k + 1.
pub(super) fn pairs_of_values(values: impl Iterator<Item = i16>) -> Vec<u16> {
    let used = values.filter(|value| !matches!(value, 0 | 1));
    used.map(|value| value.cast_unsigned() ^ 0x8000).collect()
}

pub(super) fn usable(jpeg: &Jpeg) -> Vec<u16> {
    pairs_of_values(jpeg.carriers().flatten().copied())
}

#[cfg(test)]
mod tests {
    use super::super::planes::tests::uniform;
    use super::*;

    /// Values like those of a photo: two-sided, falling off steeply.
    fn clean(count: usize) -> Vec<i16> {
        let mut state = 0xA076_1D64_78BD_642F_u64;
        let draw = |_| {
            let magnitude = (-uniform(&mut state).max(1e-9).ln() * 2.0).floor() as i16;
            if uniform(&mut state) < 0.5 { -magnitude } else { magnitude }
        };
        (0..count).map(draw).collect()
    }

    #[test]
    fn the_estimate_follows_the_share_that_was_replaced() {
        for share in [0.0, 0.1, 0.5, 1.0] {
            let mut state = 0x8EBC_6AF0_9C88_C6E3_u64;
            let replaced = clean(400_000).into_iter().map(|value| {
                let taken = !matches!(value, 0 | 1) && uniform(&mut state) < share;
                if taken { (value & !1) | i16::from(uniform(&mut state) < 0.5) } else { value }
            });
            let estimate = jsteg(&Histogram::count(replaced));
            assert!((estimate - share).abs() < 0.04, "{estimate} for {share}");
        }
    }

    #[test]
    fn values_beyond_the_reach_are_not_counted() {
        let counted = Histogram::count([i16::MIN, -129, -128, 128, 129, i16::MAX].into_iter());
        assert_eq!((counted.at(-128), counted.at(128), counted.at(129), counted.at(i16::MIN)), (1, 1, 0, 0));
        assert_eq!(jsteg(&Histogram::count(std::iter::empty())), 0.0);
    }

    #[test]
    fn pairs_stay_pairs_across_the_sign() {
        assert_eq!(pairs_of_values([0, 1, 2, 3, -2, -1].into_iter()), [0x8002, 0x8003, 0x7FFE, 0x7FFF]);
    }
}
