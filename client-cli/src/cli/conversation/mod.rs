//! What a conversation knows and does, whatever shows it: rooms and people, commands, questions, transfers.

pub(crate) mod ask;
pub(crate) mod chat;
pub(crate) mod commands;
pub(crate) mod consequences;
pub(crate) mod files;
mod news;
pub(crate) mod path;
pub(crate) mod preferences;
pub(crate) mod typed;
