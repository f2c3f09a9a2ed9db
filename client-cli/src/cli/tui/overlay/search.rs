//! Finding words in this room or in all, and going to what was found.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};
use domain::text::term_safe;
use proto::ids::{RoomId, Seq};
use proto::limits;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::Chosen;
use super::{Found, Overlay, Then, boxed, closes};
use crate::cli::lists::found_in;
use crate::cli::render::full_time;
use crate::cli::tui::act::Act;
use crate::cli::tui::app::message::Message;
use crate::cli::tui::field::Field;
use crate::cli::tui::theme::Theme;

/// The search.
#[derive(Debug)]
pub(crate) struct Search {
    line: Field,
    everywhere: bool,
    hits: Vec<Hit>,
    /// What stands where hits would.
    said: String,
    /// What was asked for last and has not come back.
    waits_for: Option<String>,
    chosen: Chosen,
}

#[derive(Debug)]
struct Hit {
    room: RoomId,
    seq: Seq,
    place: String,
    words: String,
}

impl Search {
    /// Returns a search for these words, which may be none yet.
    pub(crate) fn new(words: &str) -> Self {
        let said = "Enter looks for it. Sealed rooms: what this device has read.".to_owned();
        Self {
            line: Field::new("", limits::QUERY).placeholder("words to look for").with(words),
            everywhere: true,
            hits: Vec::new(),
            said,
            waits_for: None,
            chosen: Chosen::default(),
        }
    }

    /// Returns what has to be asked first, when it was opened with words.
    pub(crate) fn first_question(&mut self) -> Option<Act> {
        self.ask()
    }

    fn ask(&mut self) -> Option<Act> {
        let query = self.line.value().trim().to_owned();
        if query.is_empty() {
            return None;
        }
        self.hits.clear();
        self.said = "looking ...".to_owned();
        self.waits_for = Some(query.clone());
        Some(Act::Find { query, everywhere: self.everywhere })
    }

    fn take(&self) -> Then {
        match self.hits.get(self.chosen.row) {
            Some(hit) => Then::Do(Act::Go(hit.room, Some(hit.seq))),
            None => Then::Stay,
        }
    }
}

impl Overlay for Search {
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) {
            return Then::Close;
        }
        match (key.code, key.modifiers) {
            (KeyCode::Enter, _) if !self.hits.is_empty() => return self.take(),
            (KeyCode::Enter, _) => return self.ask().map_or(Then::Stay, Then::Also),
            (KeyCode::Tab, _) | (KeyCode::Char('f'), KeyModifiers::CONTROL) => {
                self.everywhere = !self.everywhere;
                return self.ask().map_or(Then::Stay, Then::Also);
            }
            _ => {}
        }
        if !self.chosen.key(key, self.hits.len()) && self.line.edit(key) {
            self.hits.clear();
            self.said = "Enter looks for it.".to_owned();
        }
        Then::Stay
    }

    fn paste(&mut self, text: &str) -> Then {
        self.line.paste(text);
        self.hits.clear();
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        if self.chosen.mouse(mouse, self.hits.len()) { self.take() } else { Then::Stay }
    }

    fn found(&mut self, found: &Found<'_>) {
        let Found { query, hits, more, me } = found;
        if self.waits_for.as_deref() != Some(*query) {
            return;
        }
        self.waits_for = None;
        self.chosen = Chosen::default();
        match hits {
            Err(why) => self.said = format!("Could not look: {}", term_safe(why)),
            Ok(hits) => {
                self.hits = hits
                    .iter()
                    .filter_map(|(room, hit)| {
                        let message = Message::of_item(&hit.item, me)?;
                        let place = format!(
                            "{}  {}  {}",
                            found_in(room.as_slice(), hit),
                            full_time(message.at),
                            message.name
                        );
                        let words = message.words().replace('\n', " ");
                        Some(Hit { room: hit.item.entry.room, seq: message.seq, place, words })
                    })
                    .collect();
                self.said = match (self.hits.len(), more) {
                    (0, _) => "Nothing found.".to_owned(),
                    (count, true) => format!("The {count} newest; another word narrows it down."),
                    (count, false) => format!("{count} found. Enter goes there."),
                };
            }
        }
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let title = if self.everywhere {
            "Search: all rooms (Tab: only here)"
        } else {
            "Search: this room (Tab: all)"
        };
        let inside = boxed(title, (90, 24), screen, buffer, theme);
        if inside.height < 3 {
            return None;
        }
        let cursor = self.line.draw(Rect { height: 1, ..inside }, buffer, theme, theme.text);
        let below = Rect { y: inside.y + 1, height: 1, ..inside };
        Line::styled(self.said.clone(), theme.faint).render(below, buffer);
        let rest = Rect { y: inside.y + 2, height: inside.height - 2, ..inside };
        let hits = &self.hits;
        let row = |number: usize| {
            let hit = &hits[number];
            vec![
                Line::styled(hit.place.clone(), theme.faint),
                Line::from(vec![
                    Span::raw("  "),
                    Span::styled(term_safe(&hit.words).into_owned(), theme.text),
                ]),
            ]
        };
        self.chosen.draw(hits.len(), 2, row, rest, buffer, theme);
        Some(cursor)
    }
}
