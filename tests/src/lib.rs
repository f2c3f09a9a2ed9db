//! What the end-to-end stories, the fault tests and the demo share; [`measure`] is the benchmark.
//!
//! Everything here has a deadline, and whatever it starts is gone when it is dropped.

pub mod account;
pub mod browser;
pub mod cargo;
pub mod dashboard;
pub mod demo;
pub mod desk;
pub mod fault;
pub mod glass;
pub mod http;
pub mod keyboard;
pub mod large;
pub mod law;
pub mod lively;
pub mod measure;
pub mod memory;
pub mod opened;
pub mod payloads;
pub mod person;
pub mod photo;
pub mod pictures;
pub mod program;
pub mod prometheus;
pub mod proxy;
pub mod screens;
pub mod search;
pub mod seat;
pub mod server;
pub mod stranger;
pub mod stream;
pub mod svg;
pub mod terminal;
pub mod thief;
pub mod tour;
pub mod visitor;
pub mod wire;
