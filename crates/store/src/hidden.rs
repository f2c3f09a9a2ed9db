//! What purges hide: while one stands, everything its account wrote in its stretch of time reads as removed.

use std::collections::BTreeMap;

use proto::ids::{AccountId, RoomId, Seq, Timestamp};
use rusqlite::Connection;

use crate::columns::{Column, get, get_option};
use crate::entry::{EntryRow, Kind};
use crate::error::StoreError;

/// What is hidden of the authors that were asked about. One lookup for each author, however many of their rows are read.
pub(crate) struct Hidden<'c> {
    conn: &'c Connection,
    known: BTreeMap<AccountId, Vec<Stretch>>,
}

/// A stretch of time and who purged it.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    since: Timestamp,
    upto: Timestamp,
    room: Option<RoomId>,
    by: AccountId,
}

impl<'c> Hidden<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn, known: BTreeMap::new() }
    }

    /// Returns who hid this row, if somebody did. An edited text is hidden with its newest edit, because that is what it
    /// reads as.
    pub(crate) fn by(&mut self, row: &EntryRow<'_>) -> Result<Option<AccountId>, StoreError> {
        if !can_be_hidden(row.kind) {
            return Ok(None);
        }
        if let Some(by) = self.at(row)? {
            return Ok(Some(by));
        }
        // Only its author edits a text: where nothing of theirs is hidden, no edit is.
        if row.edited_by == Seq::START || self.of(row.author)?.is_empty() {
            return Ok(None);
        }
        match EntryRow::at(self.conn, row.room, row.edited_by)? {
            Some((_, edit)) => self.at(&edit),
            None => Ok(None),
        }
    }

    fn at(&mut self, row: &EntryRow<'_>) -> Result<Option<AccountId>, StoreError> {
        let holds = |stretch: &&Stretch| {
            stretch.since <= row.at
                && row.at <= stretch.upto
                && stretch.room.is_none_or(|room| room == row.room)
        };
        Ok(self.of(row.author)?.iter().find(holds).map(|stretch| stretch.by))
    }

    fn of(&mut self, author: AccountId) -> Result<&[Stretch], StoreError> {
        if !self.known.contains_key(&author) {
            let stretches = stretches(self.conn, author)?;
            self.known.insert(author, stretches);
        }
        Ok(self.known.get(&author).map_or(&[], Vec::as_slice))
    }
}

/// Whether a row has a text or a file of its author's that a purge takes away; reactions and marks stay.
pub(crate) fn can_be_hidden(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Edit | Kind::Topic | Kind::File | Kind::Sealed)
}

fn stretches(conn: &Connection, author: AccountId) -> Result<Vec<Stretch>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT since_ms, upto_ms, room, by_account FROM purges WHERE account = ?1 AND state <> 1 ORDER BY id DESC",
    )?;
    let rows = statement.query_map([author.column()], |row| {
        let by: Option<AccountId> = get_option(row, 3)?;
        // The operator has no account; the text reads as taken away by its author then.
        Ok(Stretch {
            since: get(row, 0)?,
            upto: get(row, 1)?,
            room: get_option(row, 2)?,
            by: by.unwrap_or(author),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
