//! Draws the application: bar, rooms, log, members, what is being typed, and the state of things.

mod composer;
mod log;
mod members;
mod rooms;
pub(crate) mod rows;
pub(crate) mod scroll;
mod status;

use std::time::Instant;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::widgets::{Block, Borders, Widget};

use super::app::{App, Click, Drawn, Spot};
use super::files::transfers::strip;
use super::wrap::cut;
use crate::cli::conversation::files::TransferView;

/// Draws everything, and takes note of what was drawn where.
pub(crate) fn draw(app: &mut App, transfers: &[TransferView], now: Instant, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let places = Places::of(screen, app, transfers.len());
    let mut spots = Vec::new();
    let buffer = frame.buffer_mut();
    buffer.set_style(screen, app.theme.text);
    if let Some(bar) = places.bar {
        status::bar(app, bar, buffer, &mut spots);
    }
    if let Some(area) = places.rooms {
        rooms::draw(app, area, buffer, &mut spots);
    }
    if let Some(area) = places.members {
        members::draw(app, area, buffer, &mut spots);
    }
    let seen = log::draw(app, places.log, buffer, &mut spots);
    if let Some(area) = places.transfers {
        let stop = strip(transfers, area, buffer, &app.theme);
        spots.extend(stop.map(|(area, number)| Spot { area, click: Click::Stop(number) }));
    }
    let cursor = composer::draw(app, places.composer, buffer);
    composer::candidates(app, places.composer, buffer);
    status::line(app, now, places.status, buffer, &mut spots);
    app.drawn = Drawn { log: seen, spots };
    let cursor = match overlays(app, screen, frame) {
        Some(overlay) => overlay,
        None => Some(cursor),
    };
    if let Some(cursor) = cursor.filter(|cursor| screen.contains(*cursor)) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws what is open, and returns where its cursor stands; nothing when nothing is open.
fn overlays(app: &mut App, screen: Rect, frame: &mut Frame<'_>) -> Option<Option<Position>> {
    let theme = app.theme;
    let mut cursor = None;
    for overlay in &mut app.overlays {
        cursor = Some(overlay.draw(screen, frame.buffer_mut(), &theme));
    }
    cursor
}

/// Where things stand. When there is less room, less is shown.
#[derive(Debug)]
struct Places {
    bar: Option<Rect>,
    rooms: Option<Rect>,
    log: Rect,
    members: Option<Rect>,
    transfers: Option<Rect>,
    composer: Rect,
    status: Rect,
}

impl Places {
    fn of(screen: Rect, app: &App, transfers: usize) -> Self {
        let has_bar = 14 <= screen.height;
        let transfers = u16::from(0 < transfers);
        let most = (screen.height / 3).max(1);
        let composer = composer::height(app, screen.width).min(most) + u16::from(12 <= screen.height);
        let [bar, middle, strip, typed, status] = Layout::vertical([
            Constraint::Length(u16::from(has_bar)),
            Constraint::Min(1),
            Constraint::Length(transfers),
            Constraint::Length(composer),
            Constraint::Length(1),
        ])
        .areas(screen);
        let rooms_width = match screen.width {
            ..60 => 0,
            60..100 => 18,
            _ => 24,
        };
        let members_width = match screen.width {
            ..90 => 0,
            90..120 => 18,
            _ => 24,
        };
        let [rooms, log, members] = Layout::horizontal([
            Constraint::Length(if app.shows_rooms { rooms_width } else { 0 }),
            Constraint::Min(1),
            Constraint::Length(if app.shows_members { members_width } else { 0 }),
        ])
        .areas(middle);
        let shown = |area: Rect| (!area.is_empty()).then_some(area);
        Self {
            bar: shown(bar),
            rooms: shown(rooms),
            log,
            members: shown(members),
            transfers: shown(strip),
            composer: typed,
            status,
        }
    }
}

/// Draws the line beside a pane and its title, and returns what is inside.
fn pane(title: &str, borders: Borders, area: Rect, app: &App, buffer: &mut ratatui::buffer::Buffer) -> Rect {
    let title = cut(title, usize::from(area.width.saturating_sub(2)));
    let block = Block::new()
        .borders(borders)
        .border_style(app.theme.border)
        .title(ratatui::text::Line::styled(title, app.theme.title));
    let inside = block.inner(area);
    block.render(area, buffer);
    inside
}

/// Takes note that a place can be clicked.
fn can_be_clicked(spots: &mut Vec<Spot>, area: Rect, click: Click) {
    spots.push(Spot { area, click });
}
