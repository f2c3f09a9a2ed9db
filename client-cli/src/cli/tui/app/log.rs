//! What was said in a room as far as it is loaded: bounded, in order, with the program's own lines between.

use std::collections::VecDeque;

use proto::ids::{AccountId, Seq, Timestamp};
use proto::message::{Content, Entry, HistoryItem, ReactionChange};

use super::message::Message;
use crate::cli::render::mentions;

/// One row: a message, or something the program says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    Message(Box<Message>),
    Note(String),
}

/// The rows of a room. A row keeps its number while rows come and go at both ends.
#[derive(Debug, Default)]
pub(crate) struct Log {
    rows: VecDeque<Row>,
    first: i64,
    /// The beginning of the room is loaded.
    pub(crate) whole: bool,
    /// The end of the room is not loaded: rows were dropped there to make room for older ones.
    pub(crate) cut: bool,
}

/// What an entry did to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// A new message stands at the end.
    New { is_said: bool, calls: bool },
    /// A message that is loaded was changed.
    Changed,
    /// Nothing that is loaded.
    Nothing,
}

impl Log {
    /// Takes an entry that happened.
    pub(crate) fn take(&mut self, entry: &Entry, me: AccountId, my_name: &str) -> Taken {
        let mine = entry.author == me;
        match &entry.content {
            Content::Edit { target, body } => {
                let calls = mentions(entry, my_name);
                self.change(*target, |message| message.edit(body, calls))
            }
            Content::Delete { target } => self.change(*target, Message::remove),
            Content::Reaction { target, emoji, change: ReactionChange::Add } => {
                self.change(*target, |message| message.react(emoji, mine))
            }
            Content::Reaction { target, emoji, change: ReactionChange::Remove } => {
                self.change(*target, |message| message.unreact(emoji, mine))
            }
            _ => self.append(entry, my_name),
        }
    }

    /// Puts a page of older messages in front. When there are too many, the newest make room.
    pub(crate) fn older(&mut self, items: &[HistoryItem], more: bool, my_name: &str) {
        self.whole = !more;
        let oldest = self.oldest();
        let wanted = items.iter().filter(|item| oldest.is_none_or(|oldest| item.entry.seq < oldest));
        let messages: Vec<_> = wanted.filter_map(|item| Message::of_item(item, my_name)).collect();
        // Notes that came before the first page stay behind it.
        for message in messages.into_iter().rev() {
            self.rows.push_front(Row::Message(Box::new(message)));
            self.first -= 1;
        }
        while MOST < self.rows.len() {
            self.rows.pop_back();
            self.cut = true;
        }
    }

    /// Starts anew with this page.
    pub(crate) fn replace(&mut self, items: &[HistoryItem], whole: bool, cut: bool, my_name: &str) {
        self.clear();
        self.older(items, !whole, my_name);
        self.cut = cut;
    }

    /// Puts a page of newer messages behind a cut end. When there are too many, the oldest make room.
    pub(crate) fn newer(&mut self, items: &[HistoryItem], more: bool, my_name: &str) {
        let newest = self.newest();
        let wanted = items.iter().filter(|item| newest.is_none_or(|newest| newest < item.entry.seq));
        let messages: Vec<_> = wanted.filter_map(|item| Message::of_item(item, my_name)).collect();
        self.rows.extend(messages.into_iter().map(|message| Row::Message(Box::new(message))));
        self.cut = more;
        self.trim(MOST);
    }

    /// Adds something the program says.
    pub(crate) fn note(&mut self, text: String) {
        self.rows.push_back(Row::Note(text));
        self.trim(MOST);
    }

    /// Blanks what somebody wrote in this time, both ends included.
    pub(crate) fn purge(&mut self, author: AccountId, since: Timestamp, upto: Timestamp) {
        for message in self.rows.iter_mut().filter_map(Row::message_mut) {
            if message.author == author && since <= message.at && message.at <= upto {
                message.remove();
            }
        }
    }

    /// Drops the oldest rows beyond this many.
    pub(crate) fn trim(&mut self, most: usize) {
        while most < self.rows.len() {
            self.rows.pop_front();
            self.first += 1;
            self.whole = false;
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.first += i64::try_from(self.rows.len()).unwrap_or_default();
        self.rows.clear();
        self.whole = false;
        self.cut = false;
    }

    /// Returns the row with this number.
    pub(crate) fn row(&self, number: i64) -> Option<&Row> {
        self.rows.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Returns the number of the last row.
    pub(crate) fn last(&self) -> Option<i64> {
        self.rows
            .len()
            .checked_sub(1)
            .and_then(|place| i64::try_from(place).ok())
            .map(|place| self.first + place)
    }

    /// Returns the number of the first row.
    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    /// Returns the messages with their rows' numbers, the newest first.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (i64, &Message)> {
        let numbered = self.rows.iter().enumerate().rev();
        numbered.filter_map(|(place, row)| {
            let number = self.first + i64::try_from(place).ok()?;
            row.message().map(|message| (number, message))
        })
    }

    /// Returns the row of the nearest message above this row for which something holds.
    pub(crate) fn above(&self, row: i64, holds: impl Fn(&Message) -> bool) -> Option<i64> {
        self.messages().find(|(number, message)| *number < row && holds(message)).map(|(number, _)| number)
    }

    /// Returns the row of the nearest message below this row for which something holds.
    pub(crate) fn below(&self, row: i64, holds: impl Fn(&Message) -> bool) -> Option<i64> {
        let below = self.messages().take_while(|(number, _)| row < *number);
        below.filter(|(_, message)| holds(message)).last().map(|(number, _)| number)
    }

    /// Returns the row of a message.
    pub(crate) fn find(&self, seq: Seq) -> Option<i64> {
        let place =
            self.rows.iter().rposition(|row| row.message().is_some_and(|message| message.seq == seq))?;
        Some(self.first + i64::try_from(place).ok()?)
    }

    /// Returns the message with this number of the room.
    pub(crate) fn message(&self, seq: Seq) -> Option<&Message> {
        self.row(self.find(seq)?).and_then(Row::message)
    }

    /// Returns the oldest message that is loaded.
    pub(crate) fn oldest(&self) -> Option<Seq> {
        self.rows.iter().find_map(Row::message).map(|message| message.seq)
    }

    /// Returns the newest message that is loaded.
    pub(crate) fn newest(&self) -> Option<Seq> {
        self.rows.iter().rev().find_map(Row::message).map(|message| message.seq)
    }

    /// Returns how many rows are loaded.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    fn append(&mut self, entry: &Entry, my_name: &str) -> Taken {
        let Some(message) = Message::of(entry, my_name) else { return Taken::Nothing };
        if self.newest().is_some_and(|newest| message.seq <= newest) {
            return Taken::Nothing;
        }
        let taken = Taken::New { is_said: message.is_said(), calls: message.calls };
        // Behind a cut end something would be missing in between; it is read when the reader comes there.
        if !self.cut {
            self.rows.push_back(Row::Message(Box::new(message)));
            self.trim(MOST);
        }
        taken
    }

    fn change(&mut self, target: Seq, change: impl FnOnce(&mut Message)) -> Taken {
        let mut messages = self.rows.iter_mut().rev().filter_map(Row::message_mut);
        match messages.find(|message| message.seq == target) {
            Some(message) => {
                change(message);
                Taken::Changed
            }
            None => Taken::Nothing,
        }
    }
}

impl Row {
    /// Returns the message it is.
    pub(crate) fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
            Self::Note(_) => None,
        }
    }

    fn message_mut(&mut self) -> Option<&mut Message> {
        match self {
            Self::Message(message) => Some(message),
            Self::Note(_) => None,
        }
    }
}

/// Most rows of a room that are kept loaded.
pub(crate) const MOST: usize = 10_000;
/// Most rows that are kept of a room one is not in.
pub(crate) const MOST_ELSEWHERE: usize = 1_000;
