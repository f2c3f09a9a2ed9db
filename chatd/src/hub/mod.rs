//! Who is online, in which rooms, with which outbox: a pure state machine that decides what may happen and who hears.
//!
//! Nothing is delivered or acknowledged before the journal says that it is committed; what is committed is told in
//! the order of the commits, so everybody sees one order.

mod changed;
mod committed;
mod cuts;
mod flood;
mod guard;
mod input;
mod people;
mod requests;
mod rooms;
mod rules;
mod sealed;
mod task;
mod tell;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::raid::RaidLevel;
use domain::throttle::Rate;
use proto::ids::{AccountId, DeviceId, RequestId, RoomId, SanctionId, Timestamp};
use proto::message::{Answer, Event, RoomKind};
use proto::refusal::Refusal;

pub(crate) use guard::{Author, Bound, Match, Penalty, Rule};
pub(crate) use input::{
    Act, Attach, Audience, Change, Committed, ConnId, Deed, Done, Input, LoadFailed, Mark, Notice, Order,
    Pace, RaidOrder, SealedReport, Standing, Welcome, Whom,
};
pub(crate) use sealed::{SealedDeed, SealedDone, Start};
pub(crate) use task::{HubHandle, HubTask, Stopped, inbox};

pub(crate) use rules::removes_others_texts;

use crate::goodbye::Farewell;
use crate::load::Whose;
use crate::outbox::Outbox;
use flood::Flood;
use guard::Guard;
use people::People;
use rooms::Rooms;

/// The hub.
#[derive(Debug)]
pub(crate) struct Hub {
    people: People,
    rooms: Rooms,
    flood: Flood,
    guard: Guard,
    effects: VecDeque<Effect>,
    /// Connections that could not take a message and have to go.
    evicted: Vec<ConnId>,
    /// Bans and kicks that have been carried out, the latest.
    enforced: BTreeSet<SanctionId>,
    /// Devices that are being revoked by the person who holds them: they go when they have heard that it is done.
    leaving: BTreeMap<DeviceId, (ConnId, RequestId)>,
    stage: Stage,
    next_sweep: Option<Instant>,
}

/// How far the server is on its way to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Serving,
    Draining,
    Cut,
}

/// What must happen outside.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most are writes, and a box would cost each message an allocation"
)]
pub(crate) enum Effect {
    /// Read what this session may see, and come back with `Input::Loaded`.
    Load { conn: ConnId, whose: Whose },
    /// Look again whether these sessions may stay, and come back with changes.
    Recheck(Vec<(ConnId, Whose)>),
    /// Write this, and come back with `Input::Committed`.
    Write(Order, Deed),
    /// Note that a ban or kick has ended this many sessions.
    Enforced { mark: Mark, sessions: usize },
    /// Note what filters found in somebody's message.
    Matched { account: AccountId, room: RoomId, body: String, matches: Vec<Match> },
    /// Count that a rule kept a message from being said.
    Ruled(Rule),
    /// Note that somebody was told what became of their report.
    OutcomeTold(AccountId),
    /// Staff should hear of this elsewhere too.
    Alert(RaidLevel),
}

/// How many are online, for metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) sessions: usize,
    pub(crate) open_rooms: usize,
    pub(crate) direct_rooms: usize,
    pub(crate) sealed_rooms: usize,
    /// From 5 (open) to 1 (staff only).
    pub(crate) raid_level: u8,
    /// How long the oldest message of all outboxes has waited.
    pub(crate) longest_lag: Duration,
}

impl Hub {
    /// Returns a hub where nobody is online.
    #[must_use]
    pub(crate) fn new(flood: Rate, (now, wall): (Instant, Timestamp)) -> Self {
        Self {
            people: People::default(),
            rooms: Rooms::default(),
            flood: Flood::new(flood),
            guard: Guard::new(now, wall),
            effects: VecDeque::new(),
            evicted: Vec::new(),
            enforced: BTreeSet::new(),
            leaving: BTreeMap::new(),
            stage: Stage::Serving,
            next_sweep: None,
        }
    }

    /// Applies one input; what must happen outside is queued for [`poll_effect`](Self::poll_effect).
    pub(crate) fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Attach(attach) => self.attach(attach, now),
            Input::Loaded(conn, standing) => self.loaded(conn, standing, now),
            Input::Request { conn, request, act } => self.request(conn, request, act, now),
            Input::Committed(committed) => self.committed(committed, now),
            Input::Own(deed) => self.effects.push_back(Effect::Write(Order::of_server(now), deed)),
            Input::Changed(change) => self.changed(change, now),
            Input::Warn(account) => self.tell_account(account, &tell::guessed_codes()),
            // A replaced session's place is kept warm for the one that replaces it: presence does not flicker.
            Input::Detach(conn) if self.people.is_replaced(conn) => {}
            Input::Detach(conn) => self.detach(conn, now),
            Input::Drain => self.drain(),
            Input::Cut => {
                self.stage = Stage::Cut;
                self.people.outboxes().for_each(Outbox::abandon);
            }
            Input::Limit(entries) => self.flood.set_limit(entries),
        }
        self.drop_evicted(now);
    }

    /// Returns the next thing that must happen outside.
    pub(crate) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.tell_level(now);
        self.rooms.handle_timeout(now, &mut self.evicted);
        if self.next_sweep.is_some_and(|due| due <= now) {
            self.rooms.sweep(now);
            self.flood.sweep(now);
            self.guard.sweep(now);
            let forgets = self.people.is_empty() && self.flood.is_empty() && self.guard.is_free();
            self.next_sweep = (!forgets).then(|| now + rooms::KEEP_UNREAD);
        }
        self.drop_evicted(now);
    }

    /// Returns when there is next something to do without an input.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let own = self.rooms.poll_timeout().into_iter().chain(self.next_sweep);
        own.chain(self.guard.poll_timeout()).min()
    }

    /// Sets the clocks: the monotonic one decides order, the wall's says when measures end.
    pub(crate) fn set_clock(&mut self, now: Instant, wall: Timestamp) {
        self.guard.set_clock(now, wall);
    }

    /// Returns how many are online.
    pub(crate) fn census(&self, now: Instant) -> Census {
        Census {
            raid_level: self.guard.level(now).number(),
            sessions: self.people.connections(),
            open_rooms: self.rooms.count(RoomKind::Open),
            direct_rooms: self.rooms.count(RoomKind::Direct),
            sealed_rooms: self.rooms.count(RoomKind::Sealed) + self.rooms.count(RoomKind::SealedDirect),
            longest_lag: self.people.outboxes().map(Outbox::lag).max().unwrap_or_default(),
        }
    }

    fn attach(&mut self, attach: Attach, now: Instant) {
        match self.stage {
            Stage::Serving => {}
            Stage::Draining => return attach.outbox.close(Farewell::Draining, Farewell::Draining.encoded()),
            Stage::Cut => return attach.outbox.abandon(),
        }
        if let Some(label) = &attach.new_device {
            let notice = tell::new_device(label);
            self.tell_account(attach.account, &notice);
        }
        let Attach { conn, account, device, address, .. } = attach;
        self.effects.push_back(Effect::Load { conn, whose: Whose { account, device, address } });
        self.people.attach(attach, now);
        self.next_sweep.get_or_insert(now + rooms::KEEP_UNREAD);
    }

    fn loaded(&mut self, conn: ConnId, standing: Result<Standing, LoadFailed>, now: Instant) {
        let Some(since) = self.people.loading_since(conn) else { return };
        let welcome = match standing {
            Ok(Standing::Welcome(welcome)) => welcome,
            Ok(Standing::Banned { reason }) => return self.cut(conn, Farewell::Banned, &reason, now),
            Ok(Standing::Revoked) => return self.cut(conn, Farewell::Revoked, "", now),
            Err(LoadFailed) => return self.cut(conn, Farewell::Draining, "", now),
        };
        let Welcome { name, role, rooms, author, notices } = welcome;
        let Some((rooms, person)) = self.people.ready(conn, (name, role), rooms) else { return };
        let Some(outbox) = self.people.outbox(conn).cloned() else { return };
        self.guard.load_author(person.account, author, since);
        if !self.guard.lets_in(person.account, person.role, now) {
            return self.cut(conn, Farewell::Closed, "", now);
        }
        for summary in rooms {
            self.people.entered(conn, summary.room);
            let summary = self.rooms.enter(summary, (conn, &outbox), &person, (since, now));
            outbox.grant(tell::event(Event::Room(summary)));
        }
        outbox.grant(tell::event(Event::Ready));
        for notice in notices {
            outbox.grant(tell::notice(&notice));
        }
        if let Some(replaced) = self.people.take_replaced(conn) {
            self.detach(replaced, now);
        }
    }

    fn detach(&mut self, conn: ConnId, now: Instant) {
        let Some(mut gone) = self.people.detach(conn) else { return };
        gone.person.online = false;
        if self.people.person(gone.person.account).is_none() {
            self.guard.forget(gone.person.account);
        }
        for room in gone.rooms {
            self.rooms.leave(room, conn, &gone.person, now);
        }
        if let Some(replaced) = gone.replaces {
            self.detach(replaced, now);
        }
    }

    /// Tells everybody that the server stops. What waits in an outbox is still sent before.
    fn drain(&mut self) {
        self.stage = Stage::Draining;
        let goodbye = Farewell::Draining.encoded();
        for outbox in self.people.outboxes() {
            outbox.close(Farewell::Draining, goodbye.clone());
        }
    }

    fn answer(&mut self, order: &Order, answer: Answer) {
        self.people.answer(order.conn, tell::answer(order.request, answer), &mut self.evicted);
    }

    fn refuse(&mut self, order: &Order, refusal: Refusal) {
        self.people.answer(order.conn, tell::refused(order.request, refusal), &mut self.evicted);
    }

    fn tell_account(&mut self, account: AccountId, message: &Bytes) {
        for conn in self.people.connections_of(account) {
            self.people.tell(conn, message.clone(), &mut self.evicted);
        }
    }

    fn tell_audience(&mut self, audience: Audience, message: &Bytes) {
        match audience {
            Audience::Account(account) => self.tell_account(account, message),
            Audience::Everybody => {
                for conn in self.people.all() {
                    self.people.tell(conn, message.clone(), &mut self.evicted);
                }
            }
            Audience::Staff(action) => {
                for conn in self.people.permitted(action) {
                    self.people.tell(conn, message.clone(), &mut self.evicted);
                }
            }
        }
    }

    fn tell_others(&mut self, account: AccountId, but: ConnId, message: &Bytes) {
        for conn in self.people.connections_of(account).into_iter().filter(|conn| *conn != but) {
            self.people.tell(conn, message.clone(), &mut self.evicted);
        }
    }

    /// An eviction changes presence, which is only told later, so it never evicts anybody else.
    fn drop_evicted(&mut self, now: Instant) {
        for conn in mem::take(&mut self.evicted) {
            self.detach(conn, now);
        }
    }
}

#[cfg(test)]
mod tests;
