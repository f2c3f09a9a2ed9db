//! Emoji by their `:shortcodes:`: to find them, to send them, and to show them where terminals measure them wrongly.

use std::borrow::Cow;

use emojis::Emoji;
use unicode_segmentation::UnicodeSegmentation;

/// Returns emoji whose shortcode begins with this or has it inside, the likeliest first, each with that shortcode.
pub(crate) fn find(part: &str) -> Vec<(&'static Emoji, &'static str)> {
    let part = part.to_lowercase();
    let mut found: Vec<_> = emojis::iter()
        .filter_map(|emoji| {
            let rated = emoji.shortcodes().filter_map(|code| Some((rate(code, &part)?, code)));
            rated.min().map(|(rate, code)| (rate, emoji, code))
        })
        .collect();
    found.sort_by_key(|(rate, _, code)| (*rate, *code));
    found.into_iter().map(|(_, emoji, code)| (emoji, code)).collect()
}

/// Returns the text with `:shortcodes:` in place of emoji, for the screen.
pub(crate) fn to_shortcodes(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let replaced = text.graphemes(true).map(|sign| match shortcode_of(sign) {
        Some(code) => Cow::Owned(format!(":{code}:")),
        None => Cow::Borrowed(sign),
    });
    Cow::Owned(replaced.collect())
}

/// Returns the text with emoji in place of their `:shortcodes:`, to be sent.
pub(crate) fn from_shortcodes(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(':') {
        let (before, behind) = (&rest[..start], &rest[start + 1..]);
        out.push_str(before);
        let code = behind.split_once(':').map(|(code, _)| code);
        match code.and_then(|code| Some((code, emojis::get_by_shortcode(code)?))) {
            // What touches a word in front is a time, a path or a piece of code.
            Some((code, emoji)) if !before.ends_with(char::is_alphanumeric) => {
                out.push_str(emoji.as_str());
                rest = &behind[code.len() + 1..];
            }
            _ => {
                out.push(':');
                rest = behind;
            }
        }
    }
    if out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn shortcode_of(sign: &str) -> Option<&'static str> {
    let known = emojis::get(sign).or_else(|| emojis::get(sign.trim_end_matches('\u{fe0f}')));
    // Digits and signs like © are emoji only when something behind them says so.
    known.filter(|_| !sign.is_ascii()).and_then(Emoji::shortcode)
}

/// Exactly that first, then the shorter of those that begin so, then those that have it inside.
fn rate(code: &str, part: &str) -> Option<(u8, usize)> {
    match code.find(part) {
        Some(0) if code == part => Some((0, 0)),
        Some(0) => Some((1, code.len())),
        Some(_) => Some((2, code.len())),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_word_comes_first_and_then_the_shorter_ones() {
        let codes: Vec<_> = find("heart").into_iter().map(|(_, code)| code).collect();
        assert_eq!(codes[0], "heart");
        assert!(codes.contains(&"heart_eyes") && codes.contains(&"black_heart"));
        assert!(find("no such thing").is_empty());
    }

    #[test]
    fn emoji_become_words_and_words_become_emoji() {
        for (shown, sent) in [
            ("tea :tea: now", "tea 🍵 now"),
            (":+1::+1:", "👍👍"),
            ("at 10:30:15, a:tea:b and :no such:", "at 10:30:15, a:tea:b and :no such:"),
            ("日本語 :", "日本語 :"),
        ] {
            assert_eq!(from_shortcodes(shown), sent);
            assert_eq!(to_shortcodes(sent), shown);
        }
        assert_eq!(to_shortcodes("1 © ❤️ #"), "1 :copyright: :heart: #");
        let hostile = format!("a{}\u{202e}👩\u{200d}🚀", "\u{301}".repeat(300));
        assert!(to_shortcodes(&hostile).ends_with(":woman_astronaut:"));
    }
}
