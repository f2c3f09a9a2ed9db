//! A database in memory that commits in order, and the hub in front of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::name::AccountName;
use domain::sanction::Kind;
use proto::codec;
use proto::ids::{MessageId, Seq, Timestamp};
use proto::limits;
use proto::message::{Content, Entry, MemberPage, Person, RoomSummary};
use proto::text::List;

use super::*;
use crate::outbox::Taken;

pub(super) const LOBBY: RoomId = store::LOBBY;
/// What the wall's clock says when a test begins.
pub(super) const WALL: Timestamp = Timestamp(1_800_000_000_000);

/// The hub with everything around it.
pub(super) struct Model {
    pub(super) hub: Hub,
    pub(super) now: Instant,
    outboxes: BTreeMap<ConnId, Arc<Outbox>>,
    /// Deeds on their way to the disk.
    journal: VecDeque<(Order, Deed)>,
    loads: VecDeque<(ConnId, AccountId)>,
    feed: VecDeque<Change>,
    next_conn: u64,
    next_sanction: u64,
    /// Measures the hub says it has carried out, with the sessions they ended.
    pub(super) enforced: Vec<(SanctionId, usize)>,
    /// What filters found.
    pub(super) matched: Vec<Match>,
    pub(super) disk: Disk,
}

/// What is committed.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    pub(super) accounts: BTreeMap<AccountId, Role>,
    pub(super) rooms: BTreeMap<RoomId, Kept>,
    pub(super) banned: BTreeSet<AccountId>,
    /// What binds people.
    pub(super) bounds: BTreeMap<AccountId, Vec<Bound>>,
    /// Messages that wait for a moderator.
    pub(super) held: Vec<(AccountId, RoomId, MessageId, Content)>,
    pub(super) paces: BTreeMap<RoomId, Pace>,
}

/// A room on disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) members: BTreeSet<AccountId>,
    pub(super) log: Vec<(AccountId, MessageId)>,
}

impl Model {
    pub(super) fn new() -> Self {
        Self::with_flood(Rate::new(1_000_000, Duration::from_nanos(1)))
    }

    pub(super) fn with_flood(flood: Rate) -> Self {
        let mut disk = Disk::default();
        disk.rooms.insert(LOBBY, Kept { name: "lobby".to_owned(), ..Kept::default() });
        let now = Instant::now();
        Self {
            hub: Hub::new(flood, (now, WALL)),
            now,
            outboxes: BTreeMap::new(),
            journal: VecDeque::new(),
            loads: VecDeque::new(),
            feed: VecDeque::new(),
            next_conn: 1,
            next_sanction: 1,
            enforced: Vec::new(),
            matched: Vec::new(),
            disk,
        }
    }

    /// Makes an account.
    pub(super) fn register(&mut self, number: u64, role: Role) -> AccountId {
        self.disk.accounts.insert(account(number), role);
        account(number)
    }

    /// Makes an account if need be, connects its first device and finishes loading.
    pub(super) fn online(&mut self, number: u64, role: Role) -> ConnId {
        let conn = self.attach(number, device(number), role);
        self.load_all();
        self.heard(conn);
        conn
    }

    pub(super) fn attach(&mut self, number: u64, device: DeviceId, role: Role) -> ConnId {
        let role = *self.disk.accounts.entry(account(number)).or_insert(role);
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        let outbox = Arc::new(Outbox::new());
        self.outboxes.insert(conn, outbox.clone());
        let account = account(number);
        let address = address(number);
        let attach =
            Attach { conn, account, device, name: name(account), role, address, outbox, new_device: None };
        self.tell(Input::Attach(attach));
        conn
    }

    pub(super) fn detach(&mut self, conn: ConnId) {
        self.outboxes.remove(&conn);
        self.tell(Input::Detach(conn));
    }

    pub(super) fn request(&mut self, conn: ConnId, request: u32, act: Act) {
        self.tell(Input::Request { conn, request: RequestId(request), act });
    }

    pub(super) fn tell(&mut self, input: Input) {
        self.hub.handle(input, self.now);
        self.carry_out();
    }

    /// Moves time, keeping the hub's appointments.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.hub.poll_timeout().filter(|due| *due <= end) {
            self.now = due.max(self.now);
            self.hub.handle_timeout(self.now);
            self.carry_out();
        }
        self.now = end;
    }

    /// Commits the oldest deed and tells the hub; whether there was one.
    pub(super) fn commit(&mut self) -> bool {
        let Some((order, deed)) = self.journal.pop_front() else { return false };
        let result = self.perform(&order, deed);
        self.tell(Input::Committed(Committed { order, result }));
        true
    }

    pub(super) fn commit_all(&mut self) {
        while self.commit() {}
    }

    /// Answers the oldest question for rooms with what is on disk; whether there was one.
    pub(super) fn load(&mut self) -> bool {
        let Some((conn, account)) = self.loads.pop_front() else { return false };
        let standing = self.standing(account);
        self.tell(Input::Loaded(conn, Ok(standing)));
        true
    }

    pub(super) fn load_all(&mut self) {
        while self.load() {}
    }

    /// Reads now what is told later with [`loaded`](Self::loaded).
    pub(super) fn read(&mut self, number: u64) -> Standing {
        self.loads.clear();
        self.standing(account(number))
    }

    pub(super) fn loaded(&mut self, conn: ConnId, standing: Standing) {
        self.tell(Input::Loaded(conn, Ok(standing)));
    }

    /// Tells the hub what the feed of changes says.
    pub(super) fn feed_all(&mut self) {
        while let Some(change) = self.feed.pop_front() {
            self.tell(Input::Changed(change));
        }
    }

    pub(super) fn promote(&mut self, number: u64, role: Role) {
        let account = account(number);
        self.disk.accounts.insert(account, role);
        self.feed.push_back(Change::Account { account, name: name(account), role });
    }

    pub(super) fn kick_from_outside(&mut self, room: RoomId, number: u64) {
        let sanction = self.sanction();
        let account = account(number);
        let mark = mark(sanction);
        self.feed.push_back(Change::Kicked { account, room, reason: Text::default(), mark });
    }

    pub(super) fn ban_from_outside(&mut self, account: AccountId) {
        self.disk.banned.insert(account);
        self.banned(Whom::Accounts(vec![account]));
    }

    /// A ban of any kind that another process wrote.
    pub(super) fn banned(&mut self, whom: Whom) -> SanctionId {
        let sanction = self.sanction();
        self.feed.push_back(Change::Banned { whom, reason: String::new(), mark: mark(sanction) });
        sanction
    }

    /// A measure against somebody that another process wrote.
    pub(super) fn bind_from_outside(&mut self, number: u64, bound: Bound) {
        let account = account(number);
        self.disk.bounds.entry(account).or_default().push(bound);
        let change = Change::Bound { account, author: self.author(account), words: Some("muted".to_owned()) };
        self.feed.push_back(change);
    }

    /// Something else that another process wrote.
    pub(super) fn change(&mut self, change: Change) {
        self.feed.push_back(change);
        self.feed_all();
    }

    /// Takes everything a connection has to hear.
    pub(super) fn heard(&mut self, conn: ConnId) -> Vec<ServerMessage> {
        let Some(outbox) = self.outboxes.get(&conn) else { return Vec::new() };
        let mut messages = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(taken) = outbox.poll_take(usize::MAX, &mut messages, &mut context) {
            if taken != Taken::Open {
                break;
            }
        }
        messages.iter().map(|message| codec::decode(message).unwrap()).collect()
    }

    /// Returns an entry of somebody as the journal would commit it.
    pub(super) fn entry(&self, number: u64, room: RoomId, id: u8, body: &str) -> Entry {
        let content = Content::Text { body: Text::cut(body), reply_to: None };
        let (author, message_id) = (account(number), MessageId([id; 16]));
        let seq = Seq::new(1).unwrap();
        Entry { room, seq, at: WALL, author, author_name: name(author), message_id, content }
    }

    pub(super) fn entries(&mut self, conn: ConnId) -> Vec<Entry> {
        let entry = |message| match message {
            ServerMessage::Event(Event::Entry(entry)) => Some(entry),
            _ => None,
        };
        self.heard(conn).into_iter().filter_map(entry).collect()
    }

    pub(super) fn answers(&mut self, conn: ConnId) -> usize {
        self.heard(conn).iter().filter(|message| matches!(message, ServerMessage::Answer(..))).count()
    }

    pub(super) fn refusals(&mut self, conn: ConnId) -> Vec<Code> {
        let code = |message| match message {
            ServerMessage::Refused(_, refusal) => Some(refusal.code),
            _ => None,
        };
        self.heard(conn).into_iter().filter_map(code).collect()
    }

    /// Returns the last message's reason if it is a goodbye.
    pub(super) fn goodbye(&mut self, conn: ConnId) -> Option<GoodbyeReason> {
        match self.heard(conn).pop() {
            Some(ServerMessage::Event(Event::Goodbye(goodbye))) => Some(goodbye.reason),
            _ => None,
        }
    }

    pub(super) fn rooms_told(&mut self, conn: ConnId) -> BTreeMap<RoomId, RoomSummary> {
        let room = |message| match message {
            ServerMessage::Event(Event::Room(room)) => Some((room.room, room)),
            _ => None,
        };
        self.heard(conn).into_iter().filter_map(room).collect()
    }

    pub(super) fn member_page(&self) -> MemberPage {
        let people = self.disk.accounts.iter().map(|(account, role)| Person {
            account: *account,
            name: name(*account),
            role: *role,
            online: false,
        });
        let people = List::new(people.collect()).unwrap();
        let members = u32::try_from(people.len()).unwrap();
        MemberPage { people, more: false, members, online: 0 }
    }

    pub(super) fn waiting(&self) -> usize {
        self.journal.len()
    }

    pub(super) fn census(&self) -> Census {
        Census { longest_lag: Duration::ZERO, ..self.hub.census(self.now) }
    }

    pub(super) fn connections(&self) -> Vec<ConnId> {
        self.outboxes.keys().copied().collect()
    }

    pub(super) fn outbox(&self, conn: ConnId) -> Option<&Outbox> {
        self.outboxes.get(&conn).map(|outbox| &**outbox)
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.hub.poll_effect() {
            match effect {
                Effect::Load { conn, whose } => self.loads.push_back((conn, whose.account)),
                Effect::Write(order, deed) => self.journal.push_back((order, deed)),
                Effect::Enforced { mark, sessions } => self.enforced.push((mark.sanction, sessions)),
                Effect::Matched { matches, .. } => self.matched.extend(matches),
                Effect::Recheck(_) | Effect::Ruled(_) | Effect::Alert(_) | Effect::OutcomeTold(_) => {}
            }
        }
    }

    fn standing(&self, account: AccountId) -> Standing {
        if self.disk.banned.contains(&account) {
            return Standing::Banned { reason: String::new() };
        }
        let rooms = self.disk.rooms.keys().filter(|room| self.disk.is_in(**room, account));
        let rooms = rooms.map(|room| self.summary(*room)).collect();
        Standing::Welcome(Welcome {
            name: name(account),
            role: self.disk.accounts[&account],
            rooms,
            author: self.author(account),
            notices: Vec::new(),
        })
    }

    fn author(&self, account: AccountId) -> Author {
        let bounds = self.disk.bounds.get(&account).cloned().unwrap_or_default();
        Author { since: Timestamp(0), bounds }
    }

    fn perform(&mut self, order: &Order, deed: Deed) -> Result<Done, Refusal> {
        let by = order.account;
        if self.disk.banned.contains(&by) {
            return Err(refused(Code::Banned));
        }
        match deed {
            Deed::Append { room, message_id, content } => self.append(by, room, message_id, content),
            Deed::CreateRoom { name, .. } => {
                let room = RoomId::new(u64::try_from(self.disk.rooms.len()).unwrap() + 1).unwrap();
                let members = BTreeSet::from([by]);
                let log = vec![(by, MessageId([255; 16]))];
                self.disk.rooms.insert(room, Kept { name: name.as_str().to_owned(), members, log });
                Ok(Done::Joined { summary: self.summary(room), fresh: true })
            }
            Deed::Join { name } => {
                let found = self.disk.rooms.iter_mut().find(|(_, kept)| kept.name == name.as_str());
                let (room, kept) = found.ok_or_else(|| refused(Code::NoSuchRoom))?;
                let (room, fresh) = (*room, kept.members.insert(by));
                Ok(Done::Joined { summary: self.summary(room), fresh })
            }
            Deed::Leave { room } => {
                let kept = self.disk.rooms.get_mut(&room).ok_or_else(|| refused(Code::NoSuchRoom))?;
                if room == LOBBY || !kept.members.remove(&by) {
                    return Err(refused(Code::NotAMember));
                }
                Ok(Done::Left { room })
            }
            Deed::Kick { room, whom, reason } => {
                let account = number_of(&whom);
                if room != LOBBY
                    && !self.disk.rooms.get_mut(&room).is_some_and(|kept| kept.members.remove(&account))
                {
                    return Err(refused(Code::NotAMember));
                }
                let sanction = self.sanction();
                let mark = mark(sanction);
                self.feed.push_back(Change::Kicked { account, room, reason: reason.clone(), mark });
                Ok(Done::Kicked { room, account, reason, mark })
            }
            Deed::Ban { whom, reason, .. } => {
                let account = number_of(&whom);
                self.disk.banned.insert(account);
                let mark = mark(self.banned(Whom::Accounts(vec![account])));
                Ok(Done::Banned { account, reason, mark })
            }
            Deed::Unban { whom, .. } => {
                self.disk.banned.remove(&number_of(&whom));
                Ok(Done::Unbanned)
            }
            Deed::MarkRead { room, upto } => Ok(Done::Read { room, upto }),
            Deed::RevokeDevice { device } => Ok(Done::Revoked { device }),
            Deed::OpenDirect { .. } => Err(refused(Code::NotPermitted)),
            Deed::Hold { room, message_id, content, why, .. } => {
                self.disk.held.push((by, room, message_id, content));
                Ok(Done::Held { why })
            }
            Deed::Punish { penalty, refusal, .. } => {
                if let Penalty::Mute { seconds } = penalty {
                    let until = Some(WALL.plus_ms(i64::from(seconds) * 1_000));
                    let bound = Bound { kind: Kind::Mute, room: None, until, reason: "a rule".to_owned() };
                    self.disk.bounds.entry(by).or_default().push(bound);
                }
                Ok(Done::Punished { refusal, account: by, penalty, author: self.author(by) })
            }
            other => panic!("this database cannot do {}", other.label()),
        }
    }

    fn append(
        &mut self,
        author: AccountId,
        room: RoomId,
        message_id: MessageId,
        content: Content,
    ) -> Result<Done, Refusal> {
        if !self.disk.is_in(room, author) {
            return Err(refused(Code::NotAMember));
        }
        let log = &mut self.disk.rooms.get_mut(&room).unwrap().log;
        let place = log.iter().position(|entry| *entry == (author, message_id));
        let fresh = place.is_none();
        if fresh {
            log.push((author, message_id));
        }
        let seq = place.map_or(log.len(), |place| place + 1);
        let seq = Seq::new(u64::try_from(seq).unwrap()).unwrap();
        let entry =
            Entry { room, seq, at: Timestamp(0), author, author_name: name(author), message_id, content };
        Ok(Done::Appended { entry, fresh })
    }

    fn summary(&self, room: RoomId) -> RoomSummary {
        let kept = &self.disk.rooms[&room];
        let pace = self.disk.paces.get(&room).copied().unwrap_or_default();
        let members = if room == LOBBY { self.disk.accounts.len() } else { kept.members.len() };
        RoomSummary {
            room,
            name: Text::cut(&kept.name),
            kind: RoomKind::Open,
            topic: Text::default(),
            last_seq: Seq::new(u64::try_from(kept.log.len()).unwrap()).unwrap(),
            read_upto: Seq::START,
            members: u32::try_from(members).unwrap(),
            joined: true,
            slow_seconds: pace.slow_seconds,
            locked: pace.locked,
        }
    }

    fn sanction(&mut self) -> SanctionId {
        self.next_sanction += 1;
        SanctionId::new(self.next_sanction).unwrap()
    }
}

impl Disk {
    pub(super) fn is_in(&self, room: RoomId, account: AccountId) -> bool {
        room == LOBBY || self.rooms.get(&room).is_some_and(|kept| kept.members.contains(&account))
    }
}

/// Accounts, devices and rooms have far-apart ids, so that one taken for another shows.
pub(super) fn account(number: u64) -> AccountId {
    AccountId::new(10_000 + number).unwrap()
}

pub(super) fn device(number: u64) -> DeviceId {
    DeviceId::new(500_000 + number).unwrap()
}

/// Each person comes from an address of their own.
pub(super) fn address(number: u64) -> IpAddr {
    IpAddr::from([192, 0, 2, u8::try_from(number % 256).unwrap()])
}

fn mark(sanction: SanctionId) -> Mark {
    Mark { sanction, at: WALL }
}

pub(super) fn room_name(name: &str) -> domain::name::RoomName {
    domain::name::RoomName::parse(name).unwrap()
}

pub(super) fn text(room: RoomId, id: u8, body: &str) -> Act {
    let content = Content::Text { body: Text::cut(body), reply_to: None };
    Act::Write(Deed::Append { room, message_id: MessageId([id; 16]), content })
}

pub(super) fn ban(number: u64) -> Act {
    Act::Write(Deed::Ban { whom: account_name(number), reason: Text::default(), seconds: None })
}

pub(super) fn kick(room: RoomId, number: u64) -> Act {
    Act::Write(Deed::Kick { room, whom: account_name(number), reason: Text::default() })
}

pub(super) fn body(entry: &Entry) -> &str {
    match &entry.content {
        Content::Text { body, .. } => body,
        other => panic!("not a text: {other:?}"),
    }
}

fn account_name(number: u64) -> AccountName {
    AccountName::parse(&format!("person{number}")).unwrap()
}

fn number_of(name: &AccountName) -> AccountId {
    account(name.as_str().trim_start_matches("person").parse().unwrap())
}

pub(super) fn name(account: AccountId) -> Text<{ limits::NAME }> {
    Text::cut(&format!("person{}", account.get() - 10_000))
}

fn refused(code: Code) -> Refusal {
    Refusal::new(code, "no")
}
