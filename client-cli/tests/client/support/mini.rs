//! A small chat server in memory: enough of the protocol for the program's commands to run against.

mod door;
pub(crate) mod files;
mod lists;
mod moderation;
pub(crate) mod sealed;
mod totp;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use client_cli::TotpSecret;
use proto::ids::{AccountId, MessageId, PublicKey, RoomId, Seq, Timestamp};
use proto::invite::InviteLink;
use proto::keys::StaticKey;
use proto::limits;
use proto::message::{
    Answer, Command, Content, Entry, Event, Goodbye, GoodbyeReason, RoomKind, RoomSummary, ServerMessage,
    Welcome,
};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Secret, Text};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::peer::{Peer, shake_hands};
use super::seq;
use door::enter;

/// A server on a thread of its own; it ends with the test's process.
pub(crate) struct MiniServer {
    pub(crate) port: u16,
    pub(crate) key: PublicKey,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    accounts: BTreeMap<String, Account>,
    devices: BTreeMap<PublicKey, String>,
    rooms: BTreeMap<u64, Room>,
    online: BTreeMap<u64, (String, mpsc::UnboundedSender<ServerMessage>)>,
    codes: BTreeSet<String>,
    renewals: totp::Renewals,
    bans: BTreeMap<String, Refusal>,
    appeals: Vec<String>,
    approves: bool,
    applications: Vec<String>,
    did: Vec<Command>,
    files: files::Files,
    sealed: sealed::Sealed,
    next_connection: u64,
}

struct Account {
    id: AccountId,
    password: String,
    secret: TotpSecret,
}

struct Room {
    name: String,
    kind: RoomKind,
    topic: String,
    members: BTreeSet<String>,
    log: Vec<Entry>,
}

impl MiniServer {
    pub(crate) fn start() -> Self {
        let key = StaticKey::generate();
        let public = key.public();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        state.lock().unwrap().add_room("lobby", RoomKind::Open);
        state.lock().unwrap().sealed = sealed::Sealed::new(&public);
        let serving = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, key, serving));
        });
        Self { port, key: public, state }
    }

    pub(crate) fn invite(&self) -> String {
        let link = InviteLink {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            server_key: self.key,
            token: "GOODTOKEN".to_owned(),
        };
        link.to_string()
    }

    /// Says something in a room as somebody who is not connected.
    pub(crate) fn say(&self, room: &str, author: &str, body: &str) {
        let mut state = self.state.lock().unwrap();
        let id = state.room_by_name(room).unwrap();
        let content = Content::Text { body: Text::cut(body), reply_to: None };
        state.append(id, author, MessageId([9; 16]), content);
    }

    /// Returns the texts of a room, in order.
    pub(crate) fn texts(&self, room: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let id = state.room_by_name(room).unwrap();
        let texts = state.rooms[&id].log.iter().filter_map(|entry| match &entry.content {
            Content::Text { body, .. } => Some(body.to_string()),
            _ => None,
        });
        texts.collect()
    }

    /// Sends an event to everybody who is online.
    pub(crate) fn tell_all(&self, event: &Event) {
        let state = self.state.lock().unwrap();
        for (_, sender) in state.online.values() {
            let _ = sender.send(ServerMessage::Event(event.clone()));
        }
    }
}

async fn serve(listener: std::net::TcpListener, key: StaticKey, state: Arc<Mutex<State>>) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (key, state) = (key.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            if let Some(peer) = shake_hands(stream, &key).await {
                let _ = attend(peer, &state).await;
            }
        });
    }
}

/// Looks after one connection. Ends when the client does.
async fn attend(mut peer: Peer, state: &Mutex<State>) -> Option<()> {
    let name = match enter(&mut peer, state).await? {
        Ok(name) => name,
        Err(refusal) => {
            let may_appeal = refusal.code == Code::Banned;
            peer.say(&ServerMessage::Denied(refusal)).await;
            if may_appeal {
                moderation::hear_appeal(&mut peer, state).await;
            }
            return None;
        }
    };
    let device = state.lock().unwrap().device_of(peer.device_key, &name);
    let (sender, mut told) = mpsc::unbounded_channel();
    let number = {
        let mut state = state.lock().unwrap();
        state.next_connection += 1;
        let number = state.next_connection;
        state.online.insert(number, (name.clone(), sender.clone()));
        number
    };
    for summary in rooms_of(state, &name) {
        peer.event(Event::Room(summary)).await;
    }
    peer.event(Event::Ready).await;
    let mut going = true;
    while going {
        tokio::select! {
            message = peer.next() => {
                let Some(message) = message else { break };
                let who = sealed::Who { name: &name, device };
                let did = match sealed::is_sealed(&message.command) {
                    true => state.lock().unwrap().sealed(&who, &message.command),
                    false => state.lock().unwrap().carry_out(&name, number, &message.command),
                };
                match did {
                    Did::Answer(answer) => drop(sender.send(ServerMessage::Answer(message.request, answer))),
                    Did::Refuse(refusal) => drop(sender.send(ServerMessage::Refused(message.request, refusal))),
                    Did::Goodbye(reason) => {
                        drop(sender.send(ServerMessage::Answer(message.request, Answer::Done)));
                        drop(sender.send(goodbye(reason)));
                    }
                    Did::Nothing => {}
                    Did::Cut => going = false,
                }
            }
            Some(message) = told.recv() => {
                peer.say(&message).await;
                going = !matches!(message, ServerMessage::Event(Event::Goodbye(_)));
            }
        }
    }
    state.lock().unwrap().online.remove(&number);
    state.lock().unwrap().forget_renewal(number);
    Some(())
}

enum Did {
    Answer(Answer),
    Refuse(Refusal),
    Goodbye(GoodbyeReason),
    Cut,
    Nothing,
}

impl State {
    fn carry_out(&mut self, name: &str, connection: u64, command: &Command) -> Did {
        match command {
            Command::Send { room, message_id, body, reply_to } => {
                let content = Content::Text { body: body.clone(), reply_to: *reply_to };
                self.post(name, *room, *message_id, content, body)
            }
            Command::Edit { room, message_id, target, body } => {
                let content = Content::Edit { target: *target, body: body.clone() };
                self.post(name, *room, *message_id, content, body)
            }
            Command::Delete { room, message_id, target } => {
                self.post(name, *room, *message_id, Content::Delete { target: *target }, "")
            }
            Command::React { room, message_id, target, emoji, change } => {
                let content = Content::Reaction { target: *target, emoji: emoji.clone(), change: *change };
                self.post(name, *room, *message_id, content, "")
            }
            Command::SetTopic { room, message_id, topic } => {
                self.post(name, *room, *message_id, Content::Topic { topic: topic.clone() }, "")
            }
            Command::CreateRoom { name: room, .. } => {
                let id = self.add_room(room, RoomKind::Open);
                self.enter_room(id, name)
            }
            Command::Join { name: room } => match self.room_by_name(room) {
                Some(id) => self.enter_room(id, name),
                None => Did::Refuse(Refusal::new(Code::NoSuchRoom, "there is no room of that name")),
            },
            Command::OpenDirect { name: other } if self.accounts.contains_key(&**other) => {
                let id = self.add_room(other, RoomKind::Direct);
                self.enter_room(id, name)
            }
            Command::OpenDirect { .. } => {
                Did::Refuse(Refusal::new(Code::NoSuchAccount, "nobody has that name"))
            }
            Command::Leave { room } => {
                self.rooms.get_mut(&room.get()).map(|room| room.members.remove(name));
                Did::Answer(Answer::Done)
            }
            Command::Kick { .. } | Command::Ban { .. } | Command::Unban { .. } => {
                Did::Refuse(Refusal::new(Code::NotPermitted, "only moderators may"))
            }
            Command::RevokeDevice { .. } => {
                self.devices.retain(|_, owner| owner != name);
                Did::Goodbye(GoodbyeReason::Revoked)
            }
            Command::Bye => {
                self.online.remove(&connection).map_or(Did::Cut, |_| Did::Goodbye(GoodbyeReason::Asked))
            }
            Command::Ping | Command::MarkRead { .. } => Did::Answer(Answer::Done),
            Command::RenewTotp { .. } | Command::ConfirmTotp { .. } => self.totp(name, connection, command),
            Command::Report { .. }
            | Command::ListReports
            | Command::Mute { .. }
            | Command::Unmute { .. }
            | Command::RoomBan { .. }
            | Command::RoomUnban { .. }
            | Command::SlowMode { .. }
            | Command::Purge { .. }
            | Command::Raid { .. }
            | Command::Appeal { .. } => self.moderate(command),
            Command::BeginUpload { .. }
            | Command::UploadPiece { .. }
            | Command::FinishUpload { .. }
            | Command::CancelUpload { .. }
            | Command::SendFile { .. }
            | Command::FetchPiece { .. } => self.file(name, command),
            list => Did::Answer(self.list(name, list)),
        }
    }

    /// Posts, or does what the words ask for.
    fn post(&mut self, name: &str, room: RoomId, id: MessageId, content: Content, words: &str) -> Did {
        match words {
            "forbidden" => return Did::Refuse(Refusal::new(Code::NotPermitted, "that is forbidden here")),
            "too fast" => {
                return Did::Refuse(Refusal::new(Code::TooFast, "slow down").after_ms(3_600_000));
            }
            "hold me" => return Did::Answer(Answer::Held { why: Text::cut("links wait") }),
            "slow" if self.did.is_empty() => {
                self.did.push(Command::Ping);
                return Did::Refuse(Refusal::new(Code::SlowMode, "one each second").after_ms(300));
            }
            "banned" => return Did::Goodbye(GoodbyeReason::Banned),
            "cut" => return Did::Cut,
            _ => {}
        }
        let known = self.rooms[&room.get()].log.iter().find(|entry| entry.message_id == id);
        let (seq, at) = match known {
            Some(entry) => (entry.seq, entry.at),
            None => self.append(room.get(), name, id, content),
        };
        Did::Answer(Answer::Accepted { room, seq, at })
    }

    fn append(
        &mut self,
        room: u64,
        author: &str,
        message_id: MessageId,
        content: Content,
    ) -> (Seq, Timestamp) {
        let author_id =
            self.accounts.get(author).map_or(AccountId::new(9_999).unwrap(), |account| account.id);
        let log = &mut self.rooms.get_mut(&room).unwrap().log;
        let entry = Entry {
            room: RoomId::new(room).unwrap(),
            seq: seq(log.len() as u64 + 1),
            at: Timestamp(1_700_000_000_000),
            author: author_id,
            author_name: Text::cut(author),
            message_id,
            content,
        };
        log.push(entry.clone());
        let place = (entry.seq, entry.at);
        let members = &self.rooms[&room].members;
        for (name, sender) in self.online.values() {
            if room == 1 || members.contains(name) {
                let _ = sender.send(ServerMessage::Event(Event::Entry(entry.clone())));
            }
        }
        place
    }

    fn enter_room(&mut self, id: u64, name: &str) -> Did {
        self.rooms.get_mut(&id).unwrap().members.insert(name.to_owned());
        let summary = self.summary(id, name);
        for (online, sender) in self.online.values() {
            if online == name {
                let _ = sender.send(ServerMessage::Event(Event::Room(summary.clone())));
            }
        }
        Did::Answer(Answer::Room(summary))
    }

    fn add_room(&mut self, name: &str, kind: RoomKind) -> u64 {
        if let Some(id) = self.room_by_name(name) {
            return id;
        }
        let id = self.rooms.len() as u64 + 1;
        let room = Room {
            name: name.to_owned(),
            kind,
            topic: String::new(),
            members: BTreeSet::new(),
            log: Vec::new(),
        };
        self.rooms.insert(id, room);
        id
    }

    fn room_by_name(&self, name: &str) -> Option<u64> {
        self.rooms.iter().find(|(_, room)| room.name == name).map(|(&id, _)| id)
    }

    fn summary(&self, id: u64, name: &str) -> RoomSummary {
        let room = &self.rooms[&id];
        let other = room.members.iter().find(|member| *member != name).map_or("", String::as_str);
        let shown = match room.kind {
            RoomKind::Sealed => "",
            RoomKind::SealedDirect => other,
            RoomKind::Open | RoomKind::Direct => &room.name,
        };
        RoomSummary {
            room: RoomId::new(id).unwrap(),
            name: Text::cut(shown),
            kind: room.kind,
            topic: Text::cut(&room.topic),
            last_seq: seq(room.log.len() as u64),
            read_upto: Seq::START,
            members: self.accounts.len().try_into().unwrap(),
            joined: id == 1 || room.members.contains(name),
            slow_seconds: 0,
            locked: false,
        }
    }

    fn welcome(&self, name: &str, enrolled: bool) -> Welcome {
        Welcome {
            account: self.accounts[name].id,
            recovery_codes: if enrolled { recovery_codes("code") } else { List::default() },
            ..super::welcome(name)
        }
    }
}

/// Returns ten codes that begin with this word.
fn recovery_codes(word: &str) -> List<Secret<{ limits::CODE }>, { limits::RECOVERY_CODES }> {
    let codes = (0..10).map(|n| Secret::new(format!("{word}-code-code-{n:04}")).unwrap());
    List::new(codes.collect()).unwrap()
}

fn rooms_of(state: &Mutex<State>, name: &str) -> Vec<RoomSummary> {
    let state = state.lock().unwrap();
    let rooms = state.rooms.keys().map(|&id| state.summary(id, name));
    rooms.filter(|room| room.joined).collect()
}

fn goodbye(reason: GoodbyeReason) -> ServerMessage {
    let detail = Text::cut("goodbye");
    ServerMessage::Event(Event::Goodbye(Goodbye { reason, detail, retry_after_ms: None }))
}
