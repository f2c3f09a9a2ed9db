//! Joins per time, as people write them: `10/10m`.

use std::fmt;

use thiserror::Error;

use crate::sanction::Length;

/// So many joins within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joins {
    count: u32,
    within_seconds: u32,
}

/// A rate that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "\"{0}\" is not a rate of joins; write one like 10/10m, from 2 to 1000 joins within at most a day, or off"
)]
pub struct JoinsError(String);

impl Joins {
    /// Reads a rate as people type it.
    ///
    /// # Errors
    /// [`JoinsError`] in words for the person.
    pub fn parse(text: &str) -> Result<Self, JoinsError> {
        let read = || {
            let (count, within) = text.split_once('/')?;
            let count = count.trim().parse().ok().filter(|count| (2..=MOST).contains(count))?;
            let seconds = Length::parse(within).ok()?.seconds()?;
            let within_seconds = u32::try_from(seconds).ok().filter(|seconds| *seconds <= DAY)?;
            Some(Self { count, within_seconds })
        };
        read().ok_or_else(|| JoinsError(text[..text.floor_char_boundary(32)].to_owned()))
    }

    /// Returns how many.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Returns within how many milliseconds.
    #[must_use]
    pub fn within_ms(self) -> i64 {
        i64::from(self.within_seconds) * 1_000
    }
}

impl fmt::Display for Joins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.within_seconds {
            seconds if seconds % 3_600 == 0 => (seconds / 3_600, "h"),
            seconds if seconds % 60 == 0 => (seconds / 60, "m"),
            seconds => (seconds, "s"),
        };
        write!(formatter, "{}/{number}{unit}", self.count)
    }
}

const MOST: u32 = 1_000;
const DAY: u32 = 86_400;
