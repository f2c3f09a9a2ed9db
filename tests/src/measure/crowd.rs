//! Members in rooms, all on one thread: a task per member that listens, and the books of what was sent and heard.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use bytes::BytesMut;
use proto::message::Command;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::ledger::Ledger;
use super::stamp::{Epoch, Stamp};
use super::stats::Histogram;
use super::wire::{Door, Guest, Heard, PATIENCE, Wire};

/// Everybody who is connected for one measurement; they leave when it is dropped.
#[derive(Debug)]
pub(crate) struct Crowd {
    /// The rooms, each with its members.
    pub(crate) rooms: Vec<Rc<Room>>,
    /// What all of them heard.
    pub(crate) board: Rc<Board>,
    listeners: Vec<AbortHandle>,
}

/// A room and its members; the first one talks.
#[derive(Debug)]
pub(crate) struct Room {
    /// The books.
    pub(crate) ledger: RefCell<Ledger>,
    /// Rings when a message has arrived everywhere.
    pub(crate) arrived: Notify,
    index: u16,
    /// By place; empty while somebody is still coming in.
    members: RefCell<Vec<Option<Rc<Member>>>>,
}

/// Counts of everybody together.
#[derive(Debug)]
pub(crate) struct Board {
    /// The clock of the stamps.
    pub(crate) epoch: Epoch,
    /// Messages of the load that were heard.
    pub(crate) deliveries: Cell<u64>,
    /// Requests that were carried out.
    pub(crate) done: Cell<u64>,
    /// People named in events about who is there.
    pub(crate) people: Cell<u64>,
    /// Times from due to heard, while they are wanted.
    pub(crate) latencies: RefCell<Option<Histogram>>,
    /// What must not happen, the first few of it.
    pub(crate) mishaps: RefCell<Vec<String>>,
}

#[derive(Debug)]
struct Member {
    wire: RefCell<Wire>,
    outgoing: Mutex<OwnedWriteHalf>,
}

impl Crowd {
    /// Connects everybody: one list of guests for each room.
    pub(crate) async fn gather(door: &Door, rooms: &[Vec<Guest>], epoch: Epoch) -> Result<Self> {
        let board = Rc::new(Board {
            epoch,
            deliveries: Cell::new(0),
            done: Cell::new(0),
            people: Cell::new(0),
            latencies: RefCell::new(None),
            mishaps: RefCell::new(Vec::new()),
        });
        let mut crowd = Self { rooms: Vec::new(), board, listeners: Vec::new() };
        let (gate, mut entering) = (Rc::new(Semaphore::new(AT_ONCE)), Vec::new());
        for (index, guests) in rooms.iter().enumerate() {
            let room = Rc::new(Room::new(u16::try_from(index)?, guests.len()));
            for (place, guest) in guests.iter().enumerate() {
                let (door, guest, gate) = (door.clone(), *guest, Rc::clone(&gate));
                let (room, board) = (Rc::clone(&room), Rc::clone(&crowd.board));
                entering.push(tokio::task::spawn_local(async move {
                    let _place = gate.acquire().await?;
                    let entered = door.enter(guest).await?;
                    anyhow::Ok(sit_down(&room, place, &board, entered))
                }));
            }
            crowd.rooms.push(room);
        }
        for task in entering {
            let listener = task.await.context("a member's task ended")?.context("coming in")?;
            crowd.listeners.push(listener);
        }
        Ok(crowd)
    }

    /// Returns how many are connected.
    pub(crate) fn len(&self) -> usize {
        self.listeners.len()
    }

    /// Returns how many messages were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.rooms.iter().map(|room| u64::from(room.ledger.borrow().sent())).sum()
    }

    /// Returns how many deliveries are missing, and how many came in the wrong order.
    pub(crate) fn faults(&self) -> (u64, u64) {
        let ledgers = self.rooms.iter().map(|room| room.ledger.borrow());
        ledgers.fold((0, 0), |(missing, wrong), ledger| {
            (missing + ledger.undelivered(), wrong + ledger.disordered())
        })
    }

    /// Lets every member ask for the same, without waiting for answers.
    pub(crate) async fn ask_all(&self, command: &Command) -> Result<()> {
        let members = self.rooms.iter().flat_map(|room| room.members.borrow().clone());
        for member in members.flatten() {
            let mut frames = BytesMut::new();
            member.wire.borrow_mut().ask(vec![command.clone()], &mut frames)?;
            member.outgoing.lock().await.write_all(&frames).await?;
        }
        Ok(())
    }

    /// Fails when something happened that must not.
    pub(crate) fn check(&self) -> Result<()> {
        let mishaps = self.board.mishaps.borrow();
        ensure!(mishaps.is_empty(), "{}", mishaps.join("; "));
        Ok(())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}

impl Room {
    fn new(index: u16, members: usize) -> Self {
        Self {
            ledger: RefCell::new(Ledger::new(members)),
            arrived: Notify::new(),
            index,
            members: RefCell::new(vec![None; members]),
        }
    }

    /// Lets the first member say as many messages as there are due times.
    pub(crate) async fn say(&self, due: &[std::time::Duration], size: usize) -> Result<()> {
        let speaker = self.members.borrow().first().cloned().flatten().context("a room without members")?;
        let stamps: Vec<Stamp> = due
            .iter()
            .map(|due| Stamp { room: self.index, number: self.ledger.borrow_mut().send(), due: *due })
            .collect();
        let mut frames = BytesMut::new();
        speaker.wire.borrow_mut().say(&stamps, size, &mut frames)?;
        let mut outgoing = speaker.outgoing.lock().await;
        timeout(PATIENCE, outgoing.write_all(&frames)).await.context("the server reads nothing")??;
        Ok(())
    }
}

impl Board {
    /// Notes what must not happen.
    pub(crate) fn mishap(&self, what: String) {
        let mut mishaps = self.mishaps.borrow_mut();
        if mishaps.len() < MISHAPS {
            mishaps.push(what);
        }
    }

    fn note(&self, heard: &Heard) {
        self.deliveries.set(self.deliveries.get() + heard.deliveries.len() as u64);
        self.done.set(self.done.get() + heard.done);
        self.people.set(self.people.get() + heard.people);
        if let Some(latencies) = self.latencies.borrow_mut().as_mut() {
            let now = self.epoch.now();
            for stamp in &heard.deliveries {
                latencies.record(now.saturating_sub(stamp.due));
            }
        }
    }
}

/// Starts to listen for a member that has come in.
fn sit_down(
    room: &Rc<Room>,
    place: usize,
    board: &Rc<Board>,
    (socket, wire, buffer): (TcpStream, Wire, BytesMut),
) -> AbortHandle {
    let (incoming, outgoing) = socket.into_split();
    let member = Rc::new(Member { wire: RefCell::new(wire), outgoing: Mutex::new(outgoing) });
    room.members.borrow_mut()[place] = Some(Rc::clone(&member));
    let (room, board) = (Rc::clone(room), Rc::clone(board));
    let listening = tokio::task::spawn_local(async move {
        if let Err(error) = listen((&room, place), &member, &board, (incoming, buffer)).await {
            board.mishap(format!("member {place} of room {}: {error:#}", room.index));
        }
    });
    listening.abort_handle()
}

async fn listen(
    (room, place): (&Room, usize),
    member: &Member,
    board: &Board,
    (mut incoming, mut buffer): (OwnedReadHalf, BytesMut),
) -> Result<()> {
    let mut heard = Heard::default();
    loop {
        member.wire.borrow_mut().hear(&mut buffer, &mut heard)?;
        if !heard.deliveries.is_empty() || heard.done != 0 || heard.people != 0 {
            board.note(&heard);
            let mut arrived = false;
            for stamp in &heard.deliveries {
                arrived |= room.ledger.borrow_mut().receive(place, stamp.number);
            }
            if arrived {
                room.arrived.notify_one();
            }
            heard.clear();
        }
        buffer.reserve(READ_BUFFER);
        ensure!(0 < incoming.read_buf(&mut buffer).await?, "the server closed the connection");
    }
}

/// Connections that come in at the same time.
const AT_ONCE: usize = 16;
const MISHAPS: usize = 5;
const READ_BUFFER: usize = 16 * 1024;
