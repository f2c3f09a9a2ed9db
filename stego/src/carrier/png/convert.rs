//! Pictures with a palette or few bits, as gray or RGB pictures with eight bits.

use super::super::pixels::Raster;
use super::super::{Note, ReadError};
use super::data::packed;
use super::{Chunk, Colour, Habits, Header, Png, damaged};

/// Turns packed pixels into whole bytes. Chunks that speak of the palette or of the old depth go.
pub(super) fn to_eight_bits(
    header: Header,
    packed_pixels: &[u8],
    mut before: Vec<Chunk>,
    mut after: Vec<Chunk>,
    habits: &Habits,
) -> Result<Png, ReadError> {
    let colours = colours(header, &before)?;
    let has_alpha = colours.iter().any(|colour| colour[3] != u8::MAX);
    let is_gray = colours.iter().all(|[red, green, blue, _]| red == green && green == blue);
    let colour = match (is_gray, has_alpha) {
        (true, false) => Colour::Gray,
        (true, true) => Colour::GrayAlpha,
        (false, false) => Colour::Rgb,
        (false, true) => Colour::Rgba,
    };
    let (width, height) = (header.width as usize, header.height as usize);
    let bits = usize::from(header.depth);
    let mut bytes = Vec::with_capacity(width * height * 4);
    for row in packed_pixels.chunks_exact(header.row_bytes(width)) {
        for x in 0..width {
            let index = usize::from(packed(row, x, bits));
            let value = colours.get(index).ok_or(damaged("a colour outside of its palette"))?;
            bytes.extend_from_slice(if is_gray { &value[..1] } else { &value[..3] });
            bytes.extend(has_alpha.then_some(value[3]));
        }
    }
    let header = Header { depth: 8, colour, ..header };
    let raster = Raster { width, height, layout: header.layout(), bytes, key: None };
    for chunks in [&mut before, &mut after] {
        chunks.retain(|chunk| !GONE.contains(&&chunk.kind));
    }
    Ok(Png {
        header,
        before,
        after,
        raster,
        habits: Habits { filters: Vec::new(), data_chunk: habits.data_chunk, level: habits.level },
        notes: vec![Note::Converted],
    })
}

const GONE: [&[u8; 4]; 5] = [b"PLTE", b"tRNS", b"bKGD", b"sBIT", b"hIST"];

/// What each value of the old picture looks like.
fn colours(header: Header, before: &[Chunk]) -> Result<Vec<[u8; 4]>, ReadError> {
    let data =
        |kind: &[u8; 4]| before.iter().find(|chunk| &chunk.kind == kind).map(|chunk| chunk.data.as_slice());
    let transparent = data(b"tRNS").unwrap_or_default();
    if header.is_palette() {
        let palette = data(b"PLTE").ok_or(damaged("it has no palette"))?;
        let (entries, []) = palette.as_chunks::<3>() else { return Err(damaged("its palette")) };
        if 256 < entries.len() {
            return Err(damaged("its palette"));
        }
        let alpha = |index: usize| transparent.get(index).copied().unwrap_or(u8::MAX);
        let colours = entries.iter().enumerate();
        return Ok(colours.map(|(index, &[red, green, blue])| [red, green, blue, alpha(index)]).collect());
    }
    let top = (1_u8 << header.depth) - 1;
    let clear = transparent.first_chunk().map(|value| u16::from_be_bytes(*value));
    let gray = (0..=top).map(|value| {
        // The depth divides eight, so the top divides 255.
        let level = value * (255 / top);
        [level, level, level, if clear == Some(u16::from(value)) { 0 } else { u8::MAX }]
    });
    Ok(gray.collect())
}
