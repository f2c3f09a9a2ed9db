//! One-time words for the next page of a session: what was done, and perhaps how to undo it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use proto::ids::WebSessionId;

/// What the next page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flash {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    /// Where a button "Undo" sends a form.
    pub(crate) undo: Option<String>,
}

/// How it looks and is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warn,
    Bad,
}

/// Words that wait. They are lost when the server stops, which costs nobody anything.
#[derive(Debug, Default)]
pub(crate) struct Flashes(Mutex<BTreeMap<WebSessionId, Flash>>);

/// Sessions that may have words waiting.
const MOST: usize = 4_096;

impl Flash {
    /// Something was done.
    pub(crate) fn good(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into(), undo: None }
    }

    /// Something was done, with a remark.
    pub(crate) fn warn(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warn, text: text.into(), undo: None }
    }

    /// Something was not done.
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, text: text.into(), undo: None }
    }

    /// Adds a button that undoes it.
    pub(crate) fn with_undo(self, path: impl Into<String>) -> Self {
        Self { undo: Some(path.into()), ..self }
    }
}

impl Tone {
    /// Returns the word for style sheets.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

impl Flashes {
    /// Keeps the words for this session's next page; newer words replace older ones.
    pub(crate) fn put(&self, session: WebSessionId, flash: Flash) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST || waiting.contains_key(&session) {
            waiting.insert(session, flash);
        }
    }

    /// Takes the words of this session.
    pub(crate) fn take(&self, session: WebSessionId) -> Option<Flash> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_once_and_to_their_session_alone() {
        let flashes = Flashes::default();
        flashes.put(session(1), Flash::good("Ban lifted."));
        assert_eq!(flashes.take(session(2)), None);
        assert_eq!(flashes.take(session(1)).map(|flash| flash.text), Some("Ban lifted.".to_owned()));
        assert_eq!(flashes.take(session(1)), None);
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let flashes = Flashes::default();
        for number in 0..4_200 {
            flashes.put(session(number), Flash::warn("x"));
        }
        assert_eq!(flashes.0.lock().unwrap().len(), MOST);
    }

    fn session(number: u64) -> WebSessionId {
        WebSessionId::new(number).unwrap()
    }
}
