//! A whole server in the test's process, spoken to over loopback by a client that knows `proto` alone.

#![expect(clippy::unwrap_used, reason = "the lint does not see that helpers of tests are tests")]

mod client;
mod ends;
mod evidence;
mod files;
mod hostile;
mod logins;
mod measures;
mod metrics;
mod moderation;
mod purge;
mod registration;
mod rooms;
mod sealed;
mod timing;
mod totp;
mod world;
