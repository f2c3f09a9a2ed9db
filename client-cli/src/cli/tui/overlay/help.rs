//! F1: keys as they are bound, and the commands one may use; typing finds.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use proto::message::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::finder::{Findable, Finder};
use super::{Overlay, Then, boxed};
use crate::cli::tui::act::Act;
use crate::cli::tui::help::pages;
use crate::cli::tui::keys::Keymap;
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::{cut, padded, wrapped};

/// The help.
#[derive(Debug)]
pub(crate) struct Help {
    finder: Finder<Row>,
}

#[derive(Debug)]
enum Row {
    Title(String),
    Entry { left: String, right: String },
}

impl Help {
    /// Returns the help for these keys and this role.
    pub(crate) fn new(keymap: &Keymap, role: Role) -> Self {
        let mut rows = Vec::new();
        for (title, entries) in pages(keymap, role) {
            rows.push(Row::Title(title));
            rows.extend(entries.into_iter().map(|(left, right)| Row::Entry { left, right }));
        }
        Self { finder: Finder::new("type to find; Enter on a command begins it", rows) }
    }
}

impl Overlay for Help {
    fn key(&mut self, key: KeyEvent) -> Then {
        if key.code == KeyCode::F(1) { Then::Close } else { self.finder.key(key) }
    }

    fn paste(&mut self, text: &str) -> Then {
        self.finder.paste(text)
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        self.finder.mouse(mouse)
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let height = screen.height.saturating_sub(2);
        let inside = boxed("Help", (100, height), screen, buffer, theme);
        // What does not fit in a row stands in full below, for the chosen one.
        let explained = if inside.height < 8 { 0 } else { 3 };
        let above = Rect { height: inside.height - explained, ..inside };
        let below = Rect { y: above.bottom(), height: explained, ..inside };
        if let Some(Row::Entry { left, right }) = self.finder.chosen() {
            let words = wrapped(&format!("{left}: {right}"), usize::from(below.width));
            for (line, y) in words.into_iter().zip(below.y..below.bottom()) {
                Line::styled(line, theme.note).render(Rect { y, height: 1, ..below }, buffer);
            }
        }
        let left_width = match inside.width {
            ..60 => 14,
            60..90 => 26,
            _ => 38,
        };
        let right_width = usize::from(inside.width).saturating_sub(left_width + 3);
        let row = |row: &Row| match row {
            Row::Title(title) => Line::styled(title.clone(), theme.title),
            Row::Entry { left, right } => Line::from(vec![
                Span::styled(padded(left, left_width), theme.text),
                Span::styled(format!(" {}", cut(right, right_width)), theme.faint),
            ]),
        };
        Some(self.finder.draw(row, above, buffer, theme))
    }
}

impl Findable for Row {
    fn rate(&self, wanted: &str) -> Option<(u8, usize)> {
        let fits = match self {
            Self::Title(_) => wanted.is_empty(),
            Self::Entry { left, right } => {
                left.to_lowercase().contains(wanted) || right.to_lowercase().contains(wanted)
            }
        };
        fits.then_some((0, 0))
    }

    /// Begins the chosen command in the line being typed.
    fn take(chosen: Option<&Self>) -> Then {
        match chosen {
            Some(Self::Entry { left, .. }) if left.starts_with('/') => {
                let command = left.split_whitespace().next().unwrap_or_default();
                Then::Do(Act::Insert(format!("{command} ")))
            }
            _ => Then::Close,
        }
    }
}
