//! Throttles: how often somebody may knock, log in or speak. Pure: time is passed in, tables have a fixed limit.
//!
//! Times are [`Instant`](std::time::Instant)s. One that lies before an earlier one (a clock that stepped back) neither
//! frees nor locks anybody for longer than the throttle's own delays.

mod gate;
mod login;
mod network;
mod rate;
mod table;

use std::time::Duration;

pub use gate::{ConnectionGate, GateLimits, Knock};
pub use login::{Finding, Judgement, LoginAttempt, LoginLimits, LoginThrottle, Standing, Subject};
pub use network::Network;
pub use rate::{Rate, TokenBucket};

/// Keys one table remembers, at 100 to 170 bytes each.
pub const TABLE: usize = 65_536;

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on; it has been counted.
    Go,
    /// Not counted; come back after this time.
    Wait(Duration),
}
