//! RS estimate of LSB replacement: regular and singular groups.
//!
//! J. Fridrich, M. Goljan, R. Du, "Detecting LSB steganography in color and gray-scale images" (IEEE Multimedia 8, 2001).

use super::planes::Plane;
use super::root;

/// Which of four neighbours in a row are flipped; the two masks are each other's complement.
const MASKS: [[bool; 4]; 2] = [[false, true, true, false], [true, false, false, true]];

/// Returns the estimated share of values whose lowest bit was replaced: 0 is clean, 1 is a full picture.
///
/// Flipping last bits (2k with 2k + 1) or shifted ones (2k - 1 with 2k) makes groups of a clean photo rougher equally
/// often. Replacement ruins the balance; the picture with all bits flipped gives two more points of the curves, which
/// are a parabola and a line.
pub fn regular_singular(plane: &Plane) -> f64 {
    let mut here = Balance::default();
    let mut flipped = Balance::default();
    for row in plane.rows() {
        for group in row.chunks_exact(4) {
            let values = [0, 1, 2, 3].map(|at| i32::from(group[at]));
            here.count(values);
            flipped.count(values.map(flip));
        }
    }
    let [at_share, at_share_shifted] = [here.straight as f64, here.shifted as f64];
    let [at_rest, at_rest_shifted] = [flipped.straight as f64, flipped.shifted as f64];
    let z = root(
        2.0 * (at_rest + at_share),
        at_share_shifted - at_rest_shifted - at_rest - 3.0 * at_share,
        at_share - at_share_shifted,
    );
    if z == 0.5 { 1.0 } else { z / (z - 0.5) }
}

/// Groups that became rougher less groups that became smoother, for both kinds of flipping.
#[derive(Default)]
struct Balance {
    straight: i64,
    shifted: i64,
}

impl Balance {
    fn count(&mut self, values: [i32; 4]) {
        let before = roughness(values);
        for mask in MASKS {
            let with = |change: fn(i32) -> i32| {
                let mut changed = values;
                for (value, _) in changed.iter_mut().zip(mask).filter(|(_, masked)| *masked) {
                    *value = change(*value);
                }
                i64::from((roughness(changed) - before).signum())
            };
            self.straight += with(flip);
            self.shifted += with(flip_shifted);
        }
    }
}

fn roughness([a, b, c, d]: [i32; 4]) -> i32 {
    (a - b).abs() + (b - c).abs() + (c - d).abs()
}

fn flip(value: i32) -> i32 {
    value ^ 1
}

fn flip_shifted(value: i32) -> i32 {
    ((value + 1) ^ 1) - 1
}

#[cfg(test)]
mod tests {
    use super::super::planes::tests::{photo, replace_spread};
    use super::*;

    #[test]
    fn the_estimate_follows_the_share_that_was_replaced() {
        let clean = photo(256, 256);
        assert!(regular_singular(&clean).abs() < 0.05, "{}", regular_singular(&clean));
        for share in [0.1, 0.4, 0.8] {
            let estimate = regular_singular(&replace_spread(&clean, share));
            assert!((estimate - share).abs() < 0.1, "{estimate} for {share}");
        }
    }

    #[test]
    fn flat_and_tiny_planes_are_clean() {
        for (width, height) in [(0, 0), (3, 1), (64, 64)] {
            let flat = Plane::new(width, height, vec![77; width * height]).unwrap();
            assert_eq!(regular_singular(&flat), 0.0, "{width}x{height}");
        }
    }
}
