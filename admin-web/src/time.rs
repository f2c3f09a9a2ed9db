//! Times as people read them: a date in UTC, and how long ago.

use proto::ids::Timestamp;

/// A moment on a page: machine-readable, in full, and relative to the page's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When {
    /// `2026-11-25T17:05:00Z`, for `<time datetime>`.
    pub(crate) machine: String,
    /// `2026-11-25 17:05:00 UTC`.
    pub(crate) full: String,
    /// `3 min ago`, `in 2 h`.
    pub(crate) relative: String,
}

impl When {
    /// Returns a moment as seen from another.
    pub(crate) fn new(at: Timestamp, now: Timestamp) -> Self {
        let full = jiff::Timestamp::from_millisecond(at.0).map_or_else(
            |_| ("".to_owned(), "never".to_owned()),
            |at| {
                (
                    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
                )
            },
        );
        Self { machine: full.0, full: full.1, relative: relative(at, now) }
    }

    /// Returns a moment that may be absent.
    pub(crate) fn maybe(at: Option<Timestamp>, now: Timestamp) -> Option<Self> {
        at.map(|at| Self::new(at, now))
    }
}

/// Returns how far a moment is from another, in the largest unit that says enough.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let away = at.0.saturating_sub(now.0);
    let span = span_ms(away.unsigned_abs());
    match away {
        -999..=999 => "just now".to_owned(),
        ..=-1_000 => format!("{span} ago"),
        _ => format!("in {span}"),
    }
}

/// Returns a length of time in its largest unit: `45 s`, `3 min`, `2 h`, `5 d`.
pub(crate) fn span_ms(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Returns a number of bytes in the unit that says enough.
pub(crate) fn bytes(count: u64) -> String {
    domain::file::size_words(count)
}

/// Returns a number with thin groups of three, as in `1 234 567`.
pub(crate) fn grouped(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at != 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_full_and_from_here() {
        let now = Timestamp(1_700_000_000_000);
        let when = When::new(now.plus_ms(-185_000), now);
        assert_eq!(when.machine, "2023-11-14T22:10:15Z");
        assert_eq!(when.full, "2023-11-14 22:10:15 UTC");
        assert_eq!(when.relative, "3 min ago");
        assert_eq!(When::new(now.plus_ms(86_400_000 * 3), now).relative, "in 3 d");
        assert_eq!(When::new(now, now).relative, "just now");
        assert_eq!(When::new(Timestamp(i64::MAX), now).full, "never");
    }

    #[test]
    fn numbers_are_short_and_grouped() {
        assert_eq!((bytes(0), bytes(1_023), bytes(1_536)), ("0 B".into(), "1023 B".into(), "1.5 KiB".into()));
        assert_eq!(bytes(200 * 1_024 * 1_024), "200 MiB");
        assert_eq!(grouped(7_u32), "7");
        assert_eq!(grouped(1_234_567_u32), "1\u{202f}234\u{202f}567");
        assert_eq!(
            (span_ms(12), span_ms(45_000), span_ms(7_200_000)),
            ("12 ms".into(), "45 s".into(), "2 h".into())
        );
    }
}
