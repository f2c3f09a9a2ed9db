//! Text cut into lines of a width, by graphemes: wide characters, emoji sequences and combining marks stay whole.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the text in lines of at most so many cells. Lines break at spaces where there are some; a word that is wider
/// than a line is cut. What stands in front of further lines is not part of the width.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    wrapped_behind(text, 0, width)
}

/// As [`wrapped`], for a text that begins behind something: so many cells of its first line are taken already.
pub(crate) fn wrapped_behind(text: &str, taken: usize, width: usize) -> Vec<String> {
    let width = width.max(LEAST);
    let taken = std::iter::once(taken.min(width)).chain(std::iter::repeat(0));
    text.split('\n').zip(taken).flat_map(|(line, taken)| wrap_line(line, taken, width)).collect()
}

/// Returns the text cut to so many cells, with an ellipsis where something is missing.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept: String = fitting(text.graphemes(true), width).collect();
    if 0 < width {
        kept.truncate(kept.trim_end().len());
        kept.push('…');
    }
    kept
}

/// As [`cut`], but the end is kept: of a path it says most.
pub(crate) fn cut_front(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept: Vec<_> = fitting(text.graphemes(true).rev(), width).collect();
    if 0 < width {
        kept.push("…");
    }
    kept.into_iter().rev().collect()
}

/// Returns the text cut or filled to exactly so many cells.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let mut cut = cut(text, width);
    let missing = width.saturating_sub(cut.width());
    cut.extend(std::iter::repeat_n(' ', missing));
    cut
}

fn wrap_line(line: &str, taken: usize, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut used = taken;
    for word in words(line) {
        let wide = word.graphemes(true).map(cells).sum::<usize>();
        if used + wide <= width {
            current.push_str(word);
            used += wide;
            continue;
        }
        if is_space(word) {
            // The break stands for the spaces.
            lines.push(std::mem::take(&mut current));
            used = 0;
            continue;
        }
        if wide <= width {
            lines.push(std::mem::take(&mut current).trim_end().to_owned());
            current.push_str(word);
            used = wide;
            continue;
        }
        for grapheme in word.graphemes(true) {
            let wide = cells(grapheme);
            if 0 < used && width < used + wide {
                lines.push(std::mem::take(&mut current));
                used = 0;
            }
            current.push_str(grapheme);
            used += wide;
        }
    }
    lines.push(current);
    lines
}

/// Returns what a line is made of: spaces, and words together with the signs around them. No line begins with the full
/// stop of the one above.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut has_letters) = (0, false);
    for (place, part) in line.split_word_bound_indices() {
        let before = &line[start..place];
        let is_letters = part.contains(char::is_alphanumeric);
        if is_space(part) || is_space(before) || has_letters && is_letters {
            words.push(before);
            (start, has_letters) = (place, false);
        }
        has_letters |= is_letters;
    }
    words.push(&line[start..]);
    words
}

/// Returns the graphemes that fit into so many cells and leave one for an ellipsis.
fn fitting<'a>(graphemes: impl Iterator<Item = &'a str>, width: usize) -> impl Iterator<Item = &'a str> {
    let mut used = 0;
    graphemes.take_while(move |grapheme| {
        used += cells(grapheme);
        used < width
    })
}

fn is_space(word: &str) -> bool {
    word.chars().all(char::is_whitespace)
}

fn cells(grapheme: &str) -> usize {
    grapheme.width()
}

/// A line always has room for a wide character.
const LEAST: usize = 2;

#[cfg(test)]
mod tests;
