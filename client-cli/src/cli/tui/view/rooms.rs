//! The rooms one is in: marks, unread counts, mentions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Borders, Widget};
use unicode_width::UnicodeWidthStr;

use super::{can_be_clicked, pane};
use crate::cli::render::room_name;
use crate::cli::tui::app::{App, Click, Spot};
use crate::cli::tui::wrap::{cut, padded};

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer, spots: &mut Vec<Spot>) {
    let inside = pane("Rooms", Borders::TOP | Borders::RIGHT, area, app, buffer);
    let listed = app.listed();
    let here = listed.iter().position(|room| Some(*room) == app.chat.current).unwrap_or_default();
    let fits = usize::from(inside.height);
    // The room one is in is always seen.
    let top = (here + 1).saturating_sub(fits);
    for ((number, id), y) in listed.iter().enumerate().skip(top).zip(inside.y..inside.bottom()) {
        let Some(room) = app.rooms.get(id) else { continue };
        let place = Rect { y, height: 1, ..inside };
        let is_here = Some(*id) == app.chat.current;
        let quiet = if app.chat.is_quiet(*id) { "z" } else { "" };
        let counts = match (room.mentions, room.unread) {
            (0, 0) => quiet.to_owned(),
            (0, unread) => format!("{quiet}{}", many(unread)),
            (mentions, unread) => format!("{quiet}@{mentions} {}", many(unread)),
        };
        let draft = if !is_here && !room.draft.is_empty() { "✎" } else { "" };
        let width = usize::from(place.width);
        let key = if number < 9 { format!("{} ", number + 1) } else { "  ".to_owned() };
        let name = room_name(&room.summary);
        let room_for_name = width.saturating_sub(2 + key.width() + counts.width() + draft.width() + 1);
        let style = match (is_here, room.mentions, room.unread) {
            (true, ..) => app.theme.chosen,
            (_, 0, 0) => app.theme.text,
            _ => app.theme.unread,
        };
        let count_style = if 0 < room.mentions { app.theme.mention } else { app.theme.unread };
        let mark = if is_here { "›" } else { " " };
        let line = Line::from(vec![
            Span::styled(format!("{mark}{key}"), app.theme.faint),
            Span::styled(padded(&cut(&name, room_for_name), room_for_name), style),
            Span::styled(draft, app.theme.faint),
            Span::raw(" "),
            Span::styled(counts, count_style),
        ]);
        line.render(place, buffer);
        can_be_clicked(spots, place, Click::Room(*id));
    }
}

/// Returns a count that never takes more than four cells.
fn many(count: u64) -> String {
    if 999 < count { "999+".to_owned() } else { count.to_string() }
}
