//! What calls the person: messages while they look elsewhere, the window's title, what waits since the last time.

use std::time::Instant;

use proto::ids::{AccountId, RoomId};
use proto::message::Entry;

use super::log::Taken;
use super::room::Place;
use super::{App, Connection};
use crate::cli::render::room_name;
use crate::cli::tui::notify::{Focus, Heard, Notice, Seen, Title, Waiting, Whose};

impl App {
    /// The window got or lost the person's attention.
    pub(crate) fn focus(&mut self, focused: bool) {
        self.focused = Some(focused);
        let Some(room) = self.current_mut() else { return };
        if focused && room.place == Place::End {
            room.seen();
            let id = room.summary.room;
            self.notifier.read(id);
        }
    }

    /// Takes what has to be told outside the screen.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Returns what stands in the window's title.
    pub(crate) fn title(&self) -> Title {
        let unread = self.rooms.values().filter(|room| !self.chat.is_quiet(room.summary.room));
        Title {
            unread: unread.map(|room| room.unread).sum(),
            mentions: self.rooms.values().map(|room| u64::from(room.mentions)).sum(),
            place: self.current().map(|room| room_name(&room.summary)).unwrap_or_default(),
        }
    }

    /// Returns whether somebody's words are not shown.
    pub(crate) fn is_ignored(&self, account: AccountId) -> bool {
        self.chat.is_ignored(account)
    }

    /// Returns whether something on the screen changes by itself.
    pub(crate) fn moves(&self) -> bool {
        matches!(self.connection, Connection::Offline { .. })
    }

    /// Takes note of a message that may call the person.
    pub(super) fn happened(&mut self, entry: &Entry, live: bool, taken: Taken, now: Instant) {
        if taken == Taken::Nothing {
            return;
        }
        let Some(room) = self.rooms.get(&entry.room) else { return };
        let whose = match () {
            () if entry.author == self.chat.me.account => Whose::Own,
            () if self.is_ignored(entry.author) => Whose::Ignored,
            () => Whose::Others,
        };
        let Some(heard) = Heard::of(entry, &room.summary, &self.chat.me.name, whose, live) else { return };
        let seen = Seen {
            focus: match self.focused {
                None => Focus::Unknown,
                Some(true) => Focus::Focused,
                Some(false) => Focus::Unfocused,
            },
            open: self.chat.current,
            at_end: self.current().is_some_and(|room| room.place == Place::End),
            quiet: self.chat.is_quiet(entry.room),
        };
        let notices = self.notifier.heard(&heard, &seen, now);
        self.notices.extend(notices);
    }

    /// Takes note of what was unread before the program started.
    pub(super) fn waits_since_before(&mut self, id: RoomId, now: Instant) {
        let Some(room) = self.rooms.get(&id) else { return };
        let waiting = Waiting {
            room: id,
            messages: room.unread,
            direct: room.summary.kind.is_direct(),
            quiet: self.chat.is_quiet(id),
        };
        self.notifier.waiting(&waiting, now);
    }
}
