//! What moderators did, as lines: held and removed messages, slow and locked rooms.

use client_cli::{ClientEvent, SealedNews};
use domain::text::term_safe;
use proto::ids::AccountId;

use crate::cli::render::room_name;
use crate::cli::tail::state_words;

use super::chat::{Chat, Show};

impl Chat {
    /// Takes an event of moderation and returns what is to be shown of it.
    pub(super) fn news(&mut self, event: &ClientEvent) -> Vec<Show> {
        match event {
            // It comes back as a whole line: what was typed stands far above by then.
            ClientEvent::Held { message_id, .. } => {
                self.own.remove(message_id);
            }
            ClientEvent::RoomPosture { room, slow_seconds, locked } => {
                if let Some(room) = self.rooms.get_mut(room) {
                    let was = (room.summary.slow_seconds, room.summary.locked);
                    (room.summary.slow_seconds, room.summary.locked) = (*slow_seconds, *locked);
                    return posture_words(&room_name(&room.summary), was, (*slow_seconds, *locked));
                }
                return Vec::new();
            }
            ClientEvent::Purged { account, .. } => {
                let whose = self.whose(*account);
                return notes([format!(
                    "-- a moderator removed messages of {whose}; what stands above of them is gone from the server"
                )]);
            }
            ClientEvent::Restored { account, .. } => {
                let whose = self.whose(*account);
                return notes([format!("-- removed messages of {whose} are back; /history shows them")]);
            }
            _ => {}
        }
        notes(state_words(event))
    }

    /// Takes news of a sealed room: with its name, unless one is there.
    pub(super) fn sealed_news(&mut self, news: &SealedNews) -> Vec<Show> {
        let here = news.room == self.current_room().map(|room| room.summary.room);
        let elsewhere = news.room.filter(|_| !here).and_then(|room| self.rooms.get(&room));
        let place = elsewhere.map(|room| format!("{}: ", room_name(&room.summary))).unwrap_or_default();
        if let (Some(room), Some(seq)) = (news.room, news.seq)
            && let Some(room) = self.rooms.get_mut(&room)
        {
            room.newest = room.newest.max(seq);
        }
        notes([format!("-- {place}{}", term_safe(&news.text))])
    }

    fn whose(&self, account: AccountId) -> String {
        if account == self.me.account {
            return "yours".to_owned();
        }
        match self.name_of(account) {
            Some(name) => term_safe(name).into_owned(),
            None => "somebody who is not here".to_owned(),
        }
    }
}

fn posture_words(name: &str, was: (u32, bool), is: (u32, bool)) -> Vec<Show> {
    let mut lines = Vec::new();
    match (was.1, is.1) {
        (false, true) => lines.push(format!("-- {name} is locked: only staff may write")),
        (true, false) => lines.push(format!("-- {name} is open for writing again")),
        _ => {}
    }
    match (was.0, is.0) {
        (before, after) if before == after => {}
        (_, 0) => lines.push(format!("-- slow mode in {name} is over")),
        (_, seconds) => lines.push(format!("-- slow mode in {name}: one message each {seconds} s")),
    }
    notes(lines)
}

fn notes(lines: impl IntoIterator<Item = String>) -> Vec<Show> {
    lines.into_iter().map(Show::Note).collect()
}
