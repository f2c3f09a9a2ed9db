//! Which key does what, as the table and the configuration have it.

use crossterm::event::KeyEvent;
use thiserror::Error;

use super::chord::ChordError;
use super::{ACTIONS, Action, Chord};

/// Which key does what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keymap {
    bound: Vec<(Chord, Action)>,
}

/// Why keys cannot be bound as they are written.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum KeymapError {
    #[error("there is no action \"{0}\"{near}", near = near(.0))]
    NoAction(String),
    #[error("{action}: {source}")]
    NoKey { action: String, source: ChordError },
    #[error("{action}: \"{key}\" is needed for writing; hold ctrl or alt with it")]
    Writes { action: String, key: String },
    #[error("{key} does two things: {first} and {second}; give one of them another key, or [] for none")]
    Twice { key: String, first: &'static str, second: &'static str },
}

impl Default for Keymap {
    fn default() -> Self {
        let mut bound = Vec::new();
        for row in ACTIONS {
            for key in row.keys {
                bound.push((Chord::parse(key).expect("a test reads each key of the table"), row.action));
            }
        }
        Self { bound }
    }
}

impl Keymap {
    /// Returns the table's keys with these in place of the named actions' own.
    ///
    /// # Errors
    /// [`KeymapError`].
    pub(crate) fn with<'o, K>(overrides: impl IntoIterator<Item = (&'o str, K)>) -> Result<Self, KeymapError>
    where
        K: IntoIterator<Item = &'o str>,
    {
        let mut keymap = Self::default();
        for (name, keys) in overrides {
            let row = ACTIONS.iter().find(|row| row.name == name);
            let action = row.ok_or_else(|| KeymapError::NoAction(name.to_owned()))?.action;
            keymap.bound.retain(|(_, bound)| *bound != action);
            for key in keys {
                let no_key = |source| KeymapError::NoKey { action: name.to_owned(), source };
                let chord = Chord::parse(key).map_err(no_key)?;
                if chord.writes() {
                    return Err(KeymapError::Writes { action: name.to_owned(), key: key.to_owned() });
                }
                keymap.bound.push((chord, action));
            }
        }
        keymap.without_conflicts()
    }

    /// Returns what a key does.
    pub(crate) fn action(&self, key: &KeyEvent) -> Option<Action> {
        let pressed = Chord::of(key);
        self.bound.iter().find(|(chord, _)| *chord == pressed).map(|(_, action)| *action)
    }

    /// Returns the keys of an action, as they are written.
    pub(crate) fn keys_of(&self, action: Action) -> Vec<String> {
        let keys = self.bound.iter().filter(|(_, bound)| *bound == action);
        keys.map(|(chord, _)| chord.to_string()).collect()
    }

    /// Two actions on one key would depend on the order of the table, which nobody sees.
    fn without_conflicts(mut self) -> Result<Self, KeymapError> {
        self.bound.sort_by_key(|(_, action)| *action);
        // A key written twice for the same action is no conflict.
        self.bound.dedup();
        for (at, (chord, action)) in self.bound.iter().enumerate() {
            if let Some((_, other)) = self.bound[..at].iter().find(|(earlier, _)| earlier == chord) {
                let (first, second) = (name_of(*other), name_of(*action));
                return Err(KeymapError::Twice { key: chord.to_string(), first, second });
            }
        }
        Ok(self)
    }
}

fn name_of(action: Action) -> &'static str {
    ACTIONS.iter().find(|row| row.action == action).map_or("?", |row| row.name)
}

fn near(name: &str) -> String {
    let rated = ACTIONS.iter().map(|row| (strsim::damerau_levenshtein(name, row.name), row.name));
    match rated.min() {
        Some((distance, nearest)) if distance <= 1 + name.chars().count() / 3 => {
            format!("; the nearest is \"{nearest}\"")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebound_action_has_its_keys_and_no_others() {
        let keymap = Keymap::with([("switcher", vec!["ctrl-t", "alt-k"]), ("help", vec![])]).unwrap();
        assert_eq!(keymap.keys_of(Action::Switcher), ["ctrl-t", "alt-k"]);
        assert_eq!(keymap.keys_of(Action::Help), [""; 0]);
        assert_eq!(keymap.keys_of(Action::Send), ["enter"]);
        let none: [(&str, Vec<&str>); 0] = [];
        assert_eq!(Keymap::with(none).unwrap().bound.len(), Keymap::default().bound.len());
    }

    #[test]
    fn a_key_for_two_actions_is_refused_with_both_names() {
        for overrides in [
            vec![("editor", vec!["ctrl-k"])],
            vec![("editor", vec!["ctrl-t"]), ("help", vec!["Ctrl-T"])],
            vec![("complete", vec!["ctrl-m"])],
        ] {
            let error = Keymap::with(overrides.clone()).unwrap_err().to_string();
            assert!(error.contains("does two things") && error.contains(overrides[0].0), "{error}");
        }
        let swapped = [("next-room", vec!["ctrl-p"]), ("previous-room", vec!["ctrl-n", "ctrl-n"])];
        assert_eq!(Keymap::with(swapped).unwrap().keys_of(Action::PreviousRoom), ["ctrl-n"]);
    }

    #[test]
    fn a_wrong_name_is_told_with_the_nearest_and_a_letter_is_left_for_writing() {
        let wrong = |name, key| Keymap::with([(name, [key])]).unwrap_err().to_string();
        assert_eq!(wrong("switchr", "ctrl-t"), "there is no action \"switchr\"; the nearest is \"switcher\"");
        assert!(wrong("help", "?").contains("needed for writing"));
        assert!(wrong("help", "hyper-h").starts_with("help: \"hyper-h\" is no key"));
    }
}
