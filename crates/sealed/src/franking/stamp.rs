//! The server's stamp: that it took this commitment from this device at this place and time. Only who holds the
//! stamping keys can make or check one.
//!
//! `HMAC-SHA256(key, "chatd/frank/stamp/1\0" | server id[16] | context)`, with the context of 124 bytes `kid u32 |
//! room[16] | seq u64 | milliseconds u64 | epoch u64 | account[16] | device[16] | message id[16] | commitment[32]`.

use hmac::Mac;
use proto::bytes::Secret32;
use proto::ids::{AccountId, Commitment, DeviceId, Epoch, MessageId, RoomId, Seq, StampMac, Timestamp};
use proto::message::Stamp;
use thiserror::Error;

use super::mac;
use crate::{ServerId, id16};

/// Everything that a stamp binds. Account and device come from the session, room and epoch from the message itself,
/// place and time from the log: nothing is a client's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StampInput {
    /// The room.
    pub room: RoomId,
    /// The place in its log.
    pub seq: Seq,
    /// When it was accepted.
    pub at: Timestamp,
    /// The epoch it was sent in.
    pub epoch: Epoch,
    /// Who sent it.
    pub account: AccountId,
    /// From which device.
    pub device: DeviceId,
    /// The id the sender gave it.
    pub message_id: MessageId,
    /// What the sender committed to.
    pub commitment: Commitment,
}

/// Every key that the server stamps or once stamped with, the one in use last. Never empty, numbers ascending.
/// Wiped when dropped, never printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampKeys(Vec<StampKey>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampKey {
    /// Its number, which stands in the stamp.
    pub kid: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// The key.
    pub key: Secret32,
}

/// Why these are no stamping keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StampKeysError {
    /// There is none.
    #[error("there is no stamping key")]
    Empty,
    /// A number does not follow on the one before.
    #[error("stamping key {kid} does not come after key {before}")]
    Order {
        /// The number.
        kid: u32,
        /// The one before.
        before: u32,
    },
}

/// Why a stamp does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StampError {
    /// Made with a key that is not there (any more).
    #[error("the stamp names key {0}, which is not among the stamping keys")]
    UnknownKey(u32),
    /// Not this server's stamp on this.
    #[error("the stamp was not made for this")]
    Forged,
}

impl StampKeys {
    /// Takes the keys, oldest first.
    ///
    /// # Errors
    /// [`StampKeysError`] when there is none or their numbers do not ascend.
    pub fn new(keys: Vec<StampKey>) -> Result<Self, StampKeysError> {
        if keys.is_empty() {
            return Err(StampKeysError::Empty);
        }
        for pair in keys.windows(2) {
            let (before, kid) = (pair[0].kid, pair[1].kid);
            if kid <= before {
                return Err(StampKeysError::Order { kid, before });
            }
        }
        Ok(Self(keys))
    }

    /// Returns a first key. Its number comes from the day, so that keys that were lost and made anew do not pass for
    /// those that were there.
    #[must_use]
    pub fn first(now: Timestamp, key: Secret32) -> Self {
        Self(vec![StampKey { kid: day(now), made_at: now, key }])
    }

    /// Returns the keys with a fresh one in use; those whose last stamp is older than reports are taken are gone.
    #[must_use]
    pub fn rotated(&self, now: Timestamp, key: Secret32) -> Self {
        // A key was in use until the one after it was made.
        let ended = |index: usize| self.0.get(index + 1).map_or(now, |after| after.made_at);
        let oldest = now.plus_ms(-KEEP_MS);
        let kept = (0..self.0.len()).filter(|index| oldest <= ended(*index));
        let mut keys: Vec<StampKey> = kept.map(|index| self.0[index].clone()).collect();
        let kid = day(now).max(self.current().kid.saturating_add(1));
        keys.push(StampKey { kid, made_at: now, key });
        Self(keys)
    }

    /// Returns the key in use.
    #[must_use]
    pub fn current(&self) -> &StampKey {
        self.0.last().expect("stamping keys are never empty")
    }

    /// Returns the key of this number.
    #[must_use]
    pub fn get(&self, kid: u32) -> Option<&StampKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// Whether the key in use has been so for a month.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.current().made_at.plus_ms(ROTATE_MS) <= now
    }

    /// Returns the keys, oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &StampKey> {
        self.0.iter()
    }
}

/// Returns the stamp of this server on this, made with the key in use.
#[must_use]
pub fn stamp(keys: &StampKeys, server: ServerId, input: &StampInput) -> Stamp {
    let key = keys.current();
    let mac = stamping(key, server, input).finalize().into_bytes();
    Stamp { kid: key.kid, mac: StampMac(mac.into()) }
}

/// Checks a stamp, in a time that tells nothing of how far it is right.
///
/// # Errors
/// [`StampError`] when it is not this server's stamp on exactly this.
pub fn verify(
    keys: &StampKeys,
    server: ServerId,
    input: &StampInput,
    stamp: &Stamp,
) -> Result<(), StampError> {
    let key = keys.get(stamp.kid).ok_or(StampError::UnknownKey(stamp.kid))?;
    stamping(key, server, input).verify_slice(&stamp.mac.0).map_err(|_| StampError::Forged)
}

fn stamping(key: &StampKey, server: ServerId, input: &StampInput) -> hmac::Hmac<sha2::Sha256> {
    mac(key.key.reveal(), &[STAMP_LABEL, &server.0, &context(key.kid, input)])
}

/// What the server states about a message.
pub(super) fn context(kid: u32, input: &StampInput) -> [u8; CONTEXT_BYTES] {
    let mut context = [0; CONTEXT_BYTES];
    let parts: [&[u8]; 9] = [
        &kid.to_be_bytes(),
        &id16(input.room.get()),
        &input.seq.get().to_be_bytes(),
        &input.at.0.to_be_bytes(),
        &input.epoch.get().to_be_bytes(),
        &id16(input.account.get()),
        &id16(input.device.get()),
        &input.message_id.0,
        &input.commitment.0,
    ];
    let mut rest = context.as_mut_slice();
    for part in parts {
        let (here, after) = rest.split_at_mut(part.len());
        here.copy_from_slice(part);
        rest = after;
    }
    context
}

/// The number of a day.
fn day(at: Timestamp) -> u32 {
    u32::try_from(at.0 / DAY_MS).unwrap_or(0)
}

const STAMP_LABEL: &[u8; 20] = b"chatd/frank/stamp/1\0";
const CONTEXT_BYTES: usize = 124;
const DAY_MS: i64 = 24 * 3_600_000;
/// How long a key is in use.
const ROTATE_MS: i64 = 30 * DAY_MS;
/// How long after its last stamp a key is kept: as long as reports are taken.
const KEEP_MS: i64 = 400 * DAY_MS;
