//! The pages: each file holds its query, its template and its handlers.

pub(crate) mod announcements;
pub(crate) mod appeals;
pub(crate) mod audit;
pub(crate) mod automod;
pub(crate) mod bans;
pub(crate) mod enrol;
pub(crate) mod figures;
pub(crate) mod held;
pub(crate) mod help;
pub(crate) mod invites;
pub(crate) mod kit;
pub(crate) mod me;
pub(crate) mod media;
pub(crate) mod overview;
pub(crate) mod raid;
pub(crate) mod reports;
pub(crate) mod rooms;
pub(crate) mod sealed;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod system;
pub(crate) mod users;

mod history;
mod resolve;
mod words;
