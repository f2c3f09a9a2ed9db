//! The task around a [`Core`]: it owns the connection, the clock and the queue of events.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proto::ids::{MessageId, RoomId};
use proto::message::{Command, Event, ServerMessage, Welcome};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time;

use crate::core::{Core, Effect, Lost, Reply, Ticket, Unsent, Withdrawn};
use crate::entrance::resume_connection;
use crate::error::{ConnectError, RequestError};
use crate::event::{ClientEvent, Start, Stopped};
use crate::identity::Identity;
use crate::outbox::Outbox;
use crate::wire::Connection;

/// Where an answer goes.
pub(crate) type ReplyTo = oneshot::Sender<Result<Reply, RequestError>>;

/// What handles ask of the task.
#[derive(Debug)]
pub(crate) enum Call {
    Request { command: Command, deadline: Instant, reply: ReplyTo },
    Post { unsent: Unsent, waits: Option<(Instant, ReplyTo)> },
    Withdraw { message_id: MessageId, reply: oneshot::Sender<Withdrawn> },
    Rooms { deadline: Instant, reply: ReplyTo },
    Follow { room: RoomId, start: Start },
    Unsent { reply: oneshot::Sender<usize> },
    Hurry,
    Close,
}

/// What handles can see at any time.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) welcome: Arc<Welcome>,
    pub(crate) online: bool,
    pub(crate) stopped: Option<Stopped>,
}

pub(crate) struct Driver {
    pub(crate) core: Core,
    pub(crate) identity: Identity,
    pub(crate) connection: Option<Connection>,
    pub(crate) calls: mpsc::Receiver<Call>,
    pub(crate) events: mpsc::Sender<ClientEvent>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) view: watch::Sender<View>,
    pub(crate) replies: Replies,
    pub(crate) dialing: Option<Dialing>,
}

#[derive(Default)]
pub(crate) struct Replies {
    next: u64,
    waiting: BTreeMap<Ticket, ReplyTo>,
}

pub(crate) type Dialing =
    Pin<Box<dyn Future<Output = Result<(Connection, Welcome), ConnectError>> + Send + Sync>>;

impl Driver {
    /// Runs until the client has stopped: closed by the program, or not wanted any more by the server.
    pub(crate) async fn run(mut self) {
        self.core.set_space(self.space(), now());
        self.core.announce(false, now());
        self.carry_out();
        // Messages that came with the welcome: without this they would wait for the next byte.
        self.turned(Ok(()));
        self.carry_out();
        while self.core.stopped().is_none() {
            self.step().await;
            self.carry_out();
        }
        if let Some(connection) = self.connection.take() {
            let _ = time::timeout(GOODBYE_TIME, leave(connection)).await;
        }
    }

    async fn step(&mut self) {
        let timeout = self.core.poll_timeout().map(time::Instant::from_std);
        let wants_space = self.core.wants_space() && !self.events.is_closed();
        tokio::select! {
            turn = turn(&mut self.connection) => self.turned(turn),
            dialed = dialed(&mut self.dialing) => {
                self.dialing = None;
                self.dialed(dialed);
            }
            call = self.calls.recv() => self.handle_call(call.unwrap_or(Call::Close)),
            () = sleep_until(timeout) => {
                self.core.set_space(self.space(), now());
                self.core.handle_timeout(random(), now());
            }
            () = space_again(&self.events), if wants_space => {
                self.core.set_space(self.space(), now());
            }
        }
    }

    fn turned(&mut self, turn: Result<(), ConnectError>) {
        self.core.set_space(self.space(), now());
        // What came before the end counts: a goodbye tells more than the cut after it.
        while let Some(message) = self.connection.as_mut().and_then(Connection::received) {
            self.core.handle_message(message, random(), now());
            self.carry_out();
            self.core.set_space(self.space(), now());
        }
        if let (Err(error), true) = (turn, self.connection.is_some()) {
            self.connection = None;
            self.core.handle_lost(Lost::Error(error), random(), now());
        }
    }

    fn dialed(&mut self, dialed: Result<(Connection, Welcome), ConnectError>) {
        self.core.set_space(self.space(), now());
        match dialed {
            Ok((connection, welcome)) => {
                self.connection = Some(connection);
                self.core.handle_opened(welcome, now());
                // Messages that came with the welcome.
                self.turned(Ok(()));
            }
            Err(error) => self.core.handle_lost(Lost::Error(error), random(), now()),
        }
    }

    fn handle_call(&mut self, call: Call) {
        self.core.set_space(self.space(), now());
        let now = now();
        match call {
            Call::Request { command, deadline, reply } => {
                let ticket = self.replies.add(reply);
                self.core.handle_request(ticket, command, deadline, now);
            }
            Call::Post { unsent, waits } => {
                let waits = waits.map(|(deadline, reply)| (self.replies.add(reply), deadline));
                self.core.handle_post(unsent, waits, now);
            }
            Call::Withdraw { message_id, reply } => {
                // Nobody is left to tell when the caller has gone.
                let _ = reply.send(self.core.handle_withdraw(message_id));
            }
            Call::Rooms { deadline, reply } => {
                let ticket = self.replies.add(reply);
                self.core.handle_rooms(ticket, deadline);
            }
            Call::Follow { room, start } => self.core.handle_follow(room, start, now),
            Call::Unsent { reply } => drop(reply.send(self.core.unsent())),
            Call::Hurry => self.core.handle_hurry(now),
            Call::Close => self.core.handle_close(now),
        }
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.core.poll_effect() {
            match effect {
                Effect::Send(message) => self.send(&message),
                // The program has dropped its stream of events; it does not want them.
                Effect::Emit(event) => drop(self.events.try_send(event)),
                Effect::Reply(ticket, result) => self.replies.give(ticket, result),
                Effect::Forget(message_id) => self.outbox.forget(message_id),
                Effect::Dial => {
                    let identity = self.identity.clone();
                    self.dialing = Some(Box::pin(async move { resume_connection(&identity).await }));
                }
                Effect::HangUp => self.connection = None,
            }
        }
        let core = &self.core;
        self.view.send_if_modified(|view| {
            let changed = view.online != core.is_online() || view.stopped.as_ref() != core.stopped();
            if changed {
                *view = View::of(core);
            }
            changed
        });
    }

    fn send(&mut self, message: &proto::message::ClientMessage) {
        let Some(connection) = &mut self.connection else { return };
        if let Err(error) = connection.push(message) {
            // A message of ours that cannot be sealed; the types make that impossible, so this connection is broken.
            self.connection = None;
            self.core.handle_lost(Lost::Error(error), random(), now());
        }
    }

    fn space(&self) -> usize {
        if self.events.is_closed() { 0 } else { self.events.capacity() }
    }
}

impl View {
    pub(crate) fn of(core: &Core) -> Self {
        let welcome = Arc::new(core.welcome().clone());
        Self { welcome, online: core.is_online(), stopped: core.stopped().cloned() }
    }
}

impl Replies {
    fn add(&mut self, reply: ReplyTo) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting.insert(ticket, reply);
        ticket
    }

    fn give(&mut self, ticket: Ticket, result: Result<Reply, RequestError>) {
        if let Some(reply) = self.waiting.remove(&ticket) {
            // Nobody is left to tell when the caller has gone.
            let _ = reply.send(result);
        }
    }
}

/// Sends what is left and waits until the server has said goodbye.
async fn leave(mut connection: Connection) -> Result<(), ConnectError> {
    connection.flush().await?;
    loop {
        if let ServerMessage::Event(Event::Goodbye(_)) = connection.next().await? {
            return Ok(());
        }
    }
}

async fn turn(connection: &mut Option<Connection>) -> Result<(), ConnectError> {
    match connection {
        Some(connection) => connection.turn().await.map(drop),
        None => std::future::pending().await,
    }
}

async fn dialed(dialing: &mut Option<Dialing>) -> Result<(Connection, Welcome), ConnectError> {
    match dialing {
        Some(dialing) => dialing.await,
        None => std::future::pending().await,
    }
}

/// Waits until the program has read a good part of what it has.
async fn space_again(events: &mpsc::Sender<ClientEvent>) {
    // The permits go back at once; nobody else puts events in. A closed stream is seen by the caller.
    let _ = events.reserve_many(ROOM_TO_GO_ON).await;
}

async fn sleep_until(timeout: Option<time::Instant>) {
    match timeout {
        Some(timeout) => time::sleep_until(timeout).await,
        None => std::future::pending().await,
    }
}

fn now() -> Instant {
    time::Instant::now().into_std()
}

fn random() -> u16 {
    let mut bytes = [0; 2];
    // Without randomness the waits are not spread; nothing else depends on it.
    let _ = getrandom::fill(&mut bytes);
    u16::from_ne_bytes(bytes)
}

const GOODBYE_TIME: Duration = Duration::from_secs(2);
/// Free places in the program's queue at which reading the log goes on.
const ROOM_TO_GO_ON: usize = 512;
