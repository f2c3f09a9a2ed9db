//! How long a measure stands, as people type and read it: `10m`, `1 h 30 m`, `for good`.

use std::fmt;
use std::str::FromStr;

use proto::ids::Timestamp;
use proto::limits;
use thiserror::Error;

/// How long a measure stands: some seconds, at most ten years, or for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Length(pub(super) Option<u64>);

/// A length that cannot be used: what was wrong, what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LengthError {
    /// Not a number with a unit.
    #[error("\"{0}\" is not a length of time; write one like 10m, 1h, 7d, or \"for good\"")]
    NotALength(String),
    /// No time at all.
    #[error("a length of 0 does nothing; write one like 10m, 1h, 7d, or \"for good\"")]
    Zero,
    /// Longer than any measure with an end.
    #[error("that is longer than ten years; write \"for good\" instead")]
    TooLong,
}

impl Length {
    /// Without an end.
    pub const FOR_GOOD: Self = Self(None);

    /// Returns the length of so many seconds.
    ///
    /// # Errors
    /// [`LengthError`] for none and for more than ten years.
    pub const fn for_seconds(seconds: u64) -> Result<Self, LengthError> {
        match seconds {
            0 => Err(LengthError::Zero),
            1..=limits::BAN_SECONDS => Ok(Self(Some(seconds))),
            _ => Err(LengthError::TooLong),
        }
    }

    /// Reads a length as people type it: numbers with s, m, h, d or w, or "for good".
    ///
    /// # Errors
    /// [`LengthError`] in words for the person.
    pub fn parse(text: &str) -> Result<Self, LengthError> {
        let typed: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let typed = typed.to_ascii_lowercase();
        if FOR_GOOD.contains(&typed.as_str()) {
            return Ok(Self::FOR_GOOD);
        }
        let not_a_length = || LengthError::NotALength(text[..text.floor_char_boundary(32)].to_owned());
        let (mut rest, mut seconds) = (typed.as_str(), 0_u64);
        while !rest.is_empty() {
            let digits = rest.find(|character: char| !character.is_ascii_digit()).ok_or_else(not_a_length)?;
            let unit_end = rest[digits..]
                .find(|character: char| character.is_ascii_digit())
                .map_or(rest.len(), |at| digits + at);
            let unit = unit_seconds(&rest[digits..unit_end]).ok_or_else(not_a_length)?;
            if digits == 0 {
                return Err(not_a_length());
            }
            // More digits than a number has is also too long.
            let number: u64 = rest[..digits].parse().map_err(|_| LengthError::TooLong)?;
            seconds = seconds.saturating_add(number.saturating_mul(unit));
            rest = &rest[unit_end..];
        }
        if typed.is_empty() {
            return Err(not_a_length());
        }
        Self::for_seconds(seconds)
    }

    /// Returns the length between two times, at least a second; for good without an end.
    #[must_use]
    pub fn between(start: Timestamp, end: Option<Timestamp>) -> Self {
        let seconds = |end: Timestamp| end.0.saturating_sub(start.0).max(0).unsigned_abs() / 1_000;
        Self(end.map(|end| seconds(end).clamp(1, limits::BAN_SECONDS)))
    }

    /// Returns the seconds; nothing for good.
    #[must_use]
    pub const fn seconds(self) -> Option<u64> {
        self.0
    }

    /// Returns whether it has no end.
    #[must_use]
    pub const fn is_for_good(self) -> bool {
        self.0.is_none()
    }

    /// Returns when a measure of this length ends.
    #[must_use]
    pub fn end(self, start: Timestamp) -> Option<Timestamp> {
        let milliseconds = |seconds: u64| i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        self.0.map(|seconds| start.plus_ms(milliseconds(seconds)))
    }
}

impl fmt::Display for Length {
    /// Writes the two largest units that are not zero: "10 m", "1 h 30 m", "7 d", "for good".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(mut rest) = self.0 else { return formatter.write_str("for good") };
        let mut written = 0;
        for (unit, seconds) in [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)] {
            let count = rest / seconds;
            rest %= seconds;
            if count != 0 && written < 2 {
                let space = if written == 0 { "" } else { " " };
                write!(formatter, "{space}{count} {unit}")?;
                written += 1;
            } else if written != 0 {
                // "1 d 5 s" says less than it seems to: a unit that is left out ends the text.
                break;
            }
        }
        Ok(())
    }
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        Self::parse(text)
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const FOR_GOOD: [&str; 4] = ["forgood", "forever", "permanent", "always"];

fn unit_seconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => MINUTE,
        "h" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_length_is_read_and_shown_as_people_write_it() {
        for (typed, seconds, shown) in [
            ("10m", Some(600), "10 m"),
            (" 10 M ", Some(600), "10 m"),
            ("1h", Some(3_600), "1 h"),
            ("1 day", Some(86_400), "1 d"),
            ("7d", Some(604_800), "7 d"),
            ("2w", Some(1_209_600), "14 d"),
            ("90m", Some(5_400), "1 h 30 m"),
            ("1h30m", Some(5_400), "1 h 30 m"),
            ("90s", Some(90), "1 m 30 s"),
            ("for good", None, "for good"),
            ("Permanent", None, "for good"),
        ] {
            let length = Length::parse(typed).unwrap();
            assert_eq!((length.seconds(), length.to_string().as_str()), (seconds, shown), "{typed}");
        }
    }

    #[test]
    fn what_is_no_length_is_refused_in_words() {
        let not = |text: &str| LengthError::NotALength(text.to_owned());
        for (typed, error) in [
            ("", not("")),
            ("10", not("10")),
            ("m", not("m")),
            ("-5m", not("-5m")),
            ("1.5h", not("1.5h")),
            ("5 parsecs", not("5 parsecs")),
            ("0m", LengthError::Zero),
            ("11000d", LengthError::TooLong),
            ("99999999999999999999999d", LengthError::TooLong),
            ("18446744073709551615w 2w", LengthError::TooLong),
        ] {
            assert_eq!(Length::parse(typed), Err(error), "{typed}");
        }
    }

    #[test]
    fn an_end_is_so_many_seconds_after_the_start() {
        let start = Timestamp(1_000);
        assert_eq!(Length::for_seconds(60).unwrap().end(start), Some(Timestamp(61_000)));
        assert_eq!(Length::FOR_GOOD.end(start), None);
        assert_eq!(Length::between(start, Some(Timestamp(61_000))).seconds(), Some(60));
        assert_eq!(Length::between(start, Some(Timestamp(0))).seconds(), Some(1));
        assert!(Length::between(start, None).is_for_good());
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_as_no_more_and_nearly_as_much(seconds in 1..=limits::BAN_SECONDS) {
            let length = Length::for_seconds(seconds).unwrap();
            let read = Length::parse(&length.to_string()).unwrap().seconds().unwrap();
            prop_assert!(read <= seconds && seconds - read < seconds.div_ceil(20).max(1), "{length}: {read} of {seconds}");
        }

        #[test]
        fn nothing_typed_panics(typed in "\\PC{0,40}", plain in "[0-9smhdw ]{0,60}") {
            let _ = Length::parse(&typed);
            let _ = Length::parse(&plain);
        }
    }
}
