//! Takes the place out of EXIF and XMP and leaves the rest as it is.

/// EXIF (a TIFF structure) without its GPS entries; nothing where the structure does not hold together, so that what
/// cannot be understood is not passed on.
pub(crate) fn strip_exif(data: &[u8]) -> Option<Vec<u8>> {
    let mut tiff = Tiff::parse(data)?;
    let first = tiff.u32(4)? as usize;
    let count = usize::from(tiff.u16(first)?);
    for index in 0..count {
        let entry = first + 2 + index * ENTRY;
        if tiff.u16(entry)? == GPS {
            let gps = tiff.u32(entry + 8)? as usize;
            tiff.wipe_directory(gps)?;
            tiff.remove_entry(first, count, index)?;
            // A second pointer would be against the format; this one is gone, look again from the start.
            return strip_exif(&tiff.bytes);
        }
    }
    Some(tiff.bytes)
}

/// XMP (an XML text) with the value of everything whose name contains GPS blanked; nothing where it is no text.
pub(crate) fn strip_xmp(text: &[u8]) -> Option<Vec<u8>> {
    std::str::from_utf8(text).ok()?;
    let mut text = text.to_vec();
    let mut from = 0;
    while let Some(at) = find(&text[from..], b"GPS") {
        let name = from + at;
        let after = name + text[name..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        // An attribute's value stands in quotes, an element's between its tags. Blanks keep the length.
        let value = match text.get(after..)? {
            [b'=', quote @ (b'"' | b'\''), rest @ ..] => {
                let length = rest.iter().take_while(|byte| *byte != quote).count();
                after + 2..after + 2 + length
            }
            [b'>', rest @ ..] => {
                let length = rest.iter().take_while(|byte| **byte != b'<').count();
                after + 1..after + 1 + length
            }
            _ => after..after,
        };
        from = value.end;
        text[value].fill(b' ');
    }
    Some(text)
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

/// A TIFF structure whose every access is checked.
struct Tiff {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Tiff {
    fn parse(data: &[u8]) -> Option<Self> {
        let big_endian = match data.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        Some(Self { bytes: data.to_vec(), big_endian })
    }

    /// Fills a directory and the values it points to with zeros.
    fn wipe_directory(&mut self, at: usize) -> Option<()> {
        let count = usize::from(self.u16(at)?);
        for index in 0..count {
            let entry = at + 2 + index * ENTRY;
            let size = match self.u16(entry + 2)? {
                3 | 8 => 2,
                4 | 9 | 11 => 4,
                5 | 10 | 12 => 8,
                _ => 1,
            };
            let length = size * self.u32(entry + 4)? as usize;
            if 4 < length {
                let value = self.u32(entry + 8)? as usize;
                self.bytes.get_mut(value..value.checked_add(length)?)?.fill(0);
            }
        }
        let end = at.checked_add(2 + count * ENTRY)?;
        self.bytes.get_mut(at..end)?.fill(0);
        Some(())
    }

    /// Takes one entry out of a directory; those behind it move up, as does the pointer to the next directory.
    fn remove_entry(&mut self, directory: usize, count: usize, index: usize) -> Option<()> {
        let (first, end) = (directory + 2 + index * ENTRY, directory + 2 + count * ENTRY + 4);
        self.bytes.get(first..end)?;
        self.bytes.copy_within(first + ENTRY..end, first);
        self.bytes[end - ENTRY..end].fill(0);
        let fewer = u16::try_from(count - 1).ok()?;
        let fewer = if self.big_endian { fewer.to_be_bytes() } else { fewer.to_le_bytes() };
        self.bytes.get_mut(directory..directory + 2)?.copy_from_slice(&fewer);
        Some(())
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }
}

/// Bytes of a directory's entry.
const ENTRY: usize = 12;
/// The entry that points to the place.
const GPS: u16 = 0x8825;

#[cfg(test)]
mod tests {
    use super::*;

    /// Orientation, a pointer to a GPS directory with one rational, and the end.
    fn exif() -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
        tiff.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
        tiff.extend(b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0");
        tiff.extend([0; 4]);
        tiff.extend(b"\x01\0\x02\0\x05\0\x01\0\0\0\x38\0\0\0\0\0\0\0");
        tiff.extend(b"LATITUDE");
        tiff
    }

    #[test]
    fn the_place_goes_and_the_orientation_stays() {
        let before = exif();
        assert_eq!(before.len(), 0x40);
        let after = strip_exif(&before).unwrap();
        assert_eq!(after.len(), before.len());
        assert!(!after.windows(8).any(|window| window == b"LATITUDE"));
        assert!(!after.windows(2).any(|window| window == [0x25, 0x88]));
        assert_eq!(after[8..22], *b"\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
        assert_eq!(strip_exif(&after), Some(after));
    }

    #[test]
    fn exif_that_does_not_hold_together_goes_as_a_whole() {
        let whole = exif();
        for length in 0..8 {
            assert_eq!(strip_exif(&whole[..length]), None);
        }
        // A GPS value that points outside.
        let mut lost = whole.clone();
        lost[0x30] = 0xff;
        assert_eq!(strip_exif(&lost), None);
    }

    #[test]
    fn xmp_loses_the_values_of_gps_names_only() {
        let xmp = b"<x exif:GPSLatitude=\"48,8N\" a=\"1\"><exif:GPSLongitude>2,3E</exif:GPSLongitude></x>";
        let stripped = strip_xmp(xmp).unwrap();
        let text = String::from_utf8(stripped).unwrap();
        assert_eq!(text.len(), xmp.len());
        assert!(text.contains("a=\"1\""));
        assert!(!text.contains("48,8N") && !text.contains("2,3E"), "{text}");
        assert_eq!(strip_xmp(b"\xff"), None);
    }
}
