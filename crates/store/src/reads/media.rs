//! The list of files that messages of open rooms show. Of rooms of two nothing is listed.

use proto::message::FileCard;
use rusqlite::Row;

use super::files::get_blob;
use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_text, optional};
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::rows::{MediaFilter, MediaId, MediaRow};

/// Most files that are listed as held back.
const HELD_BACK: i64 = 500;

impl Reads<'_> {
    /// Returns files of open rooms, the newest first, those before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn media_page(
        &self,
        filter: MediaFilter,
        before: Option<MediaId>,
        limit: usize,
    ) -> Result<Page<MediaRow>, StoreError> {
        if filter == MediaFilter::Quarantined {
            return self.held_back(before, limit);
        }
        let all = "SELECT entry, blob, blobs.hash, file_refs.room, rooms.name, seq, account, accounts.name, \
             file_refs.at_ms, file_refs.size, file_refs.name, media, coalesce(blob_blocks.state, 0), \
             coalesce(blob_blocks.reason, '') FROM file_refs CROSS JOIN blobs ON blobs.id = blob \
             CROSS JOIN rooms ON rooms.id = file_refs.room CROSS JOIN accounts ON accounts.id = account \
             LEFT JOIN blob_blocks ON blob_blocks.hash = blobs.hash \
             WHERE open = 1 AND entry < ?1 AND ?3 = 0 ORDER BY entry DESC LIMIT ?2";
        let of_room = "SELECT entry, blob, blobs.hash, file_refs.room, rooms.name, seq, account, accounts.name, \
             file_refs.at_ms, file_refs.size, file_refs.name, media, coalesce(blob_blocks.state, 0), \
             coalesce(blob_blocks.reason, '') FROM file_refs CROSS JOIN blobs ON blobs.id = blob \
             CROSS JOIN rooms ON rooms.id = file_refs.room CROSS JOIN accounts ON accounts.id = account \
             LEFT JOIN blob_blocks ON blob_blocks.hash = blobs.hash \
             WHERE file_refs.room = ?3 AND open = 1 AND entry < ?1 ORDER BY entry DESC LIMIT ?2";
        let of_account = "SELECT entry, blob, blobs.hash, file_refs.room, rooms.name, seq, account, accounts.name, \
             file_refs.at_ms, file_refs.size, file_refs.name, media, coalesce(blob_blocks.state, 0), \
             coalesce(blob_blocks.reason, '') FROM file_refs CROSS JOIN blobs ON blobs.id = blob \
             CROSS JOIN rooms ON rooms.id = file_refs.room CROSS JOIN accounts ON accounts.id = account \
             LEFT JOIN blob_blocks ON blob_blocks.hash = blobs.hash \
             WHERE account = ?3 AND open = 1 AND entry < ?1 ORDER BY entry DESC LIMIT ?2";
        let (sql, subject) = match filter {
            MediaFilter::All | MediaFilter::Quarantined => (all, 0),
            MediaFilter::Room(room) => (of_room, room.column()),
            MediaFilter::Account(account) => (of_account, account.column()),
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((before, one_more(limit), subject), media_row)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Returns one file of the list, with the card that opens it unless a passphrase does.
    ///
    /// # Errors
    /// `Damaged`.
    pub fn media(&self, media: MediaId) -> Result<Option<(MediaRow, FileCard)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT entry, blob, blobs.hash, file_refs.room, rooms.name, seq, account, accounts.name, \
             file_refs.at_ms, file_refs.size, file_refs.name, media, coalesce(blob_blocks.state, 0), \
             coalesce(blob_blocks.reason, '') FROM file_refs CROSS JOIN blobs ON blobs.id = blob \
             CROSS JOIN rooms ON rooms.id = file_refs.room CROSS JOIN accounts ON accounts.id = account \
             LEFT JOIN blob_blocks ON blob_blocks.hash = blobs.hash WHERE entry = ?1 AND open = 1",
        )?;
        let Some(row) = optional(statement.query_row([media.column()], media_row))? else { return Ok(None) };
        let Some((_, entry)) = EntryRow::at(self.conn, row.room, row.seq)? else { return Ok(None) };
        let card = entry.card()?;
        Ok(Some((row, card)))
    }

    /// There are few of them, so they are sorted here and not by an index.
    fn held_back(&self, before: Option<MediaId>, limit: usize) -> Result<Page<MediaRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT entry, blob, blobs.hash, file_refs.room, rooms.name, seq, account, accounts.name, \
             file_refs.at_ms, file_refs.size, file_refs.name, media, blob_blocks.state, blob_blocks.reason \
             FROM blob_blocks CROSS JOIN blobs ON blobs.hash = blob_blocks.hash \
             CROSS JOIN file_refs ON file_refs.blob = blobs.id CROSS JOIN rooms ON rooms.id = file_refs.room \
             CROSS JOIN accounts ON accounts.id = account WHERE blob_blocks.state = 1 AND open = 1 LIMIT ?1",
        )?;
        let rows = statement.query_map([HELD_BACK], media_row)?;
        let mut rows: Vec<MediaRow> = rows.collect::<Result<_, _>>()?;
        rows.retain(|row| before.is_none_or(|before| row.id < before));
        rows.sort_by_key(|row| std::cmp::Reverse(row.id));
        Ok(Page::cut(rows, limit))
    }
}

fn media_row(row: &Row<'_>) -> rusqlite::Result<MediaRow> {
    Ok(MediaRow {
        id: get(row, 0)?,
        file: get(row, 1)?,
        blob: get_blob(row, 2)?,
        room: get(row, 3)?,
        room_name: get_text(row, 4)?,
        seq: get(row, 5)?,
        account: get(row, 6)?,
        account_name: get_text(row, 7)?,
        at: get(row, 8)?,
        size: get(row, 9)?,
        name: Some(get_text(row, 10)?).filter(|name| !name.is_empty()),
        media: get_text(row, 11)?,
        state: get(row, 12)?,
        reason: row.get(13)?,
    })
}
