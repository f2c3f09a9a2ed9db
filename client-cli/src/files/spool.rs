//! What is sealed and not posted yet, on disk: a file of sealed bytes each, and a small one that says where it goes.
//!
//! A file is sealed once. Going on after a cut, a kill or a restart sends the same sealed bytes, never the source again:
//! the same key and nonce on other bytes would give both away.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use proto::codec;
use proto::ids::{BlobId, MessageId, RoomId, Seq};
use proto::limits;
use proto::message::{Command, FileCard};
use proto::text::Text;
use serde::{Deserialize, Serialize};

use super::card::plain_size;
use super::error::{FileError, io_at};
use crate::post::Post;
use crate::profile::private;

/// The folder of unfinished uploads. One program at a time uses it: the profile's lock sees to that.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

/// An upload that is sealed and not posted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Names it: the beginning of the blob's hash.
    pub id: String,
    /// The file it was made from.
    pub source: Source,
    /// The room's name as people type it.
    pub room_name: String,
    /// Whether a message is hidden in it.
    pub hides: bool,
    /// The room it goes to.
    pub room: RoomId,
    pub(super) message_id: MessageId,
    pub(super) card: FileCard,
    pub(super) caption: Text<{ limits::BODY }>,
    pub(super) reply_to: Option<Seq>,
}

/// A file as it was when it was sealed: the same path, size and time are taken for the same content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where it is, without links.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed, in nanoseconds since 1970.
    pub modified_ns: i128,
    /// Its number in its file system.
    pub inode: u64,
}

/// What stands in the small file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    version: u32,
    source: Source,
    room_name: String,
    hides: bool,
    /// The posting command as it goes over the wire, in hexadecimal.
    command: String,
}

impl Spool {
    /// Opens the folder, which exists, and removes what was left half made.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let spool = Self { folder: folder.to_owned() };
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let is_half_made = match path.extension().and_then(|ending| ending.to_str()) {
                Some(SEALING) => true,
                Some(SEALED) => !path.with_extension(STATE).exists(),
                _ => false,
            };
            if is_half_made {
                fs::remove_file(&path)?;
            }
        }
        Ok(spool)
    }

    /// Returns the unfinished uploads by their ids; those that cannot be read any more are left out.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, FileError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(io_at("read", &self.folder))? {
            let path = entry.map_err(io_at("read", &self.folder))?.path();
            if path.extension().is_some_and(|ending| ending == STATE) {
                found.extend(read_state(&path));
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    /// Returns the one unfinished upload whose id begins like this.
    ///
    /// # Errors
    /// [`FileError::NoSuchUpload`] when there is none, or more than one.
    pub fn find(&self, id: &str) -> Result<Unfinished, FileError> {
        let mut found: Vec<_> = self.unfinished()?.into_iter().filter(|one| one.id.starts_with(id)).collect();
        match (found.pop(), found.is_empty(), id.is_empty()) {
            (Some(one), true, false) => Ok(one),
            _ => Err(FileError::NoSuchUpload(id.to_owned())),
        }
    }

    /// Returns an unfinished upload of this file to this room, if its content is still the same.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn find_same(&self, source: &Source, room: RoomId) -> Result<Option<Unfinished>, FileError> {
        let mut found = self.unfinished()?.into_iter();
        Ok(found.find(|one| one.source == *source && one.room == room && !one.hides))
    }

    /// Removes an upload: it is posted, or nobody wants it any more.
    pub fn forget(&self, unfinished: &Unfinished) {
        // The small file first: sealed bytes without it are removed at the next start.
        let _ = fs::remove_file(self.path(&unfinished.id, STATE));
        let _ = fs::remove_file(self.sealed_file(unfinished));
    }

    /// Returns where an upload's sealed bytes are.
    pub(super) fn sealed_file(&self, unfinished: &Unfinished) -> PathBuf {
        self.path(&unfinished.id, SEALED)
    }

    /// Makes a file to seal into.
    pub(super) fn begin(&self) -> Result<(File, PathBuf), FileError> {
        let mut number = [0; 8];
        getrandom::fill(&mut number).map_err(|error| FileError::Internal(error.to_string()))?;
        let path = self.path(&HEXLOWER.encode(&number), SEALING);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        Ok((file.map_err(io_at("write", &path))?, path))
    }

    /// Keeps what was sealed, with what is to become of it. It is on the disk when this returns.
    pub(super) fn keep(&self, sealing: &Path, unfinished: &Unfinished) -> Result<(), FileError> {
        let sealed = self.sealed_file(unfinished);
        fs::rename(sealing, &sealed).map_err(io_at("write", &sealed))?;
        self.change(unfinished)
    }

    /// Writes again what is to become of an upload.
    pub(super) fn change(&self, unfinished: &Unfinished) -> Result<(), FileError> {
        let path = self.path(&unfinished.id, STATE);
        let state = State {
            version: VERSION,
            source: unfinished.source.clone(),
            room_name: unfinished.room_name.clone(),
            hides: unfinished.hides,
            command: HEXLOWER.encode(&codec::encode(&unfinished.command())),
        };
        let text = serde_json::to_vec(&state).map_err(|error| FileError::Internal(error.to_string()))?;
        private::write(&path, &text).map_err(|error| FileError::Io {
            doing: "write",
            path,
            source: io::Error::other(error.to_string()),
        })
    }

    fn path(&self, id: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{id}.{ending}"))
    }
}

impl Unfinished {
    /// Returns the file's name as the room will see it; nothing when only a passphrase tells it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.card.lock.name()
    }

    /// Returns the size of the content.
    #[must_use]
    pub fn size(&self) -> u64 {
        plain_size(&self.card).unwrap_or(self.source.size)
    }

    /// Returns the size of the sealed bytes.
    #[must_use]
    pub fn sealed_size(&self) -> u64 {
        self.card.sealed_size.get()
    }

    /// Returns what posts it.
    pub(super) fn post(&self) -> Post {
        Post::File {
            file: Box::new(self.card.clone()),
            caption: self.caption.to_string(),
            reply_to: self.reply_to,
        }
    }

    fn command(&self) -> Command {
        Command::SendFile {
            room: self.room,
            message_id: self.message_id,
            file: self.card.clone(),
            caption: self.caption.clone(),
            reply_to: self.reply_to,
        }
    }
}

/// Returns what names an upload of these sealed bytes.
pub(super) fn id_of(blob: BlobId) -> String {
    HEXLOWER.encode(&blob.0[..ID_BYTES])
}

impl Source {
    /// Looks at a file.
    ///
    /// # Errors
    /// When it cannot be read or is no plain file.
    pub fn of(path: &Path) -> Result<Self, FileError> {
        let path = fs::canonicalize(path).map_err(io_at("read", path))?;
        let metadata = fs::metadata(&path).map_err(io_at("read", &path))?;
        if !metadata.is_file() {
            return Err(FileError::NotAFile(path));
        }
        let modified_ns = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Ok(Self { size: metadata.len(), modified_ns, inode: metadata.ino(), path })
    }
}

fn read_state(path: &Path) -> Option<Unfinished> {
    let bytes = private::read(path).ok()??;
    let state: State = serde_json::from_slice(&bytes).ok()?;
    if state.version != VERSION {
        return None;
    }
    let command = codec::decode(&HEXLOWER.decode(state.command.as_bytes()).ok()?).ok()?;
    let Command::SendFile { room, message_id, file: card, caption, reply_to } = command else { return None };
    let State { source, room_name, hides, .. } = state;
    let id = id_of(card.blob);
    let unfinished = Unfinished { id, source, room_name, hides, room, message_id, card, caption, reply_to };
    let is_whole = path.with_extension(SEALED).metadata().is_ok_and(|m| m.len() == unfinished.sealed_size());
    is_whole.then_some(unfinished)
}

const VERSION: u32 = 1;
const SEALING: &str = "sealing";
const SEALED: &str = "sealed";
const STATE: &str = "upload";
/// Bytes of the blob's hash that make an id.
const ID_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use proto::bytes::Secret32;
    use proto::ids::{ContentHash, FileSize};
    use proto::message::{FileFacts, FileLock};

    use super::*;

    #[test]
    fn an_upload_comes_back_after_a_restart_as_it_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let kept = keep(&spool, 7);
        assert_eq!(Spool::open(folder.path()).unwrap().unfinished().unwrap().first(), Some(&kept));
        assert_eq!(spool.find(&kept.id[..4]).unwrap(), kept);
        assert!(matches!(spool.find(""), Err(FileError::NoSuchUpload(_))));
        for file in fs::read_dir(folder.path()).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        spool.forget(&kept);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_was_left_half_made_is_removed_and_what_is_cut_short_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let (_, sealing) = spool.begin().unwrap();
        let alone = folder.path().join("0011223344556677.sealed");
        fs::write(&alone, "sealed").unwrap();
        let (short, damaged) = (keep(&spool, 7), keep(&spool, 9));
        fs::write(spool.sealed_file(&short), "sea").unwrap();
        fs::write(spool.path(&damaged.id, STATE), "{").unwrap();

        let spool = Spool::open(folder.path()).unwrap();
        assert!(!sealing.exists() && !alone.exists());
        assert_eq!(spool.unfinished().unwrap(), []);
    }

    #[test]
    fn the_same_file_for_the_same_room_is_found_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let kept = keep(&spool, 7);
        let (room, other) = (RoomId::new(7).unwrap(), RoomId::new(9).unwrap());
        assert_eq!(spool.find_same(&kept.source, room).unwrap(), Some(kept.clone()));
        assert_eq!(spool.find_same(&kept.source, other).unwrap(), None);
        let changed = Source { modified_ns: kept.source.modified_ns + 1, ..kept.source };
        assert_eq!(spool.find_same(&changed, room).unwrap(), None);
    }

    fn keep(spool: &Spool, blob: u8) -> Unfinished {
        let (mut file, sealing) = spool.begin().unwrap();
        io::Write::write_all(&mut file, &[blob; 100]).unwrap();
        let facts = FileFacts {
            plain_sha256: ContentHash([3; 32]),
            name: Text::cut("tea.png"),
            media: Text::cut("image/png"),
        };
        let blob = BlobId([blob; 32]);
        let unfinished = Unfinished {
            id: id_of(blob),
            source: Source { path: PathBuf::from("tea.png"), size: 20, modified_ns: -5, inode: 3 },
            room_name: "#ops".to_owned(),
            hides: false,
            room: RoomId::new(7).unwrap(),
            message_id: MessageId([4; 16]),
            card: FileCard {
                blob,
                sealed_size: FileSize::new(100).unwrap(),
                lock: FileLock::Key { key: Secret32::new([5; 32]), facts },
            },
            caption: Text::cut("hot"),
            reply_to: Seq::new(3),
        };
        spool.keep(&sealing, &unfinished).unwrap();
        unfinished
    }
}
