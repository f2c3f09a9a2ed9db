//! Entries of a log as JSON objects.

use proto::message::{Content, Entry, HistoryItem, ReactionChange};
use serde::Serialize;

use super::{Object, Seen, hex};
use crate::cli::files::FileWords;
use crate::cli::render::iso_time;

#[derive(Debug, Serialize)]
pub(crate) struct Message<'a> {
    room: &'a str,
    room_id: u64,
    seq: u64,
    at: String,
    at_ms: i64,
    author: &'a str,
    author_id: u64,
    message_id: String,
    #[serde(flatten)]
    what: What<'a>,
    mentions_me: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_by: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reactions: Vec<Reaction<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum What<'a> {
    Text {
        text: &'a str,
        reply_to: Option<u64>,
    },
    Edit {
        target: u64,
        text: &'a str,
    },
    Delete {
        target: u64,
    },
    Reaction {
        target: u64,
        emoji: &'a str,
        added: bool,
    },
    Topic {
        topic: &'a str,
    },
    Created,
    Removed {
        by_id: u64,
    },
    File {
        /// Missing under a passphrase, like the media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        media: Option<&'a str>,
        caption: &'a str,
        /// Missing when no file has the size that the message tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        sealed_size: u64,
        blob: String,
        passphrase: bool,
        reply_to: Option<u64>,
    },
    /// What a device without keys sees.
    Sealed {
        device_id: u64,
        epoch: u64,
    },
    Commit {
        device_id: u64,
        epoch: u64,
    },
    Evict {
        epoch: u64,
    },
}

#[derive(Debug, Serialize)]
struct Reaction<'a> {
    emoji: &'a str,
    count: u32,
    mine: bool,
}

impl<'a> Object<'a> {
    pub(crate) fn entry(entry: &'a Entry, seen: Seen<'a>) -> Self {
        let what = What::of(&entry.content);
        let mentions_me = match what {
            What::Text { text, .. } | What::Edit { text, .. } | What::File { caption: text, .. } => {
                domain::mention::mentions(text, seen.me)
            }
            _ => false,
        };
        Self::Message(Box::new(Message {
            room: seen.room,
            room_id: entry.room.get(),
            seq: entry.seq.get(),
            at: iso_time(entry.at),
            at_ms: entry.at.0,
            author: &entry.author_name,
            author_id: entry.author.get(),
            message_id: hex(entry.message_id),
            what,
            mentions_me,
            live: seen.live,
            edited_by: None,
            reactions: Vec::new(),
        }))
    }

    pub(crate) fn item(item: &'a HistoryItem, seen: Seen<'a>) -> Self {
        let mut object = Self::entry(&item.entry, seen);
        if let Self::Message(message) = &mut object {
            message.edited_by = item.edited_by.map(proto::ids::Seq::get);
            let reactions = item.reactions.iter();
            message.reactions =
                reactions.map(|r| Reaction { emoji: &r.emoji, count: r.count, mine: r.mine }).collect();
        }
        object
    }
}

impl<'a> What<'a> {
    fn of(content: &'a Content) -> Self {
        match content {
            Content::Text { body, reply_to } => {
                Self::Text { text: body, reply_to: reply_to.map(proto::ids::Seq::get) }
            }
            Content::Edit { target, body } => Self::Edit { target: target.get(), text: body },
            Content::Delete { target } => Self::Delete { target: target.get() },
            Content::Reaction { target, emoji, change } => {
                Self::Reaction { target: target.get(), emoji, added: *change == ReactionChange::Add }
            }
            Content::Topic { topic } => Self::Topic { topic },
            Content::Created => Self::Created,
            Content::Removed { by } => Self::Removed { by_id: by.get() },
            Content::Sealed { device, epoch, .. } => {
                Self::Sealed { device_id: device.get(), epoch: epoch.get() }
            }
            Content::Commit { device, epoch, .. } => {
                Self::Commit { device_id: device.get(), epoch: epoch.get() }
            }
            Content::Evict { epoch, .. } => Self::Evict { epoch: epoch.get() },
            Content::File { file, caption, reply_to } => {
                let words = FileWords::of(file);
                Self::File {
                    name: words.name,
                    media: words.media,
                    caption,
                    size: words.size,
                    sealed_size: file.sealed_size.get(),
                    blob: file.blob.to_string(),
                    passphrase: words.name.is_none(),
                    reply_to: reply_to.map(proto::ids::Seq::get),
                }
            }
        }
    }
}
