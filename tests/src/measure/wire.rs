//! One member's side of a connection to either server: coming in, saying, hearing. The tasks around it do the I/O.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::BytesMut;
use proto::codec;
use proto::ids::{MessageId, PublicKey, RequestId, RoomId, Seq};
use proto::keys::StaticKey;
use proto::message::{Answer, ClientMessage, Command, Content, Entry, Event, Opening, Resume, ServerMessage};
use proto::text::Text;
use proto::transport::{Transport, next_frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::limit::frames::{Hello, Link};
use super::stamp::{Stamp, words};
use crate::wire::shake_hands;

/// How long a wait on a server may take before the benchmark gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Where members go.
#[derive(Debug, Clone)]
pub(crate) enum Door {
    /// The limit program.
    Limit(SocketAddr),
    /// `chatd`, with its key and the devices that it knows.
    Chat(SocketAddr, PublicKey, Rc<[StaticKey]>),
}

/// Who comes in: a device, and the room it will talk in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guest {
    /// The device's index among those of the door.
    pub(crate) device: usize,
    /// The room's number: for `chatd` its id.
    pub(crate) room: u64,
}

/// A member's keys and counters.
#[derive(Debug)]
pub(crate) enum Wire {
    Limit(Box<Link>),
    Chat(Box<Chat>),
}

/// A logged-in connection to `chatd`.
#[derive(Debug)]
pub(crate) struct Chat {
    transport: Transport,
    room: RoomId,
    next_request: u32,
    /// The newest entry of the room that came.
    last_seq: Option<Seq>,
}

/// What came out of a buffer.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Messages of the load.
    pub(crate) deliveries: Vec<Stamp>,
    /// Requests that were carried out.
    pub(crate) done: u64,
    /// People named in events about who is there.
    pub(crate) people: u64,
    /// All rooms have been named.
    pub(crate) ready: bool,
}

impl Heard {
    /// Forgets everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.deliveries.clear();
        (self.done, self.people, self.ready) = (0, 0, false);
    }
}

impl Door {
    /// Comes in, up to the point where everything that follows is live.
    pub(crate) async fn enter(&self, guest: Guest) -> Result<(TcpStream, Wire, BytesMut)> {
        let entering = async {
            match self {
                Self::Limit(address) => enter_limit(*address, guest).await,
                Self::Chat(address, server, devices) => {
                    let device = devices.get(guest.device).context("no such device")?;
                    let opening = Opening::Resume(Resume { client: Text::cut("bench") });
                    let mut socket = connect(*address, Ipv4Addr::LOCALHOST).await?;
                    let (transport, mut buffer) = shake_hands(&mut socket, device, *server, &opening).await?;
                    let room = RoomId::new(guest.room).context("no such room")?;
                    let chat = Chat { transport, room, next_request: 0, last_seq: None };
                    let mut wire = Wire::Chat(Box::new(chat));
                    until_ready(&mut socket, &mut wire, &mut buffer).await?;
                    Ok((socket, wire, buffer))
                }
            }
        };
        timeout(PATIENCE, entering).await.context("a connection took too long")?
    }
}

impl Wire {
    /// Appends frames that say one message for each stamp.
    pub(crate) fn say(&mut self, stamps: &[Stamp], size: usize, out: &mut BytesMut) -> Result<()> {
        match self {
            Self::Limit(link) => stamps.iter().try_for_each(|stamp| {
                let text = words(stamp.number, size - size_of::<MessageId>());
                link.seal(&[&stamp.to_bytes()[..], text.as_bytes()].concat(), out)
            }),
            Self::Chat(chat) => {
                let sends: Vec<Command> =
                    stamps.iter().map(|stamp| chat.send(*stamp, size)).collect::<Result<_>>()?;
                chat.ask(sends, out)
            }
        }
    }

    /// Appends frames that ask for these; the limit program is never asked for anything.
    pub(crate) fn ask(&mut self, commands: Vec<Command>, out: &mut BytesMut) -> Result<()> {
        match self {
            Self::Limit(_) => bail!("the limit program takes no commands"),
            Self::Chat(chat) => chat.ask(commands, out),
        }
    }

    /// Gives the keys of a connection to `chatd` to somebody who goes on with it.
    pub(crate) fn into_transport(self) -> Option<Transport> {
        match self {
            Self::Limit(_) => None,
            Self::Chat(chat) => Some(chat.transport),
        }
    }

    /// Takes whole frames off the buffer and adds what they say.
    pub(crate) fn hear(&mut self, buffer: &mut BytesMut, heard: &mut Heard) -> Result<()> {
        match self {
            Self::Limit(link) => {
                while let Some(message) = link.open(buffer)? {
                    let head = message.first_chunk().context("a message without a stamp")?;
                    heard.deliveries.push(Stamp::from_bytes(*head));
                }
                Ok(())
            }
            Self::Chat(chat) => chat.hear(buffer, heard),
        }
    }
}

impl Chat {
    fn send(&self, stamp: Stamp, size: usize) -> Result<Command> {
        Ok(Command::Send {
            room: self.room,
            message_id: MessageId(stamp.to_bytes()),
            body: Text::new(words(stamp.number, size))?,
            reply_to: None,
        })
    }

    fn ask(&mut self, commands: Vec<Command>, out: &mut BytesMut) -> Result<()> {
        let mut messages = Vec::with_capacity(commands.len());
        for command in commands {
            self.next_request = self.next_request.wrapping_add(1);
            messages.push(codec::encode(&ClientMessage { request: RequestId(self.next_request), command }));
        }
        let mut rest = messages.as_slice();
        while !rest.is_empty() {
            let sealed = self.transport.seal(rest, out)?;
            rest = &rest[sealed..];
        }
        Ok(())
    }

    fn hear(&mut self, buffer: &mut BytesMut, heard: &mut Heard) -> Result<()> {
        while let Some(frame) = next_frame(buffer)? {
            let messages = self.transport.open(&frame)?;
            for message in messages.iter() {
                // `codec::decode` encodes again to compare, which would make the generator the slower side.
                let message: ServerMessage = minicbor::decode(message)?;
                match message {
                    ServerMessage::Event(Event::Entry(entry)) => self.entry(&entry, heard)?,
                    ServerMessage::Answer(_, Answer::Accepted { .. } | Answer::Room(_) | Answer::Done) => {
                        heard.done += 1;
                    }
                    ServerMessage::Event(Event::People(change)) => {
                        heard.people += (change.changed.len() + change.left.len()) as u64;
                    }
                    ServerMessage::Event(Event::Ready) => heard.ready = true,
                    ServerMessage::Event(Event::Goodbye(goodbye)) => {
                        bail!("goodbye: {:?}, {}", goodbye.reason, &*goodbye.detail);
                    }
                    ServerMessage::Refused(_, refusal) | ServerMessage::Denied(refusal) => {
                        bail!("refused: {refusal}");
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, heard: &mut Heard) -> Result<()> {
        if entry.room != self.room || !matches!(entry.content, Content::Text { .. }) {
            return Ok(());
        }
        if let Some(last) = self.last_seq {
            ensure!(entry.seq == last.next(), "after entry {last} comes {}", entry.seq);
        }
        self.last_seq = Some(entry.seq);
        heard.deliveries.push(Stamp::from_bytes(entry.message_id.0));
        Ok(())
    }
}

/// Connects from this loopback address.
pub(crate) async fn connect(address: SocketAddr, from: Ipv4Addr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if from != Ipv4Addr::LOCALHOST {
        socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    }
    let stream = socket.connect(address).await.context("connecting")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn enter_limit(address: SocketAddr, guest: Guest) -> Result<(TcpStream, Wire, BytesMut)> {
    let mut socket = connect(address, Ipv4Addr::LOCALHOST).await?;
    let mut key = [7; 32];
    key[..8].copy_from_slice(&(guest.device as u64).to_be_bytes());
    let hello = Hello { key, room: u32::try_from(guest.room)? };
    socket.write_all(&hello.to_bytes()).await?;
    socket.read_u8().await.context("waiting to be let in")?;
    Ok((socket, Wire::Limit(Box::new(Link::member(&hello))), BytesMut::new()))
}

async fn until_ready(socket: &mut TcpStream, wire: &mut Wire, buffer: &mut BytesMut) -> Result<()> {
    let mut heard = Heard::default();
    loop {
        wire.hear(buffer, &mut heard)?;
        if heard.ready {
            return Ok(());
        }
        buffer.reserve(2048);
        ensure!(0 < socket.read_buf(buffer).await?, "closed before everything was told");
    }
}
