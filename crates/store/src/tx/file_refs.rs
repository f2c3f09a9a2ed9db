//! Messages that show files: an entry's hold on its file is written and taken away in the entry's own transaction.

use proto::ids::{AccountId, BlobId, FileId, FileSize, HeldId, RoomId, Seq, Timestamp};
use proto::message::{FileCard, FileLock, RoomKind};

use super::append::Standing;
use super::wipe::steps;
use super::{TEXTS, Tx};
use crate::columns::{Column, get, optional};
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::rows::{Appended, FileScope, NewEntry, NewUpload};

/// A file as a message shows it.
pub(super) struct Shown<'t> {
    file: FileId,
    size: FileSize,
    /// Empty where the server does not know it.
    name: &'t str,
    media: &'t str,
}

impl Tx<'_> {
    /// Removes some messages whose file was purged, at most `chunk` or 25; how many. Most go with the purge itself.
    ///
    /// # Errors
    /// `Damaged` for a row that changed on disk.
    pub fn sweep_purged_files(&mut self, chunk: usize) -> Result<usize, StoreError> {
        let Some((file, by)) = self.reads().purged_file_in_use()? else { return Ok(0) };
        self.wipe_file(file, by, chunk)
    }

    /// Posts a file that its author brought.
    pub(super) fn append_file(
        &mut self,
        new: &NewEntry,
        card: &FileCard,
        reply_to: Option<Seq>,
        standing: &Standing,
    ) -> Result<Appended, StoreError> {
        if reply_to.is_some_and(|place| place == Seq::START || standing.next <= place) {
            return Err(StoreError::NoSuchEntry);
        }
        let file = self.shown_by(new.author, card)?;
        self.room_to_show((new.author, new.room), (card.blob, card.sealed_size))?;
        let row = EntryRow::of(new, standing.next);
        self.insert(&row)?;
        let entry = self.conn.last_insert_rowid();
        if standing.room_kind == RoomKind::Open {
            self.index(entry, new.room, &self.current_text(&row)?)?;
        }
        let (name, media) = match &card.lock {
            FileLock::Key { facts, .. } => (&*facts.name, &*facts.media),
            FileLock::Passphrase { .. } => ("", ""),
        };
        let shown = Shown { file, size: card.sealed_size, name, media };
        self.insert_ref((entry, &row), &shown, standing.room_kind)?;
        self.delete_upload(new.author, card.blob)?;
        Ok(standing.fresh(new))
    }

    /// Returns a file that its author has brought, for a sealed message: of what it is the server learns nothing.
    pub(super) fn sealed_file(
        &self,
        author: AccountId,
        room: RoomId,
        blob: BlobId,
    ) -> Result<Shown<'static>, StoreError> {
        self.refuse_blocked(blob)?;
        let (file, size) = self.brought(author, blob)?.ok_or(StoreError::NoSuchFile)?;
        self.room_to_show((author, room), (blob, size))?;
        Ok(Shown { file, size, name: "", media: "" })
    }

    /// Returns the file of a card, if its author has brought it and it may be shown.
    pub(super) fn shown_by(&self, author: AccountId, card: &FileCard) -> Result<FileId, StoreError> {
        self.refuse_blocked(card.blob)?;
        match self.brought(author, card.blob)? {
            Some((file, size)) if size == card.sealed_size => Ok(file),
            _ => Err(StoreError::NoSuchFile),
        }
    }

    /// Returns a file that its author has brought, or has shown before.
    fn brought(&self, author: AccountId, blob: BlobId) -> Result<Option<(FileId, FileSize)>, StoreError> {
        let brought = self.reads().upload(author, blob)?;
        match brought.and_then(|row| row.file.map(|file| (file, row.size))) {
            Some(found) => Ok(Some(found)),
            None => self.sent_by(author, blob),
        }
    }

    /// Keeps a file for a message that waits, as long as it waits.
    pub(super) fn keep_for_held(
        &mut self,
        held: HeldId,
        (file, card): (FileId, &FileCard),
        (account, room): (AccountId, RoomId),
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.reads().upload(account, card.blob)?.is_none() {
            let (blob, size) = (card.blob, card.sealed_size);
            self.insert_upload(&NewUpload { account, room, blob, size, at }, Some(file))?;
        }
        self.conn
            .prepare_cached("UPDATE uploads SET held = ?3 WHERE account = ?1 AND hash = ?2")?
            .execute((account.column(), card.blob.0.as_slice(), held.column()))?;
        Ok(())
    }

    /// Lets go of a file whose message no longer waits and is in no log.
    pub(super) fn let_go_of_held(&self, held: HeldId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM uploads WHERE held = ?1 AND held <> 0")?
            .execute([held.column()])?;
        Ok(())
    }

    /// Takes an entry's hold on its file away, before the entry goes or is wiped.
    pub(super) fn forget_file(&self, entry: i64) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM file_refs WHERE entry = ?1")?.execute([entry])?;
        Ok(())
    }

    /// Removes some messages that show a file; how many.
    pub(crate) fn wipe_file(
        &mut self,
        file: FileId,
        by: Option<AccountId>,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT entry, open FROM file_refs WHERE blob = ?1 LIMIT ?2")?;
        let limit = steps(limit.min(TEXTS));
        let rows = statement.query_map((file.column(), limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(i64, bool)> = rows.collect::<Result<_, _>>()?;
        for (id, is_open) in &rows {
            let kind = if *is_open { RoomKind::Open } else { RoomKind::Direct };
            match self.entry_row(*id)?.filter(|row| row.removed_by.is_none()) {
                Some(row) => {
                    let by = by.unwrap_or(row.author);
                    self.wipe_text(*id, row, by, kind)?;
                }
                None => self.forget_file(*id)?,
            }
        }
        Ok(rows.len())
    }

    /// Writes an entry's hold on its file.
    pub(super) fn insert_ref(
        &self,
        (entry, row): (i64, &EntryRow<'_>),
        shown: &Shown<'_>,
        room_kind: RoomKind,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO file_refs (entry, blob, room, seq, account, open, size, at_ms, name, media) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                entry,
                shown.file.column(),
                row.room.column(),
                row.seq.column(),
                row.author.column(),
                room_kind == RoomKind::Open,
                shown.size.column(),
                row.at.column(),
                shown.name,
                shown.media,
            ))?;
        Ok(())
    }

    /// Returns a file that some message of this account shows, and its size.
    pub(super) fn sent_by(
        &self,
        account: AccountId,
        blob: BlobId,
    ) -> Result<Option<(FileId, FileSize)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT blobs.id, blobs.size FROM blobs JOIN file_refs ON file_refs.blob = blobs.id AND account = ?1 \
             WHERE hash = ?2 LIMIT 1",
        )?;
        let found = statement
            .query_row((account.column(), blob.0.as_slice()), |row| Ok((get(row, 0)?, get(row, 1)?)));
        optional(found)
    }

    /// What was brought for this room is counted already; what is shown once more, or elsewhere, is not.
    fn room_to_show(
        &self,
        (author, room): (AccountId, RoomId),
        (blob, size): (BlobId, FileSize),
    ) -> Result<(), StoreError> {
        let claim = self.reads().upload(author, blob)?;
        let limits = match claim {
            Some(row) if row.room == room => return Ok(()),
            _ => self.file_limits()?,
        };
        if claim.is_none() {
            self.room_for_bytes(&limits, (FileScope::Account(author), size))?;
        }
        self.room_for_bytes(&limits, (FileScope::Room(room), size))
    }
}
