//! Values between their types and database columns, with damage reported and never guessed away.

use proto::bytes::Bytes;
use proto::ids::{
    AccountId, AnnouncementId, AppealId, BatchId, DeviceId, Epoch, EvictionId, FileId, FilterId, HeldId,
    InviteId, MessageId, NoteId, PublicKey, PurgeId, ReportId, RoomId, SanctionId, Seq, Timestamp,
    WebSessionId, WelcomeId,
};
use proto::message::{EvictWhy, Role, RoomKind};
use proto::text::Text;
use rusqlite::Row;
use rusqlite::types::Type;

use crate::error::StoreError;
use crate::rows::{AccountState, AuditSeq, ChangeSeq, MatchId, MediaId, WebhookId};

/// A type that is stored as one integer.
pub(crate) trait Column: Sized {
    /// Returns the stored form.
    fn column(self) -> i64;
    /// Reads the stored form; `None` is damage.
    fn from_column(number: i64) -> Option<Self>;
}

macro_rules! id_column {
    ($($id:ident),+) => {$(
        impl Column for $id {
            fn column(self) -> i64 {
                i64::try_from(self.get()).expect("ids are at most i64::MAX")
            }
            fn from_column(number: i64) -> Option<Self> {
                u64::try_from(number).ok().and_then(Self::new)
            }
        }
    )+};
}

id_column!(AccountId, DeviceId, InviteId, RoomId, SanctionId, Seq);
id_column!(
    AnnouncementId,
    AppealId,
    BatchId,
    Epoch,
    EvictionId,
    FileId,
    FilterId,
    HeldId,
    NoteId,
    PurgeId,
    ReportId,
    WebSessionId,
    WelcomeId
);

macro_rules! sequence_column {
    ($($name:ident),+) => {$(
        impl Column for $name {
            fn column(self) -> i64 {
                i64::try_from(self.0).unwrap_or(i64::MAX)
            }
            fn from_column(number: i64) -> Option<Self> {
                u64::try_from(number).ok().map(Self)
            }
        }
    )+};
}

sequence_column!(AuditSeq, ChangeSeq, MatchId, MediaId, WebhookId);

impl Column for Timestamp {
    fn column(self) -> i64 {
        self.0
    }
    fn from_column(number: i64) -> Option<Self> {
        Some(Self(number))
    }
}

impl Column for u32 {
    fn column(self) -> i64 {
        i64::from(self)
    }
    fn from_column(number: i64) -> Option<Self> {
        Self::try_from(number).ok()
    }
}

impl Column for u64 {
    fn column(self) -> i64 {
        i64::try_from(self).unwrap_or(i64::MAX)
    }
    fn from_column(number: i64) -> Option<Self> {
        Self::try_from(number).ok()
    }
}

impl Column for Role {
    fn column(self) -> i64 {
        match self {
            Self::Bot => 0,
            Self::Member => 1,
            Self::Auditor => 2,
            Self::Moderator => 3,
            Self::Admin => 4,
            Self::Owner => 5,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Bot, Self::Member, Self::Auditor, Self::Moderator, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.column() == number)
    }
}

impl Column for RoomKind {
    fn column(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Direct => 1,
            Self::Sealed => 2,
            Self::SealedDirect => 3,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Open, Self::Direct, Self::Sealed, Self::SealedDirect]
            .into_iter()
            .find(|kind| kind.column() == number)
    }
}

impl Column for EvictWhy {
    fn column(self) -> i64 {
        match self {
            Self::Banned => 0,
            Self::RoomBanned => 1,
            Self::Kicked => 2,
            Self::Left => 3,
            Self::DeviceRevoked => 4,
            Self::IdentityReplaced => 5,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [
            Self::Banned,
            Self::RoomBanned,
            Self::Kicked,
            Self::Left,
            Self::DeviceRevoked,
            Self::IdentityReplaced,
        ]
        .into_iter()
        .find(|why| why.column() == number)
    }
}

impl Column for AccountState {
    fn column(self) -> i64 {
        match self {
            Self::Active => 0,
            Self::Pending => 1,
            Self::Rejected => 2,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Active, Self::Pending, Self::Rejected].into_iter().find(|state| state.column() == number)
    }
}

/// Reads an integer column as its type.
pub(crate) fn get<T: Column>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let number: i64 = row.get(column)?;
    T::from_column(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// Reads an integer column where 0 stands for nothing.
pub(crate) fn get_option<T: Column>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get(column)? {
        0_i64 => Ok(None),
        number => {
            T::from_column(number).map(Some).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
        }
    }
}

/// Reads an integer column that may have no value at all.
pub(crate) fn get_some<T: Column>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let number: Option<i64> = row.get(column)?;
    let read =
        |number| T::from_column(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number));
    number.map(read).transpose()
}

/// Returns the stored form of something optional: 0 for nothing.
pub(crate) fn or_zero<T: Column>(value: Option<T>) -> i64 {
    value.map_or(0, Column::column)
}

/// Reads a bounded text column.
pub(crate) fn get_text<const MAX: usize>(row: &Row<'_>, column: usize) -> rusqlite::Result<Text<MAX>> {
    let text: String = row.get(column)?;
    Text::new(text).map_err(|error| damaged(column, Type::Text, error))
}

/// Reads bounded bytes.
pub(crate) fn get_bytes<const MAX: usize>(row: &Row<'_>, column: usize) -> rusqlite::Result<Bytes<MAX>> {
    let bytes: Vec<u8> = row.get(column)?;
    Bytes::new(bytes).map_err(|error| damaged(column, Type::Blob, error))
}

/// Reads bounded bytes where none stand for nothing.
pub(crate) fn get_some_bytes<const MAX: usize>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<Bytes<MAX>>> {
    Ok(Some(get_bytes(row, column)?).filter(|bytes| !bytes.is_empty()))
}

/// Reads a message id.
pub(crate) fn get_message_id(row: &Row<'_>, column: usize) -> rusqlite::Result<MessageId> {
    row.get(column).map(MessageId)
}

/// Reads a device key.
pub(crate) fn get_key(row: &Row<'_>, column: usize) -> rusqlite::Result<PublicKey> {
    row.get(column).map(PublicKey)
}

/// Returns the error for a value that this program never writes.
pub(crate) fn damaged(
    column: usize,
    kind: Type,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
}

/// Turns "no row" into `None`, and values this program never writes into [`StoreError::Corrupt`].
pub(crate) fn optional<T>(result: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
