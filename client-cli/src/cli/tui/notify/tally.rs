//! Messages counted by room, to be told in one sentence.

use std::collections::BTreeMap;

use proto::ids::RoomId;

use super::words::of_one;
use super::{Calls, Heard, NotifyConfig, Waiting, Words};

/// What waits to be told.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rooms: BTreeMap<RoomId, Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    messages: u64,
    by_name: u64,
    direct: u64,
    rings: bool,
    /// The last message's own words; nothing when only its number is known.
    last: Option<Words>,
}

impl Tally {
    pub(super) fn count(&mut self, heard: &Heard, rings: bool, config: &NotifyConfig) {
        let counts = self.rooms.entry(heard.room).or_default();
        counts.messages += 1;
        match heard.calls {
            Calls::ByName => counts.by_name += 1,
            Calls::Directly => counts.direct += 1,
            Calls::Nobody => {}
        }
        counts.rings |= rings;
        counts.last = Some(of_one(heard, config.show_text));
    }

    pub(super) fn count_waiting(&mut self, waiting: &Waiting, rings: bool) {
        let counts = self.rooms.entry(waiting.room).or_default();
        counts.messages += waiting.messages;
        counts.direct += if waiting.direct { waiting.messages } else { 0 };
        counts.rings |= rings;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (room, more) in other.rooms {
            let counts = self.rooms.entry(room).or_default();
            counts.messages += more.messages;
            counts.by_name += more.by_name;
            counts.direct += more.direct;
            counts.rings |= more.rings;
            counts.last = more.last.or(counts.last.take());
        }
    }

    pub(super) fn forget(&mut self, room: RoomId) {
        self.rooms.remove(&room);
    }

    /// Returns whether anything in it calls the person.
    pub(super) fn rings(&self) -> bool {
        self.rooms.values().any(|counts| counts.rings)
    }

    /// Returns one message as itself, and more of them as numbers.
    pub(super) fn into_words(self) -> Words {
        let sum = |of: fn(&Counts) -> u64| self.rooms.values().map(of).sum::<u64>();
        let (messages, by_name) = (sum(|counts| counts.messages), sum(|counts| counts.by_name));
        let direct = sum(|counts| counts.direct);
        let rooms = self.rooms.len();
        if messages == 1
            && let Some(words) = self.rooms.into_values().find_map(|counts| counts.last)
        {
            return words;
        }
        let mut title = match (messages, rooms) {
            (1, _) => "1 message in 1 room".to_owned(),
            (messages, 1) => format!("{messages} messages in 1 room"),
            (messages, rooms) => format!("{messages} messages in {rooms} rooms"),
        };
        match by_name {
            0 => {}
            1 => title.push_str(", 1 mentions you"),
            several => title.push_str(&format!(", {several} mention you")),
        }
        if 0 < direct {
            title.push_str(&format!(", {direct} direct"));
        }
        Words { title, body: String::new() }
    }
}
