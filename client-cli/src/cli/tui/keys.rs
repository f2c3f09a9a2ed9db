//! The keys: one table of what they do, which also makes the help, the user guide and the names in the configuration.
// tidy: long because it is one table of actions.

mod chord;
mod keymap;

pub(crate) use chord::Chord;
pub(crate) use keymap::{Keymap, KeymapError};

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

impl Group {
    /// All of them, in the order of the help.
    pub(crate) const ALL: [Self; 5] = [Self::Writing, Self::Rooms, Self::Reading, Self::Files, Self::Screen];

    /// Returns what stands above its keys.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Writing => "Writing",
            Self::Rooms => "Rooms",
            Self::Reading => "Reading",
            Self::Files => "Files",
            Self::Screen => "Screen",
        }
    }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_has_one_row_with_help_and_a_name_for_the_configuration() {
        let mut names = BTreeSet::new();
        for row in ACTIONS {
            assert!(row.help.ends_with('.') && row.help.len() < 90, "{}", row.name);
            assert!(row.name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte)));
            assert!(names.insert(row.name), "{} stands twice", row.name);
            assert_eq!(ACTIONS.iter().filter(|other| other.action == row.action).count(), 1, "{}", row.name);
        }
    }

    #[test]
    fn every_key_of_the_table_reads_back_and_does_one_thing() {
        let mut seen: Vec<Chord> = Vec::new();
        for row in ACTIONS {
            for key in row.keys {
                let chord = Chord::parse(key).unwrap();
                assert_eq!(chord.to_string(), *key);
                assert!(!seen.contains(&chord), "{key} does two things");
                seen.push(chord);
            }
        }
    }
}
