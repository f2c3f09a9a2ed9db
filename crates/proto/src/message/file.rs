//! What a message says about a file: where its sealed bytes are, and how they are opened.

use minicbor::{Decode, Encode};

use crate::bytes::{Bytes, Secret32};
use crate::ids::{BlobId, ContentHash, FileSize, LockSalt};
use crate::limits;
use crate::text::Text;

/// A file of a message. The server keeps its sealed bytes and never opens them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FileCard {
    /// SHA-256 of the sealed bytes; the server holds them under this name.
    #[n(0)]
    pub blob: BlobId,
    /// How many sealed bytes there are. The format of attachments tells the size of the plaintext from it.
    #[n(1)]
    pub sealed_size: FileSize,
    /// What opens them.
    #[n(2)]
    pub lock: FileLock,
}

/// Who can open a file.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum FileLock {
    /// Whoever reads the message.
    #[n(0)]
    Key {
        #[n(0)]
        key: Secret32,
        #[n(1)]
        facts: FileFacts,
    },
    /// Whoever knows a passphrase besides. The server learns neither name nor kind.
    #[n(1)]
    Passphrase {
        /// Goes with the passphrase into Argon2id.
        #[n(0)]
        salt: LockSalt,
        /// Its `FileFacts`, sealed under the file's key, which comes from the passphrase and the salt.
        #[n(1)]
        card: Bytes<{ limits::CARD_SEALED }>,
    },
}

/// What the sender says of the plaintext. A reader believes only the hash, and that after computing it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FileFacts {
    /// SHA-256 of the plaintext.
    #[n(0)]
    pub plain_sha256: ContentHash,
    /// The file's name without a path.
    #[n(1)]
    pub name: Text<{ limits::FILE_NAME }>,
    /// The media type, such as `image/png`; may be empty.
    #[n(2)]
    pub media: Text<{ limits::MEDIA_TYPE }>,
}

impl FileLock {
    /// Returns the file's name, if whoever reads the message may know it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Key { facts, .. } => Some(&facts.name),
            Self::Passphrase { .. } => None,
        }
    }
}
