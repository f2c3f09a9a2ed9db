//! What a person has read in a sealed room, as it stands in the vault.

use minicbor::{Decode, Encode};
use proto::bytes::{Bytes, Secret32};
use proto::ids::{AccountId, BlobId, Commitment, DeviceId, Epoch, MessageId, Seq, Timestamp};
use proto::message::{EvictWhy, Opened, Stamp};

use crate::body::Body;
use crate::leaf::Leaf;

/// One entry of the log, opened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Line {
    /// Its place in the log.
    #[n(0)]
    pub seq: Seq,
    /// When the server accepted it.
    #[n(1)]
    pub at: Timestamp,
    /// Who did it; of an eviction, who has to go.
    #[n(2)]
    pub author: AccountId,
    /// The id its sender gave it.
    #[n(3)]
    pub message_id: MessageId,
    /// What happened.
    #[n(4)]
    pub what: What,
}

/// What happened in a sealed room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum What {
    /// Somebody said something.
    #[n(0)]
    Message {
        #[n(0)]
        device: DeviceId,
        #[n(1)]
        epoch: Epoch,
        #[n(2)]
        body: Body,
        #[n(3)]
        proof: Proof,
        /// The file that came with it.
        #[n(4)]
        blob: Option<BlobId>,
    },
    /// Something that this device cannot read.
    #[n(1)]
    Unreadable {
        #[n(0)]
        device: DeviceId,
        #[n(1)]
        epoch: Epoch,
        #[n(2)]
        why: Why,
    },
    /// Devices came or went.
    #[n(2)]
    Members {
        /// The device that changed it.
        #[n(0)]
        by: Leaf,
        #[n(1)]
        added: Vec<Leaf>,
        #[n(2)]
        removed: Vec<Leaf>,
    },
    /// The server asks for somebody's removal.
    #[n(3)]
    Evicting {
        #[n(0)]
        why: EvictWhy,
    },
    /// It was deleted.
    #[n(4)]
    Deleted {
        #[n(0)]
        by: AccountId,
    },
    /// This device was removed from the room.
    #[n(5)]
    Ended,
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Why {
    /// It was sent before this device came in, or while it was out.
    #[n(0)]
    BeforeJoining,
    /// This device sent it, and its text is not here any more.
    #[n(1)]
    Own,
    /// It does not open, or what is inside makes no sense.
    #[n(2)]
    Broken,
    /// It opens, and was not sent by whom the server names, or could not be reported.
    #[n(3)]
    Forged,
}

/// What proves to the server's moderators that a message was sent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proof {
    /// Opens the commitment.
    #[n(0)]
    pub franking_key: Secret32,
    /// What the sender committed to.
    #[n(1)]
    pub commitment: Commitment,
    /// The server's seal on it.
    #[n(2)]
    pub stamp: Stamp,
}

impl Line {
    /// Returns what a report of this message carries; `None` for anything but a message. Messages that are only there to
    /// make the others understood are marked so by the caller.
    #[must_use]
    pub fn opened(&self) -> Option<Opened> {
        let What::Message { device, epoch, body, proof, .. } = &self.what else { return None };
        Some(Opened {
            seq: self.seq,
            at: self.at,
            epoch: *epoch,
            account: self.author,
            device: *device,
            message_id: self.message_id,
            stamp: proof.stamp,
            franking_key: proof.franking_key.clone(),
            // A body has one encoding, and its sender committed to that one.
            body: Bytes::new(body.encode()).ok()?,
            commitment: proof.commitment,
            context: false,
        })
    }
}
