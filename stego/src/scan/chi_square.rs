//! Chi-square attack: only for LSB replacement that fills the picture from its first value on.
//!
//! A. Westfeld, A. Pfitzmann, "Attacks on steganographic systems" (Information Hiding 1999).

use serde::Serialize;

/// From this probability on, a beginning of the picture counts as filled.
const FILLED: f64 = 0.95;

/// What the attack says about beginnings of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sequential {
    /// The largest share of the picture, in steps of a hundredth from its first value, that looks filled.
    pub share: f64,
    /// The probability that the whole picture is filled.
    pub whole: f64,
}

/// Returns how much of the beginning looks as if every lowest bit were random.
///
/// Replacement makes the counts of 2k and 2k + 1 equal. The test statistic over such pairs tells how well they agree.
pub fn chi_square(values: impl ExactSizeIterator<Item = u16>) -> Sequential {
    let total = values.len();
    // Grows with the largest value, so that eight bits need not walk over sixteen bits' worth of zeros.
    let mut counts = Vec::new();
    let mut found = Sequential { share: 0.0, whole: 0.0 };
    let mut step = 1;
    for (index, value) in values.enumerate() {
        let pair = usize::from(value) & !1;
        if counts.len() <= pair {
            counts.resize(pair + 2, 0_u32);
        }
        counts[usize::from(value)] += 1;
        while step <= 100 && total * step / 100 <= index + 1 {
            found.whole = equality(&counts);
            if found.whole >= FILLED {
                found.share = step as f64 / 100.0;
            }
            step += 1;
        }
    }
    found
}

/// The probability of pairs that differ at least as much when all last bits are random.
fn equality(counts: &[u32]) -> f64 {
    let (mut statistic, mut pairs) = (0.0, 0_u32);
    for pair in counts.chunks_exact(2) {
        let expected = f64::from(pair[0] + pair[1]) / 2.0;
        // The statistic follows its distribution only where enough values were counted.
        if expected > 4.0 {
            statistic += (f64::from(pair[0]) - expected).powi(2) / expected;
            pairs += 1;
        }
    }
    if pairs < 2 { 0.0 } else { upper_gamma(f64::from(pairs - 1) / 2.0, statistic / 2.0) }
}

/// The regularised upper incomplete gamma function Q(a, x).
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 { 1.0 - scale * series(a, x) } else { scale * fraction(a, x) }
}

/// The power series of the lower function: sum of x^n / (a (a + 1) ... (a + n)).
fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for n in 1..10_000 {
        term *= x / (a + f64::from(n));
        sum += term;
        if term < sum * 1e-14 {
            break;
        }
    }
    sum
}

/// The continued fraction of the upper function, by the modified Lentz method.
fn fraction(a: f64, x: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / away_from_zero(b);
    let mut product = d;
    for n in 1..10_000 {
        let n = f64::from(n);
        let numerator = n * (a - n);
        b += 2.0;
        d = 1.0 / away_from_zero(numerator.mul_add(d, b));
        c = away_from_zero(b + numerator / c);
        product *= c * d;
        if (c * d - 1.0).abs() < 1e-14 {
            break;
        }
    }
    product
}

/// ln Γ(x) for positive x: the recurrence up to 10, then Stirling's series.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below += x.ln();
        x += 1.0;
    }
    let tail = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5))
        - 1.0 / (1680.0 * x.powi(7));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + tail - below
}

#[cfg(test)]
mod tests {
    use super::super::planes::Plane;
    use super::super::planes::tests::{photo, replace_first, replace_spread};
    use super::*;

    /// A photo whose contrast was raised: some values are rare, as in most pictures that were worked on.
    fn developed() -> Plane {
        let photo = photo(256, 256);
        let curve = |value: &u16| (f64::from(*value) * 1.3 - 30.0).round().clamp(0.0, 255.0) as u16;
        Plane::new(256, 256, photo.values().iter().map(curve).collect()).unwrap()
    }

    #[test]
    fn the_gamma_functions_agree_with_known_values() {
        // Γ(5) = 24, Γ(1/2) = sqrt(pi); Q(1, x) = exp(-x); Q(1/2, x) = erfc(sqrt x).
        assert!((ln_gamma(5.0) - 24.0_f64.ln()).abs() < 1e-10);
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-10);
        for x in [0.1, 1.0, 1.9, 2.1, 30.0] {
            assert!((upper_gamma(1.0, x) - (-x).exp()).abs() < 1e-10, "{x}");
        }
        assert!((upper_gamma(0.5, 1.0) - 0.157_299_207_050_285).abs() < 1e-10);
    }

    #[test]
    fn a_filled_beginning_is_measured_and_a_clean_photo_has_none() {
        let clean = developed();
        assert_eq!(chi_square(clean.values().iter().copied()).share, 0.0);
        let filled = replace_first(&clean, 0.3);
        let found = chi_square(filled.values().iter().copied());
        assert!((found.share - 0.3).abs() < 0.05, "{found:?}");
        assert!(found.whole < 0.5, "{found:?}");
    }

    #[test]
    fn a_full_picture_is_full_and_a_tenth_spread_out_is_not_seen() {
        let clean = developed();
        let full = chi_square(replace_spread(&clean, 1.0).values().iter().copied());
        assert!(full.share > 0.9, "{full:?}");
        let spread = replace_spread(&clean, 0.1);
        assert_eq!(chi_square(spread.values().iter().copied()).share, 0.0);
    }

    #[test]
    fn nothing_at_all_is_clean() {
        assert_eq!(chi_square(std::iter::empty::<u16>().collect::<Vec<_>>().into_iter()).share, 0.0);
        assert_eq!(chi_square([5_u16; 3].into_iter()).share, 0.0);
    }
}
