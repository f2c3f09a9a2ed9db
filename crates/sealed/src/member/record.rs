//! Rows of the vault, apart from what people see.

use minicbor::{Decode, Encode};
use proto::bytes::{Bytes, Secret32};
use proto::codec;
use proto::ids::{
    AccountId, BlobId, Commitment, DeviceId, Epoch, IdentityKey, MessageId, RoomId, Seq, Timestamp,
};
use proto::limits;
use zeroize::Zeroizing;

use super::{Intent, MemberError, Phase};

/// This device's identity.
#[derive(Clone, Encode, Decode)]
pub(crate) struct Own {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) server: [u8; 16],
    #[n(1)]
    pub(crate) account: AccountId,
    #[n(2)]
    pub(crate) device: DeviceId,
    /// The Ed25519 seed of what the device signs with.
    #[n(3)]
    pub(crate) signature_seed: Secret32,
    /// The account's key: certain once certified, else what the directory said when the device asked.
    #[n(4)]
    pub(crate) identity: IdentityKey,
    #[n(5)]
    pub(crate) certified: Option<Certification>,
}

/// What a certified device has.
#[derive(Clone, Encode, Decode)]
pub(crate) struct Certification {
    #[n(0)]
    pub(crate) account_secret: Secret32,
    #[n(1)]
    pub(crate) certificate: Bytes<{ limits::CERTIFICATE }>,
}

/// The key an account is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Pin {
    /// The key.
    #[n(0)]
    pub key: IdentityKey,
    /// Whether the two people compared their safety number.
    #[n(1)]
    pub verified: bool,
}

/// The private halves of a key package.
#[derive(Encode, Decode)]
pub(crate) struct KeptPackage {
    #[n(0)]
    pub(crate) package: Bytes<{ limits::KEY_PACKAGE }>,
    #[n(1)]
    pub(crate) init_key: Secret32,
    #[n(2)]
    pub(crate) leaf_key: Secret32,
    /// In seconds since 1970.
    #[n(3)]
    pub(crate) expires: u64,
}

/// How far a room is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct RoomRecord {
    #[n(0)]
    pub(crate) phase: Phase,
    /// The last entry that was processed.
    #[n(1)]
    pub(crate) cursor: Seq,
    #[n(2)]
    pub(crate) epoch: Epoch,
    #[n(3)]
    pub(crate) epoch_since: Timestamp,
    /// The place that the next message gets in the outbox; 0 is the commit's.
    #[n(4)]
    pub(crate) next_order: u64,
}

/// What waits for the server.
#[derive(Clone, Encode, Decode)]
#[cbor(flat)]
pub(crate) enum Outgoing {
    #[n(0)]
    Commit {
        #[n(0)]
        message_id: MessageId,
        #[n(1)]
        epoch: Epoch,
        #[n(2)]
        commit: Bytes<{ limits::MLS_MESSAGE }>,
        #[n(3)]
        group_info: Bytes<{ limits::GROUP_INFO }>,
        #[n(4)]
        welcome: Bytes<{ limits::WELCOME }>,
        /// Absent for a commit from outside.
        #[n(5)]
        intent: Option<Intent>,
    },
    #[n(1)]
    Message {
        #[n(0)]
        message_id: MessageId,
        #[n(1)]
        body: Bytes<{ limits::BODY + 2048 }>,
        #[n(2)]
        blob: Option<BlobId>,
        /// Absent while it waits for the next epoch.
        #[n(3)]
        sealed: Option<SealedMessage>,
    },
}

/// A message under the keys of one epoch.
#[derive(Clone, Encode, Decode)]
pub(crate) struct SealedMessage {
    #[n(0)]
    pub(crate) epoch: Epoch,
    #[n(1)]
    pub(crate) message: Bytes<{ limits::MLS_MESSAGE }>,
    #[n(2)]
    pub(crate) franking_key: Secret32,
    #[n(3)]
    pub(crate) commitment: Commitment,
}

/// Returns a row's bytes, wiped when dropped.
pub(crate) fn row<T: Encode<()>>(value: &T) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(codec::encode(value))
}

/// Reads a row that this crate wrote.
pub(crate) fn read<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, MemberError> {
    Ok(minicbor::decode(bytes)?)
}

/// Returns the key of a room's row.
pub(crate) fn room_key(room: RoomId) -> [u8; 8] {
    room.get().to_be_bytes()
}

/// Returns the key of a row that a room has many of.
pub(crate) fn numbered_key(room: RoomId, number: u64) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&room_key(room));
    key[8..].copy_from_slice(&number.to_be_bytes());
    key
}

/// Returns the key of a row under a message's id.
pub(crate) fn message_key(room: RoomId, message_id: MessageId) -> [u8; 24] {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&room_key(room));
    key[8..].copy_from_slice(&message_id.0);
    key
}
