//! Every query. They see one moment of the database, and write nothing.

mod accounts;
mod announcements;
mod appeals;
mod audit;
mod audit_filter;
mod audit_page;
mod changes;
mod devices;
mod files;
mod filters;
mod held;
mod history;
mod identities;
mod invites;
mod media;
mod meta;
mod notes;
mod operations;
mod people;
mod posture;
mod purges;
mod reports;
mod room_list;
mod rooms;
mod sanction_list;
mod sanctions;
mod sealed;
mod sealed_list;
mod search;
mod web;
mod words;

use rusqlite::Connection;

pub(crate) use announcements::ANNOUNCEMENTS;
pub(crate) use filters::action_columns;
pub(crate) use operations::webhook_row;

/// The queries over one connection.
#[derive(Debug, Clone, Copy)]
pub struct Reads<'c> {
    conn: &'c Connection,
}

impl<'c> Reads<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn }
    }
}

/// One page of something, and whether there is more after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub more: bool,
}

impl<T> Page<T> {
    /// Cuts rows that were read one beyond the limit.
    pub(crate) fn cut(mut items: Vec<T>, limit: usize) -> Self {
        let more = limit < items.len();
        items.truncate(limit);
        Self { items, more }
    }
}

/// Returns the number of rows to read so that one beyond the limit shows that there is more.
pub(crate) fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}
