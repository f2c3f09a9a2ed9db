//! The keys: one table of what they do, which also makes the help, the user guide and the names in the configuration.
// tidy: long because it is one table of actions.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    Send,
    Newline,
    Editor,
    HistoryBack,
    HistoryForward,
    Complete,
    NextRoom,
    PreviousRoom,
    Room(u8),
    NextUnread,
    Switcher,
    PageUp,
    PageDown,
    LineUp,
    LineDown,
    Top,
    Bottom,
    NextMention,
    PreviousMention,
    SelectUp,
    SelectDown,
    Copy,
    Search,
    Upload,
    Transfers,
    Preview,
    RoomsPane,
    MembersPane,
    Help,
    Redraw,
    Cancel,
    Interrupt,
}

/// Where an action stands in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Writing,
    Rooms,
    Reading,
    Files,
    Screen,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) action: Action,
    /// Its name in the configuration.
    pub(crate) name: &'static str,
    /// The keys it has until the configuration says otherwise.
    pub(crate) keys: &'static [&'static str],
    pub(crate) group: Group,
    pub(crate) help: &'static str,
}

/// All actions, in the order of the help.
pub(crate) const ACTIONS: &[Row] = &[
    row(
        Action::Send,
        "send",
        &["enter"],
        Group::Writing,
        "Sends what is typed; on a chosen message: what can be done with it.",
    ),
    row(Action::Newline, "newline", &["alt-enter", "ctrl-j"], Group::Writing, "Begins another line."),
    row(
        Action::Complete,
        "complete",
        &["tab"],
        Group::Writing,
        "Completes commands, @names, #rooms, :emoji: and paths; again for the next.",
    ),
    row(Action::Editor, "editor", &["ctrl-x"], Group::Writing, "Writes in $VISUAL or $EDITOR."),
    row(
        Action::HistoryBack,
        "history-back",
        &["up"],
        Group::Writing,
        "Moves up in the draft; from its first line to what was typed before.",
    ),
    row(
        Action::HistoryForward,
        "history-forward",
        &["down"],
        Group::Writing,
        "Moves down in the draft; from its last line to what was typed after.",
    ),
    row(
        Action::Interrupt,
        "interrupt",
        &["ctrl-c"],
        Group::Writing,
        "Clears what is typed; a second time leaves.",
    ),
    row(Action::NextRoom, "next-room", &["ctrl-n"], Group::Rooms, "Goes to the next room of the list."),
    row(Action::PreviousRoom, "previous-room", &["ctrl-p"], Group::Rooms, "Goes to the room before."),
    row(Action::Room(1), "room-1", &["alt-1"], Group::Rooms, "Goes to the first room of the list."),
    row(Action::Room(2), "room-2", &["alt-2"], Group::Rooms, "Goes to the second room."),
    row(Action::Room(3), "room-3", &["alt-3"], Group::Rooms, "Goes to the third room."),
    row(Action::Room(4), "room-4", &["alt-4"], Group::Rooms, "Goes to the fourth room."),
    row(Action::Room(5), "room-5", &["alt-5"], Group::Rooms, "Goes to the fifth room."),
    row(Action::Room(6), "room-6", &["alt-6"], Group::Rooms, "Goes to the sixth room."),
    row(Action::Room(7), "room-7", &["alt-7"], Group::Rooms, "Goes to the seventh room."),
    row(Action::Room(8), "room-8", &["alt-8"], Group::Rooms, "Goes to the eighth room."),
    row(Action::Room(9), "room-9", &["alt-9"], Group::Rooms, "Goes to the ninth room."),
    row(
        Action::NextUnread,
        "next-unread",
        &["alt-a", "shift-right"],
        Group::Rooms,
        "Goes to the next room with something unread, mentions first.",
    ),
    row(
        Action::Switcher,
        "switcher",
        &["ctrl-k"],
        Group::Rooms,
        "Finds a room or a person by a few letters.",
    ),
    row(Action::PageUp, "page-up", &["pageup"], Group::Reading, "Reads further up."),
    row(Action::PageDown, "page-down", &["pagedown"], Group::Reading, "Reads further down."),
    row(Action::LineUp, "line-up", &["shift-up"], Group::Reading, "Moves the log up by a line."),
    row(Action::LineDown, "line-down", &["shift-down"], Group::Reading, "Moves the log down by a line."),
    row(Action::Top, "top", &["alt-home"], Group::Reading, "Goes to the oldest message that is loaded."),
    row(Action::Bottom, "bottom", &["alt-end"], Group::Reading, "Goes to the newest message."),
    row(
        Action::NextMention,
        "next-mention",
        &["alt-n"],
        Group::Reading,
        "Goes to the next message that mentions you.",
    ),
    row(
        Action::PreviousMention,
        "previous-mention",
        &["alt-p"],
        Group::Reading,
        "Goes to the message before that mentions you.",
    ),
    row(
        Action::SelectUp,
        "select-up",
        &["alt-up"],
        Group::Reading,
        "Chooses a message, from the newest upwards.",
    ),
    row(Action::SelectDown, "select-down", &["alt-down"], Group::Reading, "Chooses the message below."),
    row(Action::Copy, "copy", &["alt-y"], Group::Reading, "Copies the chosen message, or the newest one."),
    row(Action::Search, "search", &["ctrl-f"], Group::Reading, "Finds words in this room or in all."),
    row(Action::Upload, "upload", &["f3"], Group::Files, "Chooses a file to send."),
    row(
        Action::Transfers,
        "transfers",
        &["f4"],
        Group::Files,
        "Shows transfers: stop them, go on with them.",
    ),
    row(
        Action::Preview,
        "preview",
        &["f5"],
        Group::Files,
        "Shows the picture of the chosen message, or the newest picture.",
    ),
    row(Action::RoomsPane, "rooms-pane", &["f7"], Group::Screen, "Shows or hides the rooms."),
    row(Action::MembersPane, "members-pane", &["f8"], Group::Screen, "Shows or hides the members."),
    row(Action::Help, "help", &["f1"], Group::Screen, "Lists keys and commands."),
    row(Action::Redraw, "redraw", &["ctrl-l"], Group::Screen, "Draws everything anew."),
    row(
        Action::Cancel,
        "cancel",
        &["esc"],
        Group::Screen,
        "Closes what is open, and goes back to the newest message.",
    ),
];

const fn row(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    group: Group,
    help: &'static str,
) -> Row {
    Row { action, name, keys, group, help }
}

/// A key with what is held down beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
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
        Ok(Self { code, modifiers })
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
        Self { code, modifiers }
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

/// Which key does what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keymap {
    bound: Vec<(Chord, Action)>,
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
}

const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
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
    fn every_key_of_the_table_reads_back_and_does_one_thing() {
        let mut seen: Vec<Chord> = Vec::new();
        for row in ACTIONS {
            assert!(row.help.ends_with('.'), "{}", row.name);
            for key in row.keys {
                let chord = Chord::parse(key).unwrap();
                assert_eq!(chord.to_string(), *key);
                assert!(!seen.contains(&chord), "{key} does two things");
                seen.push(chord);
            }
        }
    }

    #[test]
    fn a_key_that_is_none_says_how_keys_are_written() {
        for wrong in ["", "ctrl-", "hyper-k", "f13", "enterr"] {
            let error = Chord::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("ctrl-k"), "{error}");
        }
    }
}
