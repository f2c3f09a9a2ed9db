//! What a report from a sealed room proves: each opened message is examined, and every check tells its own result.
//!
//! Who holds the stamping keys learns from it that this account sent this text from this device, in this room, at this
//! place and time. Nobody else learns anything: a stamp looks like random bytes to them.

mod bundle;
mod file;

use minicbor::{Decode, Encode};
use proto::ids::{AccountId, BlobId, DeviceId, Epoch, MessageId, RoomId, Timestamp};
use proto::message::{Opened, Stamp};
use proto::text::List;

use crate::franking::{self, FrankingKey, Origin, StampError, StampInput, StampKeys};
use crate::{Body, ServerId};

pub use bundle::{Bundle, EXHIBITS, Exhibit, Named, Person};
pub use file::{EvidenceFile, FormError, SIGNATURE};

/// What is checked of an opened message, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Check {
    /// The reporter had a device in the room at this place.
    #[n(0)]
    Membership,
    /// The stamp names a key that the server has.
    #[n(1)]
    Key,
    /// The server stamped this commitment by this device at this place and time.
    #[n(2)]
    Stamp,
    /// The commitment opens to this text and no other.
    #[n(3)]
    Commitment,
    /// The room's log says the same.
    #[n(4)]
    Log,
    /// What was opened is a message.
    #[n(5)]
    Body,
    /// The file that the message names is the one that the server was given with it.
    #[n(6)]
    File,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Outcome {
    /// It is so.
    #[n(0)]
    Held,
    /// It is not so.
    #[n(1)]
    Failed,
    /// There is nothing to compare with.
    #[n(2)]
    NothingToCompare,
}

/// What every check found about one message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct CheckLog(#[n(0)] List<Finding, { Check::ALL.len() }>);

/// What one check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Finding {
    /// What was checked.
    #[n(0)]
    pub check: Check,
    /// The result.
    #[n(1)]
    pub outcome: Outcome,
}

/// What the server knows beside what it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether the reporter had a device in the room at this place.
    pub was_member: bool,
    /// The entry at this place; `None` when it was removed since.
    pub logged: Option<Logged>,
}

/// A sealed entry of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// Who sent it.
    pub account: AccountId,
    /// From which device.
    pub device: DeviceId,
    /// In which epoch.
    pub epoch: Epoch,
    /// When it was accepted.
    pub at: Timestamp,
    /// The id the sender gave it.
    pub message_id: MessageId,
    /// The stamp it got.
    pub stamp: Stamp,
    /// The file it brought.
    pub blob: Option<BlobId>,
}

/// Examines one opened message of a room. Without facts, as far from the database, those checks have nothing to compare.
#[must_use]
pub fn examine(
    keys: &StampKeys,
    server: ServerId,
    room: RoomId,
    opened: &Opened,
    facts: Option<&Facts>,
) -> CheckLog {
    let stamped = franking::verify(keys, server, &stamped(room, opened), &opened.stamp);
    let body = Body::decode(&opened.body);
    let outcome = |check| match check {
        Check::Membership => facts.map_or(Outcome::NothingToCompare, |facts| of(facts.was_member)),
        Check::Key => of(!matches!(stamped, Err(StampError::UnknownKey(_)))),
        Check::Stamp => match stamped {
            Ok(()) => Outcome::Held,
            Err(StampError::UnknownKey(_)) => Outcome::NothingToCompare,
            Err(StampError::Forged) => Outcome::Failed,
        },
        Check::Commitment => of(commits(room, opened)),
        Check::Log => logged(facts).map_or(Outcome::NothingToCompare, |logged| of(agrees(logged, opened))),
        Check::Body => of(body.is_ok()),
        Check::File => {
            let named = body.as_ref().ok().and_then(blob_of);
            match logged(facts) {
                Some(Logged { blob: brought, .. }) if named.is_some() || brought.is_some() => {
                    of(named == *brought)
                }
                _ => Outcome::NothingToCompare,
            }
        }
    };
    let findings = Check::ALL.map(|check| Finding { check, outcome: outcome(check) });
    CheckLog(List::new(findings.to_vec()).expect("there is one finding for each check"))
}

impl Check {
    /// Every check, in order.
    pub const ALL: [Self; 7] =
        [Self::Membership, Self::Key, Self::Stamp, Self::Commitment, Self::Log, Self::Body, Self::File];

    /// Whether a message is refused when this does not hold. A file that is not the named one speaks against the
    /// sender, who alone could bring that about: refusing it would make such messages safe from reports.
    #[must_use]
    pub const fn refuses(self) -> bool {
        !matches!(self, Self::File)
    }

    /// Returns the word for it, in files and on pages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Membership => "membership",
            Self::Key => "key",
            Self::Stamp => "stamp",
            Self::Commitment => "commitment",
            Self::Log => "log",
            Self::Body => "message",
            Self::File => "file",
        }
    }

    /// Returns what is so when it holds.
    #[must_use]
    pub const fn claim(self) -> &'static str {
        match self {
            Self::Membership => "the reporter was in the room when it was said",
            Self::Key => "the server has the key of its stamp",
            Self::Stamp => "the server stamped it for this person and device, at this place and time",
            Self::Commitment => "the sender committed to exactly this text",
            Self::Log => "the room's log says the same",
            Self::Body => "what was opened is a message",
            Self::File => "the file it names is the one the server was given with it",
        }
    }

    /// Returns what is wrong when it does not hold.
    #[must_use]
    pub const fn complaint(self) -> &'static str {
        match self {
            Self::Membership => "you were not in the room when it was said",
            Self::Key => "the server no longer has the key of its stamp",
            Self::Stamp => {
                "the server's stamp is for another message, or for another person, device, place or time"
            }
            Self::Commitment => "its text is not the one that the sender committed to",
            Self::Log => "the room's log says something else of it",
            Self::Body => "what was opened is no message",
            Self::File => "the file it names is not the one the server was given with it",
        }
    }
}

impl Outcome {
    /// Returns the word for it, in files and on pages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Failed => "failed",
            Self::NothingToCompare => "nothing to compare",
        }
    }
}

impl CheckLog {
    /// Returns every finding, in the order of the checks.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Finding> {
        self.0.iter().copied()
    }

    /// Returns the first check for which a report is refused.
    #[must_use]
    pub fn refusal(&self) -> Option<Check> {
        self.iter()
            .find(|finding| finding.outcome == Outcome::Failed && finding.check.refuses())
            .map(|finding| finding.check)
    }

    /// Returns what a check found; one that is not in an older log had nothing to compare.
    #[must_use]
    pub fn of(&self, check: Check) -> Outcome {
        self.iter()
            .find(|finding| finding.check == check)
            .map_or(Outcome::NothingToCompare, |finding| finding.outcome)
    }
}

/// What the stamp on an opened message was made for, as the reporter claims.
fn stamped(room: RoomId, opened: &Opened) -> StampInput {
    StampInput {
        room,
        seq: opened.seq,
        at: opened.at,
        epoch: opened.epoch,
        account: opened.account,
        device: opened.device,
        message_id: opened.message_id,
        commitment: opened.commitment,
    }
}

fn commits(room: RoomId, opened: &Opened) -> bool {
    let Opened { account, device, message_id, .. } = *opened;
    let origin = Origin { room, account, device, message_id };
    let key = FrankingKey::from_secret(opened.franking_key.clone());
    franking::opens(&key, &origin, &opened.body, &opened.commitment)
}

fn logged(facts: Option<&Facts>) -> Option<&Logged> {
    facts?.logged.as_ref()
}

fn agrees(logged: &Logged, opened: &Opened) -> bool {
    let claimed = Logged {
        account: opened.account,
        device: opened.device,
        epoch: opened.epoch,
        at: opened.at,
        message_id: opened.message_id,
        stamp: opened.stamp,
        blob: logged.blob,
    };
    *logged == claimed
}

fn blob_of(body: &Body) -> Option<BlobId> {
    match body {
        Body::File { card, .. } => Some(card.blob),
        _ => None,
    }
}

fn of(is_so: bool) -> Outcome {
    if is_so { Outcome::Held } else { Outcome::Failed }
}

#[cfg(test)]
mod tests;
