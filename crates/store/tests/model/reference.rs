//! The model: the same rules over plain maps and lists, written to be read and not to be fast.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::Seq;
use proto::message::{Content, HistoryItem, ReactionChange};
use store::{Power, StoreError};

use crate::{Act, PEOPLE, Told, emoji, word};

const LOBBY: u64 = 1;

#[derive(Default)]
pub(crate) struct Model {
    rooms: BTreeMap<u64, Room>,
    banned: BTreeSet<u64>,
    read: BTreeMap<(u64, u64), u64>,
}

#[derive(Default)]
struct Room {
    /// An open room's name, or the two of a direct one.
    name: Option<String>,
    pair: Option<(u64, u64)>,
    members: BTreeSet<u64>,
    log: Vec<Line>,
}

#[derive(Clone)]
struct Line {
    author: u64,
    id: u64,
    said: Said,
    edited_by: Option<u64>,
    removed_by: Option<u64>,
    /// Emoji in the order they came, each with its people.
    reactions: Vec<(u8, BTreeMap<u64, u64>)>,
}

#[derive(Clone, PartialEq)]
enum Said {
    Text { body: u8, reply_to: u64 },
    Edit { target: u64, body: u8 },
    Delete { target: u64 },
    React { target: u64, emoji: u8, change: ReactionChange },
    Topic { body: u8 },
    File { body: u8 },
    Created,
}

impl Model {
    pub(crate) fn new() -> Self {
        let lobby =
            Room { name: Some("lobby".to_owned()), members: (1..=PEOPLE).collect(), ..Room::default() };
        Self { rooms: BTreeMap::from([(LOBBY, lobby)]), ..Self::default() }
    }

    pub(crate) fn does(&mut self, act: &Act) -> Told {
        match *act {
            Act::Say { room, who, id, body, reply_to } => {
                self.append(room, who, id, Said::Text { body, reply_to }, Power::Own)
            }
            Act::Edit { room, who, id, target, body } => {
                self.append(room, who, id, Said::Edit { target, body }, Power::Own)
            }
            Act::Delete { room, who, id, target, power } => {
                self.append(room, who, id, Said::Delete { target }, power)
            }
            Act::React { room, who, id, target, emoji, change } => {
                self.append(room, who, id, Said::React { target, emoji, change }, Power::Own)
            }
            Act::Topic { room, who, id, body } => {
                self.append(room, who, id, Said::Topic { body }, Power::Own)
            }
            Act::Post { room, who, id, body } => {
                self.append(room, who, id, Said::File { body: body % 3 }, Power::Own)
            }
            Act::CreateRoom { who, name } => self.create(who, &format!("room{name}")),
            Act::Join { room, who } => self.join(room, who),
            Act::Leave { room, who } => {
                if room == LOBBY || self.room(room)?.pair.is_some() {
                    return Err(StoreError::NotPermitted);
                }
                Ok((0, self.room(room)?.members.remove(&who)))
            }
            Act::OpenDirect { who, other } => self.open_direct(who, other),
            Act::Kick { room, who } => {
                if self.room(room)?.pair.is_some() {
                    return Err(StoreError::NotPermitted);
                }
                if room != LOBBY && !self.room(room)?.members.remove(&who) {
                    return Err(StoreError::NotAMember);
                }
                Ok((0, true))
            }
            Act::MarkRead { room, who, upto } => {
                let last = self.enter(room, who)?.log.len() as u64;
                let mark = self.read.entry((who, room)).or_default();
                *mark = (*mark).max(upto.min(last));
                Ok((*mark, true))
            }
            Act::Ban { who } => {
                self.banned.insert(who);
                Ok((0, true))
            }
            Act::Lift { who } if self.banned.remove(&who) => Ok((0, true)),
            Act::Lift { .. } => Err(StoreError::NotFound { what: "ban" }),
            Act::Restart => Ok((0, true)),
        }
    }

    /// The rooms somebody is in: number, last place, read marker, members.
    pub(crate) fn rooms_of(&self, who: u64) -> Vec<(u64, u64, u64, u32)> {
        let mine = self.rooms.iter().filter(|(_, room)| room.members.contains(&who));
        mine.map(|(number, room)| {
            let read = self.read.get(&(who, *number)).copied().unwrap_or_default();
            (*number, room.log.len() as u64, read, u32::try_from(room.members.len()).unwrap())
        })
        .collect()
    }

    /// A log as somebody reads it.
    pub(crate) fn log(&self, room: u64, who: u64) -> Vec<String> {
        let log = &self.rooms[&room].log;
        log.iter().enumerate().map(|(at, line)| line.describe(at as u64 + 1, who, log)).collect()
    }

    /// Where the current texts of open rooms somebody is in say this word.
    pub(crate) fn find(&self, who: u64, body: u8) -> Vec<(u64, u64)> {
        let mut found = Vec::new();
        for (number, room) in
            self.rooms.iter().filter(|(_, room)| room.pair.is_none() && room.members.contains(&who))
        {
            for (at, line) in room.log.iter().enumerate() {
                if line.text(&room.log) == Some(body) {
                    found.push((*number, at as u64 + 1));
                }
            }
        }
        found
    }

    /// How many messages show a file of which room, author and word this holds.
    pub(crate) fn files(&self, counts: impl Fn(u64, u64, u8) -> bool) -> u64 {
        let lines =
            self.rooms.iter().flat_map(|(room, place)| place.log.iter().map(move |line| (*room, line)));
        let shown = lines.filter(|(room, line)| match line.said {
            Said::File { body } => line.removed_by.is_none() && counts(*room, line.author, body),
            _ => false,
        });
        shown.count() as u64
    }

    fn append(&mut self, room: u64, who: u64, id: u64, said: Said, power: Power) -> Told {
        let banned = self.banned.contains(&who);
        let place = self.room(room)?;
        let earlier = place.log.iter().position(|line| (line.author, line.id) == (who, id));
        let again = earlier.map(|at| {
            let same = place.log[at].is(&said);
            if same { Ok((at as u64 + 1, false)) } else { Err(StoreError::Conflict) }
        });
        if let Err(refusal) = place.admits(who, banned, &said, power) {
            return again.unwrap_or(Err(refusal));
        }
        if let Some(again) = again {
            return again;
        }
        place.add(Line::new(who, id, said), power)
    }

    fn create(&mut self, who: u64, name: &str) -> Told {
        if self.banned.contains(&who) {
            return Err(StoreError::Banned);
        }
        if self.rooms.values().any(|room| room.name.as_deref() == Some(name)) {
            return Err(StoreError::RoomNameTaken);
        }
        let log = vec![Line::new(who, 0, Said::Created)];
        let room = Room { name: Some(name.to_owned()), members: BTreeSet::from([who]), log, pair: None };
        Ok((self.add_room(room), true))
    }

    fn join(&mut self, room: u64, who: u64) -> Told {
        let banned = self.banned.contains(&who);
        let place = self.room(room)?;
        if banned {
            return Err(StoreError::Banned);
        }
        if place.members.contains(&who) {
            return Ok((0, false));
        }
        if place.pair.is_some() {
            return Err(StoreError::NotFound { what: "room" });
        }
        Ok((0, place.members.insert(who)))
    }

    fn open_direct(&mut self, who: u64, other: u64) -> Told {
        if who == other {
            return Err(StoreError::NotPermitted);
        }
        if self.banned.contains(&who) {
            return Err(StoreError::Banned);
        }
        let pair = Some((who.min(other), who.max(other)));
        if let Some((number, _)) = self.rooms.iter().find(|(_, room)| room.pair == pair) {
            return Ok((*number, true));
        }
        let room = Room { pair, members: BTreeSet::from([who, other]), ..Room::default() };
        Ok((self.add_room(room), true))
    }

    fn add_room(&mut self, room: Room) -> u64 {
        let number = self.rooms.len() as u64 + 1;
        self.rooms.insert(number, room);
        number
    }

    fn room(&mut self, room: u64) -> Result<&mut Room, StoreError> {
        self.rooms.get_mut(&room).ok_or(StoreError::NotFound { what: "room" })
    }

    fn enter(&mut self, room: u64, who: u64) -> Result<&mut Room, StoreError> {
        let place = self.room(room)?;
        if place.members.contains(&who) { Ok(place) } else { Err(place.stranger()) }
    }
}

impl Room {
    fn stranger(&self) -> StoreError {
        if self.pair.is_some() { StoreError::NotFound { what: "room" } } else { StoreError::NotAMember }
    }

    fn admits(&self, who: u64, banned: bool, said: &Said, power: Power) -> Result<(), StoreError> {
        let moderates =
            power == Power::Moderator && self.pair.is_none() && matches!(said, Said::Delete { .. });
        match (banned, self.members.contains(&who) || moderates) {
            (true, _) => Err(StoreError::Banned),
            (false, true) => Ok(()),
            (false, false) => Err(self.stranger()),
        }
    }

    fn add(&mut self, line: Line, power: Power) -> Told {
        let (who, seq) = (line.author, self.log.len() as u64 + 1);
        match line.said {
            Said::Text { reply_to, .. } if seq <= reply_to => return Err(StoreError::NoSuchEntry),
            Said::Topic { .. } if self.pair.is_some() => return Err(StoreError::NotPermitted),
            Said::Edit { target, .. } => {
                let text = self.target(target)?;
                if matches!(text.said, Said::File { .. }) {
                    return Err(StoreError::NoSuchEntry);
                }
                if text.author != who {
                    return Err(StoreError::NotPermitted);
                }
                text.edited_by = Some(seq);
            }
            Said::Delete { target } => {
                if self.target(target)?.author != who && power != Power::Moderator {
                    return Err(StoreError::NotPermitted);
                }
                let edits = |line: &Line| matches!(line.said, Said::Edit { target: of, .. } if of == target);
                for (at, line) in self.log.iter_mut().enumerate() {
                    if at as u64 + 1 == target || edits(line) {
                        (line.removed_by, line.edited_by) = (Some(who), None);
                        line.reactions.clear();
                    }
                }
            }
            Said::React { target, emoji, change } => {
                if let Some(stands) = self.target(target)?.react(emoji, who, seq, change)? {
                    return Ok((stands, false));
                }
            }
            Said::Text { .. } | Said::Topic { .. } | Said::File { .. } | Said::Created => {}
        }
        self.log.push(line);
        Ok((seq, true))
    }

    fn target(&mut self, target: u64) -> Result<&mut Line, StoreError> {
        let at = usize::try_from(target).unwrap().checked_sub(1).ok_or(StoreError::NoSuchEntry)?;
        let line = self.log.get_mut(at);
        line.filter(|line| {
            matches!(line.said, Said::Text { .. } | Said::File { .. }) && line.removed_by.is_none()
        })
        .ok_or(StoreError::NoSuchEntry)
    }
}

impl Line {
    fn new(author: u64, id: u64, said: Said) -> Self {
        Self { author, id, said, edited_by: None, removed_by: None, reactions: Vec::new() }
    }

    /// Whether it was written for the same; of a removed text the words are not known any more.
    fn is(&self, said: &Said) -> bool {
        match (&self.said, said, self.removed_by) {
            (Said::Text { reply_to: one, .. }, Said::Text { reply_to: other, .. }, Some(_)) => one == other,
            (Said::Edit { target: one, .. }, Said::Edit { target: other, .. }, Some(_)) => one == other,
            (Said::File { .. }, Said::File { .. }, Some(_)) => true,
            (one, other, _) => one == other,
        }
    }

    /// Reacts; the place of the reaction that stands already, if it does.
    fn react(
        &mut self,
        emoji: u8,
        who: u64,
        seq: u64,
        change: ReactionChange,
    ) -> Result<Option<u64>, StoreError> {
        let at = self.reactions.iter().position(|(each, _)| *each == emoji);
        let mine = at.and_then(|at| self.reactions[at].1.get(&who).copied());
        match (change, at, mine) {
            (ReactionChange::Add, _, Some(stands)) => return Ok(Some(stands)),
            (ReactionChange::Add, Some(at), None) => drop(self.reactions[at].1.insert(who, seq)),
            (ReactionChange::Add, None, None) => self.reactions.push((emoji, BTreeMap::from([(who, seq)]))),
            (ReactionChange::Remove, Some(at), Some(_)) => {
                self.reactions[at].1.remove(&who);
                if self.reactions[at].1.is_empty() {
                    self.reactions.remove(at);
                }
            }
            (ReactionChange::Remove, _, _) => return Err(StoreError::NoSuchEntry),
        }
        // In the order of the oldest reaction that still stands.
        self.reactions.sort_by_key(|(_, people)| people.values().min().copied());
        Ok(None)
    }

    /// What a message says today.
    fn text(&self, log: &[Self]) -> Option<u8> {
        let (Said::Text { body, .. } | Said::File { body }) = self.said else { return None };
        match (self.removed_by, self.edited_by) {
            (Some(_), _) => None,
            (None, None) => Some(body),
            (None, Some(edit)) => match log[usize::try_from(edit).unwrap() - 1].said {
                Said::Edit { body, .. } => Some(body),
                _ => None,
            },
        }
    }

    fn describe(&self, seq: u64, reader: u64, log: &[Self]) -> String {
        let says = match (&self.said, self.removed_by) {
            (Said::Text { .. } | Said::Edit { .. } | Said::File { .. }, Some(by)) => {
                format!("removed by {by}")
            }
            (Said::Text { reply_to, .. }, None) => {
                format!("text {} to {reply_to}", self.text(log).map(word).unwrap_or_default())
            }
            (Said::Edit { target, body }, None) => format!("edit of {target}: {}", word(*body)),
            (Said::Delete { target }, _) => format!("delete {target}"),
            (Said::React { target, emoji: number, change }, _) => {
                format!("{change:?} {} to {target}", emoji(*number))
            }
            (Said::Topic { body }, _) => format!("topic {}", word(*body)),
            (Said::File { body }, None) => format!("file {}", word(*body)),
            (Said::Created, _) => "created".to_owned(),
        };
        let reactions = self.reactions.iter().map(|(number, people)| {
            format!(
                " {}x{}{}",
                emoji(*number),
                people.len(),
                if people.contains_key(&reader) { "!" } else { "" }
            )
        });
        let edited = self.edited_by.map(|edit| format!(" (edited by {edit})")).unwrap_or_default();
        format!("{seq} {}: {says}{edited}{}", self.author, reactions.collect::<String>())
    }
}

/// An item of the store in the model's words.
pub(crate) fn describe(item: &HistoryItem) -> String {
    let says = match &item.entry.content {
        Content::Text { body, reply_to } => {
            format!("text {} to {}", &**body, reply_to.map_or(0, Seq::get))
        }
        Content::Edit { target, body } => format!("edit of {target}: {}", &**body),
        Content::Delete { target } => format!("delete {target}"),
        Content::Reaction { target, emoji, change } => format!("{change:?} {} to {target}", &**emoji),
        Content::Topic { topic } => format!("topic {}", &**topic),
        Content::File { caption, .. } => format!("file {}", &**caption),
        Content::Created => "created".to_owned(),
        Content::Removed { by } => format!("removed by {by}"),
        Content::Sealed { .. } | Content::Commit { .. } | Content::Evict { .. } => "sealed".to_owned(),
    };
    let reactions = item
        .reactions
        .iter()
        .map(|each| format!(" {}x{}{}", &*each.emoji, each.count, if each.mine { "!" } else { "" }));
    let edited = item.edited_by.map(|edit| format!(" (edited by {edit})")).unwrap_or_default();
    format!("{} {}: {says}{edited}{}", item.entry.seq, item.entry.author, reactions.collect::<String>())
}
