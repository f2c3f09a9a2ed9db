//! One line to type into: a name, a password, a code, a path. It forgets what was typed when it is dropped.

use std::fmt;
use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use domain::text::term_safe;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

use super::theme::Theme;

/// A line with a label. What is typed never leaves the memory it was given at the start.
pub(crate) struct Field {
    pub(crate) label: &'static str,
    /// What is wrong with it, in one sentence; shown below.
    pub(crate) error: Option<String>,
    /// What stands there while nothing is typed.
    placeholder: String,
    shows: Shows,
    value: Zeroizing<String>,
    /// A place in the value, always between two graphemes.
    cursor: usize,
    max: usize,
}

/// Whether what is typed can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    Letters,
    Stars,
}

impl Field {
    /// Returns an empty line that takes so many bytes.
    pub(crate) fn new(label: &'static str, max: usize) -> Self {
        let value = Zeroizing::new(String::with_capacity(max));
        Self { label, error: None, placeholder: String::new(), shows: Shows::Letters, value, cursor: 0, max }
    }

    /// Shows stars for what is typed.
    #[must_use]
    pub(crate) fn masked(mut self) -> Self {
        self.shows = Shows::Stars;
        self
    }

    /// Shows this while nothing is typed.
    #[must_use]
    pub(crate) fn placeholder(mut self, text: &str) -> Self {
        self.placeholder = term_safe(text).into_owned();
        self
    }

    /// Starts with this typed already.
    #[must_use]
    pub(crate) fn with(mut self, text: &str) -> Self {
        self.set(text);
        self
    }

    /// Replaces what is typed.
    pub(crate) fn set(&mut self, text: &str) {
        self.clear();
        self.insert(text);
        self.error = None;
    }

    /// Forgets what is typed.
    pub(crate) fn clear(&mut self) {
        self.cut(0..self.value.len());
    }

    /// Takes out what is typed.
    pub(crate) fn take(&mut self) -> Zeroizing<String> {
        self.cursor = 0;
        let empty = Zeroizing::new(String::with_capacity(self.max));
        std::mem::replace(&mut self.value, empty)
    }

    /// Takes a key. Returns whether it was one for editing.
    pub(crate) fn key(&mut self, key: KeyEvent) -> bool {
        let (control, alt) =
            (key.modifiers.contains(KeyModifiers::CONTROL), key.modifiers.contains(KeyModifiers::ALT));
        match key.code {
            // AltGr arrives as both, and types letters.
            KeyCode::Char(letter) if control == alt => {
                self.insert(letter.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.value.len(),
            KeyCode::Char('b') if control => self.cursor = self.before(),
            KeyCode::Char('f') if control => self.cursor = self.after(),
            KeyCode::Char('u') if control => self.cut(0..self.cursor),
            KeyCode::Char('k') if control => self.cut(self.cursor..self.value.len()),
            KeyCode::Char('w') if control => self.cut(self.word_before()..self.cursor),
            KeyCode::Char('h') if control => self.cut(self.before()..self.cursor),
            KeyCode::Char('d') if control => self.cut(self.cursor..self.after()),
            KeyCode::Char('b') if alt => self.cursor = self.word_before(),
            KeyCode::Char('f') if alt => self.cursor = self.word_after(),
            KeyCode::Backspace if alt || control => self.cut(self.word_before()..self.cursor),
            KeyCode::Backspace => self.cut(self.before()..self.cursor),
            KeyCode::Delete => self.cut(self.cursor..self.after()),
            KeyCode::Left if alt || control => self.cursor = self.word_before(),
            KeyCode::Right if alt || control => self.cursor = self.word_after(),
            KeyCode::Left => self.cursor = self.before(),
            KeyCode::Right => self.cursor = self.after(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.value.len(),
            _ => return false,
        }
        true
    }

    /// Takes a key. Returns whether something else is typed now.
    pub(crate) fn edit(&mut self, key: KeyEvent) -> bool {
        let before = self.value.clone();
        self.key(key);
        *before != *self.value
    }

    /// Takes pasted text. The line ends around it, which copying brings along, do not belong to it.
    pub(crate) fn paste(&mut self, text: &str) {
        self.insert(text.trim_matches(['\n', '\r']));
    }

    /// Draws the line from its beginning, for a moment in which nobody types into it.
    pub(crate) fn draw_at_rest(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, style: Style) {
        if self.value.is_empty() {
            buffer.set_stringn(
                area.x,
                area.y,
                &self.placeholder,
                usize::from(area.width),
                theme.faint.patch(style),
            );
        } else {
            draw_pieces(&self.pieces(), area, buffer, style);
        }
    }

    /// Draws the line around its cursor, and returns where that stands.
    pub(crate) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, style: Style) -> Position {
        if area.is_empty() {
            return area.as_position();
        }
        let width = usize::from(area.width);
        if self.value.is_empty() {
            self.draw_at_rest(area, buffer, theme, style);
            return area.as_position();
        }
        let pieces = self.pieces();
        let before = self.value[..self.cursor].graphemes(true).count();
        let wide = |pieces: &[String]| pieces.iter().map(|piece| piece.width()).sum::<usize>();
        // As much as fits, with the cursor always in sight; it needs a cell behind the last letter.
        let mut first = 0;
        while width <= wide(&pieces[first..before]) && first < before {
            first += 1;
        }
        draw_pieces(&pieces[first..], area, buffer, style);
        let offset = u16::try_from(wide(&pieces[first..before])).unwrap_or(area.width);
        Position::new(area.x + offset.min(area.width - 1), area.y)
    }

    /// Returns what is typed.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// Puts text where the cursor stands, on one line and without control characters.
    fn insert(&mut self, text: &str) {
        self.error = None;
        let mut letters = Zeroizing::new(String::with_capacity(text.len()));
        let mut before = None;
        for letter in text.chars() {
            match letter {
                '\n' if before == Some('\r') => {}
                '\n' | '\r' | '\t' => letters.push(' '),
                letter if letter.is_control() => {}
                letter => letters.push(letter),
            }
            before = Some(letter);
        }
        if self.max < self.value.len() + letters.len() {
            self.error = Some(format!("this takes at most {} bytes", self.max));
            return;
        }
        self.value.insert_str(self.cursor, &letters);
        self.cursor += letters.len();
        // A mark can join the letter that stands behind it.
        self.cursor = self.boundary(self.cursor);
    }

    fn cut(&mut self, range: Range<usize>) {
        self.error = None;
        self.cursor = range.start;
        let mut rest = Zeroizing::new(String::with_capacity(self.max));
        rest.push_str(&self.value[..range.start]);
        rest.push_str(&self.value[range.end..]);
        self.value = rest;
        self.cursor = self.boundary(self.cursor);
    }

    /// What is seen of each grapheme.
    fn pieces(&self) -> Vec<String> {
        let graphemes = self.value.graphemes(true);
        match self.shows {
            Shows::Stars => graphemes.map(|_| "*".to_owned()).collect(),
            Shows::Letters => graphemes.map(|grapheme| term_safe(grapheme).into_owned()).collect(),
        }
    }

    /// Returns the first end of a grapheme from here on.
    fn boundary(&self, place: usize) -> usize {
        let starts = self.value.grapheme_indices(true).map(|(start, _)| start);
        starts.chain([self.value.len()]).find(|start| place <= *start).unwrap_or_default()
    }

    fn before(&self) -> usize {
        let last = self.value[..self.cursor].grapheme_indices(true).next_back();
        last.map_or(0, |(start, _)| start)
    }

    fn after(&self) -> usize {
        let next = self.value[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    /// The start of the word that ends here. A secret's words are nobody's business: it has none.
    fn word_before(&self) -> usize {
        if self.shows == Shows::Stars {
            return 0;
        }
        let before = self.value[..self.cursor].trim_end();
        before.rfind(char::is_whitespace).map_or(0, |space| self.boundary(space + 1))
    }

    fn word_after(&self) -> usize {
        if self.shows == Shows::Stars {
            return self.value.len();
        }
        let rest = &self.value[self.cursor..];
        let word = rest.len() - rest.trim_start().len();
        let end = rest[word..].find(char::is_whitespace);
        end.map_or(self.value.len(), |end| self.cursor + word + end)
    }
}

/// Draws what fits; a wide letter is never halved.
fn draw_pieces(pieces: &[String], area: Rect, buffer: &mut Buffer, style: Style) {
    let mut x = area.x;
    for piece in pieces {
        let left = usize::from(area.right().saturating_sub(x));
        if left < piece.width() {
            break;
        }
        (x, _) = buffer.set_stringn(x, area.y, piece, left, style);
    }
}

/// What is typed may be a secret, masked or not.
impl fmt::Debug for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Field").field("label", &self.label).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tui::theme::ThemeName;

    #[test]
    fn the_usual_keys_edit_the_line() {
        let mut field = Field::new("Name", 64).with("ada of london");
        press(&mut field, "ctrl-w");
        assert_eq!(field.value(), "ada of ");
        press(&mut field, "ctrl-a");
        press(&mut field, "ctrl-k");
        assert_eq!(field.value(), "");
        type_in(&mut field, "bob");
        press(&mut field, "left");
        type_in(&mut field, "-");
        assert_eq!(field.value(), "bo-b");
        press(&mut field, "ctrl-u");
        assert_eq!(field.value(), "b");
        press(&mut field, "ctrl-e");
        press(&mut field, "backspace");
        press(&mut field, "backspace");
        assert_eq!(field.value(), "");
    }

    #[test]
    fn a_letter_goes_as_a_whole_whatever_it_is_made_of() {
        let astronaut = "\u{1f469}\u{200d}\u{1f680}";
        let mut field = Field::new("Name", 256).with(&format!("a{astronaut}\u{65e5}e\u{301}"));
        press(&mut field, "left");
        press(&mut field, "left");
        press(&mut field, "backspace");
        assert_eq!(field.value(), "a\u{65e5}e\u{301}");
        press(&mut field, "delete");
        assert_eq!(field.value(), "ae\u{301}");
        press(&mut field, "end");
        press(&mut field, "backspace");
        assert_eq!(field.value(), "a");
    }

    #[test]
    fn a_paste_is_one_line_without_what_moves_the_cursor_of_a_terminal() {
        let mut field = Field::new("Invite", 64);
        field.paste("\r\na\r\nb\tc\u{1b}[2J\u{9b}d\n");
        assert_eq!(field.value(), "a b c[2Jd");
    }

    #[test]
    fn more_than_fits_is_told_and_not_cut() {
        let mut field = Field::new("Name", 4).with("ab");
        field.paste("cde");
        assert_eq!((field.value(), field.error.as_deref()), ("ab", Some("this takes at most 4 bytes")));
        type_in(&mut field, "cd");
        assert_eq!((field.value(), field.error.as_deref()), ("abcd", None));
    }

    #[test]
    fn the_cursor_stays_in_sight_and_wide_letters_are_never_halved() {
        let mut field = Field::new("Name", 256).with("\u{65e5}\u{672c}\u{8a9e}abc");
        assert_eq!(drawn(&field, 6), ("\u{8a9e} abc ".to_owned(), 5));
        assert_eq!(drawn(&field, 5), ("abc  ".to_owned(), 3));
        press(&mut field, "home");
        assert_eq!(drawn(&field, 5), ("\u{65e5} \u{672c}  ".to_owned(), 0));
        assert_eq!(drawn(&field, 0).1, 0);
    }

    #[test]
    fn a_secret_is_stars_on_the_screen_and_nothing_in_debug() {
        let field = Field::new("Password", 64).masked().with("s\u{e9}same\u{301}");
        assert_eq!(drawn(&field, 8).0, "******  ");
        assert!(!format!("{field:?}").contains("same"));
    }

    #[test]
    fn hostile_letters_are_shown_as_what_they_are() {
        let marks = "\u{301}".repeat(300);
        let field = Field::new("Words", 2_048).with(&format!("\u{202e}x{marks}\u{1f469}\u{200d}\u{1f680}"));
        let (row, _) = drawn(&field, 30);
        assert!(!row.contains('\u{202e}') && row.contains('x'), "{row:?}");
    }

    fn drawn(field: &Field, width: u16) -> (String, u16) {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        let cursor = field.draw(area, &mut buffer, &Theme::of(ThemeName::Dark), Style::new());
        (buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect(), cursor.x)
    }

    fn type_in(field: &mut Field, text: &str) {
        for letter in text.chars() {
            assert!(field.key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)));
        }
    }

    fn press(field: &mut Field, key: &str) {
        let (modifiers, name) = match key.split_once('-') {
            Some((_, name)) => (KeyModifiers::CONTROL, name),
            None => (KeyModifiers::NONE, key),
        };
        let code = match name {
            "left" => KeyCode::Left,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "backspace" => KeyCode::Backspace,
            "delete" => KeyCode::Delete,
            letter => KeyCode::Char(letter.chars().next().unwrap()),
        };
        assert!(field.key(KeyEvent::new(code, modifiers)), "{key}");
    }
}
