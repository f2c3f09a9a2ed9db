//! A line to type in, above the chat.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::Widget;
use ratatui_textarea::{CursorMove, TextArea};

use crate::cli::tui::theme::Theme;

/// The line.
#[derive(Debug)]
pub(super) struct InputLine {
    area: TextArea<'static>,
}

impl InputLine {
    pub(super) fn new(text: &str, hint: &str) -> Self {
        let mut area = TextArea::new(vec![text.to_owned()]);
        area.move_cursor(CursorMove::End);
        area.set_cursor_line_style(Style::new());
        area.set_cursor_style(Style::new());
        area.set_placeholder_text(hint);
        Self { area }
    }

    /// Takes a key; returns whether the text changed.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        match (key.code, key.modifiers) {
            (KeyCode::Enter, _) | (KeyCode::Char('j' | 'm'), KeyModifiers::CONTROL) => false,
            (KeyCode::Char('u'), KeyModifiers::CONTROL) => self.area.delete_line_by_head(),
            _ => self.area.input(key),
        }
    }

    /// Takes pasted text; only its first line.
    pub(super) fn paste(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or_default();
        self.area.insert_str(line.chars().filter(|letter| !letter.is_control()).collect::<String>());
    }

    pub(super) fn text(&self) -> &str {
        self.area.lines().first().map(String::as_str).unwrap_or_default()
    }

    /// Draws the line and returns where the cursor stands.
    pub(super) fn draw(&mut self, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Position {
        self.area.set_style(theme.text);
        self.area.set_placeholder_style(theme.faint);
        (&self.area).render(area, buffer);
        let column = u16::try_from(self.area.screen_cursor().col).unwrap_or_default();
        let (_, scrolled) = self.area.scroll_offset();
        Position::new(area.x + column.saturating_sub(scrolled).min(area.width.saturating_sub(1)), area.y)
    }
}
