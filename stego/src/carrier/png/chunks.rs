//! The chunks of a PNG: taken apart with every length checked, put together again.

use flate2::Crc;

use super::super::ReadError;
use super::damaged;
use super::header::Header;
use crate::Limits;

/// How every PNG begins.
pub(in super::super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// A chunk that is no picture data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) kind: [u8; 4],
    pub(super) data: Vec<u8>,
}

/// A file in its parts.
pub(super) struct Parts {
    pub(super) header: Header,
    pub(super) before: Vec<Chunk>,
    /// The picture data, still packed.
    pub(super) data: Vec<u8>,
    /// Bytes of the first chunk of picture data where there are several.
    pub(super) data_chunk: usize,
    pub(super) after: Vec<Chunk>,
}

/// Takes a file apart. What follows its end is left behind: it may be anything, also a second picture.
pub(super) fn split(bytes: &[u8], limits: &Limits) -> Result<Parts, ReadError> {
    let mut rest = bytes.strip_prefix(&SIGNATURE).ok_or(damaged("its signature"))?;
    let (kind, data) = next(&mut rest)?;
    if &kind != b"IHDR" {
        return Err(damaged("its first chunk"));
    }
    let header = Header::parse(data, limits)?;
    let mut parts = Parts { header, before: Vec::new(), data: Vec::new(), data_chunk: 0, after: Vec::new() };
    let (mut pieces, mut metadata) = (0, 0);
    loop {
        let (kind, data) = next(&mut rest)?;
        match &kind {
            b"IEND" => break,
            b"IHDR" => return Err(damaged("it has two headers")),
            b"acTL" => return Err(ReadError::Unsupported("animated PNG files are not supported")),
            b"IDAT" if !parts.after.is_empty() => return Err(damaged("its picture data lies apart")),
            b"IDAT" => {
                pieces += 1;
                parts.data_chunk = parts.data_chunk.max(data.len());
                parts.data.extend_from_slice(data);
            }
            b"PLTE" | b"tRNS" if 0 < pieces => return Err(damaged("colours after the picture data")),
            _ => {
                if kind[0].is_ascii_uppercase() && &kind != b"PLTE" {
                    return Err(ReadError::Unsupported(
                        "the PNG file needs an extension that is not known here",
                    ));
                }
                metadata += data.len() as u64 + 12;
                limits.check_metadata(metadata)?;
                let side = if pieces == 0 { &mut parts.before } else { &mut parts.after };
                side.push(Chunk { kind, data: data.to_vec() });
            }
        }
    }
    if parts.data.is_empty() {
        return Err(damaged("it has no picture data"));
    }
    if pieces == 1 {
        // One chunk for all of it, whatever length it comes to.
        parts.data_chunk = MOST_BYTES;
    }
    Ok(parts)
}

/// The next chunk's kind and data; its checksum has been compared.
fn next<'a>(rest: &mut &'a [u8]) -> Result<([u8; 4], &'a [u8]), ReadError> {
    let cut = || damaged("it is cut off");
    let (length, after) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = u32::from_be_bytes(*length) as usize;
    if MOST_BYTES < length {
        return Err(damaged("the length of a chunk"));
    }
    let (kind, after) = after.split_first_chunk::<4>().ok_or_else(cut)?;
    let (data, after) = after.split_at_checked(length).ok_or_else(cut)?;
    let (sum, after) = after.split_first_chunk::<4>().ok_or_else(cut)?;
    if checksum(*kind, data) != u32::from_be_bytes(*sum) {
        return Err(damaged("the checksum of a chunk"));
    }
    *rest = after;
    Ok((*kind, data))
}

/// Appends a chunk.
pub(super) fn put(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).expect("chunks are bounded when they are read");
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(&kind);
    file.extend_from_slice(data);
    file.extend_from_slice(&checksum(kind, data).to_be_bytes());
}

fn checksum(kind: [u8; 4], data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    crc.sum()
}

/// The format's bound of a chunk.
const MOST_BYTES: usize = (1 << 31) - 1;
