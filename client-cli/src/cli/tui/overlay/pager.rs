//! More lines than the log should hold: scrolled in a box of their own.

use crossterm::event::{KeyCode, KeyEvent, MouseEvent, MouseEventKind};
use domain::text::term_safe_lines;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::{Overlay, Then, boxed, closes};
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::wrapped;

/// The box.
#[derive(Debug)]
pub(crate) struct Pager {
    title: String,
    lines: Vec<String>,
    top: usize,
    page: usize,
    /// How many lines there are at the width it was drawn with.
    wrapped: usize,
}

impl Pager {
    /// Returns a box with these lines.
    pub(crate) fn new(title: &str, lines: &[String]) -> Self {
        let lines = lines.iter().map(|line| term_safe_lines(line).into_owned()).collect();
        Self { title: title.trim_start_matches('/').to_owned(), lines, top: 0, page: 1, wrapped: 0 }
    }

    fn move_by(&mut self, by: isize) {
        let last = self.wrapped.saturating_sub(self.page);
        self.top = self.top.saturating_add_signed(by).min(last);
    }
}

impl Overlay for Pager {
    fn key(&mut self, key: KeyEvent) -> Then {
        if closes(&key) {
            return Then::Close;
        }
        let page = isize::try_from(self.page.saturating_sub(1).max(1)).unwrap_or(1);
        match key.code {
            KeyCode::Char('q') | KeyCode::Enter => return Then::Close,
            KeyCode::Up | KeyCode::Char('k') => self.move_by(-1),
            KeyCode::Down | KeyCode::Char('j') => self.move_by(1),
            KeyCode::PageUp => self.move_by(-page),
            KeyCode::PageDown | KeyCode::Char(' ') => self.move_by(page),
            KeyCode::Home => self.top = 0,
            KeyCode::End => self.move_by(isize::MAX),
            _ => {}
        }
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.move_by(-3),
            MouseEventKind::ScrollDown => self.move_by(3),
            _ => {}
        }
        Then::Stay
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let width = usize::from(screen.width.saturating_sub(6)).clamp(10, 100);
        let lines: Vec<_> = self.lines.iter().flat_map(|line| wrapped(line, width - 1)).collect();
        let wanted = lines.len().saturating_add(2);
        let height = u16::try_from(wanted).unwrap_or(u16::MAX).min(screen.height.saturating_sub(2)).max(3);
        let more = usize::from(height) - 2 < lines.len();
        let title = if more { format!("{} (PgDn: more)", self.title) } else { self.title.clone() };
        let width = u16::try_from(width + 2).unwrap_or(u16::MAX);
        let inside = boxed(&title, (width, height), screen, buffer, theme);
        (self.page, self.wrapped) = (usize::from(inside.height), lines.len());
        self.move_by(0);
        for (y, line) in (inside.y..inside.bottom()).zip(lines.iter().skip(self.top)) {
            Line::styled(line.clone(), theme.text).render(Rect { y, height: 1, ..inside }, buffer);
        }
        None
    }
}
