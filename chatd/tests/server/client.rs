//! A small client: a handshake, requests with answers, and events kept in order.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use proto::codec;
use proto::handshake::{HandshakeMessage, Initiator, next_message};
use proto::ids::{MessageId, PublicKey, RequestId, RoomId, Seq};
use proto::keys::StaticKey;
use proto::message::{
    Answer, ClientMessage, Command, Content, Entry, Event, Goodbye, Opening, RoomSummary, ServerMessage,
};
use proto::refusal::Refusal;
use proto::text::Text;
use proto::transport::{Transport, next_frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(crate) const LOBBY: RoomId = RoomId::new(1).unwrap();
/// No wait in a test is longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A connection after its handshake.
pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    pub(crate) transport: Transport,
    buffer: BytesMut,
    heard: VecDeque<ServerMessage>,
    requests: u32,
    entries: u64,
}

impl Client {
    pub(crate) async fn connect(
        server: SocketAddr,
        key: PublicKey,
        device: &StaticKey,
        opening: &Opening,
    ) -> Self {
        let mut socket = TcpStream::connect(server).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let (initiator, first) = Initiator::start(device);
        socket.write_all(&first).await.unwrap();
        let mut buffer = BytesMut::new();
        let reply = loop {
            match next_message(&mut buffer).unwrap() {
                Some(HandshakeMessage::Message(message)) => break message,
                Some(HandshakeMessage::Refused(refusal)) => panic!("turned away: {refusal:?}"),
                None => assert_ne!(read(&mut socket, &mut buffer).await, 0, "the server left"),
            }
        };
        let introduced = initiator.read_reply(&reply).unwrap();
        assert_eq!(introduced.server_key(), key);
        let (third, transport) = introduced.finish(opening).unwrap();
        socket.write_all(&third).await.unwrap();
        Self { socket, transport, buffer, heard: VecDeque::new(), requests: 0, entries: 0 }
    }

    /// Waits for the server's first word.
    pub(crate) async fn first(&mut self) -> ServerMessage {
        self.next().await.expect("a first word")
    }

    /// Waits until everything is told; returns the rooms.
    pub(crate) async fn ready(&mut self) -> Vec<RoomSummary> {
        let mut rooms = Vec::new();
        loop {
            match self.next().await.expect("a session") {
                ServerMessage::Welcome(_) => {}
                ServerMessage::Event(Event::Room(room)) => rooms.push(room),
                ServerMessage::Event(Event::Ready) => return rooms,
                other => panic!("before everything was told: {other:?}"),
            }
        }
    }

    /// Asks and waits for the answer; events meanwhile are kept.
    pub(crate) async fn ask(&mut self, command: Command) -> Result<Answer, Refusal> {
        let request = self.send(command).await;
        self.answer(request).await
    }

    /// Sends a command without waiting.
    pub(crate) async fn send(&mut self, command: Command) -> RequestId {
        self.requests += 1;
        let request = RequestId(self.requests);
        self.send_bytes(&codec::encode(&ClientMessage { request, command })).await;
        request
    }

    /// Sends commands in one frame, so that the server reads them at once.
    pub(crate) async fn send_together<const N: usize>(&mut self, commands: [Command; N]) -> [RequestId; N] {
        let messages = commands.map(|command| {
            self.requests += 1;
            ClientMessage { request: RequestId(self.requests), command }
        });
        let encoded = messages.each_ref().map(codec::encode);
        let mut wire = BytesMut::new();
        self.transport.seal(&encoded.each_ref().map(Vec::as_slice), &mut wire).unwrap();
        self.socket.write_all(&wire).await.unwrap();
        messages.map(|message| message.request)
    }

    /// Sends bytes as a message, whatever they are.
    pub(crate) async fn send_bytes(&mut self, message: &[u8]) {
        let mut wire = BytesMut::new();
        self.transport.seal(&[message], &mut wire).unwrap();
        self.socket.write_all(&wire).await.unwrap();
    }

    /// Waits for the answer to a request.
    pub(crate) async fn answer(&mut self, request: RequestId) -> Result<Answer, Refusal> {
        let mut kept = VecDeque::new();
        let answer = loop {
            match self.next().await.expect("an answer") {
                ServerMessage::Answer(to, answer) if to == request => break Ok(answer),
                ServerMessage::Refused(to, refusal) if to == request => break Err(refusal),
                other => kept.push_back(other),
            }
        };
        kept.append(&mut self.heard);
        self.heard = kept;
        answer
    }

    /// Says something and returns its place.
    pub(crate) async fn say(&mut self, room: RoomId, body: &str) -> Seq {
        let command = self.message(room, body);
        match self.ask(command).await {
            Ok(Answer::Accepted { seq, .. }) => seq,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Returns a command that says something.
    pub(crate) fn message(&mut self, room: RoomId, body: &str) -> Command {
        let message_id = self.message_id();
        Command::Send { room, message_id, body: Text::cut(body), reply_to: None }
    }

    /// Returns a fresh message id.
    pub(crate) fn message_id(&mut self) -> MessageId {
        self.entries += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.transport.handshake_hash()[..8]);
        id[8..].copy_from_slice(&self.entries.to_be_bytes());
        MessageId(id)
    }

    /// Waits for the next event that `wanted` takes; others are dropped.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        loop {
            if let ServerMessage::Event(event) = self.next().await.expect("an event")
                && let Some(found) = wanted(event)
            {
                return found;
            }
        }
    }

    /// Waits for the next entry of any room.
    pub(crate) async fn entry(&mut self) -> Entry {
        self.until(|event| if let Event::Entry(entry) = event { Some(entry) } else { None }).await
    }

    /// Waits for the next message's text.
    pub(crate) async fn text(&mut self) -> String {
        match self.entry().await.content {
            Content::Text { body, .. } => body.into_inner(),
            other => panic!("not a text: {other:?}"),
        }
    }

    /// Waits for the goodbye and then for the end; returns what was heard before it too.
    pub(crate) async fn goodbye(&mut self) -> (Goodbye, Vec<ServerMessage>) {
        let mut before = Vec::new();
        loop {
            match self.next().await.expect("a goodbye") {
                ServerMessage::Event(Event::Goodbye(goodbye)) => {
                    assert!(self.next().await.is_none(), "nothing follows a goodbye");
                    return (goodbye, before);
                }
                other => before.push(other),
            }
        }
    }

    /// Returns the next message, or nothing at the end of the connection.
    pub(crate) async fn next(&mut self) -> Option<ServerMessage> {
        loop {
            if let Some(message) = self.heard.pop_front() {
                return Some(message);
            }
            while let Some(frame) = next_frame(&mut self.buffer).unwrap() {
                let messages = self.transport.open(&frame).unwrap();
                self.heard.extend(messages.iter().map(|message| codec::decode(message).unwrap()));
            }
            if self.heard.is_empty() && read(&mut self.socket, &mut self.buffer).await == 0 {
                return None;
            }
        }
    }

    /// Drops what was heard and not looked at.
    pub(crate) fn forget(&mut self) {
        self.heard.clear();
    }
}

async fn read(socket: &mut TcpStream, buffer: &mut BytesMut) -> usize {
    match timeout(PATIENCE, socket.read_buf(buffer)).await.expect("something from the server in time") {
        Ok(read) => read,
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => 0,
        Err(error) => panic!("reading failed: {error}"),
    }
}
