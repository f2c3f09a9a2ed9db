//! The one way of remote text to a terminal: whatever could move the cursor, hide or reorder text becomes visible text.
//!
//! Control characters become their pictures (`␛`), everything else that is dangerous becomes its number (`<U+202E>`).
//! Characters that are invisible but carry meaning stay where they carry it: joiners and selectors inside an emoji,
//! joiners in Persian and Indic words (the rule of RFC 5892 appendix A), selectors after a Han character.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use super::emoji;

/// Returns the text with everything harmless unchanged and everything else visible, on one line: a line break becomes
/// `␊`. Borrows when there is nothing to change.
#[must_use]
pub fn term_safe(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    shown(text, Lines::Join)
}

/// Like [`term_safe`], but line breaks stay and a tab becomes four spaces.
#[must_use]
pub fn term_safe_lines(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Cow::Borrowed(text);
    }
    shown(text, Lines::Keep)
}

/// Whether a character shows nothing, or only changes how others show.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// What happens to line breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Keep,
    Join,
}

/// Most accents on one letter; the rest of a pile is cut.
const MARKS: usize = 8;
/// Stands under an accent that has no letter, so that it does not land on what the client printed before.
const EMPTY_BASE: char = '\u{25cc}';
/// Stands where accents were cut.
const CUT: char = '\u{2026}';

fn shown(text: &str, lines: Lines) -> Cow<'_, str> {
    let mut output = Output { text, copied: None, done: 0 };
    let (mut at, mut before, mut marks) = (0, None, Marks::NoBase);
    while let Some(character) = text[at..].chars().next() {
        let kept = kept_len(before, &text[at..], lines);
        let step = kept.max(character.len_utf8());
        before = text[at..at + step].chars().next_back();
        if kept == 0 {
            output.replace(at, step, |copy| show(character, lines, copy));
            marks = Marks::On(0);
        } else if is_invisible(character) {
            // A joiner or selector that belongs to the character before it.
        } else if is_combining_mark(character) {
            marks = output.mark(at, character, marks);
            before = if marks.is_cut() { Some(CUT) } else { before };
        } else {
            marks = if character == '\n' { Marks::NoBase } else { Marks::On(0) };
        }
        at += step;
    }
    output.finish()
}

/// Accents seen since the last letter.
#[derive(Clone, Copy)]
enum Marks {
    /// The line has just begun.
    NoBase,
    /// This many.
    On(usize),
}

impl Marks {
    fn is_cut(self) -> bool {
        matches!(self, Self::On(count) if MARKS < count)
    }
}

/// The text so far: borrowed while nothing had to be changed.
struct Output<'a> {
    text: &'a str,
    copied: Option<String>,
    /// Up to here the text is in the copy.
    done: usize,
}

impl<'a> Output<'a> {
    /// Puts what `write` writes where `length` bytes stood.
    fn replace(&mut self, at: usize, length: usize, write: impl FnOnce(&mut String)) {
        let copy = self.copied.get_or_insert_with(|| String::with_capacity(self.text.len() + 16));
        copy.push_str(&self.text[self.done..at]);
        write(copy);
        self.done = at + length;
    }

    /// Keeps an accent, gives it a base, or cuts it.
    fn mark(&mut self, at: usize, mark: char, marks: Marks) -> Marks {
        match marks {
            Marks::NoBase => {
                self.replace(at, 0, |copy| copy.push(EMPTY_BASE));
                Marks::On(1)
            }
            Marks::On(count) => {
                if count == MARKS {
                    self.replace(at, mark.len_utf8(), |copy| copy.push(CUT));
                } else if MARKS < count {
                    self.replace(at, mark.len_utf8(), |_| ());
                }
                Marks::On(count + 1)
            }
        }
    }

    fn finish(self) -> Cow<'a, str> {
        match self.copied {
            None => Cow::Borrowed(self.text),
            Some(mut copy) => {
                copy.push_str(&self.text[self.done..]);
                Cow::Owned(copy)
            }
        }
    }
}

/// Returns how many bytes at the start of `rest` stay as they are; 0 means its first character does not.
fn kept_len(before: Option<char>, rest: &str, lines: Lines) -> usize {
    if let Some(length) = emoji::sequence_len(rest) {
        return length;
    }
    let mut characters = rest.chars();
    let Some(character) = characters.next() else { return 0 };
    let stays = match character {
        '\n' => lines == Lines::Keep,
        _ if character.is_control() => false,
        '\u{200c}' | '\u{200d}' => joins_a_word(before, character, characters.next()),
        '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}' => before.is_some_and(is_han),
        _ => !is_invisible(character),
    };
    if stays { character.len_utf8() } else { 0 }
}

/// Whether a joiner or non-joiner changes how this word is written: after a virama, or between Arabic letters.
fn joins_a_word(before: Option<char>, joiner: char, after: Option<char>) -> bool {
    const VIRAMA: u8 = 9;
    let after_virama = before.is_some_and(|before| canonical_combining_class(before) == VIRAMA);
    let inside_arabic =
        joiner == '\u{200c}' && before.is_some_and(is_arabic) && after.is_some_and(is_arabic_letter);
    after_virama || inside_arabic
}

fn is_arabic(character: char) -> bool {
    let arabic = matches!(character, '\u{620}'..='\u{6ff}' | '\u{700}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}');
    arabic && (character.is_alphabetic() || is_combining_mark(character))
}

fn is_arabic_letter(character: char) -> bool {
    is_arabic(character) && !is_combining_mark(character)
}

fn is_han(character: char) -> bool {
    matches!(
        character,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
    )
}

fn show(character: char, lines: Lines, copy: &mut String) {
    match character {
        '\t' if lines == Lines::Keep => copy.push_str("    "),
        '\0'..='\u{1f}' => copy.push(picture_of(character)),
        '\u{7f}' => copy.push('\u{2421}'),
        _ => write!(copy, "<U+{:04X}>", u32::from(character)).expect("writing to a string does not fail"),
    }
}

/// Returns the picture Unicode has for a C0 control character.
fn picture_of(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{fffd}')
}
