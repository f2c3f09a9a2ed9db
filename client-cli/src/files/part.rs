//! A file on its way into a folder: opened chunk by chunk, checked as a whole, and only then given its name.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use attachment::{CHUNK, CHUNK_SEALED, HEADER, Last, Opener, Sealer};
use nix::fcntl::OFlag;
use proto::message::FileCard;
use sha2::{Digest, Sha256};

use super::card::Opened;
use super::control::Control;
use super::error::{FileError, io_at};
use super::name::{numbered, place_in, safe_name};
use super::spool::id_of;

/// The unfinished file: what is in it was authentic, chunk by chunk, in order and from the beginning.
pub(super) struct Part {
    path: PathBuf,
    file: File,
}

/// Takes sealed bytes in order and writes what is in them.
pub(super) struct Receiver {
    part: Part,
    opener: Opener,
    sealed_size: u64,
    /// Sealed bytes taken, the header's included.
    taken: u64,
    index: u32,
    chunk: Vec<u8>,
    sealed_hash: Sha256,
    plain_hash: Sha256,
    resumed: bool,
}

impl Part {
    /// Opens the unfinished file of this card in the folder, made when missing.
    pub(super) fn open(folder: &Path, card: &FileCard, opened: &Opened) -> Result<Self, FileError> {
        let name = format!("{}.{}.{PART}", safe_name(&opened.facts.name), &id_of(card.blob)[..8]);
        let path = place_in(folder, &name);
        let flags = (OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).bits();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flags)
            .open(&path)
            .map_err(io_at("write", &path))?;
        let metadata = file.metadata().map_err(io_at("read", &path))?;
        if !metadata.is_file() {
            return Err(FileError::NotAFile(path));
        }
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file }),
            Err(TryLockError::WouldBlock) => Err(FileError::Busy(path)),
            Err(TryLockError::Error(error)) => Err(io_at("lock", &path)(error)),
        }
    }

    /// Removes it: nothing of it can be used.
    fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Gives the file its name, or the next one that is free. Nothing that is there is ever overwritten.
    fn place(self, folder: &Path, name: &str) -> Result<PathBuf, FileError> {
        for number in 1..=MOST_NAMES {
            let path = place_in(folder, &numbered(&safe_name(name), number));
            match claim(&self.path, &path) {
                Ok(()) => {
                    let synced = File::open(folder).and_then(|folder| folder.sync_all());
                    synced.map_err(io_at("write", folder))?;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io_at("write", &path)(error)),
            }
        }
        Err(FileError::TooManyNames(name.to_owned()))
    }
}

impl Receiver {
    /// Starts with the header, and with what an earlier try has left.
    ///
    /// The sealed bytes of what is there already are made again from it: the same key and salt give the same bytes, so
    /// that the whole file's hash can be checked although only a part comes from the server.
    pub(super) fn start(
        part: Part,
        opener: Opener,
        header: &[u8; HEADER],
        sealed_size: u64,
        opened: &Opened,
        control: &Control,
    ) -> Result<Self, FileError> {
        let mut receiver = Self {
            part,
            opener,
            sealed_size,
            taken: HEADER as u64,
            index: 0,
            chunk: Vec::with_capacity(CHUNK_SEALED),
            sealed_hash: Sha256::new(),
            plain_hash: Sha256::new(),
            resumed: false,
        };
        receiver.sealed_hash.update(header);
        receiver.take_up(header, opened, control)?;
        Ok(receiver)
    }

    /// Takes the next sealed bytes. Bytes that are not the file's end it, and nothing of it is kept.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let taken = self.take_bytes(bytes);
        if let Err(FileError::NotTheFile(_)) = taken {
            self.part.remove();
        }
        taken
    }

    fn take_bytes(&mut self, mut bytes: &[u8]) -> Result<(), FileError> {
        while !bytes.is_empty() {
            let missing = self.chunk_len() - self.chunk.len();
            let (now, later) = bytes.split_at(missing.min(bytes.len()));
            if now.is_empty() {
                return Err(not_the_file("it is longer than it should be"));
            }
            self.chunk.extend_from_slice(now);
            bytes = later;
            if self.chunk.len() == self.chunk_len() {
                self.open_chunk()?;
            }
        }
        Ok(())
    }

    /// Checks the whole file and gives it its name.
    pub(super) fn finish(
        self,
        folder: &Path,
        card: &FileCard,
        opened: &Opened,
    ) -> Result<PathBuf, FileError> {
        let sealed_hash: [u8; 32] = self.sealed_hash.finalize().into();
        let plain_hash: [u8; 32] = self.plain_hash.finalize().into();
        let wrong = if self.taken != self.sealed_size || sealed_hash != card.blob.0 {
            Some("its encrypted bytes are others")
        } else if plain_hash != opened.facts.plain_sha256.0 {
            Some("its content is another")
        } else {
            None
        };
        if let Some(why) = wrong {
            self.part.remove();
            return Err(not_the_file(why));
        }
        self.part.file.sync_all().map_err(io_at("write", &self.part.path))?;
        self.part.place(folder, &opened.facts.name)
    }

    /// Returns how many sealed bytes are taken: the next one has this offset.
    pub(super) fn taken(&self) -> u64 {
        self.taken + self.chunk.len() as u64
    }

    /// Returns where the unfinished file is.
    pub(super) fn path(&self) -> &Path {
        &self.part.path
    }

    /// Returns whether an earlier try's bytes are in the file.
    pub(super) fn resumed(&self) -> bool {
        self.resumed
    }

    fn take_up(
        &mut self,
        header: &[u8; HEADER],
        opened: &Opened,
        control: &Control,
    ) -> Result<(), FileError> {
        let at = |error| io_at("read", &self.part.path)(error);
        let chunks = (self.sealed_size - HEADER as u64).div_ceil(CHUNK_SEALED as u64);
        let length = self.part.file.metadata().map_err(at)?.len();
        // The last chunk is sealed differently, so it always comes from the server.
        let whole = (length / CHUNK as u64).min(chunks.saturating_sub(1));
        control.begin(super::Stage::Checking, whole * CHUNK as u64);
        let mut sealer = Sealer::again(&opened.key, header).map_err(not_the_file)?;
        for done in 0..whole {
            control.check()?;
            self.chunk.resize(CHUNK, 0);
            self.part.file.read_exact(&mut self.chunk).map_err(at)?;
            self.plain_hash.update(&self.chunk);
            sealer.seal(&mut self.chunk, Last::No).map_err(not_the_file)?;
            self.sealed_hash.update(&self.chunk);
            self.taken += CHUNK_SEALED as u64;
            self.index += 1;
            control.reached((done + 1) * CHUNK as u64);
        }
        self.chunk.clear();
        self.resumed = 0 < whole;
        let keep = whole * CHUNK as u64;
        let cut = self.part.file.set_len(keep).and_then(|()| self.part.file.seek(SeekFrom::Start(keep)));
        cut.map_err(at).map(drop)
    }

    fn open_chunk(&mut self) -> Result<(), FileError> {
        let len = self.chunk.len() as u64;
        let last = if self.taken + len == self.sealed_size { Last::Yes } else { Last::No };
        self.sealed_hash.update(&self.chunk);
        self.opener.open_at(self.index, &mut self.chunk, last).map_err(not_the_file)?;
        self.plain_hash.update(&self.chunk);
        self.part.file.write_all(&self.chunk).map_err(io_at("write", &self.part.path))?;
        self.chunk.clear();
        self.taken += len;
        self.index = self.index.checked_add(1).ok_or_else(|| not_the_file("it has too many chunks"))?;
        Ok(())
    }

    /// Returns the length of the sealed chunk that is being filled; nothing behind the last.
    fn chunk_len(&self) -> usize {
        usize::try_from(self.sealed_size - self.taken).unwrap_or(CHUNK_SEALED).min(CHUNK_SEALED)
    }
}

/// Writes bytes into a folder under a name that nothing there has yet, and returns where.
///
/// # Errors
/// When the folder cannot be written.
pub fn keep_in(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, FileError> {
    for number in 1..=MOST_NAMES {
        let path = place_in(folder, &numbered(&safe_name(name), number));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(bytes).and_then(|()| file.sync_all());
                return written.map(|()| path.clone()).map_err(io_at("write", &path));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io_at("write", &path)(error)),
        }
    }
    Err(FileError::TooManyNames(name.to_owned()))
}

/// Gives the file a second name, which fails when that is taken, and removes the first.
fn claim(part: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(part, path) {
        Ok(()) => fs::remove_file(part),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links: an empty file of our own holds the place.
        Err(_) => {
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            fs::rename(part, path)
        }
    }
}

pub(super) fn not_the_file(why: impl std::fmt::Display) -> FileError {
    FileError::NotTheFile(why.to_string())
}

const PART: &str = "part";
const MOST_NAMES: u32 = 1_000;
