//! Sealed files on disk: uploads that come in, files in their place, and the few threads that touch them.
//!
//! A file is in its place before its row is committed, and its row is gone before the file is: a crash in between
//! leaves a file without a row, which the next sweep takes away, and never a row without a file.

mod folder;
mod part;
mod threads;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use proto::ids::BlobId;
use thiserror::Error;

pub(crate) use folder::{Folder, UploadKey, sync_folder};
use part::Part;
pub(crate) use part::{FinishError, PieceError};
use threads::Threads;

/// The folder, what is open in it, and the threads. One per server.
#[derive(Debug)]
pub(crate) struct Blobs {
    folder: Folder,
    writers: Threads,
    readers: Threads,
    open: Mutex<BTreeMap<UploadKey, Open>>,
    /// Who puts a file in its place or takes it away holds the lock of its hash until the row says so too.
    places: Vec<tokio::sync::Mutex<()>>,
    free: Mutex<Option<(Instant, u64)>>,
}

/// An upload that is going on.
#[derive(Debug)]
struct Open {
    part: Arc<Mutex<Part>>,
    touched: Instant,
    /// When it was last noted elsewhere that it goes on.
    noted: Instant,
}

/// Why nothing can be done with a file.
#[derive(Debug, Error)]
pub(crate) enum BlobError {
    /// Too many uploads go on at once.
    #[error("too many uploads go on at once")]
    Busy,
    /// It is not there.
    #[error("there is no such file")]
    Gone,
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// The server stops.
    #[error(transparent)]
    Stopped(#[from] threads::Stopped),
}

/// A piece of a file that somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) offset: u64,
    pub(crate) length: usize,
}

impl Blobs {
    /// Opens the folder and starts the threads.
    ///
    /// # Errors
    /// What the system says about the folder or the threads.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        Ok(Self {
            folder: Folder::open(root)?,
            writers: Threads::start("file-in", THREADS)?,
            readers: Threads::start("file-out", THREADS)?,
            open: Mutex::default(),
            places: (0..PLACES).map(|_| tokio::sync::Mutex::default()).collect(),
            free: Mutex::default(),
        })
    }

    /// Opens an upload, new or begun before; returns how much of it is there. What an earlier process left is hashed
    /// again first.
    pub(crate) async fn begin(&self, key: UploadKey, size: u64) -> Result<u64, BlobError> {
        let part = match self.part(key) {
            Some(part) => part,
            None => self.open_part(key, size).await?,
        };
        loop {
            let opened = part.clone();
            let (caught_up, received) = self
                .writers
                .run(move || {
                    let mut part = hold(&opened);
                    part.catch_up().map(|caught_up| (caught_up, part.received()))
                })
                .await??;
            if caught_up {
                return Ok(received);
            }
            self.touch(key);
        }
    }

    /// Writes pieces, in this order; returns for each how much is there after it.
    pub(crate) async fn write(
        &self,
        key: UploadKey,
        pieces: Vec<(u64, Bytes)>,
    ) -> Result<Vec<Result<u64, PieceError>>, BlobError> {
        let Some(part) = self.part(key) else {
            return Ok(pieces.iter().map(|_| Err(PieceError::NotBegun)).collect());
        };
        let written = self.writers.run(move || {
            let mut part = hold(&part);
            pieces.iter().map(|(offset, bytes)| part.write(*offset, bytes)).collect()
        });
        Ok(written.await?)
    }

    /// Makes sure that an upload is whole and on the disk. What is something else than was announced is thrown away.
    pub(crate) async fn finish(&self, key: UploadKey) -> Result<Result<(), FinishError>, BlobError> {
        let Some(part) = self.part(key) else { return Ok(Err(FinishError::NotBegun)) };
        let finished = self.writers.run(move || hold(&part).finish(key.blob)).await?;
        if matches!(finished, Err(FinishError::WrongHash)) {
            self.discard(key).await?;
        }
        Ok(finished)
    }

    /// Puts a finished upload in its place, for good.
    pub(crate) async fn place(&self, _held: &Held<'_>, key: UploadKey) -> Result<(), BlobError> {
        let folder = self.folder.clone();
        self.writers.run(move || folder.place(&folder.part(key), key.blob)).await??;
        self.open_parts().remove(&key);
        Ok(())
    }

    /// Throws away what came in of an upload.
    pub(crate) async fn discard(&self, key: UploadKey) -> Result<bool, BlobError> {
        self.open_parts().remove(&key);
        let folder = self.folder.clone();
        Ok(self.writers.run(move || folder.remove_part(key)).await??)
    }

    /// Reads stretches of one file, each short at its end only.
    pub(crate) async fn read(
        &self,
        blob: BlobId,
        stretches: Vec<Stretch>,
    ) -> Result<Vec<Vec<u8>>, BlobError> {
        let folder = self.folder.clone();
        let read = self.readers.run(move || {
            let file = folder.read(blob)?.ok_or(BlobError::Gone)?;
            let read = stretches.iter().map(|at| folder::read_at(&file, at.offset, at.length));
            Ok(read.collect::<io::Result<Vec<_>>>()?)
        });
        read.await?
    }

    /// Waits until nobody else puts a file of this hash in its place or takes it away.
    pub(crate) async fn hold(&self, blob: BlobId) -> Held<'_> {
        let place = usize::from(blob.0[0]) % self.places.len();
        Held { _guard: self.places[place].lock().await }
    }

    /// Takes a file away whose row is gone; returns whether it was there.
    pub(crate) async fn remove(&self, _held: &Held<'_>, blob: BlobId) -> Result<bool, BlobError> {
        let folder = self.folder.clone();
        Ok(self.writers.run(move || folder.remove(blob)).await??)
    }

    /// Does something with the folder on a thread for it.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, BlobError> {
        let folder = self.folder.clone();
        Ok(self.readers.run(move || look(&folder)).await??)
    }

    /// Returns the free bytes of the disk, as they were a moment ago.
    pub(crate) async fn free_bytes(&self) -> Result<u64, BlobError> {
        let known = *lock(&self.free);
        if let Some((at, free)) = known
            && at.elapsed() < FREE_FOR
        {
            return Ok(free);
        }
        let free = self.look(Folder::free_bytes).await?;
        *lock(&self.free) = Some((Instant::now(), free));
        Ok(free)
    }

    /// Closes uploads that nobody has touched for a while; they go on when they are asked for again.
    pub(crate) fn close_idle(&self) {
        self.open_parts().retain(|_, open| open.touched.elapsed() < IDLE);
    }

    /// Returns whether it should be noted that an upload goes on; then it counts as noted.
    pub(crate) fn is_note_due(&self, key: UploadKey) -> bool {
        let mut open = self.open_parts();
        let Some(open) = open.get_mut(&key).filter(|open| NOTE_EVERY < open.noted.elapsed()) else {
            return false;
        };
        open.noted = Instant::now();
        true
    }

    /// Returns whether an upload is open in this process.
    pub(crate) fn is_open(&self, key: UploadKey) -> bool {
        self.open_parts().contains_key(&key)
    }

    /// Returns how many uploads go on.
    pub(crate) fn uploads(&self) -> usize {
        self.open_parts().len()
    }

    async fn open_part(&self, key: UploadKey, size: u64) -> Result<Arc<Mutex<Part>>, BlobError> {
        if UPLOADS <= self.uploads() {
            self.close_idle();
        }
        let folder = self.folder.clone();
        let part = self.writers.run(move || Part::open(&folder.part(key), size)).await??;
        let mut open = self.open_parts();
        let own = open.iter().filter(|(other, _)| other.account == key.account);
        if UPLOADS_OF_ONE <= own.clone().count()
            && let Some((oldest, _)) = own.min_by_key(|(_, open)| open.touched)
        {
            // It goes on when it is asked for again; nobody takes all places.
            let oldest = *oldest;
            open.remove(&oldest);
        }
        if UPLOADS <= open.len() {
            return Err(BlobError::Busy);
        }
        // Another device of the same person may have been faster; then there is one part for both.
        let now = Instant::now();
        let fresh = || Open { part: Arc::new(Mutex::new(part)), touched: now, noted: now };
        Ok(open.entry(key).or_insert_with(fresh).part.clone())
    }

    fn part(&self, key: UploadKey) -> Option<Arc<Mutex<Part>>> {
        let mut open = self.open_parts();
        let open = open.get_mut(&key)?;
        open.touched = Instant::now();
        Some(open.part.clone())
    }

    fn touch(&self, key: UploadKey) {
        if let Some(open) = self.open_parts().get_mut(&key) {
            open.touched = Instant::now();
        }
    }

    fn open_parts(&self) -> MutexGuard<'_, BTreeMap<UploadKey, Open>> {
        lock(&self.open)
    }
}

/// The lock of a hash; see [`Blobs::hold`].
#[derive(Debug)]
pub(crate) struct Held<'b> {
    _guard: tokio::sync::MutexGuard<'b, ()>,
}

/// On the threads for files alone, where waiting for another piece of the same file is right.
fn hold(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    lock(part)
}

/// A panic leaves a part whose hash will not fit, and that is noticed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Threads in each direction: one can wait for the disk while another works.
const THREADS: usize = 2;
/// Locks of hashes.
const PLACES: usize = 64;
/// Uploads that may go on at once; each is an open file.
pub(crate) const UPLOADS: usize = 256;
/// Uploads of one account that may be open at once; one more closes the one that rested longest.
const UPLOADS_OF_ONE: usize = 16;
/// After this long without a piece an upload is closed.
const IDLE: Duration = Duration::from_secs(120);
/// Often enough for the shortest time after which an upload that rests is taken away, which is an hour.
const NOTE_EVERY: Duration = Duration::from_secs(600);
/// How long a look at the disk is good for.
const FREE_FOR: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
