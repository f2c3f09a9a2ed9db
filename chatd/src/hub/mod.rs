//! Who is online, in which rooms, with which outbox: a pure state machine that decides what may happen and who hears.
//!
//! tidy: long because every input is taken apart in one table.
//!
//! Nothing is delivered or acknowledged before the journal says that it is committed; what is committed is told in
//! the order of the commits, so everybody sees one order.

mod flood;
mod input;
mod people;
mod rooms;
mod rules;
mod task;
mod tell;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::throttle::Rate;
use proto::ids::{AccountId, DeviceId, RequestId, RoomId, SanctionId};
use proto::message::{Answer, Entry, Event, GoneWhy, RoomKind, RoomSummary};
use proto::refusal::Refusal;
use proto::text::Text;

pub(crate) use input::{
    Act, Attach, Change, Committed, ConnId, Deed, Done, Input, LoadFailed, Order, Standing,
};
pub(crate) use task::{HubHandle, HubTask, inbox};

pub(crate) use rules::removes_others_texts;

use crate::goodbye::Farewell;
use crate::outbox::Outbox;
use flood::Flood;
use people::{Moved, People};
use rooms::Rooms;

/// The hub.
#[derive(Debug)]
pub(crate) struct Hub {
    people: People,
    rooms: Rooms,
    flood: Flood,
    effects: VecDeque<Effect>,
    /// Connections that could not take a message and have to go.
    evicted: Vec<ConnId>,
    /// Kicks that have been carried out, the latest.
    kicks: BTreeSet<SanctionId>,
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
pub(crate) enum Effect {
    /// Read what this session may see, and come back with `Input::Loaded`.
    Load { conn: ConnId, account: AccountId, device: DeviceId },
    /// Write this, and come back with `Input::Committed`.
    Write(Order, Deed),
}

/// How many are online, for metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) sessions: usize,
    pub(crate) open_rooms: usize,
    pub(crate) direct_rooms: usize,
    /// How long the oldest message of all outboxes has waited.
    pub(crate) longest_lag: Duration,
}

impl Hub {
    /// Returns a hub where nobody is online.
    #[must_use]
    pub(crate) fn new(flood: Rate) -> Self {
        Self {
            people: People::default(),
            rooms: Rooms::default(),
            flood: Flood::new(flood),
            effects: VecDeque::new(),
            evicted: Vec::new(),
            kicks: BTreeSet::new(),
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
        self.rooms.handle_timeout(now, &mut self.evicted);
        if self.next_sweep.is_some_and(|due| due <= now) {
            self.rooms.sweep(now);
            self.flood.sweep(now);
            self.next_sweep = (!self.people.is_empty()).then(|| now + rooms::KEEP_UNREAD);
        }
        self.drop_evicted(now);
    }

    /// Returns when there is next something to do without an input.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.rooms.poll_timeout().into_iter().chain(self.next_sweep).min()
    }

    /// Returns how many are online.
    pub(crate) fn census(&self) -> Census {
        Census {
            sessions: self.people.connections(),
            open_rooms: self.rooms.count(RoomKind::Open),
            direct_rooms: self.rooms.count(RoomKind::Direct),
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
        self.effects.push_back(Effect::Load {
            conn: attach.conn,
            account: attach.account,
            device: attach.device,
        });
        self.people.attach(attach, now);
        self.next_sweep.get_or_insert(now + rooms::KEEP_UNREAD);
    }

    fn loaded(&mut self, conn: ConnId, standing: Result<Standing, LoadFailed>, now: Instant) {
        let Some(since) = self.people.loading_since(conn) else { return };
        let (name, role, rooms) = match standing {
            Ok(Standing::Welcome { name, role, rooms }) => (name, role, rooms),
            Ok(Standing::Banned { reason }) => return self.cut(conn, Farewell::Banned, &reason, now),
            Ok(Standing::Revoked) => return self.cut(conn, Farewell::Revoked, "", now),
            Err(LoadFailed) => return self.cut(conn, Farewell::Draining, "", now),
        };
        let Some((rooms, person)) = self.people.ready(conn, (name, role), rooms) else { return };
        let Some(outbox) = self.people.outbox(conn).cloned() else { return };
        for summary in rooms {
            self.people.entered(conn, summary.room);
            let summary = self.rooms.enter(summary, (conn, &outbox), &person, (since, now));
            outbox.grant(tell::event(Event::Room(summary)));
        }
        outbox.grant(tell::event(Event::Ready));
        if let Some(replaced) = self.people.take_replaced(conn) {
            self.detach(replaced, now);
        }
    }

    fn request(&mut self, conn: ConnId, request: RequestId, act: Act, now: Instant) {
        let Some(order) = self.people.order(conn, request, now) else { return };
        match act {
            Act::Write(deed) => {
                match rules::permit(order.role, &deed).and_then(|()| self.spend(&order, &deed)) {
                    Ok(()) => self.write(order, deed),
                    Err(refusal) => self.refuse(&order, refusal),
                }
            }
            Act::Members { room, mut page } => {
                let people = mem::take(&mut page.people).into_inner();
                page.people = tell::list(people.into_iter().map(|mut person| {
                    person.online = self.rooms.is_online(room, person.account);
                    person
                }));
                page.online = self.rooms.online(room);
                self.answer(&order, Answer::Members(page));
            }
            Act::Devices(mut page) => {
                let devices = mem::take(&mut page.devices).into_inner();
                page.devices = tell::list(devices.into_iter().map(|mut device| {
                    device.online = self.people.is_device_online(device.device);
                    device.current = device.device == order.device;
                    device
                }));
                self.answer(&order, Answer::Devices(page));
            }
        }
    }

    fn write(&mut self, order: Order, deed: Deed) {
        if deed == (Deed::RevokeDevice { device: order.device }) {
            self.leaving.insert(order.device, (order.conn, order.request));
        }
        self.effects.push_back(Effect::Write(order, deed));
    }

    fn spend(&mut self, order: &Order, deed: &Deed) -> Result<(), Refusal> {
        self.flood.spend(order.account, deed, order.since)
    }

    fn committed(&mut self, committed: Committed, now: Instant) {
        let Committed { order, result } = committed;
        if self.leaving.get(&order.device) == Some(&(order.conn, order.request)) {
            self.leaving.remove(&order.device);
        }
        let done = match result {
            Ok(done) => done,
            Err(refusal) => return self.refuse(&order, refusal),
        };
        let answer = match done {
            Done::Appended { entry, fresh } => {
                let answer = Answer::Accepted { room: entry.room, seq: entry.seq, at: entry.at };
                if fresh {
                    self.deliver(entry, now);
                }
                answer
            }
            Done::Joined { summary, fresh } => Answer::Room(self.joined(order.account, &summary, fresh, now)),
            Done::Left { room } => {
                self.gone(order.account, room, GoneWhy::Left, "", now);
                Answer::Done
            }
            Done::Opened { ours, other, theirs } => {
                if let Some(theirs) = theirs {
                    self.joined(other, &theirs, false, now);
                }
                Answer::Room(self.joined(order.account, &ours, false, now))
            }
            Done::Read { room, upto } => {
                self.tell_others(order.account, order.conn, &tell::event(Event::Read { room, upto }));
                Answer::Done
            }
            Done::Revoked { device } if device == order.device => {
                // Who revokes the device in their hand still hears that it is done.
                self.answer(&order, Answer::Done);
                return self.let_go(order.conn, Farewell::Revoked, now);
            }
            Done::Revoked { device } => {
                self.revoked(device, now);
                Answer::Done
            }
            Done::Kicked { room, account, reason, sanction } => {
                self.kicked((account, room), &reason, sanction, now);
                Answer::Done
            }
            Done::Banned { account, reason } => {
                self.banned(account, &reason, now);
                Answer::Done
            }
            Done::Unbanned => Answer::Done,
        };
        self.answer(&order, answer);
    }

    fn changed(&mut self, change: Change, now: Instant) {
        match change {
            Change::Banned { account, reason } => self.banned(account, &reason, now),
            // The feed may be faster than the journal's answer, which must be heard before the goodbye.
            Change::Revoked { device } if self.leaving.contains_key(&device) => {}
            Change::Revoked { device } => self.revoked(device, now),
            Change::Kicked { account, room, reason, sanction } => {
                self.kicked((account, room), &reason, sanction, now);
            }
            Change::Members { room, members } => self.rooms.set_members(room, members, now),
            Change::Account { account, name, role } => {
                let Some(person) = self.people.rename(account, name, role) else { return };
                for room in self.people.rooms(account) {
                    self.rooms.person_changed(room, person.clone(), now);
                }
            }
        }
    }

    /// Gives a committed entry to everybody in its room; it is encoded once.
    fn deliver(&mut self, entry: Entry, now: Instant) {
        let (room, seq) = (entry.room, entry.seq);
        self.rooms.committed(room, seq, self.people.anybody_loading(), now);
        self.rooms.tell_entry(room, seq, &tell::event(Event::Entry(entry)), &mut self.evicted);
    }

    /// Lets every session of an account hear a room it is now in.
    fn joined(
        &mut self,
        account: AccountId,
        summary: &RoomSummary,
        fresh: bool,
        now: Instant,
    ) -> RoomSummary {
        let mut latest = summary.clone();
        let Some(person) = self.people.person(account) else { return latest };
        for conn in self.people.connections_of(account) {
            if self.people.moved(conn, Moved::In(summary.clone())) {
                continue;
            }
            let Some(outbox) = self.people.outbox(conn).cloned() else { continue };
            self.people.entered(conn, summary.room);
            latest = self.rooms.enter(summary.clone(), (conn, &outbox), &person, (now, now));
            self.people.tell(conn, tell::event(Event::Room(latest.clone())), &mut self.evicted);
        }
        if fresh {
            self.rooms.member_joined(summary.room, summary.members, person, now);
        }
        latest
    }

    /// Ends an account's part in a room on all its sessions.
    fn gone(&mut self, account: AccountId, room: RoomId, why: GoneWhy, reason: &str, now: Instant) {
        let message = tell::event(Event::RoomGone { room, why, reason: Text::cut(reason) });
        if let Some(person) = self.people.person(account) {
            for conn in self.people.connections_of(account) {
                if self.people.moved(conn, Moved::Out(room)) || !self.people.left(conn, room) {
                    continue;
                }
                self.rooms.leave(room, conn, &person, now);
                self.people.tell(conn, message.clone(), &mut self.evicted);
            }
        }
        self.rooms.member_left(room, account, now);
    }

    /// Nobody leaves the lobby: who is removed from it loses the connection and may come back.
    fn kicked(&mut self, (account, room): (AccountId, RoomId), reason: &str, id: SanctionId, now: Instant) {
        if !self.kicks.insert(id) {
            // This process wrote it and hears of it again through the feed; the person may be back already.
            return;
        }
        if REMEMBERED_KICKS < self.kicks.len() {
            self.kicks.pop_first();
        }
        if room != store::LOBBY {
            return self.gone(account, room, GoneWhy::Kicked, reason, now);
        }
        for conn in self.people.connections_of(account) {
            self.cut(conn, Farewell::Kicked, reason, now);
        }
    }

    fn banned(&mut self, account: AccountId, reason: &str, now: Instant) {
        for conn in self.people.connections_of(account) {
            self.cut(conn, Farewell::Banned, reason, now);
        }
    }

    fn revoked(&mut self, device: DeviceId, now: Instant) {
        if let Some(conn) = self.people.by_device(device) {
            self.cut(conn, Farewell::Revoked, "", now);
        }
    }

    /// Ends a session at once: it gets this goodbye and nothing after it.
    fn cut(&mut self, conn: ConnId, farewell: Farewell, why: &str, now: Instant) {
        if let Some(outbox) = self.people.outbox(conn) {
            outbox.cut(farewell, farewell.because(why));
        }
        self.detach(conn, now);
    }

    /// Ends a session after what waits for it.
    fn let_go(&mut self, conn: ConnId, farewell: Farewell, now: Instant) {
        if let Some(outbox) = self.people.outbox(conn) {
            outbox.close(farewell, farewell.encoded());
        }
        self.detach(conn, now);
    }

    fn detach(&mut self, conn: ConnId, now: Instant) {
        let Some(mut gone) = self.people.detach(conn) else { return };
        gone.person.online = false;
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

/// Kicks are heard of again within seconds, so a few are enough.
const REMEMBERED_KICKS: usize = 1_024;

#[cfg(test)]
mod tests;
