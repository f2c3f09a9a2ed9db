//! Why the program failed, and what it tells the shell.

use std::path::PathBuf;

use stego::{EmptyPassphrase, HideError, ReadError, RevealError};
use thiserror::Error;

/// Wrong arguments.
pub(crate) const USAGE: u8 = 64;

/// A failure with words for a person.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} exists; --overwrite replaces it", path = .0.display())]
    Exists(PathBuf),
    #[error("{path} is larger than {1} bytes", path = .0.display())]
    Large(PathBuf, u64),
    #[error("the passphrase could not be read: {0}")]
    Terminal(std::io::Error),
    #[error(transparent)]
    Passphrase(#[from] EmptyPassphrase),
    #[error("the content is no text; --out FILE writes it to a file")]
    Binary,
    #[error(transparent)]
    Hide(#[from] HideError),
    #[error(transparent)]
    Reveal(#[from] RevealError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Failure {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Reveal(RevealError::Nothing) => 2,
            Self::Hide(HideError::Unsafe { .. } | HideError::DoesNotFit { .. }) => 3,
            Self::Read(_) | Self::Hide(HideError::Read(_)) | Self::Reveal(RevealError::Read(_)) => 4,
            Self::Passphrase(_) => USAGE,
            _ => 1,
        }
    }
}
