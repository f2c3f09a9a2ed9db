//! What a write job can do: typed acts in one transaction, each checking what must hold.

mod accounts;
mod appeals;
mod append;
mod audit;
mod changes;
mod devices;
mod facets;
mod file_refs;
mod files;
mod filters;
mod held;
mod invites;
mod meta;
mod operations;
mod people;
mod posture;
mod reactions;
mod reports;
mod rooms;
mod sanctions;
mod sealed;
mod sealed_reports;
mod web;
mod webhooks;
mod wipe;

use rusqlite::Connection;

use crate::reads::Reads;

pub(crate) use append::room_word;
pub(crate) use facets::{Facets, catch_up, facets_of};
pub(crate) use sanctions::{TargetColumns, scope_column};
pub(crate) use web::SESSIONS;
pub(crate) use wipe::TEXTS;

/// The writer's transaction as one job sees it. A job that returns an error leaves nothing behind.
#[derive(Debug)]
pub struct Tx<'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) marks: Marks,
}

/// What a job did that concerns more than its own rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    /// A row for other processes was written: the doorbell has to ring.
    pub(crate) changed: bool,
    /// Text was wiped: the log must be emptied soon, it still holds the old pages.
    pub(crate) wiped: bool,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn, marks: Marks::default() }
    }

    /// Returns every query, seeing what this transaction has written so far.
    #[must_use]
    pub fn reads(&self) -> Reads<'c> {
        Reads::new(self.conn)
    }

    pub(crate) fn marks(&self) -> Marks {
        self.marks
    }
}
