//! Where a PNG tells the place at which it was taken: EXIF, XMP, and both as old programs write them.

use super::super::location;
use super::Chunk;

/// The chunk's data without a place, or nothing where the chunk has to go as a whole.
pub(super) fn without_location(chunk: &Chunk) -> Option<Vec<u8>> {
    match &chunk.kind {
        b"eXIf" => location::strip_exif(&chunk.data),
        b"iTXt" if chunk.data.starts_with(XMP) => {
            // Keyword, zero, compression flag, method, language, zero, translated keyword, zero, text.
            let rest = &chunk.data[XMP.len()..];
            let (&[packed, _], rest) = rest.split_first_chunk::<2>()?;
            if packed != 0 {
                return None;
            }
            let mut ends =
                rest.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(index, _)| index + 1);
            let text = ends.nth(1)?;
            let kept = chunk.data.len() - rest.len() + text;
            let xmp = location::strip_xmp(&chunk.data[kept..])?;
            Some([&chunk.data[..kept], &xmp].concat())
        }
        b"tEXt" | b"zTXt" | b"iTXt" if chunk.data.starts_with(RAW) => None,
        _ => Some(chunk.data.clone()),
    }
}

const XMP: &[u8] = b"XML:com.adobe.xmp\0";
/// Whole metadata blocks in hexadecimal, as some programs put them into texts.
const RAW: &[u8] = b"Raw profile type ";
