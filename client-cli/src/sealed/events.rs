//! What the connection says: open rooms pass, sealed ones are looked after.

use std::time::Duration;

use proto::message::{Entry, RoomSummary};

use super::duties::Duty;
use super::engine::{Engine, now};
use super::room::Room;
use super::words;
use crate::event::{ClientEvent, KeyEvent, SealedKind};

impl Engine {
    /// Takes note of an event. Nothing here waits.
    pub(super) fn take(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Entry { entry, live } => self.entry(entry, live),
            ClientEvent::Room(summary) => self.room_named(summary),
            ClientEvent::RoomGone { room, .. } => {
                if let Some(gone) = self.rooms.get_mut(&room) {
                    (gone.comes_in, gone.summary.joined) = (false, false);
                }
                self.rooms.remove(&room);
                self.open_rooms.remove(&room);
                self.duties.forget_room(room);
                self.emit(event);
            }
            ClientEvent::RoomPosture { room, slow_seconds, locked } => {
                let sealed = self.rooms.get_mut(&room).map(|room| &mut room.summary);
                if let Some(summary) = sealed.or_else(|| self.open_rooms.get_mut(&room)) {
                    (summary.slow_seconds, summary.locked) = (slow_seconds, locked);
                }
                self.emit(event);
            }
            ClientEvent::Online { restored, .. } => {
                self.online = true;
                self.ready = false;
                if restored {
                    self.rooms.values_mut().for_each(|room| room.comes_in = false);
                }
                self.emit(event);
            }
            ClientEvent::Offline { .. } => {
                self.online = false;
                self.tells_ready_by = None;
                self.emit(event);
            }
            ClientEvent::People(ref change) => {
                if self.rooms.contains_key(&change.room) {
                    for person in change.changed.iter() {
                        // A name that is not kept is there again with what its bearer says.
                        let _ = self.notes.named(person.account, &person.name);
                    }
                }
                self.emit(event);
            }
            ClientEvent::Ready => self.all_named(),
            ClientEvent::Keys(event) => self.key_event(event),
            ClientEvent::Stopped(_) => {
                self.over = true;
                self.emit(event);
            }
            other => self.emit(other),
        }
    }

    fn entry(&mut self, entry: Entry, live: bool) {
        if let Some(room) = self.rooms.get_mut(&entry.room) {
            room.reaches(entry.seq);
            return self.inbox.push_back((entry, live));
        }
        if let Some(room) = self.open_rooms.get_mut(&entry.room) {
            room.last_seq = room.last_seq.max(entry.seq);
        }
        self.emit(ClientEvent::Entry { entry, live });
    }

    pub(super) fn room_named(&mut self, summary: RoomSummary) {
        let (id, is_sealed) = (summary.room, summary.kind.is_sealed());
        self.kinds.note(id, is_sealed);
        if !is_sealed {
            self.open_rooms.insert(id, summary.clone());
            return self.emit(ClientEvent::Room(summary));
        }
        match self.rooms.get_mut(&id) {
            Some(room) => {
                let known = room.summary.last_seq;
                room.summary = summary;
                room.reaches(known);
            }
            None => drop(self.rooms.insert(id, Room::new(summary, self.follow_all))),
        }
        self.emit_room(id);
        // A Welcome that is on its way comes first.
        let due = if self.is_in(id) { now() } else { now() + WELCOME_FIRST };
        let duty = if self.is_in(id) { Duty::Follow(id) } else { Duty::Enter(id) };
        self.duties.note(duty, due);
    }

    fn all_named(&mut self) {
        self.ready = true;
        self.duties.note(Duty::SetUp, now());
        let rooms: Vec<_> = self.rooms.keys().copied().collect();
        for room in rooms {
            self.duties.note(Duty::Send(room), now());
        }
        // The rooms' names are told by their members: they come with the log.
        self.tells_ready_by = Some(now() + NAMED_BY);
    }

    /// Says that all rooms are named, once this device has come into those it is let into and read what it missed.
    pub(super) fn tell_ready(&mut self) {
        let Some(latest) = self.tells_ready_by else { return };
        let rooms: Vec<_> = self.rooms.keys().copied().collect();
        let is_read =
            |engine: &mut Self| rooms.iter().all(|&room| !engine.is_in(room) || engine.is_read_up(room));
        if (self.duties.is_settled() && is_read(self)) || latest <= now() {
            self.is_told_ready();
        }
    }

    /// Says so when the time for it is over: a question that the server does not answer holds nobody up.
    pub(super) fn tell_late_ready(&mut self) {
        if self.tells_ready_by.is_some_and(|latest| latest <= now()) {
            self.is_told_ready();
        }
    }

    fn is_told_ready(&mut self) {
        self.tells_ready_by = None;
        self.emit(ClientEvent::Ready);
        let summaries = self.summaries();
        for (_, reply) in std::mem::take(&mut self.room_askers) {
            // Nobody is left to tell when the caller has gone.
            let _ = reply.send(Ok(summaries.clone()));
        }
    }

    fn key_event(&mut self, event: KeyEvent) {
        match event {
            KeyEvent::WelcomeWaits { room } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.shut = false;
                }
                self.duties.note(Duty::Welcomes, now());
            }
            KeyEvent::DeviceApproved { .. } => self.duties.note(Duty::SetUp, now()),
            KeyEvent::DeviceAsks { device, label, .. } => self.device_asks(device, &label),
            KeyEvent::KeysChanged { account, name, .. } => {
                let _ = self.notes.named(account, &name);
                self.tell(SealedKind::KeysChanged, None, words::keys_changed(&name));
            }
        }
    }
}

/// How long the program waits for the names of rooms whose log does not come.
const NAMED_BY: Duration = Duration::from_secs(5);
/// How long a device waits to be let in before it comes in by itself.
const WELCOME_FIRST: Duration = Duration::from_secs(2);
