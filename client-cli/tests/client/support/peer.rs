//! The server's end of one connection, led by the test.

use std::collections::VecDeque;

use bytes::BytesMut;
use client_cli::{Address, Identity};
use proto::codec;
use proto::handshake::{HandshakeMessage, Responder, next_message, parse_preamble};
use proto::ids::{PublicKey, RequestId};
use proto::keys::StaticKey;
use proto::message::{
    Answer, ClientMessage, Command, Event, Goodbye, GoodbyeReason, HistoryPage, Opening, RoomSummary,
    ServerMessage, Welcome,
};
use proto::refusal::Refusal;
use proto::text::{List, Text};
use proto::transport::{Transport, next_frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{item, lobby, soon, welcome};

/// A listening socket and the key of the server behind it.
pub(crate) struct FakeServer {
    pub(crate) listener: TcpListener,
    pub(crate) key: StaticKey,
}

/// A client that has finished the handshake.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    pub(crate) transport: Transport,
    pub(crate) opening: Opening,
    pub(crate) device_key: PublicKey,
    input: BytesMut,
    received: VecDeque<ClientMessage>,
}

impl FakeServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, key: StaticKey::generate() }
    }

    pub(crate) fn address(&self) -> Address {
        Address { host: "127.0.0.1".to_owned(), port: self.listener.local_addr().unwrap().port() }
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity { address: self.address(), server_key: self.key.public(), device_key: StaticKey::generate() }
    }

    pub(crate) async fn accept_raw(&self) -> TcpStream {
        soon(self.listener.accept()).await.unwrap().0
    }

    /// Waits for a client and takes it through the handshake.
    pub(crate) async fn accept(&self) -> Peer {
        let stream = self.accept_raw().await;
        soon(shake_hands(stream, &self.key)).await.expect("the client finishes the handshake")
    }

    /// Waits for a client, welcomes it, and names the rooms.
    pub(crate) async fn accept_and_welcome(&self, rooms: &[RoomSummary]) -> Peer {
        let mut peer = self.accept().await;
        peer.welcome(welcome("ada"), rooms).await;
        peer
    }
}

/// Answers a handshake; nothing when the client leaves in the middle.
pub(crate) async fn shake_hands(mut stream: TcpStream, key: &StaticKey) -> Option<Peer> {
    let mut preamble = [0; 10];
    stream.read_exact(&mut preamble).await.ok()?;
    parse_preamble(&preamble).expect("the client speaks our version");
    let mut input = BytesMut::new();
    let first = read_handshake(&mut stream, &mut input).await?;
    let (second, waiting) = Responder::new(key).read_first(&first).unwrap();
    stream.write_all(&second).await.ok()?;
    let third = read_handshake(&mut stream, &mut input).await?;
    let accepted = waiting.read_third(&third).unwrap();
    Some(Peer {
        stream,
        transport: accepted.transport,
        opening: accepted.opening,
        device_key: accepted.device_key,
        input,
        received: VecDeque::new(),
    })
}

impl Peer {
    pub(crate) async fn welcome(&mut self, welcome: Welcome, rooms: &[RoomSummary]) {
        self.say(&ServerMessage::Welcome(welcome)).await;
        for room in rooms {
            self.event(Event::Room(room.clone())).await;
        }
        self.event(Event::Ready).await;
    }

    pub(crate) async fn say(&mut self, message: &ServerMessage) {
        let bytes = self.sealed(message);
        // A client that has left reads nothing; the test sees that elsewhere.
        let _ = self.stream.write_all(&bytes).await;
    }

    pub(crate) async fn event(&mut self, event: Event) {
        self.say(&ServerMessage::Event(event)).await;
    }

    pub(crate) async fn answer(&mut self, request: RequestId, answer: Answer) {
        self.say(&ServerMessage::Answer(request, answer)).await;
    }

    pub(crate) async fn refuse(&mut self, request: RequestId, refusal: Refusal) {
        self.say(&ServerMessage::Refused(request, refusal)).await;
    }

    pub(crate) async fn goodbye(&mut self, reason: GoodbyeReason, detail: &str) {
        let detail = Text::cut(detail);
        self.event(Event::Goodbye(Goodbye { reason, detail, retry_after_ms: None })).await;
    }

    /// Answers a request for history with these entries.
    pub(crate) async fn give_history(&mut self, request: RequestId, entries: Vec<proto::message::Entry>) {
        let items = List::new(entries.into_iter().map(item).collect()).unwrap();
        self.answer(request, Answer::History(HistoryPage { room: lobby(), items, more: false })).await;
    }

    /// Returns the bytes of a message without sending them.
    pub(crate) fn sealed(&mut self, message: &ServerMessage) -> BytesMut {
        let mut bytes = BytesMut::new();
        self.transport.seal(&[codec::encode(message)], &mut bytes).unwrap();
        bytes
    }

    /// Waits for the next command; pings are answered on the way.
    pub(crate) async fn command(&mut self) -> (RequestId, Command) {
        loop {
            match soon(self.next()).await.expect("the client is still there") {
                ClientMessage { request, command: Command::Ping } => self.answer(request, Answer::Done).await,
                ClientMessage { request, command } => return (request, command),
            }
        }
    }

    /// Waits for the next message; nothing when the client has closed.
    pub(crate) async fn next(&mut self) -> Option<ClientMessage> {
        loop {
            if let Some(message) = self.received.pop_front() {
                return Some(message);
            }
            if self.stream.read_buf(&mut self.input).await.ok()? == 0 {
                return None;
            }
            while let Some(frame) = next_frame(&mut self.input).unwrap() {
                for bytes in self.transport.open(&frame).unwrap().iter() {
                    self.received.push_back(codec::decode(bytes).unwrap());
                }
            }
        }
    }
}

async fn read_handshake(stream: &mut TcpStream, input: &mut BytesMut) -> Option<BytesMut> {
    loop {
        match next_message(input).unwrap() {
            Some(HandshakeMessage::Message(message)) => return Some(message),
            Some(HandshakeMessage::Refused(_)) => panic!("a client does not refuse in the clear"),
            None => {}
        }
        if stream.read_buf(input).await.ok()? == 0 {
            return None;
        }
    }
}
