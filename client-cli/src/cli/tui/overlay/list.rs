//! A list of which one row is chosen, scrolled so that it is seen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::cli::tui::theme::Theme;

/// Where one is in the list.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) row: usize,
    top: usize,
    drawn: Rect,
    rows_each: usize,
}

impl Chosen {
    /// Takes a key; returns whether it moved in the list.
    pub(super) fn key(&mut self, key: KeyEvent, count: usize) -> bool {
        let page = (usize::from(self.drawn.height) / self.rows_each.max(1)).max(1);
        let last = count.saturating_sub(1);
        self.row = match (key.code, key.modifiers) {
            (KeyCode::Up, _) | (KeyCode::Char('p'), KeyModifiers::CONTROL) => self.row.saturating_sub(1),
            (KeyCode::Down, _) | (KeyCode::Char('n'), KeyModifiers::CONTROL) => self.row + 1,
            (KeyCode::PageUp, _) => self.row.saturating_sub(page),
            (KeyCode::PageDown, _) => self.row + page,
            _ => return false,
        }
        .min(last);
        true
    }

    /// Takes the wheel or a click; returns whether a row was clicked.
    pub(super) fn mouse(&mut self, mouse: MouseEvent, count: usize) -> bool {
        let last = count.saturating_sub(1);
        match mouse.kind {
            MouseEventKind::ScrollUp => self.row = self.row.saturating_sub(1),
            MouseEventKind::ScrollDown => self.row = (self.row + 1).min(last),
            MouseEventKind::Down(MouseButton::Left)
                if self.drawn.contains(Position::new(mouse.column, mouse.row)) =>
            {
                let down = usize::from(mouse.row - self.drawn.y) / self.rows_each.max(1);
                if self.top + down < count {
                    self.row = self.top + down;
                    return true;
                }
            }
            _ => {}
        }
        false
    }

    /// Draws the rows, each with the same number of lines.
    pub(super) fn draw(
        &mut self,
        count: usize,
        rows_each: usize,
        row: impl Fn(usize) -> Vec<Line<'static>>,
        area: Rect,
        buffer: &mut Buffer,
        theme: &Theme,
    ) {
        (self.drawn, self.rows_each) = (area, rows_each);
        let fits = (usize::from(area.height) / rows_each.max(1)).max(1);
        self.row = self.row.min(count.saturating_sub(1));
        self.top = self.top.min(self.row).max((self.row + 1).saturating_sub(fits));
        let mut y = area.y;
        for number in self.top..count.min(self.top + fits) {
            let is_chosen = number == self.row;
            for (place, line) in row(number).into_iter().take(rows_each).enumerate() {
                if area.bottom() <= y {
                    return;
                }
                let place_of_line = Rect { y, height: 1, ..area };
                let mark = if is_chosen && place == 0 { "› " } else { "  " };
                let mut line = line;
                line.spans.insert(0, mark.into());
                line.render(place_of_line, buffer);
                if is_chosen {
                    buffer.set_style(place_of_line, theme.chosen);
                }
                y += 1;
            }
        }
    }
}
