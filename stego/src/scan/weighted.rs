//! Weighted stego-image estimate of LSB replacement.
//!
//! J. Fridrich, M. Goljan, "On estimation of secret message length in LSB steganography in spatial domain" (SPIE 2004);
//! predictor, weights and the correction of the bias from A. Ker, R. Böhme, "Revisiting weighted stego-image
//! steganalysis" (SPIE 2008).

use super::planes::Plane;

/// Returns the estimated share of values whose lowest bit was replaced: 0 is clean, 1 is a full picture.
///
/// LSB replacement moves even values up and odd ones down. A pixel is predicted from its eight neighbours; the mean,
/// over pixels, of "how far the value lies on the side its own last bit would have pushed it to" is half the share.
/// Quiet surroundings count more, because the prediction is better there. Black and white do not count: clipping has
/// moved those values to one side already, which would look like replacement.
pub fn weighted_stego(plane: &Plane) -> f64 {
    let top = if plane.values().iter().all(|&value| value <= 255) { 255 } else { u16::MAX };
    let (mut residual, mut weights, mut own) = (0.0, 0.0, 0.0);
    for [above, row, below] in plane.row_triples() {
        for ((above, row), below) in above.windows(3).zip(row.windows(3)).zip(below.windows(3)) {
            let &[value_left, value, value_right] = row else { continue };
            if value == 0 || value == top {
                continue;
            }
            let corners = [above[0], above[2], below[0], below[2]];
            let sides = [above[1], below[1], value_left, value_right];
            let weight = 1.0 / (5.0 + variance(&corners, &sides));
            let direction = pushed(value);
            residual += weight * direction * (f64::from(value) - predict(&corners, &sides, f64::from));
            // What the neighbours' own changes add to the prediction, per unit of the share.
            own -= weight * direction * predict(&corners, &sides, pushed);
            weights += weight;
        }
    }
    if weights == 0.0 {
        return 0.0;
    }
    let (half_share, bias) = (residual / weights, own / weights);
    2.0 * half_share * (1.0 - bias)
}

/// Where replacing the last bit would have moved a value that has this last bit: odd values up, even ones down.
fn pushed(value: u16) -> f64 {
    if value & 1 == 1 { 1.0 } else { -1.0 }
}

/// The linear prediction of a pixel from its neighbours (Ker and Böhme's 3x3 filter): sides count 1/2, corners -1/4.
fn predict(corners: &[u16; 4], sides: &[u16; 4], of: impl Fn(u16) -> f64) -> f64 {
    let sum = |near: &[u16; 4]| near.iter().map(|&value| of(value)).sum::<f64>();
    (2.0 * sum(sides) - sum(corners)) / 4.0
}

/// The variance of the eight neighbours.
fn variance(corners: &[u16; 4], sides: &[u16; 4]) -> f64 {
    let (mut sum, mut squares) = (0_u64, 0_u64);
    for &value in corners.iter().chain(sides) {
        sum += u64::from(value);
        squares += u64::from(value) * u64::from(value);
    }
    (8 * squares - sum * sum) as f64 / 64.0
}

#[cfg(test)]
mod tests {
    use super::super::planes::tests::{photo, replace_spread};
    use super::*;

    #[test]
    fn the_estimate_follows_the_share_that_was_replaced() {
        let clean = photo(256, 256);
        assert!(weighted_stego(&clean).abs() < 0.03, "{}", weighted_stego(&clean));
        for share in [0.1, 0.4, 1.0] {
            let estimate = weighted_stego(&replace_spread(&clean, share));
            assert!((estimate - share).abs() < 0.05, "{estimate} for {share}");
        }
    }

    #[test]
    fn flat_and_tiny_planes_are_clean() {
        for (width, height) in [(0, 0), (1, 1), (2, 9), (64, 64)] {
            let flat = Plane::new(width, height, vec![77; width * height]).unwrap();
            assert_eq!(weighted_stego(&flat), 0.0, "{width}x{height}");
        }
    }

    #[test]
    fn the_largest_values_do_not_overflow() {
        let values = (0..64 * 64).map(|at| if at % 3 == 0 { u16::MAX } else { 0 }).collect();
        assert!(weighted_stego(&Plane::new(64, 64, values).unwrap()).is_finite());
    }
}
