//! Messages that wait for a decision.

use proto::codec;
use proto::ids::{AccountId, HeldId, MessageId, RoomId, Seq};
use proto::message::{Content, Entry};
use rusqlite::Row;
use rusqlite::types::Type;

use super::{Page, Reads, one_more};
use crate::columns::{Column, damaged, get, get_message_id, get_option, get_text, optional};
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::rows::{HeldLine, HeldRow, HeldState};

impl Reads<'_> {
    /// Returns messages that wait, the newest first, those before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn held(&self, before: Option<HeldId>, limit: usize) -> Result<Page<HeldLine>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT held.id, room, author, message_id, held.kind, body, target, rule, filter, at_ms, held.state, \
             held.decided_by, held.decided_at_ms, held.file, accounts.name, accounts.role, rooms.name \
             FROM held CROSS JOIN accounts ON accounts.id = author CROSS JOIN rooms ON rooms.id = room \
             WHERE held.state = 0 AND held.id < ?1 ORDER BY held.id DESC LIMIT ?2",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((before, one_more(limit)), |row| {
            Ok(HeldLine {
                row: held_row(row)?,
                author_name: get_text(row, 14)?,
                author_role: get(row, 15)?,
                room_name: get_text(row, 16)?,
            })
        })?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Returns a message that waits or waited.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn held_message(&self, held: HeldId) -> Result<Option<HeldRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, room, author, message_id, kind, body, target, rule, filter, at_ms, state, decided_by, \
             decided_at_ms, file FROM held WHERE id = ?1",
        )?;
        optional(statement.query_row([held.column()], held_row))
    }

    /// Returns the messages that are let through and not in the log yet, in the order they were sent.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn held_to_carry_out(&self) -> Result<Vec<HeldId>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT id FROM held WHERE state = 1 ORDER BY id")?;
        let rows = statement.query_map([], |row| get(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns how many messages wait.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn held_count(&self) -> Result<u64, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT count(*) FROM held WHERE state = 0")?;
        Ok(statement.query_row([], |row| get(row, 0))?)
    }

    /// Returns what an author wrote under a message id.
    pub(crate) fn entry_by_message_id(
        &self,
        room: RoomId,
        author: AccountId,
        message_id: MessageId,
    ) -> Result<Option<Entry>, StoreError> {
        let found = EntryRow::by_message_id(self.conn, room, author, message_id)?;
        let name = self.name_of(Some(author))?.unwrap_or_default();
        found.map(|(_, row)| row.into_entry(name)).transpose()
    }

    /// Returns what is held under a message id.
    pub(crate) fn held_again(
        &self,
        room: RoomId,
        author: AccountId,
        message_id: MessageId,
    ) -> Result<Option<HeldRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, room, author, message_id, kind, body, target, rule, filter, at_ms, state, decided_by, \
             decided_at_ms, file FROM held WHERE room = ?1 AND message_id = ?2 AND author = ?3",
        )?;
        let key = (room.column(), message_id.0.as_slice(), author.column());
        optional(statement.query_row(key, held_row))
    }
}

fn held_row(row: &Row<'_>) -> rusqlite::Result<HeldRow> {
    let target: Seq = get(row, 6)?;
    let reply_to = Some(target).filter(|seq| *seq != Seq::START);
    let file: Vec<u8> = row.get(13)?;
    let content = match row.get(4)? {
        2_i64 if !file.is_empty() => {
            let damage = |error| damaged(13, Type::Blob, error);
            Content::File {
                file: codec::decode(&file).map_err(damage)?,
                caption: get_text(row, 5)?,
                reply_to,
            }
        }
        // Of a file that is in the log nothing is left here.
        0 | 2 => Content::Text { body: get_text(row, 5)?, reply_to },
        1 => Content::Edit { target, body: get_text(row, 5)? },
        other => return Err(rusqlite::Error::IntegralValueOutOfRange(4, other)),
    };
    let body = match &content {
        Content::File { file, caption, .. } => domain::file::line(file, caption),
        _ => row.get(5)?,
    };
    Ok(HeldRow {
        id: get(row, 0)?,
        room: get(row, 1)?,
        author: get(row, 2)?,
        message_id: get_message_id(row, 3)?,
        content,
        body,
        rule: row.get(7)?,
        filter: get_option(row, 8)?,
        at: get(row, 9)?,
        state: get(row, 10)?,
        decided_by: get_option(row, 11)?,
        decided_at: get_option(row, 12)?,
    })
}

impl Column for HeldState {
    fn column(self) -> i64 {
        match self {
            Self::Waits => 0,
            Self::Released => 1,
            Self::Rejected => 2,
            Self::Delivered => 3,
            Self::Undeliverable => 4,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Waits, Self::Released, Self::Rejected, Self::Delivered, Self::Undeliverable]
            .into_iter()
            .find(|state| state.column() == number)
    }
}
