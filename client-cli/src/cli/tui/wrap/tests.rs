use proptest::prelude::*;

use super::super::files::parts::testing::hostile;
use super::*;

#[test]
fn lines_break_at_spaces_and_long_words_are_cut() {
    assert_eq!(wrapped("deploy at ten o'clock", 10), ["deploy at", "ten", "o'clock"]);
    assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
    assert_eq!(wrapped("otpauth://x", 5), ["otpau", "th://", "x"]);
    assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
    assert_eq!(wrapped("a\n\nb", 10), ["a", "", "b"]);
    assert_eq!(wrapped("a\n\nb", 5), ["a", "", "b"]);
    assert_eq!(wrapped("", 5), [""]);
}

#[test]
fn signs_stay_with_the_word_they_belong_to() {
    assert_eq!(wrapped("deploy at ten.", 13), ["deploy at", "ten."]);
    assert_eq!(wrapped("deploy (at ten)", 8), ["deploy", "(at ten)"]);
    assert_eq!(wrapped("see https://example.org/tea", 13), ["see https://", "example.org/", "tea"]);
    assert_eq!(wrapped("日本語。日本語", 6), ["日本", "語。日", "本語"]);
}

#[test]
fn the_first_line_has_less_room_behind_what_stands_there() {
    assert_eq!(wrapped_behind("deploy at ten", 4, 10), ["deploy", "at ten"]);
    assert_eq!(wrapped_behind("deploy at ten", 6, 10), ["", "deploy at", "ten"]);
    assert_eq!(wrapped_behind("abcdefghij", 2, 4), ["ab", "cdef", "ghij"]);
    assert_eq!(wrapped_behind("tea\ntime now", 4, 8), ["tea", "time now"]);
    assert_eq!(wrapped_behind("tea", 30, 10), ["", "tea"]);
    assert_eq!(wrapped_behind("", 30, 10), [""]);
}

#[test]
fn wide_characters_and_emoji_sequences_stay_whole() {
    assert_eq!(wrapped("日本語日本語", 5), ["日本", "語日", "本語"]);
    assert_eq!(wrapped("👩‍🚀👩‍🚀👩‍🚀", 4), ["👩‍🚀👩‍🚀", "👩‍🚀"]);
    assert_eq!(cut("日本語", 5), "日本…");
    assert_eq!(padded("日本語", 4), "日… ");
}

#[test]
fn no_line_is_wider_than_asked_whatever_the_letters_are() {
    let marks = "\u{301}".repeat(300);
    let text = format!("日本語日本語 👩\u{200d}🚀👩\u{200d}🚀 x{marks} y");
    for width in 2..12 {
        for line in wrapped(&text, width) {
            assert!(line.width() <= width, "{line:?} in {width}");
        }
    }
}

#[test]
fn text_is_cut_between_letters_and_says_so() {
    assert_eq!(cut("日本語", 6), "日本語");
    assert_eq!(cut("日本語", 5), "日本…");
    assert_eq!(cut("日本語", 4), "日…");
    assert_eq!(cut("abc", 0), "");
    assert_eq!(cut("tea time", 5), "tea…");
    assert_eq!(cut_front("/pictures/tea.png", 8), "…tea.png");
    assert_eq!(cut_front("tea", 3), "tea");
    for text in hostile() {
        for width in 0..40 {
            assert!(cut(&text, width).width() <= width, "{text:?} {width}");
            assert!(cut_front(&text, width).width() <= width, "{text:?} {width}");
        }
    }
}

proptest! {
    #[test]
    fn no_line_is_wider_than_asked_and_no_letter_is_lost(
        text in "[a-z .(日👩🚀\u{200d}\u{301}\n]{0,80}",
        taken in 0_usize..50,
        width in 2_usize..40,
    ) {
        let lines = wrapped_behind(&text, taken, width);
        for (place, line) in lines.iter().enumerate() {
            let taken = if place == 0 { taken.min(width) } else { 0 };
            let widest = line.graphemes(true).map(cells).max().unwrap_or(0);
            let wide = line.graphemes(true).map(cells).sum::<usize>();
            prop_assert!(taken + wide <= width.max(widest), "{line:?}");
        }
        let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
        prop_assert_eq!(letters(&lines.join("")), letters(&text));
    }

    #[test]
    fn what_is_cut_fits(text in ".{0,40}", width in 0_usize..30) {
        prop_assert!(cut(&text, width).width() <= width.max(1));
    }
}
