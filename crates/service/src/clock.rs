//! The wall clock, read in one place: for people and for TOTP, never for order.

use std::time::{SystemTime, UNIX_EPOCH};

use proto::ids::Timestamp;

/// Returns the time as the system has it.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Returns the seconds since 1970 that TOTP counts in.
#[must_use]
pub fn unix_seconds(at: Timestamp) -> u64 {
    u64::try_from(at.0 / 1_000).unwrap_or(0)
}
