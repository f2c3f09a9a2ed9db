//! Files in messages: what a card may say, what of it is judged and searched, and how a file reads as a line.

use proto::message::{FileCard, FileLock};

use crate::text::{self, TextError};

/// How large files may be, and how much of them an account and a room may hold. People count the bytes of their
/// files; the server sees sealed ones, of which there are 256 more in each MiB and 64 more in each file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileLimits {
    /// The largest file.
    pub max_mib: u32,
    /// All files of one account.
    pub account_mib: u32,
    /// All files of one room.
    pub room_mib: u32,
    /// How long an upload may rest, and a finished one wait for its message.
    pub incomplete_hours: u32,
}

impl FileLimits {
    /// Returns the size of the largest sealed file in bytes; 0 when none is taken.
    #[must_use]
    pub fn largest_sealed(&self) -> u64 {
        if self.max_mib == 0 { 0 } else { sealed(self.max_mib) + 64 }
    }

    /// Returns how many sealed bytes an account may hold.
    #[must_use]
    pub fn account_bytes(&self) -> u64 {
        sealed(self.account_mib)
    }

    /// Returns how many sealed bytes a room may hold.
    #[must_use]
    pub fn room_bytes(&self) -> u64 {
        sealed(self.room_mib)
    }

    /// Returns how long an upload may rest, in milliseconds.
    #[must_use]
    pub fn incomplete_ms(&self) -> i64 {
        i64::from(self.incomplete_hours) * 3_600_000
    }
}

fn sealed(mib: u32) -> u64 {
    u64::from(mib) * (1_048_576 + 256)
}

/// Checks what a file's card says of it: its name is one line with something to see and without a path, its media type
/// one line.
///
/// # Errors
/// [`TextError`] names what is not accepted.
pub fn check(file: &FileCard) -> Result<(), TextError> {
    let FileLock::Key { facts, .. } = &file.lock else { return Ok(()) };
    text::line(&facts.name)?;
    text::line(&facts.media)?;
    if facts.name.chars().all(text::is_blank) {
        return Err(TextError::Blank);
    }
    if facts.name.contains(['/', '\\']) || matches!(&*facts.name, "." | "..") {
        return Err(TextError::Path);
    }
    Ok(())
}

/// Checks what stands beside a file: nothing, or the text of a message.
///
/// # Errors
/// Those of [`text::message_body`].
pub fn check_caption(caption: &str) -> Result<(), TextError> {
    if caption.is_empty() { Ok(()) } else { text::message_body(caption) }
}

/// Returns the words of a file's message as far as they can be read: its caption and its name. Filters judge them and
/// the search finds them.
#[must_use]
pub fn words(file: &FileCard, caption: &str) -> String {
    match (file.lock.name(), caption) {
        (None, caption) => caption.to_owned(),
        (Some(name), "") => name.to_owned(),
        (Some(name), caption) => format!("{caption} {name}"),
    }
}

/// Returns a file's message as a line of text: `[file] roof.png (195 KiB): seen from above`. The name and the caption
/// are the sender's and not made harmless.
#[must_use]
pub fn line(file: &FileCard, caption: &str) -> String {
    let size = size_words(file.sealed_size.get());
    let head = match file.lock.name() {
        Some(name) => format!("[file] {name} ({size})"),
        None => format!("[file under a passphrase] ({size})"),
    };
    if caption.is_empty() { head } else { format!("{head}: {caption}") }
}

/// Returns a number of bytes in the unit that says enough.
#[must_use]
pub fn size_words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut whole, mut tenths, mut unit) = (bytes, 0, 0);
    while 1_024 <= whole && unit + 1 < UNITS.len() {
        tenths = whole % 1_024 * 10 / 1_024;
        whole /= 1_024;
        unit += 1;
    }
    if unit == 0 || 100 <= whole {
        format!("{whole} {}", UNITS[unit])
    } else {
        format!("{whole}.{tenths} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use proto::bytes::{Bytes, Secret32};
    use proto::ids::{BlobId, ContentHash, FileSize, LockSalt};
    use proto::message::FileFacts;
    use proto::text::Text;

    use super::*;

    #[test]
    fn a_name_has_no_path_no_second_line_and_something_to_see() {
        let checked = |name| check(&named(name));
        assert_eq!(checked("roof.png"), Ok(()));
        assert_eq!(checked("..."), Ok(()));
        for name in ["", " \u{200b}"] {
            assert_eq!(checked(name), Err(TextError::Blank), "{name:?}");
        }
        for name in ["a/b", "..", ".", "c:\\x", "/etc/passwd"] {
            assert_eq!(checked(name), Err(TextError::Path), "{name:?}");
        }
        assert_eq!(checked("a\nb"), Err(TextError::LineBreak));
        assert_eq!(checked("a\u{202e}gpj.exe"), Err(TextError::Reorders('\u{202e}')));
        assert_eq!(checked("a\u{1b}[2J"), Err(TextError::Control('\u{1b}')));
    }

    #[test]
    fn a_media_type_is_one_line() {
        let mut file = named("a");
        if let FileLock::Key { facts, .. } = &mut file.lock {
            facts.media = Text::cut("image/png\nX-Other: 1");
        }
        assert_eq!(check(&file), Err(TextError::LineBreak));
    }

    #[test]
    fn a_caption_may_be_missing_but_not_blank() {
        assert_eq!(check_caption(""), Ok(()));
        assert_eq!(check_caption("the\nroof"), Ok(()));
        assert_eq!(check_caption(" "), Err(TextError::Blank));
    }

    #[test]
    fn caption_and_name_are_judged_and_shown_and_a_sealed_name_is_not_there() {
        let file = named("roof.png");
        assert_eq!(words(&file, "from above"), "from above roof.png");
        assert_eq!(words(&file, ""), "roof.png");
        assert_eq!(line(&file, "from above"), "[file] roof.png (195 KiB): from above");
        assert_eq!(line(&file, ""), "[file] roof.png (195 KiB)");
        let lock = FileLock::Passphrase { salt: LockSalt([1; 16]), card: Bytes::new(vec![2; 40]).unwrap() };
        let locked = FileCard { lock, ..file };
        assert_eq!((check(&locked), words(&locked, "psst")), (Ok(()), "psst".to_owned()));
        assert_eq!(line(&locked, ""), "[file under a passphrase] (195 KiB)");
    }

    #[test]
    fn the_largest_file_is_measured_in_bytes_of_plaintext() {
        let limits = FileLimits { max_mib: 5_120, account_mib: 1, room_mib: 2, incomplete_hours: 72 };
        assert_eq!(limits.largest_sealed(), (5 << 30) + 64 + (5 << 14) * 16);
        assert_eq!((limits.account_bytes(), limits.room_bytes()), (1_048_832, 2_097_664));
        assert_eq!((limits.incomplete_ms(), FileLimits::default().largest_sealed()), (259_200_000, 0));
    }

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 1_023, 1_536, 200 << 20, 5 << 30].map(size_words);
        assert_eq!(sizes, ["0 B", "1023 B", "1.5 KiB", "200 MiB", "5.0 GiB"]);
    }

    fn named(name: &str) -> FileCard {
        let facts = FileFacts {
            plain_sha256: ContentHash([3; 32]),
            name: Text::cut(name),
            media: Text::cut("image/png"),
        };
        let lock = FileLock::Key { key: Secret32::new([4; 32]), facts };
        FileCard { blob: BlobId([5; 32]), sealed_size: FileSize::new(200_128).unwrap(), lock }
    }
}
