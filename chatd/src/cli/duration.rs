//! A span of time as people type it: `90s`, `30m`, `24h`, `7d`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A span of at least a second and at most a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    number: u64,
    unit: &'static Unit,
}

/// A letter and its seconds.
#[derive(Debug, PartialEq, Eq)]
struct Unit {
    letter: &'static str,
    seconds: u64,
}

/// Text that is not a span.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("time is {0:?}, expected a number with s, m, h or d, from 1s to 365d, like 24h")]
pub(crate) struct SpanError(String);

impl Span {
    /// Returns the span in milliseconds.
    pub(crate) fn milliseconds(self) -> i64 {
        let seconds = self.number.saturating_mul(self.unit.seconds);
        i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000)
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SpanError(text.to_owned());
        let text = text.trim();
        let (number, letter) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(error)?;
        let unit = UNITS.iter().find(|unit| unit.letter == letter).ok_or_else(error)?;
        let number: u64 = number.parse().map_err(|_| error())?;
        match number.checked_mul(unit.seconds) {
            Some(1..=LONGEST) => Ok(Self { number, unit }),
            _ => Err(error()),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.number, self.unit.letter)
    }
}

static UNITS: [Unit; 4] = [
    Unit { letter: "s", seconds: 1 },
    Unit { letter: "m", seconds: 60 },
    Unit { letter: "h", seconds: 3600 },
    Unit { letter: "d", seconds: 24 * 3600 },
];
const LONGEST: u64 = 365 * 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_in_its_unit_and_printed_as_it_was_typed() {
        for (text, shown, milliseconds) in [
            ("1s", "1s", 1000),
            ("90m", "90m", 5_400_000),
            ("24h", "24h", 86_400_000),
            (" 7d ", "7d", 604_800_000),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.to_string().as_str(), span.milliseconds()), (shown, milliseconds));
        }
    }

    #[test]
    fn anything_else_and_anything_longer_than_a_year_is_refused() {
        assert!("365d".parse::<Span>().is_ok());
        for text in ["", "h", "24", "0h", "366d", "-1h", "1w", "99999999999999999999d", "1.5h", "ü"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
