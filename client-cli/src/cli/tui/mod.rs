//! The full-screen interface.

#![expect(dead_code, reason = "the application takes it up piece by piece")]

mod act;
mod config;
mod field;
mod files;
mod input;
mod keys;
mod overlay;
mod screen;
mod theme;
