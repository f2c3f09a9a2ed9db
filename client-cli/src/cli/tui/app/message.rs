//! One message of a log as it is shown: its texts are made harmless once, when it comes.

use domain::text::{term_safe, term_safe_lines};
use proto::ids::{AccountId, MessageId, Seq, Timestamp};
use proto::message::{Content, Entry, FileCard, HistoryItem};

use crate::cli::files::FileWords;
use crate::cli::render::{clock_time, day, mentions};

/// A message of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) seq: Seq,
    pub(crate) id: MessageId,
    pub(crate) at: Timestamp,
    pub(crate) author: AccountId,
    pub(crate) name: String,
    pub(crate) what: What,
    pub(crate) reply_to: Option<Seq>,
    pub(crate) edited: bool,
    /// It calls the reader by name.
    pub(crate) calls: bool,
    pub(crate) reactions: Vec<Reaction>,
    /// The time of day and the day, for reading.
    pub(crate) clock: String,
    pub(crate) day: String,
}

/// What somebody said or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Said(String),
    /// `/me waves`.
    Does(String),
    File {
        card: Box<FileCard>,
        words: String,
        caption: String,
    },
    /// Something that is no message: a topic, a room that was made.
    Event(String),
    Removed,
}

/// An emoji under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub(crate) emoji: String,
    pub(crate) count: u32,
    pub(crate) mine: bool,
}

impl Message {
    /// Returns an entry that stands for itself; nothing for one that only changes another.
    pub(crate) fn of(entry: &Entry, me: &str) -> Option<Self> {
        let (what, reply_to) = match &entry.content {
            Content::Text { body, reply_to } => (said(body), *reply_to),
            Content::File { file, caption, reply_to } => {
                let words = FileWords::of(file).to_string();
                let caption = term_safe_lines(caption).into_owned();
                (What::File { card: Box::new(file.clone()), words, caption }, *reply_to)
            }
            Content::Topic { topic } if topic.is_empty() => {
                (What::Event("removed the topic".to_owned()), None)
            }
            Content::Topic { topic } => (What::Event(format!("set the topic: {}", term_safe(topic))), None),
            Content::Created => (What::Event("made the room".to_owned()), None),
            Content::Removed { .. } => (What::Removed, None),
            Content::Sealed { .. } => {
                (What::Event("said something sealed, and this device keeps no keys".to_owned()), None)
            }
            Content::Edit { .. }
            | Content::Delete { .. }
            | Content::Reaction { .. }
            | Content::Commit { .. }
            | Content::Evict { .. } => return None,
        };
        Some(Self {
            seq: entry.seq,
            id: entry.message_id,
            at: entry.at,
            author: entry.author,
            name: term_safe(&entry.author_name).into_owned(),
            what,
            reply_to,
            edited: false,
            calls: mentions(entry, me),
            reactions: Vec::new(),
            clock: clock_time(entry.at),
            day: day(entry.at),
        })
    }

    /// Returns an older entry with what later ones made of it.
    pub(crate) fn of_item(item: &HistoryItem, me: &str) -> Option<Self> {
        let mut message = Self::of(&item.entry, me)?;
        message.edited = item.edited_by.is_some();
        let reactions = item.reactions.iter();
        message.reactions = reactions
            .map(|reaction| Reaction {
                emoji: term_safe(&reaction.emoji).into_owned(),
                count: reaction.count,
                mine: reaction.mine,
            })
            .collect();
        Some(message)
    }

    /// Replaces the text.
    pub(crate) fn edit(&mut self, body: &str, calls: bool) {
        match &mut self.what {
            What::File { caption, .. } => *caption = term_safe_lines(body).into_owned(),
            what => *what = said(body),
        }
        self.edited = true;
        self.calls |= calls;
    }

    /// Blanks the message.
    pub(crate) fn remove(&mut self) {
        self.what = What::Removed;
        self.reactions.clear();
        self.calls = false;
    }

    /// Adds somebody's emoji.
    pub(crate) fn react(&mut self, emoji: &str, mine: bool) {
        let emoji = term_safe(emoji);
        match self.reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
            Some(reaction) => {
                reaction.count += 1;
                reaction.mine |= mine;
            }
            None => self.reactions.push(Reaction { emoji: emoji.into_owned(), count: 1, mine }),
        }
    }

    /// Takes somebody's emoji away.
    pub(crate) fn unreact(&mut self, emoji: &str, mine: bool) {
        let emoji = term_safe(emoji);
        if let Some(reaction) = self.reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
            reaction.count = reaction.count.saturating_sub(1);
            reaction.mine &= !mine;
        }
        self.reactions.retain(|reaction| 0 < reaction.count);
    }

    /// Returns the words of the message, to copy or to quote.
    pub(crate) fn words(&self) -> &str {
        match &self.what {
            What::Said(words) | What::Does(words) | What::Event(words) => words,
            What::File { words, caption, .. } if caption.is_empty() => words,
            What::File { caption, .. } => caption,
            What::Removed => "(removed)",
        }
    }

    /// Returns whether it is something that is read: events are not counted as unread.
    pub(crate) fn is_said(&self) -> bool {
        matches!(self.what, What::Said(_) | What::Does(_) | What::File { .. })
    }

    /// Returns the card of the file it carries.
    pub(crate) fn file(&self) -> Option<&FileCard> {
        match &self.what {
            What::File { card, .. } => Some(card),
            _ => None,
        }
    }
}

fn said(body: &str) -> What {
    match body.strip_prefix("/me ") {
        Some(act) => What::Does(term_safe_lines(act).into_owned()),
        None => What::Said(term_safe_lines(body).into_owned()),
    }
}
