//! A key as it is pressed and as it is written.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

/// A key with what is held down beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chord {
    pub(crate) code: KeyCode,
    pub(crate) modifiers: KeyModifiers,
}

/// Why a key's name means nothing.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("\"{0}\" is no key; keys are written like ctrl-k, alt-enter, shift-right, f3 or pageup")]
pub(crate) struct ChordError(String);

impl Chord {
    /// Reads a key as it stands in the configuration.
    ///
    /// # Errors
    /// [`ChordError`].
    pub(crate) fn parse(text: &str) -> Result<Self, ChordError> {
        let wrong = || ChordError(text.to_owned());
        let lower = text.trim().to_lowercase();
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = lower.as_str();
        loop {
            let (modifier, behind) = match rest.split_once('-') {
                Some(("ctrl", behind)) => (KeyModifiers::CONTROL, behind),
                Some(("alt", behind)) => (KeyModifiers::ALT, behind),
                Some(("shift", behind)) => (KeyModifiers::SHIFT, behind),
                _ => break,
            };
            modifiers |= modifier;
            rest = behind;
        }
        let code = match rest {
            "" => return Err(wrong()),
            "space" => KeyCode::Char(' '),
            _ => match NAMED.iter().find(|(name, _)| *name == rest) {
                Some((_, code)) => *code,
                None => code_of(rest).ok_or_else(wrong)?,
            },
        };
        if matches!(code, KeyCode::Char(_)) && modifiers.contains(KeyModifiers::SHIFT) {
            // Terminals send the other letter, and some of them nothing else.
            return Err(wrong());
        }
        Ok(Self::as_terminals_send(code, modifiers))
    }

    /// Returns the chord of a key press.
    pub(crate) fn of(key: &KeyEvent) -> Self {
        let mut modifiers = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match key.code {
            KeyCode::Char(letter) => {
                // A capital says already that Shift is held.
                modifiers.remove(KeyModifiers::SHIFT);
                KeyCode::Char(letter.to_lowercase().next().unwrap_or(letter))
            }
            code => code,
        };
        Self::as_terminals_send(code, modifiers)
    }

    /// Returns whether the key writes something by itself.
    pub(super) fn writes(self) -> bool {
        let held = self.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        matches!(self.code, KeyCode::Char(_) | KeyCode::Backspace) && !held
    }

    /// Some chords are one to a terminal: it sends Tab for Ctrl-I, and Shift-Tab as a key of its own.
    fn as_terminals_send(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let (code, held) = match (code, modifiers) {
            (KeyCode::Char('i'), KeyModifiers::CONTROL) => (KeyCode::Tab, KeyModifiers::CONTROL),
            (KeyCode::Char('m'), KeyModifiers::CONTROL) => (KeyCode::Enter, KeyModifiers::CONTROL),
            (KeyCode::Char('['), KeyModifiers::CONTROL) => (KeyCode::Esc, KeyModifiers::CONTROL),
            (KeyCode::BackTab, _) => (KeyCode::BackTab, KeyModifiers::SHIFT),
            (KeyCode::Tab, held) if held.contains(KeyModifiers::SHIFT) => {
                (KeyCode::BackTab, KeyModifiers::SHIFT)
            }
            (code, _) => (code, KeyModifiers::NONE),
        };
        Self { code, modifiers: modifiers - held }
    }
}

fn code_of(rest: &str) -> Option<KeyCode> {
    if let Some(number) = rest.strip_prefix('f').and_then(|digits| digits.parse().ok()) {
        return (1..=12).contains(&number).then_some(KeyCode::F(number));
    }
    let mut letters = rest.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if !letter.is_control() => Some(KeyCode::Char(letter)),
        _ => None,
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, word) in
            [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")]
        {
            if self.modifiers.contains(modifier) {
                formatter.write_str(word)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => formatter.write_str("space"),
            KeyCode::Char(letter) => write!(formatter, "{letter}"),
            KeyCode::F(number) => write!(formatter, "f{number}"),
            code => {
                let name = NAMED.iter().find(|(_, named)| *named == code).map(|(name, _)| *name);
                formatter.write_str(name.unwrap_or("?"))
            }
        }
    }
}

const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("esc", KeyCode::Esc),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_none_says_how_keys_are_written() {
        for wrong in ["", "ctrl-", "hyper-k", "f13", "enterr", "shift-a", "ctrl-shift-k", "\u{1b}"] {
            let error = Chord::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("ctrl-k"), "{error}");
        }
    }

    #[test]
    fn what_is_one_key_to_a_terminal_is_one_chord() {
        let press = |code, modifiers| Chord::of(&KeyEvent::new(code, modifiers)).to_string();
        assert_eq!(press(KeyCode::BackTab, KeyModifiers::SHIFT), "shift-tab");
        assert_eq!(press(KeyCode::Char('A'), KeyModifiers::SHIFT | KeyModifiers::ALT), "alt-a");
        for (written, sent) in
            [("shift-tab", "shift-tab"), ("ctrl-i", "tab"), ("ctrl-[", "esc"), ("alt--", "alt--")]
        {
            assert_eq!(Chord::parse(written).unwrap().to_string(), sent);
        }
    }
}
