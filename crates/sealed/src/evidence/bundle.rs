//! Evidence as it is kept and handed on: opened messages with what the server found about them.

use minicbor::{Decode, Encode};
use proto::codec;
use proto::ids::{AccountId, PublicKey, ReportId, RoomId, Timestamp};
use proto::limits;
use proto::message::{Opened, ReportCategory, ReportState};
use proto::text::{List, Text};

use super::{CheckLog, examine};
use crate::ServerId;
use crate::franking::StampKeys;

/// Most messages of one report.
pub const EXHIBITS: usize = 500;

/// An opened message with what the server found about it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Exhibit {
    /// Where it was said.
    #[n(0)]
    pub room: RoomId,
    /// The message, with what proves it.
    #[n(1)]
    pub opened: Opened,
    /// What was found when it was reported.
    #[n(2)]
    pub found: CheckLog,
    /// When that was.
    #[n(3)]
    pub examined_at: Timestamp,
}

/// The evidence of one report. Who reported is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Bundle {
    /// The server whose stamps these are.
    #[n(0)]
    pub server: PublicKey,
    /// The report.
    #[n(1)]
    pub report: ReportId,
    /// When it was made.
    #[n(2)]
    pub made_at: Timestamp,
    /// What it is about.
    #[n(3)]
    pub category: ReportCategory,
    /// What the reporter said.
    #[n(4)]
    pub note: Text<{ limits::REASON }>,
    /// How far it is.
    #[n(5)]
    pub state: ReportState,
    /// Whom it is about.
    #[n(6)]
    pub account: Person,
    /// When this was put together.
    #[n(7)]
    pub exported_at: Timestamp,
    /// The messages, in the order of the rooms' logs, each with its author's name of that time.
    #[n(8)]
    pub messages: List<Named, EXHIBITS>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Person {
    /// The account.
    #[n(0)]
    pub id: AccountId,
    /// Its name.
    #[n(1)]
    pub name: Text<{ limits::NAME }>,
}

/// An opened message and what its author is called.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Named {
    /// The author's name when the bundle was put together.
    #[n(0)]
    pub author: Text<{ limits::NAME }>,
    /// The message.
    #[n(1)]
    pub exhibit: Exhibit,
}

impl Exhibit {
    /// Examines the message again, with nothing but the keys.
    #[must_use]
    pub fn examine(&self, keys: &StampKeys, server: ServerId) -> CheckLog {
        examine(keys, server, self.room, &self.opened, None)
    }

    /// Returns it as the database keeps it, before it is encrypted.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`encode`](Self::encode) gave.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        codec::decode(bytes).ok()
    }
}

impl Bundle {
    /// Returns the one form of this evidence as bytes: what is signed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`encode`](Self::encode) gave, and nothing else. It may be longer than a message.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let bundle: Self = minicbor::decode(bytes).ok()?;
        (bundle.encode() == bytes).then_some(bundle)
    }
}
