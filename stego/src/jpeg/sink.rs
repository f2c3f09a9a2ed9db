//! Where an encoder's symbols go: first counted, then written.

use super::bits::BitWriter;
use super::huffman::{Counts, Encoder};

/// Takes what a scan consists of.
pub(super) trait Sink {
    /// A symbol of the table with this index.
    fn symbol(&mut self, table: usize, symbol: u8);

    /// The lowest bits of a number as they are.
    fn bits(&mut self, value: u32, count: u8);

    /// Padding and a restart marker.
    fn restart(&mut self, number: u8);
}

/// Counts symbols by table.
pub(super) struct Counter<'c>(pub(super) &'c mut [Counts]);

impl Sink for Counter<'_> {
    fn symbol(&mut self, table: usize, symbol: u8) {
        self.0[table][usize::from(symbol)] += 1;
    }

    fn bits(&mut self, _value: u32, _count: u8) {}

    fn restart(&mut self, _number: u8) {}
}

/// Writes with tables that have a code for every symbol, which counting has shown.
pub(super) struct Writer<'e> {
    pub(super) encoders: &'e [Encoder],
    pub(super) to: BitWriter,
}

impl Sink for Writer<'_> {
    fn symbol(&mut self, table: usize, symbol: u8) {
        let (code, length) = self.encoders[table].0[usize::from(symbol)];
        self.to.bits(u32::from(code), length);
    }

    fn bits(&mut self, value: u32, count: u8) {
        self.to.bits(value, count);
    }

    fn restart(&mut self, number: u8) {
        self.to.pad();
        self.to.out.extend([0xFF, 0xD0 | number]);
    }
}

/// How many bits a magnitude has.
pub(super) fn category(magnitude: u32) -> u8 {
    let [category, ..] = (u32::BITS - magnitude.leading_zeros()).to_le_bytes();
    category
}

/// The bits behind a category: the number itself, or its complement when negative (F.1.2.1).
pub(super) fn bits_of(value: i32) -> u32 {
    if value < 0 { !value.unsigned_abs() } else { value.unsigned_abs() }
}

/// The number that these bits of a category stand for (figure F.12).
pub(super) fn extend(bits: i32, category: u8) -> i32 {
    if category != 0 && bits < 1 << (category - 1) { bits - (1 << category) + 1 } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_values_have_the_complement_of_their_magnitude() {
        assert_eq!(bits_of(-5) & 7, 2);
        for value in -1023..=1023_i32 {
            let category = category(value.unsigned_abs());
            let bits = (bits_of(value) & ((1 << category) - 1)).cast_signed();
            assert_eq!(extend(bits, category), value);
        }
    }
}
