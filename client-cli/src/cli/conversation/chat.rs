//! What the line mode knows and shows: events become lines, typed lines become questions and acts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use client_cli::{ClientEvent, Unsent, find_room};
use domain::text::term_safe;
use proto::ids::{AccountId, MessageId, RoomId, Seq};
use proto::message::{Entry, GoneWhy, PeopleChange, RoomSummary, Welcome};

use crate::cli::account::whoami_lines;
use crate::cli::exit::Failure;
use crate::cli::render::{Stamp, clock_time, day, entry_line, mentions, posture, room_name, words_of};
use crate::cli::tail::state_words;

use super::ask::{Ask, Outcome, sentence};
use super::files::Asker;
use super::preferences::Preferences;

/// Something to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Show {
    /// What somebody said or did: data.
    Line(String),
    /// What the program has to say.
    Note(String),
    /// Somebody calls.
    Bell,
}

/// How own messages are shown when they come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    /// The typed line still stands on the screen: only its number and time.
    Number,
    /// As everybody's.
    Whole,
}

/// The line mode's memory.
#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) me: Welcome,
    pub(crate) online: bool,
    pub(crate) rooms: BTreeMap<RoomId, Room>,
    pub(crate) current: Option<RoomId>,
    pub(crate) refused: VecDeque<Unsent>,
    echo: Echo,
    /// Who asks for passphrases.
    pub(crate) asker: Asker,
    /// Where fetched files go when nobody says otherwise.
    pub(crate) downloads: PathBuf,
    day: Option<String>,
    pub(super) preferences: Preferences,
    /// Own messages from this terminal that have not come back yet.
    pub(crate) own: BTreeSet<MessageId>,
    missed_calls: usize,
    /// The server has named all rooms; who comes and goes from here on is news.
    ready: bool,
}

/// A room, and who is known to be in it.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) summary: RoomSummary,
    people: BTreeMap<AccountId, Known>,
    pub(crate) newest: Seq,
    marked: Seq,
}

#[derive(Debug)]
struct Known {
    name: String,
    online: bool,
}

impl Chat {
    pub(crate) fn new(me: Welcome, echo: Echo) -> Self {
        Self {
            me,
            online: true,
            rooms: BTreeMap::new(),
            current: None,
            refused: VecDeque::new(),
            echo,
            asker: Asker::Nobody,
            downloads: PathBuf::from("."),
            day: None,
            preferences: Preferences::default(),
            own: BTreeSet::new(),
            missed_calls: 0,
            ready: false,
        }
    }

    /// Takes note of who asks for passphrases.
    #[must_use]
    pub(crate) fn asking(mut self, asker: Asker) -> Self {
        self.asker = asker;
        self
    }

    /// Takes note of where fetched files go when nobody says otherwise.
    #[must_use]
    pub(crate) fn downloading_to(mut self, folder: PathBuf) -> Self {
        self.downloads = folder;
        self
    }

    /// Takes an event and returns what is to be shown of it.
    pub(crate) fn handle(&mut self, event: ClientEvent) -> Vec<Show> {
        let words = state_words(&event).map(Show::Note);
        match event {
            ClientEvent::Online { welcome, .. } => {
                self.me = *welcome;
                self.online = true;
                self.ready = false;
            }
            ClientEvent::Offline { .. } => self.online = false,
            ClientEvent::Room(summary) => return self.room(summary),
            ClientEvent::RoomGone { room, why, reason } => return self.gone(room, why, &reason),
            ClientEvent::Ready => return self.ready(),
            ClientEvent::Entry { entry, live } => return self.entry(&entry, live),
            ClientEvent::People(change) => return self.people(&change),
            ClientEvent::NotSent { unsent, refusal } => return self.not_sent(*unsent, &refusal),
            ClientEvent::Stopped(stopped) => {
                self.online = false;
                let failure = Failure::from(stopped);
                let hint = failure.hint.map(|hint| format!(" {}", sentence(&hint))).unwrap_or_default();
                return vec![Show::Note(format!("-- disconnected: {}{hint}", sentence(&failure.message)))];
            }
            ClientEvent::Read { room, upto } => self.read(room, upto),
            ClientEvent::Skipped { .. }
            | ClientEvent::Notice { .. }
            | ClientEvent::Sent { .. }
            | ClientEvent::Keys(_)
            | ClientEvent::Missed => {}
            ClientEvent::Sealed(news) => return self.sealed_news(&news),
            news => return self.news(&news),
        }
        words.into_iter().collect()
    }

    /// Takes what came of a command.
    pub(crate) fn outcome(&mut self, outcome: Outcome) -> Vec<Show> {
        if let Some(room) = outcome.go_to {
            self.current = Some(room.room);
            self.remember(room);
        }
        let ignored = outcome.ignore.map(|(account, name)| self.ignore(account, &name));
        let (lines, failed) = (outcome.lines.into_iter().chain(ignored), outcome.failed);
        let show =
            |line: String| if failed || line.starts_with("--") { Show::Note(line) } else { Show::Line(line) };
        lines.map(show).collect()
    }

    /// Returns the room and place to mark as read, once per place.
    pub(crate) fn take_mark(&mut self) -> Option<(RoomId, Seq)> {
        let room = self.rooms.get_mut(&self.current?)?;
        if room.newest <= room.marked {
            return None;
        }
        room.marked = room.newest;
        Some((room.summary.room, room.newest))
    }

    /// Returns what stands in front of the line being typed.
    pub(crate) fn prompt(&self) -> String {
        let room = self.current_room().map(|room| room_name(&room.summary)).unwrap_or_default();
        format!("{room}> ")
    }

    /// Returns the question for what was said last in the current room.
    pub(crate) fn recent(&self) -> Option<Ask> {
        let summary = &self.current_room()?.summary;
        let (upto, read_upto) = (summary.last_seq, summary.read_upto);
        Some(Ask::Recent { room: summary.room, upto, read_upto, without: self.preferences.ignored() })
    }

    /// Returns whether the rooms are known, so that there is a room to talk in.
    pub(crate) fn has_started(&self) -> bool {
        self.current.is_some()
    }

    /// Returns who one is, in lines.
    pub(crate) fn whoami(&self) -> Vec<Show> {
        whoami_lines(&self.me).into_iter().map(Show::Line).collect()
    }

    /// Returns the names that can follow an `@`, people who are known to be here.
    pub(crate) fn names(&self) -> Vec<String> {
        let known = self.rooms.values().flat_map(|room| room.people.values());
        let names: BTreeSet<_> = known.map(|person| term_safe(&person.name).into_owned()).collect();
        names.into_iter().collect()
    }

    /// Returns the names of one's rooms as they are typed.
    pub(crate) fn room_names(&self) -> Vec<String> {
        self.rooms.values().map(|room| room_name(&room.summary)).collect()
    }

    pub(crate) fn current_room(&self) -> Option<&Room> {
        self.rooms.get(&self.current?)
    }

    /// Finds one of one's rooms by the name a person types.
    pub(crate) fn room_typed(&self, typed: &str) -> Option<&RoomSummary> {
        let rooms: Vec<_> = self.rooms.values().map(|room| room.summary.clone()).collect();
        let found = find_room(&rooms, typed)?.room;
        self.rooms.get(&found).map(|room| &room.summary)
    }

    pub(crate) fn name_of(&self, account: AccountId) -> Option<&str> {
        let known = self.rooms.values().find_map(|room| room.people.get(&account));
        known.map(|person| person.name.as_str())
    }

    /// Returns who has this name, among the people who are known to be here.
    pub(crate) fn account_of(&self, name: &str) -> Option<AccountId> {
        let mut known = self.rooms.values().flat_map(|room| &room.people);
        known.find(|(_, person)| person.name.eq_ignore_ascii_case(name)).map(|(account, _)| *account)
    }

    fn remember(&mut self, summary: RoomSummary) -> bool {
        let id = summary.room;
        let read_upto = summary.read_upto;
        match self.rooms.get_mut(&id) {
            Some(room) => {
                room.summary = summary;
                false
            }
            None => {
                let room = Room { summary, people: BTreeMap::new(), newest: Seq::START, marked: read_upto };
                self.rooms.insert(id, room);
                true
            }
        }
    }

    fn room(&mut self, summary: RoomSummary) -> Vec<Show> {
        let unread = summary.last_seq.get().saturating_sub(summary.read_upto.get());
        let (id, kind, name) = (summary.room, summary.kind, room_name(&summary));
        let is_new = self.remember(summary);
        // The lobby is named first; it is where one starts.
        let is_current = *self.current.get_or_insert(id) == id;
        // A room that is joined later is told where it is joined.
        if self.ready || !is_new || is_current || unread == 0 || self.is_quiet(id) {
            return Vec::new();
        }
        let go = if kind.is_direct() { "direct messages" } else { "messages" };
        vec![Show::Note(format!("-- {name}: {unread} unread {go}; /room {name} goes there"))]
    }

    fn ready(&mut self) -> Vec<Show> {
        self.ready = true;
        let Some(room) = self.current_room() else { return Vec::new() };
        let topic = match room.summary.topic.trim() {
            "" => String::new(),
            topic => format!(" ({})", term_safe(topic)),
        };
        let (name, posture) = (room_name(&room.summary), posture(&room.summary));
        let reads = client_cli::sealed::server_reads(room.summary.kind);
        let line = format!("-- you are in {name}{topic}{posture} ({reads}). /help lists the commands.");
        vec![Show::Note(line)]
    }

    fn gone(&mut self, id: RoomId, why: GoneWhy, reason: &str) -> Vec<Show> {
        let Some(room) = self.rooms.remove(&id) else { return Vec::new() };
        let name = room_name(&room.summary);
        let mut shows = Vec::new();
        match (why, reason.is_empty()) {
            (GoneWhy::Left, _) => {}
            (GoneWhy::Kicked, true) => shows.push(Show::Note(format!("-- you were removed from {name}"))),
            (GoneWhy::Kicked, false) => {
                shows.push(Show::Note(format!("-- you were removed from {name}: {}", term_safe(reason))));
            }
        }
        if self.current == Some(id) {
            self.current = self.rooms.keys().next().copied();
            if let Some(room) = self.current_room() {
                shows.push(Show::Note(format!("-- you are in {}", room_name(&room.summary))));
            }
        }
        shows
    }

    fn entry(&mut self, entry: &Entry, live: bool) -> Vec<Show> {
        let is_here = self.current == Some(entry.room);
        if let Some(room) = self.rooms.get_mut(&entry.room) {
            room.newest = room.newest.max(entry.seq);
            if let proto::message::Content::Topic { topic } = &entry.content {
                room.summary.topic = topic.clone();
            }
        }
        if self.hides(entry) {
            return Vec::new();
        }
        let mut shows = self.day_change(entry);
        let is_own = entry.author == self.me.account && self.own.remove(&entry.message_id);
        let elsewhere =
            if is_here { None } else { self.rooms.get(&entry.room).map(|room| room_name(&room.summary)) };
        if is_own && self.echo == Echo::Number {
            let place = elsewhere.map(|room| format!(" to {room}")).unwrap_or_default();
            shows.push(Show::Note(format!("[{}] sent{place} {}", entry.seq, clock_time(entry.at))));
            return shows;
        }
        let calls = mentions(entry, &self.me.name);
        shows.push(Show::Line(entry_line(entry, elsewhere.as_deref(), Stamp::Clock, calls)));
        if calls && live {
            shows.push(Show::Bell);
        } else if calls {
            self.missed_calls += 1;
            // One for a burst that was missed, not one for each.
            if self.missed_calls == 1 {
                shows.push(Show::Bell);
            }
        }
        if live {
            self.missed_calls = 0;
        }
        shows
    }

    fn day_change(&mut self, entry: &Entry) -> Vec<Show> {
        let today = day(entry.at);
        if self.day.as_ref() == Some(&today) {
            return Vec::new();
        }
        let line = Show::Note(format!("-- {today} --"));
        self.day = Some(today);
        vec![line]
    }

    /// Who comes and goes is shown for the room one is in.
    fn people(&mut self, change: &PeopleChange) -> Vec<Show> {
        let is_here = self.current == Some(change.room);
        let me = self.me.account;
        let Some(room) = self.rooms.get_mut(&change.room) else { return Vec::new() };
        let name_of_room = room_name(&room.summary);
        let grows = room.summary.members < change.members;
        room.summary.members = change.members;
        let mut notes = Vec::new();
        for person in change.changed.iter().filter(|person| person.account != me) {
            let name = term_safe(&person.name);
            let known = Known { name: person.name.to_string(), online: person.online };
            let before = room.people.insert(person.account, known);
            match before {
                _ if self.preferences.is_ignored(person.account) => {}
                None if grows => notes.push(format!("-- {name} joined {name_of_room}")),
                None if person.online => notes.push(format!("-- {name} is online")),
                Some(before) if !before.online && person.online => notes.push(format!("-- {name} is online")),
                Some(before) if before.online && !person.online => {
                    notes.push(format!("-- {name} went offline"));
                }
                None | Some(_) => {}
            }
        }
        for account in change.left.iter() {
            if let Some(known) = room.people.remove(account) {
                notes.push(format!("-- {} left {name_of_room}", term_safe(&known.name)));
            }
        }
        if is_here && self.ready { notes.into_iter().map(Show::Note).collect() } else { Vec::new() }
    }

    fn not_sent(&mut self, unsent: Unsent, refusal: &proto::refusal::Refusal) -> Vec<Show> {
        self.own.remove(&unsent.message_id);
        let words = words_of(&unsent.command).map(|words| term_safe(words).into_owned());
        self.refused.push_back(unsent);
        if REFUSED_KEPT < self.refused.len() {
            self.refused.pop_front();
        }
        let mut shows = vec![Show::Note(format!("-- not sent: {}", sentence(&refusal.detail)))];
        if let Some(words) = words {
            shows.push(Show::Note(format!("   your words are kept: {words}")));
            shows.push(Show::Note("   /retry sends them again, /unsent shows them".to_owned()));
        }
        shows
    }

    fn read(&mut self, room: RoomId, upto: Seq) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.marked = room.marked.max(upto);
        }
    }
}

/// Most refused messages that are kept for another try.
const REFUSED_KEPT: usize = 50;
