//! A file before it is sent: what others will see, where it goes, some words beside it, a lock, a hidden text.

mod look;

use std::path::Path;

use client_cli::sealed::server_reads;
use crossterm::event::{KeyCode, KeyEvent, MouseEvent, MouseEventKind};
use domain::file::size_words;
use domain::text::term_safe;
use proto::limits;
use proto::message::RoomKind;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::parts::{below, buttons, click, line};
use super::passphrase::{Fields, LONGEST_SECRET};
use crate::cli::tui::act::{Act, Upload};
use crate::cli::tui::field::Field;
use crate::cli::tui::overlay::{Overlay, Then, boxed, closes};
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::{cut, wrapped};
use look::Look;

/// Returns the box that shows a file and sends it to a room.
///
/// # Errors
/// One sentence on why this cannot be sent.
pub(crate) fn open(path: &Path, room_name: &str, kind: RoomKind) -> Result<Box<dyn Overlay>, String> {
    let look = Look::at(path)?;
    Ok(Box::new(Preview {
        look,
        room_name: room_name.to_owned(),
        kind,
        caption: Field::new("", limits::BODY),
        lock: None,
        hide: None,
        focus: Focus::Caption,
        wrong: None,
        places: Vec::new(),
        picture: Rect::ZERO,
        buttons: [Rect::ZERO; 2],
    }))
}

#[derive(Debug)]
struct Preview {
    look: Look,
    room_name: String,
    kind: RoomKind,
    caption: Field,
    /// The passphrase, when the file is to be locked.
    lock: Option<Fields>,
    hide: Option<Hide>,
    focus: Focus,
    wrong: Option<&'static str>,
    /// Where what can be clicked stands.
    places: Vec<(Focus, Rect)>,
    picture: Rect,
    buttons: [Rect; 2],
}

/// A text to hide in the picture, and what shows it again.
#[derive(Debug)]
struct Hide {
    text: Field,
    passphrase: Fields,
}

/// What keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    Caption,
    Lock,
    LockFirst,
    LockSecond,
    Hide,
    HideText,
    HideFirst,
    HideSecond,
}

/// One line of the box.
struct Row<'a> {
    text: String,
    style: Style,
    focus: Option<Focus>,
    field: Option<&'a Field>,
}

impl Preview {
    fn move_on(&mut self, backwards: bool) {
        let order = self.order();
        let at = order.iter().position(|&focus| focus == self.focus).unwrap_or(0);
        let step = if backwards { order.len() - 1 } else { 1 };
        self.focus = order[(at + step) % order.len()];
    }

    fn toggle(&mut self) {
        match self.focus {
            Focus::Lock => {
                self.lock = if self.lock.is_some() { None } else { Some(Fields::new_one()) };
            }
            Focus::Hide => {
                let (text, passphrase) = (Field::new("", LONGEST_SECRET), Fields::new_one());
                self.hide = if self.hide.is_some() { None } else { Some(Hide { text, passphrase }) };
            }
            _ => return,
        }
        // Who ticks a box wants to fill in what belongs to it.
        if (self.focus == Focus::Lock && self.lock.is_some())
            || (self.focus == Focus::Hide && self.hide.is_some())
        {
            self.move_on(false);
        }
    }

    /// Sends, or goes to what is missing.
    fn send(&mut self) -> Then {
        self.wrong = None;
        if let Some(lock) = &mut self.lock {
            lock.in_second = self.focus == Focus::LockSecond;
            if !lock.entered() {
                self.focus = if lock.in_second { Focus::LockSecond } else { Focus::LockFirst };
                self.wrong = lock.wrong;
                return Then::Stay;
            }
        }
        if let Some(hide) = &mut self.hide {
            if hide.text.value().trim().is_empty() {
                self.focus = Focus::HideText;
                self.wrong = Some("Type the text that is to be hidden.");
                return Then::Stay;
            }
            hide.passphrase.in_second = self.focus == Focus::HideSecond;
            if !hide.passphrase.entered() {
                self.focus = if hide.passphrase.in_second { Focus::HideSecond } else { Focus::HideFirst };
                self.wrong = hide.passphrase.wrong;
                return Then::Stay;
            }
        }
        Then::Do(Act::Upload(Box::new(Upload {
            path: self.look.path.clone(),
            caption: self.caption.value().trim().to_owned(),
            passphrase: self.lock.as_mut().map(|lock| lock.first.take()),
            hide: self.hide.as_mut().map(|hide| (hide.text.take(), hide.passphrase.first.take())),
        })))
    }

    fn field(&mut self) -> Option<&mut Field> {
        let (lock, hide) = (self.lock.as_mut(), self.hide.as_mut());
        match self.focus {
            Focus::Caption => Some(&mut self.caption),
            Focus::Lock | Focus::Hide => None,
            Focus::LockFirst => lock.map(|lock| &mut lock.first),
            Focus::LockSecond => lock.and_then(|lock| lock.second.as_mut()),
            Focus::HideText => hide.map(|hide| &mut hide.text),
            Focus::HideFirst => hide.map(|hide| &mut hide.passphrase.first),
            Focus::HideSecond => hide.and_then(|hide| hide.passphrase.second.as_mut()),
        }
    }

    fn order(&self) -> Vec<Focus> {
        let mut order = vec![Focus::Caption, Focus::Lock];
        if self.lock.is_some() {
            order.extend([Focus::LockFirst, Focus::LockSecond]);
        }
        if self.look.is_picture() {
            order.push(Focus::Hide);
        }
        if self.hide.is_some() {
            order.extend([Focus::HideText, Focus::HideFirst, Focus::HideSecond]);
        }
        order
    }

    fn rows(&self, width: usize, theme: &Theme) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        let size = size_words(self.look.size);
        let name = format!("Name  {}", term_safe(&self.look.name));
        says(&mut rows, &cut(&name, width), width, theme.title);
        says(&mut rows, &format!("Size  {size}, {}", self.look.media), width, theme.text);
        let reads_all = matches!(self.kind, RoomKind::Open | RoomKind::Direct);
        let style = if reads_all { theme.warning } else { theme.good };
        says(&mut rows, &format!("To    {}, {}", self.room_name, server_reads(self.kind)), width, style);
        for warning in &self.look.warnings {
            says(&mut rows, &format!("! {warning}"), width, theme.warning);
        }
        rows.push(Row::field("Caption", &self.caption, Focus::Caption, theme));
        let lock = self.lock.is_some();
        rows.push(Row::check(lock, "Lock it: only who knows a passphrase opens it", Focus::Lock, theme));
        if let Some(lock) = &self.lock {
            passphrase(&mut rows, lock, [Focus::LockFirst, Focus::LockSecond], theme);
        }
        if self.look.is_picture() {
            let hide = self.hide.is_some();
            rows.push(Row::check(hide, "Hide a text in the picture", Focus::Hide, theme));
        }
        if let Some(hide) = &self.hide {
            rows.push(Row::field("  hidden text", &hide.text, Focus::HideText, theme));
            passphrase(&mut rows, &hide.passphrase, [Focus::HideFirst, Focus::HideSecond], theme);
        }
        rows
    }

    /// Draws the rows that there is room for, the one that keys go to among them, and returns where the cursor stands.
    fn draw_rows(&mut self, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let rows = self.rows(area.width.into(), theme);
        let focused = rows.iter().position(|row| row.focus == Some(self.focus)).unwrap_or(0);
        let first = (focused + 1).saturating_sub(area.height.into());
        let (mut rest, mut cursor, mut places) = (area, None, Vec::new());
        for row in rows.iter().skip(first).take(area.height.into()) {
            let here = Rect { height: 1, ..rest };
            let is_focused = row.focus == Some(self.focus);
            line(&row.text, here, buffer, row.style);
            if let (Some(field), Some(_)) = (row.field, row.focus) {
                let indent = u16::try_from(row.text.len()).unwrap_or(u16::MAX).min(here.width);
                let typed = Rect { x: here.x + indent, width: here.width - indent, ..here };
                if !typed.is_empty() {
                    let place = field.draw(typed, buffer, theme, theme.text);
                    cursor = if is_focused { Some(place) } else { cursor };
                }
            } else if is_focused {
                buffer.set_style(here, theme.chosen);
                cursor = (1 < here.width).then_some(Position { x: here.x + 1, y: here.y });
            }
            places.extend(row.focus.map(|focus| (focus, here)));
            rest = below(rest, 1);
        }
        self.places = places;
        cursor
    }

    /// Splits what is inside the box into lines and a place for the picture, which is left out where there is no room.
    fn split(&self, area: Rect, rows: u16) -> (Rect, Rect) {
        if !self.look.is_picture() {
            return (area, Rect::ZERO);
        }
        if WIDE <= area.width {
            let width = area.width * 2 / 5;
            let left = Rect { width: area.width - width - 1, ..area };
            return (left, Rect { x: area.right() - width, width, ..area });
        }
        let left = area.height.saturating_sub(rows + 1);
        if left < LEAST_PICTURE {
            return (area, Rect::ZERO);
        }
        (Rect { height: rows, ..area }, Rect { y: area.y + rows + 1, height: left, ..area })
    }
}

impl Overlay for Preview {
    fn key(&mut self, key: KeyEvent) -> Then {
        match key.code {
            _ if closes(&key) => return Then::Close,
            KeyCode::Enter => return self.send(),
            KeyCode::Tab | KeyCode::Down => self.move_on(false),
            KeyCode::BackTab | KeyCode::Up => self.move_on(true),
            KeyCode::Char(' ') if matches!(self.focus, Focus::Lock | Focus::Hide) => self.toggle(),
            _ => {
                if let Some(field) = self.field() {
                    field.key(key);
                    self.wrong = None;
                }
            }
        }
        Then::Stay
    }

    fn paste(&mut self, text: &str) -> Then {
        if let Some(field) = self.field() {
            field.paste(text);
        }
        Then::Stay
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.move_on(true),
            MouseEventKind::ScrollDown => self.move_on(false),
            _ => {}
        }
        let Some(place) = click(&mouse) else { return Then::Stay };
        if self.buttons[0].contains(place) {
            return self.send();
        }
        if self.buttons[1].contains(place) {
            return Then::Close;
        }
        if let Some(&(focus, _)) = self.places.iter().find(|(_, row)| row.contains(place)) {
            self.focus = focus;
            self.toggle();
        }
        Then::Stay
    }

    fn picture(&self) -> Option<(&Path, Rect)> {
        (!self.picture.is_empty()).then_some((&*self.look.path, self.picture))
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let height = if self.look.is_picture() { 30 } else { 16 };
        let inside = boxed("Send a file", (104, height), screen, buffer, theme);
        let foot = u16::from(2 < inside.height);
        let wrong = u16::from(self.wrong.is_some() && 3 < inside.height);
        let main = Rect { height: inside.height - foot - wrong, ..inside };
        let rows = self.rows(main.width.into(), theme).len();
        let (left, picture) = self.split(main, u16::try_from(rows).unwrap_or(u16::MAX));
        self.picture = picture;
        let cursor = self.draw_rows(left, buffer, theme);
        if let Some(words) = self.wrong {
            let place = Rect { y: main.bottom(), height: wrong, ..inside };
            line(words, place, buffer, theme.bad);
        }
        let place = Rect { y: inside.bottom() - foot, height: foot, ..inside };
        self.buttons = buttons(["Send  Enter", "Cancel  Esc"], place, buffer, theme);
        let used = self.buttons[1].right().max(place.x);
        if used + 2 < place.right() {
            let hint = Rect { x: used + 1, width: place.right() - used - 1, ..place };
            line("Tab moves, Space ticks", hint, buffer, theme.faint);
        }
        cursor
    }
}

impl<'a> Row<'a> {
    fn field(label: &str, field: &'a Field, focus: Focus, theme: &Theme) -> Self {
        Self { text: format!("{label} > "), style: theme.faint, focus: Some(focus), field: Some(field) }
    }

    fn check(on: bool, label: &str, focus: Focus, theme: &Theme) -> Self {
        let mark = if on { 'x' } else { ' ' };
        Self { text: format!("[{mark}] {label}"), style: theme.text, focus: Some(focus), field: None }
    }
}

/// Adds a text, over as many lines as it takes.
fn says(rows: &mut Vec<Row<'_>>, text: &str, width: usize, style: Style) {
    let lines = wrapped(&term_safe(text), width).into_iter();
    rows.extend(lines.map(|text| Row { text, style, focus: None, field: None }));
}

fn passphrase<'a>(rows: &mut Vec<Row<'a>>, fields: &'a Fields, [first, second]: [Focus; 2], theme: &Theme) {
    rows.push(Row::field("  passphrase", &fields.first, first, theme));
    rows.extend(fields.second.as_ref().map(|field| Row::field("  once more ", field, second, theme)));
    let text = format!("  {}", fields.hint());
    rows.push(Row { text, style: theme.faint, focus: None, field: None });
}

/// From this width on the picture stands beside the lines.
const WIDE: u16 = 72;
/// A picture in fewer lines says nothing.
const LEAST_PICTURE: u16 = 6;

#[cfg(test)]
mod tests;
