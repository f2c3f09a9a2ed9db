//! The quick switcher: a room or a person by a few letters.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use proto::ids::RoomId;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::list::Chosen;
use super::{LONGEST_INPUT, Overlay, Then, boxed, closes};
use crate::cli::render::room_name;
use crate::cli::tui::act::Act;
use crate::cli::tui::app::room::Room;
use crate::cli::tui::field::Field;
use crate::cli::tui::theme::Theme;

/// The switcher.
#[derive(Debug)]
pub(crate) struct Switcher {
    line: Field,
    choices: Vec<Choice>,
    /// The choices that match, the best first.
    found: Vec<usize>,
    chosen: Chosen,
}

#[derive(Debug)]
struct Choice {
    name: String,
    /// Nothing for a person one has no room with yet.
    room: Option<RoomId>,
    unread: u64,
    mentions: u32,
}

impl Switcher {
    /// Returns a switcher over one's rooms and the people one knows.
    pub(crate) fn new<'a>(rooms: impl Iterator<Item = &'a Room>, names: &[String]) -> Self {
        let mut choices: Vec<_> = rooms
            .map(|room| Choice {
                name: room_name(&room.summary),
                room: Some(room.summary.room),
                unread: room.unread,
                mentions: room.mentions,
            })
            .collect();
        for name in names {
            let name = format!("@{name}");
            if !choices.iter().any(|choice| choice.name == name) {
                choices.push(Choice { name, room: None, unread: 0, mentions: 0 });
            }
        }
        // Where somebody calls comes first, then what is unread.
        choices.sort_by_key(|choice| (choice.mentions == 0, choice.unread == 0));
        let mut switcher = Self {
            line: Field::new("", LONGEST_INPUT).placeholder("a few letters of a room or a person"),
            choices,
            found: Vec::new(),
            chosen: Chosen::default(),
        };
        switcher.find();
        switcher
    }

    fn find(&mut self) {
        let wanted = self.line.value().to_lowercase();
        let rated = self.choices.iter().enumerate();
        let mut rated: Vec<_> = rated
            .filter_map(|(place, choice)| {
                rate(&choice.name.to_lowercase(), &wanted).map(|rate| (rate, place))
            })
            .collect();
        rated.sort_unstable();
        self.found = rated.into_iter().map(|(_, place)| place).collect();
        self.chosen.row = 0;
    }

    fn take(&self) -> Then {
        let Some(choice) = self.found.get(self.chosen.row).and_then(|place| self.choices.get(*place)) else {
            return Then::Stay;
        };
        match choice.room {
            Some(room) => Then::Do(Act::Go(room, None)),
            None => Then::Do(Act::Type(format!("/room {}", choice.name))),
        }
    }
}

impl Overlay for Switcher {
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) {
            return Then::Close;
        }
        if key.code == KeyCode::Enter {
            return self.take();
        }
        if !self.chosen.key(key, self.found.len()) && self.line.edit(key) {
            self.find();
        }
        Then::Stay
    }

    fn paste(&mut self, text: &str) -> Then {
        self.line.paste(text);
        self.find();
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        if self.chosen.mouse(mouse, self.found.len()) { self.take() } else { Then::Stay }
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let inside = boxed("Go to", (50, 18), screen, buffer, theme);
        let cursor =
            self.line.draw(Rect { height: 1.min(inside.height), ..inside }, buffer, theme, theme.text);
        let rest = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let (found, choices) = (&self.found, &self.choices);
        let row = |number: usize| {
            let choice = &choices[found[number]];
            let mut spans = vec![Span::styled(choice.name.clone(), theme.text)];
            match (choice.mentions, choice.unread) {
                (0, 0) => {}
                (0, unread) => spans.push(Span::styled(format!("  {unread} unread"), theme.unread)),
                (mentions, _) => spans.push(Span::styled(format!("  @{mentions}"), theme.mention)),
            }
            vec![Line::from(spans)]
        };
        self.chosen.draw(found.len(), 1, row, rest, buffer, theme);
        Some(cursor)
    }
}

/// Returns how well a name fits what is typed, the smallest best: at its beginning, inside, letters in order.
fn rate(name: &str, wanted: &str) -> Option<(u8, usize)> {
    let bare = name.trim_start_matches(['#', '~', '@']);
    if bare.starts_with(wanted) || name.starts_with(wanted) {
        return Some((0, name.len()));
    }
    if let Some(place) = name.find(wanted) {
        return Some((1, place));
    }
    let mut letters = name.chars();
    let in_order = wanted.chars().all(|letter| letters.any(|other| other == letter));
    in_order.then_some((2, name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_counts_more_than_the_middle_and_letters_in_order_are_enough() {
        let mut names = ["#random", "#dev", "~board", "@ada", "#admin-dev"];
        names.sort_by_key(|name| rate(name, "dev").unwrap_or((9, 0)));
        assert_eq!(&names[..2], ["#dev", "#admin-dev"]);
        assert!(rate("~board", "bd").is_some() && rate("~board", "db").is_none());
        assert_eq!(rate("@ada", "@a").map(|(rate, _)| rate), Some(0));
    }
}
