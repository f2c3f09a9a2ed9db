//! Dates for people and scripts, in UTC.

use proto::ids::Timestamp;

/// Returns `2026-11-23`.
pub(crate) fn day(at: Timestamp) -> String {
    let (year, month, day) = civil(at.0.div_euclid(DAY_MS));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns `2026-11-23 08:15`.
pub(crate) fn minute(at: Timestamp) -> String {
    let minutes = at.0.rem_euclid(DAY_MS) / 60_000;
    format!("{} {:02}:{:02}", day(at), minutes / 60, minutes % 60)
}

/// Returns `2026-11-23T08:15:42Z`.
pub(crate) fn time(at: Timestamp) -> String {
    let seconds = at.0.rem_euclid(DAY_MS) / 1000;
    format!("{}T{:02}:{:02}:{:02}Z", day(at), seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Days since 1970 to a date, after Howard Hinnant's `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

const DAY_MS: i64 = 24 * 3600 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (milliseconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59Z"),
            (1_764_000_000_000, "2025-11-24T16:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(time(Timestamp(milliseconds)), expected);
        }
        assert_eq!(minute(Timestamp(1_764_000_000_000)), "2025-11-24 16:00");
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for milliseconds in [i64::MIN, i64::MAX] {
            time(Timestamp(milliseconds));
        }
    }
}
