//! The log of the room one is in, with own messages on their way at its end.

use client_cli::sealed::server_reads;
use domain::text::term_safe;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Borders, Widget};

use super::rows::Layout;
use super::{can_be_clicked, pane, scroll};
use crate::cli::render::room_name;
use crate::cli::tui::app::room::{Pending, PendingState, Place, Room};
use crate::cli::tui::app::{App, Click, Connection, Spot};
use crate::cli::tui::config::EmojiMode;
use crate::cli::tui::keys::Action;
use crate::cli::tui::wrap::{cut, wrapped};

/// Draws the log and returns where its lines stand.
pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer, spots: &mut Vec<Spot>) -> Rect {
    let Some(room) = app.current() else {
        let inside = pane("", Borders::TOP, area, app, buffer);
        Line::styled("waiting for the server ...", app.theme.faint).render(inside, buffer);
        return inside;
    };
    let inside = pane(&title(room), Borders::TOP, area, app, buffer);
    let pending = pending_lines(app, room, usize::from(inside.width), usize::from(inside.height / 2));
    let waiting = u16::try_from(pending.len()).unwrap_or_default();
    let is_reading_back = room.place != Place::End;
    let below = if is_reading_back { 1 } else { waiting };
    let lines_area = Rect { height: inside.height.saturating_sub(below), ..inside };
    let layout = Layout {
        width: lines_area.width,
        theme: &app.theme,
        new_after: room.new_after,
        chosen: room.chosen,
        me: app.chat.me.account.get(),
        shortcodes: app.emoji == EmojiMode::Shortcode,
    };
    let window = scroll::window(&room.log, room.place, usize::from(lines_area.height), &layout);
    // A short log stands at the bottom, where it is typed.
    let top =
        lines_area.bottom() - u16::try_from(window.lines.len()).unwrap_or_default().min(lines_area.height);
    if window.at_top && lines_area.y < top {
        let words = match (room.loading, room.log.whole) {
            (true, _) => "reading the log ...",
            (false, true) => "this is the beginning",
            (false, false) => "",
        };
        let place = Rect { y: top - 1, height: 1, ..lines_area };
        Line::styled(words, app.theme.faint).centered().render(place, buffer);
    }
    for ((row, line), y) in window.lines.into_iter().zip(top..) {
        let place = Rect { y, height: 1, ..lines_area };
        line.render(place, buffer);
        can_be_clicked(spots, place, Click::Row(row));
    }
    let place = Rect { y: lines_area.bottom(), height: below, ..inside };
    if is_reading_back {
        more_below(app, room, place, buffer, spots);
    } else {
        for (line, y) in pending.into_iter().zip(place.y..place.bottom()) {
            line.render(Rect { y, height: 1, ..place }, buffer);
        }
    }
    lines_area
}

fn title(room: &Room) -> String {
    let topic = match room.summary.topic.trim() {
        "" => String::new(),
        topic => format!(": {}", term_safe(topic)),
    };
    format!("{}{topic} ({})", room_name(&room.summary), server_reads(room.summary.kind))
}

fn more_below(app: &App, room: &Room, place: Rect, buffer: &mut Buffer, spots: &mut Vec<Spot>) {
    let keys = app.keymap.keys_of(Action::Bottom).join(" or ");
    let unread = match room.unread {
        0 => "newer messages below".to_owned(),
        1 => "1 new message below".to_owned(),
        unread => format!("{unread} new messages below"),
    };
    let words = format!(" ↓ {unread}: {keys} or Esc goes there ");
    Line::styled(cut(&words, usize::from(place.width)), app.theme.button).centered().render(place, buffer);
    can_be_clicked(spots, place, Click::Action(Action::Bottom));
}

/// Returns the last lines of what is on its way, at most so many.
fn pending_lines(app: &App, room: &Room, width: usize, most: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<_> =
        room.pending.iter().flat_map(|pending| pending_line(app, pending, width)).collect();
    let surplus = lines.len().saturating_sub(most.max(1));
    lines.drain(..surplus);
    lines
}

fn pending_line(app: &App, pending: &Pending, width: usize) -> Vec<Line<'static>> {
    let (mark, style) = match &pending.state {
        PendingState::Sending if app.connection != Connection::Online => {
            ("waits for the connection".to_owned(), app.theme.warning)
        }
        PendingState::Sending => ("sending".to_owned(), app.theme.faint),
        PendingState::Waits(seconds) => (format!("slow mode, sent in {seconds} s"), app.theme.warning),
        PendingState::Held => ("waits for a moderator".to_owned(), app.theme.warning),
        PendingState::Failed(why) => (format!("not sent: {why} (/retry sends again)"), app.theme.bad),
    };
    let mut lines: Vec<_> = wrapped(&pending.words, width.saturating_sub(2))
        .into_iter()
        .map(|line| Line::from(vec![Span::raw("  "), Span::styled(line, app.theme.faint)]))
        .collect();
    lines.push(Line::styled(cut(&format!("  … {mark}"), width), style));
    lines
}
