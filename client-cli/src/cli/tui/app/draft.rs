//! The line being typed: several lines, what was typed before, and pastes of terminals that do not say that they paste.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::Widget;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};

/// What is being written in a room.
#[derive(Debug)]
pub(crate) struct Draft {
    area: TextArea<'static>,
    /// What was sent from here, the newest last, and the place in it while going back.
    before: Vec<String>,
    back: Option<Back>,
    burst: Burst,
}

/// Going through what was typed before; `kept` is what was being typed.
#[derive(Debug)]
struct Back {
    place: usize,
    kept: String,
}

impl Default for Draft {
    fn default() -> Self {
        Self::of("")
    }
}

impl Draft {
    /// Returns a draft with this text already typed.
    pub(crate) fn of(text: &str) -> Self {
        Self { area: area(text), before: Vec::new(), back: None, burst: Burst::default() }
    }

    /// Takes a key that means nothing else.
    pub(crate) fn key(&mut self, key: KeyEvent, now: Instant) {
        self.burst.note(&key, now);
        match (key.code, key.modifiers) {
            // Undo and redo are where every other program has them; Ctrl-U clears the line, as in every shell.
            (KeyCode::Char('z'), KeyModifiers::CONTROL) => drop(self.area.undo()),
            (KeyCode::Char('u'), KeyModifiers::CONTROL) => drop(self.area.delete_line_by_head()),
            (KeyCode::Left, KeyModifiers::CONTROL) => self.area.move_cursor(CursorMove::WordBack),
            (KeyCode::Right, KeyModifiers::CONTROL) => self.area.move_cursor(CursorMove::WordForward),
            (KeyCode::Enter, _) => {}
            _ => drop(self.area.input(key)),
        }
    }

    /// Puts text where the cursor stands; a paste of many lines is one draft.
    pub(crate) fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let keeps = |letter: &char| matches!(letter, '\n' | '\t') || !letter.is_control();
        let text: String = text.chars().filter(keeps).collect();
        self.area.insert_str(text);
    }

    /// Begins another line.
    pub(crate) fn newline(&mut self) {
        self.area.insert_newline();
    }

    /// Replaces a part of the text, given in bytes of [`Self::text`], and puts the cursor behind it.
    pub(crate) fn replace(&mut self, range: std::ops::Range<usize>, with: &str) {
        let mut text = self.text();
        let end = range.start + with.len();
        text.replace_range(range, with);
        self.area = area(&text);
        self.place_cursor(&text[..end]);
    }

    /// Replaces all that is typed.
    pub(crate) fn put(&mut self, text: &str) {
        self.area = area("");
        self.insert(text);
    }

    /// Takes what is typed and begins anew.
    pub(crate) fn take(&mut self) -> String {
        let text = self.text();
        self.area = area("");
        self.back = None;
        if !text.trim().is_empty() && self.before.last() != Some(&text) {
            self.before.push(text.clone());
            if KEPT < self.before.len() {
                self.before.remove(0);
            }
        }
        text
    }

    /// Moves up: within the draft first, then to what was typed before.
    pub(crate) fn up(&mut self) {
        if 0 < self.area.screen_cursor().row {
            return self.area.move_cursor(CursorMove::Up);
        }
        let place = match &self.back {
            Some(back) => back.place.checked_sub(1),
            None => self.before.len().checked_sub(1),
        };
        let Some(place) = place else { return self.area.move_cursor(CursorMove::Head) };
        let kept = self.back.take().map_or_else(|| self.text(), |back| back.kept);
        self.area = area(&self.before[place]);
        self.back = Some(Back { place, kept });
    }

    /// Moves down: within the draft first, then to what was typed after.
    pub(crate) fn down(&mut self) {
        let before = self.area.cursor();
        self.area.move_cursor(CursorMove::Down);
        if self.area.cursor() != before {
            return;
        }
        let Some(back) = self.back.take() else { return self.area.move_cursor(CursorMove::End) };
        match self.before.get(back.place + 1) {
            Some(next) => {
                self.area = area(next);
                self.back = Some(Back { place: back.place + 1, kept: back.kept });
            }
            None => self.area = area(&back.kept),
        }
    }

    /// Returns whether an Enter at this moment belongs to a paste that the terminal did not announce.
    pub(crate) fn is_pasting(&self, now: Instant) -> bool {
        self.burst.goes_on(now)
    }

    /// Returns what is typed.
    pub(crate) fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Returns where the cursor stands, in bytes of [`Self::text`].
    pub(crate) fn cursor(&self) -> usize {
        let cursor = self.area.cursor();
        let lines = self.area.lines();
        let above: usize = lines[..cursor.0].iter().map(|line| line.len() + 1).sum();
        let line = &lines[cursor.0];
        above + line.char_indices().nth(cursor.1).map_or(line.len(), |(byte, _)| byte)
    }

    /// Returns whether nothing is typed.
    pub(crate) fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Returns how many lines are typed.
    pub(crate) fn lines(&self) -> usize {
        self.area.lines().len()
    }

    /// Draws the draft and returns where the cursor stands.
    pub(crate) fn draw(&mut self, place: Rect, buffer: &mut Buffer, style: Style) -> Position {
        self.area.set_style(style);
        (&self.area).render(place, buffer);
        let cursor = self.area.screen_cursor();
        let (top, left) = self.area.scroll_offset();
        let at = |place: usize, from: u16| u16::try_from(place).unwrap_or(u16::MAX).saturating_sub(from);
        let right = place.right().saturating_sub(1).max(place.x);
        let bottom = place.bottom().saturating_sub(1).max(place.y);
        Position::new(
            (place.x + at(cursor.col, left)).min(right),
            (place.y + at(cursor.row, top)).min(bottom),
        )
    }

    fn place_cursor(&mut self, before: &str) {
        let row = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let place = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(place(row), place(column)));
    }
}

fn area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
    area.set_wrap_mode(WrapMode::Word);
    // The terminal's own cursor is shown: input methods and screen readers look for it.
    area.set_cursor_line_style(Style::new());
    area.set_cursor_style(Style::new());
    area.set_hard_tab_indent(true);
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}

/// Keys that come faster than anybody types.
#[derive(Debug, Default)]
struct Burst {
    last: Option<Instant>,
    keys: u32,
}

impl Burst {
    fn note(&mut self, key: &KeyEvent, now: Instant) {
        let is_text = matches!(key.code, KeyCode::Char(_)) && !key.modifiers.contains(KeyModifiers::CONTROL);
        let is_fast = self.last.is_some_and(|last| now.duration_since(last) < FAST);
        self.keys = if is_text && is_fast { self.keys + 1 } else { 0 };
        self.last = Some(now);
    }

    fn goes_on(&self, now: Instant) -> bool {
        BURST <= self.keys && self.last.is_some_and(|last| now.duration_since(last) < FAST)
    }
}

/// Nobody types two letters in so short a time.
pub(super) const FAST: Duration = Duration::from_millis(8);
/// So many of them are a paste.
const BURST: u32 = 12;
/// Most lines that can be brought back.
const KEPT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_move_in_a_long_draft_first_and_then_to_what_was_typed_before() {
        let mut draft = Draft::default();
        draft.insert("first");
        assert_eq!(draft.take(), "first");
        draft.insert("one\ntwo");
        draft.up();
        assert_eq!((draft.text(), draft.cursor()), ("one\ntwo".to_owned(), 3));
        draft.up();
        assert_eq!(draft.text(), "first");
        draft.up();
        assert_eq!(draft.text(), "first");
        draft.down();
        assert_eq!(draft.text(), "one\ntwo");
    }

    #[test]
    fn a_paste_keeps_its_lines_and_loses_what_a_terminal_would_obey() {
        let mut draft = Draft::default();
        draft.insert("a\r\nb\rc\x1b[2Jd\u{7}");
        assert_eq!(draft.text(), "a\nb\nc[2Jd");
    }

    #[test]
    fn enter_in_a_burst_is_part_of_the_paste_and_a_while_later_it_sends() {
        let mut draft = Draft::default();
        let start = Instant::now();
        for (millis, letter) in (0..).zip("as fast as only a paste is".chars()) {
            draft.key(KeyEvent::from(KeyCode::Char(letter)), start + Duration::from_millis(millis));
        }
        assert!(draft.is_pasting(start + Duration::from_millis(27)));
        assert!(!draft.is_pasting(start + Duration::from_millis(300)));
        let mut draft = Draft::default();
        for (at, letter) in (0..).zip("as fast as people type".chars()) {
            draft.key(KeyEvent::from(KeyCode::Char(letter)), start + Duration::from_millis(at * 40));
        }
        assert!(!draft.is_pasting(start + Duration::from_millis(22 * 40)));
    }

    #[test]
    fn a_part_is_replaced_by_bytes_and_the_cursor_stands_behind_it() {
        let mut draft = Draft::of("größe @b und");
        let start = draft.text().find("@b").unwrap();
        draft.replace(start..start + 2, "@bob ");
        assert_eq!(draft.text(), "größe @bob  und");
        assert_eq!(&draft.text()[..draft.cursor()], "größe @bob ");
    }
}
