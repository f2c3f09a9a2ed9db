//! What a person types to find something in the audit log: `actor:ada action:Banned since:7d spam`.

use domain::audit::Action;
use domain::name::{AccountName, RoomName};
use domain::sanction::Length;
use proto::ids::Timestamp;
use proto::limits;

use super::Reads;
use super::search::words;
use crate::rows::{AuditActor, AuditFilter, AuditFilterError, AuditTarget, AuditTargetKind};

/// How many letters of what was wrong are repeated.
const SHOWN: usize = 64;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

impl Reads<'_> {
    /// Reads a search with `actor:`, `action:`, `target:`, `since:` and `until:`; everything else is words.
    ///
    /// # Errors
    /// [`AuditFilterError`] in words for the person.
    pub fn audit_filter(&self, typed: &str, now: Timestamp) -> Result<AuditFilter, AuditFilterError> {
        let mut filter = AuditFilter::default();
        let mut rest = String::new();
        for part in typed.split_whitespace() {
            match part.split_once(':') {
                Some(("actor", name)) => once("actor", &mut filter.actor, self.audit_actor(name)?)?,
                Some(("action", name)) => once("action", &mut filter.action, action(name)?)?,
                Some(("target", name)) => once("target", &mut filter.target, self.audit_target(name)?)?,
                Some(("since", time)) => once("since", &mut filter.since, start(time, now)?)?,
                Some(("until", time)) => once("until", &mut filter.until, end(time, now)?)?,
                Some((other, _))
                    if other.chars().all(|letter| letter.is_ascii_alphabetic()) && !other.is_empty() =>
                {
                    return Err(AuditFilterError::NoSuchQualifier(shown(other)));
                }
                _ => {
                    rest.push_str(part);
                    rest.push(' ');
                }
            }
        }
        filter.words = words(&rest).into_iter().map(ToOwned::to_owned).collect();
        if limits::QUERY_TERMS < filter.words.len() {
            return Err(AuditFilterError::TooManyWords(limits::QUERY_TERMS));
        }
        Ok(filter)
    }

    fn audit_actor(&self, typed: &str) -> Result<AuditActor, AuditFilterError> {
        if typed.eq_ignore_ascii_case("operator") {
            return Ok(AuditActor::Operator);
        }
        let none = || AuditFilterError::NoSuchAccount(shown(typed));
        let name = AccountName::parse(typed).map_err(|_| none())?;
        let account = self.account_by_name(&name)?.ok_or_else(none)?;
        Ok(AuditActor::Account(account.id))
    }

    /// Reads a name, `#room`, a kind, or a kind with a number. A kind's word is a kind even if somebody is named so:
    /// their account is `account/7`.
    fn audit_target(&self, typed: &str) -> Result<AuditTarget, AuditFilterError> {
        if let Some(room) = typed.strip_prefix('#') {
            let none = || AuditFilterError::NoSuchRoom(shown(room));
            let name = RoomName::parse(room).map_err(|_| none())?;
            return Ok(AuditTarget::Room(self.room_by_name(&name)?.ok_or_else(none)?.id));
        }
        let none = || AuditFilterError::NoSuchTarget(shown(typed));
        if let Some((kind, number)) = typed.split_once('/') {
            let kind = AuditTargetKind::from_word(kind).ok_or_else(none)?;
            let number = number.parse().ok().filter(|number| i64::try_from(*number).is_ok());
            return Ok(AuditTarget::One(kind, number.ok_or_else(none)?));
        }
        if let Some(kind) = AuditTargetKind::from_word(typed) {
            return Ok(AuditTarget::Any(kind));
        }
        let name = AccountName::parse(typed).map_err(|_| none())?;
        Ok(AuditTarget::Account(self.account_by_name(&name)?.ok_or_else(none)?.id))
    }
}

fn once<T>(what: &'static str, place: &mut Option<T>, value: T) -> Result<(), AuditFilterError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(AuditFilterError::Twice(what)),
    }
}

fn action(typed: &str) -> Result<Action, AuditFilterError> {
    let found = domain::audit::ACTIONS.into_iter().find(|action| action.name().eq_ignore_ascii_case(typed));
    found.ok_or_else(|| AuditFilterError::NoSuchAction(shown(typed)))
}

/// Returns the first moment that is meant.
fn start(typed: &str, now: Timestamp) -> Result<Timestamp, AuditFilterError> {
    moment(typed, now).map(|(start, _)| start)
}

/// Returns the first moment after what is meant: a day is meant with all of it.
fn end(typed: &str, now: Timestamp) -> Result<Timestamp, AuditFilterError> {
    moment(typed, now).map(|(start, length_ms)| start.plus_ms(length_ms))
}

/// Returns the start and the length in milliseconds of a day, a minute, or a moment so long ago.
fn moment(typed: &str, now: Timestamp) -> Result<(Timestamp, i64), AuditFilterError> {
    let wrong = || AuditFilterError::NotATime(shown(typed));
    if let Some(seconds) = Length::parse(typed).ok().and_then(Length::seconds) {
        let ago = i64::try_from(seconds).map_err(|_| wrong())? * 1_000;
        return Ok((now.plus_ms(-ago), 0));
    }
    let (date, time) = typed.split_once('T').map_or((typed, None), |(date, time)| (date, Some(time)));
    let day = days(date).ok_or_else(wrong)? * DAY_MS;
    let Some(time) = time else { return Ok((Timestamp(day), DAY_MS)) };
    let (hour, minute) = time.split_once(':').ok_or_else(wrong)?;
    let (hour, minute) = (number(hour, 2, 23).ok_or_else(wrong)?, number(minute, 2, 59).ok_or_else(wrong)?);
    Ok((Timestamp(day + (hour * 60 + minute) * MINUTE_MS), MINUTE_MS))
}

/// Returns the days since 1970 of a date like 2026-11-23, after Howard Hinnant's `days_from_civil`.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) =
        (number(parts.next()?, 4, 9_999)?, number(parts.next()?, 2, 12)?, number(parts.next()?, 2, 31)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    if parts.next().is_some() || year < 1970 || month == 0 || !(1..=longest).contains(&day) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Reads exactly so many digits, up to this number.
fn number(digits: &str, width: usize, most: i64) -> Option<i64> {
    let all = digits.len() == width && digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|number| all && *number <= most)
}

fn shown(typed: &str) -> String {
    typed[..typed.floor_char_boundary(SHOWN)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_764_000_000_000);

    #[test]
    fn a_day_is_meant_with_all_of_it_and_a_minute_too() {
        let november = 1_763_942_400_000;
        assert_eq!(start("2025-11-24", NOW), Ok(Timestamp(november)));
        assert_eq!(end("2025-11-24", NOW), Ok(Timestamp(november + DAY_MS)));
        assert_eq!(start("2025-11-24T14:30", NOW), Ok(Timestamp(november + 870 * MINUTE_MS)));
        assert_eq!(end("2025-11-24T14:30", NOW), Ok(Timestamp(november + 871 * MINUTE_MS)));
        assert_eq!(start("7d", NOW), Ok(NOW.plus_ms(-7 * DAY_MS)));
        assert_eq!(end("24h", NOW), Ok(NOW.plus_ms(-DAY_MS)));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (date, expected) in [
            ("1970-01-01", 0),
            ("1970-03-01", 59),
            ("2000-02-29", 11_016),
            ("2024-02-29", 19_782),
            ("2025-11-24", 20_416),
        ] {
            assert_eq!(days(date), Some(expected), "{date}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_in_words() {
        for wrong in [
            "",
            "2025",
            "2025-13-01",
            "2025-02-29",
            "2025-00-10",
            "2025-04-31",
            "25-11-24",
            "2025-11-24T",
            "1969-12-31",
            "2025-11-24T24:00",
            "2025-11-24T1:00",
            "+025-11-24",
            "2025-11-24-1",
            "for good",
            "2025-11-2é",
        ] {
            assert_eq!(start(wrong, NOW), Err(AuditFilterError::NotATime(wrong.to_owned())));
        }
    }

    #[test]
    fn an_action_is_found_in_any_case() {
        assert_eq!(action("banned"), Ok(Action::Banned));
        assert_eq!(action("ReportClaimed"), Ok(Action::ReportClaimed));
        assert_eq!(action("burned"), Err(AuditFilterError::NoSuchAction("burned".to_owned())));
    }
}
