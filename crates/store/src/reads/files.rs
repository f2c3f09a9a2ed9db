//! Uploads, blobs, how much there is of them, and who may read which.

use std::collections::BTreeSet;

use proto::ids::{AccountId, BlobId, FileId, FileSize, RoomId, Seq, Timestamp};
use rusqlite::Row;

use super::Reads;
use crate::columns::{Column, get, get_option, optional};
use crate::entry::{EntryRow, Kind};
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::rows::{BlobRow, FileAt, FileScope, FileState, FileUsage, UploadRow};

impl Reads<'_> {
    /// Returns the file of a message, for somebody who may read the message. Asked again with each piece.
    ///
    /// # Errors
    /// `NotAMember`, `NotFound`; `NoSuchFile` when there is none, or it was removed, hidden or purged; `Quarantined`.
    pub fn file_at(&self, room: RoomId, seq: Seq, reader: AccountId) -> Result<FileAt, StoreError> {
        self.readable(room, reader)?;
        let (_, row) = EntryRow::at(self.conn, room, seq)?.ok_or(StoreError::NoSuchFile)?;
        if row.removed_by.is_some() || Hidden::new(self.conn).by(&row)?.is_some() {
            return Err(StoreError::NoSuchFile);
        }
        let (blob, size) = match row.kind {
            Kind::File => row.card().map(|card| (card.blob, card.sealed_size))?,
            Kind::Sealed => self.sealed_file(row.room, row.seq)?.ok_or(StoreError::NoSuchFile)?,
            _ => return Err(StoreError::NoSuchFile),
        };
        match self.file_state(blob)? {
            FileState::Free => Ok(FileAt { blob, size }),
            FileState::Quarantined => Err(StoreError::Quarantined),
            FileState::Purged => Err(StoreError::NoSuchFile),
        }
    }

    /// Returns an upload, also one that is whole and that no message shows yet.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn upload(&self, account: AccountId, blob: BlobId) -> Result<Option<UploadRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT account, hash, room, size, blob, begun_at_ms, touched_at_ms FROM uploads \
             WHERE account = ?1 AND hash = ?2",
        )?;
        optional(statement.query_row((account.column(), blob.0.as_slice()), upload_row))
    }

    /// Returns who brings these bytes, at most a hundred of them.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn uploads_of(&self, blob: BlobId) -> Result<Vec<UploadRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT account, hash, room, size, blob, begun_at_ms, touched_at_ms FROM uploads \
             WHERE hash = ?1 ORDER BY id LIMIT 100",
        )?;
        let rows = statement.query_map([blob.0.as_slice()], upload_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns uploads that nobody touched since `before`, the longest at rest first; not those that wait for a moderator.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn uploads_at_rest(&self, before: Timestamp, limit: usize) -> Result<Vec<UploadRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT account, hash, room, size, blob, begun_at_ms, touched_at_ms FROM uploads \
             WHERE held = 0 AND touched_at_ms < ?1 ORDER BY touched_at_ms LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((before.column(), limit), upload_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns a file in the folder.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn blob_row(&self, file: FileId) -> Result<Option<BlobRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, blobs.hash, size, blobs.at_ms, refs, coalesce(state, 0) FROM blobs \
             LEFT JOIN blob_blocks ON blob_blocks.hash = blobs.hash WHERE id = ?1",
        )?;
        optional(statement.query_row([file.column()], blob_row))
    }

    /// Returns the file with this hash, if it is in the folder.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn blob(&self, blob: BlobId) -> Result<Option<BlobRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, blobs.hash, size, blobs.at_ms, refs, coalesce(state, 0) FROM blobs \
             LEFT JOIN blob_blocks ON blob_blocks.hash = blobs.hash WHERE blobs.hash = ?1",
        )?;
        optional(statement.query_row([blob.0.as_slice()], blob_row))
    }

    /// Returns files in the order of their numbers, those after `after`: for comparing them with the folder.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn blobs_after(&self, after: Option<FileId>, limit: usize) -> Result<Vec<BlobRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, blobs.hash, size, blobs.at_ms, refs, coalesce(state, 0) FROM blobs \
             LEFT JOIN blob_blocks ON blob_blocks.hash = blobs.hash WHERE ?1 < id ORDER BY id LIMIT ?2",
        )?;
        let key = (after.map_or(0, Column::column), i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = statement.query_map(key, blob_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns files that nothing holds; see [`crate::Tx::forget_blob`].
    ///
    /// # Errors
    /// Those of the disk.
    pub fn unused_blobs(&self, limit: usize) -> Result<Vec<BlobRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, blobs.hash, size, blobs.at_ms, refs, coalesce(state, 0) FROM blobs \
             LEFT JOIN blob_blocks ON blob_blocks.hash = blobs.hash WHERE refs = 0 ORDER BY id LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], blob_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns whether the file with this hash may be read; one that is not known is free.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn file_state(&self, blob: BlobId) -> Result<FileState, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT state FROM blob_blocks WHERE hash = ?1")?;
        let found = optional(statement.query_row([blob.0.as_slice()], |row| get(row, 0)))?;
        Ok(found.unwrap_or(FileState::Free))
    }

    /// Returns how many files there are and how many bytes they have.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn file_usage(&self, scope: FileScope) -> Result<FileUsage, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT files, bytes FROM file_usage WHERE scope = ?1 AND subject = ?2")?;
        let found = statement
            .query_row(scope.columns(), |row| Ok(FileUsage { files: get(row, 0)?, bytes: get(row, 1)? }));
        Ok(optional(found)?.unwrap_or_default())
    }

    /// Returns who sent or brings a file; of each at most a hundred.
    pub(crate) fn holders_of(&self, row: &BlobRow) -> Result<BTreeSet<AccountId>, StoreError> {
        let mut sent = self.conn.prepare_cached(
            "SELECT DISTINCT account FROM file_refs WHERE blob = ?1 ORDER BY account LIMIT 100",
        )?;
        let mut brought =
            self.conn.prepare_cached("SELECT account FROM uploads WHERE hash = ?1 LIMIT 100")?;
        let sent = sent.query_map([row.id.column()], |row| get(row, 0))?;
        let brought = brought.query_map([row.blob.0.as_slice()], |row| get(row, 0))?;
        Ok(sent.chain(brought).collect::<Result<_, _>>()?)
    }

    /// Returns the file that a sealed message brought, and its size.
    fn sealed_file(&self, room: RoomId, seq: Seq) -> Result<Option<(BlobId, FileSize)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT blobs.hash, blobs.size FROM entries JOIN file_refs ON file_refs.entry = entries.id \
             JOIN blobs ON blobs.id = file_refs.blob WHERE entries.room = ?1 AND entries.seq = ?2",
        )?;
        let at = (room.column(), seq.column());
        optional(statement.query_row(at, |row| Ok((get_blob(row, 0)?, get(row, 1)?))))
    }

    /// Returns a purged file that messages still show, and who purged it.
    pub(crate) fn purged_file_in_use(&self) -> Result<Option<(FileId, Option<AccountId>)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT blobs.id, by_account FROM blob_blocks CROSS JOIN blobs ON blobs.hash = blob_blocks.hash \
             WHERE state = 2 AND EXISTS (SELECT 1 FROM file_refs WHERE file_refs.blob = blobs.id) LIMIT 1",
        )?;
        optional(statement.query_row([], |row| Ok((get(row, 0)?, get_option(row, 1)?))))
    }
}

pub(super) fn get_blob(row: &Row<'_>, column: usize) -> rusqlite::Result<BlobId> {
    row.get(column).map(BlobId)
}

fn upload_row(row: &Row<'_>) -> rusqlite::Result<UploadRow> {
    Ok(UploadRow {
        account: get(row, 0)?,
        blob: get_blob(row, 1)?,
        room: get(row, 2)?,
        size: get(row, 3)?,
        file: get_option(row, 4)?,
        begun_at: get(row, 5)?,
        touched_at: get(row, 6)?,
    })
}

fn blob_row(row: &Row<'_>) -> rusqlite::Result<BlobRow> {
    Ok(BlobRow {
        id: get(row, 0)?,
        blob: get_blob(row, 1)?,
        size: get(row, 2)?,
        at: get(row, 3)?,
        refs: get(row, 4)?,
        state: get(row, 5)?,
    })
}
