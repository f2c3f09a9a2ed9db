//! Rooms with somebody online: who reads them, how far their log goes, and who came or went.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use proto::codec;
use proto::ids::{AccountId, RoomId, Seq};
use proto::limits;
use proto::message::{Event, PeopleChange, Person, RoomKind, RoomSummary, ServerMessage};
use proto::text::List;

use super::guard::Place;
use super::input::{ConnId, Pace};
use crate::outbox::{Offered, Outbox};

/// The rooms that somebody online is in.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: BTreeMap<RoomId, Room>,
    /// Rooms whose people changed, by when that is told.
    due: BTreeSet<(Instant, RoomId)>,
}

#[derive(Debug)]
struct Room {
    kind: RoomKind,
    pace: Pace,
    /// When that last changed here; what was read before is stale.
    paced: Option<Instant>,
    readers: BTreeMap<ConnId, Reader>,
    /// People online, each with the number of their connections.
    people: BTreeMap<AccountId, u32>,
    members: u32,
    last_seq: Seq,
    /// When the number of members last changed here; a count read before that is stale.
    moved: Option<Instant>,
    /// When an entry was last committed. A room without readers is kept for a while after that, because a session
    /// that is still loading may have read the log before it.
    touched: Instant,
    changed: BTreeMap<AccountId, Person>,
    left: BTreeSet<AccountId>,
    due: Option<Instant>,
}

/// A connection that hears a room.
#[derive(Debug)]
struct Reader {
    outbox: Arc<Outbox>,
    /// How far it was told that the log goes. The database may have been read before the hub heard of its newest
    /// commits; what comes of them is not told twice.
    told: Seq,
}

impl Rooms {
    /// Lets a connection hear a room. Returns the summary with what the hub knows better than the database's reader.
    pub(super) fn enter(
        &mut self,
        mut summary: RoomSummary,
        (conn, outbox): (ConnId, &Arc<Outbox>),
        person: &Person,
        (loaded, now): (Instant, Instant),
    ) -> RoomSummary {
        let room = self.rooms.entry(summary.room).or_insert_with(|| Room::new(&summary, now));
        room.kind = summary.kind;
        if room.paced.is_none_or(|paced| paced < loaded) {
            room.pace = Pace { slow_seconds: summary.slow_seconds, locked: summary.locked };
        }
        room.last_seq = room.last_seq.max(summary.last_seq);
        if room.moved.is_none_or(|moved| moved < loaded) {
            room.members = summary.members;
        }
        summary.last_seq = room.last_seq;
        summary.members = room.members;
        (summary.slow_seconds, summary.locked) = (room.pace.slow_seconds, room.pace.locked);
        let reader = Reader { outbox: outbox.clone(), told: room.last_seq };
        if room.readers.insert(conn, reader).is_none() {
            let connections = room.people.entry(person.account).or_insert(0);
            *connections += 1;
            if *connections == 1 {
                room.changed.insert(person.account, person.clone());
                self.schedule(summary.room, now);
            }
        }
        summary
    }

    /// Stops telling a connection about a room. `person` is what the others see from now on.
    pub(super) fn leave(&mut self, id: RoomId, conn: ConnId, person: &Person, now: Instant) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        if room.readers.remove(&conn).is_none() {
            return;
        }
        let connections = room.people.entry(person.account).or_insert(1);
        *connections -= 1;
        if *connections == 0 {
            room.people.remove(&person.account);
            room.changed.insert(person.account, person.clone());
            self.schedule(id, now);
        }
        self.forget_if_unused(id, now);
    }

    /// Counts a member that joined; the count is the one of the commit.
    pub(super) fn member_joined(&mut self, id: RoomId, members: u32, person: Person, now: Instant) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.members = members;
        room.moved = Some(now);
        room.left.remove(&person.account);
        room.changed.insert(person.account, person);
        self.schedule(id, now);
    }

    /// Counts a member that is no longer one.
    pub(super) fn member_left(&mut self, id: RoomId, account: AccountId, now: Instant) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.members = room.members.saturating_sub(1);
        room.moved = Some(now);
        room.changed.remove(&account);
        room.left.insert(account);
        self.schedule(id, now);
    }

    /// Takes a count that was just read; it is told with the next change.
    pub(super) fn set_members(&mut self, id: RoomId, members: u32, now: Instant) {
        if let Some(room) = self.rooms.get_mut(&id) {
            room.members = members;
            room.moved = Some(now);
        }
    }

    /// Tells again who somebody is, after their name or role changed.
    pub(super) fn person_changed(&mut self, id: RoomId, person: Person, now: Instant) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.changed.insert(person.account, person);
        self.schedule(id, now);
    }

    /// Remembers that the log goes this far. Called for rooms without readers too while sessions are loading.
    pub(super) fn committed(&mut self, id: RoomId, seq: Seq, keep_unread: bool, now: Instant) {
        if !self.rooms.contains_key(&id) && !keep_unread {
            return;
        }
        let room = self.rooms.entry(id).or_insert_with(|| Room::empty(now));
        room.last_seq = room.last_seq.max(seq);
        room.touched = now;
    }

    /// Gives a message to every reader of a room; adds to `evicted` who could not take it.
    pub(super) fn tell(&self, id: RoomId, message: &Bytes, evicted: &mut Vec<ConnId>) {
        let Some(room) = self.rooms.get(&id) else { return };
        for (conn, reader) in &room.readers {
            if reader.outbox.offer(message.clone()) == Offered::Evicted {
                evicted.push(*conn);
            }
        }
    }

    /// Gives an entry to every reader who was not told of it when they came.
    pub(super) fn tell_entry(&self, id: RoomId, seq: Seq, message: &Bytes, evicted: &mut Vec<ConnId>) {
        let Some(room) = self.rooms.get(&id) else { return };
        for (conn, reader) in room.readers.iter().filter(|(_, reader)| reader.told < seq) {
            if reader.outbox.offer(message.clone()) == Offered::Evicted {
                evicted.push(*conn);
            }
        }
    }

    /// Tells the changes that are due, and forgets rooms nobody is in.
    pub(super) fn handle_timeout(&mut self, now: Instant, evicted: &mut Vec<ConnId>) {
        while let Some((_, id)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
            self.due.pop_first();
            if let Some(message) = self.rooms.get_mut(&id).and_then(|room| room.take_change(id)) {
                self.tell(id, &message, evicted);
            }
            self.forget_if_unused(id, now);
        }
    }

    /// Forgets rooms without readers whose last entry is older than any session that may still be loading.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.rooms.retain(|_, room| room.is_used(now) || room.due.is_some());
    }

    /// Returns when there is next something to tell.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Returns whether somebody of this account hears this room.
    pub(super) fn is_online(&self, id: RoomId, account: AccountId) -> bool {
        self.rooms.get(&id).is_some_and(|room| room.people.contains_key(&account))
    }

    /// Sets how a room may be written in; returns whether that is new to somebody.
    pub(super) fn set_pace(&mut self, id: RoomId, pace: Pace, keep_unread: bool, now: Instant) -> bool {
        if !self.rooms.contains_key(&id) && !keep_unread {
            return false;
        }
        let room = self.rooms.entry(id).or_insert_with(|| Room::empty(now));
        (room.paced, room.touched) = (Some(now), now);
        std::mem::replace(&mut room.pace, pace) != pace
    }

    /// Returns a room as the rules see it, if somebody is in it.
    pub(super) fn place(&self, id: RoomId) -> Option<Place> {
        let Room { kind, pace, .. } = self.rooms.get(&id)?;
        let slow = Duration::from_secs(pace.slow_seconds.into());
        Some(Place { room: id, kind: *kind, slow, locked: pace.locked })
    }

    /// Returns whether anybody can join the room.
    pub(super) fn is_open(&self, id: RoomId) -> bool {
        self.rooms.get(&id).is_some_and(|room| room.kind == RoomKind::Open)
    }

    /// Returns the connections that hear a room.
    pub(super) fn readers(&self, id: RoomId) -> impl Iterator<Item = ConnId> + '_ {
        self.rooms.get(&id).into_iter().flat_map(|room| room.readers.keys().copied())
    }

    /// Returns how many people of a room are online.
    pub(super) fn online(&self, id: RoomId) -> u32 {
        self.rooms.get(&id).map_or(0, Room::online)
    }

    /// Returns how many rooms of this kind have readers.
    pub(super) fn count(&self, kind: RoomKind) -> usize {
        self.rooms.values().filter(|room| room.kind == kind && !room.readers.is_empty()).count()
    }

    /// Returns how many rooms are held in memory.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.rooms.len() + self.due.len()
    }

    fn schedule(&mut self, id: RoomId, now: Instant) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        if room.due.is_none() {
            let due = now + room.pause();
            room.due = Some(due);
            self.due.insert((due, id));
        }
    }

    fn forget_if_unused(&mut self, id: RoomId, now: Instant) {
        if self.rooms.get(&id).is_some_and(|room| !room.is_used(now))
            && let Some(due) = self.rooms.remove(&id).and_then(|room| room.due)
        {
            self.due.remove(&(due, id));
        }
    }
}

impl Room {
    fn new(summary: &RoomSummary, now: Instant) -> Self {
        // Nothing was committed while this process watched, so the log needs no memory beyond its readers.
        let touched = now.checked_sub(KEEP_UNREAD).unwrap_or(now);
        Self { kind: summary.kind, members: summary.members, touched, ..Self::empty(now) }
    }

    fn empty(now: Instant) -> Self {
        Self {
            kind: RoomKind::Open,
            pace: Pace::default(),
            paced: None,
            readers: BTreeMap::new(),
            people: BTreeMap::new(),
            members: 0,
            last_seq: Seq::START,
            moved: None,
            touched: now,
            changed: BTreeMap::new(),
            left: BTreeSet::new(),
            due: None,
        }
    }

    /// Returns the event for what changed, or nothing if nobody would learn anything.
    fn take_change(&mut self, id: RoomId) -> Option<Bytes> {
        self.due = None;
        let changed = std::mem::take(&mut self.changed);
        let left = std::mem::take(&mut self.left);
        if changed.is_empty() && left.is_empty() {
            return None;
        }
        let few = self.people.len() <= limits::PEOPLE;
        let changed = if few { changed.into_values().collect() } else { Vec::new() };
        let left = if few { left.into_iter().collect() } else { Vec::new() };
        let change = PeopleChange {
            room: id,
            // Longer than an event may be: the counts tell what the lists cannot.
            changed: List::new(changed).unwrap_or_default(),
            left: List::new(left).unwrap_or_default(),
            members: self.members,
            online: self.online(),
        };
        Some(codec::encode(&ServerMessage::Event(Event::People(change))).into())
    }

    fn online(&self) -> u32 {
        u32::try_from(self.people.len()).unwrap_or(u32::MAX)
    }

    fn is_used(&self, now: Instant) -> bool {
        !self.readers.is_empty() || now < self.touched + KEEP_UNREAD
    }

    /// How long changes are collected: long enough that a crowd that comes and goes costs the same as a few people.
    fn pause(&self) -> Duration {
        let crowds = u32::try_from(self.readers.len() / limits::PEOPLE).unwrap_or(u32::MAX);
        PRESENCE_PAUSE * crowds.saturating_add(1).min(MOST_PAUSES)
    }
}

/// How long changes of presence are collected before they are told.
pub(super) const PRESENCE_PAUSE: Duration = Duration::from_millis(200);
/// Even the largest room hears of changes every ten seconds.
const MOST_PAUSES: u32 = 50;
/// How long a room is remembered after its last reader; longer than a session takes to load.
pub(super) const KEEP_UNREAD: Duration = Duration::from_secs(60);
