//! A picture in full.

use std::path::{Path, PathBuf};

use crossterm::event::{KeyCode, KeyEvent, MouseEvent};
use domain::text::term_safe;
use proto::ids::Seq;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::parts::{buttons, click};
use crate::cli::tui::act::Act;
use crate::cli::tui::overlay::{Overlay, Then, boxed, closes};
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::cut;

/// Returns the box that shows a picture that was fetched with a message of the room one is in.
pub(crate) fn open(path: PathBuf, name: &str, seq: Seq) -> Box<dyn Overlay> {
    let (place, buttons) = (Rect::ZERO, [Rect::ZERO; 2]);
    Box::new(Picture { path, name: term_safe(name).into_owned(), seq, place, buttons })
}

#[derive(Debug)]
struct Picture {
    path: PathBuf,
    name: String,
    seq: Seq,
    place: Rect,
    buttons: [Rect; 2],
}

impl Picture {
    fn download(&self) -> Then {
        Then::Do(Act::Type(format!("/download {}", self.seq)))
    }
}

impl Overlay for Picture {
    fn key(&mut self, key: KeyEvent) -> Then {
        match key.code {
            KeyCode::Char('d') if key.modifiers.is_empty() => self.download(),
            KeyCode::Enter | KeyCode::Char('q' | ' ') | KeyCode::F(5) => Then::Close,
            _ if closes(&key) => Then::Close,
            _ => Then::Stay,
        }
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        match click(&mouse) {
            Some(place) if self.buttons[0].contains(place) => self.download(),
            Some(place) if self.buttons[1].contains(place) => Then::Close,
            _ => Then::Stay,
        }
    }

    fn picture(&self) -> Option<(&Path, Rect)> {
        (!self.place.is_empty()).then_some((&*self.path, self.place))
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let title = cut(&self.name, usize::from(screen.width.saturating_sub(4)));
        let inside = boxed(&title, (screen.width, screen.height), screen, buffer, theme);
        let foot = u16::from(3 < inside.height);
        self.place = Rect { height: inside.height - foot, ..inside };
        let foot = Rect { y: self.place.bottom(), height: foot, ..inside };
        self.buttons = buttons(["Download  d", "Close  Esc"], foot, buffer, theme);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::*;
    use super::*;

    #[test]
    fn it_leaves_the_screen_to_the_picture_and_can_be_closed_or_downloaded() {
        for name in hostile() {
            let mut picture = open(PathBuf::from("cache/picture"), &name, Seq::new(12).unwrap());
            for size in SIZES {
                drawn(&mut *picture, size);
                let screen = Rect::new(0, 0, size.0, size.1);
                assert!(picture.picture().is_none_or(|(_, place)| screen.intersection(place) == place));
            }
            drawn(&mut *picture, (40, 10));
            assert_eq!(picture.picture().unwrap().1, Rect::new(1, 1, 38, 7));
            assert!(matches!(click_on(&mut *picture, (40, 10), "Close"), Then::Close));
            match press(&mut *picture, KeyCode::Char('d')) {
                Then::Do(Act::Type(line)) => assert_eq!(line, "/download 12"),
                other => panic!("{other:?}"),
            }
        }
    }
}
