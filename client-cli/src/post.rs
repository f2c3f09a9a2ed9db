//! What a program can post: everything that leaves an entry in a room's log.

use proto::ids::{MessageId, RoomId, Seq};
use proto::message::{Command, FileCard, ReactionChange};
use proto::text::{Text, TooLong};

/// Something that leaves an entry in a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Post {
    /// A message, perhaps in reply to another.
    Text {
        /// The words.
        body: String,
        /// The entry replied to.
        reply_to: Option<Seq>,
    },
    /// Another text for an own message.
    Edit {
        /// The message.
        target: Seq,
        /// The words.
        body: String,
    },
    /// The end of a message.
    Delete {
        /// The message.
        target: Seq,
    },
    /// A reaction, or its end.
    React {
        /// The message.
        target: Seq,
        /// One emoji.
        emoji: String,
        /// Whether it comes or goes.
        change: ReactionChange,
    },
    /// Another topic for the room.
    Topic {
        /// The topic.
        topic: String,
    },
    /// A file that the server has, with some words beside it. [`files::Uploader`](crate::files::Uploader) brings and
    /// posts one.
    File {
        /// What the message says of the file.
        file: Box<FileCard>,
        /// The words; may be empty.
        caption: String,
        /// The entry replied to.
        reply_to: Option<Seq>,
    },
}

impl Post {
    pub(crate) fn into_command(self, room: RoomId, message_id: MessageId) -> Result<Command, TooLong> {
        Ok(match self {
            Self::Text { body, reply_to } => {
                Command::Send { room, message_id, body: Text::new(body)?, reply_to }
            }
            Self::Edit { target, body } => Command::Edit { room, message_id, target, body: Text::new(body)? },
            Self::Delete { target } => Command::Delete { room, message_id, target },
            Self::React { target, emoji, change } => {
                Command::React { room, message_id, target, emoji: Text::new(emoji)?, change }
            }
            Self::Topic { topic } => Command::SetTopic { room, message_id, topic: Text::new(topic)? },
            Self::File { file, caption, reply_to } => {
                Command::SendFile { room, message_id, file: *file, caption: Text::new(caption)?, reply_to }
            }
        })
    }
}

/// Returns a random message id.
///
/// # Panics
/// When the operating system has no random bytes.
#[must_use]
pub fn fresh_message_id() -> MessageId {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    MessageId(bytes)
}
