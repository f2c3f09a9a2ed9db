//! `/upload`, `/download`, `/reveal`, `/stego` and `/files` as they are typed.

use std::path::PathBuf;

use proto::ids::{RoomId, Seq};

use super::super::ask::Ask;
use super::super::chat::Chat;
use super::super::commands::first_word;
use super::super::files::{Request, Which};
use super::super::path::{first_word as word, from_home};
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
            Verb::Reveal => self.reveal(room, rest)?,
            Verb::Stego => match first_word(rest) {
                ("reveal", rest) => self.reveal(room, rest)?,
                ("hide", rest) => {
                    let (path, text) =
                        word(rest).filter(|(_, text)| !text.is_empty()).ok_or(Wrong::Arguments)?;
                    let (path, hide) = (from_home(&path), Some(text.to_owned()));
                    Request::Upload { path, room, room_name, caption: String::new(), lock: false, hide }
                }
                _ => return Err(Wrong::Arguments),
            },
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

    /// `NUMBER|last|FILE`.
    fn reveal(&self, room: RoomId, rest: &str) -> Result<Request, Wrong> {
        let (which, behind) = word(needs(rest)?).ok_or(Wrong::Arguments)?;
        if !behind.is_empty() {
            return Err(Wrong::Arguments);
        }
        let which = match place(&which) {
            Ok(seq) => Which::Entry { room, seq },
            Err(_) => Which::Path(from_home(&which)),
        };
        Ok(Request::Reveal { which, folder: self.downloads.clone() })
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
        Ok(Self { path: from_home(&path), caption, lock, hide })
    }
}

fn path(text: &str) -> Result<PathBuf, Wrong> {
    match word(text) {
        Some((path, "")) => Ok(from_home(&path)),
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
