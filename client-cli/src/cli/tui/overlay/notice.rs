//! Something that must not be overlooked.

use crossterm::event::{KeyEvent, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::{Overlay, Then, boxed, closes};
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::wrapped;

/// The notice.
#[derive(Debug)]
pub(crate) struct Notice {
    title: String,
    text: String,
}

impl Notice {
    /// Returns a notice with these words.
    pub(crate) fn new(title: &str, text: &str) -> Self {
        let text = domain::text::term_safe_lines(text).into_owned();
        Self { title: title.to_owned(), text }
    }
}

impl Overlay for Notice {
    /// Somebody who is typing when it comes does not take it away unseen: only Esc and Ctrl-C do.
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) { Then::Close } else { Then::Stay }
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        if matches!(mouse.kind, MouseEventKind::Down(_)) { Then::Close } else { Then::Stay }
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let width = screen.width.saturating_sub(4).clamp(10, 70);
        let lines = wrapped(&self.text, usize::from(width.saturating_sub(4)));
        let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
        let inside = boxed(&self.title, (width, height), screen, buffer, theme);
        for (y, line) in (inside.y..inside.bottom().saturating_sub(1)).zip(lines) {
            let place = Rect { x: inside.x + 1, y, height: 1, width: inside.width.saturating_sub(1) };
            Line::styled(line, theme.bad).render(place, buffer);
        }
        let last = Rect { y: inside.bottom().saturating_sub(1), height: 1.min(inside.height), ..inside };
        Line::styled(" Esc closes", theme.faint).render(last, buffer);
        None
    }
}
