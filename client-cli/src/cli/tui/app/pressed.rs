//! Keys and pastes: what is open takes them first, then the table of actions, then the line being typed.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proto::message::FileLock;

use super::log::Row;
use super::message::Message;
use super::{App, Effect};
use crate::cli::tui::act::Act;
use crate::cli::tui::complete::{Candidate, Known, complete};
use crate::cli::tui::config::EmojiMode;
use crate::cli::tui::keys::Action;
use crate::cli::tui::overlay::{confirm, help, menu, search, switcher};

/// The list that Tab has opened.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) range: std::ops::Range<usize>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) chosen: usize,
    /// What stood there before the first one was put in.
    before: String,
}

impl App {
    /// Takes a key.
    pub(crate) fn key(&mut self, key: KeyEvent, now: Instant) {
        self.said = None;
        match self.enter_waits.take() {
            // What comes right behind an Enter belongs to the same paste.
            Some(until) if now < until => self.draft_mut().newline(),
            Some(_) => self.send(),
            None => {}
        }
        if let Some(overlay) = self.overlays.last_mut() {
            let then = overlay.key(key);
            return self.then(then);
        }
        if self.completion.is_some() && self.completing(key) {
            return;
        }
        let action = self.keymap.action(&key);
        if action != Some(Action::Interrupt) {
            self.armed = false;
        }
        match action {
            Some(Action::Send) if self.draft().is_pasting(now) => {
                self.enter_waits = Some(now + super::draft::FAST);
            }
            Some(action) => self.action(action),
            None => self.draft_mut().key(key, now),
        }
    }

    /// Sends what an Enter ended that nothing came behind.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.enter_waits.is_some_and(|until| until <= now) {
            self.enter_waits = None;
            self.send();
        }
        let notices = self.notifier.handle_timeout(now);
        self.notices.extend(notices);
    }

    /// Returns when [`Self::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.enter_waits, self.notifier.poll_timeout()].into_iter().flatten().min()
    }

    /// Takes pasted text: a draft, or files that were dropped on the window.
    pub(crate) fn paste(&mut self, text: &str) {
        if let Some(overlay) = self.overlays.last_mut() {
            let then = overlay.paste(text);
            return self.then(then);
        }
        self.completion = None;
        if let Some(paths) = crate::cli::tui::files::dropped::paths(text) {
            let first = paths.into_iter().next();
            self.effects.extend(first.map(Effect::Offer));
            return;
        }
        self.draft_mut().insert(text);
    }

    /// Does what was asked for in an overlay or by a click.
    pub(crate) fn act(&mut self, act: Act) {
        match act {
            Act::Type(line) => self.typed(&line),
            Act::Ask(ask) => self.ask(*ask),
            Act::Forget(id) => drop(self.chat.own.remove(&id)),
            Act::SendDraft => self.send_draft(),
            Act::DraftAsFile => {
                let text = self.current_mut().map(|room| room.draft.take()).unwrap_or_default();
                self.effects.push_back(Effect::OfferText(text));
            }
            Act::Insert(text) => self.draft_mut().insert(&text),
            Act::Go(room, seq) => self.go_to(room, seq),
            Act::Offer(path) => self.effects.push_back(Effect::Offer(path)),
            Act::Upload(upload) => {
                if let Some(room) = self.current() {
                    let (room, room_name) = (room.summary.room, crate::cli::render::room_name(&room.summary));
                    self.effects.push_back(Effect::Upload { room, room_name, upload });
                }
            }
            Act::Find { query, everywhere } => {
                let room = self.chat.current.filter(|_| !everywhere);
                self.effects.push_back(Effect::Find { query, room });
            }
            Act::Picture(room, seq) => self.effects.push_back(Effect::Picture(room, seq)),
            Act::Stop(number) => self.effects.push_back(Effect::Stop(number)),
            Act::Resume => self.effects.push_back(Effect::Resume),
            Act::Copy(text) => self.copy(text),
            Act::Totp(wish) => self.effects.push_back(Effect::Totp(wish)),
            Act::Say(words) => self.note(words),
        }
    }

    /// Does what a key is bound to.
    pub(crate) fn action(&mut self, action: Action) {
        match action {
            Action::Send => self.send(),
            Action::Newline => self.draft_mut().newline(),
            Action::Editor => {
                let text = self.draft().text();
                self.effects.push_back(Effect::Editor(text));
            }
            Action::HistoryBack => self.draft_mut().up(),
            Action::HistoryForward => self.draft_mut().down(),
            Action::Complete => self.complete(),
            Action::NextRoom => self.step_room(1),
            Action::PreviousRoom => self.step_room(-1),
            Action::Room(number) => self.nth_room(number),
            Action::NextUnread => self.next_unread(),
            Action::Switcher => self.open_switcher(),
            Action::PageUp => self.scroll(-self.page_size()),
            Action::PageDown => self.scroll(self.page_size()),
            Action::LineUp => self.scroll(-1),
            Action::LineDown => self.scroll(1),
            Action::Top => self.top(),
            Action::Bottom => self.bottom(),
            Action::NextMention => self.mention(true),
            Action::PreviousMention => self.mention(false),
            Action::SelectUp => self.select_up(),
            Action::SelectDown => self.select_down(),
            Action::Copy => self.copy_chosen(),
            Action::Search => self.open(Box::new(search::Search::new(""))),
            Action::Upload => self.effects.push_back(Effect::Explore),
            Action::Transfers => self.effects.push_back(Effect::Transfers),
            Action::Preview => self.preview(),
            Action::RoomsPane => self.shows_rooms = !self.shows_rooms,
            Action::MembersPane => self.shows_members = !self.shows_members,
            Action::Help => {
                let help = help::Help::new(&self.keymap, self.chat.me.role);
                self.open(Box::new(help));
            }
            Action::Redraw => self.effects.push_back(Effect::Redraw),
            Action::Cancel => self.bottom(),
            Action::Interrupt => self.interrupt(),
        }
    }

    /// Enter: what is typed goes out; with nothing typed the chosen message opens.
    fn send(&mut self) {
        let Some(room) = self.current_mut() else { return };
        if room.draft.is_empty() {
            return self.open_menu();
        }
        if PASTE_LINES < room.draft.lines() && !room.draft.text().starts_with('/') {
            let lines = room.draft.lines();
            return self.open(Box::new(confirm::long_paste(lines)));
        }
        let line = room.draft.take();
        self.typed(&line);
    }

    /// Sends the draft however long it is.
    pub(super) fn send_draft(&mut self) {
        if let Some(room) = self.current_mut() {
            let line = room.draft.take();
            self.typed(&line);
        }
    }

    fn interrupt(&mut self) {
        let Some(room) = self.current_mut() else {
            self.leave();
            return;
        };
        if !room.draft.is_empty() {
            // It can be brought back with the arrow up.
            room.draft.take();
            self.armed = false;
        } else if self.armed {
            self.leave();
        } else {
            self.armed = true;
            self.said = Some("once more leaves".to_owned());
        }
    }

    /// Ends the program.
    pub(crate) fn leave(&mut self) {
        self.leaving = true;
        self.effects.push_back(Effect::Quit);
    }

    fn open_menu(&mut self) {
        let (role, me) = (self.chat.me.role, self.chat.me.account);
        let Some(room) = self.current() else { return };
        let Some(message) = room.chosen.and_then(|row| room.log.row(row)).and_then(Row::message) else {
            return;
        };
        let menu = menu::Menu::new(room.summary.room, message, role, me);
        self.open(Box::new(menu));
    }

    fn open_switcher(&mut self) {
        let listed = self.listed();
        let rooms = listed.iter().filter_map(|room| self.rooms.get(room));
        let switcher = switcher::Switcher::new(rooms, &self.chat.names());
        self.open(Box::new(switcher));
    }

    fn copy_chosen(&mut self) {
        let Some(room) = self.current() else { return };
        let chosen = room.chosen.and_then(|row| room.log.row(row)).and_then(Row::message);
        let words = chosen.or_else(|| room.log.messages().next().map(|(_, message)| message));
        match words.map(|message| message.words().to_owned()) {
            Some(words) => self.copy(words),
            None => self.said = Some("there is nothing to copy".to_owned()),
        }
    }

    fn copy(&mut self, text: String) {
        self.effects.push_back(Effect::Copy(text));
        self.said = Some("copied".to_owned());
    }

    /// Shows the picture of the chosen message, or of the newest one that has one.
    fn preview(&mut self) {
        let found = self.current().and_then(|room| {
            let with_file =
                room.chosen.filter(|row| room.log.row(*row).and_then(Row::message).is_some_and(has_file));
            let row = with_file.or_else(|| room.log.above(i64::MAX, has_picture))?;
            let seq = room.log.row(row)?.message()?.seq;
            Some((room.summary.room, seq))
        });
        match found {
            Some((room, seq)) => self.effects.push_back(Effect::Picture(room, seq)),
            None => self.said = Some("no picture among the messages that are loaded".to_owned()),
        }
    }

    fn complete(&mut self) {
        let (names, rooms) = (self.speakers(), self.chat.room_names());
        let role = self.chat.me.role;
        let Some(room) = self.current() else { return };
        let (text, cursor) = (room.draft.text(), room.draft.cursor());
        let emoji = self.emoji == EmojiMode::Unicode;
        let known = Known { role, names: &names, rooms: &rooms, emoji };
        let Some((range, candidates)) = complete(&text, cursor, &known) else { return };
        if candidates.is_empty() {
            return;
        }
        let before = text[range.clone()].to_owned();
        let is_only = candidates.len() == 1;
        self.completion = Some(Completion { range, candidates, chosen: 0, before });
        self.put_candidate(0);
        if is_only {
            self.completion = None;
        }
    }

    /// Takes a key while the list is open; returns whether it was one for the list.
    fn completing(&mut self, key: KeyEvent) -> bool {
        let Some(list) = &self.completion else { return false };
        let count = list.candidates.len();
        let next = match (key.code, key.modifiers) {
            (KeyCode::Tab | KeyCode::Down, KeyModifiers::NONE) => (list.chosen + 1) % count,
            (KeyCode::BackTab, _) | (KeyCode::Up, KeyModifiers::NONE) => (list.chosen + count - 1) % count,
            (KeyCode::Enter, KeyModifiers::NONE) => {
                self.completion = None;
                return true;
            }
            (KeyCode::Esc, _) => {
                let (range, before) = (list.range.clone(), list.before.clone());
                self.draft_mut().replace(range, &before);
                self.completion = None;
                return true;
            }
            _ => {
                self.completion = None;
                return false;
            }
        };
        self.put_candidate(next);
        true
    }

    fn put_candidate(&mut self, number: usize) {
        let Some(list) = &mut self.completion else { return };
        let (range, text) = (list.range.clone(), list.candidates[number].text.clone());
        list.range = range.start..range.start + text.len();
        list.chosen = number;
        self.draft_mut().replace(range, &text);
    }

    /// Returns the names of people, who spoke last in this room first.
    fn speakers(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let spoken = self.current().into_iter().flat_map(|room| room.log.messages().take(RECENT));
        let spoken = spoken.map(|(_, message)| message.name.clone());
        let me = &*self.chat.me.name;
        for name in spoken.chain(self.chat.names()) {
            if name != *me && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

fn has_file(message: &Message) -> bool {
    message.file().is_some()
}

/// Returns whether a message says that its file is a picture.
fn has_picture(message: &Message) -> bool {
    let lock = message.file().map(|card| &card.lock);
    matches!(lock, Some(FileLock::Key { facts, .. }) if facts.media.starts_with("image/"))
}

/// More lines than this are asked about before they are sent.
const PASTE_LINES: usize = 20;
/// How many messages back recent speakers are looked for.
const RECENT: usize = 200;
