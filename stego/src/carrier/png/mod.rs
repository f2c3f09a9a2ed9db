//! PNG (ISO/IEC 15948): read and written so that the file keeps its habits: chunks, filters, interlacing, sizes.

use super::pixels::Raster;
use super::{Carrier, Location, Note, Palette, ReadError, Samples};
use crate::{Limits, Method};

mod chunks;
mod convert;
mod data;
mod filter;
mod header;
mod private;

use chunks::Chunk;
pub(super) use chunks::SIGNATURE;
use header::{Colour, Header};

/// A decoded PNG.
#[derive(Debug, Clone)]
pub(super) struct Png {
    header: Header,
    /// What stands between the header and the picture data.
    before: Vec<Chunk>,
    /// What stands between the picture data and the end.
    after: Vec<Chunk>,
    raster: Raster,
    habits: Habits,
    notes: Vec<Note>,
}

/// How the file was written, to write it so again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Habits {
    /// The filter of each row, passes one after the other; empty: chosen anew.
    filters: Vec<u8>,
    /// Bytes of a full chunk of picture data.
    data_chunk: usize,
    /// The level that the stream claims.
    level: u32,
}

impl Png {
    /// Decodes a file.
    pub(super) fn read(bytes: &[u8], limits: &Limits, palette: Palette) -> Result<Self, ReadError> {
        let file = chunks::split(bytes, limits)?;
        let header = file.header;
        let packed = header.is_palette() || header.depth < 8;
        if packed && palette == Palette::Refuse {
            return Err(ReadError::Palette);
        }
        if packed {
            // What the converted picture will take, with its opacity.
            limits.check_picture(header.width, header.height, 32)?;
        }
        let (rows, level) = data::inflate(&file.data, &header)?;
        let (bytes, filters) = data::unfilter(rows, &header)?;
        let habits = Habits { filters, data_chunk: file.data_chunk, level };
        if packed {
            return convert::to_eight_bits(header, &bytes, file.before, file.after, &habits);
        }
        let key = file.before.iter().find(|chunk| &chunk.kind == b"tRNS").and_then(|chunk| key(&chunk.data));
        let raster = Raster {
            width: header.width as usize,
            height: header.height as usize,
            layout: header.layout(),
            bytes,
            key,
        };
        let notes = raster.notes();
        Ok(Self { header, before: file.before, after: file.after, raster, habits, notes })
    }

    pub(super) fn raster(&self) -> &Raster {
        &self.raster
    }
}

impl Carrier for Png {
    fn low_bits(&self) -> Vec<u8> {
        self.raster.low_bits()
    }

    fn samples(&self, method: Method) -> Samples {
        self.raster.samples(method)
    }

    fn apply(&mut self, changes: &[i8]) {
        self.raster.apply(changes);
    }

    fn write(&self, location: Location) -> Vec<u8> {
        let stream = data::deflate(&self.raster.bytes, &self.header, &self.habits);
        let mut file = SIGNATURE.to_vec();
        chunks::put(&mut file, *b"IHDR", &self.header.to_bytes());
        put_metadata(&mut file, &self.before, location);
        for piece in stream.chunks(self.habits.data_chunk) {
            chunks::put(&mut file, *b"IDAT", piece);
        }
        put_metadata(&mut file, &self.after, location);
        chunks::put(&mut file, *b"IEND", &[]);
        file
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }
}

fn put_metadata(file: &mut Vec<u8>, chunks: &[Chunk], location: Location) {
    for chunk in chunks {
        match location {
            Location::Keep => chunks::put(file, chunk.kind, &chunk.data),
            Location::Strip => {
                if let Some(data) = private::without_location(chunk) {
                    chunks::put(file, chunk.kind, &data);
                }
            }
        }
    }
}

/// The transparent colour of a gray or RGB picture.
fn key(data: &[u8]) -> Option<[u16; 3]> {
    let mut key = [0; 3];
    let values = data.as_chunks::<2>().0;
    if values.is_empty() {
        return None;
    }
    for (place, value) in key.iter_mut().zip(values) {
        *place = u16::from_be_bytes(*value);
    }
    Some(key)
}

fn damaged(what: &'static str) -> ReadError {
    ReadError::Damaged { format: "PNG", what }
}

#[cfg(test)]
mod tests;
