//! Breaks a text into rows of a width, between words where there are any.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the rows of a text. Its own line breaks stay; a word that is longer than a row is broken between graphemes.
pub(super) fn wrap(text: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    text.split('\n').flat_map(|line| wrap_line(line, width)).collect()
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    for word in line.split_inclusive(' ') {
        if !row.is_empty() && width < row.width() + word.trim_end().width() {
            rows.push(std::mem::take(&mut row));
        }
        for grapheme in word.graphemes(true) {
            let full = width < row.width() + grapheme.width();
            // The space where a row ends is not seen anyway.
            if full && grapheme == " " {
                continue;
            }
            if full && !row.is_empty() {
                rows.push(std::mem::take(&mut row));
            }
            row.push_str(grapheme);
        }
    }
    rows.push(row);
    for row in &mut rows {
        row.truncate(row.trim_end().len());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_between_words_and_long_words_are_broken() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("otpauth://x", 5), ["otpau", "th://", "x"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn no_row_is_wider_than_asked_whatever_the_letters_are() {
        let marks = "\u{301}".repeat(300);
        let text = format!("日本語日本語 👩\u{200d}🚀👩\u{200d}🚀 x{marks} y");
        for width in 2..12 {
            for row in wrap(&text, width) {
                assert!(row.width() <= usize::from(width), "{row:?} in {width}");
            }
        }
    }
}
