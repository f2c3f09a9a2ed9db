//! Why a file was not sent, fetched or opened.

use std::io;
use std::path::{Path, PathBuf};

use stego::{EmptyPassphrase, HideError, RevealError};
use thiserror::Error;

use crate::error::RequestError;

/// Why a transfer did not end well.
///
/// The texts may quote the server: pass them through [`domain::text::term_safe`] before they reach a terminal.
#[derive(Debug, Error)]
pub enum FileError {
    /// Something on this machine cannot be read or written.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is a folder, a device, a pipe: nothing that has a length.
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
    /// The file is larger than any server takes.
    #[error("{} is larger than any server takes", .0.display())]
    TooLarge(PathBuf),
    /// The server refused, or cannot be reached.
    #[error(transparent)]
    Server(#[from] RequestError),
    /// The connection did not come back in time. What was done so far is kept.
    #[error("the connection did not come back in time")]
    Unreachable,
    /// It was stopped. What was done so far is kept.
    #[error("stopped")]
    Cancelled,
    /// The entry carries no file.
    #[error("message [{0}] carries no file")]
    NoFile(proto::ids::Seq),
    /// Only a passphrase opens the file.
    #[error("this file is locked with a passphrase")]
    NeedsPassphrase,
    /// The passphrase does not open the file.
    #[error("the passphrase does not open this file")]
    WrongPassphrase,
    /// What the message says of the file cannot be true.
    #[error("what the message says of the file cannot be true: {0}")]
    BadCard(String),
    /// What came is not the file that was sent. Nothing of it is kept.
    #[error("what came is not the file that was sent: {0}")]
    NotTheFile(String),
    /// What was prepared for sending is not on the disk any more as it was.
    #[error("what was prepared for sending was damaged on disk; send the file again")]
    SpoolDamaged,
    /// No unfinished upload has this id.
    #[error("no unfinished upload begins with {0}")]
    NoSuchUpload(String),
    /// Another program fetches the same file into the same folder.
    #[error("{} is being written by another program", .0.display())]
    Busy(PathBuf),
    /// The folder has too many files of this name.
    #[error("there are too many files called {0} already")]
    TooManyNames(String),
    /// It is no image that can carry a message.
    #[error("it cannot be read as an image with a message: {0}")]
    NotAnImage(String),
    /// A message is hidden with a passphrase that has letters.
    #[error(transparent)]
    EmptyPassphrase(#[from] EmptyPassphrase),
    /// More is to be hidden than is safe, or than there is room for.
    #[error(transparent)]
    Hide(#[from] HideError),
    /// Nothing is hidden in the image, or the passphrase is another: nobody can tell which.
    #[error("nothing is hidden in this image, or the passphrase is another")]
    NothingHidden,
    /// A thread of the program ended before its work.
    #[error("internal: {0}")]
    Internal(String),
}

impl FileError {
    /// Returns whether trying again later can go on where this stopped.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        matches!(self, Self::Server(_) | Self::Unreachable | Self::Cancelled)
    }
}

impl From<RevealError> for FileError {
    fn from(error: RevealError) -> Self {
        match error {
            RevealError::Nothing => Self::NothingHidden,
            RevealError::Read(_) | RevealError::Payload(_) => Self::NotAnImage(error.to_string()),
        }
    }
}

/// Says what was being done to which file when the system refused.
pub(super) fn io_at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { doing, path, source }
}
