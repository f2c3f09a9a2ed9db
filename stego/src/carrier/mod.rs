//! Files that carry: what the coder needs of them, and which kinds there are.

use serde::Serialize;
use thiserror::Error;

use crate::jpeg::Jpeg;
use crate::{LimitError, Limits, Method};

mod bmp;
pub(crate) mod location;
mod pixels;
mod png;

/// The samples of a carrier in one fixed order that does not depend on what is hidden in them.
///
/// A sample is anything whole that may change by one: a colour value of a pixel, a quantised coefficient.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// The lowest two bits of each value (two's complement).
    pub low: Vec<u8>,
    /// What a change of one costs; `f32::INFINITY` where nothing may change.
    pub cost: Vec<f32>,
    /// Which changes are possible. Where both are, they cost the same.
    pub ways: Vec<Ways>,
    /// What they are: it decides how much is safe.
    pub kind: Kind,
}

/// What samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Gray values.
    #[default]
    Gray,
    /// Values of three colours, which tell more about each other than gray values do.
    Colours,
    /// Coefficients: what is safe and what fits is measured by those that are not zero.
    Coefficients {
        /// How many these are.
        nonzero: usize,
    },
}

/// The directions in which a sample may change by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ways {
    /// Up or down.
    Both,
    /// Up only: it is the smallest value there is.
    Rise,
    /// Down only: it is the largest value there is.
    Fall,
}

/// A decoded file whose samples can be read and changed. Knows nothing of keys and messages.
pub trait Carrier {
    /// The lowest two bits of every sample, in the order of [`Samples`]: all that reading needs.
    fn low_bits(&self) -> Vec<u8>;

    /// Every sample with what changing it costs under a method.
    fn samples(&self, method: Method) -> Samples;

    /// Adds -1, 0 or +1 to each sample, in the order of [`Samples`]. The order and number of samples stay the same
    /// afterwards, whatever the changes are.
    fn apply(&mut self, changes: &[i8]);

    /// The file again.
    fn write(&self, location: Location) -> Vec<u8>;

    /// What a reader of a report should know about this carrier.
    fn notes(&self) -> Vec<Note>;
}

/// What becomes of the place where a picture was taken (EXIF, XMP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Location {
    /// It is taken out; other metadata stays.
    #[default]
    Strip,
    /// It stays.
    Keep,
}

/// What becomes of pictures whose values are no samples: palettes, fewer than eight bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// They are refused.
    #[default]
    Refuse,
    /// They become gray or RGB with eight bits; the file looks different from its original afterwards.
    Convert,
}

/// Something about a carrier that makes it a worse hiding place than its size says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// It was a palette picture and is none any more.
    Converted,
    /// Sixteen bits that are eight bits written twice: every change shows.
    WidenedEightBit,
}

/// Why a file is no carrier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// No kind that is known here.
    #[error("this is no PNG, BMP or JPEG picture")]
    Unknown,
    /// Over a limit.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Against its own format, or cut off.
    #[error("the {format} file is damaged: {what}")]
    Damaged {
        /// Which format.
        format: &'static str,
        /// What does not fit.
        what: &'static str,
    },
    /// A correct file of a kind that is not supported.
    #[error("{0}")]
    Unsupported(&'static str),
    /// A palette picture, without consent to convert it.
    #[error("the picture has a palette or fewer than 8 bits; it would have to be converted first")]
    Palette,
}

/// Reads a picture of any known kind.
///
/// # Errors
/// When it is none, is damaged, or is over a limit.
pub fn read(bytes: &[u8], limits: &Limits, palette: Palette) -> Result<Box<dyn Carrier>, ReadError> {
    limits.check_file(bytes.len())?;
    if bytes.starts_with(&png::SIGNATURE) {
        return Ok(Box::new(png::Png::read(bytes, limits, palette)?));
    }
    if bytes.starts_with(b"BM") {
        return Ok(Box::new(bmp::Bmp::read(bytes, limits)?));
    }
    if Jpeg::looks_like(bytes) {
        return Ok(Box::new(Jpeg::read(bytes, limits)?));
    }
    Err(ReadError::Unknown)
}

/// The colours of a picture without loss, one after the other, with its width; palettes are looked up.
///
/// # Errors
/// When it is none, is damaged, or is over a limit.
pub(crate) fn planes(bytes: &[u8], limits: &Limits) -> Result<(usize, Vec<Vec<u16>>), ReadError> {
    limits.check_file(bytes.len())?;
    if bytes.starts_with(&png::SIGNATURE) {
        return Ok(png::Png::read(bytes, limits, Palette::Convert)?.raster().planes());
    }
    if bytes.starts_with(b"BM") {
        return Ok(bmp::Bmp::read(bytes, limits)?.raster().planes());
    }
    Err(ReadError::Unknown)
}

impl Samples {
    /// Room for `count` samples.
    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        Self {
            low: Vec::with_capacity(count),
            cost: Vec::with_capacity(count),
            ways: Vec::with_capacity(count),
            kind: Kind::default(),
        }
    }

    /// Adds one sample.
    pub fn push(&mut self, value: i32, cost: f32, ways: Ways) {
        self.low.push(low_bits(value));
        self.cost.push(cost);
        self.ways.push(ways);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.low.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.low.is_empty()
    }
}

/// The lowest two bits of a value, in two's complement.
#[must_use]
pub fn low_bits(value: i32) -> u8 {
    value.to_le_bytes()[0] & 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_differ_in_the_lowest_bit_across_zero() {
        for value in -9..9 {
            assert_eq!((low_bits(value) + 1) & 3, low_bits(value + 1));
        }
    }
}
