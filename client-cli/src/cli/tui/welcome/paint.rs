//! Draws a page: what does not fit is scrolled, the picture stands where it can be scanned or not at all.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::page::{Item, Kind, Page};
use crate::cli::qr::Picture;
use crate::cli::tui::field::Field;
use crate::cli::tui::theme::Theme;
use crate::cli::tui::wrap::wrapped;

/// What the last row of the screen says.
pub(crate) enum Foot<'a> {
    Keys,
    /// What is waited for, and what Esc does meanwhile.
    Busy(&'a str),
}

impl Page {
    /// Draws the page over the whole area and returns where the cursor stands.
    pub(crate) fn draw(
        &mut self,
        area: Rect,
        buffer: &mut Buffer,
        theme: &Theme,
        foot: &Foot<'_>,
    ) -> Option<Position> {
        buffer.set_style(area, Style::reset().patch(theme.text));
        self.places.clear();
        if area.width < 4 || area.height < 3 {
            return None;
        }
        self.draw_bars(area, buffer, theme, foot);
        let room = Rect { y: area.y + 1, height: area.height - 2, ..area };
        let place = self.place_of_picture(area, room);
        if let (Some((area, _)), Some(picture)) = (place, &self.picture) {
            draw_picture(picture, area, buffer);
        }
        let content = place.map_or_else(|| centred(room), |(_, rest)| rest);
        let hint = if place.is_none() { self.room_for_picture() } else { None };
        let cursor = self.draw_content(content, hint, buffer, theme);
        // While something is waited for, nothing can be typed.
        cursor.filter(|_| matches!(foot, Foot::Keys))
    }

    fn draw_bars(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, foot: &Foot<'_>) {
        let (top, bottom) = (area.y, area.bottom() - 1);
        let bar = |y: u16, text: &str, buffer: &mut Buffer| {
            buffer.set_style(Rect { y, height: 1, ..area }, theme.bar);
            buffer.set_stringn(area.x, y, text, usize::from(area.width), theme.bar);
        };
        bar(top, &format!(" LiveChat  {}", self.title), buffer);
        let keys = match area.width {
            0..60 => " Tab next  Enter go on  Esc back",
            _ => " Tab next field   Enter go on   Esc back   PgUp PgDn scroll   Ctrl-C leave",
        };
        match foot {
            Foot::Keys => bar(bottom, keys, buffer),
            Foot::Busy(words) => bar(bottom, &format!(" {words}"), buffer),
        }
    }

    /// The picture stands beside the questions, over the ends of the bars where it needs their rows, or above the questions
    /// where the screen is tall. Nothing of it is ever cut off, because half a picture cannot be scanned.
    fn place_of_picture(&self, area: Rect, room: Rect) -> Option<(Rect, Rect)> {
        let picture = self.picture.as_ref()?;
        let width = u16::try_from(picture.width()).ok()?;
        let height = u16::try_from(picture.rows().len()).ok()?;
        if height <= area.height && width + BESIDE <= room.width {
            let both = width + 2 + (room.width - width - 2).min(WIDEST);
            let x = room.x + (room.width - both) / 2;
            let rest = Rect { x: x + 1, width: both - width - 2, ..room };
            let y = if height <= room.height { room.y } else { area.y };
            return Some((Rect { x: rest.right(), y, width, height }, rest));
        }
        if height + BELOW <= room.height && width <= room.width {
            let shown = Rect { x: room.x + (room.width - width) / 2, y: room.y, width, height };
            let below = Rect { y: room.y + height, height: room.height - height, ..room };
            return Some((shown, centred(below)));
        }
        None
    }

    /// Draws the items below each other on a sheet as long as they need, and shows what fits.
    fn draw_content(
        &mut self,
        area: Rect,
        hint: Option<String>,
        buffer: &mut Buffer,
        theme: &Theme,
    ) -> Option<Position> {
        // The last column says whether there is more above and below.
        let width = area.width.saturating_sub(1);
        let drawn = self.sheet(width, hint, theme);
        let (height, shown) = (drawn.height, drawn.height.min(area.height));
        // A short page does not stick to the upper edge.
        let area = Rect { y: area.y + ((area.height - shown) / 3).min(LOWEST), ..area };
        let most = height - shown;
        if self.follow
            && let Some((top, rows, _)) = drawn.places.iter().find(|(_, _, item)| *item == self.focus)
        {
            let bottom = (top + rows).min(height).saturating_sub(shown);
            // With the first of the questions comes what is written above it, as far as there is room.
            let first =
                drawn.places.iter().all(|(_, _, item)| self.focus <= *item || !self.takes_keys(*item));
            self.scroll = if first { bottom } else { self.scroll.max(bottom).min(*top) };
        }
        self.scroll = self.scroll.min(most);
        for row in 0..shown {
            for x in 0..width {
                buffer[(area.x + x, area.y + row)] = drawn.sheet[(x, self.scroll + row)].clone();
            }
        }
        let seen = |y: u16| (self.scroll..self.scroll + shown).contains(&y);
        for (top, rows, item) in drawn.places {
            for y in (top..top + rows).filter(|y| seen(*y)) {
                self.places.push((
                    Rect { x: area.x, y: area.y + y - self.scroll, width: area.width, height: 1 },
                    item,
                ));
            }
        }
        if 0 < self.scroll {
            mark(area.right() - 1, area.y, "^", buffer, theme);
        }
        if self.scroll < most {
            mark(area.right() - 1, area.y + shown - 1, "v", buffer, theme);
        }
        let cursor = drawn.cursor.filter(|at| seen(at.y))?;
        Some(Position::new(area.x + cursor.x, area.y + cursor.y - self.scroll))
    }

    /// Says how large the screen has to be for the picture.
    fn room_for_picture(&self) -> Option<String> {
        let picture = self.picture.as_ref()?;
        let (width, height) = (picture.width() + usize::from(BESIDE), picture.rows().len());
        Some(format!("(For a picture to scan, the window has to be {width} by {height}.)"))
    }

    fn sheet(&self, width: u16, hint: Option<String>, theme: &Theme) -> Sheet {
        let labels = self.items.iter().filter_map(|item| match item {
            Item::Field(_, field) => Some(field.label.width()),
            _ => None,
        });
        let label = u16::try_from(labels.max().unwrap_or_default()).unwrap_or_default() + 1;
        let mut sheet = Sheet::new(width);
        if let Some(trouble) = &self.trouble {
            sheet.text(&format!("! {trouble}"), 0, theme.bad);
            sheet.height += 1;
        }
        if let Some(hint) = hint {
            sheet.text(&hint, 0, theme.faint);
        }
        for (place, item) in self.items.iter().enumerate() {
            let top = sheet.height;
            let focused = place == self.focus;
            match item {
                Item::Text(kind, text) => sheet.text(text, 0, style_of(*kind, theme)),
                Item::Note(_, _, text) if text.is_empty() => {}
                Item::Note(_, kind, text) => sheet.text(text, 2, style_of(*kind, theme)),
                Item::Secret(text) => sheet.text(text, 2, theme.title),
                Item::Field(_, field) => sheet.field(field, label, focused, theme),
                Item::Button(_, words) => sheet.button(words, focused, theme),
                Item::Gap => sheet.height += 1,
            }
            sheet.places.push((top, sheet.height - top, place));
        }
        sheet.reach(1);
        sheet
    }
}

/// The content at its full length.
struct Sheet {
    sheet: Buffer,
    height: u16,
    /// The first row, the number of rows, and the item.
    places: Vec<(u16, u16, usize)>,
    cursor: Option<Position>,
}

impl Sheet {
    fn new(width: u16) -> Self {
        let sheet = Buffer::empty(Rect::new(0, 0, width, 0));
        Self { sheet, height: 0, places: Vec::new(), cursor: None }
    }

    /// Makes the sheet so many rows longer than what stands on it.
    fn reach(&mut self, rows: u16) {
        let height = self.height.saturating_add(rows).min(LONGEST);
        if self.sheet.area.height < height {
            let area = Rect { height, ..self.sheet.area };
            self.sheet.resize(area);
        }
    }

    fn text(&mut self, text: &str, indent: u16, style: Style) {
        let width = self.sheet.area.width;
        for row in wrapped(text, usize::from(width.saturating_sub(indent))) {
            self.reach(1);
            if self.height < self.sheet.area.height {
                self.sheet.set_stringn(indent, self.height, row, usize::from(width), style);
                self.height += 1;
            }
        }
    }

    fn field(&mut self, field: &Field, label: u16, focused: bool, theme: &Theme) {
        self.reach(1);
        if self.sheet.area.height <= self.height {
            return;
        }
        let (y, width) = (self.height, self.sheet.area.width);
        self.pointer(focused, theme);
        let style = if focused { theme.text.add_modifier(Modifier::BOLD) } else { theme.text };
        self.sheet.set_stringn(2, y, field.label, usize::from(width.saturating_sub(2)), style);
        let left = 2 + label;
        if left + 3 <= width {
            self.sheet.set_stringn(left, y, "[", 1, theme.border);
            self.sheet.set_stringn(width - 1, y, "]", 1, theme.border);
            let area = Rect { x: left + 1, y, width: width - left - 2, height: 1 };
            if focused {
                self.cursor = Some(field.draw(area, &mut self.sheet, theme, theme.text));
            } else {
                field.draw_at_rest(area, &mut self.sheet, theme, theme.text);
            }
        }
        self.height += 1;
        if let Some(error) = &field.error {
            self.text(&format!("! {error}"), 2, theme.bad);
        }
    }

    fn button(&mut self, words: &str, focused: bool, theme: &Theme) {
        self.reach(1);
        if self.sheet.area.height <= self.height {
            return;
        }
        self.pointer(focused, theme);
        let width = usize::from(self.sheet.area.width.saturating_sub(2));
        let style = if focused { theme.button.add_modifier(Modifier::BOLD) } else { theme.button };
        self.sheet.set_stringn(2, self.height, format!("[ {words} ]"), width, style);
        self.height += 1;
    }

    /// Where the keys go is a mark, and never a colour alone.
    fn pointer(&mut self, focused: bool, theme: &Theme) {
        if focused {
            self.sheet.set_stringn(0, self.height, ">", 1, theme.title);
        }
    }
}

/// Draws the picture in its own colours, whatever the theme and the terminal have.
fn draw_picture(picture: &Picture, area: Rect, buffer: &mut Buffer) {
    for (y, row) in (area.y..).zip(picture.rows()) {
        buffer.set_string(area.x, y, row, PICTURE);
    }
}

fn mark(x: u16, y: u16, sign: &str, buffer: &mut Buffer, theme: &Theme) {
    buffer.set_stringn(x, y, sign, 1, theme.title);
}

/// The middle of the room, with a column behind it for the marks.
fn centred(room: Rect) -> Rect {
    let width = room.width.saturating_sub(2).min(WIDEST);
    let x = room.x + (room.width - width) / 2;
    Rect { x, width: (width + 1).min(room.width), ..room }
}

fn style_of(kind: Kind, theme: &Theme) -> Style {
    match kind {
        Kind::Plain => theme.text,
        Kind::Faint => theme.faint,
        Kind::Title => theme.title,
        Kind::Good => theme.good,
        Kind::Bad => theme.bad,
    }
}

/// Colours of the cube of 256, which no terminal's theme replaces.
const PICTURE: Style = Style::new().fg(Color::Indexed(231)).bg(Color::Indexed(16));
/// Columns that questions need beside a picture.
const BESIDE: u16 = 32;
/// Rows that questions need below a picture.
const BELOW: u16 = 8;
/// Rows that a page moves down at most.
const LOWEST: u16 = 6;
/// Longer rows are hard to read.
const WIDEST: u16 = 72;
/// Rows that a page has at most; whoever sends more text than this is not read to the end.
const LONGEST: u16 = 400;
