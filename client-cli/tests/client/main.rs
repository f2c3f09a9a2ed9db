//! The client against servers that live in the test.
#![expect(clippy::unwrap_used, reason = "what a helper of a test cannot do fails the test")]

mod chatterbot;
mod entrance;
mod files;
mod hostile_files;
mod line_mode;
mod moderation;
mod program;
mod resilience;
mod sealed;
mod support;
mod terminal;
mod totp;
