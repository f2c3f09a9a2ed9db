//! BMP: the pixels are changed in place, every other byte of the file stays.

use super::pixels::{Layout, Raster};
use super::{Carrier, Location, Note, ReadError, Samples};
use crate::{Limits, Method};

/// A BMP with 24 or 32 bits a pixel, or 8 bits with a palette of grays.
#[derive(Debug, Clone)]
pub(super) struct Bmp {
    file: Vec<u8>,
    first: usize,
    stride: usize,
    /// Bytes of a pixel in the file.
    size: usize,
    /// Rows from the bottom, as most files have them.
    upward: bool,
    raster: Raster,
}

/// What the file's headers say.
struct Header {
    first: usize,
    width: u32,
    height: u32,
    upward: bool,
    bits: u16,
}

impl Bmp {
    /// Decodes a file.
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        let header = Header::parse(bytes)?;
        limits.check_picture(header.width, header.height, 32)?;
        let (width, height) = (header.width as usize, header.height as usize);
        let size = usize::from(header.bits / 8);
        let stride = (width * size).next_multiple_of(4);
        let pixels = header.first.checked_add(stride * height).and_then(|end| bytes.get(header.first..end));
        let pixels = pixels.ok_or(damaged("it is cut off"))?;
        let layout = Layout { colours: if size == 1 { 1 } else { 3 }, alpha: false, wide: false };
        let mut raster = Raster {
            width,
            height,
            layout,
            bytes: Vec::with_capacity(width * height * layout.pixel_bytes()),
            key: None,
        };
        for row in rows(pixels, stride, header.upward) {
            // The fourth byte is mostly unused and stays what it is.
            let row = row[..width * size].chunks_exact(size);
            row.for_each(|pixel| raster.bytes.extend_from_slice(&pixel[..layout.pixel_bytes()]));
        }
        Ok(Self { file: bytes.to_vec(), first: header.first, stride, size, upward: header.upward, raster })
    }

    pub(super) fn raster(&self) -> &Raster {
        &self.raster
    }
}

impl Carrier for Bmp {
    fn low_bits(&self) -> Vec<u8> {
        self.raster.low_bits()
    }

    fn samples(&self, method: Method) -> Samples {
        self.raster.samples(method)
    }

    fn apply(&mut self, changes: &[i8]) {
        self.raster.apply(changes);
    }

    fn write(&self, _location: Location) -> Vec<u8> {
        let mut file = self.file.clone();
        let pixel_bytes = self.raster.layout.pixel_bytes();
        for (y, row) in self.raster.bytes.chunks_exact(self.raster.width * pixel_bytes).enumerate() {
            let line = if self.upward { self.raster.height - 1 - y } else { y };
            let first = self.first + line * self.stride;
            let places = file[first..].chunks_exact_mut(self.size);
            for (place, pixel) in places.zip(row.chunks_exact(pixel_bytes)) {
                place[..pixel_bytes].copy_from_slice(pixel);
            }
        }
        file
    }

    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let cut = || damaged("it is cut off");
        let u16_at = |at: usize| bytes.get(at..)?.first_chunk().map(|value| u16::from_le_bytes(*value));
        let u32_at = |at: usize| bytes.get(at..)?.first_chunk().map(|value| u32::from_le_bytes(*value));
        let first = u32_at(10).ok_or_else(cut)? as usize;
        let info = u32_at(14).ok_or_else(cut)? as usize;
        if info < 40 || bytes.len() < 14 + info {
            return Err(ReadError::Unsupported("BMP files of this age are not supported"));
        }
        let width = u32_at(18).ok_or_else(cut)?;
        let tall = u32_at(22).ok_or_else(cut)?.cast_signed();
        let (bits, packing) = (u16_at(28).ok_or_else(cut)?, u32_at(30).ok_or_else(cut)?);
        if width == 0 || width.cast_signed() < 0 || tall == 0 || first < 14 + info {
            return Err(damaged("its header"));
        }
        let masks = |place: usize| u32_at(54 + 4 * place);
        match (bits, packing) {
            (24 | 32, 0) => {}
            // Explicit masks, in the order that 32 bits have anyway.
            (32, 3) if (masks(0), masks(1), masks(2)) == (Some(0x00ff_0000), Some(0xff00), Some(0xff)) => {}
            (8, 0) if is_gray(bytes.get(14 + info..first).unwrap_or_default()) => {}
            (8, 0) => {
                return Err(ReadError::Unsupported("BMP files with a palette of colours are not supported"));
            }
            _ => {
                return Err(ReadError::Unsupported(
                    "only BMP files with 24 or 32 bits, or 256 grays, are supported",
                ));
            }
        }
        Ok(Self { first, width, height: tall.unsigned_abs(), upward: 0 < tall, bits })
    }
}

/// Whether a palette is the 256 grays in their order.
fn is_gray(palette: &[u8]) -> bool {
    let (entries, _) = palette.as_chunks::<4>();
    entries.len() == 256
        && (0..=u8::MAX).zip(entries).all(|(level, entry)| entry[..3] == [level, level, level])
}

fn rows(pixels: &[u8], stride: usize, upward: bool) -> Box<dyn Iterator<Item = &[u8]> + '_> {
    let rows = pixels.chunks_exact(stride);
    if upward { Box::new(rows.rev()) } else { Box::new(rows) }
}

fn damaged(what: &'static str) -> ReadError {
    ReadError::Damaged { format: "BMP", what }
}

#[cfg(test)]
mod tests;
