//! From estimates to a word, with the share of clean pictures that get the same word.

use serde::Serialize;

use super::{Channel, Evidence};

/// What to think of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing that this scan can see.
    NothingFound,
    /// More than most clean pictures show.
    Suspicious,
    /// What hardly any clean picture shows.
    Found,
}

/// A verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The word.
    pub verdict: Verdict,
    /// The estimated share of replaced lowest bits that the word follows.
    pub estimate: f64,
    /// From which estimate on a picture of this size is suspicious.
    pub suspicious_from: f64,
    /// From which estimate on something is found.
    pub found_from: f64,
    /// The share of clean pictures that got this verdict or a stronger one when it was measured.
    pub false_positive_rate: f64,
}

/// Thresholds and what they cost.
struct Rule {
    suspicious: f64,
    found: f64,
    false_suspicious: f64,
    false_found: f64,
}

/// Judges what was measured; `pixels` is the size of the picture.
pub(super) fn judge(evidence: &Evidence, pixels: u64) -> Judgement {
    let (rule, estimate, size) = match evidence {
        Evidence::Pixels { channels } => (&PIXELS, mean(channels), pixels as f64),
        Evidence::Coefficients { jsteg, nonzero, .. } => {
            (&COEFFICIENTS, *jsteg, *nonzero as f64 * NONZERO_TO_PIXELS)
        }
    };
    let scale = (REFERENCE / size.max(1.0)).max(1.0).powf(GROWTH);
    let (suspicious_from, found_from) = (rule.suspicious * scale, rule.found * scale);
    let (verdict, false_positive_rate) = if found_from <= estimate {
        (Verdict::Found, rule.false_found)
    } else if suspicious_from <= estimate {
        (Verdict::Suspicious, rule.false_suspicious)
    } else {
        (Verdict::NothingFound, 1.0)
    };
    Judgement { verdict, estimate, suspicious_from, found_from, false_positive_rate }
}

/// The weighted estimate over all channels: their errors are independent, what was embedded usually is in all of them.
fn mean(channels: &[Channel]) -> f64 {
    let sum: f64 = channels.iter().map(|channel| channel.weighted_stego).sum();
    if channels.is_empty() { 0.0 } else { sum / channels.len() as f64 }
}

/// The size at which the thresholds were chosen; smaller pictures give rougher estimates.
const REFERENCE: f64 = 512.0 * 512.0;

/// How the spread of the estimates grows when a picture shrinks, as a power of the ratio of the sizes: between 512, 256
/// and 128 pixels a side the 95th percentile of clean photos grew by 2.2 and 1.7, this is 1.7 each time.
const GROWTH: f64 = 0.4;

/// A photo at quality 75 has about one non-zero coefficient for eight pixels.
const NONZERO_TO_PIXELS: f64 = 8.0;

/// Measured by `examples/scan_rates.rs` on 450 gray photos and 100 in colour, one tile of 512 x 512 from each: 3.8 % and
/// 2.0 % are suspicious, 0.4 % and none are found; of their middles of 256 x 256 5.3 % and 2.0 %, none and none. The
/// higher figures are stated. With 10 % of the lowest bits replaced, `docs/BENCHMARKS.md` says how many are found.
const PIXELS: Rule = Rule { suspicious: 0.03, found: 0.10, false_suspicious: 0.053, false_found: 0.004 };

/// Measured on 240 gray JPEGs of quality 75.
const COEFFICIENTS: Rule = Rule { suspicious: 0.1, found: 0.3, false_suspicious: 0.017, false_found: 0.004 };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Sequential;

    fn pixels(estimates: &[f64]) -> Evidence {
        let channel = |&weighted_stego: &f64| Channel {
            weighted_stego,
            sample_pairs: 0.0,
            regular_singular: 0.0,
            chi_square: Sequential { share: 0.0, whole: 0.0 },
        };
        Evidence::Pixels { channels: estimates.iter().map(channel).collect() }
    }

    #[test]
    fn the_word_changes_at_the_thresholds_and_its_error_rate_with_it() {
        let judge = |estimate| pixels(&[estimate]).judge(512 * 512);
        assert_eq!(judge(0.029).verdict, Verdict::NothingFound);
        let suspicious = judge(0.03);
        assert_eq!((suspicious.verdict, suspicious.false_positive_rate), (Verdict::Suspicious, 0.053));
        assert_eq!(judge(0.1).verdict, Verdict::Found);
        assert!(judge(0.1).false_positive_rate < suspicious.false_positive_rate);
    }

    #[test]
    fn colours_are_judged_by_their_mean_and_small_pictures_more_carefully() {
        assert_eq!(pixels(&[0.09, 0.0, 0.0]).judge(1 << 20).verdict, Verdict::Suspicious);
        assert_eq!(pixels(&[0.08, 0.0, 0.0]).judge(1 << 20).verdict, Verdict::NothingFound);
        assert_eq!(pixels(&[0.05]).judge(256 * 256).verdict, Verdict::NothingFound);
        assert_eq!(pixels(&[0.05]).judge(4096 * 4096).verdict, Verdict::Suspicious);
        assert_eq!(pixels(&[]).judge(0).verdict, Verdict::NothingFound);
    }
}
