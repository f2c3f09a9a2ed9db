//! What sessions ask for about files: may it be, is there room, and then the folder. The hub has no part in it.

mod sweep;

use bytes::Bytes;
use proto::ids::{AccountId, BlobId, FileSize, RoomId, Seq};
use proto::limits;
use proto::message::Answer;
use proto::refusal::Refusal;
use store::{Begun, FileAt, FileScope, FileUsage, NewUpload, Reads, StoreError};
use tracing::{debug, error, warn};

pub(crate) use sweep::{SweepError, Sweeper, sweep_leftovers};

use crate::blobs::{BlobError, FinishError, Folder, PieceError, Stretch, UploadKey};
use crate::metrics::Upload;
use crate::refuse;
use crate::shared::Shared;
use service::clock;

/// What became of a request.
pub(crate) type Outcome = Result<Answer, Refusal>;

/// Begins an upload, or says how much of it is there.
pub(crate) async fn begin(shared: &Shared, key: UploadKey, (room, size): (RoomId, FileSize)) -> Outcome {
    let begun = try_begin(shared, key, (room, size)).await;
    shared.metrics.files.upload(match &begun {
        Ok(_) => Upload::Begun,
        Err(refusal) => Upload::of(refusal.code),
    });
    Ok(Answer::Upload { received: begun? })
}

/// Takes pieces of one upload, in this order.
pub(crate) async fn write(shared: &Shared, key: UploadKey, pieces: Vec<(u64, Bytes)>) -> Vec<Outcome> {
    let count = pieces.len();
    let all = |refusal: Refusal| vec![Err(refusal); count];
    if let Err(refusal) = room_for(shared, 0).await {
        shared.metrics.files.upload(Upload::of(refusal.code));
        return all(refusal);
    }
    let bytes: usize = pieces.iter().map(|(_, bytes)| bytes.len()).sum();
    match shared.blobs.write(key, pieces).await {
        Ok(written) => {
            shared.metrics.files.received(bytes);
            note_alive(shared, key).await;
            let outcome = |received: Result<u64, PieceError>| match received {
                Ok(received) => Ok(Answer::Upload { received }),
                Err(error) => Err(piece(&error)),
            };
            written.into_iter().map(outcome).collect()
        }
        Err(error) => all(blob(&error)),
    }
}

/// Ends an upload: its hash is looked at, it is put in its place for good, and then it is a row.
pub(crate) async fn finish(shared: &Shared, key: UploadKey) -> Outcome {
    let finished = try_finish(shared, key).await;
    shared.metrics.files.upload(match &finished {
        Ok(()) => Upload::Finished,
        Err(refusal) => Upload::of(refusal.code),
    });
    finished.map(|()| Answer::Done)
}

/// Gives an upload up.
pub(crate) async fn cancel(shared: &Shared, key: UploadKey) -> Outcome {
    let held = shared.blobs.hold(key.blob).await;
    let UploadKey { account, blob: hash } = key;
    let was_there = shared.store.run(move |tx| tx.cancel_upload(account, hash)).await;
    let was_there = was_there.map_err(|error| refuse::store(&error))?;
    shared.blobs.discard(key).await.map_err(|error| blob(&error))?;
    drop(held);
    if !was_there {
        return Err(refuse::no_such_upload());
    }
    shared.metrics.files.upload(Upload::Cancelled);
    Ok(Answer::Done)
}

/// Reads pieces of the file of one message. The right to read it is looked at each time: a ban, a kick, a quarantine or
/// a purge ends a download in its middle.
pub(crate) async fn fetch(
    shared: &Shared,
    reader: AccountId,
    (room, seq): (RoomId, Seq),
    stretches: Vec<Stretch>,
) -> Vec<Outcome> {
    let count = stretches.len();
    let FileAt { blob: hash, size, .. } =
        match shared.store.read(move |reads| reads.file_at(room, seq, reader)).await {
            Ok(file) => file,
            Err(error) => return vec![Err(refuse::store(&error)); count],
        };
    // What lies beyond the end is not looked for.
    let size = size.get();
    let within = stretches.iter().map(|at| Stretch { offset: at.offset.min(size), ..*at }).collect();
    let read = shared.blobs.read(hash, within).await;
    let pieces = match read {
        Ok(pieces) => pieces,
        Err(BlobError::Gone) => {
            gone(shared, (room, seq, reader), hash).await;
            return vec![Err(refuse::no_such_file()); count];
        }
        Err(error) => return vec![Err(blob(&error)); count],
    };
    let answer = |(at, bytes): (Stretch, Vec<u8>)| {
        if size < at.offset || at.length == 0 {
            return Err(refuse::beyond_end(size));
        }
        shared.metrics.files.sent(bytes.len());
        let bytes = proto::bytes::Bytes::new(bytes).map_err(|_| refuse::beyond_end(size))?;
        Ok(Answer::Piece { offset: at.offset, bytes })
    };
    stretches.into_iter().zip(pieces).map(answer).collect()
}

/// Returns what a client asks for as a stretch of at most one piece.
pub(crate) fn stretch(offset: u64, length: u32) -> Stretch {
    Stretch { offset, length: usize::try_from(length).unwrap_or(limits::PIECE).min(limits::PIECE) }
}

async fn try_begin(
    shared: &Shared,
    key: UploadKey,
    (room, size): (RoomId, FileSize),
) -> Result<u64, Refusal> {
    if !shared.settings().files.enabled {
        return Err(refuse::no_uploads());
    }
    let there = shared.blobs.look(move |folder| folder.part_size(key)).await.map_err(|error| blob(&error))?;
    room_for(shared, size.get().saturating_sub(there)).await?;
    let UploadKey { account, blob: hash } = key;
    let new = NewUpload { account, room, blob: hash, size, at: clock::now() };
    // Nobody may sweep away the part between its row and its opening.
    let _held = shared.blobs.hold(hash).await;
    match shared.store.run(move |tx| tx.begin_upload(&new)).await.map_err(|error| refuse::store(&error))? {
        Begun::Whole => Ok(size.get()),
        begun => {
            // What nobody has brought any of is not theirs, whatever lies there.
            if begun == Begun::GoesOn {
                reclaim(shared, key, size).await.map_err(|error| swept(&error))?;
            }
            shared.blobs.begin(key, size.get()).await.map_err(|error| blob(&error))
        }
    }
}

async fn try_finish(shared: &Shared, key: UploadKey) -> Result<(), Refusal> {
    let UploadKey { account, blob: hash } = key;
    match shared.blobs.finish(key).await.map_err(|error| blob(&error))? {
        Ok(()) => {}
        // Finished before, and the answer was lost; or never begun, which the store tells.
        Err(FinishError::NotBegun) => {
            let known = shared.store.run(move |tx| match tx.reads().upload(account, hash)? {
                Some(upload) => Ok(upload.file.is_some()),
                // Without an upload nothing is made of it: it was posted already, or it never was.
                None => tx.finish_upload(account, hash, clock::now()).map(|_| true),
            });
            let known = known.await.map_err(|error| refuse::store(&error))?;
            return if known { Ok(()) } else { Err(refuse::no_such_upload()) };
        }
        Err(error) => {
            if matches!(error, FinishError::WrongHash) {
                let cancelled = shared.store.run(move |tx| tx.cancel_upload(account, hash)).await;
                cancelled.map_err(|error| refuse::store(&error))?;
            }
            return Err(unfinished(&error));
        }
    }
    let held = shared.blobs.hold(hash).await;
    shared.blobs.place(&held, key).await.map_err(|error| blob(&error))?;
    let finished = shared.store.run(move |tx| tx.finish_upload(account, hash, clock::now())).await;
    if let Err(error) = finished {
        take_back(shared, key).await;
        return Err(refuse::store(&error));
    }
    Ok(())
}

/// A file in its place whose row was not written goes back to where it came in, unless somebody else's row names it.
async fn take_back(shared: &Shared, key: UploadKey) {
    let has_row = shared.store.read(move |reads| Ok(reads.blob(key.blob)?.is_some())).await;
    match has_row {
        Ok(true) => {}
        Ok(false) => {
            if let Err(error) = shared.blobs.look(move |folder| folder.take_back(key)).await {
                warn!(%error, "a file that came in cannot be taken back; it is swept away at the next start");
            }
        }
        // The next sweep looks again.
        Err(error) => warn!(%error, "it cannot be seen whether a file has a row"),
    }
}

/// A crash between a file's move to its place and its row leaves it there without one; it goes back to where it came
/// in, so that nobody has to bring it again. One of another size than was agreed on would be cut there, and a backup may
/// share it: it is left alone. For whoever holds the lock of its hash; returns whether it was so.
async fn reclaim(shared: &Shared, key: UploadKey, size: FileSize) -> Result<bool, SweepError> {
    if shared.blobs.is_open(key) {
        return Ok(false);
    }
    let is_stranded =
        move |folder: &Folder| Ok(folder.part_size(key)? == 0 && folder.size(key.blob)? == Some(size.get()));
    if !shared.blobs.look(is_stranded).await? {
        return Ok(false);
    }
    if shared.store.read(move |reads| reads.blob(key.blob)).await?.is_some() {
        return Ok(false);
    }
    shared.blobs.look(move |folder| folder.take_back(key)).await?;
    Ok(true)
}

fn swept(error: &SweepError) -> Refusal {
    match error {
        SweepError::Store(error) => refuse::store(error),
        SweepError::Blob(error) => blob(error),
    }
}

/// Whether this many more bytes leave the operator's reserve alone.
async fn room_for(shared: &Shared, more: u64) -> Result<(), Refusal> {
    let free = shared.blobs.free_bytes().await.map_err(|error| blob(&error))?;
    let reserve = shared.settings().files.reserve_bytes;
    if free < reserve.saturating_add(more) { Err(refuse::disk_full()) } else { Ok(()) }
}

/// An upload that goes on for long is not one that rests.
async fn note_alive(shared: &Shared, key: UploadKey) {
    if shared.blobs.is_note_due(key) {
        let noted = shared.store.run(move |tx| tx.touch_upload(key.account, key.blob, clock::now())).await;
        if let Err(error) = noted {
            debug!(%error, "it is not noted that an upload goes on");
        }
    }
}

/// A file that is not there although its message is: purged a moment ago, or lost.
async fn gone(shared: &Shared, (room, seq, reader): (RoomId, Seq, AccountId), hash: BlobId) {
    let still = shared.store.read(move |reads| reads.file_at(room, seq, reader)).await;
    if still.is_ok_and(|file| file.blob == hash) {
        error!(room.id = %room, entry.seq = %seq, "the file of a message is not in the folder");
    }
}

fn piece(error: &PieceError) -> Refusal {
    match error {
        PieceError::OutOfOrder { received } => refuse::out_of_order(*received),
        PieceError::BeyondEnd { size } => refuse::beyond_end(*size),
        PieceError::NotBegun => refuse::no_such_upload(),
        PieceError::Disk(error) => disk(error),
    }
}

fn unfinished(error: &FinishError) -> Refusal {
    match error {
        FinishError::Incomplete { received } => refuse::incomplete(*received),
        FinishError::WrongHash => refuse::wrong_hash(),
        FinishError::NotBegun => refuse::no_such_upload(),
        FinishError::Disk(error) => disk(error),
    }
}

fn blob(error: &BlobError) -> Refusal {
    match error {
        BlobError::Busy | BlobError::Stopped(_) => {
            debug!(%error, "a transfer has to wait");
            refuse::unavailable()
        }
        BlobError::Gone => refuse::no_such_file(),
        BlobError::Disk(error) => disk(error),
    }
}

fn disk(error: &std::io::Error) -> Refusal {
    use std::io::ErrorKind;
    warn!(%error, "a file cannot be read or written");
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => refuse::disk_full(),
        _ => refuse::unavailable(),
    }
}

/// Reads how much lies in the folder.
pub(crate) fn usage(reads: &Reads<'_>) -> Result<FileUsage, StoreError> {
    reads.file_usage(FileScope::Server)
}
