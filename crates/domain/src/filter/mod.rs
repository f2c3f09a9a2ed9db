//! Filters: words, patterns and links that messages are judged by before anybody sees them.

#[cfg(feature = "credentials")]
mod links;
#[cfg(feature = "credentials")]
mod set;

use std::fmt;

use proto::ids::{FilterId, RoomId};
use thiserror::Error;

#[cfg(feature = "credentials")]
pub use links::{Link, links};
#[cfg(feature = "credentials")]
pub use set::{Cause, FilterSet, Links, PatternError, Verdict};

/// Longest pattern in bytes.
pub const PATTERN: usize = 512;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Its number.
    pub id: FilterId,
    /// Only in this room; everywhere when absent.
    pub room: Option<RoomId>,
    /// What the pattern is.
    pub kind: Kind,
    /// What is looked for.
    pub pattern: String,
    /// What happens to a message that matches.
    pub action: Action,
    /// Whether it acts.
    pub mode: Mode,
}

/// What a pattern is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A word or several, found as whole words however they are written.
    Word,
    /// A regular expression of the kind that takes linear time.
    Regex,
    /// A host name: links to it and to what is below it. `*` is every link.
    Link,
}

/// What happens to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It waits for a moderator.
    Hold,
    /// It is refused, and its author told why.
    Refuse,
    /// It is refused, and its author muted.
    Mute {
        /// For so long.
        seconds: u32,
    },
    /// It is refused, and its author disconnected.
    Kick,
}

/// Whether a filter acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// It does nothing.
    Off,
    /// It counts what it would do and does nothing.
    Shadow,
    /// It acts.
    On,
}

/// What happens to whoever writes faster than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FloodAction {
    /// The message is refused with the time to wait.
    Slow,
    /// The message waits for a moderator.
    Hold,
    /// The author is muted.
    Mute,
    /// The author is disconnected.
    Kick,
}

/// An action that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("\"{0}\" is not an action; choose hold, refuse, mute (with seconds, as in mute 600) or kick")]
pub struct NoSuchAction(String);

/// Every kind, in the order of menus.
pub const KINDS: [Kind; 3] = [Kind::Word, Kind::Regex, Kind::Link];
/// Every mode, in the order of menus.
pub const MODES: [Mode; 3] = [Mode::Off, Mode::Shadow, Mode::On];
/// Every flood action, in the order of menus.
pub const FLOOD_ACTIONS: [FloodAction; 4] =
    [FloodAction::Slow, FloodAction::Hold, FloodAction::Mute, FloodAction::Kick];
/// Longest mute by a filter in seconds: a week; longer is for a moderator to say.
pub const MUTE_SECONDS: u32 = 7 * 86_400;

impl Kind {
    /// Returns the word for it, in pages and files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Regex => "regex",
            Self::Link => "link",
        }
    }

    /// Returns the kind with this [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.word() == word)
    }
}

impl Mode {
    /// Returns the word for it, in pages and files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::On => "on",
        }
    }

    /// Returns the mode with this [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        MODES.into_iter().find(|mode| mode.word() == word)
    }
}

impl FloodAction {
    /// Returns the word for it, in pages and files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Hold => "hold",
            Self::Mute => "mute",
            Self::Kick => "kick",
        }
    }

    /// Returns the action with this [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        FLOOD_ACTIONS.into_iter().find(|action| action.word() == word)
    }
}

impl Action {
    /// Reads what [`Display`](fmt::Display) writes: `hold`, `refuse`, `mute 600`, `kick`.
    ///
    /// # Errors
    /// [`NoSuchAction`] in words for the person.
    pub fn parse(text: &str) -> Result<Self, NoSuchAction> {
        let wrong = || NoSuchAction(text[..text.floor_char_boundary(32)].to_owned());
        let mut words = text.split_whitespace();
        let action = match (words.next(), words.next()) {
            (Some("hold"), None) => Self::Hold,
            (Some("refuse"), None) => Self::Refuse,
            (Some("kick"), None) => Self::Kick,
            (Some("mute"), Some(seconds)) => {
                let seconds = seconds.parse().ok().filter(|seconds| (1..=MUTE_SECONDS).contains(seconds));
                Self::Mute { seconds: seconds.ok_or_else(wrong)? }
            }
            _ => return Err(wrong()),
        };
        if words.next().is_some() { Err(wrong()) } else { Ok(action) }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hold => formatter.write_str("hold"),
            Self::Refuse => formatter.write_str("refuse"),
            Self::Mute { seconds } => write!(formatter, "mute {seconds}"),
            Self::Kick => formatter.write_str("kick"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        assert!(KINDS.into_iter().all(|kind| Kind::from_word(kind.word()) == Some(kind)));
        assert!(MODES.into_iter().all(|mode| Mode::from_word(mode.word()) == Some(mode)));
        assert!(FLOOD_ACTIONS.into_iter().all(|flood| FloodAction::from_word(flood.word()) == Some(flood)));
        for action in [Action::Hold, Action::Refuse, Action::Mute { seconds: 600 }, Action::Kick] {
            assert_eq!(Action::parse(&action.to_string()), Ok(action));
        }
    }

    #[test]
    fn an_action_that_is_none_is_refused() {
        for wrong in
            ["", "mute", "mute 0", "mute 604801", "mute -1", "hold 5", "kick now", "mute 600 900", "burn"]
        {
            assert!(Action::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Action::parse("mute 604800"), Ok(Action::Mute { seconds: MUTE_SECONDS }));
    }
}
