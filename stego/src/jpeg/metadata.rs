//! Which segments of a JPEG are written again, and what becomes of the place in them.

use std::borrow::Cow;

use crate::carrier::{Location, location};

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What did not fit into the first packet of XMP: pieces of a text that cannot be understood one by one.
const MORE_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
/// An index of pictures behind the end of the first one, which are not written again.
const INDEX: &[u8] = b"MPF\0";

/// The marker, the length and the two bytes before the body.
const HEAD: usize = 4;

/// Returns what to write for a segment that stands in the file like this; nothing where it has to go.
pub(super) fn kept(marker: u8, segment: &[u8], place: Location) -> Option<Cow<'_, [u8]>> {
    let body = segment.get(HEAD..)?;
    if marker == 0xE2 && body.starts_with(INDEX) {
        return None;
    }
    if marker != 0xE1 || place == Location::Keep {
        return Some(Cow::Borrowed(segment));
    }
    // Both keep their length.
    let stripped = |name: &[u8], strip: fn(&[u8]) -> Option<Vec<u8>>| {
        let head = HEAD + name.len();
        Some(Cow::Owned([&segment[..head], &strip(&segment[head..])?].concat()))
    };
    if body.starts_with(EXIF) {
        stripped(EXIF, location::strip_exif)
    } else if body.starts_with(XMP) {
        stripped(XMP, location::strip_xmp)
    } else if body.starts_with(MORE_XMP) {
        None
    } else {
        Some(Cow::Borrowed(segment))
    }
}
