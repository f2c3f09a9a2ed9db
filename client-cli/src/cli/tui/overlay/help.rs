//! F1: keys as they are bound, and the commands one may use; typing finds.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use proto::message::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::Chosen;
use super::{LONGEST_INPUT, Overlay, Then, boxed, closes};
use crate::cli::tui::act::Act;
use crate::cli::tui::field::Field;
use crate::cli::tui::help::pages;
use crate::cli::tui::keys::Keymap;
use crate::cli::tui::theme::Theme;
use crate::cli::tui::view::wrap::{padded, wrapped};

/// The help.
#[derive(Debug)]
pub(crate) struct Help {
    line: Field,
    rows: Vec<Row>,
    found: Vec<usize>,
    chosen: Chosen,
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
        let mut help = Self {
            line: Field::new("", LONGEST_INPUT).placeholder("type to find; Enter on a command begins it"),
            rows,
            found: Vec::new(),
            chosen: Chosen::default(),
        };
        help.find();
        help
    }

    fn find(&mut self) {
        let wanted = self.line.value().to_lowercase();
        let fits = |row: &Row| match row {
            Row::Title(_) => wanted.is_empty(),
            Row::Entry { left, right } => {
                left.to_lowercase().contains(&wanted) || right.to_lowercase().contains(&wanted)
            }
        };
        self.found =
            self.rows.iter().enumerate().filter(|(_, row)| fits(row)).map(|(place, _)| place).collect();
        self.chosen.row = 0;
    }

    /// Begins the chosen command in the line being typed.
    fn take(&self) -> Then {
        match self.found.get(self.chosen.row).map(|place| &self.rows[*place]) {
            Some(Row::Entry { left, .. }) if left.starts_with('/') => {
                let command = left.split_whitespace().next().unwrap_or_default();
                Then::Do(Act::Insert(format!("{command} ")))
            }
            _ => Then::Close,
        }
    }
}

impl Overlay for Help {
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) || key.code == KeyCode::F(1) {
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
        let height = screen.height.saturating_sub(2);
        let inside = boxed("Help", (100, height), screen, buffer, theme);
        let cursor =
            self.line.draw(Rect { height: 1.min(inside.height), ..inside }, buffer, theme, theme.text);
        // What does not fit in a row stands in full below, for the chosen one.
        let explained = if inside.height < 8 { 0 } else { 3 };
        let list = inside.height.saturating_sub(1 + explained);
        let rest = Rect { y: inside.y + 1, height: list, ..inside };
        let below = Rect { y: rest.bottom(), height: explained, ..inside };
        let left_width = match inside.width {
            ..60 => 14,
            60..90 => 26,
            _ => 38,
        };
        if let Some(Row::Entry { left, right }) =
            self.found.get(self.chosen.row).map(|place| &self.rows[*place])
        {
            let words = wrapped(&format!("{left}: {right}"), usize::from(below.width));
            for (line, y) in words.into_iter().zip(below.y..below.bottom()) {
                Line::styled(line, theme.note).render(Rect { y, height: 1, ..below }, buffer);
            }
        }
        let (rows, found) = (&self.rows, &self.found);
        let row = |number: usize| {
            vec![match &rows[found[number]] {
                Row::Title(title) => Line::styled(title.clone(), theme.title),
                Row::Entry { left, right } => Line::from(vec![
                    Span::styled(padded(left, left_width), theme.text),
                    Span::styled(format!(" {right}"), theme.faint),
                ]),
            }]
        };
        self.chosen.draw(found.len(), 1, row, rest, buffer, theme);
        Some(cursor)
    }
}
