//! The bars: where one is, how the connection is, what is encrypted for whom, and what can be done.

use std::time::Instant;

use domain::text::term_safe;
use proto::message::RoomKind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use super::can_be_clicked;
use crate::cli::render::posture;
use crate::cli::tui::app::{App, Click, Connection, Spot};
use crate::cli::tui::keys::Action;
use crate::cli::tui::wrap::cut;

/// Draws the bar at the top: server, person, and what can be clicked.
pub(super) fn bar(app: &App, area: Rect, buffer: &mut Buffer, spots: &mut Vec<Spot>) {
    buffer.set_style(area, app.theme.bar);
    let me = &app.chat.me;
    let words = format!(" {}  {}", term_safe(&me.server), term_safe(&me.name));
    Line::styled(cut(&words, usize::from(area.width)), app.theme.bar).render(area, buffer);
    let buttons = [
        ("Help", Action::Help),
        ("Search", Action::Search),
        ("Go to", Action::Switcher),
        ("Upload", Action::Upload),
    ];
    let mut right = area.right();
    for (words, action) in buttons {
        let key = app.keymap.keys_of(action).first().cloned().unwrap_or_default();
        let text = if key.is_empty() { format!(" {words} ") } else { format!(" {words} {key} ") };
        let width = u16::try_from(text.width()).unwrap_or(u16::MAX);
        let left = right.saturating_sub(width + 1);
        if left
            < area.x
                + u16::try_from(cut(&format!(" {}", term_safe(&me.server)), 30).width()).unwrap_or_default()
                + 2
        {
            break;
        }
        let place = Rect { x: left, y: area.y, width, height: 1 };
        Line::styled(text, app.theme.button).render(place, buffer);
        can_be_clicked(spots, place, Click::Action(action));
        right = left;
    }
}

/// Draws the line at the bottom.
pub(super) fn line(app: &App, now: Instant, area: Rect, buffer: &mut Buffer, spots: &mut Vec<Spot>) {
    buffer.set_style(area, app.theme.bar);
    if let Some(said) = &app.said {
        let said = cut(&format!(" {said}"), usize::from(area.width));
        return Line::styled(said, app.theme.bar.patch(app.theme.warning)).render(area, buffer);
    }
    let bar = app.theme.bar;
    let on_bar = |style: Style| bar.patch(style);
    let mut spans = Vec::new();
    match &app.connection {
        Connection::Online => {
            spans.push(Span::styled(" ● online", on_bar(app.theme.good)));
            spans.push(Span::styled(", encrypted to the server", bar));
        }
        Connection::Offline { why, again } => {
            let seconds = again.saturating_duration_since(now).as_secs() + 1;
            // The reason may be long; what matters stands in front of it.
            let kept = match app.rooms.values().map(|room| room.pending.len()).sum::<usize>() {
                0 => "what you write is kept".to_owned(),
                count => format!("{count} kept to be sent"),
            };
            let words = format!(" ○ offline, again in {seconds} s, {kept}: {why}");
            spans.push(Span::styled(words, on_bar(app.theme.warning)));
        }
        Connection::Over(why) => {
            spans.push(Span::styled(format!(" ✕ disconnected: {why}"), on_bar(app.theme.bad)));
        }
    }
    if let (Connection::Online, Some(room)) = (&app.connection, app.current()) {
        let (words, style) = match room.summary.kind {
            RoomKind::Sealed | RoomKind::SealedDirect => ("sealed: MLS, only members read", app.theme.good),
            RoomKind::Open | RoomKind::Direct => ("open: the server can read", app.theme.warning),
        };
        spans.push(Span::styled(" │ ", bar));
        spans.push(Span::styled(words, on_bar(style)));
        let posture = posture(&room.summary);
        if !posture.is_empty() {
            spans.push(Span::styled(posture, on_bar(app.theme.warning)));
        }
        let pending = room.pending.len();
        if 0 < pending {
            spans.push(Span::styled(format!(" │ {pending} not sent yet"), on_bar(app.theme.warning)));
        }
    }
    let (unread, mentions) = app
        .rooms
        .values()
        .fold((0, 0), |(unread, mentions), room| (unread + room.unread, mentions + room.mentions));
    let counts = match (unread, mentions) {
        (0, _) => String::new(),
        (unread, 0) => format!(" {unread} unread "),
        (unread, mentions) => format!(" {unread} unread, {mentions} for you "),
    };
    Line::from(spans).render(area, buffer);
    let width = u16::try_from(counts.width()).unwrap_or(u16::MAX).min(area.width);
    if 0 < width {
        let place = Rect { x: area.right() - width, width, ..area };
        Line::styled(counts, bar.patch(app.theme.unread)).render(place, buffer);
        can_be_clicked(spots, place, Click::Action(Action::NextUnread));
    }
}
