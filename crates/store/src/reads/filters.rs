//! Filters, what they matched, and recent texts to try them on.

use domain::filter::{Action, Filter, Kind, Mode};
use proto::ids::{FilterId, RoomId};
use proto::message::Content;
use rusqlite::Row;

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, get_text, optional};
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::rows::{FilterMatchRow, FilterRow, MatchId, RecentText};

/// How many of the newest entries are looked at for recent texts.
const NEWEST: i64 = 20_000;
/// Most recent texts.
const RECENT: usize = 1_000;

impl Reads<'_> {
    /// Returns every filter, those that are off included, oldest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn filters(&self) -> Result<Vec<FilterRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT filters.id, room, filters.kind, pattern, action, action_seconds, mode, by_account, at_ms, \
             changed_at_ms, version, coalesce(hits, 0), coalesce(shadow, 0), coalesce(last_at_ms, 0), rooms.name \
             FROM filters LEFT JOIN filter_hits ON filter = filters.id LEFT JOIN rooms ON rooms.id = room \
             WHERE removed_at_ms = 0 ORDER BY filters.id",
        )?;
        let rows = statement.query_map([], filter_row)?;
        rows.map(|row| self.named_filter(row?)).collect()
    }

    /// Returns a filter that was not taken away.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn filter(&self, filter: FilterId) -> Result<Option<FilterRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT filters.id, room, filters.kind, pattern, action, action_seconds, mode, by_account, at_ms, \
             changed_at_ms, version, coalesce(hits, 0), coalesce(shadow, 0), coalesce(last_at_ms, 0), rooms.name \
             FROM filters LEFT JOIN filter_hits ON filter = filters.id LEFT JOIN rooms ON rooms.id = room \
             WHERE filters.id = ?1 AND removed_at_ms = 0",
        )?;
        let row = optional(statement.query_row([filter.column()], filter_row))?;
        row.map(|row| self.named_filter(row)).transpose()
    }

    /// Returns messages that a filter matched, newest first, those before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn filter_matches(
        &self,
        filter: FilterId,
        before: Option<MatchId>,
        limit: usize,
    ) -> Result<Page<FilterMatchRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT filter_matches.id, room, rooms.name, author, accounts.name, at_ms, shadow, body \
             FROM filter_matches CROSS JOIN rooms ON rooms.id = room CROSS JOIN accounts ON accounts.id = author \
             WHERE filter = ?1 AND filter_matches.id < ?2 ORDER BY filter_matches.id DESC LIMIT ?3",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((filter.column(), before, one_more(limit)), |row| {
            Ok(FilterMatchRow {
                id: get(row, 0)?,
                room: get(row, 1)?,
                room_name: get_text(row, 2)?,
                author: get(row, 3)?,
                author_name: get_text(row, 4)?,
                at: get(row, 5)?,
                shadow: row.get(6)?,
                body: row.get(7)?,
            })
        })?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Returns texts of an open room, or of all of them, newest first and as they read today, to try a filter on; of
    /// files the caption and the name. At most a thousand; what was removed is not among them.
    ///
    /// # Errors
    /// `Damaged`.
    pub fn recent_texts(&self, room: Option<RoomId>, limit: usize) -> Result<Vec<RecentText>, StoreError> {
        let in_room = "SELECT entries.room, seq, author, message_id, at_ms, entries.kind, body, target, \
             reaction_removed, edited_by, removed_by, row_check, file, accounts.name, rooms.name \
             FROM entries CROSS JOIN accounts ON accounts.id = author CROSS JOIN rooms ON rooms.id = entries.room \
             WHERE entries.room = ?1 AND seq < 9223372036854775807 AND entries.kind IN (0, 6) AND removed_by = 0 \
             AND rooms.kind = 0 ORDER BY seq DESC LIMIT ?2";
        let everywhere = "SELECT entries.room, seq, author, message_id, at_ms, entries.kind, body, target, \
             reaction_removed, edited_by, removed_by, row_check, file, accounts.name, rooms.name \
             FROM entries CROSS JOIN accounts ON accounts.id = author CROSS JOIN rooms ON rooms.id = entries.room \
             WHERE (SELECT coalesce(max(id), 0) FROM entries) - ?1 < entries.id AND entries.kind IN (0, 6) \
             AND removed_by = 0 AND rooms.kind = 0 ORDER BY entries.id DESC LIMIT ?2";
        let (sql, key) = room.map_or((everywhere, NEWEST), |room| (in_room, room.column()));
        let limit = i64::try_from(limit.min(RECENT)).unwrap_or(i64::MAX);
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query((key, limit))?;
        let (mut texts, mut hidden) = (Vec::new(), Hidden::new(self.conn));
        while let Some(row) = rows.next()? {
            let (entry, sound) = EntryRow::read(row, 0)?;
            let item = self.item(sound.pass(entry)?, get_text(row, 13)?, Vec::new(), &mut hidden)?;
            let body = match item.entry.content {
                Content::Text { body, .. } => body.into_inner(),
                Content::File { file, caption, .. } => domain::file::words(&file, &caption),
                _ => continue,
            };
            texts.push(RecentText {
                room: item.entry.room,
                room_name: get_text(row, 14)?,
                author: item.entry.author,
                author_name: item.entry.author_name,
                at: item.entry.at,
                body,
            });
        }
        Ok(texts)
    }

    fn named_filter(&self, row: FilterRow) -> Result<FilterRow, StoreError> {
        Ok(FilterRow { by_name: self.name_of(row.by)?, ..row })
    }
}

fn filter_row(row: &Row<'_>) -> rusqlite::Result<FilterRow> {
    let room: Option<RoomId> = get_option(row, 1)?;
    let filter = Filter {
        id: get(row, 0)?,
        room,
        kind: get(row, 2)?,
        pattern: row.get(3)?,
        action: action(row, 4)?,
        mode: get(row, 6)?,
    };
    Ok(FilterRow {
        filter,
        room_name: room.map(|_| get_text(row, 14)).transpose()?,
        by: get_option(row, 7)?,
        by_name: None,
        at: get(row, 8)?,
        changed_at: get(row, 9)?,
        version: get(row, 10)?,
        hits: get(row, 11)?,
        shadow_hits: get(row, 12)?,
        last_at: get_option(row, 13)?,
    })
}

/// Reads an action and its seconds, starting at this column.
fn action(row: &Row<'_>, first: usize) -> rusqlite::Result<Action> {
    Ok(match row.get(first)? {
        0 => Action::Hold,
        1 => Action::Refuse,
        2 => Action::Mute { seconds: get(row, first + 1)? },
        3 => Action::Kick,
        other => return Err(rusqlite::Error::IntegralValueOutOfRange(first, other)),
    })
}

/// Returns the two columns of an action.
pub(crate) fn action_columns(action: Action) -> (i64, u32) {
    match action {
        Action::Hold => (0, 0),
        Action::Refuse => (1, 0),
        Action::Mute { seconds } => (2, seconds),
        Action::Kick => (3, 0),
    }
}

impl Column for Kind {
    fn column(self) -> i64 {
        match self {
            Self::Word => 0,
            Self::Regex => 1,
            Self::Link => 2,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Word, Self::Regex, Self::Link].into_iter().find(|kind| kind.column() == number)
    }
}

impl Column for Mode {
    fn column(self) -> i64 {
        match self {
            Self::Off => 0,
            Self::Shadow => 1,
            Self::On => 2,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Off, Self::Shadow, Self::On].into_iter().find(|mode| mode.column() == number)
    }
}
