//! What the client tells: entries, rooms, people, the connection.

use std::time::Instant;

use client_cli::{ClientEvent, Unsent};
use domain::text::term_safe;
use proto::ids::RoomId;
use proto::message::{Entry, GoneWhy, RoomSummary};
use proto::refusal::Refusal;

use super::log::{MOST_ELSEWHERE, Taken};
use super::room::{PendingState, Place, Room};
use super::{App, Connection, Effect, Why};
use crate::cli::conversation::chat::Show;
use crate::cli::tui::overlay::notice;

impl App {
    /// Takes an event.
    pub(crate) fn event(&mut self, event: ClientEvent, now: Instant) {
        match &event {
            ClientEvent::Online { restored, .. } => self.online(*restored),
            ClientEvent::Offline { why, retry_in } => {
                self.connection =
                    Connection::Offline { why: term_safe(why).into_owned(), again: now + *retry_in };
            }
            ClientEvent::Room(summary) => self.room_named(summary),
            ClientEvent::RoomGone { room, why, .. } => self.room_gone(*room, *why),
            ClientEvent::Entry { entry, live } => self.entry(entry, *live, now),
            ClientEvent::Skipped { room, .. } => self.skipped(*room),
            ClientEvent::People(change) => {
                if let Some(room) = self.rooms.get_mut(&change.room) {
                    room.people_changed(change);
                }
            }
            ClientEvent::Read { room, upto } => {
                if let Some(room) = self.rooms.get_mut(room) {
                    room.read_elsewhere(*upto);
                }
            }
            ClientEvent::Sent { message_id, room, .. } => {
                self.rooms.get_mut(room).map(|room| room.settled(*message_id));
            }
            ClientEvent::NotSent { unsent, refusal } => self.not_sent(unsent, refusal),
            ClientEvent::Held { room, message_id, .. } => {
                self.pending_is(*room, *message_id, PendingState::Held);
            }
            ClientEvent::HeldDecided { room, message_id, .. } => {
                self.rooms.get_mut(room).map(|room| room.settled(*message_id));
            }
            ClientEvent::Postponed { room, message_id, wait, .. } => {
                self.pending_is(*room, *message_id, PendingState::Waits(wait.as_secs().max(1)));
            }
            ClientEvent::Purged { account, since, upto } => {
                self.rooms.values_mut().for_each(|room| room.log.purge(*account, *since, *upto));
            }
            ClientEvent::Restored { .. } => self.read_again(),
            ClientEvent::RoomPosture { room, slow_seconds, locked } => {
                if let Some(room) = self.rooms.get_mut(room) {
                    (room.summary.slow_seconds, room.summary.locked) = (*slow_seconds, *locked);
                }
            }
            ClientEvent::Missed => {
                self.rooms.values_mut().for_each(|room| room.knows_people = false);
                self.effects.extend(self.chat.current.map(Effect::People));
            }
            ClientEvent::Ready
            | ClientEvent::Notice { .. }
            | ClientEvent::Keys(_)
            | ClientEvent::Sealed(_) => {}
            ClientEvent::Stopped(_) => {}
        }
        self.words_of(event);
        self.catch_up_with_view();
    }

    /// Hands the event to the conversation, and shows what it has to say about it.
    fn words_of(&mut self, event: ClientEvent) {
        let is_shown_elsewhere = matches!(
            event,
            ClientEvent::Entry { .. }
                | ClientEvent::Online { .. }
                | ClientEvent::Offline { .. }
                | ClientEvent::Room(_)
                | ClientEvent::NotSent { .. }
                | ClientEvent::Postponed { .. }
        );
        let is_ready = matches!(event, ClientEvent::Ready);
        let over = matches!(event, ClientEvent::Stopped(_));
        let was_here = self.chat.current;
        let shows = self.chat.handle(event);
        if is_ready {
            self.ready();
        }
        if self.chat.current != was_here
            && let Some(room) = self.chat.current
        {
            self.enter(room);
        }
        if is_shown_elsewhere {
            return;
        }
        let notes = shows.into_iter().filter_map(|show| match show {
            Show::Note(note) => Some(note),
            Show::Line(_) | Show::Bell => None,
        });
        let notes: Vec<_> = notes.collect();
        if over {
            self.over(&notes);
        } else if !is_ready {
            notes.iter().for_each(|note| self.note(note));
        }
    }

    fn online(&mut self, restored: bool) {
        self.connection = Connection::Online;
        self.rooms.values_mut().for_each(|room| room.knows_people = false);
        if restored {
            self.note("the server was restored from a backup: message numbers may have changed");
            self.read_again();
        }
    }

    fn ready(&mut self) {
        self.ready = true;
        if let Some(room) = self.chat.current {
            self.enter(room);
        }
        std::mem::take(&mut self.uncounted).into_iter().for_each(|room| self.ask_for_unread(room));
        let greetings = std::mem::take(&mut self.greetings);
        greetings.iter().for_each(|greeting| self.note(greeting));
    }

    /// The connection is over for good. The program stays, so that what is typed and read is not lost.
    fn over(&mut self, notes: &[String]) {
        let words = notes.join(" ");
        let words = words.trim_start_matches("-- ").trim_start_matches("disconnected: ");
        let words = term_safe(words).into_owned();
        self.connection = Connection::Over(words.clone());
        self.open(Box::new(notice::Notice::new("Disconnected", &words)));
    }

    /// Forgets all logs and reads the one that is seen again.
    pub(super) fn read_again(&mut self) {
        for room in self.rooms.values_mut() {
            room.log.clear();
            room.place = Place::End;
            room.chosen = None;
        }
        if let Some(room) = self.chat.current {
            self.load(room, Why::Latest);
        }
    }

    /// The server names a room: at login, after joining, when its name changes.
    fn room_named(&mut self, summary: &RoomSummary) {
        let is_first = !self.rooms.contains_key(&summary.room);
        self.know_room(summary.clone());
        if is_first && !self.ready && 0 < unread(summary) {
            self.uncounted.push(summary.room);
        }
    }

    pub(super) fn know_room(&mut self, summary: RoomSummary) {
        match self.rooms.get_mut(&summary.room) {
            Some(room) => room.update(summary),
            None => {
                let draft = self.waiting_drafts.remove(&summary.room).unwrap_or_default();
                let mut room = Room::new(summary);
                if self.ready {
                    // One has just come in: nothing in it is newer than anything.
                    room.new_after = None;
                }
                room.draft = super::draft::Draft::of(&draft);
                self.rooms.insert(room.summary.room, room);
            }
        }
    }

    fn room_gone(&mut self, id: RoomId, why: GoneWhy) {
        let Some(room) = self.rooms.remove(&id) else { return };
        // What was being written there is not thrown away with the room.
        if why == GoneWhy::Kicked && !room.draft.is_empty() {
            let text = room.draft.text();
            self.effects.push_back(Effect::Copy(text));
            self.said = Some("what you were writing there is in the clipboard".to_owned());
        }
    }

    fn entry(&mut self, entry: &Entry, live: bool, now: Instant) {
        let (me, my_name) = (self.chat.me.account, self.chat.me.name.to_string());
        let is_here = self.chat.current == Some(entry.room);
        let sees = is_here && self.focused != Some(false);
        let hides = self.chat.hides(entry);
        let Some(room) = self.rooms.get_mut(&entry.room) else { return };
        let before = room.newest;
        room.newest = room.newest.max(entry.seq);
        if let proto::message::Content::Topic { topic } = &entry.content {
            room.summary.topic = topic.clone();
        }
        room.settled(entry.message_id);
        if hides {
            return;
        }
        let taken = room.log.take(entry, me, &my_name);
        if let Taken::New { is_said: true, calls } = taken {
            let is_seen = sees && room.place == Place::End;
            if entry.author == me {
                room.new_after = None;
            } else if !is_seen {
                room.unread += 1;
                room.mentions += u32::from(calls);
                room.new_after = room.new_after.or(Some(before));
            }
        }
        if !is_here {
            room.log.trim(MOST_ELSEWHERE);
        }
        self.happened(entry, live, taken, now);
    }

    /// More was missed than is read by itself: what is above the hole is read when somebody scrolls there.
    fn skipped(&mut self, id: RoomId) {
        if let Some(room) = self.rooms.get_mut(&id) {
            room.log.clear();
            room.place = Place::End;
            room.chosen = None;
        }
        if self.chat.current == Some(id) {
            self.load(id, Why::Latest);
        }
    }

    fn not_sent(&mut self, unsent: &Unsent, refusal: &Refusal) {
        let why = term_safe(&refusal.detail).into_owned();
        let known = self
            .rooms
            .get(&unsent.room)
            .is_some_and(|room| room.pending.iter().any(|pending| pending.id == unsent.message_id));
        if known {
            self.pending_is(unsent.room, unsent.message_id, PendingState::Failed(why));
        } else {
            self.note(&format!("not sent: {why}"));
        }
    }

    fn pending_is(&mut self, room: RoomId, id: proto::ids::MessageId, state: PendingState) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.pending_is(id, state);
        }
    }
}

/// Returns how many entries stand behind the place up to where one has read.
fn unread(summary: &RoomSummary) -> u64 {
    summary.last_seq.get().saturating_sub(summary.read_upto.get())
}
