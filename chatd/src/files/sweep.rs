//! Files that nobody needs: uploads that were given up, files without a message, what a crash has left.

use proto::ids::{BlobId, Timestamp};
use store::{BlobRow, StoreError};
use thiserror::Error;
use tracing::{info, warn};

use crate::blobs::{BlobError, UploadKey};
use crate::shared::Shared;
use service::clock;

/// Why a sweep stopped.
#[derive(Debug, Error)]
pub(crate) enum SweepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Takes away what is no longer needed, a few files at a time.
#[derive(Debug)]
pub(crate) struct Sweeper<'s> {
    pub(crate) shared: &'s Shared,
}

impl Sweeper<'_> {
    /// Takes away uploads that nobody went on with and files that no message names; returns how many of each.
    pub(crate) async fn step(&self) -> Result<(usize, usize), SweepError> {
        self.shared.blobs.close_idle();
        let now = clock::now();
        let before = now.plus_ms(-self.shared.rules.settings().files.incomplete_ms());
        Ok((self.expire(before).await?, self.forget().await?))
    }

    async fn expire(&self, before: Timestamp) -> Result<usize, SweepError> {
        let expired = self.shared.store.run(move |tx| tx.expire_uploads(before, CHUNK)).await?;
        for upload in &expired {
            // Whoever begins it again meanwhile is told to do so once more.
            self.shared.blobs.discard(UploadKey { account: upload.account, blob: upload.blob }).await?;
        }
        Ok(expired.len())
    }

    async fn forget(&self) -> Result<usize, SweepError> {
        let unused = self.shared.store.read(|reads| reads.unused_blobs(CHUNK)).await?;
        let mut forgotten = 0;
        for BlobRow { id, blob, .. } in unused {
            let held = self.shared.blobs.hold(blob).await;
            // Somebody may have brought it again meanwhile; then the row stays.
            if self.shared.store.run(move |tx| tx.forget_blob(id)).await? {
                self.shared.blobs.remove(&held, blob).await?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }
}

/// Takes away what a crash has left: files without a row, parts without an upload. Called once after a start.
pub(crate) async fn sweep_leftovers(shared: &Shared) {
    match leftovers(shared).await {
        Ok((0, 0)) => {}
        Ok((files, parts)) => info!(files, parts, "files that a crash had left are taken away"),
        Err(error) => warn!(%error, "the folder of files cannot be looked through; it is at the next start"),
    }
}

async fn leftovers(shared: &Shared) -> Result<(usize, usize), SweepError> {
    let (mut files, mut parts) = (0, 0);
    for first in 0..=u8::MAX {
        for blob in shared.blobs.look(move |folder| folder.blobs(first)).await? {
            files += usize::from(sweep_file(shared, blob).await?);
        }
    }
    for key in shared.blobs.look(crate::blobs::Folder::parts).await? {
        let _held = shared.blobs.hold(key.blob).await;
        let upload = shared.store.read(move |reads| reads.upload(key.account, key.blob)).await?;
        // Of an upload that is whole the bytes are in their place.
        if upload.is_none_or(|upload| upload.file.is_some()) && shared.blobs.discard(key).await? {
            parts += 1;
        }
    }
    Ok((files, parts))
}

async fn sweep_file(shared: &Shared, blob: BlobId) -> Result<bool, SweepError> {
    // Whoever puts a file in its place holds this until the row is there too.
    let held = shared.blobs.hold(blob).await;
    let (row, uploads) =
        shared.store.read(move |reads| Ok((reads.blob(blob)?, reads.uploads_of(blob)?))).await?;
    if row.is_some() {
        return Ok(false);
    }
    for upload in uploads {
        if super::reclaim(shared, UploadKey { account: upload.account, blob }, upload.size).await? {
            return Ok(false);
        }
    }
    Ok(shared.blobs.remove(&held, blob).await?)
}

/// Files of one step.
const CHUNK: usize = 50;
