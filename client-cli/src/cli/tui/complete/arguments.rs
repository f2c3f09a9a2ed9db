//! What may stand at a place of a command, read from how the command is written in the table.

use domain::report::category_from_word;
use domain::sanction::Length;

/// What may stand somewhere: a placeholder like `NAME`, or a word as it is typed like `resume` or `--lock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected<'a> {
    Placeholder(&'a str),
    Literal(&'a str),
}

/// Returns what may follow these words. `arguments` is a row's description: ` | ` parts whole forms, `|` parts words,
/// `[]` stands around what may be left out, and a few placeholders go on to the end of the line.
pub(super) fn expected<'a>(arguments: &'a str, words: &[&str]) -> Vec<Expected<'a>> {
    let mut found = Vec::new();
    for form in forms(arguments) {
        for sequence in sequences(&form) {
            for expected in after(&sequence, words) {
                if !found.contains(&expected) {
                    found.push(expected);
                }
            }
        }
    }
    found
}

/// Returns every placeholder of a description, to test that each is known here.
#[cfg(test)]
pub(super) fn placeholders(arguments: &str) -> Vec<&str> {
    let alternatives = forms(arguments).into_iter().flatten().flat_map(|part| part.places).flatten();
    let placeholders = alternatives.filter_map(|expected| match expected {
        Expected::Placeholder(name) => Some(name),
        Expected::Literal(_) => None,
    });
    placeholders.collect()
}

/// A few places that stand there together or, when they may be left out, not at all.
#[derive(Debug, Clone)]
struct Part<'a> {
    places: Vec<Vec<Expected<'a>>>,
    optional: bool,
}

fn forms(arguments: &str) -> Vec<Vec<Part<'_>>> {
    let whole = arguments.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let arguments = whole.filter(|inside| inside.contains(" | ")).unwrap_or(arguments);
    arguments.split(" | ").map(parts).collect()
}

fn parts(form: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut words = form.split_whitespace();
    while let Some(word) = words.next() {
        let Some(inside) = word.strip_prefix('[') else {
            parts.push(Part { places: vec![place(word)], optional: false });
            continue;
        };
        let mut places = Vec::new();
        let mut next = Some(inside);
        while let Some(word) = next {
            places.push(place(word.strip_suffix(']').unwrap_or(word)));
            next = if word.ends_with(']') { None } else { words.next() };
        }
        parts.push(Part { places, optional: true });
    }
    parts
}

fn place(word: &str) -> Vec<Expected<'_>> {
    let alternatives = word.split('|').map(|word| {
        let capitals = word.find(|letter: char| !letter.is_ascii_uppercase()).unwrap_or(word.len());
        if capitals == 0 { Expected::Literal(word) } else { Expected::Placeholder(&word[..capitals]) }
    });
    alternatives.collect()
}

/// Every way to leave optional parts out, the whole form first.
fn sequences<'a>(parts: &[Part<'a>]) -> Vec<Vec<Vec<Expected<'a>>>> {
    let Some((first, rest)) = parts.split_first() else { return vec![Vec::new()] };
    let behind = sequences(rest);
    let with = behind.iter().map(|behind| [&first.places[..], behind].concat());
    let without = behind.iter().filter(|_| first.optional).cloned();
    with.chain(without).collect()
}

fn after<'a>(sequence: &[Vec<Expected<'a>>], words: &[&str]) -> Vec<Expected<'a>> {
    let Some((place, rest)) = sequence.split_first() else { return Vec::new() };
    let Some((word, behind)) = words.split_first() else { return place.clone() };
    let mut found = Vec::new();
    for expected in place.iter().filter(|expected| fits(**expected, word)) {
        if is_long(*expected) {
            found.extend(after(sequence, behind));
        }
        found.extend(after(rest, behind));
    }
    found
}

fn fits(expected: Expected<'_>, word: &str) -> bool {
    match expected {
        Expected::Literal(literal) => literal == word,
        Expected::Placeholder("NUMBER") => {
            word.starts_with(|first: char| first.is_ascii_digit() || first == '[')
        }
        Expected::Placeholder("COUNT" | "LEVEL") => word.bytes().all(|byte| byte.is_ascii_digit()),
        Expected::Placeholder("DURATION") => Length::parse(word).is_ok(),
        Expected::Placeholder("CATEGORY") => category_from_word(word).is_some(),
        // What begins like an option is none of the words that people make up.
        Expected::Placeholder("CAPTION") => !word.starts_with("--"),
        Expected::Placeholder(_) => true,
    }
}

/// Whether it goes on over several words.
fn is_long(expected: Expected<'_>) -> bool {
    matches!(expected, Expected::Placeholder("TEXT" | "REASON" | "NOTE" | "CAPTION" | "TOPIC" | "WORDS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_follow_is_read_from_the_description() {
        for (arguments, words, follows) in [
            ("[here] NAME [DURATION] [REASON]", "", "here NAME"),
            ("[here] NAME [DURATION] [REASON]", "here", "NAME DURATION REASON"),
            ("[here] NAME [DURATION] [REASON]", "bob", "DURATION REASON"),
            ("[here] NAME [DURATION] [REASON]", "bob 10m", "REASON"),
            ("[here] NAME [DURATION] [REASON]", "bob spam and", "REASON"),
            ("NUMBER|last [FOLDER]", "", "NUMBER last"),
            ("NUMBER|last [FOLDER]", "last", "FOLDER"),
            ("NUMBER[,NUMBER...]|NAME [CATEGORY] [NOTE]", "12,13", "CATEGORY NOTE"),
            ("NUMBER[,NUMBER...]|NAME [CATEGORY] [NOTE]", "bob spam", "NOTE"),
            ("FILE [CAPTION] [--lock] [--hide TEXT]", "a.png", "CAPTION --lock --hide"),
            ("FILE [CAPTION] [--lock] [--hide TEXT]", "a.png hot stuff", "CAPTION --lock --hide"),
            ("FILE [CAPTION] [--lock] [--hide TEXT]", "a.png --lock --hide", "TEXT"),
            ("[approve NUMBER CODE | revoke NUMBER]", "", "approve revoke"),
            ("[approve NUMBER CODE | revoke NUMBER]", "approve 3", "CODE"),
            ("[approve NUMBER CODE | revoke NUMBER]", "revoke 3", ""),
            ("[COUNT] [before NUMBER]", "20", "before"),
            ("", "", ""),
        ] {
            let words: Vec<_> = words.split_whitespace().collect();
            let found: Vec<_> = expected(arguments, &words)
                .into_iter()
                .map(|(Expected::Placeholder(word) | Expected::Literal(word))| word)
                .collect();
            assert_eq!(found.join(" "), follows, "{arguments}: {words:?}");
        }
    }
}
