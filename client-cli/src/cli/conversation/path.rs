//! Paths as people type them: `~` for the home folder, quotes and backslashes around spaces.

use std::borrow::Cow;
use std::env;
use std::path::{Path, PathBuf};

/// Returns the path that is meant, with the home folder in place of a `~` in front.
pub(crate) fn from_home(typed: &str) -> PathBuf {
    under(typed, env::home_dir().as_deref())
}

fn under(typed: &str, home: Option<&Path>) -> PathBuf {
    let behind = match typed {
        "~" => Some(""),
        _ => typed.strip_prefix("~/"),
    };
    match (behind, home) {
        (Some(behind), Some(home)) => home.join(behind),
        _ => PathBuf::from(typed),
    }
}

/// A word as it stands in a line, perhaps with quotes or backslashes, perhaps half typed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Where it begins, its quote included.
    pub(crate) start: usize,
    /// What it says.
    pub(crate) value: String,
    /// A blank or a closing quote stands behind it.
    pub(crate) closed: bool,
    quoted: bool,
}

/// Splits the first word off; nothing when there is none, or its quote is never closed.
pub(crate) fn first_word(text: &str) -> Option<(String, &str)> {
    let (word, end) = word(text, text.find(|letter: char| !letter.is_whitespace())?);
    (word.closed || !word.quoted).then(|| (word.value, text[end..].trim_start()))
}

/// Splits a line into words, the first of which begins at `at`.
pub(crate) fn words(line: &str, mut at: usize) -> Vec<Word> {
    let mut words = Vec::new();
    while let Some(blank) = line[at..].find(|letter: char| !letter.is_whitespace()) {
        let (word, end) = word(line, at + blank);
        words.push(word);
        at = end;
    }
    words
}

/// Writes a path so that it reads back as one word.
pub(crate) fn quoted(path: &str) -> Cow<'_, str> {
    let needs = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '\\');
    if !path.is_empty() && !path.contains(needs) {
        return Cow::Borrowed(path);
    }
    Cow::Owned(match ['"', '\''].into_iter().find(|&quote| !path.contains(quote)) {
        Some(quote) => format!("{quote}{path}{quote}"),
        None => path
            .chars()
            .flat_map(|letter| needs(letter).then_some('\\').into_iter().chain([letter]))
            .collect(),
    })
}

fn word(line: &str, start: usize) -> (Word, usize) {
    let mut letters = line[start..].char_indices().peekable();
    let quote = letters.next_if(|(_, letter)| matches!(letter, '"' | '\'')).map(|(_, quote)| quote);
    let mut word = Word { start, value: String::new(), closed: true, quoted: quote.is_some() };
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (Some(quote), letter) if letter == quote => return (word, start + at + 1),
            (None, letter) if letter.is_whitespace() => return (word, start + at),
            (None, '\\') => word.value.extend(letters.next().map(|(_, letter)| letter)),
            (_, letter) => word.value.push(letter),
        }
    }
    word.closed = false;
    (word, line.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tilde_in_front_is_the_home_folder_and_elsewhere_it_is_a_letter() {
        let home = Some(Path::new("/ada"));
        for (typed, meant) in
            [("~", "/ada"), ("~/a b", "/ada/a b"), ("~bob/a", "~bob/a"), ("a/~/b", "a/~/b"), ("/a", "/a")]
        {
            assert_eq!(under(typed, home), PathBuf::from(meant));
        }
        assert_eq!(under("~/a", None), PathBuf::from("~/a"));
    }

    #[test]
    fn half_a_word_is_a_word_too() {
        let split = |line| {
            words(line, 0).into_iter().map(|word| (word.start, word.value, word.closed)).collect::<Vec<_>>()
        };
        assert_eq!(
            split("a \"b c\" 'd e"),
            [(0, "a".to_owned(), true), (2, "b c".to_owned(), true), (8, "d e".to_owned(), false)]
        );
        assert_eq!(split("  my\\ tea.png "), [(2, "my tea.png".to_owned(), true)]);
    }

    proptest! {
        #[test]
        fn a_quoted_path_reads_back(path in "[a-zé\"' \\\\]{1,20}") {
            let line = quoted(&path).into_owned();
            let read: Vec<_> = words(&line, 0).into_iter().map(|word| word.value).collect();
            prop_assert_eq!(read, [path]);
        }
    }
}
