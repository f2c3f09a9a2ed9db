//! Mentions: `@name` in a message.

use std::collections::BTreeSet;

use unicode_normalization::char::is_combining_mark;

use crate::name::AccountName;

/// Most different names one message can mention; what looks like a name after that is text.
pub const MOST: usize = 64;

/// Returns whether the message mentions the account, in whatever case it is written.
#[must_use]
pub fn mentions(body: &str, name: &str) -> bool {
    let Ok(name) = AccountName::parse(name) else { return false };
    candidates(body).iter().any(|candidate| AccountName::parse(candidate).as_ref() == Ok(&name))
}

/// Returns the names a message mentions, as they are written, each once, without `@`. A name here need not exist.
#[must_use]
pub fn names(body: &str) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let mut names = candidates(body);
    names.retain(|candidate| AccountName::parse(candidate).is_ok_and(|name| seen.insert(name)));
    names
}

/// What follows an `@` that stands at the start of a word, as far as a name can reach: the first [`MOST`] that differ.
fn candidates(body: &str) -> Vec<&str> {
    let mut candidates = Vec::new();
    for (at, _) in body.match_indices('@') {
        let inside_a_word =
            body[..at].chars().next_back().is_some_and(|before| is_word(before) || before == '@');
        if inside_a_word {
            continue;
        }
        let rest = &body[at + 1..];
        let end = rest.find(|character| !is_word(character) && !is_joint(character)).unwrap_or(rest.len());
        // Punctuation at the end belongs to the sentence: names do not end with it.
        let name = rest[..end].trim_end_matches(is_joint);
        if !name.is_empty() && !candidates.contains(&name) {
            candidates.push(name);
        }
        if candidates.len() == MOST {
            break;
        }
    }
    candidates
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

fn is_joint(character: char) -> bool {
    matches!(character, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_found_at_every_place_people_put_it() {
        for body in [
            "@ada",
            "hi @ada!",
            "(@ada)",
            "@Ada, look",
            "@ADA.",
            "thanks @ada...",
            "\n@ada\n",
            "@ada's",
            "@ada-",
        ] {
            assert!(mentions(body, "ada"), "{body:?}");
            assert!(mentions(body, "Ada"), "{body:?}");
        }
    }

    #[test]
    fn addresses_longer_names_and_lookalikes_are_not_mentions() {
        for body in
            ["ada", "mail bob@ada.example", "@adam", "@ad", "@ada.b", "@ ada", "@@ada", "@\u{430}da", "@"]
        {
            assert!(!mentions(body, "ada"), "{body:?}");
        }
    }

    #[test]
    fn names_with_dots_and_accents_are_whole() {
        assert_eq!(names("@ada.lovelace and @Jos\u{e9}. @ada.lovelace"), ["ada.lovelace", "Jos\u{e9}"]);
        assert_eq!(names("@jose\u{301}, @JOS\u{c9}"), ["jose\u{301}"]);
        assert!(mentions("@\u{5b57}\u{5b57} ok", "\u{5b57}\u{5b57}"));
    }

    #[test]
    fn a_message_mentions_so_many_people_and_no_more() {
        let crowd = |people: usize| (0..people).map(|number| format!("@user{number} ")).collect::<String>();
        assert!(mentions(&(crowd(MOST - 1) + "@ada"), "ada"));
        assert!(!mentions(&(crowd(MOST) + "@ada"), "ada"));
        assert!(mentions(&("@bob ".repeat(3_000) + "@ada"), "ada"));
        assert_eq!(names(&crowd(1_000)).len(), MOST);
    }

    proptest! {
        #[test]
        fn whoever_is_named_is_mentioned(body in "[@a-cA-C. \\-\u{e9}\u{301}]{0,40}") {
            for name in names(&body) {
                prop_assert!(mentions(&body, name), "{name:?} in {body:?}");
            }
        }
    }
}
