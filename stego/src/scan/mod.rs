//! Looks for what others hid: estimates of LSB replacement, a verdict with measured error rates, pictures to look at.
//!
//! Pictures without loss are judged by their pixels, JPEGs by their coefficients. What is found is the replacement of
//! lowest bits, the most common way of hiding. LSB matching, and adaptive embedding like this crate's own, leave these
//! statistics as they were; so "nothing found" is no proof, and [`BLIND`] says so in every report.

mod chi_square;
mod coefficients;
mod groups;
mod pairs;
mod picture;
mod planes;
mod verdict;
mod weighted;

use serde::Serialize;

pub use chi_square::{Sequential, chi_square};
pub use groups::regular_singular;
pub use pairs::sample_pairs;
pub use picture::{bit_plane, histogram};
pub use planes::Plane;
pub use verdict::{Judgement, Verdict};
pub use weighted::weighted_stego;

use crate::Limits;
use crate::carrier::ReadError;
use crate::jpeg::Jpeg;

/// What no report can exclude.
pub const BLIND: &str = "This scan sees lowest bits that were replaced. It cannot see LSB matching (plus or minus one) \
or adaptive embedding, among them what this tool hides; nothing found does not mean that nothing is there.";

/// A report on one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scan {
    /// Columns of the picture.
    pub width: u32,
    /// Rows of the picture.
    pub height: u32,
    /// What was looked at.
    pub evidence: Evidence,
    /// What to think of it.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// What this scan cannot see.
    pub blind_to: &'static str,
}

/// Figures by kind of file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "looked_at", rename_all = "snake_case")]
pub enum Evidence {
    /// A picture without loss: each channel's estimates.
    Pixels {
        /// Gray, or red, green and blue, or whatever the file has.
        channels: Vec<Channel>,
    },
    /// A JPEG: its brightness coefficients.
    Coefficients {
        /// The estimated share of usable coefficients whose lowest bit was replaced (Jsteg).
        jsteg: f64,
        /// How many AC coefficients are not zero.
        nonzero: usize,
        /// The same attack as for pixels, on coefficients that Jsteg uses.
        chi_square: Sequential,
    },
}

/// The estimated share of replaced lowest bits in one channel, by four methods; 0 is clean, 1 is a full picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Channel {
    /// The most precise one on photos; the verdict follows it.
    pub weighted_stego: f64,
    /// Less precise, independent of a prediction.
    pub sample_pairs: f64,
    /// The oldest of the three.
    pub regular_singular: f64,
    /// For embedding from the first pixel on only.
    pub chi_square: Sequential,
}

impl Evidence {
    /// Judges figures of a picture with so many pixels.
    #[must_use]
    pub fn judge(&self, pixels: u64) -> Judgement {
        verdict::judge(self, pixels)
    }
}

impl Channel {
    /// Looks at one channel.
    #[must_use]
    pub fn of(plane: &Plane) -> Self {
        Self {
            weighted_stego: weighted_stego(plane),
            sample_pairs: sample_pairs(plane),
            regular_singular: regular_singular(plane),
            chi_square: chi_square(plane.values().iter().copied()),
        }
    }
}

/// Scans a file.
///
/// # Errors
/// When it is no picture that can be read, or larger than the limits allow.
pub fn scan(file: &[u8], limits: &Limits) -> Result<Scan, ReadError> {
    let (width, height, evidence) = if Jpeg::looks_like(file) {
        let jpeg = Jpeg::read(file, limits)?;
        let (width, height) = jpeg.size();
        let counts = coefficients::Histogram::of(&jpeg);
        let chi_square = chi_square(coefficients::usable(&jpeg).into_iter());
        (
            width,
            height,
            Evidence::Coefficients {
                jsteg: coefficients::jsteg(&counts),
                nonzero: jpeg.nonzero(),
                chi_square,
            },
        )
    } else {
        let planes = planes::read(file, limits)?;
        let side = |of: fn(&Plane) -> usize| planes.first().map_or(0, of).try_into().unwrap_or(u32::MAX);
        let channels = planes.iter().map(Channel::of).collect();
        (side(Plane::width), side(Plane::height), Evidence::Pixels { channels })
    };
    let judgement = evidence.judge(u64::from(width) * u64::from(height));
    Ok(Scan { width, height, evidence, judgement, blind_to: BLIND })
}

/// The root nearer to zero of a x^2 + b x + c, or of the nearest equation that has one.
fn root(a: f64, b: f64, c: f64) -> f64 {
    if a.abs() < 1e-12 {
        return if b == 0.0 { 0.0 } else { -c / b };
    }
    let inside = b * b - 4.0 * a * c;
    let spread = inside.max(0.0).sqrt();
    let [first, second] = [(-b - spread) / (2.0 * a), (-b + spread) / (2.0 * a)];
    if first.abs() < second.abs() { first } else { second }
}

#[cfg(test)]
mod tests {
    use super::planes::tests::{photo, replace_spread};
    use super::*;

    fn png(plane: &Plane) -> Vec<u8> {
        let mut file = Vec::new();
        let side = |length: usize| u32::try_from(length).unwrap();
        let mut encoder = ::png::Encoder::new(&mut file, side(plane.width()), side(plane.height()));
        encoder.set_color(::png::ColorType::Grayscale);
        let bytes: Vec<u8> = plane.values().iter().map(|&value| u8::try_from(value).unwrap()).collect();
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
        file
    }

    fn verdict(file: &[u8]) -> Verdict {
        scan(file, &Limits::default()).unwrap().judgement.verdict
    }

    #[test]
    fn replaced_bits_are_found_and_a_clean_photo_is_left_alone() {
        let clean = photo(320, 240);
        assert_eq!(verdict(&png(&clean)), Verdict::NothingFound);
        assert_eq!(verdict(&png(&replace_spread(&clean, 0.4))), Verdict::Found);
    }

    #[test]
    fn what_this_tool_hides_is_not_seen_and_the_report_says_so() {
        use crate::{Amount, HideOptions, Passphrase, Payload};
        let passphrase = Passphrase::new("correct horse").unwrap();
        let payload = Payload { name: None, bytes: (0..=255).cycle().take(1_500).collect() };
        let options = HideOptions { amount: Amount::Forced, ..HideOptions::default() };
        let hidden =
            crate::hide(&png(&photo(320, 240)), &payload, &passphrase, &options, &mut |_| ()).unwrap();
        let report = scan(&hidden.image, &Limits::default()).unwrap();
        assert_eq!(report.judgement.verdict, Verdict::NothingFound);
        assert!(report.blind_to.contains("cannot see LSB matching"));
    }

    #[test]
    fn a_report_is_one_flat_object_for_programs() {
        let report = serde_json::to_value(scan(&png(&photo(64, 48)), &Limits::default()).unwrap()).unwrap();
        assert_eq!(report["verdict"], "nothing_found");
        assert_eq!(report["evidence"]["looked_at"], "pixels");
        assert_eq!((&report["width"], &report["height"]), (&64.into(), &48.into()));
        let channel = &report["evidence"]["channels"][0];
        for estimate in ["weighted_stego", "sample_pairs", "regular_singular"] {
            assert!(channel[estimate].is_f64(), "{estimate}");
        }
        let jpeg = include_bytes!("../../tests/data/jpeg/quality-100.jpg");
        let report = serde_json::to_value(scan(jpeg, &Limits::default()).unwrap()).unwrap();
        assert_eq!(
            (&report["verdict"], &report["evidence"]["looked_at"]),
            (&"nothing_found".into(), &"coefficients".into())
        );
    }

    #[test]
    fn the_pictures_show_the_lowest_bits_and_the_counts() {
        let clean = photo(64, 48);
        let limits = Limits::default();
        let bits = planes::read(&bit_plane(&png(&clean), &limits).unwrap(), &limits).unwrap();
        let expected = clean.values().iter().map(|value| if value & 1 == 1 { 255 } else { 0 });
        assert!(bits[0].values().iter().copied().eq(expected));
        let counts = planes::read(&histogram(&png(&clean), &limits).unwrap(), &limits).unwrap();
        assert_eq!((counts[0].width(), counts[0].height()), (768, 240));
        assert!(counts[0].values().iter().any(|&shade| shade < 255));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        assert_eq!(scan(b"hello", &Limits::default()), Err(ReadError::Unknown));
        let narrow = Limits { side: 63, ..Limits::default() };
        assert!(matches!(scan(&png(&photo(64, 48)), &narrow), Err(ReadError::Limit(_))));
    }
}
