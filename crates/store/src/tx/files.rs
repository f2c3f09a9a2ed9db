//! Uploads and blobs, and what staff decide about them.

use domain::file::FileLimits;
use domain::settings::Settings;
use proto::ids::{AccountId, BlobId, FileId, FileSize, MessageId, Timestamp};
use proto::limits;
use proto::message::Content;
use proto::text::Text;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::{Begun, FileScope, FileState, NewEntry, NewUpload, Power, UploadRow};

/// Most uploads of one account, those included that no message shows yet.
const UPLOADS: usize = 32;

impl Tx<'_> {
    /// Begins an upload, or goes on with it, and reserves its size in the quotas of account and room. The same again
    /// changes nothing.
    ///
    /// # Errors
    /// Those of [`Tx::append`] for an author who may not write there; `TooLarge`, `QuotaExceeded`, `TooMany`,
    /// `Quarantined`; `Conflict` for another size.
    pub fn begin_upload(&mut self, new: &NewUpload) -> Result<Begun, StoreError> {
        let NewUpload { account, room, blob, size, at } = *new;
        let entry = NewEntry {
            room,
            author: account,
            message_id: MessageId([0; 16]),
            content: Content::Created,
            at,
            power: Power::Own,
        };
        self.standing(&entry)?.admit(&entry)?;
        self.refuse_blocked(blob)?;
        let limits = self.file_limits()?;
        if let Some(row) = self.reads().upload(account, blob)? {
            if row.size != size {
                return Err(StoreError::Conflict);
            }
            if row.room != room {
                // The quota of the other room counts it from here on.
                self.room_for_bytes(&limits, (FileScope::Room(room), size))?;
                self.move_upload(new)?;
            }
            self.touch_upload(account, blob, at)?;
            return Ok(if row.file.is_some() { Begun::Whole } else { Begun::GoesOn });
        }
        if let Some(found) = self.sent_by(account, blob)? {
            return if found.1 == size { Ok(Begun::Whole) } else { Err(StoreError::Conflict) };
        }
        if limits.largest_sealed() < size.get() {
            return Err(StoreError::TooLarge { mib: limits.max_mib });
        }
        self.room_for_upload(account)?;
        self.room_for_bytes(&limits, (FileScope::Account(account), size))?;
        self.room_for_bytes(&limits, (FileScope::Room(room), size))?;
        self.insert_upload(new, None)?;
        Ok(Begun::Fresh)
    }

    /// Notes that an upload is alive, so that it is not taken away.
    ///
    /// # Errors
    /// `NoSuchFile`.
    pub fn touch_upload(
        &mut self,
        account: AccountId,
        blob: BlobId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let touched = self
            .conn
            .prepare_cached(
                "UPDATE uploads SET touched_at_ms = max(touched_at_ms, ?3) WHERE account = ?1 AND hash = ?2",
            )?
            .execute((account.column(), blob.0.as_slice(), at.column()))?;
        if touched == 0 { Err(StoreError::NoSuchFile) } else { Ok(()) }
    }

    /// Says that all of an upload is in the folder under its hash, verified and safe on disk. The same again changes
    /// nothing.
    ///
    /// # Errors
    /// `NoSuchFile`, `Quarantined`.
    pub fn finish_upload(
        &mut self,
        account: AccountId,
        blob: BlobId,
        at: Timestamp,
    ) -> Result<FileId, StoreError> {
        self.refuse_blocked(blob)?;
        let Some(row) = self.reads().upload(account, blob)? else {
            let sent = self.sent_by(account, blob)?;
            return sent.map(|(file, _)| file).ok_or(StoreError::NoSuchFile);
        };
        if let Some(file) = row.file {
            return Ok(file);
        }
        let file: FileId = self
            .conn
            .prepare_cached(
                "INSERT INTO blobs (hash, size, at_ms) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (hash) DO UPDATE SET size = excluded.size RETURNING id",
            )?
            .query_row((blob.0.as_slice(), row.size.column(), at.column()), |row| get(row, 0))?;
        self.conn
            .prepare_cached(
                "UPDATE uploads SET blob = ?3, touched_at_ms = ?4 WHERE account = ?1 AND hash = ?2",
            )?
            .execute((account.column(), blob.0.as_slice(), file.column(), at.column()))?;
        Ok(file)
    }

    /// Gives an upload up, also one that is whole; whether there was one. What waits for a moderator stays.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn cancel_upload(&mut self, account: AccountId, blob: BlobId) -> Result<bool, StoreError> {
        let gone = self
            .conn
            .prepare_cached("DELETE FROM uploads WHERE account = ?1 AND hash = ?2 AND held = 0")?
            .execute((account.column(), blob.0.as_slice()))?;
        Ok(0 < gone)
    }

    /// Takes away some uploads that nobody touched since `before`, and returns them, so that their bytes can be taken
    /// away too.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn expire_uploads(&mut self, before: Timestamp, limit: usize) -> Result<Vec<UploadRow>, StoreError> {
        let rows = self.reads().uploads_at_rest(before, limit)?;
        for row in &rows {
            self.delete_upload(row.account, row.blob)?;
        }
        Ok(rows)
    }

    /// Forgets a file that nothing holds; `false` if something holds it again. Only then its bytes may go.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn forget_blob(&mut self, file: FileId) -> Result<bool, StoreError> {
        let gone = self
            .conn
            .prepare_cached("DELETE FROM blobs WHERE id = ?1 AND refs = 0")?
            .execute([file.column()])?;
        Ok(0 < gone)
    }

    /// Takes away every upload of a hash, whoever brings it.
    pub(crate) fn drop_uploads_of(&self, blob: BlobId) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM uploads WHERE hash = ?1")?.execute([blob.0.as_slice()])?;
        Ok(())
    }

    pub(crate) fn set_block(
        &self,
        blob: BlobId,
        (state, reason): (FileState, &Text<{ limits::REASON }>),
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO blob_blocks (hash, state, reason, by_account, at_ms) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (hash) DO UPDATE SET state = excluded.state, reason = excluded.reason, \
                 by_account = excluded.by_account, at_ms = excluded.at_ms",
            )?
            .execute((blob.0.as_slice(), state.column(), &**reason, or_zero(by), at.column()))?;
        Ok(())
    }

    pub(crate) fn delete_block(&self, blob: BlobId) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM blob_blocks WHERE hash = ?1")?.execute([blob.0.as_slice()])?;
        Ok(())
    }

    pub(super) fn insert_upload(&self, new: &NewUpload, file: Option<FileId>) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO uploads (account, hash, room, size, blob, begun_at_ms, touched_at_ms) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            )?
            .execute((
                new.account.column(),
                new.blob.0.as_slice(),
                new.room.column(),
                new.size.column(),
                or_zero(file),
                new.at.column(),
            ))?;
        Ok(())
    }

    fn move_upload(&self, new: &NewUpload) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE uploads SET room = ?3 WHERE account = ?1 AND hash = ?2")?
            .execute((new.account.column(), new.blob.0.as_slice(), new.room.column()))?;
        Ok(())
    }

    pub(super) fn delete_upload(&self, account: AccountId, blob: BlobId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM uploads WHERE account = ?1 AND hash = ?2")?
            .execute((account.column(), blob.0.as_slice()))?;
        Ok(())
    }

    pub(super) fn refuse_blocked(&self, blob: BlobId) -> Result<(), StoreError> {
        match self.reads().file_state(blob)? {
            FileState::Free => Ok(()),
            FileState::Quarantined | FileState::Purged => Err(StoreError::Quarantined),
        }
    }

    pub(super) fn room_for_bytes(
        &self,
        limits: &FileLimits,
        (scope, size): (FileScope, FileSize),
    ) -> Result<(), StoreError> {
        let (most, whose, mib) = match scope {
            FileScope::Account(_) => (limits.account_bytes(), "an account", limits.account_mib),
            FileScope::Room(_) => (limits.room_bytes(), "a room", limits.room_mib),
            FileScope::Server => return Ok(()),
        };
        let held = self.reads().file_usage(scope)?.bytes;
        if most < held.saturating_add(size.get()) {
            return Err(StoreError::QuotaExceeded { whose, mib });
        }
        Ok(())
    }

    fn room_for_upload(&self, account: AccountId) -> Result<(), StoreError> {
        let count: u32 = self
            .conn
            .prepare_cached("SELECT count(*) FROM uploads WHERE account = ?1")?
            .query_row([account.column()], |row| get(row, 0))?;
        if UPLOADS <= count as usize {
            return Err(StoreError::TooMany { what: "uploads that no message shows yet", max: UPLOADS });
        }
        Ok(())
    }

    pub(super) fn file_limits(&self) -> Result<FileLimits, StoreError> {
        let rows = self.reads().settings()?;
        let stored = rows.iter().map(|row| (row.key.as_str(), row.value.as_str()));
        Ok(Settings::from_stored(stored).0.files)
    }
}
