//! What the end-to-end stories, the fault tests and the demo share; [`measure`] is the benchmark.
//!
//! Everything here has a deadline, and whatever it starts is gone when it is dropped.

pub mod account;
pub mod browser;
pub mod demo;
pub mod fault;
pub mod http;
pub mod law;
pub mod measure;
pub mod person;
pub mod program;
pub mod prometheus;
pub mod proxy;
pub mod search;
pub mod seat;
pub mod server;
pub mod stranger;
pub mod terminal;
pub mod wire;
