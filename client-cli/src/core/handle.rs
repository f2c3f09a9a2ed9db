//! What each input of the core does.

use std::time::{Duration, Instant};

use proto::ids::{MessageId, RoomId};
use proto::message::{Answer, Command, Entry, Event, GoneWhy, ServerMessage, Welcome};
use proto::refusal::{Code, Refusal};

use super::backoff::spread_of;
use super::judge::{comes_back, content_of, passes};
use super::requests::{Owner, Request};
use super::{Core, Effect, HELD, Lost, Phase, RESERVED, Reply, Sender, Ticket, online, start_of};
use super::{Unsent, Withdrawn};
use crate::error::{ConnectError, RequestError};
use crate::event::{ClientEvent, KeyEvent, Start, Stopped};

impl Core {
    /// Takes note of how many events the program's queue can take.
    pub(crate) fn set_space(&mut self, space: usize, now: Instant) {
        self.space = space;
        if self.missed && RESERVED < space {
            self.missed = false;
            self.emit(ClientEvent::Missed);
        }
        self.pump(now);
    }

    /// A new connection is logged in.
    pub(crate) fn handle_opened(&mut self, mut welcome: Welcome, now: Instant) {
        welcome.recovery_codes = Default::default();
        let restored = self.welcome.incarnation != welcome.incarnation;
        if restored {
            self.rooms.forget_places();
        }
        self.welcome = welcome;
        self.phase = online(now);
        self.announce(restored, now);
    }

    /// Tells the program that it is online, and starts working.
    pub(crate) fn announce(&mut self, restored: bool, now: Instant) {
        self.emit(ClientEvent::Online { welcome: Box::new(self.welcome.clone()), restored });
        self.pump(now);
    }

    /// The connection is gone, or one could not be made. `spread` is random.
    pub(crate) fn handle_lost(&mut self, lost: Lost, spread: u16, now: Instant) {
        if let Phase::Stopped(_) = self.phase {
            return;
        }
        let held = matches!(&self.phase, Phase::Online { since, .. } if HELD <= now.duration_since(*since));
        if held {
            self.backoff.reset();
        }
        self.queue.lost();
        self.rooms.lost();
        for request in self.requests.lost() {
            if let Owner::Caller(ticket) = request.owner {
                self.reply(ticket, Err(RequestError::Cut));
            }
        }
        match self.next_try(lost, spread) {
            Ok((why, wait)) => {
                self.phase = Phase::Waiting { until: now + wait };
                self.emit(ClientEvent::Offline { why, retry_in: wait });
            }
            Err(stopped) => self.stop(stopped),
        }
    }

    /// Ends the client: by the program's wish or because the server does not want it back.
    pub(crate) fn stop(&mut self, stopped: Stopped) {
        if let Phase::Stopped(_) = self.phase {
            return;
        }
        self.phase = Phase::Stopped(stopped.clone());
        for request in self.requests.take_all() {
            if let Owner::Caller(ticket) = request.owner {
                self.reply(ticket, Err(RequestError::Stopped(stopped.clone())));
            }
        }
        let senders = std::mem::take(&mut self.senders).into_values().map(|sender| sender.ticket);
        let askers = std::mem::take(&mut self.room_askers).into_iter().map(|(ticket, _)| ticket);
        let waiting: Vec<_> = senders.chain(askers).collect();
        for ticket in waiting {
            self.reply(ticket, Err(RequestError::Stopped(stopped.clone())));
        }
        self.emit(ClientEvent::Stopped(stopped));
    }

    /// The program ends the client: says so to the server when it can.
    pub(crate) fn handle_close(&mut self, now: Instant) {
        if self.is_online() {
            self.own_request(Owner::Nobody, Command::Bye, now);
            self.pump(now);
        }
        self.stop(Stopped::Closed);
    }

    /// The program does not want to wait for the next try.
    pub(crate) fn handle_hurry(&mut self, now: Instant) {
        if let Phase::Waiting { until } = &mut self.phase {
            *until = now;
        }
    }

    /// Somebody asks the server.
    pub(crate) fn handle_request(
        &mut self,
        ticket: Ticket,
        command: Command,
        deadline: Instant,
        now: Instant,
    ) {
        if let Phase::Stopped(stopped) = &self.phase {
            let stopped = stopped.clone();
            return self.reply(ticket, Err(RequestError::Stopped(stopped)));
        }
        if let Err(owner) = self.requests.push(Request { owner: Owner::Caller(ticket), command, deadline }) {
            self.not_sent(&owner, now);
        }
        self.pump(now);
    }

    /// Somebody wants a message sent; it is on disk already. `waits` is set when they wait for the outcome.
    pub(crate) fn handle_post(&mut self, unsent: Unsent, waits: Option<(Ticket, Instant)>, now: Instant) {
        let id = unsent.message_id;
        if let Err(refused) = self.queue.push(unsent) {
            self.effects.push_back(Effect::Forget(refused));
            if let Some((ticket, _)) = waits {
                self.reply(ticket, Err(RequestError::Full));
            }
            return;
        }
        if let Some((ticket, deadline)) = waits {
            match &self.phase {
                Phase::Stopped(stopped) => {
                    let stopped = stopped.clone();
                    self.reply(ticket, Err(RequestError::Stopped(stopped)));
                }
                _ => drop(self.senders.insert(id, Sender { ticket, deadline, last: None })),
            }
        }
        self.pump(now);
    }

    /// Somebody takes a message back.
    pub(crate) fn handle_withdraw(&mut self, message_id: MessageId) -> Withdrawn {
        let withdrawn = self.queue.withdraw(message_id);
        if withdrawn != Withdrawn::Gone {
            self.effects.push_back(Effect::Forget(message_id));
        }
        withdrawn
    }

    /// Somebody asks for the rooms; they get them once the server has named all.
    pub(crate) fn handle_rooms(&mut self, ticket: Ticket, deadline: Instant) {
        match &self.phase {
            Phase::Online { ready: true, .. } => {
                let rooms = self.rooms.summaries();
                self.reply(ticket, Ok(Reply::Rooms(rooms)));
            }
            Phase::Stopped(stopped) => {
                let stopped = stopped.clone();
                self.reply(ticket, Err(RequestError::Stopped(stopped)));
            }
            Phase::Online { .. } | Phase::Waiting { .. } | Phase::Dialing => {
                self.room_askers.push((ticket, deadline));
            }
        }
    }

    /// The program wants a room's entries from this place on.
    pub(crate) fn handle_follow(&mut self, room: RoomId, start: Start, now: Instant) {
        self.rooms.follow(room, start);
        self.pump(now);
    }

    /// The server said something. `spread` is random.
    pub(crate) fn handle_message(&mut self, message: ServerMessage, spread: u16, now: Instant) {
        let Phase::Online { heard, pinged, .. } = &mut self.phase else { return };
        *heard = now;
        *pinged = false;
        match message {
            ServerMessage::Answer(number, answer) => {
                if let Some(request) = self.requests.answered(number) {
                    self.handle_answer(request, answer, now);
                }
            }
            ServerMessage::Refused(number, refusal) => {
                if let Some(request) = self.requests.answered(number) {
                    self.handle_refused(&request.owner, refusal, now);
                }
            }
            ServerMessage::Event(event) => self.handle_event(event, spread, now),
            ServerMessage::Denied(refusal) => {
                self.effects.push_back(Effect::HangUp);
                self.handle_lost(Lost::Error(ConnectError::Denied(refusal)), spread, now);
            }
            ServerMessage::Welcome(_) | ServerMessage::Enrol(_) => {
                self.effects.push_back(Effect::HangUp);
                let error = ConnectError::Garbage("a second welcome".to_owned());
                self.handle_lost(Lost::Error(error), spread, now);
            }
        }
        self.pump(now);
    }

    fn handle_answer(&mut self, request: Request, answer: Answer, now: Instant) {
        match (request.owner, answer) {
            (Owner::Caller(ticket), answer) => self.reply(ticket, Ok(Reply::Answer(answer))),
            (Owner::Nobody, _) => {}
            (Owner::CatchUp(room), Answer::History(page)) if page.room == room => {
                let space = self.space.saturating_sub(RESERVED);
                for entry in self.rooms.page(page, space) {
                    self.emit(ClientEvent::Entry { entry, live: false });
                }
            }
            (Owner::Queue(room, id), Answer::Accepted { seq, at, .. }) => {
                self.accepted(room, id, seq, at);
            }
            (Owner::Queue(room, id), Answer::Held { why }) => self.held(room, id, why.into_inner()),
            // Nothing we can use: try again later rather than never.
            (owner @ (Owner::CatchUp(_) | Owner::Queue(..)), _) => {
                self.not_sent(&owner, now);
            }
        }
    }

    fn accepted(&mut self, room: RoomId, id: MessageId, seq: proto::ids::Seq, at: proto::ids::Timestamp) {
        let Some(unsent) = self.queue.done(room, id) else { return };
        self.effects.push_back(Effect::Forget(id));
        match self.senders.remove(&id) {
            Some(sender) => self.reply(sender.ticket, Ok(Reply::Answer(Answer::Accepted { room, seq, at }))),
            None => self.emit(ClientEvent::Sent { message_id: id, room, seq, at }),
        }
        // One's own entry is as good as one from the server, whichever comes first.
        if let Some(content) = content_of(unsent.command) {
            let (author, author_name) = (self.welcome.account, self.welcome.name.clone());
            self.live(Entry { room, seq, at, author, author_name, message_id: id, content });
        }
    }

    /// The server has the message and keeps it for a moderator: it is not sent again.
    fn held(&mut self, room: RoomId, message_id: MessageId, why: String) {
        if self.queue.done(room, message_id).is_none() {
            return;
        }
        self.effects.push_back(Effect::Forget(message_id));
        match self.senders.remove(&message_id) {
            Some(sender) => self.reply(sender.ticket, Err(RequestError::Held { message_id, why })),
            None => self.emit(ClientEvent::Held { room, message_id, why }),
        }
    }

    fn handle_refused(&mut self, owner: &Owner, refusal: Refusal, now: Instant) {
        match *owner {
            Owner::Caller(ticket) => self.reply(ticket, Err(RequestError::Refused(refusal))),
            Owner::Nobody => {}
            Owner::CatchUp(room) => {
                let again = passes(&refusal).map(|wait| now + wait);
                self.rooms.page_refused(room, again);
            }
            Owner::Queue(room, id) => match passes(&refusal) {
                Some(wait) if refusal.code != Code::Internal => {
                    self.queue.postpone(room, id, now + wait);
                    self.postponed((room, id), wait, refusal, now);
                }
                _ => self.refused_for_good(room, id, refusal),
            },
        }
    }

    /// Tells somebody who waits for a message at once when it cannot be accepted in their time, and a person who does
    /// not wait that slow mode holds it back.
    fn postponed(&mut self, (room, id): (RoomId, MessageId), wait: Duration, refusal: Refusal, now: Instant) {
        match self.senders.get_mut(&id) {
            Some(sender) => {
                sender.last = Some(refusal);
                if sender.deadline < now + wait {
                    self.end_sender(id);
                }
            }
            None if refusal.code == Code::SlowMode => {
                self.emit(ClientEvent::Postponed { room, message_id: id, wait, refusal });
            }
            None => {}
        }
    }

    fn refused_for_good(&mut self, room: RoomId, id: MessageId, refusal: Refusal) {
        let Some(unsent) = self.queue.done(room, id) else { return };
        self.effects.push_back(Effect::Forget(id));
        match self.senders.remove(&id) {
            Some(sender) => self.reply(sender.ticket, Err(RequestError::Refused(refusal))),
            None => self.emit(ClientEvent::NotSent { unsent: Box::new(unsent), refusal }),
        }
    }

    fn handle_event(&mut self, event: Event, spread: u16, now: Instant) {
        match event {
            Event::Entry(entry) => self.live(entry),
            Event::Room(summary) => {
                let mut skipped = Vec::new();
                self.rooms.summary(summary.clone(), &mut skipped);
                self.emit(ClientEvent::Room(summary));
                skipped.into_iter().for_each(|event| self.emit(event));
            }
            Event::RoomGone { room, why, reason } => {
                self.rooms.gone(room);
                self.emit(ClientEvent::RoomGone { room, why, reason: reason.into_inner() });
            }
            Event::Ready => self.ready(),
            Event::People(change) => self.emit(ClientEvent::People(change)),
            Event::Read { room, upto } => self.emit(ClientEvent::Read { room, upto }),
            Event::Notice { kind, text } => self.emit(ClientEvent::Notice { kind, text: text.into_inner() }),
            Event::Goodbye(goodbye) => {
                self.effects.push_back(Effect::HangUp);
                self.handle_lost(Lost::Goodbye(goodbye), spread, now);
            }
            Event::Purged { account, since, upto } => {
                self.emit(ClientEvent::Purged { account, since, upto });
            }
            Event::Restored { account, since, upto } => {
                self.emit(ClientEvent::Restored { account, since, upto });
            }
            Event::RoomPosture { room, slow_seconds, locked } => {
                self.rooms.posture(room, slow_seconds, locked);
                self.emit(ClientEvent::RoomPosture { room, slow_seconds, locked });
            }
            Event::Held { room, message_id, decided } => {
                self.emit(ClientEvent::HeldDecided { room, message_id, decided });
            }
            Event::DeviceAsks { device, label, signature_key } => {
                self.emit(ClientEvent::Keys(KeyEvent::DeviceAsks { device, label, signature_key }));
            }
            Event::DeviceApproved { device } => {
                self.emit(ClientEvent::Keys(KeyEvent::DeviceApproved { device }));
            }
            Event::WelcomeWaits { room } => self.emit(ClientEvent::Keys(KeyEvent::WelcomeWaits { room })),
            Event::KeysChanged { account, name, key } => {
                self.emit(ClientEvent::Keys(KeyEvent::KeysChanged { account, name, key }));
            }
        }
    }

    fn live(&mut self, entry: Entry) {
        let space = RESERVED < self.space;
        if let Some(entry) = self.rooms.live(entry, space) {
            self.emit(ClientEvent::Entry { entry, live: true });
        }
    }

    fn ready(&mut self) {
        if let Phase::Online { ready, .. } = &mut self.phase {
            *ready = true;
        }
        for room in self.rooms.all_named() {
            self.emit(ClientEvent::RoomGone { room, why: GoneWhy::Left, reason: String::new() });
        }
        self.emit(ClientEvent::Ready);
        let rooms = self.rooms.summaries();
        for (ticket, _) in std::mem::take(&mut self.room_askers) {
            self.reply(ticket, Ok(Reply::Rooms(rooms.clone())));
        }
    }

    /// Returns what happened in words and the wait before the next try, or why there is none.
    fn next_try(&mut self, lost: Lost, spread: u16) -> Result<(String, Duration), Stopped> {
        let why = match &lost {
            Lost::Error(error) => error.to_string(),
            Lost::Goodbye(goodbye) => goodbye.detail.to_string(),
        };
        let told = match lost {
            Lost::Goodbye(goodbye) | Lost::Error(ConnectError::Goodbye(goodbye)) => comes_back(goodbye)?,
            Lost::Error(ConnectError::UntrustedKey { pinned, offered }) => {
                return Err(Stopped::UntrustedKey { pinned, offered });
            }
            Lost::Error(ConnectError::Version(detail)) => return Err(Stopped::Version(detail)),
            Lost::Error(ConnectError::Denied(refusal)) => match passes(&refusal) {
                Some(_) => start_of(&refusal),
                None => return Err(Stopped::Denied(refusal)),
            },
            Lost::Error(_) => None,
        };
        let own = self.backoff.next_wait(spread);
        let wait = told.map_or(own, |told| own.max(told + spread_of(told / 10, spread)));
        Ok((why, wait))
    }
}
