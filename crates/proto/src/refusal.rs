//! What a peer is told when something is not done: one closed list of codes, stable over versions.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::limits;
use crate::text::Text;

/// Why a request was not carried out. The number is the wire format and never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Code {
    /// Name, password or code is wrong; which of them is not said.
    #[n(0)]
    BadCredentials,
    /// Too many tries or requests; come back after the time given.
    #[n(1)]
    TooFast,
    /// The account is banned, and an `Appeal` is possible now; only told to somebody who proved to be its owner.
    #[n(2)]
    Banned,
    /// The device's login has ended; log in with password and code.
    #[n(3)]
    LoginNeeded,
    /// The invite is unknown, used up, revoked or past its end.
    #[n(4)]
    BadInvite,
    /// The name cannot be used; the detail says why.
    #[n(5)]
    BadName,
    /// The name is taken, or looks like one that is.
    #[n(6)]
    NameTaken,
    /// The password does not meet the rules; the detail says which.
    #[n(7)]
    WeakPassword,
    /// No such room, or none that this account may know of.
    #[n(8)]
    NoSuchRoom,
    /// No such account.
    #[n(9)]
    NoSuchAccount,
    /// No such entry in this room.
    #[n(10)]
    NoSuchEntry,
    /// Only members of the room can do this.
    #[n(11)]
    NotAMember,
    /// The role does not permit this.
    #[n(12)]
    NotPermitted,
    /// A limit is reached; the detail names it.
    #[n(13)]
    LimitReached,
    /// The text or value is not acceptable; the detail says what is.
    #[n(14)]
    BadInput,
    /// The server cannot do this for the moment: full queue, full disk, shutting down.
    #[n(15)]
    Unavailable,
    /// Something broke on the server; the detail has a number to give to the operator.
    #[n(16)]
    Internal,
    /// The bytes do not follow the protocol; the connection ends.
    #[n(17)]
    Protocol,
    /// Registration is closed, or needs an invite.
    #[n(18)]
    RegistrationClosed,
    /// The message id was used for something else before.
    #[n(19)]
    Conflict,
    /// A moderator took the right to write, here or everywhere; the detail says until when.
    #[n(20)]
    Muted,
    /// The room is in slow mode; come back after the time given.
    #[n(21)]
    SlowMode,
    /// A rule of the moderators refuses this text; the detail says which.
    #[n(22)]
    Filtered,
    /// The server is closed to the sender while it is under attack.
    #[n(23)]
    Raid,
    /// Only staff may write in this room for the moment.
    #[n(24)]
    RoomLocked,
    /// A moderator has yet to approve this account; come back later.
    #[n(25)]
    PendingApproval,
    /// This network is banned; told before anything is known of who connects.
    #[n(26)]
    NetworkBanned,
    /// The account is banned, and an appeal is not possible or was made already; only told to its owner.
    #[n(27)]
    BannedNoAppeal,
    /// The account, or the room, holds as many bytes of files as it may; the detail says which.
    #[n(28)]
    QuotaExceeded,
    /// The file is larger than this server takes.
    #[n(29)]
    TooLarge,
    /// No such upload, or no file that this account may read.
    #[n(30)]
    NoSuchFile,
    /// Moderators hold this file back.
    #[n(31)]
    Quarantined,
    /// What came does not have the hash it was announced with; start again.
    #[n(32)]
    HashMismatch,
    /// The server's disk is nearly full: it takes no files for the moment.
    #[n(33)]
    DiskFull,
    /// The keys of the sealed room have changed meanwhile; the detail names its epoch. Read the log and seal again.
    #[n(34)]
    StaleEpoch,
    /// Somebody has to go from the sealed room first: a member commits the server's proposals, then writing goes on.
    #[n(35)]
    PendingEviction,
    /// The account has no identity, or the device no certificate of it.
    #[n(36)]
    NoIdentity,
    /// The group's rules or the server refuse this MLS message; the detail says why.
    #[n(37)]
    GroupRefused,
}

/// A code, a sentence for people, and when trying again makes sense.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Refusal {
    /// The machine-readable reason.
    #[n(0)]
    pub code: Code,
    /// What was wrong, what was expected, what to do next.
    #[n(1)]
    pub detail: Text<{ limits::DETAIL }>,
    /// Milliseconds after which another try can succeed.
    #[n(2)]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// Returns a refusal with this explanation, cut to what the wire allows.
    #[must_use]
    pub fn new(code: Code, detail: &str) -> Self {
        Self { code, detail: Text::cut(detail), retry_after_ms: None }
    }

    /// Returns the same refusal with the time after which to try again.
    #[must_use]
    pub fn after_ms(mut self, milliseconds: u64) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.detail)
    }
}

impl std::error::Error for Refusal {}
