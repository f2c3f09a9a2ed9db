//! Ids: every id is its own type, so a room never stands where an account is meant.

use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::limits;

/// Declares a numeric id: positive on the wire and small enough for a signed database column.
macro_rules! numeric_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// Returns the id with this number, if it is within 0 and `i64::MAX`.
            pub const fn new(number: u64) -> Option<Self> {
                if number <= i64::MAX as u64 { Some(Self(number)) } else { None }
            }

            /// Returns the number behind the id.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(
                &self,
                encoder: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), encode::Error<W::Error>> {
                encoder.u64(self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                Self::new(decoder.u64()?).ok_or_else(|| decode::Error::message("number is above 2^63 - 1"))
            }
        }
    )+};
}

numeric_id! {
    /// A person or bot: one name, one password, many devices.
    AccountId,
    /// One installation of a client, known by its Noise static key.
    DeviceId,
    /// A room: an append-only log and its members.
    RoomId,
    /// The place of an entry in its room's log; the first is 1, 0 means "before the first".
    Seq,
    /// An invite that lets somebody register.
    InviteId,
    /// A ban, mute or other measure against an account, a device, a network or an invite's lineage.
    SanctionId,
    /// What somebody told the moderators about messages or an account.
    ReportId,
    /// A banned person's request to look at the ban again.
    AppealId,
    /// A word, pattern or link rule that messages are judged by.
    FilterId,
    /// A message that waits for a moderator's decision.
    HeldId,
    /// A removal of everything somebody wrote in a stretch of time.
    PurgeId,
    /// A line that everybody is shown until it ends.
    AnnouncementId,
    /// Measures that were taken together and can be undone together.
    BatchId,
    /// A moderator's remark beside an account, a report or a measure.
    NoteId,
    /// A login to the dashboard.
    WebSessionId,
    /// The sealed bytes of a file in the server's folder.
    FileId,
    /// A Welcome that waits for a device to fetch it.
    WelcomeId,
    /// The removal of a device or an account from a sealed room, from the measure to the commit.
    EvictionId,
    /// How often the keys of a sealed room have changed; a new group starts at 0.
    Epoch,
}

impl Seq {
    /// The place before the first entry.
    pub const START: Self = Self(0);

    /// Returns the place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Epoch {
    /// The epoch of a new group.
    pub const START: Self = Self(0);

    /// Returns the epoch that a commit in this one begins.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A client's number for a request on one connection; the answer carries it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct RequestId(#[n(0)] pub u32);

/// A random id the sender gives an entry, so that sending it again after a lost answer does not double it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct MessageId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// A Noise static public key (X25519): a device's or a server's identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct PublicKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// Declares an id of random-looking bytes, whose text is hexadecimal.
macro_rules! byte_id {
    ($($(#[$doc:meta])* $name:ident($length:literal)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; $length]);

        impl $name {
            /// Reads the hexadecimal text, in lower case.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({})", stringify!($name), data_encoding::HEXLOWER.encode(&self.0[..4]))
            }
        }
    )+};
}

byte_id! {
    /// The sealed bytes of a file, by their SHA-256.
    BlobId(32),
    /// The SHA-256 of a file's plaintext.
    ContentHash(32),
    /// The salt that a file's passphrase is hashed with.
    LockSalt(16),
    /// The key that vouches for the devices of an account (Ed25519, the public half).
    IdentityKey(32),
    /// The key a device signs with in sealed rooms (Ed25519, the public half).
    SignatureKey(32),
    /// The code of the server's stamp on a sealed message.
    StampMac(32),
    /// What the sender of a sealed message committed to: only one text and key open it.
    Commitment(32),
}

/// The size of a sealed file: 1 to [`limits::FILE_BYTES`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileSize(u64);

impl FileSize {
    /// Returns the size, if a file may have it.
    #[must_use]
    pub const fn new(bytes: u64) -> Option<Self> {
        if 0 < bytes && bytes <= limits::FILE_BYTES { Some(Self(bytes)) } else { None }
    }

    /// Returns the number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<C> Encode<C> for FileSize {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.u64(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for FileSize {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Self::new(decoder.u64()?).ok_or_else(|| decode::Error::message("no file has this size"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", data_encoding::HEXLOWER.encode(&self.0[..4]))
    }
}

/// Milliseconds since 1970 in UTC, as the server's clock said it. Never used to order entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub i64);

impl Timestamp {
    /// Returns this time moved by `milliseconds`, stopping at the ends of the range.
    #[must_use]
    pub const fn plus_ms(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}
