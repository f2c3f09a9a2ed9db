//! Blocks of baseline scans (ITU-T T.81, F.1.2 and F.2.2).

use super::bits::BitReader;
use super::error::damaged;
use super::huffman::Decoder;
use super::sink::{Sink, bits_of, category, extend};
use crate::carrier::ReadError;

/// A block's coefficients in zigzag order.
pub(super) type Block = [i16; 64];

/// Reads one block; `before` is the last DC value of its component.
///
/// # Errors
/// When the data is no block or ends.
pub(super) fn read(
    bits: &mut BitReader,
    [dc, ac]: [&Decoder; 2],
    before: &mut i32,
    block: &mut Block,
) -> Result<(), ReadError> {
    *before += read_difference(bits, dc)?;
    block[0] = dc_value(*before)?;
    let mut at = 1;
    while at < 64 {
        let symbol = ac.read(bits)?;
        let (run, category) = (usize::from(symbol >> 4), symbol & 15);
        match (run, category) {
            (0, 0) => break,
            (15, 0) => at += 16,
            (_, 1..=10) => {
                at += run;
                let value = extend(bits.bits(category)?, category);
                *block.get_mut(at).ok_or(DAMAGED)? = i16::try_from(value).map_err(|_| DAMAGED)?;
                at += 1;
            }
            _ => return Err(DAMAGED),
        }
    }
    Ok(())
}

/// Writes one block.
pub(super) fn write(sink: &mut impl Sink, [dc, ac]: [usize; 2], before: &mut i32, block: &Block) {
    write_difference(sink, dc, before, i32::from(block[0]));
    let mut run = 0_u8;
    for &value in &block[1..] {
        if value == 0 {
            run += 1;
            continue;
        }
        while 15 < run {
            sink.symbol(ac, 0xF0);
            run -= 16;
        }
        let category = category(u32::from(value.unsigned_abs()));
        sink.symbol(ac, run << 4 | category);
        sink.bits(bits_of(i32::from(value)), category);
        run = 0;
    }
    if run != 0 {
        sink.symbol(ac, 0);
    }
}

pub(super) const DAMAGED: ReadError = damaged("its coefficients make no sense");

/// Reads how far a DC value lies from the one before.
pub(super) fn read_difference(bits: &mut BitReader, dc: &Decoder) -> Result<i32, ReadError> {
    let category = dc.read(bits)?;
    if 11 < category {
        return Err(DAMAGED);
    }
    Ok(extend(bits.bits(category)?, category))
}

/// Writes how far a DC value lies from the one before.
pub(super) fn write_difference(sink: &mut impl Sink, dc: usize, before: &mut i32, value: i32) {
    let difference = value - *before;
    *before = value;
    let category = category(difference.unsigned_abs());
    sink.symbol(dc, category);
    sink.bits(bits_of(difference), category);
}

/// A DC value in the range that 8-bit pictures have; differences between such always have a category.
pub(super) fn dc_value(value: i32) -> Result<i16, ReadError> {
    let in_range = (-1024..=1023).contains(&value);
    i16::try_from(value).ok().filter(|_| in_range).ok_or(DAMAGED)
}
