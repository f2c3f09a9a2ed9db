//! What a word that is being typed can become: commands, names, rooms, emoji, paths, and what commands take.
//!
//! A command completes by what stands in its row of the table: see [`arguments`].

mod arguments;
mod paths;

use std::ops::Range;

use domain::raid::RaidLevel;
use domain::report::CATEGORIES;
use domain::sanction::Length;
use proto::message::Role;

use super::emoji;
use super::theme::ThemeName;
use crate::cli::conversation::commands::{self, Row, TABLE, first_word, may_use, usage};
use crate::cli::conversation::path;

use arguments::Expected;
use paths::Kind;

/// What is known to the one who completes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) role: Role,
    /// People, who spoke last first.
    pub(crate) names: &'a [String],
    /// Rooms as they are typed, with their mark.
    pub(crate) rooms: &'a [String],
    /// Emoji are put in as they are, not as `:words:`.
    pub(crate) emoji: bool,
}

/// Something a word can become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// What comes in place of the word, with a blank behind it where the word is complete.
    pub(crate) text: String,
    /// A few words about it; may be empty.
    pub(crate) hint: String,
}

/// Returns which part of the line is replaced and what it can become; nothing when nothing is known.
pub(crate) fn complete(
    line: &str,
    cursor: usize,
    known: &Known<'_>,
) -> Option<(Range<usize>, Vec<Candidate>)> {
    let before = line.get(..cursor)?;
    let (start, mut candidates) = match before.strip_prefix('/').filter(|rest| !rest.starts_with('/')) {
        Some(rest) if !rest.contains(char::is_whitespace) => (0, command_names(rest, "/", known)),
        Some(rest) => argument(before, commands::find(first_word(rest).0)?, known),
        None => anywhere(before, known),
    };
    if line[cursor..].starts_with(' ') {
        for candidate in &mut candidates {
            candidate.text.truncate(candidate.text.trim_end_matches(' ').len());
        }
    }
    (!candidates.is_empty()).then_some((start..cursor, candidates))
}

/// Completes a word of what is said: `@name`, `#room`, `:emoji:`.
fn anywhere(before: &str, known: &Known<'_>) -> (usize, Vec<Candidate>) {
    let start = word_start(before);
    (start, said(&before[start..], known))
}

fn said(word: &str, known: &Known<'_>) -> Vec<Candidate> {
    match word.chars().next() {
        Some('@') => names(word, known),
        Some('#' | '~') => rooms(word, known),
        Some(':') => emoji_words(word, known),
        _ => Vec::new(),
    }
}

/// Completes what follows a command.
fn argument(before: &str, row: &Row, known: &Known<'_>) -> (usize, Vec<Candidate>) {
    let mut words = typed_words(before, row);
    let (start, word) = words.pop().unwrap_or((before.len(), String::new()));
    let earlier: Vec<_> =
        words.iter().map(|(_, word)| word.as_str()).filter(|word| !word.is_empty()).collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for expected in arguments::expected(row.arguments, &earlier) {
        for candidate in expected_here(expected, &word, known) {
            if candidates.iter().all(|other| other.text != candidate.text) {
                candidates.push(candidate);
            }
        }
    }
    (start, candidates)
}

/// Returns the words behind a command with where they begin; the last one is being typed and may be empty.
fn typed_words(before: &str, row: &Row) -> Vec<(usize, String)> {
    let mut at = before.find(char::is_whitespace).unwrap_or(before.len());
    let mut words = Vec::new();
    let mut is_open = false;
    if row.arguments.contains("FILE") || row.arguments.contains("FOLDER") {
        for word in path::words(before, at) {
            is_open = !word.closed;
            words.push((word.start, word.value));
        }
    } else {
        for piece in before[at..].split_inclusive(char::is_whitespace) {
            is_open = !piece.ends_with(char::is_whitespace);
            words.push((at, piece.trim_end().to_owned()));
            at += piece.len();
        }
    }
    if !is_open {
        words.push((before.len(), String::new()));
    }
    words
}

fn expected_here(expected: Expected<'_>, word: &str, known: &Known<'_>) -> Vec<Candidate> {
    match expected {
        Expected::Literal(literal) => beginning([(literal, "")], word),
        Expected::Placeholder("NAME") => names(word, known),
        Expected::Placeholder("ROOM") => rooms(word, known),
        Expected::Placeholder("FILE") => paths::candidates(word, Kind::Any),
        Expected::Placeholder("FOLDER") => paths::candidates(word, Kind::Folders),
        Expected::Placeholder("COMMAND") => command_names(word.trim_start_matches('/'), "", known),
        Expected::Placeholder("THEME") => beginning(ThemeName::ALL.map(|theme| (theme.word(), "")), word),
        Expected::Placeholder("CATEGORY") => {
            beginning(CATEGORIES.map(|category| (category.word(), "")), word)
        }
        Expected::Placeholder("LEVEL") => levels(word),
        Expected::Placeholder("DURATION") => durations(word),
        Expected::Placeholder("EMOJI") => reactions(word),
        Expected::Placeholder("TEXT" | "REASON" | "NOTE" | "CAPTION" | "TOPIC") => said(word, known),
        // Numbers and codes are read off the screen.
        Expected::Placeholder(_) => Vec::new(),
    }
}

/// Commands that begin so, then those with another word that does.
fn command_names(typed: &str, slash: &str, known: &Known<'_>) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    let rows = || TABLE.iter().filter(|row| may_use(known.role, row));
    let by_name = rows().filter(|row| row.name.starts_with(&typed)).map(|row| Candidate {
        text: format!("{slash}{} ", row.name),
        hint: format!("{}  {}", usage(row), row.help),
    });
    let others = rows().filter(|row| !row.name.starts_with(&typed));
    let by_alias = others.filter_map(|row| {
        let alias = row.aliases.iter().find(|alias| alias.starts_with(&typed))?;
        Some(Candidate { text: format!("{slash}{alias} "), hint: format!("as {}  {}", usage(row), row.help) })
    });
    by_name.chain(by_alias).collect()
}

/// People, with an `@` in front where one was typed.
fn names(word: &str, known: &Known<'_>) -> Vec<Candidate> {
    let at = if word.starts_with('@') { "@" } else { "" };
    let typed = word.trim_start_matches('@').to_lowercase();
    let names = known.names.iter().filter(|name| name.to_lowercase().starts_with(&typed));
    names.map(|name| Candidate { text: format!("{at}{name} "), hint: String::new() }).collect()
}

/// Rooms by their name with or without its mark; behind an `@` also people whom one has not talked to alone.
fn rooms(word: &str, known: &Known<'_>) -> Vec<Candidate> {
    let typed = word.to_lowercase();
    let is_meant = |room: &String| {
        let room = room.to_lowercase();
        room.starts_with(&typed) || room.trim_start_matches(['#', '~', '@']).starts_with(&typed)
    };
    let rooms = known.rooms.iter().filter(|room| is_meant(room));
    let mut found: Vec<_> =
        rooms.map(|room| Candidate { text: format!("{room} "), hint: String::new() }).collect();
    if word.starts_with('@') && !word.starts_with("@@") {
        for person in names(word, known) {
            if !found.contains(&person) {
                found.push(person);
            }
        }
    }
    found
}

fn emoji_words(word: &str, known: &Known<'_>) -> Vec<Candidate> {
    let part = word.trim_start_matches(':');
    // ":D" and ":-)" are complete as they are.
    if part.len() < 2 || !part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte)) {
        return Vec::new();
    }
    let found = emoji::find(part).into_iter().take(EMOJI_OFFERED);
    let candidates = found.map(|(emoji, code)| match known.emoji {
        true => Candidate { text: format!("{emoji} "), hint: format!(":{code}:") },
        false => Candidate { text: format!(":{code}: "), hint: emoji.name().to_owned() },
    });
    candidates.collect()
}

/// A reaction is the emoji itself, whatever the screen shows.
fn reactions(word: &str) -> Vec<Candidate> {
    let part = word.trim_start_matches(':').trim_end_matches(':');
    let found = if part.is_empty() {
        REACTIONS
            .iter()
            .filter_map(|emoji| emojis::get(emoji))
            .map(|emoji| (emoji, emoji.shortcode().unwrap_or_default()))
            .collect()
    } else {
        emoji::find(part)
    };
    let found = found.into_iter().take(EMOJI_OFFERED);
    found.map(|(emoji, code)| Candidate { text: format!("{emoji} "), hint: format!(":{code}:") }).collect()
}

fn durations(word: &str) -> Vec<Candidate> {
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
        let units = ["m", "h", "d", "w"].map(|unit| format!("{word}{unit}"));
        let lengths = units.iter().filter_map(|typed| Some((typed, Length::parse(typed).ok()?)));
        return lengths
            .map(|(typed, length)| Candidate { text: format!("{typed} "), hint: length.to_string() })
            .collect();
    }
    beginning(LENGTHS, word)
}

fn levels(word: &str) -> Vec<Candidate> {
    let levels = (1..=5).rev().filter_map(RaidLevel::new).map(|level| (level.to_string(), level.words()));
    let levels: Vec<_> = levels.collect();
    beginning(levels.iter().map(|(level, words)| (level.as_str(), *words)), word)
}

fn beginning<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>, typed: &str) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    let fitting = words.into_iter().filter(|(word, _)| word.starts_with(&typed));
    fitting.map(|(word, hint)| Candidate { text: format!("{word} "), hint: hint.to_owned() }).collect()
}

fn word_start(before: &str) -> usize {
    before
        .char_indices()
        .rfind(|(_, letter)| letter.is_whitespace())
        .map_or(0, |(at, blank)| at + blank.len_utf8())
}

const LENGTHS: [(&str, &str); 5] =
    [("10m", "ten minutes"), ("1h", "an hour"), ("1d", "a day"), ("1w", "a week"), ("forever", "for good")];
const REACTIONS: [&str; 8] = ["👍", "👎", "❤️", "😂", "🎉", "👀", "🙏", "✅"];
const EMOJI_OFFERED: usize = 30;

#[cfg(test)]
mod tests;
