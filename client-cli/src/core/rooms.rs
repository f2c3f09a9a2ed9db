//! Keeps each room's entries in order: live ones as they come, missed ones from the log, none twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use proto::ids::{RoomId, Seq};
use proto::message::{Content, Entry, HistoryPage, RoomSummary};

use crate::event::{ClientEvent, Start};

/// The rooms of one account and how far each has been handed on.
#[derive(Debug)]
pub(crate) struct Rooms {
    rooms: BTreeMap<RoomId, Log>,
    follow_all: bool,
    /// Followed before their places became void; they go on with what comes next.
    follow_again: BTreeSet<RoomId>,
    at_most: u64,
}

/// One room. Everything up to `delivered` has been handed on; the log is known to reach `known`.
#[derive(Debug)]
struct Log {
    summary: Option<RoomSummary>,
    delivered: Seq,
    known: Seq,
    followed: bool,
    /// Whether the server has named it on this connection.
    named: bool,
    fetch: Fetch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetch {
    Idle,
    /// One page must be read even when nothing is known to be missing.
    Wanted,
    /// Asked for when the log was known to reach `upto`; what can be read of it is in the answer.
    Open {
        after: Seq,
        upto: Seq,
    },
    After(Instant),
}

impl Rooms {
    /// Starts without rooms; `follow_all` hands on every room, otherwise only those asked for with `follow`.
    pub(crate) fn new(follow_all: bool, at_most: u64) -> Self {
        Self { rooms: BTreeMap::new(), follow_all, follow_again: BTreeSet::new(), at_most }
    }

    /// Takes a room's description, at login or later. `events` gets a `Skipped` when more is missing than wanted.
    pub(crate) fn summary(&mut self, summary: RoomSummary, events: &mut Vec<ClientEvent>) {
        let again = self.follow_again.remove(&summary.room);
        // A sealed room is read from where its keys are, which is asked for once they are known.
        let is_sealed = summary.kind.is_sealed();
        let followed = !is_sealed && (self.follow_all || again);
        let (room, last) = (summary.room, summary.last_seq);
        let log = self.rooms.entry(room).or_insert_with(|| Log::at(last, followed));
        log.summary = Some(summary);
        log.named = true;
        log.known = log.known.max(last);
        if !is_sealed {
            log.skip_beyond(room, self.at_most, events);
        }
    }

    /// Removes a room one is no longer in.
    pub(crate) fn gone(&mut self, room: RoomId) {
        self.rooms.remove(&room);
    }

    /// A room became slower, faster, locked or unlocked.
    pub(crate) fn posture(&mut self, room: RoomId, slow_seconds: u32, locked: bool) {
        if let Some(summary) = self.rooms.get_mut(&room).and_then(|log| log.summary.as_mut()) {
            (summary.slow_seconds, summary.locked) = (slow_seconds, locked);
        }
    }

    /// The server has named all rooms. Returns those it named on an earlier connection only: one left them meanwhile,
    /// on another device.
    pub(crate) fn all_named(&mut self) -> Vec<RoomId> {
        let left = self.rooms.iter().filter(|(_, log)| log.summary.is_some() && !log.named);
        let left: Vec<_> = left.map(|(&room, _)| room).collect();
        for room in &left {
            self.rooms.remove(room);
        }
        left
    }

    /// Starts handing on a room from this place.
    pub(crate) fn follow(&mut self, room: RoomId, start: Start) {
        let log = self.rooms.entry(room).or_insert_with(|| Log::at(Seq::START, true));
        let unknown = log.summary.is_none();
        log.followed = true;
        log.delivered = match start {
            Start::Now => log.known,
            Start::After(seq) => seq,
            Start::Last(count) => back(log.known, count),
        };
        log.known = log.known.max(log.delivered);
        if unknown && log.fetch == Fetch::Idle {
            log.fetch = Fetch::Wanted;
        }
    }

    /// Forgets all places: the server was restored from a backup, and its numbers mean other entries.
    pub(crate) fn forget_places(&mut self) {
        let logs = std::mem::take(&mut self.rooms);
        self.follow_again.extend(logs.into_iter().filter(|(_, log)| log.followed).map(|(room, _)| room));
    }

    /// Takes a live entry and returns it when it is the next one and there is room to hand it on.
    pub(crate) fn live(&mut self, entry: Entry, space: bool) -> Option<Entry> {
        let followed = self.follow_all && !is_sealed(&entry.content);
        let before = Seq::new(entry.seq.get().saturating_sub(1)).unwrap_or(Seq::START);
        let log = self.rooms.entry(entry.room).or_insert_with(|| Log::at(before, followed));
        log.known = log.known.max(entry.seq);
        if !log.followed {
            log.delivered = log.known;
            return None;
        }
        if !space || entry.seq != log.delivered.next() {
            return None;
        }
        log.delivered = entry.seq;
        Some(entry)
    }

    /// Takes a page of the log and returns what is new in it, in order, at most `space` entries.
    pub(crate) fn page(&mut self, page: HistoryPage, space: usize) -> Vec<Entry> {
        let Some(log) = self.rooms.get_mut(&page.room) else { return Vec::new() };
        let (after, upto) = match log.fetch {
            Fetch::Open { after, upto } => (after, upto),
            Fetch::Idle | Fetch::Wanted | Fetch::After(_) => (log.delivered, log.delivered),
        };
        log.fetch = Fetch::Idle;
        let brings_nothing = page.items.iter().all(|item| item.entry.seq <= after);
        let mut fresh = Vec::new();
        for entry in page.items.into_inner().into_iter().map(|item| item.entry) {
            if entry.room != page.room || entry.seq <= log.delivered {
                continue;
            }
            log.known = log.known.max(entry.seq);
            if fresh.len() == space {
                return fresh;
            }
            log.delivered = entry.seq;
            fresh.push(entry);
        }
        // The log's end, or a page that brings nothing: what was there and did not come cannot be read, and is not
        // asked for again and again.
        if !page.more || brings_nothing {
            log.delivered = log.delivered.max(upto);
        }
        fresh
    }

    /// Takes note that a page was not given: for good, or until `again`.
    pub(crate) fn page_refused(&mut self, room: RoomId, again: Option<Instant>) {
        let Some(log) = self.rooms.get_mut(&room) else { return };
        match again {
            Some(when) => log.fetch = Fetch::After(when),
            None => {
                log.fetch = Fetch::Idle;
                log.followed = false;
                log.delivered = log.known;
            }
        }
    }

    /// Forgets what died with the connection: open fetches, and which rooms were named.
    pub(crate) fn lost(&mut self) {
        for log in self.rooms.values_mut() {
            log.named = false;
            if let Fetch::Open { .. } = log.fetch {
                log.fetch = Fetch::Wanted;
            }
        }
    }

    /// Returns the next page to ask for, if few enough are open, and counts it as open.
    pub(crate) fn next_fetch(&mut self, now: Instant) -> Option<(RoomId, Seq)> {
        let open = self.rooms.values().filter(|log| matches!(log.fetch, Fetch::Open { .. })).count();
        if FETCHES_AT_ONCE <= open {
            return None;
        }
        let (&room, log) = self.rooms.iter_mut().find(|(_, log)| log.is_due(now))?;
        log.fetch = Fetch::Open { after: log.delivered, upto: log.known };
        Some((room, log.delivered))
    }

    /// Returns when a postponed page can be asked for.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let postponed = self.rooms.values().filter_map(|log| match log.fetch {
            Fetch::After(when) => Some(when),
            Fetch::Idle | Fetch::Wanted | Fetch::Open { .. } => None,
        });
        postponed.min()
    }

    /// Returns whether entries wait to be fetched.
    pub(crate) fn is_behind(&self) -> bool {
        self.rooms.values().any(|log| log.followed && (log.delivered < log.known || log.fetch != Fetch::Idle))
    }

    /// Returns the rooms as the server described them, with the newest place known.
    pub(crate) fn summaries(&self) -> Vec<RoomSummary> {
        let described =
            self.rooms.values().filter_map(|log| log.summary.clone().map(|room| (room, log.known)));
        described.map(|(room, known)| RoomSummary { last_seq: room.last_seq.max(known), ..room }).collect()
    }
}

impl Log {
    fn at(place: Seq, followed: bool) -> Self {
        Self { summary: None, delivered: place, known: place, followed, named: false, fetch: Fetch::Idle }
    }

    fn skip_beyond(&mut self, room: RoomId, at_most: u64, events: &mut Vec<ClientEvent>) {
        if !self.followed || self.known.get() - self.delivered.get() <= at_most {
            return;
        }
        let upto = back(self.known, at_most);
        events.push(ClientEvent::Skipped { room, after: self.delivered, upto });
        self.delivered = upto;
    }

    fn is_due(&self, now: Instant) -> bool {
        match self.fetch {
            Fetch::Idle => self.followed && self.delivered < self.known,
            Fetch::Wanted => self.followed,
            Fetch::Open { .. } => false,
            Fetch::After(when) => self.followed && when <= now,
        }
    }
}

/// Whether an entry can only stand in a sealed room.
fn is_sealed(content: &Content) -> bool {
    matches!(content, Content::Sealed { .. } | Content::Commit { .. } | Content::Evict { .. })
}

fn back(place: Seq, count: u64) -> Seq {
    Seq::new(place.get().saturating_sub(count)).unwrap_or(Seq::START)
}

/// Rooms that catch up at the same moment; a person with hundreds of rooms does not flood the server.
const FETCHES_AT_ONCE: usize = 4;
