//! What lies above the chat for a while: it takes the keys, and says what is to be done when it closes.

pub(crate) mod confirm;
mod finder;
pub(crate) mod help;
mod list;
pub(crate) mod menu;
pub(crate) mod notice;
pub(crate) mod pager;
pub(crate) mod search;
pub(crate) mod switcher;
pub(crate) mod totp;

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};
use proto::message::{RoomSummary, SearchHit};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};

use super::act::Act;
use super::theme::Theme;
use crate::cli::conversation::files::TransferView;
use totp::wish::TotpAnswer;

/// What comes of a key, a click or a paste.
#[derive(Debug)]
pub(crate) enum Then {
    /// It stays.
    Stay,
    /// It closes.
    Close,
    /// It closes, and this is done.
    Do(Act),
    /// It stays, and this is done.
    Also(Act),
}

/// What a search found.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) query: &'a str,
    /// Each hit with its room, or why there are none.
    pub(crate) hits: Result<Vec<(Option<RoomSummary>, SearchHit)>, String>,
    pub(crate) more: bool,
    pub(crate) me: &'a str,
}

/// Something above the chat.
pub(crate) trait Overlay: std::fmt::Debug {
    /// Takes a key. Esc and Ctrl-C close, in each of them, unless something would be lost that comes once.
    fn key(&mut self, key: KeyEvent) -> Then;

    /// Takes pasted text.
    fn paste(&mut self, _text: &str) -> Then {
        Then::Stay
    }

    /// Takes a click or the wheel, in places of the whole screen.
    fn mouse(&mut self, _mouse: MouseEvent) -> Then {
        Then::Stay
    }

    /// Takes note of how far transfers are; told now and then while it is open.
    fn transfers(&mut self, _transfers: &[TransferView]) {}

    /// Returns a picture that is to be drawn over it, and where; asked after each drawing.
    fn picture(&self) -> Option<(&Path, Rect)> {
        None
    }

    /// Returns whether there is a picture in it that is read by its colours, and needs them where none are wanted.
    fn needs_colours(&self) -> bool {
        false
    }

    /// Takes what came of a step towards another authenticator.
    fn totp(&mut self, _answer: &TotpAnswer) {}

    /// Takes what a search found.
    fn found(&mut self, _found: &Found<'_>) {}

    /// Draws itself somewhere on the screen and returns where the cursor stands.
    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position>;
}

/// Clears a box of at most this size in the middle, draws its frame, and returns what is inside.
pub(crate) fn boxed(
    title: &str,
    (width, height): (u16, u16),
    screen: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Rect {
    let area = screen
        .centered(Constraint::Length(width.min(screen.width)), Constraint::Length(height.min(screen.height)));
    Clear.render(area, buffer);
    buffer.set_style(area, Style::reset().patch(theme.text));
    let title = Line::styled(format!(" {title} "), theme.title);
    let block = Block::bordered().border_style(theme.border).title(title);
    let inside = block.inner(area);
    block.render(area, buffer);
    inside
}

/// Returns whether a key closes whatever is open.
pub(crate) fn closes(key: &KeyEvent) -> bool {
    let is_interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    is_interrupt || key.code == KeyCode::Esc
}
