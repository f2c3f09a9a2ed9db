//! The server's secrets, each kind in its own file outside the database, refused when others can read them.

mod file;
mod franking;

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use domain::checkpoint::{CheckpointKey, CheckpointPublicKey};
use domain::cidr::Cidr;
use domain::network_tag::{NetworkTag, TagKey};
use domain::password::Pepper;
use domain::seal::SealKey;
use domain::totp::Secret20;
use proto::bytes::Secret32;
use proto::ids::{AccountId, PublicKey, RoomId, Seq};
use proto::keys::StaticKey;
use sealed::franking::StampKeys;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

pub use file::{check_private, make_private_folder, write_private};
pub use franking::Franking;

/// What the server must know and the database must not.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The identity that clients pin.
    pub server: StaticKey,
    /// Goes into every password hash and recovery code digest.
    pub pepper: Pepper,
    /// Encrypts TOTP secrets and addresses in the database.
    pub seal: SealKey,
    /// Makes the pseudonyms of networks.
    pub tags: TagKey,
    /// Signs checkpoints of the audit log, and evidence.
    pub audit: CheckpointKey,
    /// Stamps messages of sealed rooms.
    pub franking: Franking,
    /// Signs the removals that the server proposes to sealed rooms.
    pub host: Secret32,
}

/// Why the keys cannot be used, and what to do.
#[derive(Debug, Error)]
pub enum KeyError {
    /// A file that should be there.
    #[error(
        "{} is missing; put it back from your copy of the keys, \
         or start over in an empty folder with \"chatd init\"", .0.display()
    )]
    Missing(PathBuf),
    /// Others can read it.
    #[error("{} can be opened by others (mode {mode:04o}), expected {expected:04o}; run: chmod {expected:o} {}", .path.display(), .path.display())]
    Open {
        /// File or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they must be.
        expected: u32,
    },
    /// Somebody else could change it.
    #[error(
        "{} belongs to uid {owner}, this command runs as uid {me}; run it as that account: sudo -u '#{owner}' ...",
        .path.display()
    )]
    Owner {
        /// File or folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        me: u32,
    },
    /// Not a key of this kind.
    #[error(
        "key file {} does not hold a {kind} key (one line that starts with \"{}\"); \
         put it back from your copy of the keys", .path.display(), file::prefix(.kind)
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        kind: &'static str,
    },
    /// The system refused.
    #[error("{} cannot be {verb}: {source}", .path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What was tried.
        verb: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What somebody needs to verify evidence: nothing that opens a database or lets anybody in.
#[derive(Debug, Clone)]
pub struct Verifier {
    /// Check stamps of sealed rooms.
    pub stamps: StampKeys,
    /// Checks what the server vouched for.
    pub audit: CheckpointPublicKey,
}

impl Verifier {
    /// Reads `franking.key` and `audit.key`; other files need not be there, and none is made.
    ///
    /// # Errors
    /// [`KeyError`] when one is missing, damaged, or can be read by others.
    pub fn load(folder: &Path) -> Result<Self, KeyError> {
        check_private(folder, 0o700)?;
        Ok(Self {
            stamps: franking::read(folder)?,
            audit: CheckpointKey::new(&*file::read(folder, AUDIT)?).public(),
        })
    }
}

impl Keys {
    /// Reads the keys from their folder.
    ///
    /// # Errors
    /// [`KeyError`] when one is missing, damaged, or can be read by others.
    pub fn load(folder: &Path) -> Result<Self, KeyError> {
        check_private(folder, 0o700)?;
        // Installations of before there were checkpoints have no such key; nothing was signed with one.
        file::make_if_missing(folder, AUDIT)?;
        // Nor this one those of before there were sealed rooms, whose members have to know it.
        file::make_if_missing(folder, HOST)?;
        let seal = SealKey::new(*file::read(folder, SEAL)?);
        let server = StaticKey::from_bytes(*file::read(folder, SERVER)?);
        Ok(Self {
            franking: Franking::load(folder, server.public())?,
            server,
            pepper: Pepper::new(*file::read(folder, PEPPER)?),
            tags: TagKey::derive(&seal),
            seal,
            audit: CheckpointKey::new(&*file::read(folder, AUDIT)?),
            host: Secret32::new(*file::read(folder, HOST)?),
        })
    }

    /// Makes the folder and every key that is not there, and reads them all.
    ///
    /// # Errors
    /// [`KeyError`] as for [`Keys::load`], and when something cannot be written.
    pub fn create(folder: &Path) -> Result<Self, KeyError> {
        make_private_folder(folder)?;
        for kind in [SERVER, PEPPER, SEAL, AUDIT, HOST] {
            file::make_if_missing(folder, kind)?;
        }
        Self::load(folder)
    }

    /// Returns the identity that clients pin.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.server.public()
    }

    /// Returns an authenticator secret as the database keeps it.
    #[must_use]
    pub fn seal_totp(&self, account: AccountId, secret: &Secret20) -> Vec<u8> {
        self.seal.seal(TOTP_LABEL, account, secret.expose())
    }

    /// Returns the authenticator secret of a row; `None` when it was sealed with another key or for another account.
    #[must_use]
    pub fn open_totp(&self, account: AccountId, sealed: &[u8]) -> Option<Secret20> {
        let secret = self.seal.open(TOTP_LABEL, account, sealed)?;
        secret.as_slice().try_into().ok().map(Secret20::new)
    }

    /// Returns a network's pseudonym, and the network as the database keeps it for this account.
    #[must_use]
    pub fn seal_network(&self, account: AccountId, network: Cidr) -> (NetworkTag, Vec<u8>) {
        (self.tags.tag(network), self.seal.seal(NETWORK_LABEL, account, &network.to_bytes()))
    }

    /// Returns the network that was kept for this account; `None` when it was sealed with another key or for another.
    #[must_use]
    pub fn open_network(&self, account: AccountId, sealed: &[u8]) -> Option<Cidr> {
        Cidr::from_bytes(&self.seal.open(NETWORK_LABEL, account, sealed)?)
    }

    /// Returns opened evidence as the database keeps it: bound to its author and its place in the room.
    #[must_use]
    pub fn seal_evidence(&self, account: AccountId, room: RoomId, seq: Seq, evidence: &[u8]) -> Vec<u8> {
        self.seal.seal(&evidence_label(room, seq), account, evidence)
    }

    /// Returns the evidence of a row; `None` when it was sealed with another key, for another author or place.
    #[must_use]
    pub fn open_evidence(
        &self,
        account: AccountId,
        room: RoomId,
        seq: Seq,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.seal.open(&evidence_label(room, seq), account, sealed)
    }

    /// Returns what the database remembers of its keys, so that another database's keys are noticed.
    /// The keys are random, so the digest tells nothing about them.
    #[must_use]
    pub fn mark(&self) -> String {
        let mut digest = Sha256::new_with_prefix(b"LiveChat keys mark 1");
        digest.update(self.public().0);
        digest.update(self.pepper.expose());
        digest.update(self.seal.expose());
        HEXLOWER.encode(&digest.finalize())
    }
}

const SERVER: &str = "server";
const PEPPER: &str = "pepper";
const SEAL: &str = "seal";
const AUDIT: &str = "audit";
const HOST: &str = "host";
const FRANKING: &str = "franking";
/// What sealed authenticator secrets are bound to beside their account.
const TOTP_LABEL: &str = "totp";
/// What sealed networks are bound to beside their account.
const NETWORK_LABEL: &str = "network";

/// What opened evidence is bound to beside its author.
fn evidence_label(room: RoomId, seq: Seq) -> String {
    format!("evidence/{room}/{seq}")
}

#[cfg(test)]
mod tests;
