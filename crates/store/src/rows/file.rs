//! Files: what is being brought, what lies in the folder of blobs, and which messages show it.
//!
//! The folder and the tables are two places, and either can be ahead when the power goes. One order holds everywhere:
//! *a file is safe on disk before its row says so, and the row is gone before the file is.* So a row never stands for a
//! file that is missing, and a file without a row is rubbish that anybody may take away. The server keeps a hash from
//! being finished and forgotten at once; the store cannot, it never sees the folder.

use proto::ids::{AccountId, BlobId, FileId, FileSize, RoomId, Seq, Timestamp};
use proto::limits;
use proto::text::Text;

use crate::columns::Column;

/// An upload to be begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewUpload {
    pub account: AccountId,
    /// The room it is for; its quota counts it.
    pub room: RoomId,
    pub blob: BlobId,
    pub size: FileSize,
    pub at: Timestamp,
}

/// What an upload that is begun is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Nothing was there.
    Fresh,
    /// It goes on; how far it is, the folder knows.
    GoesOn,
    /// The account has brought all of it before.
    Whole,
}

/// An upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadRow {
    pub account: AccountId,
    pub blob: BlobId,
    pub room: RoomId,
    pub size: FileSize,
    /// The file, when all of it is there and no message shows it yet.
    pub file: Option<FileId>,
    pub begun_at: Timestamp,
    pub touched_at: Timestamp,
}

/// A file in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobRow {
    pub id: FileId,
    pub blob: BlobId,
    pub size: FileSize,
    pub at: Timestamp,
    /// Messages and uploads that hold it.
    pub refs: u64,
    pub state: FileState,
}

/// Whether a file may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileState {
    Free,
    /// Moderators hold it back.
    Quarantined,
    /// It is gone for good, and does not come again.
    Purged,
}

/// A message's file, for somebody who may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileAt {
    pub blob: BlobId,
    pub size: FileSize,
}

/// Whose files are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileScope {
    /// What an account sent and brings.
    Account(AccountId),
    /// What a room's messages show, and what is on its way there.
    Room(RoomId),
    /// What lies in the folder.
    Server,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileUsage {
    pub files: u64,
    /// Sealed bytes.
    pub bytes: u64,
}

/// The place of a file in the list of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaId(pub u64);

/// Which files are listed; always of open rooms only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaFilter {
    All,
    Room(RoomId),
    Account(AccountId),
    /// What is held back; at most 500.
    Quarantined,
}

/// A file that a message of an open room shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRow {
    pub id: MediaId,
    pub file: FileId,
    pub blob: BlobId,
    pub room: RoomId,
    pub room_name: Text<{ limits::ROOM_NAME }>,
    pub seq: Seq,
    pub account: AccountId,
    pub account_name: Text<{ limits::NAME }>,
    pub at: Timestamp,
    pub size: FileSize,
    /// Nothing under a passphrase.
    pub name: Option<Text<{ limits::FILE_NAME }>>,
    /// Empty under a passphrase.
    pub media: Text<{ limits::MEDIA_TYPE }>,
    pub state: FileState,
    /// Why it is held back.
    pub reason: String,
}

impl Column for FileState {
    fn column(self) -> i64 {
        match self {
            Self::Free => 0,
            Self::Quarantined => 1,
            Self::Purged => 2,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Free, Self::Quarantined, Self::Purged].into_iter().find(|state| state.column() == number)
    }
}

impl Column for FileSize {
    fn column(self) -> i64 {
        self.get().column()
    }
    fn from_column(number: i64) -> Option<Self> {
        u64::try_from(number).ok().and_then(Self::new)
    }
}

impl FileScope {
    /// Returns the scope and its subject as they are stored.
    pub(crate) fn columns(self) -> (i64, i64) {
        match self {
            Self::Account(account) => (0, account.column()),
            Self::Room(room) => (1, room.column()),
            Self::Server => (2, 0),
        }
    }
}
