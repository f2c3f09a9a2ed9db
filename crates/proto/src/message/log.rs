//! Entries of a room's log.

use minicbor::{Decode, Encode};

use super::command::ReactionChange;
use super::file::FileCard;
use super::sealed::{EvictWhy, Stamp};
use crate::bytes::Bytes;
use crate::ids::{AccountId, BlobId, DeviceId, Epoch, MessageId, RoomId, Seq, Timestamp};
use crate::limits;
use crate::text::{List, Text};

/// One line of a room's log. Everybody gets the same entries with the same numbers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// The room.
    #[n(0)]
    pub room: RoomId,
    /// Its place in the room, without gaps.
    #[n(1)]
    pub seq: Seq,
    /// When the server accepted it.
    #[n(2)]
    pub at: Timestamp,
    /// Who did it.
    #[n(3)]
    pub author: AccountId,
    /// Their name at the time of reading.
    #[n(4)]
    pub author_name: Text<{ limits::NAME }>,
    /// The id the author's client gave it.
    #[n(5)]
    pub message_id: MessageId,
    /// What happened.
    #[n(6)]
    pub content: Content,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Content {
    /// A message.
    #[n(0)]
    Text {
        #[n(0)]
        body: Text<{ limits::BODY }>,
        #[n(1)]
        reply_to: Option<Seq>,
    },
    /// The text of `target` is now this.
    #[n(1)]
    Edit {
        #[n(0)]
        target: Seq,
        #[n(1)]
        body: Text<{ limits::BODY }>,
    },
    /// The text of `target` is gone.
    #[n(2)]
    Delete {
        #[n(0)]
        target: Seq,
    },
    /// A reaction to `target`.
    #[n(3)]
    Reaction {
        #[n(0)]
        target: Seq,
        #[n(1)]
        emoji: Text<{ limits::EMOJI }>,
        #[n(2)]
        change: ReactionChange,
    },
    /// The room's topic is now this.
    #[n(4)]
    Topic {
        #[n(0)]
        topic: Text<{ limits::TOPIC }>,
    },
    /// The room was made.
    #[n(5)]
    Created,
    /// Stands where a message, an edit or a file was before it was deleted.
    #[n(6)]
    Removed {
        /// Who removed it.
        #[n(0)]
        by: AccountId,
    },
    /// A file.
    #[n(7)]
    File {
        #[n(0)]
        file: FileCard,
        /// What the sender wrote beside it; may be empty.
        #[n(1)]
        caption: Text<{ limits::BODY }>,
        #[n(2)]
        reply_to: Option<Seq>,
    },
    /// Something that only the members of a sealed room can read.
    #[n(8)]
    Sealed {
        /// The device that sent it.
        #[n(0)]
        device: DeviceId,
        /// The epoch whose keys open it.
        #[n(1)]
        epoch: Epoch,
        /// The MLS message.
        #[n(2)]
        message: Bytes<{ limits::MLS_MESSAGE }>,
        /// The file it brings.
        #[n(3)]
        blob: Option<BlobId>,
        /// The server's stamp, for a report.
        #[n(4)]
        stamp: Stamp,
    },
    /// The members or keys of a sealed room changed: what follows belongs to the next epoch.
    #[n(9)]
    Commit {
        /// The device that committed.
        #[n(0)]
        device: DeviceId,
        /// The epoch it ends.
        #[n(1)]
        epoch: Epoch,
        /// The MLS commit.
        #[n(2)]
        message: Bytes<{ limits::MLS_MESSAGE }>,
    },
    /// The author has to go from this sealed room. Nobody can write here until a member commits these proposals.
    #[n(10)]
    Evict {
        /// The epoch they belong to.
        #[n(0)]
        epoch: Epoch,
        /// MLS proposals of the server, one for each device.
        #[n(1)]
        proposals: List<Bytes<{ limits::PROPOSAL }>, { limits::PROPOSALS }>,
        #[n(2)]
        why: EvictWhy,
    },
}

/// An entry of an older page with what later entries made of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HistoryItem {
    /// The entry; an edited message carries its latest text.
    #[n(0)]
    pub entry: Entry,
    /// The edit whose text it carries.
    #[n(1)]
    pub edited_by: Option<Seq>,
    /// Reactions as they stand.
    #[n(2)]
    pub reactions: List<ReactionCount, { limits::REACTIONS }>,
}

/// How often an emoji stands under an entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReactionCount {
    /// The emoji.
    #[n(0)]
    pub emoji: Text<{ limits::EMOJI }>,
    /// By how many people.
    #[n(1)]
    pub count: u32,
    /// Whether the reader is one of them.
    #[n(2)]
    pub mine: bool,
}
