//! The task that keeps sealed rooms: what it has, and how it waits for several things at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use proto::ids::{MessageId, RoomId, Timestamp};
use proto::message::{Answer, Command, Entry, RoomSummary};
use proto::refusal::Refusal;
use proto::text::Text;
use sealed::member::{MemberError, RoomState};
use sealed::{Member, ServerId};
use tokio::sync::mpsc;
use tokio::time;
use vault::Vault;

use super::call::{Answered, Kinds, SealedCall};
use super::duties::{Duties, Duty};
use super::notes::Notes;
use super::room::Room;
use super::{SealedWhy, refused};
use crate::client::{Accepted, Client, Events};
use crate::error::RequestError;
use crate::event::{ClientEvent, SealedKind, SealedNews};
use crate::identity::Identity;

/// Everything one account's device keeps about its sealed rooms while it runs.
pub(crate) struct Engine {
    /// The client without sealed rooms.
    pub(super) raw: Client,
    events: Events,
    calls: mpsc::Receiver<SealedCall>,
    /// Calls that need the server or the vault, in order, until nothing else is being done.
    pub(super) deferred: VecDeque<SealedCall>,
    has_handles: bool,
    out: mpsc::Sender<ClientEvent>,
    pub(super) kinds: Arc<Kinds>,
    pub(super) member: Member<Vault>,
    pub(super) notes: Notes,
    pub(super) identity: Identity,
    pub(super) rooms: BTreeMap<RoomId, Room>,
    pub(super) open_rooms: BTreeMap<RoomId, RoomSummary>,
    /// What the program is to get next.
    pending: VecDeque<ClientEvent>,
    /// Entries of sealed rooms that are not processed yet, and whether they came live.
    pub(super) inbox: VecDeque<(Entry, bool)>,
    pub(super) duties: Duties,
    pub(super) waiters: BTreeMap<MessageId, Waiter>,
    pub(super) room_askers: Vec<(Instant, Answered<Vec<RoomSummary>>)>,
    pub(super) follow_all: bool,
    pub(super) online: bool,
    /// The server has named all rooms.
    pub(super) ready: bool,
    /// When the program is told so at the latest; nothing once it was.
    pub(super) tells_ready_by: Option<Instant>,
    pub(super) over: bool,
}

/// Somebody who waits until the server has a message.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) deadline: Instant,
    pub(super) reply: Answered<Accepted>,
    pub(super) last: Option<Refusal>,
}

impl Engine {
    /// Takes over a running client. The words of an error are for a person.
    pub(crate) fn new(
        raw: Client,
        events: Events,
        (calls, out): (mpsc::Receiver<SealedCall>, mpsc::Sender<ClientEvent>),
        kinds: Arc<Kinds>,
        identity: Identity,
        (vault, follow_all): (Vault, bool),
    ) -> Result<Self, Box<(Events, String)>> {
        let (server, welcome) = (ServerId::of(&identity.server_key), raw.welcome());
        let opened = Notes::open(vault.clone()).map_err(|error| error.to_string()).and_then(|notes| {
            let member = Member::open(vault, server, welcome.account, welcome.device);
            member.map(|member| (member, notes)).map_err(|error| error.to_string())
        });
        let (member, notes) = match opened {
            Ok(opened) => opened,
            Err(words) => return Err(Box::new((events, words))),
        };
        Ok(Self {
            raw,
            events,
            calls,
            deferred: VecDeque::new(),
            has_handles: true,
            out,
            kinds,
            member,
            notes,
            identity,
            rooms: BTreeMap::new(),
            open_rooms: BTreeMap::new(),
            pending: VecDeque::new(),
            inbox: VecDeque::new(),
            duties: Duties::default(),
            waiters: BTreeMap::new(),
            room_askers: Vec::new(),
            follow_all,
            online: false,
            ready: false,
            tells_ready_by: None,
            over: false,
        })
    }

    /// Runs until the client has stopped.
    pub(crate) async fn run(mut self) {
        while !self.over {
            self.work_off();
            self.end_overdue();
            self.tell_ready();
            if let Some(duty) = self.take_duty() {
                self.do_duty(duty).await;
            } else if let Some(call) = self.deferred.pop_front() {
                self.answer(call).await;
            } else {
                let due = self.next_due();
                self.turn(due).await;
            }
        }
        let Self { events, out, pending, .. } = self;
        for event in pending {
            if out.send(event).await.is_err() {
                break;
            }
        }
        drop(out);
        events.closed().await;
    }

    /// Asks the server. Events go on meanwhile, and nobody waits beyond their time because of this; entries of sealed
    /// rooms wait in the inbox, and calls that need more than what is known in [`Self::deferred`].
    pub(super) async fn ask(&mut self, command: Command) -> Result<Answer, RequestError> {
        let asked = self.raw.begin(command, PATIENCE).await?;
        let mut answer = std::pin::pin!(asked.wait());
        loop {
            let due = self.next_deadline();
            tokio::select! {
                answer = &mut answer => return answer,
                () = self.turn(due) => {}
            }
            self.end_overdue();
            self.tell_late_ready();
        }
    }

    /// Asks the server for something whose answer is that it is done.
    pub(super) async fn done(&mut self, command: Command) -> Result<(), RequestError> {
        match self.ask(command).await? {
            Answer::Done => Ok(()),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Processes what comes until something is so or the time is over, and returns whether it is so.
    pub(super) async fn until(&mut self, wait: Duration, is_so: impl Fn(&mut Self) -> bool) -> bool {
        let deadline = now() + wait;
        loop {
            self.work_off();
            if is_so(self) {
                return true;
            }
            if self.over || deadline <= now() {
                return false;
            }
            self.turn(Some(deadline)).await;
        }
    }

    /// As [`Self::until`], and does what is due meanwhile.
    pub(super) async fn settle(&mut self, wait: Duration, is_so: impl Fn(&mut Self) -> bool) -> bool {
        let deadline = now() + wait;
        loop {
            self.work_off();
            if is_so(self) {
                return true;
            }
            if let Some(duty) = self.take_duty() {
                self.do_duty(duty).await;
                continue;
            }
            if self.over || deadline <= now() {
                return false;
            }
            let due = self.next_due().map_or(deadline, |due| due.min(deadline));
            self.turn(Some(due)).await;
        }
    }

    /// Waits until the rooms are named and this device has done what it does after connecting.
    pub(super) async fn settled(&mut self) {
        self.settle(PATIENCE, |engine| engine.ready && engine.duties.is_settled()).await;
    }

    /// Waits for one thing outside: an event, a call, a place in the program's queue, or the time. Dropping this loses
    /// nothing.
    async fn turn(&mut self, until: Option<Instant>) {
        self.hand_on();
        let out = self.out.clone();
        let (takes, gives) = (!self.over && self.pending.len() < MOST_PENDING, !self.pending.is_empty());
        tokio::select! {
            event = self.events.next(), if takes => {
                if let Some(event) = event {
                    self.take(event);
                }
            }
            call = self.calls.recv(), if self.has_handles && self.deferred.len() < MOST_PENDING => match call {
                Some(call) => self.hear(call),
                None => {
                    self.has_handles = false;
                    self.raw.close().await;
                }
            },
            permit = out.reserve(), if gives => match permit {
                Ok(permit) => {
                    if let Some(event) = self.pending.pop_front() {
                        permit.send(event);
                    }
                }
                // The program has dropped its stream of events; it does not want them.
                Err(_) => self.pending.clear(),
            },
            () = sleep_until(until) => {}
        }
    }

    /// Answers with the rooms, now or once all are named.
    pub(super) fn answer_rooms(&mut self, reply: Answered<Vec<RoomSummary>>) {
        if self.ready && self.tells_ready_by.is_none() {
            // Nobody is left to tell when the caller has gone.
            let _ = reply.send(Ok(self.summaries()));
        } else {
            self.room_askers.push((now() + PATIENCE, reply));
        }
    }

    fn end_overdue(&mut self) {
        let now = now();
        let askers = std::mem::take(&mut self.room_askers).into_iter();
        let (late, waiting): (Vec<_>, Vec<_>) = askers.partition(|(deadline, _)| *deadline <= now);
        self.room_askers = waiting;
        for (_, reply) in late {
            let _ = reply.send(Err(RequestError::TimedOut));
        }
        let late = self.waiters.iter().filter(|(_, waiter)| waiter.deadline <= now).map(|(&id, _)| id);
        for message_id in late.collect::<Vec<_>>() {
            self.give_up(message_id);
        }
    }

    /// Stops waiting for a message, which stays in the vault.
    pub(super) fn give_up(&mut self, message_id: MessageId) {
        if let Some(Waiter { reply, last, .. }) = self.waiters.remove(&message_id) {
            let _ = reply.send(Err(RequestError::NotYet { message_id, last }));
        }
    }

    fn take_duty(&mut self) -> Option<Duty> {
        // Nothing can be asked of a server that is not there.
        if self.online && self.ready { self.duties.take(now()) } else { None }
    }

    fn next_due(&self) -> Option<Instant> {
        let duty = self.duties.next_due().filter(|_| self.online && self.ready);
        [duty, self.next_deadline()].into_iter().flatten().min()
    }

    /// Returns when somebody who waits is told something at the latest.
    fn next_deadline(&self) -> Option<Instant> {
        let waiter = self.waiters.values().map(|waiter| waiter.deadline).min();
        let asker = self.room_askers.iter().map(|(deadline, _)| *deadline).min();
        [waiter, asker, self.tells_ready_by].into_iter().flatten().min()
    }

    /// Puts an event behind those the program is to get.
    pub(super) fn emit(&mut self, event: ClientEvent) {
        self.pending.push_back(event);
    }

    /// Tells a person something.
    pub(super) fn tell(&mut self, kind: SealedKind, room: Option<RoomId>, text: String) {
        self.emit(ClientEvent::Sealed(SealedNews { kind, room, seq: None, text }));
    }

    /// Tells the program how a room is called from here on.
    pub(super) fn emit_room(&mut self, room: RoomId) {
        if let Some(summary) = self.summary(room) {
            self.emit(ClientEvent::Room(summary));
        }
    }

    fn hand_on(&mut self) {
        while let Some(event) = self.pending.pop_front() {
            match self.out.try_send(event) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(event)) => return self.pending.push_front(event),
                Err(mpsc::error::TrySendError::Closed(_)) => self.pending.clear(),
            }
        }
    }

    /// Returns a sealed room as its members call it.
    pub(super) fn summary(&self, room: RoomId) -> Option<RoomSummary> {
        let mut summary = self.rooms.get(&room)?.summary.clone();
        let note = self.notes.room(room);
        if !summary.kind.is_direct() {
            let unnamed = format!("sealed-{room}");
            summary.name = Text::cut(if note.name.is_empty() { &unnamed } else { &note.name });
        }
        summary.topic = note.topic;
        Some(summary)
    }

    pub(super) fn summaries(&self) -> Vec<RoomSummary> {
        let sealed = self.rooms.keys().filter_map(|&room| self.summary(room));
        let mut all: Vec<_> = self.open_rooms.values().cloned().chain(sealed).collect();
        all.sort_by_key(|summary| summary.room);
        all
    }

    /// Returns where this device stands in a room; nothing when it never was in it.
    pub(super) fn state(&mut self, room: RoomId) -> Option<RoomState> {
        // A vault that cannot be read shows wherever something is done with the room.
        self.member.room(room).ok().flatten()
    }

    pub(super) fn me(&self) -> proto::ids::AccountId {
        self.raw.welcome().account
    }

    /// Turns an error of the member into one for callers.
    pub(super) fn failed(&self, error: &MemberError) -> RequestError {
        super::carry::failed(error, &|account| self.notes.name(account).into_inner())
    }

    pub(super) fn sealed_room(&self, room: RoomId) -> Result<&Room, RequestError> {
        self.rooms.get(&room).ok_or_else(|| refused(SealedWhy::NotIn, "you are not in this room"))
    }
}

async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(until) => time::sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}

pub(super) fn now() -> Instant {
    time::Instant::now().into_std()
}

/// Returns the time of day on this machine's clock.
pub(super) fn clock() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub(super) fn random() -> u16 {
    let mut bytes = [0; 2];
    // Without randomness turns are not spread; nothing else depends on it.
    let _ = getrandom::fill(&mut bytes);
    u16::from_ne_bytes(bytes)
}

/// How long one question may take, reconnects included.
const PATIENCE: Duration = Duration::from_secs(30);
/// Events that wait for the program before no more are taken from the connection, and calls that wait for their turn.
const MOST_PENDING: usize = 256;
