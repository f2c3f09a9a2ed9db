//! LiveChat's daemon: listen > frame > handshake > session > hub > journal > outbox.
//!
//! [`app::serve`] runs a server on listeners and a store that the caller opened. Data moves one way: a session turns
//! frames into deeds, the hub decides, the journal writes, and what is committed goes to the outboxes. `cli` holds the
//! operator's commands; the server knows neither files of settings nor arguments.

pub mod app;
pub mod cli;
pub mod config;
pub mod settings;

mod alerts;
mod auth;
mod blobs;
mod changes;
mod checkpoints;
mod files;
mod goodbye;
mod greet;
mod groups;
mod half_open;
mod http;
mod hub;
mod journal;
mod listen;
mod load;
mod metrics;
mod networks;
mod outbox;
mod record;
mod refuse;
mod rules;
mod session;
mod shared;
mod upkeep;
mod wire;
