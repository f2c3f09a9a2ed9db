//! `/upload`, `/download`, `/reveal` and `/files` as they are typed.

use std::path::PathBuf;

use proto::ids::Seq;

use super::super::ask::Ask;
use super::super::chat::Chat;
use super::super::files::{Request, Which};
use super::{Step, Verb, Wrong, needs, number};
use crate::cli::render::room_name;

impl Chat {
    /// Reads a command about files.
    pub(super) fn files(&self, verb: Verb, rest: &str) -> Result<Step, Wrong> {
        let summary = &self.current_room().ok_or(Wrong::NoRoom)?.summary;
        let (room, room_name) = (summary.room, room_name(summary));
        let request = match verb {
            Verb::Upload if rest == "resume" => Request::Resume,
            Verb::Upload => {
                let Typed { path, caption, lock, hide } = Typed::read(needs(rest)?)?;
                Request::Upload { path, room, room_name, caption, lock, hide }
            }
            Verb::Download => {
                let (which, folder) = word(needs(rest)?).ok_or(Wrong::Arguments)?;
                let folder = if folder.is_empty() { self.downloads.clone() } else { path(folder)? };
                Request::Download { room, seq: place(&which)?, folder }
            }
            Verb::Reveal => {
                let (which, behind) = word(needs(rest)?).ok_or(Wrong::Arguments)?;
                if !behind.is_empty() {
                    return Err(Wrong::Arguments);
                }
                let which = match place(&which) {
                    Ok(seq) => Which::Entry { room, seq },
                    Err(_) => Which::Path(PathBuf::from(which)),
                };
                Request::Reveal { which, folder: self.downloads.clone() }
            }
            _ => match word(rest) {
                None => Request::List { room, room_name },
                Some((stop, number)) if stop == "stop" => {
                    Request::Stop(number.parse().map_err(|_| Wrong::Arguments)?)
                }
                Some(_) => return Err(Wrong::Arguments),
            },
        };
        Ok(Step::Ask(Ask::Files { request, asker: self.asker.clone() }))
    }
}

/// `FILE [CAPTION] [--lock] [--hide TEXT]`.
#[derive(Debug, PartialEq, Eq)]
struct Typed {
    path: PathBuf,
    caption: String,
    lock: bool,
    hide: Option<String>,
}

impl Typed {
    fn read(rest: &str) -> Result<Self, Wrong> {
        let (rest, hide) = match rest.split_once("--hide ") {
            Some((rest, text)) if !text.trim().is_empty() => (rest, Some(text.trim().to_owned())),
            Some(_) => return Err(Wrong::Arguments),
            None => (rest, None),
        };
        let (path, behind) = word(rest).ok_or(Wrong::Arguments)?;
        let mut words: Vec<_> = behind.split_whitespace().collect();
        let before = words.len();
        words.retain(|&word| word != "--lock");
        let lock = words.len() < before;
        let caption = if lock { words.join(" ") } else { behind.trim().to_owned() };
        Ok(Self { path: PathBuf::from(path), caption, lock, hide })
    }
}

/// Splits the first word off, which may stand in quotes or have spaces behind backslashes.
fn word(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let mut letters = text.char_indices().peekable();
    let quote = letters.next_if(|(_, letter)| matches!(letter, '"' | '\'')).map(|(_, quote)| quote);
    let mut word = String::new();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (Some(quote), letter) if letter == quote => return Some((word, text[at + 1..].trim_start())),
            (None, letter) if letter.is_whitespace() => return Some((word, text[at..].trim_start())),
            (None, '\\') => word.extend(letters.next().map(|(_, letter)| letter)),
            (_, letter) => word.push(letter),
        }
    }
    (quote.is_none() && !word.is_empty()).then_some((word, ""))
}

fn path(text: &str) -> Result<PathBuf, Wrong> {
    match word(text) {
        Some((path, "")) => Ok(PathBuf::from(path)),
        _ => Err(Wrong::Arguments),
    }
}

/// Reads which message's file is meant: a number, or `last` for the newest.
fn place(word: &str) -> Result<Option<Seq>, Wrong> {
    if word == "last" { Ok(None) } else { number(word).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_stand_in_quotes_and_what_is_behind_it_is_the_caption() {
        for (typed, path, caption, lock, hide) in [
            ("tea.png", "tea.png", "", false, None),
            ("tea.png  the  kettle", "tea.png", "the  kettle", false, None),
            ("\"my tea.png\" hot", "my tea.png", "hot", false, None),
            ("'it is.png'", "it is.png", "", false, None),
            ("my\\ tea.png hot", "my tea.png", "hot", false, None),
            ("tea.png --lock hot stuff", "tea.png", "hot stuff", true, None),
            ("tea.png hot --hide meet me  at noon", "tea.png", "hot", false, Some("meet me  at noon")),
            ("tea.png --lock --hide --lock", "tea.png", "", true, Some("--lock")),
        ] {
            let expected = Typed {
                path: PathBuf::from(path),
                caption: caption.to_owned(),
                lock,
                hide: hide.map(str::to_owned),
            };
            assert_eq!(Typed::read(typed).unwrap(), expected, "{typed}");
        }
        for typed in ["\"never closed.png", "", "tea.png --hide  "] {
            assert!(Typed::read(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_message_is_named_by_its_number_or_as_the_last() {
        assert_eq!(place("[12]").unwrap(), Seq::new(12));
        assert_eq!(place("last").unwrap(), None);
        assert!(place("tea.png").is_err() && place("0").is_err());
    }
}
