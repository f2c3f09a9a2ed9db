//! What a client does next, without doing it: inputs and the time go in, effects come out.
//!
//! The driver around it owns the socket, the clock and the disk. The core never awaits, never reads a clock and
//! draws no randomness; a wait that is to be spread gets the random number with its input.

mod backoff;
mod handle;
mod judge;
mod queue;
mod requests;
mod rooms;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use proto::ids::MessageId;
use proto::limits;
use proto::message::{Answer, ClientMessage, Command, Goodbye, HistoryFrom, RoomSummary, Welcome};
use proto::refusal::Refusal;

pub(crate) use judge::passes;
pub use queue::{Unsent, Withdrawn};

use crate::error::{ConnectError, RequestError};
use crate::event::{ClientEvent, Stopped};
use backoff::Backoff;
use queue::Queue;
use requests::{Owner, Request, Requests};
use rooms::Rooms;

/// Names somebody outside who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(pub(crate) u64);

/// How the connection was lost or could not be made.
#[derive(Debug)]
pub(crate) enum Lost {
    Error(ConnectError),
    Goodbye(Goodbye),
}

/// What somebody who waits gets.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    Rooms(Vec<RoomSummary>),
}

/// What the driver is to do.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Put this message into the connection's output.
    Send(ClientMessage),
    /// Hand this to the program.
    Emit(ClientEvent),
    /// Answer somebody who waits.
    Reply(Ticket, Result<Reply, RequestError>),
    /// Remove a message from the disk: it was accepted, refused or taken back.
    Forget(MessageId),
    /// Connect.
    Dial,
    /// Drop the connection; it is useless. Nothing comes back about it.
    HangUp,
}

/// The figures a core works with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) follow_all: bool,
    pub(crate) catch_up: u64,
}

/// One account on one server, over all its connections.
#[derive(Debug)]
pub(crate) struct Core {
    phase: Phase,
    welcome: Welcome,
    rooms: Rooms,
    requests: Requests,
    queue: Queue,
    senders: BTreeMap<MessageId, Sender>,
    room_askers: Vec<(Ticket, Instant)>,
    backoff: Backoff,
    /// Events the program's queue can still take.
    space: usize,
    missed: bool,
    effects: VecDeque<Effect>,
}

/// Somebody who waits until the server has judged a message.
#[derive(Debug)]
struct Sender {
    ticket: Ticket,
    deadline: Instant,
    /// What the server said when it wanted the message later.
    last: Option<Refusal>,
}

#[derive(Debug)]
enum Phase {
    Online {
        since: Instant,
        /// When something came last, and when something was sent last: each side gives up a silent other one.
        heard: Instant,
        said: Instant,
        pinged: bool,
        ready: bool,
    },
    Waiting {
        until: Instant,
    },
    Dialing,
    Stopped(Stopped),
}

impl Core {
    /// Starts with a fresh, logged-in connection.
    pub(crate) fn new(mut welcome: Welcome, settings: &Settings, unsent: Vec<Unsent>, now: Instant) -> Self {
        welcome.recovery_codes = Default::default();
        let mut core = Self {
            phase: online(now),
            welcome,
            rooms: Rooms::new(settings.follow_all, settings.catch_up),
            requests: Requests::default(),
            queue: Queue::default(),
            senders: BTreeMap::new(),
            room_askers: Vec::new(),
            backoff: Backoff::default(),
            space: 0,
            missed: false,
            effects: VecDeque::new(),
        };
        for message in unsent {
            // The folder the messages come from is bounded as the queue is.
            let _ = core.queue.push(message);
        }
        core
    }

    /// Returns what is to be done next.
    pub(crate) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Returns when there is next work.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let senders = self.senders.values().map(|sender| sender.deadline).min();
        let askers = self.room_askers.iter().map(|(_, deadline)| *deadline).min();
        let phase = match &self.phase {
            Phase::Online { heard, said, pinged, .. } => {
                let silent = if *pinged { SILENCE } else { limits::PING_EVERY };
                let ping = Some((*heard + silent).min(*said + limits::PING_EVERY));
                [ping, self.rooms.next_due(), self.queue.next_due()].into_iter().flatten().min()
            }
            Phase::Waiting { until } => Some(*until),
            Phase::Dialing => None,
            Phase::Stopped(_) => return None,
        };
        [senders, askers, phase, self.requests.next_deadline()].into_iter().flatten().min()
    }

    /// Does what is due. `spread` is random.
    pub(crate) fn handle_timeout(&mut self, spread: u16, now: Instant) {
        self.end_overdue(now);
        match &mut self.phase {
            Phase::Online { heard, said, pinged, .. } => {
                let silence = now.duration_since(*heard);
                let quiet = now.duration_since(*said);
                if SILENCE <= silence || self.requests.is_stuck(now) {
                    self.effects.push_back(Effect::HangUp);
                    let error = ConnectError::TimedOut { step: "the server's answer", after: SILENCE };
                    return self.handle_lost(Lost::Error(error), spread, now);
                }
                let unsure = limits::PING_EVERY <= silence && !*pinged;
                if unsure || limits::PING_EVERY <= quiet {
                    *pinged |= unsure;
                    self.own_request(Owner::Nobody, Command::Ping, now);
                }
            }
            Phase::Waiting { until } if *until <= now => {
                self.phase = Phase::Dialing;
                self.effects.push_back(Effect::Dial);
            }
            Phase::Waiting { .. } | Phase::Dialing | Phase::Stopped(_) => {}
        }
        self.pump(now);
    }

    /// Returns who one is, as the server said last.
    pub(crate) fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Returns whether a logged-in connection is there.
    pub(crate) fn is_online(&self) -> bool {
        matches!(self.phase, Phase::Online { .. })
    }

    /// Returns whether the client has stopped for good.
    pub(crate) fn stopped(&self) -> Option<&Stopped> {
        match &self.phase {
            Phase::Stopped(stopped) => Some(stopped),
            Phase::Online { .. } | Phase::Waiting { .. } | Phase::Dialing => None,
        }
    }

    /// Returns whether entries wait for the program to read what it has.
    pub(crate) fn wants_space(&self) -> bool {
        self.space <= RESERVED && (self.missed || self.rooms.is_behind())
    }

    /// Returns how many messages the server has not judged yet.
    pub(crate) fn unsent(&self) -> usize {
        self.queue.len()
    }

    /// Sends what can be sent: requests, unsent messages, pages to catch up.
    fn pump(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Online { .. }) {
            return;
        }
        while RESERVED < self.space {
            let Some((room, after)) = self.rooms.next_fetch(now) else { break };
            let limit = u16::try_from(limits::PAGE).expect("a page has at most 200 entries");
            let command = Command::History { room, from: HistoryFrom::After(after), limit };
            self.own_request(Owner::CatchUp(room), command, now);
        }
        while let Some(unsent) = self.queue.next_to_send(now) {
            self.own_request(Owner::Queue(unsent.room, unsent.message_id), unsent.command, now);
        }
        while let Some(message) = self.requests.next_to_send() {
            self.effects.push_back(Effect::Send(message));
            if let Phase::Online { said, .. } = &mut self.phase {
                *said = now;
            }
        }
    }

    fn own_request(&mut self, owner: Owner, command: Command, now: Instant) {
        let request = Request { owner, command, deadline: now + OWN_DEADLINE };
        if let Err(owner) = self.requests.push(request) {
            self.not_sent(&owner, now);
        }
    }

    /// Puts our own work back when the line is full; it is due again soon.
    fn not_sent(&mut self, owner: &Owner, now: Instant) {
        let again = now + FULL_PAUSE;
        match *owner {
            Owner::Queue(room, id) => self.queue.postpone(room, id, again),
            Owner::CatchUp(room) => self.rooms.page_refused(room, Some(again)),
            Owner::Caller(ticket) => self.reply(ticket, Err(RequestError::Full)),
            Owner::Nobody => {}
        }
    }

    /// Hands an event on. When the program does not read, everything but a room's entries is left out and that is
    /// told later; entries are never passed here without space, they are read again from the log.
    fn emit(&mut self, event: ClientEvent) {
        if self.space == 0 {
            self.missed = true;
            return;
        }
        if self.missed && 1 < self.space {
            self.missed = false;
            self.space -= 1;
            self.effects.push_back(Effect::Emit(ClientEvent::Missed));
        }
        self.space -= 1;
        self.effects.push_back(Effect::Emit(event));
    }

    fn reply(&mut self, ticket: Ticket, result: Result<Reply, RequestError>) {
        self.effects.push_back(Effect::Reply(ticket, result));
    }

    fn end_overdue(&mut self, now: Instant) {
        for request in self.requests.overdue(now) {
            if let Owner::Caller(ticket) = request.owner {
                self.reply(ticket, Err(RequestError::TimedOut));
            }
        }
        let senders = self.senders.iter();
        let late: Vec<_> = senders.filter(|(_, sender)| sender.deadline <= now).map(|(&id, _)| id).collect();
        for message_id in late {
            self.end_sender(message_id);
        }
        let askers = std::mem::take(&mut self.room_askers).into_iter();
        let (late, waiting): (Vec<_>, Vec<_>) = askers.partition(|(_, deadline)| *deadline <= now);
        self.room_askers = waiting;
        for (ticket, _) in late {
            self.reply(ticket, Err(RequestError::TimedOut));
        }
    }

    /// Stops waiting for a message, which stays in the queue.
    fn end_sender(&mut self, message_id: MessageId) {
        if let Some(Sender { ticket, last, .. }) = self.senders.remove(&message_id) {
            self.reply(ticket, Err(RequestError::NotYet { message_id, last }));
        }
    }
}

fn online(now: Instant) -> Phase {
    Phase::Online { since: now, heard: now, said: now, pinged: false, ready: false }
}

fn start_of(refusal: &Refusal) -> Option<Duration> {
    refusal.retry_after_ms.map(|ms| Duration::from_millis(ms).min(LONGEST_WAIT))
}

/// After this long without a word, a ping included, the connection is given up.
const SILENCE: Duration = Duration::from_secs(45);
/// Our own requests are answered within this time, or the connection is given up.
const OWN_DEADLINE: Duration = Duration::from_secs(60);
const FULL_PAUSE: Duration = Duration::from_secs(1);
/// A server cannot send us away for longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);
/// A connection that held this long was good: the next wait is short again.
const HELD: Duration = Duration::from_secs(10);
/// Events kept free for everything that is not an entry of a log.
const RESERVED: usize = 128;

#[cfg(test)]
mod tests;
