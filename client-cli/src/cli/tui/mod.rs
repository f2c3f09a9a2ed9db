//! The full-screen interface.

mod act;
mod app;
pub(crate) mod complete;
pub(crate) mod config;
mod drafts;
mod editor;
mod effects;
mod emoji;
mod entry;
mod field;
mod files;
mod help;
mod images;
mod input;
pub(crate) mod keys;
mod leaving;
mod notify;
mod overlay;
mod running;
mod screen;
pub(crate) mod theme;
mod view;
mod welcome;
mod wrap;

pub(crate) use entry::{chat, is_possible};
