//! Franking: a message of a sealed room carries a commitment to its text that the server stamps without learning the
//! text; whoever got the message can open the commitment to the server later, and nobody can open it to another text.
//!
//! Layouts (big-endian; an id of a room, account or device is 8 zero bytes and its number):
//! authenticated data, in clear beside the ciphertext: `01 | message id[16] | commitment[32]`;
//! envelope, inside the ciphertext: `01 | franking key[32] | body`;
//! commitment: HMAC-SHA256 under the franking key of `"chatd/frank/commit/1" | room[16] | account[16] | device[16] |
//! message id[16] | body`. Everything before the body has a fixed length, so no two messages are the same bytes.

mod stamp;

use hmac::{Hmac, KeyInit, Mac};
use proto::bytes::Secret32;
use proto::ids::{AccountId, Commitment, DeviceId, MessageId, RoomId};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::id16;

pub use stamp::{StampError, StampInput, StampKey, StampKeys, StampKeysError, stamp, verify};

/// How many bytes stand in clear beside a message's ciphertext.
pub const AAD_BYTES: usize = 49;

/// The key that opens one message's commitment: random, known to the room, and to the server only after a report.
/// Wiped when dropped, compared in constant time, never printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrankingKey(Secret32);

/// What a commitment binds beside the text: who says it from which device, where, and under which id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The room.
    pub room: RoomId,
    /// The author.
    pub account: AccountId,
    /// The author's device.
    pub device: DeviceId,
    /// The id that the author gave the message.
    pub message_id: MessageId,
}

/// A message before it is encrypted.
#[derive(Debug, Clone)]
pub struct Franked {
    /// Opens the commitment.
    pub key: FrankingKey,
    /// Goes in clear beside the ciphertext, authenticated with it.
    pub aad: [u8; AAD_BYTES],
    /// Is encrypted.
    pub envelope: Zeroizing<Vec<u8>>,
}

/// What stands in clear beside a ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aad {
    /// The id that the author gave the message.
    pub message_id: MessageId,
    /// The commitment to the text.
    pub commitment: Commitment,
}

/// A message whose commitment opens: it can be shown, and it can be reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Opens the commitment.
    pub key: FrankingKey,
    /// The commitment to the text.
    pub commitment: Commitment,
    /// What was said.
    pub body: Vec<u8>,
}

/// Why a message is not shown: it could not be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrankingError {
    /// What stands in clear is of another form.
    #[error(
        "a message carries {} bytes with version {} beside its ciphertext, not these",
        AAD_BYTES,
        VERSION
    )]
    Aad,
    /// What was encrypted is of another form.
    #[error("the ciphertext holds no franked message of version {}", VERSION)]
    Envelope,
    /// The server's entry and the message name different ids.
    #[error("the server gives the message another id than its author did")]
    OtherMessageId,
    /// The author committed to another text than was sent, or as somebody else.
    #[error("the author's commitment does not open to this text")]
    Unfrankable,
}

impl FrankingKey {
    /// Returns a fresh random key.
    #[must_use]
    pub fn generate() -> Self {
        let mut key = Zeroizing::new([0; 32]);
        // A key that can be guessed would show texts to the server; there is nothing to go on with.
        getrandom::fill(&mut key[..]).expect("the operating system gives random bytes");
        Self::new(*key)
    }

    /// Takes a key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Secret32::new(key))
    }

    /// Takes a key as messages have it.
    #[must_use]
    pub fn from_secret(key: Secret32) -> Self {
        Self(key)
    }

    /// Returns the key as messages have it.
    #[must_use]
    pub fn secret(&self) -> Secret32 {
        self.0.clone()
    }

    /// Returns the key; the caller never logs it.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 32] {
        self.0.reveal()
    }
}

/// Returns what commits to this text under this key.
#[must_use]
pub fn commitment(key: &FrankingKey, origin: &Origin, body: &[u8]) -> Commitment {
    let parts: [&[u8]; 6] = [
        COMMIT_LABEL,
        &id16(origin.room.get()),
        &id16(origin.account.get()),
        &id16(origin.device.get()),
        &origin.message_id.0,
        body,
    ];
    Commitment(mac(key.reveal(), &parts).finalize().into_bytes().into())
}

/// Returns a message under a fresh key: never twice under one, or the server could tell that two texts are the same.
#[must_use]
pub fn seal(origin: &Origin, body: &[u8]) -> Franked {
    let key = FrankingKey::generate();
    let aad = Aad { message_id: origin.message_id, commitment: commitment(&key, origin, body) };
    let mut envelope = Zeroizing::new(Vec::with_capacity(1 + 32 + body.len()));
    envelope.push(VERSION);
    envelope.extend_from_slice(key.reveal());
    envelope.extend_from_slice(body);
    Franked { key, aad: aad.bytes(), envelope }
}

/// Returns a message that came, if its commitment opens to it. The caller has compared the entry's account and device
/// with the leaf that signed.
///
/// # Errors
/// [`FrankingError`]; the message is not shown then.
pub fn receive(origin: &Origin, aad: &[u8], envelope: &[u8]) -> Result<Received, FrankingError> {
    let aad = read_aad(aad)?;
    if aad.message_id != origin.message_id {
        return Err(FrankingError::OtherMessageId);
    }
    let (key, body) = open_envelope(envelope)?;
    if !opens(&key, origin, body, &aad.commitment) {
        return Err(FrankingError::Unfrankable);
    }
    Ok(Received { key, commitment: aad.commitment, body: body.to_vec() })
}

/// Reads what stands in clear beside a ciphertext.
///
/// # Errors
/// [`FrankingError::Aad`] when it has another length or version.
pub fn read_aad(aad: &[u8]) -> Result<Aad, FrankingError> {
    let Some((&[VERSION], rest)) = aad.split_first_chunk::<1>() else { return Err(FrankingError::Aad) };
    let (message_id, commitment) = rest.split_first_chunk::<16>().ok_or(FrankingError::Aad)?;
    let commitment = commitment.try_into().map_err(|_| FrankingError::Aad)?;
    Ok(Aad { message_id: MessageId(*message_id), commitment: Commitment(commitment) })
}

/// Whether a commitment opens to this text, found out in a time that tells nothing.
pub(crate) fn opens(key: &FrankingKey, origin: &Origin, body: &[u8], claimed: &Commitment) -> bool {
    commitment(key, origin, body).0.ct_eq(&claimed.0).into()
}

impl Aad {
    /// Returns the bytes that go beside the ciphertext.
    #[must_use]
    pub fn bytes(&self) -> [u8; AAD_BYTES] {
        let mut bytes = [VERSION; AAD_BYTES];
        bytes[1..17].copy_from_slice(&self.message_id.0);
        bytes[17..].copy_from_slice(&self.commitment.0);
        bytes
    }
}

fn open_envelope(envelope: &[u8]) -> Result<(FrankingKey, &[u8]), FrankingError> {
    let Some((&[VERSION], rest)) = envelope.split_first_chunk::<1>() else {
        return Err(FrankingError::Envelope);
    };
    let (key, body) = rest.split_first_chunk::<32>().ok_or(FrankingError::Envelope)?;
    Ok((FrankingKey::new(*key), body))
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    for part in parts {
        mac.update(part);
    }
    mac
}

const VERSION: u8 = 1;
const COMMIT_LABEL: &[u8; 20] = b"chatd/frank/commit/1";

#[cfg(test)]
mod tests;
