//! The picture data of a PNG: unpacked into rows of pixels and packed again with the same filters.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::super::ReadError;
use super::header::{Header, Pass};
use super::{Habits, damaged, filter};

/// The filtered rows, exactly as many bytes as the header asks for, and the level that the stream claims. Never more:
/// the header was checked against the limits.
pub(super) fn inflate(data: &[u8], header: &Header) -> Result<(Vec<u8>, u32), ReadError> {
    let expected: usize =
        header.passes().iter().map(|pass| (1 + header.row_bytes(pass.width)) * pass.height).sum();
    let mut rows = Vec::with_capacity(expected);
    ZlibDecoder::new(data)
        .take(expected as u64)
        .read_to_end(&mut rows)
        .map_err(|_| damaged("its picture data"))?;
    if rows.len() != expected {
        return Err(damaged("its picture data is too short"));
    }
    // The two highest bits of the second byte, as zlib writes them.
    let level = match data.get(1).map_or(2, |flags| flags >> 6) {
        0 => 1,
        1 => 5,
        2 => 6,
        _ => 9,
    };
    Ok((rows, level))
}

/// Takes the filters off: the pixels in their places, and the filter of each row.
pub(super) fn unfilter(mut rows: Vec<u8>, header: &Header) -> Result<(Vec<u8>, Vec<u8>), ReadError> {
    let passes = header.passes();
    let mut filters = Vec::with_capacity(passes.iter().map(|pass| pass.height).sum());
    let stride = header.row_bytes(header.width as usize);
    let mut pixels = vec![0; stride * header.height as usize];
    let mut rest = &mut rows[..];
    for pass in &passes {
        let length = header.row_bytes(pass.width);
        let zeros = vec![0; length];
        let mut above: &[u8] = &zeros;
        for y in 0..pass.height {
            let (row, after) = std::mem::take(&mut rest).split_at_mut(1 + length);
            rest = after;
            let (kind, row) = row.split_first_mut().ok_or(damaged("its picture data is too short"))?;
            if !filter::remove(*kind, row, above, header.back()) {
                return Err(damaged("the filter of a row"));
            }
            filters.push(*kind);
            let line = (pass.top + y * pass.down) * stride;
            scatter(row, &mut pixels[line..line + stride], pass, header);
            above = row;
        }
    }
    Ok((pixels, filters))
}

/// Filters and packs pixels the way the file was packed.
pub(super) fn deflate(pixels: &[u8], header: &Header, habits: &Habits) -> Vec<u8> {
    let stride = header.row_bytes(header.width as usize);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(habits.level));
    let mut filters = habits.filters.iter();
    for pass in header.passes() {
        let length = header.row_bytes(pass.width);
        let (mut row, mut above, mut filtered) = (vec![0; length], vec![0; length], Vec::new());
        for y in 0..pass.height {
            let line = (pass.top + y * pass.down) * stride;
            gather(&pixels[line..line + stride], &mut row, &pass, header);
            let kind = filters.next().copied().unwrap_or_else(|| filter::choose(&row, &above, header.back()));
            filtered.clear();
            filtered.push(kind);
            filter::add(kind, &row, &above, header.back(), &mut filtered);
            encoder.write_all(&filtered).expect("writing to memory");
            std::mem::swap(&mut row, &mut above);
        }
    }
    encoder.finish().expect("writing to memory")
}

/// Puts the pixels of a pass's row into their places in the picture's row.
fn scatter(row: &[u8], line: &mut [u8], pass: &Pass, header: &Header) {
    if pass.across == 1 {
        line.copy_from_slice(row);
    } else if 8 <= header.pixel_bits() {
        let size = header.back();
        for (x, pixel) in row.chunks_exact(size).enumerate() {
            let to = (pass.left + x * pass.across) * size;
            line[to..to + size].copy_from_slice(pixel);
        }
    } else {
        let bits = header.pixel_bits() as usize;
        for x in 0..pass.width {
            let value = packed(row, x, bits);
            let to = (pass.left + x * pass.across) * bits;
            line[to / 8] |= value << (8 - bits - to % 8);
        }
    }
}

/// The reverse for pixels of whole bytes, the only ones that are written.
fn gather(line: &[u8], row: &mut [u8], pass: &Pass, header: &Header) {
    if pass.across == 1 {
        row.copy_from_slice(line);
        return;
    }
    let size = header.back();
    for (x, pixel) in row.chunks_exact_mut(size).enumerate() {
        let from = (pass.left + x * pass.across) * size;
        pixel.copy_from_slice(&line[from..from + size]);
    }
}

/// A value of fewer than eight bits, or of eight.
pub(super) fn packed(row: &[u8], x: usize, bits: usize) -> u8 {
    let at = x * bits;
    // Bits are 1, 2, 4 or 8, so a value never crosses a byte.
    let mask = u8::MAX >> (8 - bits);
    row[at / 8] >> (8 - bits - at % 8) & mask
}
