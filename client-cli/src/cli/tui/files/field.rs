//! One line that is typed into, in the open or unseen.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use domain::text::term_safe;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

/// A line of text with a cursor. What is typed unseen leaves no copy behind when it grows or goes.
pub(super) struct Field {
    text: Zeroizing<String>,
    /// A byte where a letter begins, or the end.
    cursor: usize,
    /// Most bytes; there is room for them from the beginning.
    longest: usize,
    is_secret: bool,
}

impl fmt::Debug for Field {
    /// Never shows what was typed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Field").field("is_secret", &self.is_secret).finish_non_exhaustive()
    }
}

impl Field {
    /// Makes an empty field for at most this many bytes.
    pub(super) fn open(longest: usize) -> Self {
        Self { text: Zeroizing::new(String::new()), cursor: 0, longest, is_secret: false }
    }

    /// Makes an empty field that shows only how much was typed.
    pub(super) fn secret() -> Self {
        let text = Zeroizing::new(String::with_capacity(LONGEST_SECRET));
        Self { text, cursor: 0, longest: LONGEST_SECRET, is_secret: true }
    }

    /// Makes an empty field that is shown while it is typed and leaves no copy behind either.
    pub(super) fn secret_in_sight() -> Self {
        Self { is_secret: false, ..Self::secret() }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    /// Takes the text out.
    pub(super) fn take(&mut self) -> Zeroizing<String> {
        self.cursor = 0;
        std::mem::replace(&mut self.text, Zeroizing::new(String::new()))
    }

    /// Takes a key that edits or moves. Returns whether it was one.
    pub(super) fn key(&mut self, key: &KeyEvent) -> bool {
        let with = |modifiers| key.modifiers.contains(modifiers);
        match key.code {
            KeyCode::Char(letter) if with(KeyModifiers::CONTROL) && !with(KeyModifiers::ALT) => {
                match letter {
                    'a' => self.cursor = 0,
                    'e' => self.cursor = self.text.len(),
                    'u' => self.remove(0, self.cursor),
                    'k' => self.remove(self.cursor, self.text.len()),
                    'w' => self.remove(self.word_before(), self.cursor),
                    _ => return false,
                }
            }
            KeyCode::Char(letter) if !with(KeyModifiers::ALT) => self.insert(letter.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.remove(self.before(), self.cursor),
            KeyCode::Delete => self.remove(self.cursor, self.behind()),
            KeyCode::Left => self.cursor = self.before(),
            KeyCode::Right => self.cursor = self.behind(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    /// Puts text at the cursor, on one line; what there is no room for is left out.
    pub(super) fn insert(&mut self, text: &str) {
        for letter in text.trim_end_matches(['\r', '\n']).chars() {
            let letter = if letter.is_control() { ' ' } else { letter };
            if self.longest < self.text.len() + letter.len_utf8() {
                break;
            }
            self.text.insert(self.cursor, letter);
            self.cursor += letter.len_utf8();
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Draws the part around the cursor into the first line of an area, and returns where the cursor stands.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, style: Style) -> Position {
        let room = usize::from(area.width.saturating_sub(1));
        let shown = |text: &str| match self.is_secret {
            true => "•".to_owned(),
            false => term_safe(text).into_owned(),
        };
        let letters: Vec<String> = self.text[..self.cursor].graphemes(true).map(shown).collect();
        let (mut first, mut used) = (letters.len(), 0);
        while 0 < first && used + letters[first - 1].width() <= room {
            first -= 1;
            used += letters[first].width();
        }
        let before = letters[first..].concat();
        let behind: String = self.text[self.cursor..].graphemes(true).take(room + 1).map(shown).collect();
        if area.is_empty() {
            return area.as_position();
        }
        buffer.set_style(Rect { height: 1, ..area }, style);
        let (x, y) = buffer.set_stringn(area.x, area.y, before, room, style);
        buffer.set_stringn(x, y, behind, usize::from(area.right().saturating_sub(x)), style);
        Position { x: x.min(area.right() - 1), y }
    }

    fn remove(&mut self, from: usize, upto: usize) {
        self.text.replace_range(from..upto, "");
        self.cursor = from;
    }

    fn before(&self) -> usize {
        let last = self.text[..self.cursor].graphemes(true).next_back();
        self.cursor - last.map_or(0, str::len)
    }

    fn behind(&self) -> usize {
        let first = self.text[self.cursor..].graphemes(true).next();
        self.cursor + first.map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let parts = |letter: char| letter.is_whitespace() || letter == '/';
        let before = self.text[..self.cursor].trim_end_matches(parts);
        before.trim_end_matches(|letter| !parts(letter)).len()
    }
}

/// The terminal reads no longer passphrase either.
const LONGEST_SECRET: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_belong_together_are_moved_over_and_removed_together() {
        let mut field = Field::open(100);
        field.insert("a👩\u{200d}🚀e\u{301}");
        press(&mut field, KeyCode::Backspace);
        press(&mut field, KeyCode::Left);
        press(&mut field, KeyCode::Char('b'));
        assert_eq!(field.text(), "ab👩\u{200d}🚀");
        press(&mut field, KeyCode::Delete);
        assert_eq!(field.text(), "ab");
    }

    #[test]
    fn the_usual_keys_move_and_cut() {
        let mut field = Field::open(100);
        field.insert("one two/three");
        for (letter, left) in [('w', "one two/"), ('w', "one "), ('w', ""), ('u', "")] {
            assert!(field.key(&KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)));
            assert_eq!(field.text(), left);
        }
        assert!(!field.key(&KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
        assert!(!field.key(&KeyEvent::new(KeyCode::Char('x'), KeyModifiers::ALT)));
    }

    #[test]
    fn pasted_lines_become_one_and_what_is_too_long_is_cut() {
        let mut field = Field::open(6);
        field.insert("a\nb\x1b[c日本\n");
        assert_eq!(field.text(), "a b [c");
    }

    #[test]
    fn the_cursor_is_in_sight_and_nothing_is_drawn_outside() {
        let mut field = Field::open(1_000);
        field.insert(&"日本語 ".repeat(20));
        for width in 0..12 {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
            let cursor = field.draw(Rect::new(2, 0, width, 1), &mut buffer, Style::new());
            assert!(cursor.x < 2 + width.max(1), "{width}: {cursor}");
            let outside: String = (2 + width..20).map(|x| buffer[(x, 0)].symbol()).collect();
            assert_eq!(outside.trim(), "", "{width}");
        }
    }

    #[test]
    fn a_secret_shows_how_much_and_never_what() {
        let mut field = Field::secret();
        field.insert("kettle");
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
        field.draw(buffer.area, &mut buffer, Style::new());
        assert_eq!(buffer, Buffer::with_lines(["••••••    "]));
        assert!(!format!("{field:?}").contains("kettle"));
        let before = field.text().as_ptr();
        field.insert(&"x".repeat(5_000));
        assert_eq!(field.text().as_ptr(), before, "a copy was left behind");
    }

    #[test]
    fn hostile_text_is_drawn_harmlessly() {
        let mut field = Field::open(5_000);
        field.insert(&format!("\u{202e}evil\t\u{200b}e{}", "\u{301}".repeat(300)));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 1));
        field.draw(buffer.area, &mut buffer, Style::new());
        let line: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(!line.contains(['\u{202e}', '\u{200b}', '\t', '\x1b']), "{line:?}");
    }

    fn press(field: &mut Field, code: KeyCode) {
        assert!(field.key(&KeyEvent::new(code, KeyModifiers::NONE)));
    }
}
