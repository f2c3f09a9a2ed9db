//! What staff do about files: hold them back, let them through, purge them, note what an examination found.

use domain::audit::{Action as Act, Target as About};
use domain::role::Action;
use proto::ids::FileId;
use proto::limits;
use proto::text::Text;

use super::Staff;
use crate::error::StoreError;
use crate::rows::{BlobRow, Change, FileState};
use crate::tx::TEXTS;

impl Staff<'_, '_> {
    /// Holds a file back from everybody, in every message that shows it; bringing it again is refused too. A second
    /// time nothing is written.
    ///
    /// # Errors
    /// `NotPermitted`, also towards somebody above who sent it; `NoSuchFile`.
    pub fn quarantine_file(
        &mut self,
        file: FileId,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.require(Action::QuarantineFile)?;
        let row = self.file(file)?;
        if row.state != FileState::Free {
            return Ok(());
        }
        self.tx.set_block(row.blob, (FileState::Quarantined, reason), self.by(), self.at)?;
        self.changed(Act::FileQuarantined, &row, reason)
    }

    /// Lets a file through that was held back; a second time nothing is written.
    ///
    /// # Errors
    /// `NotPermitted`, `NoSuchFile`.
    pub fn release_file(
        &mut self,
        file: FileId,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.require(Action::ReleaseFile)?;
        let row = self.file(file)?;
        match row.state {
            FileState::Free => return Ok(()),
            FileState::Quarantined => {}
            FileState::Purged => return Err(StoreError::NoSuchFile),
        }
        self.tx.delete_block(row.blob)?;
        self.changed(Act::FileReleased, &row, reason)
    }

    /// Removes a file for good: from every message, and whoever brings it again is refused. The messages read as
    /// removed; where there are many, the last of them follow within moments. A second time nothing is written.
    ///
    /// # Errors
    /// `NotPermitted`, `StepUpNeeded`, `NoSuchFile`.
    pub fn purge_file(&mut self, file: FileId, reason: &Text<{ limits::REASON }>) -> Result<(), StoreError> {
        self.require(Action::PurgeFile)?;
        let row = self.file(file)?;
        self.require_step_up()?;
        if row.state == FileState::Purged {
            return Ok(());
        }
        self.tx.set_block(row.blob, (FileState::Purged, reason), self.by(), self.at)?;
        self.tx.drop_uploads_of(row.blob)?;
        self.tx.wipe_file(file, self.by(), TEXTS)?;
        self.changed(Act::FilePurged, &row, reason)
    }

    /// Writes down that a file was examined for a hidden message, and what was found.
    ///
    /// # Errors
    /// `NotPermitted`, `NoSuchFile`.
    pub fn note_scan(&mut self, file: FileId, found: &str) -> Result<(), StoreError> {
        self.require(Action::ScanFile)?;
        self.tx.reads().blob_row(file)?.ok_or(StoreError::NoSuchFile)?;
        self.audit(Act::FileScanned, About::File(file), found).map(|_| ())
    }

    /// Returns the file, if those who sent it are below the actor or the actor themselves.
    fn file(&self, file: FileId) -> Result<BlobRow, StoreError> {
        let row = self.tx.reads().blob_row(file)?.ok_or(StoreError::NoSuchFile)?;
        for account in self.tx.reads().holders_of(&row)? {
            if Some(account) != self.by() {
                self.subject(account)?;
            }
        }
        Ok(row)
    }

    fn changed(
        &mut self,
        act: Act,
        row: &BlobRow,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.tx.change(Change::FileChanged { file: row.id })?;
        // The row goes with the file; the hash is what is known of it afterwards.
        let detail = format!("SHA-256 {:.16}: {}", row.blob, &**reason);
        self.audit(act, About::File(row.id), &detail).map(|_| ())
    }
}
