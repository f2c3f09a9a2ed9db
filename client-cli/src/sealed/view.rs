//! Lines of a vault as entries of a log, and what later lines made of them.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::{AccountId, MessageId, RoomId, Seq};
use proto::limits;
use proto::message::{Content, Entry, HistoryItem, ReactionChange, ReactionCount};
use proto::text::{List, Text};
use sealed::Body;
use sealed::member::{Line, What};

use crate::post::Post;

/// Where messages stand, by their ids.
pub(super) type PlaceOf<'a> = &'a dyn Fn(MessageId) -> Option<Seq>;

/// Returns a line as the entry an open room would have; nothing for lines that are not messages. What a message refers
/// to and this device never saw has the place before the first entry.
pub(super) fn entry_of(
    room: RoomId,
    line: &Line,
    author_name: Text<{ limits::NAME }>,
    place_of: PlaceOf<'_>,
) -> Option<Entry> {
    let content = match &line.what {
        What::Message { body, .. } => content_of(body, place_of)?,
        What::Deleted { by } => Content::Removed { by: *by },
        What::Unreadable { .. } | What::Members { .. } | What::Evicting { .. } | What::Ended => return None,
    };
    let Line { seq, at, author, message_id, .. } = *line;
    Some(Entry { room, seq, at, author, author_name, message_id, content })
}

/// Returns what a body is in an open room.
pub(super) fn content_of(body: &Body, place_of: PlaceOf<'_>) -> Option<Content> {
    let target_of = |id: &MessageId| place_of(*id).unwrap_or(Seq::START);
    Some(match body {
        Body::Text { body, reply_to } => {
            Content::Text { body: body.clone(), reply_to: reply_to.as_ref().map(target_of) }
        }
        Body::Edit { target, body } => Content::Edit { target: target_of(target), body: body.clone() },
        Body::Reaction { target, emoji, change } => {
            Content::Reaction { target: target_of(target), emoji: emoji.clone(), change: *change }
        }
        Body::File { card, caption, reply_to } => Content::File {
            file: card.clone(),
            caption: caption.clone(),
            reply_to: reply_to.as_ref().map(target_of),
        },
        Body::Meta { topic, .. } => Content::Topic { topic: topic.clone() },
        Body::AskMeta => return None,
    })
}

/// Leaves out what members tell each other about the room itself when it says nothing that the lines before did not.
pub(super) fn without_repeats(lines: Vec<Line>) -> Vec<Line> {
    let mut last: Option<Text<{ limits::TOPIC }>> = None;
    let keeps = |line: &Line| match &line.what {
        What::Message { body: Body::Meta { topic, .. }, .. } => {
            let is_news = last.as_ref().map_or(!topic.is_empty(), |last| last != topic);
            last = Some(topic.clone());
            is_news
        }
        What::Message { body: Body::AskMeta, .. } => false,
        _ => true,
    };
    let mut lines = lines;
    lines.retain(keeps);
    lines
}

/// Returns the words of a line, to look for something in them.
pub(super) fn words_of(line: &Line) -> Option<&str> {
    match &line.what {
        What::Message { body: Body::Text { body, .. } | Body::Edit { body, .. }, .. } => Some(body),
        What::Message { body: Body::File { caption, .. }, .. } => Some(caption),
        _ => None,
    }
}

/// Returns what a post is in a sealed room.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn body_of(
    post: Post,
    name: &Text<{ limits::ROOM_NAME }>,
    id_of: &dyn Fn(Seq) -> Option<MessageId>,
) -> Result<Body, Wrong> {
    let id = |seq: Seq| id_of(seq).ok_or(Wrong::NoSuchMessage(seq));
    Ok(match post {
        Post::Text { body, reply_to } => {
            Body::Text { body: text(body)?, reply_to: reply_to.map(id).transpose()? }
        }
        Post::Edit { target, body } => Body::Edit { target: id(target)?, body: text(body)? },
        Post::React { target, emoji, change } => {
            Body::Reaction { target: id(target)?, emoji: text(emoji)?, change }
        }
        Post::Topic { topic } => Body::Meta { name: name.clone(), topic: text(topic)? },
        Post::File { file, caption, reply_to } => {
            Body::File { card: *file, caption: text(caption)?, reply_to: reply_to.map(id).transpose()? }
        }
        Post::Delete { .. } => return Err(Wrong::Open),
    })
}

/// Why a post is no body.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It names a message that is not here.
    NoSuchMessage(Seq),
    /// A text is too long.
    TooLong(proto::text::TooLong),
    /// It is not sealed but told to the server.
    Open,
}

fn text<const MAX: usize>(text: String) -> Result<Text<MAX>, Wrong> {
    Text::new(text).map_err(Wrong::TooLong)
}

/// What lines made of the messages before them: the last edit by their author, and reactions.
#[derive(Debug, Default)]
pub(super) struct Later {
    edits: BTreeMap<MessageId, Vec<(AccountId, Seq, Text<{ limits::BODY }>)>>,
    reactions: BTreeMap<MessageId, BTreeMap<Text<{ limits::EMOJI }>, BTreeSet<AccountId>>>,
}

impl Later {
    /// Takes lines in their order.
    pub(super) fn take<'l>(&mut self, lines: impl IntoIterator<Item = &'l Line>) {
        for line in lines {
            let What::Message { body, .. } = &line.what else { continue };
            match body {
                Body::Edit { target, body } => {
                    self.edits.entry(*target).or_default().push((line.author, line.seq, body.clone()));
                }
                Body::Reaction { target, emoji, change } => {
                    let by = self.reactions.entry(*target).or_default().entry(emoji.clone()).or_default();
                    match change {
                        ReactionChange::Add => by.insert(line.author),
                        ReactionChange::Remove => by.remove(&line.author),
                    };
                }
                Body::Text { .. } | Body::File { .. } | Body::Meta { .. } | Body::AskMeta => {}
            }
        }
    }

    /// Returns an entry as a list shows it: with its last text and its reactions.
    pub(super) fn item(&self, mut entry: Entry, me: AccountId) -> HistoryItem {
        let edits = self.edits.get(&entry.message_id).into_iter().flatten();
        // Only its author changes a message, whatever others claim.
        let edit = edits.filter(|(by, _, _)| *by == entry.author).max_by_key(|(_, seq, _)| *seq);
        let mut edited_by = None;
        if let (Some((_, seq, changed)), Content::Text { body, .. }) = (edit, &mut entry.content) {
            *body = changed.clone();
            edited_by = Some(*seq);
        }
        let given = self.reactions.get(&entry.message_id).into_iter().flatten();
        let counts = given.filter(|(_, by)| !by.is_empty()).map(|(emoji, by)| ReactionCount {
            emoji: emoji.clone(),
            count: u32::try_from(by.len()).unwrap_or(u32::MAX),
            mine: by.contains(&me),
        });
        let reactions = List::new(counts.take(limits::REACTIONS).collect()).unwrap_or_default();
        HistoryItem { entry, edited_by, reactions }
    }
}
