//! What kind of file something is, guessed from its first bytes. A name can say anything; the content cannot.

/// Bytes of a file's beginning that are enough for [`media_type`].
pub const SNIFFED: usize = 4_096;

/// Returns the media type of what begins like this.
#[must_use]
pub fn media_type(beginning: &[u8]) -> &'static str {
    let beginning = &beginning[..beginning.len().min(SNIFFED)];
    let known =
        MARKS.iter().find(|mark| beginning.get(mark.at..).is_some_and(|rest| rest.starts_with(mark.bytes)));
    match known {
        Some(mark) if mark.media == RIFF => riff(beginning),
        Some(mark) if mark.media == BOX => boxed(beginning),
        Some(mark) => mark.media,
        None if is_text(beginning) => "text/plain",
        None => "application/octet-stream",
    }
}

struct Mark {
    at: usize,
    bytes: &'static [u8],
    media: &'static str,
}

/// The first bytes by which formats say what they are, longer ones before their beginnings.
const MARKS: &[Mark] = &[
    mark(b"\x89PNG\r\n\x1a\n", "image/png"),
    mark(b"\xff\xd8\xff", "image/jpeg"),
    mark(b"GIF87a", "image/gif"),
    mark(b"GIF89a", "image/gif"),
    mark(b"BM", "image/bmp"),
    mark(b"II*\0", "image/tiff"),
    mark(b"MM\0*", "image/tiff"),
    mark(b"RIFF", RIFF),
    Mark { at: 4, bytes: b"ftyp", media: BOX },
    mark(b"%PDF-", "application/pdf"),
    mark(b"PK\x03\x04", "application/zip"),
    mark(b"PK\x05\x06", "application/zip"),
    mark(b"\x1f\x8b", "application/gzip"),
    mark(b"BZh", "application/x-bzip2"),
    mark(b"\xfd7zXZ\0", "application/x-xz"),
    mark(b"\x28\xb5\x2f\xfd", "application/zstd"),
    mark(b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    Mark { at: 257, bytes: b"ustar", media: "application/x-tar" },
    mark(b"OggS", "audio/ogg"),
    mark(b"fLaC", "audio/flac"),
    mark(b"ID3", "audio/mpeg"),
    mark(b"\x1aE\xdf\xa3", "video/x-matroska"),
    mark(b"\x7fELF", "application/x-executable"),
    mark(b"MZ", "application/x-executable"),
    mark(b"SQLite format 3\0", "application/vnd.sqlite3"),
    mark(b"wOF2", "font/woff2"),
];

const fn mark(bytes: &'static [u8], media: &'static str) -> Mark {
    Mark { at: 0, bytes, media }
}

fn riff(beginning: &[u8]) -> &'static str {
    match beginning.get(8..12) {
        Some(b"WEBP") => "image/webp",
        Some(b"WAVE") => "audio/wav",
        Some(b"AVI ") => "video/x-msvideo",
        _ => "application/octet-stream",
    }
}

fn boxed(beginning: &[u8]) -> &'static str {
    match beginning.get(8..12) {
        Some(b"avif" | b"avis") => "image/avif",
        Some(b"heic" | b"heix" | b"mif1") => "image/heic",
        Some(b"M4A ") => "audio/mp4",
        Some(b"qt  ") => "video/quicktime",
        _ => "video/mp4",
    }
}

/// Text is UTF-8 without control characters; the last character may be cut by the end of what was read.
fn is_text(beginning: &[u8]) -> bool {
    let valid = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && beginning.len() == SNIFFED => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty() && valid.chars().all(|c| matches!(c, '\n' | '\r' | '\t' | '\x0c') || !c.is_control())
}

/// Kinds that share a first mark and say more behind it.
const RIFF: &str = "RIFF";
const BOX: &str = "box";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_content_decides() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (beginning, media) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"\0\0\0\x20ftypavif", "image/avif"),
            (b"\0\0\0\x20ftypisom", "video/mp4"),
            (b"%PDF-1.7", "application/pdf"),
            (&tar, "application/x-tar"),
            ("Grüße\n".as_bytes(), "text/plain"),
            (b"\x1b[2J", "application/octet-stream"),
            (b"", "application/octet-stream"),
            (b"\xc3", "application/octet-stream"),
        ] {
            assert_eq!(media_type(beginning), media, "{beginning:?}");
        }
    }

    #[test]
    fn a_text_whose_last_character_is_cut_is_still_text() {
        let text = "ü".repeat(SNIFFED);
        assert_eq!(media_type(&text.as_bytes()[..SNIFFED]), "text/plain");
        let odd = format!("a{text}");
        assert_eq!(media_type(&odd.as_bytes()[..SNIFFED]), "text/plain");
        assert_eq!(media_type(&odd.as_bytes()[..SNIFFED + 100]), "text/plain");
    }

    proptest! {
        #[test]
        fn any_bytes_have_one_short_type(beginning in proptest::collection::vec(any::<u8>(), 0..600)) {
            let media = media_type(&beginning);
            prop_assert!(media.contains('/') && media.len() <= 100);
        }
    }
}
