//! Finding words in what this device has read, as the server finds them in open rooms.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What is looked for: words that each have to begin a word of the text.
#[derive(Debug)]
pub(super) struct Sought(Vec<String>);

impl Sought {
    /// Reads what somebody typed; nothing when there is no word in it.
    pub(super) fn new(typed: &str) -> Option<Self> {
        let words: Vec<_> = words_of(typed).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// Returns whether every word that is sought begins a word of this text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let words: Vec<_> = words_of(text).collect();
        self.0.iter().all(|sought| words.iter().any(|word| word.starts_with(sought.as_str())))
    }
}

/// The words of a text in small letters, without accents.
fn words_of(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric() && !is_combining_mark(letter))
        .map(|word| {
            word.nfd().filter(|letter| !is_combining_mark(*letter)).collect::<String>().to_lowercase()
        })
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginnings_whatever_their_case_and_accents() {
        let text = "The CAFÉ in Łódź opens at ten, bring-your-own cup";
        for found in ["cafe", "CAF", "open ten", "bring own", "café\u{301}", "łódz"] {
            assert!(Sought::new(found).unwrap().is_in(text), "{found}");
        }
        for missing in ["afe", "cafes", "ten eleven", "pens"] {
            assert!(!Sought::new(missing).unwrap().is_in(text), "{missing}");
        }
    }

    #[test]
    fn what_has_no_word_in_it_finds_nothing() {
        for typed in ["", "  ", "* ( \"", "\u{301}"] {
            assert!(Sought::new(typed).is_none(), "{typed:?}");
        }
    }
}
