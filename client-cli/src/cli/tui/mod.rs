//! The full-screen interface.

#![expect(dead_code, reason = "the application takes it up piece by piece")]

mod act;
mod complete;
mod config;
mod emoji;
mod field;
mod files;
mod help;
mod input;
mod keys;
mod notify;
mod overlay;
mod screen;
pub(crate) mod theme;
