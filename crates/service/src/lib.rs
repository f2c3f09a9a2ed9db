//! What both daemons have around their work: layered settings, log lines, signals, the wall clock, threads for passwords.

pub mod clock;
pub mod hashing;
pub mod logging;
pub mod priority;
pub mod settings;
pub mod signals;
