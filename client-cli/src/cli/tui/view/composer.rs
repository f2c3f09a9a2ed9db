//! The line being typed, and the list that Tab opens above it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Widget};
use unicode_width::UnicodeWidthStr;

use crate::cli::render::room_name;
use crate::cli::tui::app::App;
use crate::cli::tui::keys::Action;
use crate::cli::tui::wrap::{cut, padded, wrapped};

/// Returns how many lines the draft takes at this width.
pub(super) fn height(app: &App, width: u16) -> u16 {
    let text = app.draft().text();
    // A cell is kept for the cursor behind the last letter.
    let lines = wrapped(&text, usize::from(width.saturating_sub(PROMPT + 1)).max(2)).len();
    u16::try_from(lines).unwrap_or(u16::MAX).clamp(1, MOST)
}

/// Draws the line and returns where the cursor stands.
pub(super) fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) -> Position {
    let theme = app.theme;
    let inside = match area.height {
        0 | 1 => area,
        _ => {
            let title = title(app, usize::from(area.width));
            let block = Block::new().borders(Borders::TOP).border_style(theme.border).title(title);
            let inside = block.inner(area);
            block.render(area, buffer);
            inside
        }
    };
    let prompt = Rect { width: PROMPT.min(inside.width), height: 1.min(inside.height), ..inside };
    Line::styled("> ", theme.faint).render(prompt, buffer);
    let typed = Rect { x: inside.x + prompt.width, width: inside.width - prompt.width, ..inside };
    app.draft_mut().draw(typed, buffer, theme.text)
}

fn title(app: &App, width: usize) -> Line<'static> {
    let Some(room) = app.current() else { return Line::default() };
    let key = |action| app.keymap.keys_of(action).first().cloned().unwrap_or_default();
    let name = room_name(&room.summary);
    let hint = format!(" ({} sends, {} begins a line)", key(Action::Send), key(Action::Newline));
    let title = format!("Message {name}");
    let shown = if title.width() + hint.width() < width { hint } else { String::new() };
    Line::from(vec![Span::styled(cut(&title, width), app.theme.title), Span::styled(shown, app.theme.faint)])
}

/// Draws the list that Tab has opened above the line.
pub(super) fn candidates(app: &App, composer: Rect, buffer: &mut Buffer) {
    let Some(list) = &app.completion else { return };
    let height = u16::try_from(list.candidates.len()).unwrap_or(u16::MAX).min(8).min(composer.y);
    let fits = usize::from(height);
    if fits == 0 {
        return;
    }
    let widest =
        list.candidates.iter().map(|candidate| candidate.text.width() + candidate.hint.width() + 4).max();
    let width =
        u16::try_from(widest.unwrap_or_default()).unwrap_or(u16::MAX).clamp(10, composer.width.max(10));
    let area = Rect { x: composer.x, y: composer.y - height, width, height }.intersection(*buffer.area());
    Clear.render(area, buffer);
    let top = (list.chosen + 1).saturating_sub(fits);
    for ((number, candidate), y) in list.candidates.iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        let place = Rect { y, height: 1, ..area };
        let mark = if number == list.chosen { "›" } else { " " };
        let style = if number == list.chosen { app.theme.chosen } else { app.theme.bar };
        let text = format!("{mark}{}  {}", candidate.text.trim_end(), candidate.hint);
        let text = domain::text::term_safe(&text).into_owned();
        Line::styled(padded(&text, usize::from(width)), style).render(place, buffer);
    }
}

/// Cells in front of the draft.
const PROMPT: u16 = 2;
/// Most lines the draft takes of the screen; it scrolls beyond.
const MOST: u16 = 8;
