//! The quick switcher: a room or a person by a few letters.

use crossterm::event::{KeyEvent, MouseEvent};
use proto::ids::RoomId;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::finder::{Findable, Finder};
use super::{Overlay, Then, boxed};
use crate::cli::render::room_name;
use crate::cli::tui::act::Act;
use crate::cli::tui::app::room::Room;
use crate::cli::tui::theme::Theme;

/// The switcher.
#[derive(Debug)]
pub(crate) struct Switcher {
    finder: Finder<Choice>,
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
        Self { finder: Finder::new("a few letters of a room or a person", choices) }
    }
}

impl Overlay for Switcher {
    fn key(&mut self, key: KeyEvent) -> Then {
        self.finder.key(key)
    }

    fn paste(&mut self, text: &str) -> Then {
        self.finder.paste(text)
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        self.finder.mouse(mouse)
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let inside = boxed("Go to", (50, 18), screen, buffer, theme);
        let row = |choice: &Choice| {
            let mut spans = vec![Span::styled(choice.name.clone(), theme.text)];
            match (choice.mentions, choice.unread) {
                (0, 0) => {}
                (0, unread) => spans.push(Span::styled(format!("  {unread} unread"), theme.unread)),
                (mentions, _) => spans.push(Span::styled(format!("  @{mentions}"), theme.mention)),
            }
            Line::from(spans)
        };
        Some(self.finder.draw(row, inside, buffer, theme))
    }
}

impl Findable for Choice {
    fn rate(&self, wanted: &str) -> Option<(u8, usize)> {
        rate(&self.name.to_lowercase(), wanted)
    }

    fn take(chosen: Option<&Self>) -> Then {
        let Some(choice) = chosen else { return Then::Stay };
        match choice.room {
            Some(room) => Then::Do(Act::Go(room, None)),
            None => Then::Do(Act::Type(format!("/room {}", choice.name))),
        }
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
