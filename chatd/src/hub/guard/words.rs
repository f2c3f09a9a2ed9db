//! What an author is told: which rule, until when, and what to do.

use std::time::Duration;

use domain::raid::Posture;
use domain::sanction::{Kind, Length};
use proto::ids::Timestamp;
use proto::refusal::{Code, Refusal};

use super::author::Bound;

/// Words for somebody whom a measure binds.
pub(super) fn bound(bound: &Bound, now: Timestamp) -> Refusal {
    let place = if bound.room.is_some() { " in this room" } else { "" };
    let (code, state) = match bound.kind {
        Kind::Timeout => (Code::Muted, format!("You are in a time-out{place}")),
        Kind::Mute => (Code::Muted, format!("You are muted{place}")),
        Kind::Ban | Kind::SoftBan | Kind::Kick if bound.room.is_some() => {
            (Code::BannedNoAppeal, "You are banned from this room".to_owned())
        }
        Kind::Ban | Kind::SoftBan | Kind::Kick => (Code::BannedNoAppeal, "You are banned".to_owned()),
    };
    let end = match bound.until {
        Some(_) => format!("for another {}", Length::between(now, bound.until)),
        None => "for good".to_owned(),
    };
    let reason = if bound.reason.is_empty() { String::new() } else { format!(" Reason: {}", bound.reason) };
    let refusal = Refusal::new(code, &format!("{state} {end}.{reason}"));
    match bound.until {
        Some(until) => refusal.after_ms(u64::try_from(until.0 - now.0).unwrap_or(1)),
        None => refusal,
    }
}

pub(super) fn slow(slow: Duration, wait: Duration) -> Refusal {
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    let words = format!(
        "Slow mode: one message every {} in this room. Yours can go in {}.",
        length(slow),
        length(wait.max(Duration::from_millis(wait_ms)))
    );
    Refusal::new(Code::SlowMode, &words).after_ms(wait_ms)
}

pub(super) fn locked() -> Refusal {
    Refusal::new(Code::RoomLocked, "This room is locked: only staff can write until they open it again.")
}

pub(super) fn raid(posture: Posture, now: Timestamp) -> Refusal {
    let level = posture.effective(now);
    let end = match posture.until.filter(|until| now < *until) {
        Some(until) => format!(" for another {}", Length::between(now, Some(until))),
        None => " until staff open it again".to_owned(),
    };
    let refusal =
        Refusal::new(Code::Raid, &format!("The server is at raid level {level}{end}: {}.", level.words()));
    match posture.until.filter(|until| now < *until) {
        Some(until) => refusal.after_ms(u64::try_from(until.0 - now.0).unwrap_or(1)),
        None => refusal,
    }
}

/// Rounded up to whole seconds: who comes back after that is let through.
fn length(time: Duration) -> Length {
    let seconds = u64::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1);
    Length::for_seconds(seconds).unwrap_or(Length::FOR_GOOD)
}
