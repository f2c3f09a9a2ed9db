//! What calls a person: which messages do, how often, and what leaves the program for it.
//!
//! How the application uses it:
//!
//! ```text
//! let mut notifier = Notifier::new(config.notify.clone());
//! let mut outlet   = Outlet::new(&config.notify, &Surroundings::of_this_process());
//!
//! screen.write(&outlet.open())                                           // remembers the title that stood there
//! // an entry came:        Heard::of(&entry, &summary, whose).map(|heard| notifier.heard(&heard, &seen, now))
//! // a room was named:     notifier.waiting(&Waiting { .. }, now)         at the first login only
//! // the timer:            notifier.poll_timeout() -> Option<Instant>, then notifier.handle_timeout(now)
//! // what came of it:      screen.write(&outlet.emit(&notices))           also with nothing to say: a no-op
//! // a room was read:      notifier.read(room)                            what waits about it is forgotten
//! // counts changed:       outlet.title(&Title { unread, mentions, place }).map(|bytes| screen.write(&bytes))
//! // now and then:         outlet.trouble() -> Option<String>             a note to show, once
//! screen.write(&outlet.close())                                          // gives the title back
//! ```
//!
//! A notice never tells more than the settings allow: by default, what was said in a sealed room stays there, because
//! notices are kept and shown by others, from tmux to the notification centre and the lock screen.

mod desktop;
mod outlet;
mod rules;
mod sequences;
mod tally;
mod words;

use std::time::{Duration, Instant};

use proto::ids::RoomId;
use proto::message::{Content, Entry, RoomSummary};

use crate::cli::files::FileWords;
use crate::cli::render::{mentions, room_name};
use crate::cli::tui::config::{NotifyConfig, ShowText, TerminalNotice, When};

pub(crate) use outlet::Outlet;
pub(crate) use sequences::{Surroundings, Title};
use tally::Tally;

/// A message that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) room: RoomId,
    /// The room's name as it is shown.
    pub(crate) place: String,
    pub(crate) author: String,
    pub(crate) text: String,
    pub(crate) calls: Calls,
    /// Only its members can read the room.
    pub(crate) sealed: bool,
    pub(crate) whose: Whose,
    /// It came as it happened; otherwise it was missed and read later.
    pub(crate) live: bool,
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    /// It names the person.
    ByName,
    /// It stands in a room of two.
    Directly,
    /// Everybody in the room.
    Nobody,
}

/// What the application knows about the author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Own,
    Ignored,
    Others,
}

/// Messages that were there before the program was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) room: RoomId,
    pub(crate) messages: u64,
    pub(crate) direct: bool,
    pub(crate) quiet: bool,
}

/// What the person has before their eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) focus: Focus,
    /// The room one is in.
    pub(crate) open: Option<RoomId>,
    /// The newest message of that room is on the screen.
    pub(crate) at_end: bool,
    /// The message's room is a quiet one.
    pub(crate) quiet: bool,
}

/// Whether the terminal's window has the person's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    /// The terminal has never said.
    Unknown,
    Focused,
    Unfocused,
}

/// Something to do so that the person looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    Bell,
    /// Through the terminal, when it is known to show notices.
    Terminal(Words),
    /// Through the desktop this program runs on.
    Desktop(Words),
}

/// A notice in words: safe for terminals, on one line each, and short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) title: String,
    /// May be empty.
    pub(crate) body: String,
}

/// Decides what calls the person. At most one call a second; a burst is told in one sentence.
#[derive(Debug)]
pub(crate) struct Notifier {
    config: NotifyConfig,
    /// Came too soon after the last call.
    held: Tally,
    called_at: Option<Instant>,
    /// Was missed, and is told together.
    missed: Tally,
    missed_since: Option<Instant>,
    missed_last: Option<Instant>,
}

/// The least time between two calls.
const PAUSE: Duration = Duration::from_secs(1);
/// After so long without another missed message all of them have come.
const SETTLED: Duration = Duration::from_secs(1);
/// Missed messages that keep coming are told after so long all the same.
const PATIENCE: Duration = Duration::from_secs(10);

impl Notifier {
    pub(crate) fn new(config: NotifyConfig) -> Self {
        Self {
            config,
            held: Tally::default(),
            called_at: None,
            missed: Tally::default(),
            missed_since: None,
            missed_last: None,
        }
    }

    /// Takes a message and returns what to do at once; the rest comes with [`Self::handle_timeout`].
    pub(crate) fn heard(&mut self, heard: &Heard, seen: &Seen, now: Instant) -> Vec<Notice> {
        if !rules::is_news(heard, seen) {
            return Vec::new();
        }
        let rings = rules::rings(self.config.when, heard, seen);
        if !heard.live {
            self.missed.count(heard, rings, &self.config);
            self.missed_something(now);
            return Vec::new();
        }
        if rings {
            self.held.count(heard, rings, &self.config);
        }
        self.call_when_due(now)
    }

    /// Takes note of messages that were unread when the program started.
    pub(crate) fn waiting(&mut self, waiting: &Waiting, now: Instant) {
        let rings = rules::waiting_rings(self.config.when, waiting);
        if 0 < waiting.messages && !waiting.quiet {
            self.missed.count_waiting(waiting, rings);
            self.missed_something(now);
        }
    }

    /// Forgets what waits to be told about a room that was read meanwhile, here or on another device.
    pub(crate) fn read(&mut self, room: RoomId) {
        self.held.forget(room);
        self.missed.forget(room);
    }

    /// Returns what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<Notice> {
        if self.missed_due().is_some_and(|due| due <= now) {
            (self.missed_since, self.missed_last) = (None, None);
            // Told as one call, together with whatever waits already.
            self.held.add(std::mem::take(&mut self.missed));
        }
        self.call_when_due(now)
    }

    /// Returns when [`Self::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let held = self.held.rings().then(|| self.free_at()).flatten();
        [held, self.missed_due()].into_iter().flatten().min()
    }

    fn call_when_due(&mut self, now: Instant) -> Vec<Notice> {
        if !self.held.rings() {
            self.held = Tally::default();
            return Vec::new();
        }
        if self.free_at().is_some_and(|free_at| now < free_at) {
            return Vec::new();
        }
        self.called_at = Some(now);
        let words = std::mem::take(&mut self.held).into_words();
        self.by_all_ways(words)
    }

    fn missed_something(&mut self, now: Instant) {
        self.missed_since.get_or_insert(now);
        self.missed_last = Some(now);
    }

    fn missed_due(&self) -> Option<Instant> {
        Some((self.missed_last? + SETTLED).min(self.missed_since? + PATIENCE))
    }

    fn free_at(&self) -> Option<Instant> {
        self.called_at.map(|called_at| called_at + PAUSE)
    }

    fn by_all_ways(&self, words: Words) -> Vec<Notice> {
        let mut notices = Vec::new();
        if self.config.bell {
            notices.push(Notice::Bell);
        }
        let terminal = match self.config.terminal {
            TerminalNotice::Off => false,
            // One message, one notice: the desktop's own is the better of the two.
            TerminalNotice::Auto => !self.config.desktop,
            TerminalNotice::Osc9 | TerminalNotice::Osc777 => true,
        };
        if terminal {
            notices.push(Notice::Terminal(words.clone()));
        }
        if self.config.desktop {
            notices.push(Notice::Desktop(words));
        }
        notices
    }
}

impl Heard {
    /// Returns what there is to hear of an entry: messages and files, and changes that name the person.
    pub(crate) fn of(entry: &Entry, room: &RoomSummary, me: &str, whose: Whose, live: bool) -> Option<Self> {
        let named = mentions(entry, me);
        let text = match &entry.content {
            Content::Text { body, .. } => body.to_string(),
            Content::Edit { body, .. } if named => body.to_string(),
            Content::File { file, caption, .. } => format!("{} {}", FileWords::of(file), &**caption),
            _ => return None,
        };
        let calls = match (named, room.kind.is_direct()) {
            (true, _) => Calls::ByName,
            (false, true) => Calls::Directly,
            (false, false) => Calls::Nobody,
        };
        Some(Self {
            room: room.room,
            place: room_name(room),
            author: entry.author_name.to_string(),
            text,
            calls,
            sealed: room.kind.is_sealed(),
            whose,
            live,
        })
    }
}

#[cfg(test)]
mod tests;
