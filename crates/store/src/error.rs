//! Everything that can go wrong in the store, as callers match on it.

use std::fmt;
use std::path::{Path, PathBuf};

use domain::filter::PatternError;
use domain::report::Refused;
use domain::sanction::{Invalid, TooWide};
use domain::settings::SettingError;
use proto::ids::{Epoch, Seq};
use rusqlite::ErrorCode;
use rusqlite::ffi;
use thiserror::Error;

/// Why the store did not do something. The first group is for the person who asked, the second for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// There is no such account, device, room, invite or sanction, or none the reader may know of.
    #[error("no such {what}")]
    NotFound {
        /// What was looked for, as a word.
        what: &'static str,
    },
    /// The name, or one that looks like it, belongs to another account.
    #[error("the name is taken, or looks like one that is")]
    NameTaken,
    /// The name, or one that looks like it, belongs to another room.
    #[error("the room name is taken, or looks like one that is")]
    RoomNameTaken,
    /// The invite is unknown, used up, revoked or past its end.
    #[error("the invite is unknown, used up, revoked or past its end")]
    BadInvite,
    /// The time step or recovery code was used before, or there is no such recovery code.
    #[error("the code was used before or does not exist")]
    CodeUsed,
    /// The device's login was ended for good.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// The device key belongs to another account.
    #[error("the device key belongs to another account")]
    DeviceTaken,
    /// The account is banned from the server.
    #[error("the account is banned")]
    Banned,
    /// The account waits for a moderator's approval, or was refused.
    #[error("the account is not approved")]
    Pending,
    /// The account is muted or in a time-out, here or everywhere.
    #[error("the account is muted")]
    Muted,
    /// Only staff write in this room.
    #[error("the room is locked")]
    RoomLocked,
    /// Somebody else changed it first.
    #[error("somebody else changed this meanwhile (it is at version {now})")]
    Stale {
        /// The version it has.
        now: u64,
    },
    /// The measure would hit the person who takes it.
    #[error("this would lock you out yourself")]
    SelfLockout,
    /// The act needs a fresh proof of identity.
    #[error("this needs a fresh proof of identity")]
    StepUpNeeded,
    /// The network is too wide to be banned.
    #[error("{0}")]
    TooWide(TooWide),
    /// The measure is none that exists.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The end is before the start.
    #[error("the end has passed already")]
    InThePast,
    /// The report is not in a state for this.
    #[error("{0}")]
    Report(#[from] Refused),
    /// A message that somebody opened for a report is not proven.
    #[error("message {seq} is not taken: {why}")]
    Unproven {
        /// Its place.
        seq: Seq,
        /// What does not hold.
        why: &'static str,
    },
    /// The pattern of a filter cannot be used.
    #[error("{0}")]
    Filter(#[from] PatternError),
    /// The value is none this setting can have.
    #[error("{0}")]
    Setting(#[from] SettingError),
    /// A limit is reached.
    #[error("too many {what}, the limit is {max}")]
    TooMany {
        /// What there are too many of, in plural.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// Only members of the room can do this.
    #[error("not a member of the room")]
    NotAMember,
    /// Nobody may do this, or not with this power.
    #[error("not permitted")]
    NotPermitted,
    /// There is no such entry in this room, or it is not a message, or its text is gone.
    #[error("no such entry")]
    NoSuchEntry,
    /// The account or the room holds as many bytes of files as it may.
    #[error("{whose} may hold {mib} MiB of files")]
    QuotaExceeded {
        /// Whose quota it is.
        whose: &'static str,
        /// The quota.
        mib: u32,
    },
    /// The file is larger than the server takes.
    #[error("a file may have {mib} MiB")]
    TooLarge {
        /// The limit.
        mib: u32,
    },
    /// No such upload or file, or none this account may read or show.
    #[error("no such file")]
    NoSuchFile,
    /// Moderators hold the file back.
    #[error("the file is held back")]
    Quarantined,
    /// The message id was used for something else before.
    #[error("the message id was used for something else")]
    Conflict,
    /// The sealed room is in another epoch, or has no group.
    #[error("the sealed room is in epoch {now}")]
    StaleEpoch {
        /// The epoch it is in.
        now: Epoch,
    },
    /// Somebody has to go from the sealed room before anything else happens there.
    #[error("somebody has to go from the sealed room first")]
    PendingEviction,
    /// The account has no identity, or the device no certificate of it.
    #[error("there is no identity for sealed rooms")]
    NoIdentity,
    /// The sealed room cannot be changed like this.
    #[error("{why}")]
    GroupRefused {
        /// What stands against it.
        why: &'static str,
    },

    /// The write queue is full, or the store is closed.
    #[error("the write queue is full or closed")]
    QueueFull,
    /// The disk is full. Nothing was acknowledged, reads go on, and writes work again once there is space.
    #[error("the disk is full; free some space, writing goes on by itself")]
    Full,
    /// Another process held the database for longer than the busy timeout.
    #[error("another process keeps the database locked")]
    Busy,
    /// A read took longer than it may.
    #[error("the query took too long and was stopped")]
    TooSlow,
    /// The disk failed while writing; nothing more is written until the process starts again.
    #[error("the disk failed ({why}); writing has stopped, check the disk and start again")]
    Broken {
        /// What SQLite said.
        why: String,
    },
    /// The structure of the file is damaged; nothing more is written to it.
    #[error("the database is damaged ({what}); stop the server and restore the newest backup")]
    Corrupt {
        /// What was found and where.
        what: String,
    },
    /// One stored value is not what was written; the rest of the file is sound.
    #[error("a stored value has changed on disk ({what}); restore the newest backup to get it back")]
    Damaged {
        /// Which value.
        what: String,
    },
    /// A newer version of the program has migrated the file.
    #[error("the database has schema {found}, this program knows up to {known}; install the newer version")]
    NewerSchema {
        /// The file's schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// The file is not a database of this program.
    #[error("{path:?} is not a LiveChat database ({why}); check the path, or restore the newest backup")]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        why: String,
    },
    /// There is no file at this place.
    #[error("there is no database at {path:?}")]
    Missing {
        /// The place.
        path: PathBuf,
    },
    /// The file or its folder cannot be used.
    #[error("cannot use {path:?}: {why}")]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// A write job panicked; its transaction part was undone.
    #[error("the job panicked and was undone")]
    Panicked,
    /// Something SQLite refused that no rule above expects.
    #[error("the database refused: {0}")]
    Other(String),
}

impl StoreError {
    /// Returns the error for a path and what the system said about it.
    pub(crate) fn unusable(path: &Path, why: impl fmt::Display) -> Self {
        Self::Unusable { path: path.to_owned(), why: why.to_string() }
    }

    /// Takes what SQLite cannot make sense of for damage: where nothing but our own statements runs on our own tables.
    pub(crate) fn into_damage(self) -> Self {
        match self {
            Self::Other(what) => Self::Corrupt { what },
            other => other,
        }
    }

    /// Whether it is about the whole database and not about one job.
    pub(crate) fn is_global(&self) -> bool {
        matches!(self, Self::Full | Self::Busy | Self::Broken { .. } | Self::Corrupt { .. })
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let why = match &error {
            // Its text would repeat the whole statement.
            rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
            other => other.to_string(),
        };
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return if is_damage(&error) { Self::Damaged { what: why } } else { Self::Other(why) };
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            // The index of the log could not grow: what a full disk looks like there.
            ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
            ErrorCode::SystemIoFailure => Self::Broken { why },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::OperationInterrupted => Self::TooSlow,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt { what: why },
            _ => Self::Other(why),
        }
    }
}

/// Whether SQLite could read a value but it is none this program writes.
fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    )
}
