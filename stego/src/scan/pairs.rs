//! Sample pairs estimate of LSB replacement.
//!
//! S. Dumitrescu, X. Wu, Z. Wang, "Detection of LSB steganography via sample pair analysis" (IEEE Trans. Signal
//! Processing 51, 2003).

use super::planes::Plane;
use super::root;

/// Returns the estimated share of values whose lowest bit was replaced: 0 is clean, 1 is a full picture.
///
/// Among neighbours (u, v) of a clean photo it is as likely that v is even and the larger one as that it is odd and the
/// larger one. Replacement moves pairs between those sets at rates that depend on the share alone.
pub fn sample_pairs(plane: &Plane) -> f64 {
    let mut sets = Sets::default();
    for row in plane.rows() {
        row.iter().zip(row.iter().skip(1)).for_each(|(&left, &right)| sets.count(left, right));
    }
    for (above, below) in plane.rows().zip(plane.rows().skip(1)) {
        above.iter().zip(below).for_each(|(&above, &below)| sets.count(above, below));
    }
    sets.share()
}

/// How many pairs fall into the sets of the paper.
#[derive(Default)]
struct Sets {
    all: u64,
    /// Equal values.
    equal: u64,
    /// Different values of the same pair of values 2k, 2k + 1.
    twins: u64,
    /// The second is even and larger, or odd and smaller.
    falling: u64,
    /// The second is even and smaller, or odd and larger; the twins are among them.
    rising: u64,
}

impl Sets {
    fn count(&mut self, first: u16, second: u16) {
        self.all += 1;
        if first == second {
            self.equal += 1;
        } else if (second & 1 == 0) == (first < second) {
            self.falling += 1;
        } else {
            self.rising += 1;
            self.twins += u64::from(first >> 1 == second >> 1);
        }
    }

    /// Solves (|W| + |Z|)/2 p^2 + (2|X| - |P|) p + |Y| - |X| = 0 for the root nearer to zero.
    fn share(&self) -> f64 {
        let [all, equal, twins, falling, rising] =
            [self.all, self.equal, self.twins, self.falling, self.rising].map(|count| count as f64);
        root((twins + equal) / 2.0, 2.0 * falling - all, rising - falling)
    }
}

#[cfg(test)]
mod tests {
    use super::super::planes::tests::{photo, replace_spread};
    use super::*;

    #[test]
    fn the_estimate_follows_the_share_that_was_replaced() {
        let clean = photo(256, 256);
        assert!(sample_pairs(&clean).abs() < 0.04, "{}", sample_pairs(&clean));
        for share in [0.1, 0.4, 0.8] {
            let estimate = sample_pairs(&replace_spread(&clean, share));
            assert!((estimate - share).abs() < 0.08, "{estimate} for {share}");
        }
    }

    #[test]
    fn flat_and_tiny_planes_are_clean() {
        for (width, height) in [(0, 0), (1, 1), (64, 64)] {
            let flat = Plane::new(width, height, vec![77; width * height]).unwrap();
            assert_eq!(sample_pairs(&flat), 0.0, "{width}x{height}");
        }
    }
}
