//! The operator's commands as real processes: what they print, what they leave on disk, how they end.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part fails its test")]

mod audit;
mod backup;
mod bench;
mod config;
mod doctor;
mod init;
mod invite;
mod metrics;
mod refusals;
mod report;
mod running;
mod terminal;
mod user;
