//! What sealed rooms need beside their log: identities of accounts and devices, key packages, Welcomes, opened messages.

use minicbor::{Decode, Encode};

use crate::bytes::{Bytes, Secret32};
use crate::ids::{
    AccountId, Commitment, DeviceId, Epoch, IdentityKey, MessageId, PublicKey, RoomId, Seq, SignatureKey,
    StampMac, Timestamp, WelcomeId,
};
use crate::limits;
use crate::text::{List, Text};

/// The server's seal on one message: that this account sent it, in this room, at this place and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Stamp {
    /// Which of the server's keys made it.
    #[n(0)]
    pub kid: u32,
    /// The code, which only the server can make and check.
    #[n(1)]
    pub mac: StampMac,
}

/// Why somebody has to go from a sealed room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum EvictWhy {
    /// The account is banned from the server.
    #[n(0)]
    Banned,
    /// The account is banned from the room.
    #[n(1)]
    RoomBanned,
    /// A moderator removed the account from the room.
    #[n(2)]
    Kicked,
    /// The person left.
    #[n(3)]
    Left,
    /// The device's login was ended.
    #[n(4)]
    DeviceRevoked,
    /// The account has another identity key.
    #[n(5)]
    IdentityReplaced,
}

/// An account's identity: one key, and the devices it vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct IdentityCard {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Its name.
    #[n(1)]
    pub name: Text<{ limits::NAME }>,
    /// The identity key; absent while the account has none.
    #[n(2)]
    pub key: Option<IdentityKey>,
    /// Devices with a certificate; for oneself all devices.
    #[n(3)]
    pub devices: List<DeviceIdentity, { limits::DEVICES }>,
}

/// A device as its account's identity knows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DeviceIdentity {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// The key it connects with.
    #[n(1)]
    pub noise_key: PublicKey,
    /// The key it signs with in sealed rooms, once it has named one.
    #[n(2)]
    pub signature_key: Option<SignatureKey>,
    /// What the account's identity key signed for it.
    #[n(3)]
    pub certificate: Option<Bytes<{ limits::CERTIFICATE }>>,
    /// The account's secret, sealed for this device by the one that approved it; only shown to oneself.
    #[n(4)]
    pub parcel: Option<Bytes<{ limits::PARCEL }>>,
    /// Whether it waits for approval; only shown to oneself.
    #[n(5)]
    pub asks: bool,
}

/// A key package of one device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DevicePackage {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// The MLS key package.
    #[n(1)]
    pub package: Bytes<{ limits::KEY_PACKAGE }>,
}

/// A Welcome that waits for the reader's device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WelcomeCard {
    /// Its number, for `DropWelcome`.
    #[n(0)]
    pub id: WelcomeId,
    /// The room it leads into.
    #[n(1)]
    pub room: RoomId,
    /// The epoch that its commit began.
    #[n(2)]
    pub epoch: Epoch,
    /// The place of the commit's entry: the device reads what comes after it.
    #[n(3)]
    pub seq: Seq,
    /// The MLS Welcome.
    #[n(4)]
    pub welcome: Bytes<{ limits::WELCOME }>,
}

/// Welcomes in the order they came.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WelcomePage {
    /// The Welcomes, at least one when any waits.
    #[n(0)]
    pub welcomes: List<WelcomeCard, { limits::PAGE }>,
    /// Whether there are more; they come once these are dropped.
    #[n(1)]
    pub more: bool,
}

/// A message of a sealed room that a reporter opens for the moderators, with what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Opened {
    /// Its place in the room.
    #[n(0)]
    pub seq: Seq,
    /// When the server accepted it.
    #[n(1)]
    pub at: Timestamp,
    /// The epoch it was sent in.
    #[n(2)]
    pub epoch: Epoch,
    /// Who sent it.
    #[n(3)]
    pub account: AccountId,
    /// From which device.
    #[n(4)]
    pub device: DeviceId,
    /// The id the sender gave it.
    #[n(5)]
    pub message_id: MessageId,
    /// The server's stamp on it.
    #[n(6)]
    pub stamp: Stamp,
    /// The key that opens the sender's commitment.
    #[n(7)]
    pub franking_key: Secret32,
    /// What was said, as it was encoded.
    #[n(8)]
    pub body: Bytes<{ limits::OPENED_BODY }>,
    /// The sender's commitment, as the server saw it: with it a report says what is wrong, the text or the stamp.
    #[n(9)]
    pub commitment: Commitment,
    /// Whether it is only there to make the others understood.
    #[n(10)]
    pub context: bool,
}
