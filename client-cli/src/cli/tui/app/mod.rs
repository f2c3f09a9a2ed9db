//! The interface's state and decisions: events, keys and answers go in, what must happen outside is queued.

mod answers;
mod calling;
mod clicks;
pub(crate) mod draft;
mod events;
mod going;
pub(crate) mod log;
pub(crate) mod message;
mod pressed;
pub(crate) mod room;
mod typed;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use proto::ids::{RoomId, Seq};
use proto::message::HistoryFrom;
use ratatui::layout::Rect;

use super::act::Upload;
use super::config::{Config, EmojiMode};
use super::keys::Keymap;
use super::notify::{Notice, Notifier};
use super::overlay::totp::wish::TotpWish;
use super::overlay::{Overlay, Then};
use super::theme::{Theme, ThemeName};
use crate::cli::conversation::ask::Ask;
use crate::cli::conversation::chat::Chat;
use crate::cli::conversation::files::TransferView;

pub(crate) use answers::{Answer, Why};
pub(crate) use clicks::{Click, Spot};
use draft::Draft;
use pressed::Completion;
use room::Room;

/// What is known, shown and being typed.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) chat: Chat,
    pub(crate) rooms: BTreeMap<RoomId, Room>,
    pub(crate) connection: Connection,
    pub(crate) overlays: Vec<Box<dyn Overlay>>,
    pub(crate) completion: Option<Completion>,
    pub(crate) keymap: Keymap,
    pub(crate) theme_name: ThemeName,
    pub(crate) theme: Theme,
    pub(crate) emoji: EmojiMode,
    pub(crate) shows_rooms: bool,
    pub(crate) shows_members: bool,
    /// Whether the window has the person's attention, once the terminal has said so.
    pub(crate) focused: Option<bool>,
    /// An Enter in the middle of a burst of keys: it sends unless more comes right behind it.
    enter_waits: Option<Instant>,
    /// Ctrl-C was pressed on an empty line; the next one leaves.
    pub(crate) armed: bool,
    /// The last thing to say in the status line, until the next key.
    pub(crate) said: Option<String>,
    /// What was drawn last: how large the log is, and what can be clicked.
    pub(crate) drawn: Drawn,
    pub(crate) notifier: Notifier,
    notices: Vec<Notice>,
    /// Drafts of rooms that the server has not named yet.
    waiting_drafts: BTreeMap<RoomId, String>,
    /// What is typed before the server has named a room.
    early: Draft,
    /// Rooms in which something may be unread since the last time, until it is counted.
    uncounted: Vec<RoomId>,
    /// What to say once there is a room to say it in.
    greetings: Vec<String>,
    ready: bool,
    leaving: bool,
    effects: VecDeque<Effect>,
}

/// What the last frame looked like.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    pub(crate) log: Rect,
    pub(crate) spots: Vec<Spot>,
}

/// The connection, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Connection {
    Online,
    /// Cut; the next try is at this moment.
    Offline {
        why: String,
        again: Instant,
    },
    /// Over, with the reason; the program stays so that nothing typed is lost.
    Over(String),
}

/// Something to be done outside.
#[derive(Debug)]
pub(crate) enum Effect {
    /// A question or act; several go on at once.
    Ask(Ask),
    /// Something to say: in the order in which it was said.
    Post(Ask),
    Load {
        room: RoomId,
        from: HistoryFrom,
        why: Why,
    },
    People(RoomId),
    Find {
        query: String,
        room: Option<RoomId>,
    },
    Mark(RoomId, Seq),
    Upload {
        room: RoomId,
        room_name: String,
        upload: Box<Upload>,
    },
    Stop(u32),
    Resume,
    Picture(RoomId, Seq),
    /// Writes in the person's editor.
    Editor(String),
    Copy(String),
    Offer(std::path::PathBuf),
    /// Shows this text as a file before it is sent.
    OfferText(String),
    Explore,
    Transfers,
    /// A step towards another authenticator.
    Totp(TotpWish),
    Redraw,
    Quit,
}

impl App {
    pub(crate) fn new(chat: Chat, config: &Config) -> Self {
        Self {
            chat,
            rooms: BTreeMap::new(),
            connection: Connection::Online,
            overlays: Vec::new(),
            completion: None,
            keymap: config.keymap.clone(),
            theme_name: config.theme,
            theme: Theme::of(config.theme),
            emoji: config.emoji,
            shows_rooms: true,
            shows_members: true,
            focused: None,
            enter_waits: None,
            armed: false,
            said: None,
            drawn: Drawn::default(),
            notifier: Notifier::new(config.notify),
            notices: Vec::new(),
            waiting_drafts: BTreeMap::new(),
            early: Draft::default(),
            uncounted: Vec::new(),
            greetings: Vec::new(),
            ready: false,
            leaving: false,
            effects: VecDeque::new(),
        }
    }

    /// Returns what must happen outside next.
    pub(crate) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Opens something above the chat.
    pub(crate) fn open(&mut self, overlay: Box<dyn Overlay>) {
        self.completion = None;
        self.overlays.push(overlay);
    }

    /// Tells what is open how far transfers are.
    pub(crate) fn transfers(&mut self, transfers: &[TransferView]) {
        self.overlays.iter_mut().for_each(|overlay| overlay.transfers(transfers));
    }

    /// Says something once there is a room to say it in.
    pub(crate) fn greet(&mut self, text: &str) {
        self.greetings.push(text.to_owned());
    }

    /// Takes what was half typed in a room the last time.
    pub(crate) fn drafted(&mut self, room: RoomId, text: String) {
        self.waiting_drafts.insert(room, text);
    }

    /// Returns what is half typed in each room, to be kept.
    pub(crate) fn drafts(&self) -> impl Iterator<Item = (RoomId, String)> {
        self.rooms.iter().map(|(room, known)| (*room, known.draft.text()))
    }

    /// Shows a theme.
    pub(crate) fn use_theme(&mut self, name: ThemeName) {
        self.theme_name = name;
        self.theme = Theme::of(name);
    }

    /// Says something in the log of the room one is in.
    pub(crate) fn note(&mut self, text: &str) {
        let text = text.strip_prefix("-- ").unwrap_or(text);
        match self.current_mut() {
            Some(room) => room.log.note(domain::text::term_safe_lines(text).into_owned()),
            None => self.said = Some(domain::text::term_safe(text).into_owned()),
        }
    }

    /// Takes what came of a key, a click or a paste in an overlay.
    fn then(&mut self, then: Then) {
        match then {
            Then::Stay => {}
            Then::Close => drop(self.overlays.pop()),
            Then::Do(act) => {
                self.overlays.pop();
                self.act(act);
            }
            Then::Also(act) => self.act(act),
        }
    }

    /// Marks as read what the person sees. Called every few seconds.
    pub(crate) fn mark_read(&mut self) {
        if let Some((room, seq)) = self.take_mark() {
            self.effects.push_back(Effect::Mark(room, seq));
        }
    }

    /// Returns the place up to which the person has read, once per place.
    pub(crate) fn take_mark(&mut self) -> Option<(RoomId, Seq)> {
        let sees = self.focused != Some(false) && self.connection == Connection::Online;
        let id = self.chat.current.filter(|_| sees)?;
        let room = self.rooms.get_mut(&id).filter(|room| room.place == room::Place::End)?;
        room.take_mark().map(|seq| (id, seq))
    }

    /// Returns whether the program is to end.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// Returns the room one is in.
    pub(crate) fn current(&self) -> Option<&Room> {
        self.rooms.get(&self.chat.current?)
    }

    pub(crate) fn current_mut(&mut self) -> Option<&mut Room> {
        self.rooms.get_mut(&self.chat.current?)
    }

    /// Returns what is being typed.
    pub(crate) fn draft(&self) -> &Draft {
        self.current().map_or(&self.early, |room| &room.draft)
    }

    pub(crate) fn draft_mut(&mut self) -> &mut Draft {
        match self.chat.current.and_then(|room| self.rooms.get_mut(&room)) {
            Some(room) => &mut room.draft,
            None => &mut self.early,
        }
    }

    /// Returns the rooms in the order in which they are listed: the lobby, rooms, people.
    pub(crate) fn listed(&self) -> Vec<RoomId> {
        let mut rooms: Vec<_> = self.rooms.values().map(|room| &room.summary).collect();
        let lobby = rooms.iter().map(|room| room.room).min();
        rooms.sort_by_key(|room| {
            (Some(room.room) != lobby, room.kind.is_direct(), room.name.to_lowercase(), room.room)
        });
        rooms.into_iter().map(|room| room.room).collect()
    }
}
