//! The audit log: what staff and the server did, as bytes with one form and chained by hashes.
//!
//! The canonical form of an event is the CBOR (RFC 8949, core deterministic encoding) array
//! `[at, actor or null, action, target, detail]`: `at` in milliseconds, `action` and `target` as [`Action`] and
//! [`Target`] number them, `detail` as UTF-8 text. The hash of an event is
//! `SHA-256("livechat/audit/v1\0" || hash of the event before || canonical bytes)`, where the hash before the first is
//! 32 zero bytes. Label and hash have fixed lengths, so no two inputs run together. A changed, moved, inserted or
//! removed event changes every hash after it; an end that was cut off shows when the last hash is known elsewhere.

mod action;

use std::fmt;

use minicbor::{Decode, Encode};
use proto::codec;
use proto::ids::{
    AccountId, AnnouncementId, AppealId, BatchId, DeviceId, FileId, FilterId, HeldId, InviteId, PurgeId,
    ReportId, RoomId, SanctionId, Seq, Timestamp, WebSessionId,
};
use proto::text::Text;
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use action::{ACTIONS, Action};

/// Longest detail of an event in bytes.
pub const DETAIL: usize = 2048;

/// Something that staff or the server did.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AuditEvent {
    /// When, by the server's clock.
    #[n(0)]
    pub at: Timestamp,
    /// Who; nobody is the server itself or its operator at the command line.
    #[n(1)]
    pub actor: Option<AccountId>,
    /// What.
    #[n(2)]
    pub action: Action,
    /// To whom or what.
    #[n(3)]
    pub target: Target,
    /// The reason given and what else is worth knowing; no secrets and no message text.
    #[n(4)]
    pub detail: Text<DETAIL>,
}

/// What an event is about. The number is the stored form and never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(flat)]
pub enum Target {
    /// The server.
    #[n(0)]
    Server,
    /// An account.
    #[n(1)]
    Account(#[n(0)] AccountId),
    /// A device of an account.
    #[n(2)]
    Device(#[n(0)] AccountId, #[n(1)] DeviceId),
    /// A room.
    #[n(3)]
    Room(#[n(0)] RoomId),
    /// Somebody in a room.
    #[n(4)]
    Member(#[n(0)] RoomId, #[n(1)] AccountId),
    /// An entry of a room's log.
    #[n(5)]
    Entry(#[n(0)] RoomId, #[n(1)] Seq),
    /// An invite.
    #[n(6)]
    Invite(#[n(0)] InviteId),
    /// A measure against an account.
    #[n(7)]
    Sanction(#[n(0)] SanctionId, #[n(1)] AccountId),
    /// A report.
    #[n(8)]
    Report(#[n(0)] ReportId),
    /// An appeal against a ban.
    #[n(9)]
    Appeal(#[n(0)] AppealId),
    /// A filter.
    #[n(10)]
    Filter(#[n(0)] FilterId),
    /// A measure against a network. The address itself is never part of an event.
    #[n(11)]
    Network(#[n(0)] SanctionId),
    /// A message that was held.
    #[n(12)]
    Held(#[n(0)] HeldId),
    /// A purge.
    #[n(13)]
    Purge(#[n(0)] PurgeId),
    /// An announcement.
    #[n(14)]
    Announcement(#[n(0)] AnnouncementId),
    /// Measures that were taken together.
    #[n(15)]
    Batch(#[n(0)] BatchId),
    /// A setting; which one is in the detail.
    #[n(16)]
    Setting,
    /// A measure against everybody who came by an invite.
    #[n(17)]
    Lineage(#[n(0)] SanctionId, #[n(1)] InviteId),
    /// A login to the dashboard.
    #[n(18)]
    WebSession(#[n(0)] WebSessionId, #[n(1)] AccountId),
    /// A file in the server's folder.
    #[n(19)]
    File(#[n(0)] FileId),
}

/// The hash of an event and of everything before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainHash(pub [u8; 32]);

/// Where the chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChainError {
    /// This event, or the one before it, was changed, moved, inserted or removed.
    #[error(
        "audit event {index} does not follow from the one before it: something was changed or removed here"
    )]
    Broken {
        /// Which event, counted from 0.
        index: usize,
    },
    /// The chain holds and ends elsewhere than it should.
    #[error(
        "audit log holds for {len} events and does not end where it ended before: its end was cut off or replaced"
    )]
    WrongEnd {
        /// Events that hold.
        len: usize,
    },
}

impl AuditEvent {
    /// Returns the one form of this event as bytes.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads an event back from [`canonical`](Self::canonical) bytes.
    ///
    /// # Errors
    /// [`codec::CodecError`] for every other form.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, codec::CodecError> {
        codec::decode(bytes)
    }
}

impl ChainHash {
    /// The hash before the first event.
    pub const START: Self = Self([0; 32]);

    /// Returns the hash of the event with these canonical bytes, following this one.
    #[must_use]
    pub fn after(self, canonical: &[u8]) -> Self {
        let hash =
            Sha256::new().chain_update(b"livechat/audit/v1\0").chain_update(self.0).chain_update(canonical);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ChainHash({self})")
    }
}

/// Checks stored events (canonical bytes and hash, oldest first) and returns the last hash. With `end`, the chain has
/// to end there: a hash that was kept outside the database shows a cut-off end.
///
/// # Errors
/// [`ChainError`] with the first place that does not hold.
pub fn verify<'a>(
    events: impl IntoIterator<Item = (&'a [u8], ChainHash)>,
    end: Option<ChainHash>,
) -> Result<ChainHash, ChainError> {
    let (mut last, mut len) = (ChainHash::START, 0);
    for (canonical, stored) in events {
        if last.after(canonical) != stored {
            return Err(ChainError::Broken { index: len });
        }
        (last, len) = (stored, len + 1);
    }
    if end.is_some_and(|end| end != last) {
        return Err(ChainError::WrongEnd { len });
    }
    Ok(last)
}

#[cfg(test)]
mod tests;
