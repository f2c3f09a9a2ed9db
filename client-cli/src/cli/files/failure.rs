//! How a transfer that did not end well reads, and which exit code it has.

use client_cli::files::FileError;

use crate::cli::exit::{Exit, Failure};

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let (exit, code) = match error {
            FileError::Server(error) => return error.into(),
            FileError::Io { .. } => (Exit::Usage, "file"),
            FileError::NotAFile(_) => (Exit::Usage, "not_a_file"),
            FileError::TooLarge(_) => (Exit::Usage, "too_large"),
            FileError::Busy(_) => (Exit::Usage, "busy"),
            FileError::TooManyNames(_) => (Exit::Usage, "too_many_names"),
            FileError::NoSuchUpload(_) => (Exit::Usage, "no_such_upload"),
            FileError::NeedsPassphrase => (Exit::Usage, "needs_passphrase"),
            FileError::WrongPassphrase => (Exit::Usage, "wrong_passphrase"),
            FileError::SpoolDamaged => (Exit::Usage, "spool_damaged"),
            FileError::NotAnImage(_) => (Exit::Usage, "not_an_image"),
            FileError::EmptyPassphrase(_) => (Exit::Usage, "empty_passphrase"),
            FileError::Hide(_) => (Exit::Usage, "cannot_hide"),
            FileError::NothingHidden => (Exit::Usage, "nothing_hidden"),
            FileError::Internal(_) => (Exit::Usage, "internal"),
            FileError::NoFile(_) => (Exit::Refused, "no_file"),
            FileError::Unreachable => (Exit::Network, "unreachable"),
            FileError::Cancelled => (Exit::Network, "interrupted"),
            FileError::BadCard(_) => (Exit::Network, "bad_card"),
            FileError::NotTheFile(_) => (Exit::Network, "not_the_file"),
        };
        Self::new(exit, code, &error)
    }
}
