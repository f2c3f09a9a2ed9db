//! How much fits into a picture, and how much of it is safe.
//!
//! Safe means: a detector trained on this method and this amount errs in 45 of 100 cases or more, where 50 is guessing.
//! Measured on photographs of 512 x 512 gray pixels that is about a tenth of a bit per pixel for the adaptive method and
//! about 350 bits in all for plain LSB matching; other sizes follow the square-root law (Ker, Pevny, Kodovsky,
//! Fridrich: "The Square Root Law of Steganographic Capacity", 2008).

use serde::Serialize;

use crate::carrier::{self, Kind, Note, Palette, ReadError, Samples, Ways};
use crate::coder::spread;
use crate::secret::body::SHORTEST;
use crate::secret::header::HEADER;
use crate::{Limits, Method};

/// How many payload bytes a picture carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capacity {
    /// For which method.
    pub method: Method,
    /// Bytes that detectors hardly find; of compressed payload, headers and all are taken off already.
    pub safe_bytes: usize,
    /// Bytes that fit.
    pub max_bytes: usize,
    /// Samples that exist.
    pub samples: usize,
    /// Samples that may change.
    pub usable: usize,
    /// What makes the picture a worse hiding place.
    pub notes: Vec<Note>,
}

/// Tells how much a picture carries.
///
/// # Errors
/// When it cannot be read.
pub fn capacity(
    cover: &[u8],
    method: Method,
    palette: Palette,
    limits: &Limits,
) -> Result<Capacity, ReadError> {
    let carrier = carrier::read(cover, limits, palette)?;
    Ok(of_samples(&carrier.samples(method), method, carrier.notes()))
}

pub(crate) fn of_samples(samples: &Samples, method: Method, notes: Vec<Note>) -> Capacity {
    let mut usable = 0;
    let mut most_bits = 0.0;
    for (cost, ways) in samples.cost.iter().zip(&samples.ways) {
        if cost.is_finite() {
            usable += 1;
            most_bits += match (method, ways) {
                (Method::Lsb, _) | (Method::Adaptive, Ways::Both) => 1.0,
                (Method::Adaptive, _) => 0.5,
            };
        }
    }
    let header = spread::header_samples(samples.len(), HEADER * 8) as f64;
    let header_share = header / samples.len().max(1) as f64;
    let most_bits = match method {
        // Every position counts, and the reader does not know which are wet: none of them may be needed.
        Method::Lsb if usable < samples.len() => 0.0,
        Method::Lsb => {
            (samples.len() as f64 * (1.0 - header_share) - SPREAD * (samples.len() as f64).sqrt()).max(0.0)
        }
        Method::Adaptive => most_bits * (1.0 - header_share) * ROOM,
    };
    // More than a bit for each coefficient that is not zero would make the file swell.
    let most_bits = match samples.kind {
        Kind::Coefficients { nonzero } => most_bits.min(nonzero as f64),
        Kind::Gray | Kind::Colours => most_bits,
    };
    // Two usable samples of the header's for each of its bits.
    let fits_header = (HEADER * 8 * 2) as f64 <= usable as f64 * header_share;
    let most_bits = if fits_header { most_bits } else { 0.0 };
    let safe_bits = if notes.is_empty() {
        let (factor, measure) = match (method, samples.kind) {
            (Method::Adaptive, Kind::Gray) => (ADAPTIVE_GRAY, usable),
            (Method::Adaptive, Kind::Colours) => (ADAPTIVE_COLOURS, usable),
            (Method::Adaptive, Kind::Coefficients { nonzero }) => (COEFFICIENTS, nonzero),
            (Method::Lsb, Kind::Gray | Kind::Colours) => (LSB, usable),
            // Zeros that become ones are counted easily.
            (Method::Lsb, Kind::Coefficients { .. }) => (0.0, 0),
        };
        factor * (measure as f64).sqrt() - (HEADER * 8) as f64
    } else {
        0.0
    };
    let max_bytes = bytes(most_bits);
    let safe_bytes = bytes(safe_bits).min(max_bytes);
    Capacity { method, safe_bytes, max_bytes, samples: samples.len(), usable, notes }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative becomes zero, and no picture has more bits than a usize counts"
)]
fn bytes(bits: f64) -> usize {
    ((bits / 8.0) as usize).saturating_sub(SHORTEST)
}

/// Safe bits for the square root of the usable samples: 26,214 bits in 512 x 512.
const ADAPTIVE_GRAY: f64 = 51.2;
/// 21,900 bits in 512 x 512 pixels of three colours: a detector that compares colours sees more of each sample.
const ADAPTIVE_COLOURS: f64 = 24.7;
/// 365 bits in 512 x 512.
const LSB: f64 = 0.713;
/// Safe bits for the square root of the AC coefficients of a JPEG that are not zero: 0.1 bit for each of the 30,000 that
/// a photograph of 512 x 512 has at quality 75.
const COEFFICIENTS: f64 = 17.3;
/// What is left free so that every block of every order of the samples finds its way.
const ROOM: f64 = 0.9;
/// The header takes its samples by chance: so many standard deviations are left to it.
const SPREAD: f64 = 4.0;
