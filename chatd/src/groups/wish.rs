//! What clients send about sealed rooms, and the head of a message, which the server can read.

use proto::bytes::Bytes;
use proto::ids::{
    AccountId, BlobId, DeviceId, Epoch, IdentityKey, MessageId, RoomId, SignatureKey, Timestamp,
};
use proto::limits;
use proto::refusal::Refusal;
use proto::text::List;
use sealed::franking::read_aad;
use sealed::{group_id, host};
use store::NewSealed;

use super::{Groups, misfit, refused};
use crate::hub::SealedDeed;

/// Something that has to be judged before the hub hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ToJudge {
    Start {
        room: RoomId,
        group_info: Bytes<{ limits::GROUP_INFO }>,
        tree: Bytes<{ limits::MLS_MESSAGE }>,
    },
    Commit {
        room: RoomId,
        message_id: MessageId,
        epoch: Epoch,
        commit: Bytes<{ limits::MLS_MESSAGE }>,
        group_info: Bytes<{ limits::GROUP_INFO }>,
        welcome: Bytes<{ limits::WELCOME }>,
    },
    Identity {
        key: IdentityKey,
        certificate: Bytes<{ limits::CERTIFICATE }>,
        signature_key: SignatureKey,
        replaces: Option<IdentityKey>,
    },
    Approval {
        device: DeviceId,
        certificate: Bytes<{ limits::CERTIFICATE }>,
        parcel: Bytes<{ limits::PARCEL }>,
    },
    KeyPackages {
        packages: List<Bytes<{ limits::KEY_PACKAGE }>, { limits::KEY_PACKAGES }>,
        last_resort: Option<Bytes<{ limits::KEY_PACKAGE }>>,
    },
}

/// A message of a sealed room as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) room: RoomId,
    pub(crate) message_id: MessageId,
    pub(crate) epoch: Epoch,
    pub(crate) message: Bytes<{ limits::MLS_MESSAGE }>,
    pub(crate) blob: Option<BlobId>,
}

/// Compares the head of a message with what is said about it; the rest the server cannot read.
///
/// # Errors
/// A refusal that says what does not fit.
pub(crate) fn message(
    groups: &Groups,
    (account, device): (AccountId, DeviceId),
    Message { room, message_id, epoch, message, blob }: Message,
    at: Timestamp,
) -> Result<SealedDeed, Refusal> {
    let head = host::inspect(&message).map_err(|error| refused(&error))?;
    if head.group != group_id(groups.server, room) {
        return Err(misfit("This message was sealed for another room."));
    }
    if head.epoch != epoch {
        return Err(misfit("This message was sealed in another epoch than it says."));
    }
    let aad =
        read_aad(&head.aad).map_err(|_| misfit("This message does not say what its sender commits to."))?;
    if aad.message_id != message_id {
        return Err(misfit("This message was sealed under another id."));
    }
    let post = NewSealed { room, author: account, device, message_id, epoch, message, blob, at };
    Ok(SealedDeed::Post { post, commitment: aad.commitment })
}
