//! The mouse: what was drawn where, and what a click there does.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use proto::ids::RoomId;
use ratatui::layout::{Position, Rect};

use super::App;
use crate::cli::tui::act::Act;
use crate::cli::tui::keys::Action;

/// A place that can be clicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) area: Rect,
    pub(crate) click: Click,
}

/// What a click does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Click {
    Room(RoomId),
    /// Writes to this person.
    Person(String),
    Action(Action),
    /// Chooses the row; once more opens what can be done with it.
    Row(i64),
    /// Stops a transfer.
    Stop(u32),
}

impl App {
    /// Takes a click or the wheel.
    pub(crate) fn mouse(&mut self, mouse: MouseEvent) {
        if let Some(overlay) = self.overlays.last_mut() {
            let then = overlay.mouse(mouse);
            return self.then(then);
        }
        match mouse.kind {
            MouseEventKind::ScrollUp => self.scroll(-WHEEL),
            MouseEventKind::ScrollDown => self.scroll(WHEEL),
            MouseEventKind::Down(MouseButton::Left) => {
                let at = Position::new(mouse.column, mouse.row);
                let spot = self.drawn.spots.iter().rev().find(|spot| spot.area.contains(at));
                if let Some(click) = spot.map(|spot| spot.click.clone()) {
                    self.click(click);
                }
            }
            _ => {}
        }
    }

    fn click(&mut self, click: Click) {
        match click {
            Click::Room(room) => self.enter(room),
            Click::Person(name) => self.act(Act::Type(format!("/room @{name}"))),
            Click::Action(action) => self.action(action),
            Click::Row(row) => {
                let Some(room) = self.current_mut() else { return };
                let again = room.chosen == Some(row);
                room.chosen = room.log.row(row).and_then(super::log::Row::message).map(|_| row);
                if again {
                    self.action(Action::Send);
                }
            }
            Click::Stop(number) => self.act(Act::Stop(number)),
        }
    }
}

/// Lines a turn of the wheel moves.
const WHEEL: isize = 3;
