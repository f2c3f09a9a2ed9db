//! Text cut into lines of a width, by graphemes: wide characters, emoji sequences and combining marks stay whole.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the text in lines of at most so many cells. Lines break at spaces where there are some; a word that is wider
/// than a line is cut. What stands in front of further lines is not part of the width.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    text.split('\n').flat_map(|line| wrap_line(line, width)).collect()
}

/// Returns the text cut to so many cells, with an ellipsis where something is missing.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let cells = cells(grapheme);
        if width < used + cells + 1 {
            break;
        }
        used += cells;
        kept.push_str(grapheme);
    }
    if 0 < width {
        kept.push('…');
    }
    kept
}

/// Returns the text cut or filled to exactly so many cells.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let mut cut = cut(text, width);
    let missing = width.saturating_sub(cut.width());
    cut.extend(std::iter::repeat_n(' ', missing));
    cut
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut used = 0;
    for word in line.split_word_bounds() {
        let wide = word.graphemes(true).map(cells).sum::<usize>();
        if used + wide <= width {
            current.push_str(word);
            used += wide;
            continue;
        }
        if word.chars().all(char::is_whitespace) {
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
            if width < used + wide {
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

fn cells(grapheme: &str) -> usize {
    grapheme.width()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_are_cut() {
        assert_eq!(wrapped("deploy at ten o'clock", 10), ["deploy at", "ten", "o'clock"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("a\n\nb", 10), ["a", "", "b"]);
    }

    #[test]
    fn wide_characters_and_emoji_sequences_stay_whole() {
        assert_eq!(wrapped("日本語日本語", 5), ["日本", "語日", "本語"]);
        assert_eq!(wrapped("👩‍🚀👩‍🚀👩‍🚀", 4), ["👩‍🚀👩‍🚀", "👩‍🚀"]);
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(padded("日本語", 4), "日… ");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_no_letter_is_lost(text in "[a-z 日👩🚀\u{200d}\u{301}\n]{0,80}", width in 2_usize..40) {
            let lines = wrapped(&text, width);
            for line in &lines {
                let widest = line.graphemes(true).map(cells).max().unwrap_or(0);
                prop_assert!(line.graphemes(true).map(cells).sum::<usize>() <= width.max(widest), "{line:?}");
            }
            let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.join("")), letters(&text));
        }

        #[test]
        fn what_is_cut_fits(text in ".{0,40}", width in 0_usize..30) {
            prop_assert!(cut(&text, width).width() <= width.max(1));
        }
    }
}
