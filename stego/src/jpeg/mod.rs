//! JPEG: quantised coefficients as samples, without ever quantising again.
//!
//! The carriers are all 64 coefficients of every block of the first component (brightness) that shows something: a set
//! and an order that no change of values can alter, so zeros may become ones and the reader still counts the same.
//! Colour stays untouched. Written again, a file has the segments, scans and kind of Huffman tables it had.

mod bits;
mod cost;
mod decode;
mod encode;
mod error;
mod frame;
mod huffman;
mod layout;
mod metadata;
mod progressive;
mod sequential;
mod sink;

use crate::carrier::{Carrier, Kind, Location, Note, ReadError, Samples, Ways, low_bits};
use crate::{Limits, Method};
use decode::Blocks;
use huffman::Counts;
use layout::Layout;
use sequential::Block;

/// A JPEG with its coefficients.
#[derive(Debug, Clone)]
pub(crate) struct Jpeg {
    data: Vec<u8>,
    layout: Layout,
    blocks: Blocks,
    /// What the coefficients of the file as it was read needed.
    counts: Vec<Counts>,
}

impl Jpeg {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no JPEG that can be read, or larger than the limits allow.
    pub(crate) fn read(data: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        let layout = layout::take_apart(data, limits)?;
        let blocks = decode::decode(&layout, data)?;
        let counts = encode::count(&layout, &blocks)?;
        Ok(Self { data: data.to_vec(), layout, blocks, counts })
    }

    /// Whether a file begins like a JPEG.
    pub(crate) fn looks_like(data: &[u8]) -> bool {
        data.starts_with(&[0xFF, 0xD8, 0xFF])
    }

    /// Returns the size in pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        (u32::from(self.layout.frame.width), u32::from(self.layout.frame.height))
    }

    /// Returns how many AC coefficients of the carrying component are not zero: what rates are measured by.
    pub(crate) fn nonzero(&self) -> usize {
        self.carriers().map(|block| block[1..].iter().filter(|&&value| value != 0).count()).sum()
    }

    /// How many carrying blocks there are in a row.
    pub(crate) fn blocks_across(&self) -> usize {
        self.layout.first().real.0
    }

    /// The carrying blocks, row by row, each in zigzag order.
    pub(crate) fn carriers(&self) -> impl Iterator<Item = &Block> {
        let first = self.layout.first();
        let rows = self.blocks[0].chunks_exact(first.across.max(1)).take(first.real.1);
        rows.flat_map(|row| &row[..first.real.0])
    }
}

impl Carrier for Jpeg {
    fn low_bits(&self) -> Vec<u8> {
        self.carriers().flatten().map(|&value| low_bits(i32::from(value))).collect()
    }

    fn samples(&self, method: Method) -> Samples {
        let first = self.layout.first();
        let costs = match method {
            Method::Adaptive => cost::uerd(&self.blocks[0], first.across, first.real, &self.layout.steps),
            // The reader takes every position, so none can be left out: zeros become ones, which shows at once.
            Method::Lsb => self.carriers().flatten().map(|_| 1.0).collect(),
        };
        let mut samples = Samples::with_capacity(costs.len());
        samples.kind = Kind::Coefficients { nonzero: self.nonzero() };
        for (&value, cost) in self.carriers().flatten().zip(costs) {
            let ways = match value {
                ..=-1023 => Ways::Rise,
                1023.. => Ways::Fall,
                _ => Ways::Both,
            };
            samples.push(i32::from(value), cost, ways);
        }
        samples
    }

    fn apply(&mut self, changes: &[i8]) {
        let (across, real) = (self.layout.first().across, self.layout.first().real);
        let rows = self.blocks[0].chunks_exact_mut(across.max(1)).take(real.1);
        let values = rows.flat_map(|row| &mut row[..real.0]).flatten();
        for (value, change) in values.zip(changes) {
            *value += i16::from(*change);
        }
    }

    fn write(&self, location: Location) -> Vec<u8> {
        let counts = encode::count(&self.layout, &self.blocks);
        let written = counts.and_then(|counts| {
            let specs = encode::tables(&self.layout, &self.counts, &counts);
            encode::encode(&self.layout, &self.data, &self.blocks, &specs, location)
        });
        written.expect("a file that was counted when it was read has all its tables")
    }

    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
