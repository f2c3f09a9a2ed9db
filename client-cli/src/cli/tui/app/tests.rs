//! The application without a terminal: events, keys and answers go in; effects and a drawn screen come out.

mod reading;
mod sizes;
mod totp;
mod writing;

use std::time::Instant;

use client_cli::{ClientEvent, Members};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proto::ids::{AccountId, DeviceId, MessageId, RoomId, Seq, Timestamp};
use proto::message::{
    Content, Entry, HistoryItem, HistoryPage, Person, Role, RoomKind, RoomSummary, Welcome,
};
use proto::text::{List, Text};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::cli::conversation::chat::Echo;
use crate::cli::tui::keys::Chord;
use crate::cli::tui::view;

/// An application with Ada (1001) in it, and what came out of it.
pub(super) struct Desk {
    pub(super) app: App,
    size: (u16, u16),
}

impl Desk {
    /// Ada is in #lobby (1), #ops (2), ~board (3) and talks with bob (4).
    pub(super) fn new() -> Self {
        Self::of(Role::Member)
    }

    pub(super) fn of(role: Role) -> Self {
        let mut desk = Self::without_rooms(role);
        let rooms =
            [(1, "lobby", RoomKind::Open), (2, "ops", RoomKind::Open), (3, "board", RoomKind::Sealed)];
        for (number, name, kind) in rooms.into_iter().chain([(4, "bob", RoomKind::SealedDirect)]) {
            desk.event(ClientEvent::Room(summary(number, name, kind)));
        }
        desk.event(ClientEvent::Ready);
        desk.app.answer(Answer::Page { room: room(1), why: Why::Older, page: Ok(page(1, &[], false)) });
        desk.app.answer(Answer::People { room: room(1), members: Ok(members()) });
        desk.screen();
        desk.effects();
        desk
    }

    /// Ada before the server has named any room.
    pub(super) fn empty() -> Self {
        Self::without_rooms(Role::Member)
    }

    fn without_rooms(role: Role) -> Self {
        let welcome = Welcome {
            account: account(1_001),
            name: Text::cut("ada"),
            role,
            device: DeviceId::new(77).unwrap(),
            server: Text::cut("Example Org"),
            now: Timestamp(0),
            login_until: Timestamp(0),
            incarnation: 1,
            recovery_codes: List::default(),
        };
        let app = App::new(Chat::new(welcome, Echo::Whole), &Config::default());
        Self { app, size: (100, 24) }
    }

    pub(super) fn event(&mut self, event: ClientEvent) {
        self.app.event(event, Instant::now());
    }

    /// Somebody says something, as it happens.
    pub(super) fn hear(&mut self, number: u64, seq: u64, name: &str, text: &str) {
        self.event(ClientEvent::Entry { entry: entry(number, seq, name, text), live: true });
    }

    /// Presses keys as they are written in the configuration, one after the other.
    pub(super) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let chord = Chord::parse(key).unwrap();
            self.app.key(KeyEvent::new(chord.code, chord.modifiers), Instant::now());
        }
    }

    pub(super) fn type_in(&mut self, text: &str) {
        for letter in text.chars() {
            // Each letter long after the one before: nobody pastes here.
            let now = Instant::now() + std::time::Duration::from_secs(1);
            self.app.key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE), now);
            self.app.handle_timeout(now);
        }
    }

    pub(super) fn say(&mut self, text: &str) {
        self.app.paste(text);
        self.press("enter");
    }

    pub(super) fn resize(&mut self, width: u16, height: u16) {
        self.size = (width, height);
    }

    /// Draws and returns the rows as text, without the spaces at their ends.
    pub(super) fn screen(&mut self) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        let app = &mut self.app;
        terminal.draw(|frame| view::draw(app, &[], Instant::now(), frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let width = usize::from(self.size.0).max(1);
        buffer
            .content
            .chunks(width)
            .map(|row| {
                let mut text = String::new();
                let mut skip = 0;
                for cell in row {
                    if 0 < skip {
                        skip -= 1;
                        continue;
                    }
                    text.push_str(cell.symbol());
                    skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
                }
                text.trim_end().to_owned()
            })
            .collect()
    }

    pub(super) fn shows(&mut self, text: &str) -> bool {
        self.screen().iter().any(|row| row.contains(text))
    }

    pub(super) fn effects(&mut self) -> Vec<Effect> {
        std::iter::from_fn(|| self.app.poll_effect()).collect()
    }

    pub(super) fn here(&self) -> &Room {
        self.app.current().unwrap()
    }
}

pub(super) fn room(number: u64) -> RoomId {
    RoomId::new(number).unwrap()
}

pub(super) fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

pub(super) fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

pub(super) fn summary(number: u64, name: &str, kind: RoomKind) -> RoomSummary {
    RoomSummary {
        room: room(number),
        name: Text::cut(name),
        kind,
        topic: Text::default(),
        last_seq: Seq::START,
        read_upto: Seq::START,
        members: 3,
        joined: true,
        slow_seconds: 0,
        locked: false,
    }
}

pub(super) fn entry(number: u64, at: u64, name: &str, text: &str) -> Entry {
    let author = match name {
        "ada" => 1_001,
        "bob" => 2_002,
        _ => 3_003,
    };
    Entry {
        room: room(number),
        seq: seq(at),
        at: Timestamp(1_700_000_000_000 + i64::try_from(at).unwrap() * 1_000),
        author: account(author),
        author_name: Text::cut(name),
        message_id: MessageId([u8::try_from(at % 251).unwrap(); 16]),
        content: Content::Text { body: Text::cut(text), reply_to: None },
    }
}

pub(super) fn page(number: u64, seqs: &[u64], more: bool) -> HistoryPage {
    let items = seqs.iter().map(|&at| HistoryItem {
        entry: entry(number, at, "bob", &format!("message {at}")),
        edited_by: None,
        reactions: List::default(),
    });
    HistoryPage { room: room(number), items: List::new(items.collect()).unwrap(), more }
}

pub(super) fn members() -> Members {
    let person = |number, name: &str, role, online| Person {
        account: account(number),
        name: Text::cut(name),
        role,
        online,
    };
    let people = vec![
        person(1_001, "ada", Role::Member, true),
        person(2_002, "bob", Role::Moderator, true),
        person(3_003, "carol", Role::Member, false),
    ];
    Members { people, members: 3, online: 2 }
}
