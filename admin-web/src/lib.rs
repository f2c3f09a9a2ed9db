//! LiveChat's dashboard: pages over the store that `chatd` works on, for moderators, admins, owners and auditors.
//!
//! [`app::serve`] runs it on listeners and a store that the caller opened. One warp filter takes a request apart
//! (`request`), `routes` decides what it is for, `guard` who asks and whether they may, a file in `pages` answers.
//! A handler always answers; every answer leaves through `reply`, which puts the security headers on it.

pub mod app;
pub mod cli;
pub mod config;

mod answer;
mod assets;
mod chart;
mod checkpoints;
mod csrf;
mod door;
mod filters;
mod flash;
mod forms;
mod guard;
mod listen;
mod login;
mod metrics;
mod operators;
mod pages;
mod refusal;
mod reply;
mod request;
mod routes;
mod sessions;
mod shell;
mod theme;
mod time;
mod tls;
mod token;
mod view;
