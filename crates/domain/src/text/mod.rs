//! Text people write: what a message, a line and a reaction may contain, and what of it may reach a terminal.

mod emoji;
mod terminal;

use thiserror::Error;

pub(crate) use terminal::is_invisible;
pub use terminal::{term_safe, term_safe_lines};

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing a reader could see.
    #[error("text is blank; write something")]
    Blank,
    /// A control character.
    #[error("text contains the control character U+{:04X}; remove it", u32::from(*.0))]
    Control(char),
    /// A line break where one line is expected.
    #[error("text has several lines, one is expected; put it on one line")]
    LineBreak,
    /// A character that reorders the text around it.
    #[error("text contains U+{:04X}, which reorders the text around it; remove it", u32::from(*.0))]
    Reorders(char),
    /// Not one emoji.
    #[error("a reaction is one emoji; choose one")]
    NotAnEmoji,
    /// A file's name that leads somewhere.
    #[error("a file's name has no path in it; give the name alone")]
    Path,
}

/// Checks the text of a chat message: something to see, and no control characters but line break and tab.
///
/// # Errors
/// [`TextError`] names the first character that is not accepted.
pub fn message_body(text: &str) -> Result<(), TextError> {
    let is_allowed = |character: char| matches!(character, '\n' | '\t') || !character.is_control();
    if let Some(character) = text.chars().find(|character| !is_allowed(*character)) {
        return Err(TextError::Control(character));
    }
    if text.chars().all(is_blank) {
        return Err(TextError::Blank);
    }
    Ok(())
}

/// Checks a topic, reason or label: one line without control characters and direction overrides. It may be empty.
///
/// # Errors
/// [`TextError`] names the first character that is not accepted.
pub fn line(text: &str) -> Result<(), TextError> {
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => return Err(TextError::LineBreak),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => return Err(TextError::Reorders(character)),
            _ if character.is_control() => return Err(TextError::Control(character)),
            _ => {}
        }
    }
    Ok(())
}

/// Checks a reaction: exactly one emoji, with its skin tone and joiners.
///
/// # Errors
/// [`TextError::NotAnEmoji`] for anything else.
pub fn reaction(text: &str) -> Result<(), TextError> {
    match emoji::sequence_len(text) {
        Some(length) if length == text.len() => Ok(()),
        _ => Err(TextError::NotAnEmoji),
    }
}

/// Whether a character shows nothing by itself.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace() || is_invisible(character) || character == '\u{2800}'
}

#[cfg(test)]
mod tests;
