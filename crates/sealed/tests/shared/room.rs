//! A room for stories: a host, a log, and members with vaults in memory.
#![allow(dead_code, reason = "each test program uses its part of the room")]

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use proto::bytes::Bytes;
use proto::ids::{AccountId, DeviceId, Epoch, MessageId, RoomId, Seq, StampMac, Timestamp, WelcomeId};
use proto::message::{Command, Content, DevicePackage, Entry, EvictWhy, Stamp, WelcomeCard};
use proto::text::{List, Text};
use sealed::host::{self, HostError, Judged, Judgement};
use sealed::member::{Intent, LineWalk, Processed, What};
use sealed::vault::MemoryVault;
use sealed::{Body, Host, Leaf, Member, ServerId};

pub(crate) const SERVER: ServerId = ServerId([9; 16]);

pub(crate) type Person = Member<MemoryVault>;

pub(crate) fn room_id() -> RoomId {
    RoomId::new(7).unwrap()
}

/// The account of this number and its first device.
pub(crate) fn ids(account: u64) -> (AccountId, DeviceId) {
    (AccountId::new(account).unwrap(), DeviceId::new(account + 1_000_000).unwrap())
}

pub(crate) fn message_id(number: u8) -> MessageId {
    MessageId([number; 16])
}

/// The machine's time: the other implementation of MLS holds lifetimes against it.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

pub(crate) fn person(account: u64) -> Person {
    let (account, device) = ids(account);
    let mut member = Member::open(MemoryVault::default(), SERVER, account, device).unwrap();
    member.found_identity(now()).unwrap();
    member
}

pub(crate) fn text(words: &str) -> Body {
    Body::Text { body: Text::new(words).unwrap(), reply_to: None }
}

pub(crate) fn add(account: u64, package: Vec<u8>) -> Intent {
    let (account, device) = ids(account);
    let package = DevicePackage { device, package: Bytes::new(package).unwrap() };
    Intent::Add { account, packages: vec![package] }
}

/// One's own package, as the server would hand it out.
pub(crate) fn add_person(person: &mut Person) -> Intent {
    let package = person.key_packages(1, false, now()).unwrap().packages.remove(0);
    let package = DevicePackage { device: person.device(), package: Bytes::new(package).unwrap() };
    Intent::Add { account: person.account(), packages: vec![package] }
}

pub(crate) fn authenticator(member: &mut Person) -> Vec<u8> {
    member.room(room_id()).unwrap().unwrap().authenticator.to_vec()
}

/// Everything a person could read in the room, in order.
pub(crate) fn read_by(member: &Person) -> Vec<Body> {
    let lines = member.lines(room_id(), LineWalk::Up { after: Seq::START }, 1000).unwrap();
    let bodies = lines.into_iter().filter_map(|line| match line.what {
        What::Message { body, .. } => Some(body),
        _ => None,
    });
    bodies.collect()
}

/// The server's side: a host and a log.
pub(crate) struct Room {
    pub(crate) host: Host,
    pub(crate) snapshot: Vec<u8>,
    pub(crate) epoch: Epoch,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) tree: Vec<u8>,
    pub(crate) group_info: Vec<u8>,
    pub(crate) log: Vec<Entry>,
}

impl Room {
    /// A group that `maker` is alone in.
    pub(crate) fn start(maker: &mut Person) -> Self {
        let host = Host::from_secret(SERVER, &[3; 32]);
        let admins = BTreeSet::from([maker.account()]);
        let made = maker.create(room_id(), &admins, &host.sender_identity(), now()).unwrap();
        let Command::StartGroup { group_info, tree, .. } = made else { panic!("a group is made") };
        let by = (maker.account(), maker.device());
        let followed = host.start(room_id(), by, &group_info, &tree, now()).unwrap();
        Self {
            host,
            snapshot: followed.snapshot,
            epoch: followed.epoch,
            leaves: followed.leaves,
            tree: tree.to_vec(),
            group_info: group_info.to_vec(),
            log: Vec::new(),
        }
    }

    /// A room of these people, the first of whom made it.
    pub(crate) fn of(people: &mut [&mut Person]) -> Self {
        let (maker, others) = people.split_first_mut().unwrap();
        let mut room = Self::start(maker);
        for index in 0..others.len() {
            let intent = add_person(others[index]);
            let card = room.commit(maker, intent).unwrap();
            let (earlier, joiner) = others.split_at_mut(index);
            joiner[0].join(&card, &room.tree, now()).unwrap();
            earlier.iter_mut().for_each(|person| drop(room.sync(person)));
        }
        room
    }

    /// Lets a member commit and hear of it. Returns the card of the Welcome.
    pub(crate) fn commit(&mut self, by: &mut Person, intent: Intent) -> Result<WelcomeCard, HostError> {
        let made = by.commit(room_id(), intent, now()).unwrap();
        let card = self.take_commit(by.account(), by.device(), &made)?;
        self.sync(by);
        Ok(card)
    }

    pub(crate) fn take_commit(
        &mut self,
        account: AccountId,
        device: DeviceId,
        command: &Command,
    ) -> Result<WelcomeCard, HostError> {
        let Command::Commit { message_id, commit, group_info, welcome, .. } = command else {
            panic!("a commit")
        };
        let judged = self.judge((account, device), commit, group_info, welcome)?;
        self.accept(&judged, account, device, *message_id, commit, group_info);
        let welcome = Bytes::new(welcome.to_vec()).unwrap();
        let seq = self.log.last().unwrap().seq;
        Ok(WelcomeCard { id: WelcomeId::new(1).unwrap(), room: room_id(), epoch: judged.epoch, seq, welcome })
    }

    pub(crate) fn judge(
        &self,
        (account, device): (AccountId, DeviceId),
        commit: &[u8],
        group_info: &[u8],
        welcome: &[u8],
    ) -> Result<Judged, HostError> {
        let (shut_out, now) = (BTreeSet::new(), now());
        let judgement = Judgement { account, device, shut_out: &shut_out, certified: &|_| true, now };
        self.host.judge(room_id(), &self.snapshot, commit, group_info, welcome, &judgement)
    }

    pub(crate) fn accept(
        &mut self,
        judged: &Judged,
        author: AccountId,
        device: DeviceId,
        id: MessageId,
        commit: &[u8],
        group_info: &[u8],
    ) {
        let message = Bytes::new(commit.to_vec()).unwrap();
        self.append(author, id, Content::Commit { device, epoch: self.epoch, message });
        self.snapshot.clone_from(&judged.snapshot);
        self.epoch = judged.epoch;
        self.leaves.clone_from(&judged.leaves);
        self.tree.clone_from(&judged.tree);
        self.group_info = group_info.to_vec();
    }

    /// Lets a person say something; it goes into the log and nobody has read it yet.
    pub(crate) fn say(&mut self, by: &mut Person, number: u8, words: &str) {
        let sent = by.seal(room_id(), message_id(number), &text(words), None).unwrap().unwrap();
        let Command::SendSealed { message, .. } = sent else { panic!("a message") };
        self.send(by.account(), by.device(), message_id(number), message.to_vec());
    }

    pub(crate) fn send(&mut self, account: AccountId, device: DeviceId, id: MessageId, message: Vec<u8>) {
        let inspected = host::inspect(&message).unwrap();
        assert_eq!(inspected.epoch, self.epoch);
        let (epoch, message) = (inspected.epoch, Bytes::new(message).unwrap());
        let stamp = Stamp { kid: 1, mac: StampMac([1; 32]) };
        self.append(account, id, Content::Sealed { device, epoch, message, blob: None, stamp });
    }

    /// The server asks for somebody's removal.
    pub(crate) fn evict(&mut self, account: AccountId) -> Vec<u8> {
        let theirs = self.leaves.iter().find(|leaf| leaf.account == account).unwrap().index;
        let proposed = self.host.propose_removal(room_id(), &self.snapshot, &[theirs]).unwrap();
        self.snapshot = proposed.snapshot;
        let proposal = proposed.proposals[0].clone();
        let proposals = List::new(vec![Bytes::new(proposal.clone()).unwrap()]).unwrap();
        let content = Content::Evict { epoch: self.epoch, proposals, why: EvictWhy::Banned };
        self.append(account, MessageId([200; 16]), content);
        proposal
    }

    pub(crate) fn append(&mut self, author: AccountId, message_id: MessageId, content: Content) {
        let seq = Seq::new(self.log.len() as u64 + 1).unwrap();
        let author_name = Text::cut("somebody");
        self.log.push(Entry { room: room_id(), seq, at: now(), author, author_name, message_id, content });
    }

    /// Gives a person the whole log; what was read before changes nothing.
    pub(crate) fn sync(&self, member: &mut Person) -> Vec<Processed> {
        self.log.iter().map(|entry| member.process(entry).unwrap()).collect()
    }

    pub(crate) fn seq(&self) -> Seq {
        self.log.last().map_or(Seq::START, |entry| entry.seq)
    }

    /// Lets a device come in by itself.
    pub(crate) fn rejoin(&mut self, member: &mut Person) -> Result<(), HostError> {
        let made = member.rejoin(room_id(), self.seq(), &self.group_info, &self.tree, now()).unwrap();
        self.take_commit(member.account(), member.device(), &made)?;
        self.sync(member);
        Ok(())
    }
}
