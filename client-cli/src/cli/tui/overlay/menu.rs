//! What can be done with a message: the same commands that can be typed, with its number filled in.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use domain::role::{self, Action};
use proto::ids::{AccountId, RoomId};
use proto::message::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::list::Chosen;
use super::{Overlay, Then, boxed, closes};
use crate::cli::tui::act::Act;
use crate::cli::tui::app::message::{Message, What};
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::cut;

/// The menu.
#[derive(Debug)]
pub(crate) struct Menu {
    title: String,
    choices: Vec<Choice>,
    chosen: Chosen,
}

#[derive(Debug)]
struct Choice {
    key: char,
    words: &'static str,
    act: Option<Act>,
}

impl Menu {
    /// Returns what somebody with this role can do with a message.
    pub(crate) fn new(room: RoomId, message: &Message, role: Role, me: AccountId) -> Self {
        let (seq, name) = (message.seq, &message.name);
        let is_own = message.author == me;
        let begins = |line: String| Act::Insert(line);
        let may = |action: Action| role::permits(role, action);
        let mut choices = Vec::new();
        let mut add = |key: char, words: &'static str, act: Act| {
            choices.push(Choice { key, words, act: Some(act) });
        };
        let is_there = message.what != What::Removed && message.is_said();
        if is_there && may(Action::Send) {
            add('r', "Reply", begins(format!("/reply {seq} ")));
            add('e', "React with an emoji", begins(format!("/react {seq} ")));
        }
        if message.file().is_some() {
            add('d', "Download the file", Act::Type(format!("/download {seq}")));
            add('p', "Show the picture", Act::Picture(room, seq));
            add('h', "Reveal what is hidden in it", Act::Type(format!("/reveal {seq}")));
        }
        if is_there && is_own && may(Action::EditOwn) {
            let line = format!("/edit {seq} {}", message.words());
            add('c', "Change it", begins(line));
        }
        add('y', "Copy the text", Act::Copy(message.words().to_owned()));
        if is_there && is_own && may(Action::DeleteOwn) || is_there && may(Action::Kick) {
            add('x', "Delete it", Act::Type(format!("/delete {seq}")));
        }
        if is_there && !is_own && may(Action::Report) {
            add('m', "Report it to the moderators", begins(format!("/report {seq} ")));
        }
        if !is_own {
            add('w', "Write to them alone", Act::Type(format!("/room @{name}")));
        }
        if !is_own && may(Action::Mute) {
            add('t', "Mute them for 10 minutes", begins(format!("/mute {name} 10m ")));
        }
        if !is_own && may(Action::Ban) {
            add('b', "Ban them", begins(format!("/ban {name} ")));
        }
        let title = format!("{seq} {name}: {}", cut(&message.words().replace('\n', " "), 40));
        Self { title, choices, chosen: Chosen::default() }
    }

    fn take(&mut self, number: usize) -> Then {
        let act = self.choices.get_mut(number).and_then(|choice| choice.act.take());
        act.map_or(Then::Close, Then::Do)
    }
}

impl Overlay for Menu {
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) {
            return Then::Close;
        }
        if key.code == KeyCode::Enter {
            return self.take(self.chosen.row);
        }
        if let KeyCode::Char(letter) = key.code
            && key.modifiers.is_empty()
            && let Some(number) = self.choices.iter().position(|choice| choice.key == letter)
        {
            return self.take(number);
        }
        self.chosen.key(key, self.choices.len());
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        if self.chosen.mouse(mouse, self.choices.len()) { self.take(self.chosen.row) } else { Then::Stay }
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let height = u16::try_from(self.choices.len() + 2).unwrap_or(u16::MAX);
        let inside = boxed(&self.title, (56, height), screen, buffer, theme);
        let choices = &self.choices;
        let row = |number: usize| {
            let choice = &choices[number];
            vec![Line::from(vec![
                Span::styled(format!("{}  ", choice.key), theme.faint),
                Span::styled(choice.words, theme.text),
            ])]
        };
        self.chosen.draw(choices.len(), 1, row, inside, buffer, theme);
        None
    }
}
