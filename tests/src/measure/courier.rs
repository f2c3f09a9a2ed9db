//! One connection that brings and fetches files and talks beside it, and how long its talk takes meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::BytesMut;
use proto::bytes::{Bytes, Secret32};
use proto::codec;
use proto::ids::{BlobId, ContentHash, FileSize, RequestId, RoomId, Seq};
use proto::limits;
use proto::message::{Answer, ClientMessage, Command, FileCard, FileFacts, FileLock, ServerMessage};
use proto::text::Text;
use proto::transport::{Transport, next_frame};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use super::stats::Histogram;
use super::wire::{Door, Guest, PATIENCE};

/// Bytes that look sealed, made from one block: holding gigabytes would measure the generator's memory.
#[derive(Debug)]
pub(crate) struct Cargo {
    block: Vec<u8>,
    size: u64,
    blob: BlobId,
}

/// What goes on beside the talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ride {
    /// Nothing.
    Idle,
    /// An upload, again and again, as fast as it goes.
    Up,
    /// A download of this entry, again and again, as fast as it goes.
    Down(Seq),
}

/// See the module.
pub(crate) struct Courier {
    socket: TcpStream,
    transport: Transport,
    buffer: BytesMut,
    heard: VecDeque<ServerMessage>,
    room: RoomId,
    requests: u32,
}

impl Cargo {
    /// Makes a file of this size.
    pub(crate) fn new(size: u64) -> Result<Self> {
        let mut block = vec![0; BLOCK];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for byte in &mut block {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state.to_be_bytes()[0];
        }
        let mut cargo = Self { block, size, blob: BlobId([0; 32]) };
        let mut digest = Sha256::new();
        let mut at = 0;
        while at < size {
            let piece = cargo.piece(at)?;
            digest.update(&*piece);
            at += u64::try_from(piece.len())?;
        }
        cargo.blob = BlobId(digest.finalize().into());
        Ok(cargo)
    }

    /// Returns the piece that starts here; pieces divide the block, and the whole.
    fn piece(&self, at: u64) -> Result<Bytes<{ limits::PIECE }>> {
        let from = usize::try_from(at % u64::try_from(BLOCK)?)?;
        let length = usize::try_from((self.size - at).min(u64::try_from(limits::PIECE)?))?;
        Ok(Bytes::new(self.block[from..from + length].to_vec())?)
    }

    fn begin(&self, room: RoomId) -> Result<Command> {
        let sealed_size = FileSize::new(self.size).context("no file has this size")?;
        Ok(Command::BeginUpload { room, blob: self.blob, sealed_size })
    }
}

impl Courier {
    /// Comes in.
    pub(crate) async fn enter(door: &Door, guest: Guest) -> Result<Self> {
        let (socket, wire, buffer) = door.enter(guest).await?;
        let transport = wire.into_transport().context("couriers go to chatd")?;
        let room = RoomId::new(guest.room).context("no such room")?;
        // The door has used none: numbers need only be new.
        Ok(Self { socket, transport, buffer, heard: VecDeque::new(), room, requests: 1 << 20 })
    }

    /// Brings a whole file and posts it; returns its place and how long the bytes took until they were safe.
    pub(crate) async fn deliver(&mut self, cargo: &Cargo) -> Result<(Seq, Duration)> {
        let began = Instant::now();
        ensure!(self.received(cargo.begin(self.room)?).await? == 0, "it is there already");
        let (mut sent, mut done) = (0, 0);
        while done < cargo.size {
            let mut pieces = Vec::new();
            while sent < cargo.size && sent - done < WINDOW {
                let bytes = cargo.piece(sent)?;
                let offset = sent;
                sent += u64::try_from(bytes.len())?;
                pieces.push(Command::UploadPiece { blob: cargo.blob, offset, bytes });
            }
            self.send(pieces).await?;
            done = match self.answer().await? {
                Answer::Upload { received } => received,
                other => bail!("not taken: {other:?}"),
            };
        }
        self.ask(Command::FinishUpload { blob: cargo.blob }).await?;
        let took = began.elapsed();
        let facts =
            FileFacts { plain_sha256: ContentHash([0; 32]), name: Text::cut("cargo"), media: Text::cut("") };
        let lock = FileLock::Key { key: Secret32::new([0; 32]), facts };
        let sealed_size = FileSize::new(cargo.size).context("no file has this size")?;
        let file = FileCard { blob: cargo.blob, sealed_size, lock };
        let message_id = client_cli::fresh_message_id();
        let post =
            Command::SendFile { room: self.room, message_id, file, caption: Text::cut(""), reply_to: None };
        match self.ask(post).await? {
            Answer::Accepted { seq, .. } => Ok((seq, took)),
            other => bail!("not posted: {other:?}"),
        }
    }

    /// Fetches a whole file; returns how long it took.
    pub(crate) async fn collect(&mut self, seq: Seq, size: u64) -> Result<Duration> {
        let began = Instant::now();
        let (mut asked, mut come) = (0, 0);
        while come < size {
            let mut fetches = Vec::new();
            while asked < size && asked - come < WINDOW {
                fetches.push(self.fetch(seq, asked)?);
                asked += u64::try_from(limits::PIECE)?;
            }
            self.send(fetches).await?;
            match self.answer().await? {
                Answer::Piece { bytes, .. } => come += u64::try_from(bytes.len())?,
                other => bail!("not a piece: {other:?}"),
            }
        }
        Ok(began.elapsed())
    }

    /// Takes the file's message away.
    pub(crate) async fn delete(&mut self, seq: Seq) -> Result<()> {
        let delete =
            Command::Delete { room: self.room, message_id: client_cli::fresh_message_id(), target: seq };
        self.ask(delete).await.map(drop)
    }

    /// Talks for a while beside a transfer that never ends; returns how long each acknowledgement took.
    pub(crate) async fn talk(&mut self, ride: Ride, cargo: &Cargo, time: Duration) -> Result<Histogram> {
        let end = Instant::now() + time;
        let mut talk = Talk { latency: Histogram::default(), waiting: BTreeMap::new(), next: Instant::now() };
        let (mut moved, mut in_flight) = (0, 0);
        match ride {
            Ride::Idle => {}
            Ride::Up => {
                self.send(vec![cargo.begin(self.room)?]).await?;
                in_flight = 1;
            }
            Ride::Down(_) => in_flight = self.go_on(ride, cargo, (&mut moved, 0)).await?,
        }
        loop {
            let now = Instant::now();
            if end <= now && talk.waiting.is_empty() && in_flight == 0 {
                break;
            }
            if now < end && talk.next <= now && talk.waiting.len() < TALK_IN_FLIGHT {
                self.say(&mut talk).await?;
            }
            tokio::select! {
                message = self.next() => match message? {
                    ServerMessage::Answer(request, Answer::Accepted { .. }) => {
                        if let Some(since) = talk.waiting.remove(&request) {
                            talk.latency.record(since.elapsed());
                        }
                    }
                    ServerMessage::Answer(..) => {
                        in_flight -= 1;
                        if now < end {
                            in_flight += self.go_on(ride, cargo, (&mut moved, in_flight)).await?;
                        }
                    }
                    ServerMessage::Refused(_, refusal) => bail!("refused: {refusal}"),
                    _ => {}
                },
                () = sleep_until(talk.next), if now < end && talk.waiting.len() < TALK_IN_FLIGHT => {}
            }
        }
        if ride == Ride::Up {
            self.ask(Command::CancelUpload { blob: cargo.blob }).await?;
        }
        Ok(talk.latency)
    }

    /// Keeps the transfer's window full, and begins anew at the end; returns how many requests it sent.
    async fn go_on(&mut self, ride: Ride, cargo: &Cargo, (moved, in_flight): (&mut u64, u64)) -> Result<u64> {
        let room = u64::try_from(limits::PIECES_IN_FLIGHT)?.saturating_sub(in_flight);
        let mut commands = Vec::new();
        while u64::try_from(commands.len())? < room {
            if cargo.size <= *moved {
                if ride == Ride::Up && in_flight + u64::try_from(commands.len())? == 0 {
                    commands.push(Command::CancelUpload { blob: cargo.blob });
                    commands.push(cargo.begin(self.room)?);
                    *moved = 0;
                }
                if ride == Ride::Up {
                    break;
                }
                *moved = 0;
            }
            match ride {
                Ride::Idle => break,
                Ride::Up => {
                    let bytes = cargo.piece(*moved)?;
                    let offset = *moved;
                    *moved += u64::try_from(bytes.len())?;
                    commands.push(Command::UploadPiece { blob: cargo.blob, offset, bytes });
                }
                Ride::Down(seq) => {
                    commands.push(self.fetch(seq, *moved)?);
                    *moved += u64::try_from(limits::PIECE)?;
                }
            }
        }
        let sent = u64::try_from(commands.len())?;
        self.send(commands).await?;
        Ok(sent)
    }

    async fn say(&mut self, talk: &mut Talk) -> Result<()> {
        talk.next = Instant::now() + TALK_EVERY;
        let body = Text::cut("a line of ordinary length that somebody types while a file is on its way");
        let message_id = client_cli::fresh_message_id();
        let send = Command::Send { room: self.room, message_id, body, reply_to: None };
        let request = RequestId(self.requests + 1);
        talk.waiting.insert(request, Instant::now());
        self.send(vec![send]).await
    }

    fn fetch(&self, seq: Seq, offset: u64) -> Result<Command> {
        Ok(Command::FetchPiece { room: self.room, seq, offset, len: u32::try_from(limits::PIECE)? })
    }

    async fn received(&mut self, command: Command) -> Result<u64> {
        match self.ask(command).await? {
            Answer::Upload { received } => Ok(received),
            other => bail!("not an upload: {other:?}"),
        }
    }

    async fn ask(&mut self, command: Command) -> Result<Answer> {
        self.send(vec![command]).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<Answer> {
        loop {
            match self.next().await? {
                ServerMessage::Answer(_, answer) => return Ok(answer),
                ServerMessage::Refused(_, refusal) => bail!("refused: {refusal}"),
                _ => {}
            }
        }
    }

    async fn send(&mut self, commands: Vec<Command>) -> Result<()> {
        let mut messages = Vec::with_capacity(commands.len());
        for command in commands {
            self.requests += 1;
            messages.push(codec::encode(&ClientMessage { request: RequestId(self.requests), command }));
        }
        let (mut rest, mut out) = (messages.as_slice(), BytesMut::new());
        while !rest.is_empty() {
            let sealed = self.transport.seal(rest, &mut out)?;
            rest = &rest[sealed..];
        }
        Ok(self.socket.write_all(&out).await?)
    }

    /// Cancel-safe: what was read stays in the buffer, and messages of a frame that were not asked for yet wait.
    async fn next(&mut self) -> Result<ServerMessage> {
        loop {
            if let Some(message) = self.heard.pop_front() {
                return Ok(message);
            }
            if let Some(frame) = next_frame(&mut self.buffer)? {
                for message in self.transport.open(&frame)?.iter() {
                    // `codec::decode` encodes again to compare, which would make the generator the slower side.
                    self.heard.push_back(minicbor::decode(message)?);
                }
                continue;
            }
            self.buffer.reserve(READ);
            let read = timeout(PATIENCE, self.socket.read_buf(&mut self.buffer)).await;
            ensure!(read.context("nothing came in time")?? != 0, "the server closed the connection");
        }
    }
}

/// What was said beside a transfer.
struct Talk {
    latency: Histogram,
    waiting: BTreeMap<RequestId, Instant>,
    next: Instant,
}

/// Pieces divide it.
const BLOCK: usize = 64 * limits::PIECE;
const WINDOW: u64 = (limits::PIECES_IN_FLIGHT * limits::PIECE) as u64;
const READ: usize = 128 * 1024;
/// Somebody who talks fast.
const TALK_EVERY: Duration = Duration::from_millis(5);
/// Lines that wait for their answer.
const TALK_IN_FLIGHT: usize = 4;
