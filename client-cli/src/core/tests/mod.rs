//! The core against a scripted server, without time passing by itself.

mod catch_up;
mod connection;
mod moderation;
mod posts;

use std::time::{Duration, Instant};

use proto::ids::{AccountId, DeviceId, MessageId, RequestId, RoomId, Seq, Timestamp};
use proto::message::{
    Answer, ClientMessage, Command, Content, Entry, Event, HistoryFrom, HistoryItem, HistoryPage, Role,
    RoomKind, RoomSummary, ServerMessage, Welcome,
};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Text};

use super::*;

/// A core, a clock that tests move, and what the core did.
struct Bench {
    core: Core,
    now: Instant,
    sent: Vec<ClientMessage>,
    events: Vec<ClientEvent>,
    replies: Vec<(Ticket, Result<Reply, RequestError>)>,
    forgotten: Vec<MessageId>,
    dials: usize,
    hang_ups: usize,
}

impl Bench {
    fn new(follow_all: bool) -> Self {
        Self::with(&Settings { follow_all, catch_up: u64::MAX }, Vec::new())
    }

    fn with(settings: &Settings, unsent: Vec<Unsent>) -> Self {
        let now = Instant::now();
        let core = Core::new(welcome(1), settings, unsent, now);
        let mut bench = Self {
            core,
            now,
            sent: Vec::new(),
            events: Vec::new(),
            replies: Vec::new(),
            forgotten: Vec::new(),
            dials: 0,
            hang_ups: 0,
        };
        bench.core.set_space(SPACE, now);
        bench.core.announce(false, now);
        bench.collect();
        bench
    }

    fn message(&mut self, message: ServerMessage) {
        self.core.handle_message(message, 0, self.now);
        self.collect();
    }

    fn event(&mut self, event: Event) {
        self.message(ServerMessage::Event(event));
    }

    fn answer(&mut self, request: RequestId, answer: Answer) {
        self.message(ServerMessage::Answer(request, answer));
    }

    fn post(&mut self, id: u8, waits: Option<Duration>) {
        let waits = waits.map(|patience| (Ticket(id.into()), self.now + patience));
        self.core.handle_post(unsent(id), waits, self.now);
        self.collect();
    }

    fn lose(&mut self) {
        self.core.handle_lost(Lost::Error(ConnectError::Cut(None)), 0, self.now);
        self.collect();
    }

    fn reconnect(&mut self, incarnation: u64) {
        self.pass(Duration::from_secs(61));
        self.core.handle_opened(welcome(incarnation), self.now);
        self.collect();
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.core.poll_timeout().filter(|&due| due <= end) {
            self.now = self.now.max(due);
            self.core.handle_timeout(0, self.now);
            self.collect();
            if self.core.poll_timeout() == Some(due) {
                panic!("the core is not done with {due:?}");
            }
        }
        self.now = end;
    }

    fn collect(&mut self) {
        while let Some(effect) = self.core.poll_effect() {
            match effect {
                Effect::Send(message) => self.sent.push(message),
                Effect::Emit(event) => self.events.push(event),
                Effect::Reply(ticket, result) => self.replies.push((ticket, result)),
                Effect::Forget(id) => self.forgotten.push(id),
                Effect::Dial => self.dials += 1,
                Effect::HangUp => self.hang_ups += 1,
            }
        }
    }

    /// Takes the commands sent since the last look.
    fn take_sent(&mut self) -> Vec<ClientMessage> {
        std::mem::take(&mut self.sent)
    }

    /// Takes the one page of the log that was asked for.
    fn take_fetch(&mut self) -> (RequestId, RoomId, Seq) {
        match self.take_sent().as_slice() {
            [
                ClientMessage {
                    request,
                    command: Command::History { room, from: HistoryFrom::After(after), .. },
                },
            ] => (*request, *room, *after),
            other => panic!("expected one request for history, got {other:?}"),
        }
    }

    /// Takes the places of the entries handed on since the last look, with whether they were live.
    fn take_entries(&mut self) -> Vec<(u64, bool)> {
        let events = std::mem::take(&mut self.events);
        let entries = events.into_iter().filter_map(|event| match event {
            ClientEvent::Entry { entry, live } => Some((entry.seq.get(), live)),
            _ => None,
        });
        entries.collect()
    }
}

fn welcome(incarnation: u64) -> Welcome {
    Welcome {
        account: AccountId::new(1_001).unwrap(),
        name: Text::cut("ada"),
        role: Role::Member,
        device: DeviceId::new(77).unwrap(),
        server: Text::cut("test"),
        now: Timestamp(0),
        login_until: Timestamp(0),
        incarnation,
        recovery_codes: List::default(),
    }
}

fn summary(last_seq: u64) -> Event {
    Event::Room(RoomSummary {
        room: room(),
        name: Text::cut("ops"),
        kind: RoomKind::Open,
        topic: Text::cut(""),
        last_seq: seq(last_seq),
        read_upto: Seq::START,
        members: 2,
        joined: true,
        slow_seconds: 0,
        locked: false,
    })
}

fn entry(number: u64) -> Entry {
    Entry {
        room: room(),
        seq: seq(number),
        at: Timestamp(0),
        author: AccountId::new(2_002).unwrap(),
        author_name: Text::cut("bob"),
        message_id: MessageId([number.to_le_bytes()[0]; 16]),
        content: Content::Text { body: Text::cut("hello"), reply_to: None },
    }
}

fn page(numbers: &[u64], more: bool) -> Answer {
    let item = |&number| HistoryItem { entry: entry(number), edited_by: None, reactions: List::default() };
    let items = List::new(numbers.iter().map(item).collect()).unwrap();
    Answer::History(HistoryPage { room: room(), items, more })
}

fn unsent(id: u8) -> Unsent {
    let (room, message_id) = (room(), MessageId([id; 16]));
    Unsent {
        message_id,
        room,
        command: Command::Send { room, message_id, body: Text::cut("hello"), reply_to: None },
    }
}

fn accepted(number: u64) -> Answer {
    Answer::Accepted { room: room(), seq: seq(number), at: Timestamp(5) }
}

fn refusal(code: Code) -> Refusal {
    Refusal::new(code, "no")
}

fn room() -> RoomId {
    RoomId::new(7).unwrap()
}

fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

const SPACE: usize = 2_000;
