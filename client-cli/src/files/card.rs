//! The card of a file: who can open it, and what it says before anything is fetched.

use attachment::{FileKey, lock};
use proto::bytes::{Bytes, Secret32};
use proto::codec;
use proto::ids::LockSalt;
use proto::message::{FileCard, FileFacts, FileLock};

use super::error::FileError;

/// A file's key and what its sender says of it.
#[derive(Debug, Clone)]
pub struct Opened {
    pub(super) key: FileKey,
    /// What the sender says of the plaintext.
    pub facts: FileFacts,
}

/// Opens a card. With a passphrase this takes a good part of a second on purpose, so keep it off the runtime's thread.
///
/// # Errors
/// [`FileError::NeedsPassphrase`], [`FileError::WrongPassphrase`], or a card that makes no sense.
pub fn open_card(card: &FileCard, passphrase: Option<&str>) -> Result<Opened, FileError> {
    match (&card.lock, passphrase) {
        (FileLock::Key { key, facts }, _) => {
            Ok(Opened { key: FileKey::from_bytes(*key.reveal()), facts: facts.clone() })
        }
        (FileLock::Passphrase { .. }, None) => Err(FileError::NeedsPassphrase),
        (FileLock::Passphrase { salt, card }, Some(passphrase)) => {
            let key = key_of(passphrase, salt)?;
            let said = lock::open_card(&key, card).map_err(|_| FileError::WrongPassphrase)?;
            let facts = codec::decode(&said).map_err(|error| FileError::BadCard(error.to_string()))?;
            Ok(Opened { key, facts })
        }
    }
}

/// Returns the size of a file's content, as its sealed size tells it; nothing when no file is sealed to that size.
#[must_use]
pub fn plain_size(card: &FileCard) -> Option<u64> {
    attachment::plain_len(card.sealed_size.get()).ok()
}

/// How a file is closed, before it is sealed.
pub(super) enum Closing {
    /// Whoever reads the message opens it.
    ForReaders(FileKey),
    /// The passphrase opens it.
    WithPassphrase(FileKey, LockSalt),
}

impl Closing {
    /// Makes a fresh key, or one that belongs to the passphrase and a fresh salt. With a passphrase this takes its time.
    pub(super) fn new(passphrase: Option<&str>) -> Result<Self, FileError> {
        let Some(passphrase) = passphrase else { return Ok(Self::ForReaders(FileKey::random())) };
        let mut salt = [0; lock::SALT];
        getrandom::fill(&mut salt).map_err(|error| FileError::Internal(error.to_string()))?;
        let salt = LockSalt(salt);
        Ok(Self::WithPassphrase(key_of(passphrase, &salt)?, salt))
    }

    /// Returns the key that seals the file.
    pub(super) fn key(&self) -> &FileKey {
        match self {
            Self::ForReaders(key) | Self::WithPassphrase(key, _) => key,
        }
    }

    /// Returns what the message says of how the file is opened.
    pub(super) fn lock(self, facts: FileFacts) -> Result<FileLock, FileError> {
        match self {
            Self::ForReaders(key) => Ok(FileLock::Key { key: Secret32::new(*key.expose()), facts }),
            Self::WithPassphrase(key, salt) => {
                let card = lock::seal_card(&key, &codec::encode(&facts));
                let card = card.map_err(|error| FileError::Internal(error.to_string()))?;
                let card = Bytes::new(card).map_err(|error| FileError::Internal(error.to_string()))?;
                Ok(FileLock::Passphrase { salt, card })
            }
        }
    }
}

fn key_of(passphrase: &str, salt: &LockSalt) -> Result<FileKey, FileError> {
    lock::key_from_passphrase(passphrase, &salt.0).map_err(|error| FileError::Internal(error.to_string()))
}
