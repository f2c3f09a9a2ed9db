//! A schedule: devices that come, speak, die and come back around one room, steered by a seed.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::{AccountId, DeviceId, MessageId, RoomId, Seq};
use proto::message::{Command, Content, EvictWhy};
use proto::text::Text;
use sealed::member::{Intent, MemberError, Phase};
use sealed::{Body, Member};

use crate::device::{Device, Template, is_kill};
use crate::random::Random;
use crate::service::{Answer, Flaw, Service};

/// Everything of one schedule.
pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) devices: Vec<Device>,
    /// What each message said.
    pub(crate) said: BTreeMap<MessageId, String>,
    /// The bytes that devices gave out for each message and epoch.
    pub(crate) sent: BTreeMap<(MessageId, u64), Vec<u8>>,
    pub(crate) violations: Vec<String>,
    random: Random,
    messages: u64,
    lost_commits: u64,
}

/// How much happened: a simulation in which nothing happens proves nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) schedules: u64,
    pub(crate) messages: u64,
    pub(crate) commits: u64,
    pub(crate) came_by_themselves: u64,
    pub(crate) evictions: u64,
    pub(crate) devices: u64,
    pub(crate) lost_commits: u64,
    pub(crate) sealed_again: u64,
}

impl Seen {
    pub(crate) fn add(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.messages += other.messages;
        self.commits += other.commits;
        self.came_by_themselves += other.came_by_themselves;
        self.evictions += other.evictions;
        self.devices += other.devices;
        self.lost_commits += other.lost_commits;
        self.sealed_again += other.sealed_again;
    }
}

pub(crate) const ROOM: u64 = 7;
/// Rounds after which a room has to be quiet once everybody is online.
const QUIET: usize = 40;

pub(crate) fn room() -> RoomId {
    RoomId::new(ROOM).unwrap()
}

impl World {
    /// Devices of the template, a room made by the first one, and nobody else in it yet.
    pub(crate) fn new(seed: u64, template: &Template, flaw: Flaw) -> Self {
        let mut random = Random::new(seed);
        let mut service = Service::new(room(), flaw);
        let count = if random.chance(20) { template.devices.len() } else { 3 + random.below(3) };
        let devices: Vec<Device> = template.devices[..count].iter().map(Device::fresh).collect();
        for (device, made) in devices.iter().zip(&template.devices) {
            service.directory.insert(device.device, made.directory);
            service.packages.insert(device.device, made.packages.clone());
        }
        service.members.insert(devices[0].account);
        Self {
            service,
            devices,
            said: BTreeMap::new(),
            sent: BTreeMap::new(),
            violations: Vec::new(),
            random,
            messages: 0,
            lost_commits: 0,
        }
    }

    /// Lets things happen, then lets everybody come to rest.
    pub(crate) fn run(&mut self) {
        self.create();
        self.gather();
        let steps = 8 + self.random.below(20);
        for _ in 0..steps {
            self.act();
        }
        self.rest();
    }

    pub(crate) fn seen(&self) -> Seen {
        let count = |is: fn(&Content) -> bool| {
            self.service.log.iter().filter(|entry| is(&entry.content)).count() as u64
        };
        let messages = count(|content| matches!(content, Content::Sealed { .. }));
        let ids: BTreeSet<MessageId> = self.sent.keys().map(|(id, _)| *id).collect();
        Seen {
            schedules: 1,
            messages,
            commits: count(|content| matches!(content, Content::Commit { .. })),
            came_by_themselves: self.service.external.len() as u64,
            evictions: count(|content| matches!(content, Content::Evict { .. })),
            devices: self.service.leaves.len() as u64,
            lost_commits: self.lost_commits,
            sealed_again: (self.sent.len() - ids.len()) as u64,
        }
    }

    fn create(&mut self) {
        let admins = BTreeSet::from([self.devices[0].account]);
        let (sender, now) = (self.service.host.sender_identity(), self.service.now());
        if self.random.chance(20) {
            self.devices[0].kill_soon(&mut self.random);
        }
        while !self.service.started() {
            let made = self.devices[0].try_with(|member| member.create(room(), &admins, &sender, now));
            let Some(command) = made else { continue };
            self.send(0, command);
        }
    }

    /// Most people are invited at once.
    fn gather(&mut self) {
        for index in 1..self.devices.len() {
            if self.random.chance(75) {
                self.invite(self.devices[index].account);
                self.sync(0);
            }
        }
        for index in 0..self.devices.len() {
            self.sync(index);
        }
    }

    fn act(&mut self) {
        let device = self.random.below(self.devices.len());
        match self.random.below(100) {
            0..35 => self.speak(device),
            35..58 => self.sync(device),
            58..63 => self.devices[device].online ^= true,
            63..68 => self.invite(self.devices[device].account),
            68..73 => self.update(device),
            73..78 => self.come_in(device),
            78..88 => self.devices[device].kill_soon(&mut self.random),
            88..91 => self.evict(device, EvictWhy::Banned),
            91..94 => self.evict(device, EvictWhy::Left),
            94..97 => self.evict_committers(),
            _ => self.lose_state(device),
        }
    }

    /// Everybody is online and nothing breaks any more: the room has to become quiet.
    fn rest(&mut self) {
        for device in &mut self.devices {
            device.online = true;
            device.reopen();
        }
        for _ in 0..QUIET {
            let before = self.service.log.len();
            for device in 0..self.devices.len() {
                self.sync(device);
                self.come_in(device);
                self.commit_evictions(device);
            }
            let settled = (0..self.devices.len()).all(|device| self.is_settled(device));
            if before == self.service.log.len() && settled {
                return;
            }
        }
        self.violations.push("the room does not become quiet".to_owned());
    }

    fn is_settled(&mut self, index: usize) -> bool {
        let end = self.service.log.len() as u64;
        let device = &mut self.devices[index];
        let member = self.service.members.contains(&device.account);
        let present = self.service.leaves.iter().any(|leaf| leaf.device == device.device);
        let Some(state) = device.try_with(|member| member.room(room())).flatten() else { return !present };
        match state.phase {
            Phase::Active if member => {
                let waiting = device.try_with(|member| member.waiting(room())).unwrap_or_default();
                state.cursor.get() == end
                    && state.evicting.is_empty()
                    && !state.committing
                    && waiting.is_empty()
            }
            Phase::Active => true,
            Phase::Lost | Phase::Joining => !member,
            Phase::Ended => true,
        }
    }

    fn speak(&mut self, index: usize) {
        self.messages += 1;
        let device = &mut self.devices[index];
        let mut id = [0; 16];
        id[8..].copy_from_slice(&self.messages.to_be_bytes());
        id[..8].copy_from_slice(&device.device.get().to_be_bytes());
        let (id, text) = (MessageId(id), format!("plaintext number {}", self.messages));
        let body = Body::Text { body: Text::new(text.clone()).unwrap(), reply_to: None };
        self.said.insert(id, text);
        let command = device.try_with(|member| member.seal(room(), id, &body, None)).flatten();
        if let Some(command) = command {
            self.send(index, command);
        }
    }

    /// Reads what is new, or some of it, and sends what waits.
    fn sync(&mut self, index: usize) {
        if !self.devices[index].online || !self.service.members.contains(&self.devices[index].account) {
            return;
        }
        self.take_welcomes(index);
        let most = if self.random.chance(70) { usize::MAX } else { 1 + self.random.below(3) };
        self.read(index, most);
        let outbox = self.devices[index].try_with(|member| member.outbox(room())).unwrap_or_default();
        for command in outbox {
            self.send(index, command);
        }
    }

    pub(crate) fn read(&mut self, index: usize, most: usize) {
        let device = &mut self.devices[index];
        let Some(state) = device.try_with(|member| member.room(room())).flatten() else { return };
        let from = usize::try_from(state.cursor.get()).unwrap();
        let mut lost = Vec::new();
        for entry in self.service.log.iter().skip(from).take(most) {
            let Some(processed) = device.try_with(|member| member.process(entry)) else { break };
            lost.extend(processed.lost);
            if !processed.key_changes.is_empty() {
                self.violations.push(format!("device {} sees changed keys", device.device));
            }
        }
        for intent in lost {
            self.lost_commits += 1;
            if self.random.chance(50) {
                self.commit(index, intent);
            }
        }
    }

    fn take_welcomes(&mut self, index: usize) {
        let device = self.devices[index].device;
        let cards = self.service.welcomes.remove(&device).unwrap_or_default();
        let mut kept = Vec::new();
        for card in cards {
            let (tree, now) = (self.service.tree(card.epoch), self.service.now());
            self.devices[index].read_all(&self.service.log[..usize::try_from(card.seq.get()).unwrap()]);
            let joined = self.devices[index].with(|member| member.join(&card, &tree, now));
            match joined {
                Ok(_) => {}
                Err(error) if is_kill(&error) => kept.push(card),
                // The device has not read yet that it had to go, or it came in by itself since.
                Err(MemberError::StillIn) => {
                    let state = self.devices[index].try_with(|member| member.room(room())).flatten();
                    if state.is_none_or(|state| state.cursor < card.seq) {
                        kept.push(card);
                    }
                }
                // Only a broken disk loses the keys for a Welcome.
                Err(error) => self.violations.push(format!("device {device} is not welcomed: {error}")),
            }
        }
        if !kept.is_empty() {
            self.service.welcomes.insert(device, kept);
        }
    }

    /// The first device of the room's admin adds somebody.
    fn invite(&mut self, account: AccountId) {
        if self.service.banned.contains(&account) || !self.devices[0].online {
            return;
        }
        let packages = self.service.take_packages(account);
        if !packages.is_empty() {
            self.commit(0, Intent::Add { account, packages });
        }
    }

    fn update(&mut self, index: usize) {
        self.commit(index, Intent::Update);
    }

    fn commit_evictions(&mut self, index: usize) {
        let state = self.devices[index].try_with(|member| member.room(room())).flatten();
        if state.is_some_and(|state| !state.evicting.is_empty() && !state.committing) {
            self.commit(index, Intent::Evictions);
        }
    }

    fn evict_committers(&mut self) {
        for index in 0..self.devices.len() {
            if self.devices[index].online {
                self.commit_evictions(index);
            }
        }
    }

    fn commit(&mut self, index: usize, intent: Intent) {
        let now = self.service.now();
        let command = self.devices[index].try_with(|member| member.commit(room(), intent, now));
        if let Some(command) = command {
            self.send(index, command);
        }
    }

    /// A further device of a member comes in by itself, or one that lost its state.
    fn come_in(&mut self, index: usize) {
        let device = &self.devices[index];
        let (account, online) = (device.account, device.online);
        let theirs = self.service.leaves.iter().any(|leaf| leaf.account == account);
        if !online || !theirs || !self.service.members.contains(&account) {
            return;
        }
        if self.service.welcomes.contains_key(&device.device) {
            return;
        }
        self.read(index, usize::MAX);
        let ((seq, info, tree), now) = (self.service.group_info(), self.service.now());
        let command = self.devices[index].try_with(|member| member.rejoin(room(), seq, &info, &tree, now));
        if let Some(command) = command {
            self.send(index, command);
        }
    }

    fn evict(&mut self, index: usize, why: EvictWhy) {
        let account = self.devices[index].account;
        // The admin stays, so that there is somebody to tell the story.
        if account == self.devices[0].account || !self.service.members.contains(&account) {
            return;
        }
        let log = self.service.log.len();
        self.service.evict(account, why);
        for device in self.devices.iter_mut().filter(|device| device.account == account) {
            device.remember_gone(log);
        }
    }

    fn lose_state(&mut self, index: usize) {
        self.devices[index].lose_state();
    }

    /// Gives a command to the server, unless the line breaks; its answer may get lost too.
    fn send(&mut self, index: usize, command: Command) {
        self.check_sent(&command);
        let device = &mut self.devices[index];
        if !device.online || self.random.chance(8) {
            return;
        }
        let (Command::Commit { message_id, .. } | Command::SendSealed { message_id, .. }) = command else {
            self.service.handle(device.account, device.device, command);
            return;
        };
        let answer = self.service.handle(device.account, device.device, command);
        if self.random.chance(8) {
            return;
        }
        if let Answer::Refused(_) = answer {
            device.try_with(|member| member.refused(room(), message_id));
        }
    }

    /// The same message in the same epoch is the same bytes, whatever happened in between.
    fn check_sent(&mut self, command: &Command) {
        let (id, epoch, bytes) = match command {
            Command::SendSealed { message_id, epoch, message, .. } => {
                (*message_id, epoch.get(), message.to_vec())
            }
            Command::Commit { message_id, epoch, commit, .. } => (*message_id, epoch.get(), commit.to_vec()),
            _ => return,
        };
        let known = self.sent.entry((id, epoch)).or_insert_with(|| bytes.clone());
        if *known != bytes {
            self.violations.push(format!("{id:?} of epoch {epoch} was sealed twice"));
        }
    }
}

/// A member of the simulation.
pub(crate) type SimMember = Member<crate::disk::Disk>;

pub(crate) fn seq(number: usize) -> Seq {
    Seq::new(number as u64).unwrap()
}

pub(crate) fn ids(account: u64, device: u64) -> (AccountId, DeviceId) {
    (AccountId::new(account).unwrap(), DeviceId::new(device).unwrap())
}
