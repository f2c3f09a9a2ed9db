//! Names of accounts and rooms: typed by strangers, read by people, and never mistaken for one another.
//!
//! Three defences, each of which stops what the others let through: PRECIS `UsernameCaseMapped` (RFC 8265) folds case
//! and width and refuses invisible characters; one script per name (UTS 39) refuses a Cyrillic letter among Latin ones;
//! the skeleton (UTS 39) is equal for names that look alike, and the database keeps it unique.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::Error as PrecisError;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use proto::limits;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

/// A person's or bot's name: case-folded, one script, 1 to 32 characters; letters, digits, and `-`, `_`, `.` inside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(Name);

/// A room's name without its `#`: case-folded, one script, up to 48 bytes; letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomName(Name);

/// A name that cannot be used: what was wrong, what is expected, what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{kind} {fault}")]
pub struct NameError {
    /// What was being named.
    pub kind: NameKind,
    /// What is wrong with the name.
    pub fault: NameFault,
}

/// What a name is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A person or bot.
    Account,
    /// A room.
    Room,
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameFault {
    /// Nothing, or only spaces.
    #[error("is empty; choose at least one letter or digit")]
    Empty,
    /// Too many characters.
    #[error("has {chars} characters, the limit is {max}; choose a shorter one")]
    TooManyChars {
        /// Characters that came.
        chars: usize,
        /// Characters that are allowed.
        max: usize,
    },
    /// Too many bytes in UTF-8.
    #[error("takes {bytes} bytes, the limit is {max}; choose a shorter one")]
    TooManyBytes {
        /// Bytes that came.
        bytes: usize,
        /// Bytes that are allowed.
        max: usize,
    },
    /// A space between letters.
    #[error("contains a space; write it without, or with '-' or '_'")]
    Space,
    /// A character that is invisible, controls direction, is not for names, or is not a letter or digit.
    #[error("contains the character U+{:04X}, which is not for names; use letters, digits, '-' and '_'", u32::from(*.0))]
    Character(char),
    /// Letters of several scripts.
    #[error("mixes letters of different alphabets, which is how names are forged; use one alphabet")]
    MixedScripts,
    /// Punctuation at the start or the end.
    #[error("starts or ends with '-', '_' or '.'; start and end with a letter or digit")]
    Edge,
    /// A pile of accents, or the same accent twice.
    #[error("puts too many accents on one letter; use at most {max}, each once", max = MARKS)]
    Marks,
    /// Left-to-right and right-to-left parts in an order that displays wrongly.
    #[error("mixes directions of writing so that it displays in another order; use one direction")]
    Direction,
    /// A name that speaks for everybody or for the server.
    #[error("is reserved because it reads like an announcement or the server itself; choose another")]
    Reserved,
}

impl AccountName {
    /// Most characters of a name.
    pub const MAX_CHARS: usize = 32;

    /// Reads a name as people type it.
    ///
    /// # Errors
    /// [`NameError`] in words for the person.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let parse = || {
            let name = Name::parse(text, &['-', '_', '.'], Self::MAX_CHARS, limits::NAME)?;
            if RESERVED_SKELETONS.contains(&name.skeleton) {
                return Err(NameFault::Reserved);
            }
            Ok(Self(name))
        };
        parse().map_err(|fault| NameError { kind: NameKind::Account, fault })
    }

    /// Returns the name as it is shown and stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Returns what is equal for all names that look like this one. Unique in the database; never shown.
    #[must_use]
    pub fn skeleton(&self) -> &str {
        &self.0.skeleton
    }
}

impl RoomName {
    /// Reads a room's name as people type it, with or without `#`.
    ///
    /// # Errors
    /// [`NameError`] in words for the person.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let text = text.strip_prefix('#').unwrap_or(text);
        Name::parse(text, &['-', '_'], limits::ROOM_NAME, limits::ROOM_NAME)
            .map(Self)
            .map_err(|fault| NameError { kind: NameKind::Room, fault })
    }

    /// Returns the name of the room everybody is in.
    #[must_use]
    pub fn lobby() -> Self {
        Self(Name { text: "lobby".to_owned(), skeleton: skeleton_of("lobby") })
    }

    /// Returns the name as it is shown and stored, without `#`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Returns what is equal for all names that look like this one. Unique in the database; never shown.
    #[must_use]
    pub fn skeleton(&self) -> &str {
        &self.0.skeleton
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{}", self.as_str())
    }
}

impl FromStr for AccountName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl FromStr for RoomName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl fmt::Display for NameKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Account => "name",
            Self::Room => "room name",
        })
    }
}

const DOT_ABOVE: char = '\u{307}';
/// Most accents on one letter; Vietnamese needs two, ancient Greek three.
const MARKS: usize = 3;
/// Names no account may have or resemble: `@all` would address everybody, `server` would speak for it.
const RESERVED: [&str; 6] = ["all", "channel", "everyone", "here", "server", "system"];
static RESERVED_SKELETONS: LazyLock<[String; RESERVED.len()]> = LazyLock::new(|| RESERVED.map(skeleton_of));

/// What both kinds of names have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name {
    text: String,
    skeleton: String,
}

impl Name {
    fn parse(
        typed: &str,
        punctuation: &[char],
        max_chars: usize,
        max_bytes: usize,
    ) -> Result<Self, NameFault> {
        let typed = typed.trim();
        // Bounds the work: no rule below makes a text ten times shorter.
        if max_bytes * 10 < typed.len() {
            return Err(NameFault::TooManyBytes { bytes: typed.len(), max: max_bytes });
        }
        let enforced = UsernameCaseMapped::enforce(typed).map_err(|error| precis_fault(&error, typed))?;
        let text = without_doubled_dot(&enforced);
        let chars = text.chars().count();
        if max_chars < chars {
            return Err(NameFault::TooManyChars { chars, max: max_chars });
        }
        if max_bytes < text.len() {
            return Err(NameFault::TooManyBytes { bytes: text.len(), max: max_bytes });
        }
        check_characters(&text, punctuation)?;
        check_marks(&text)?;
        if !text.is_single_script() {
            return Err(NameFault::MixedScripts);
        }
        let skeleton = skeleton_of(&text);
        Ok(Self { text, skeleton })
    }
}

fn check_characters(text: &str, punctuation: &[char]) -> Result<(), NameFault> {
    for character in text.chars().filter(|character| !punctuation.contains(character)) {
        if !is_for_names(character) {
            return Err(NameFault::Character(character));
        }
    }
    if text.starts_with(punctuation) || text.ends_with(punctuation) {
        return Err(NameFault::Edge);
    }
    if let Some(mark) = text.chars().next().filter(|character| is_combining_mark(*character)) {
        return Err(NameFault::Character(mark));
    }
    Ok(())
}

/// Letters, digits and accents of scripts that people write today.
fn is_for_names(character: char) -> bool {
    let written_today = matches!(
        character.identifier_type(),
        Some(IdentifierType::Recommended | IdentifierType::Inclusion | IdentifierType::Limited_Use)
    );
    written_today && (character.is_alphanumeric() || is_combining_mark(character))
}

/// Counts accents only: the vowel signs of Indic scripts are marks as well and belong to every word.
fn check_marks(text: &str) -> Result<(), NameFault> {
    let mut accents = Vec::with_capacity(MARKS);
    for character in text.nfd() {
        if !is_combining_mark(character) {
            accents.clear();
        } else if canonical_combining_class(character) != 0 {
            if MARKS <= accents.len() || accents.contains(&character) {
                return Err(NameFault::Marks);
            }
            accents.push(character);
        }
    }
    Ok(())
}

/// Returns the text with the dot above taken off i and j, which have one: "İ" in lower case is "i" with a second dot,
/// which nobody can see.
fn without_doubled_dot(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character != DOT_ABOVE || !plain.ends_with(['i', 'j', '\u{456}', '\u{458}']) {
            plain.push(character);
        }
    }
    plain.nfc().collect()
}

/// Returns the UTS 39 skeleton of a case-folded text, made stricter: accents that a line of small print hides (below
/// the letter, across it, a dot above) are left out, and a zero is the letter o.
pub(crate) fn skeleton_of(text: &str) -> String {
    let visible = skeleton(text).filter(|character| !is_easily_overlooked(*character));
    visible.flat_map(char::to_lowercase).nfc().collect()
}

fn is_easily_overlooked(mark: char) -> bool {
    const OVERLAY: u8 = 1;
    const BELOW: u8 = 220;
    mark == DOT_ABOVE || matches!(canonical_combining_class(mark), OVERLAY | BELOW)
}

fn precis_fault(error: &PrecisError, typed: &str) -> NameFault {
    match error {
        _ if typed.is_empty() => NameFault::Empty,
        PrecisError::BadCodepoint(info) => match char::from_u32(info.cp) {
            Some(character) if character.is_whitespace() && !character.is_control() => NameFault::Space,
            Some(character) => NameFault::Character(character),
            None => NameFault::Direction,
        },
        _ => NameFault::Direction,
    }
}

#[cfg(test)]
mod tests;
