//! Sealed rooms on the small server: it follows groups with the real host, and keeps what it could see for the tests.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proto::bytes::{Bytes, Secret32};
use proto::ids::{
    AccountId, DeviceId, Epoch, IdentityKey, PublicKey, RoomId, SignatureKey, Timestamp, WelcomeId,
};
use proto::message::{
    Answer, Command, Content, DeviceIdentity, DevicePackage, Event, EvictWhy, IdentityCard, Opened, RoomKind,
    ServerMessage, WelcomeCard, WelcomePage,
};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Text};
use sealed::franking::{StampInput, StampKeys, read_aad, stamp, verify};
use sealed::host::{Host, Judgement, inspect};
use sealed::{Leaf, ServerId};

use super::{Did, MiniServer, State};
use crate::support::seq;

/// What the small server has of sealed rooms.
pub(super) struct Sealed {
    server: ServerId,
    host: Host,
    stamps: StampKeys,
    identities: BTreeMap<String, IdentityKey>,
    devices: BTreeMap<DeviceId, Known>,
    groups: BTreeMap<RoomId, Group>,
    welcomes: Vec<(DeviceId, WelcomeCard)>,
    /// Commands that are not heard: neither carried out nor answered.
    deaf: BTreeSet<&'static str>,
    /// Sealed messages as they came, also again and also while deaf.
    came: Vec<Vec<u8>>,
    /// Which commands are to be answered late: the connection is cut after they were carried out.
    cuts: BTreeSet<&'static str>,
    reported: Vec<Opened>,
}

struct Known {
    owner: String,
    noise_key: PublicKey,
    signature_key: Option<SignatureKey>,
    certificate: Option<Vec<u8>>,
    parcel: Option<Vec<u8>>,
    asks: bool,
    packages: VecDeque<Vec<u8>>,
    last_resort: Option<Vec<u8>>,
}

struct Group {
    snapshot: Vec<u8>,
    epoch: Epoch,
    info: Vec<u8>,
    info_seq: u64,
    trees: BTreeMap<Epoch, Vec<u8>>,
    leaves: Vec<Leaf>,
    fence: BTreeSet<AccountId>,
}

/// Who speaks.
pub(super) struct Who<'a> {
    pub(super) name: &'a str,
    pub(super) device: DeviceId,
}

impl Sealed {
    pub(super) fn new(key: &PublicKey) -> Self {
        let server = ServerId::of(key);
        Self {
            server,
            host: Host::from_secret(server, &Host::generate_secret()),
            stamps: StampKeys::first(NOW, Secret32::new([7; 32])),
            identities: BTreeMap::new(),
            devices: BTreeMap::new(),
            groups: BTreeMap::new(),
            welcomes: Vec::new(),
            deaf: BTreeSet::new(),
            came: Vec::new(),
            cuts: BTreeSet::new(),
            reported: Vec::new(),
        }
    }
}

impl Sealed {
    /// Returns somebody's devices.
    pub(super) fn devices_of(&self, name: &str) -> Vec<DeviceId> {
        self.devices.iter().filter(|(_, known)| known.owner == name).map(|(&device, _)| device).collect()
    }
}

impl Default for Sealed {
    fn default() -> Self {
        Self::new(&PublicKey([0; 32]))
    }
}

/// Whether a command is about sealed rooms.
pub(super) fn is_sealed(command: &Command) -> bool {
    matches!(
        command,
        Command::Identity { .. }
            | Command::PublishIdentity { .. }
            | Command::AskApproval { .. }
            | Command::ApproveDevice { .. }
            | Command::PublishKeyPackages { .. }
            | Command::TakeKeyPackages { .. }
            | Command::CreateSealed { .. }
            | Command::StartGroup { .. }
            | Command::Commit { .. }
            | Command::SendSealed { .. }
            | Command::ListWelcomes
            | Command::DropWelcome { .. }
            | Command::FetchTree { .. }
            | Command::FetchGroupInfo { .. }
            | Command::CannotRead { .. }
            | Command::ReportSealed { .. }
            | Command::FetchHost
    )
}

impl MiniServer {
    /// Evicts somebody from a sealed room, as a ban does: the fence stands, then the proposals are in the log.
    pub(crate) fn evict(&self, room: RoomId, name: &str) {
        let mut state = self.state.lock().unwrap();
        let account = state.accounts[name].id;
        let sealed = &mut state.sealed;
        let group = sealed.groups.get_mut(&room).unwrap();
        group.fence.insert(account);
        let theirs: Vec<u32> =
            group.leaves.iter().filter(|leaf| leaf.account == account).map(|leaf| leaf.index).collect();
        let proposed = sealed.host.propose_removal(room, &group.snapshot, &theirs).unwrap();
        group.snapshot = proposed.snapshot;
        let proposals = proposed.proposals.into_iter().map(|bytes| Bytes::new(bytes).unwrap()).collect();
        let epoch = group.epoch;
        let content =
            Content::Evict { epoch, proposals: List::new(proposals).unwrap(), why: EvictWhy::Banned };
        state.append(room.get(), name, proto::ids::MessageId([8; 16]), content);
    }

    /// Returns the messages that were opened in reports, after checking that each is proven.
    pub(crate) fn opened(&self) -> Vec<Opened> {
        self.state.lock().unwrap().sealed.reported.clone()
    }

    /// Cuts the connection once, after a command of this kind was carried out and before it is answered.
    pub(crate) fn cut_after(&self, kind: &'static str) {
        self.state.lock().unwrap().sealed.cuts.insert(kind);
    }

    /// Does not hear commands of this kind, or hears them again.
    pub(crate) fn deaf_to(&self, kind: &'static str, is_deaf: bool) {
        let deaf = &mut self.state.lock().unwrap().sealed.deaf;
        if is_deaf {
            deaf.insert(kind)
        } else {
            deaf.remove(kind)
        };
    }

    /// Returns the sealed messages that came, in the order they came.
    pub(crate) fn came(&self) -> Vec<Vec<u8>> {
        self.state.lock().unwrap().sealed.came.clone()
    }

    /// Returns the newest sealed room.
    pub(crate) fn sealed_room(&self) -> RoomId {
        let state = self.state.lock().unwrap();
        *state.sealed.groups.keys().next_back().unwrap()
    }

    /// Returns the devices in a sealed room.
    pub(crate) fn leaves(&self, room: RoomId) -> usize {
        self.state.lock().unwrap().sealed.groups[&room].leaves.len()
    }

    /// Returns every byte the server holds of a room's log.
    pub(crate) fn bytes_of(&self, room: RoomId) -> Vec<u8> {
        let state = self.state.lock().unwrap();
        state.rooms[&room.get()].log.iter().flat_map(proto::codec::encode).collect()
    }

    /// Puts an entry into a room's log that no member sent.
    pub(crate) fn forge(&self, room: RoomId, author: &str, content: Content) {
        let mut state = self.state.lock().unwrap();
        state.append(room.get(), author, proto::ids::MessageId([6; 16]), content);
    }
}

impl State {
    pub(super) fn sealed(&mut self, who: &Who<'_>, command: &Command) -> Did {
        if self.sealed.deaf.contains("everything") {
            return Did::Nothing;
        }
        match command {
            Command::Identity { name } => {
                let name = if name.is_empty() { who.name } else { &**name };
                if !self.accounts.contains_key(name) {
                    return refuse(Code::NoSuchAccount);
                }
                Did::Answer(Answer::Identity(self.card(name, name == who.name)))
            }
            Command::PublishIdentity { key, certificate, signature_key, replaces } => {
                let current = self.sealed.identities.get(who.name).copied();
                if current.is_some() && current != Some(*key) && current != *replaces {
                    return refuse(Code::Conflict);
                }
                self.sealed.identities.insert(who.name.to_owned(), *key);
                let device = self.sealed.devices.get_mut(&who.device).unwrap();
                device.certificate = Some(certificate.to_vec());
                device.signature_key = Some(*signature_key);
                device.asks = false;
                Did::Answer(Answer::Done)
            }
            Command::AskApproval { signature_key } => {
                let device = self.sealed.devices.get_mut(&who.device).unwrap();
                (device.signature_key, device.asks) = (Some(*signature_key), true);
                let event = Event::DeviceAsks {
                    device: who.device,
                    label: Text::cut("laptop"),
                    signature_key: *signature_key,
                };
                self.tell(who.name, &event);
                Did::Answer(Answer::Done)
            }
            Command::ApproveDevice { device, certificate, parcel } => {
                let asking = self.sealed.devices.get_mut(device).unwrap();
                asking.certificate = Some(certificate.to_vec());
                asking.parcel = Some(parcel.to_vec());
                asking.asks = false;
                self.tell(who.name, &Event::DeviceApproved { device: *device });
                Did::Answer(Answer::Done)
            }
            Command::PublishKeyPackages { packages, last_resort } => {
                let device = self.sealed.devices.get_mut(&who.device).unwrap();
                device.packages.extend(packages.iter().map(|package| package.to_vec()));
                if let Some(package) = last_resort {
                    device.last_resort = Some(package.to_vec());
                }
                Did::Answer(Answer::KeyPackagesLeft { left: device.packages.len().try_into().unwrap() })
            }
            Command::TakeKeyPackages { room, name } => self.take_packages(*room, name),
            Command::CreateSealed { with, .. } => self.create_sealed(who.name, with.as_deref()),
            Command::StartGroup { room, group_info, tree } => self.start_group(who, *room, group_info, tree),
            Command::Commit { .. } => self.commit(who, command),
            Command::SendSealed { .. } => self.send_sealed(who, command),
            Command::ListWelcomes
            | Command::DropWelcome { .. }
            | Command::FetchTree { .. }
            | Command::FetchGroupInfo { .. }
            | Command::FetchHost => self.entrance(who, command),
            Command::ReportSealed { room, opened, .. } => self.report_sealed(*room, opened),
            _ => Did::Answer(Answer::Done),
        }
    }

    /// Answers what a device needs to come into a room.
    fn entrance(&mut self, who: &Who<'_>, command: &Command) -> Did {
        match command {
            Command::ListWelcomes => {
                let mine = self.sealed.welcomes.iter().filter(|(device, _)| *device == who.device);
                let welcomes = List::new(mine.map(|(_, card)| card.clone()).collect()).unwrap();
                Did::Answer(Answer::Welcomes(WelcomePage { welcomes, more: false }))
            }
            Command::DropWelcome { id } => {
                self.sealed.welcomes.retain(|(_, card)| card.id != *id);
                Did::Answer(Answer::Done)
            }
            Command::FetchTree { room, epoch, offset, len } => {
                let tree = self.sealed.groups.get(room).and_then(|group| group.trees.get(epoch));
                let Some(tree) = tree else { return refuse(Code::NoSuchEntry) };
                let from = usize::try_from(*offset).unwrap().min(tree.len());
                let upto = (from + *len as usize).min(tree.len());
                let bytes = Bytes::new(tree[from..upto].to_vec()).unwrap();
                Did::Answer(Answer::Piece { offset: *offset, bytes })
            }
            Command::FetchGroupInfo { room } => match self.sealed.groups.get(room) {
                Some(group) => Did::Answer(Answer::GroupInfo {
                    epoch: group.epoch,
                    seq: seq(group.info_seq),
                    info: Bytes::new(group.info.clone()).unwrap(),
                }),
                None => refuse(Code::NoSuchEntry),
            },
            Command::FetchHost => {
                let sender = Bytes::new(self.sealed.host.sender_identity()).unwrap();
                Did::Answer(Answer::Host { sender })
            }
            _ => refuse(Code::BadInput),
        }
    }

    /// Takes note of a device when it connects.
    pub(super) fn device_of(&mut self, key: PublicKey, owner: &str) -> DeviceId {
        let known = self.sealed.devices.iter().find(|(_, known)| known.noise_key == key);
        if let Some((&device, _)) = known {
            return device;
        }
        let device = DeviceId::new(77 + self.sealed.devices.len() as u64).unwrap();
        let known = Known {
            owner: owner.to_owned(),
            noise_key: key,
            signature_key: None,
            certificate: None,
            parcel: None,
            asks: false,
            packages: VecDeque::new(),
            last_resort: None,
        };
        self.sealed.devices.insert(device, known);
        device
    }

    fn card(&self, name: &str, is_own: bool) -> IdentityCard {
        let theirs = self.sealed.devices.iter().filter(|(_, known)| known.owner == name);
        let devices =
            theirs.filter(|(_, known)| is_own || known.certificate.is_some()).map(|(&device, known)| {
                DeviceIdentity {
                    device,
                    noise_key: known.noise_key,
                    signature_key: known.signature_key,
                    certificate: known.certificate.clone().map(|bytes| Bytes::new(bytes).unwrap()),
                    parcel: known.parcel.clone().filter(|_| is_own).map(|bytes| Bytes::new(bytes).unwrap()),
                    asks: is_own && known.asks,
                }
            });
        IdentityCard {
            account: self.accounts[name].id,
            name: Text::cut(name),
            key: self.sealed.identities.get(name).copied(),
            devices: List::new(devices.collect()).unwrap(),
        }
    }

    fn take_packages(&mut self, room: RoomId, name: &str) -> Did {
        if !self.sealed.identities.contains_key(name) {
            return refuse(Code::NoIdentity);
        }
        let Sealed { devices, groups, .. } = &mut self.sealed;
        let leaves = &groups[&room].leaves;
        let out = devices.iter_mut().filter(|(device, known)| {
            known.owner == name
                && known.certificate.is_some()
                && !leaves.iter().any(|leaf| leaf.device == **device)
        });
        let packages = out.filter_map(|(&device, known)| {
            let package = known.packages.pop_front().or_else(|| known.last_resort.clone())?;
            Some(DevicePackage { device, package: Bytes::new(package).unwrap() })
        });
        Did::Answer(Answer::KeyPackages { packages: List::new(packages.collect()).unwrap() })
    }

    fn create_sealed(&mut self, name: &str, with: Option<&str>) -> Did {
        let (label, kind) = match with {
            Some(other) => {
                let mut pair = [name, other];
                pair.sort_unstable();
                (pair.join("+"), RoomKind::SealedDirect)
            }
            None => (format!("sealed:{}", self.rooms.len()), RoomKind::Sealed),
        };
        let id = self.add_room(&label, kind);
        if let Some(other) = with {
            self.rooms.get_mut(&id).unwrap().members.insert(other.to_owned());
            let summary = self.summary(id, other);
            self.tell(other, &Event::Room(summary));
        }
        self.enter_room(id, name)
    }

    fn start_group(&mut self, who: &Who<'_>, room: RoomId, info: &[u8], tree: &[u8]) -> Did {
        if self.sealed.groups.contains_key(&room) {
            return refuse(Code::Conflict);
        }
        let maker = (self.accounts[who.name].id, who.device);
        match self.sealed.host.start(room, maker, info, tree, now()) {
            Ok(followed) => {
                let group = Group {
                    snapshot: followed.snapshot,
                    epoch: followed.epoch,
                    info: info.to_vec(),
                    info_seq: self.rooms[&room.get()].log.len() as u64,
                    trees: BTreeMap::from([(followed.epoch, tree.to_vec())]),
                    leaves: followed.leaves,
                    fence: BTreeSet::new(),
                };
                self.sealed.groups.insert(room, group);
                Did::Answer(Answer::Done)
            }
            Err(error) => Did::Refuse(Refusal::new(Code::GroupRefused, &error.to_string())),
        }
    }

    fn commit(&mut self, who: &Who<'_>, command: &Command) -> Did {
        let Command::Commit { room, message_id, epoch, commit, group_info, welcome } = command else {
            return refuse(Code::BadInput);
        };
        if let Some(entry) = self.rooms[&room.get()].log.iter().find(|entry| entry.message_id == *message_id)
        {
            return Did::Answer(Answer::Accepted { room: *room, seq: entry.seq, at: entry.at });
        }
        let Some(group) = self.sealed.groups.get(room) else { return refuse(Code::GroupRefused) };
        if group.epoch != *epoch {
            return refuse(Code::StaleEpoch);
        }
        let certified = |leaf: &Leaf| {
            let known = self.sealed.devices.get(&leaf.device);
            known.is_some_and(|known| known.signature_key == Some(leaf.signature_key))
        };
        let judgement = Judgement {
            account: self.accounts[who.name].id,
            device: who.device,
            shut_out: &group.fence,
            certified: &certified,
            now: now(),
        };
        let judged = self.sealed.host.judge(*room, &group.snapshot, commit, group_info, welcome, &judgement);
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => return Did::Refuse(Refusal::new(Code::GroupRefused, &error.to_string())),
        };
        let names: BTreeMap<AccountId, String> =
            self.accounts.iter().map(|(name, account)| (account.id, name.clone())).collect();
        let content = Content::Commit { device: who.device, epoch: *epoch, message: commit.clone() };
        for leaf in &judged.added {
            self.rooms.get_mut(&room.get()).unwrap().members.insert(names[&leaf.account].clone());
        }
        let (at_seq, at) = self.append(room.get(), who.name, *message_id, content);
        let group = self.sealed.groups.get_mut(room).unwrap();
        group.trees.insert(judged.epoch, judged.tree);
        (group.snapshot, group.epoch) = (judged.snapshot, judged.epoch);
        (group.info, group.info_seq, group.leaves) = (group_info.to_vec(), at_seq.get(), judged.leaves);
        let left: BTreeSet<_> = group.leaves.iter().map(|leaf| leaf.account).collect();
        group.fence.retain(|account| left.contains(account));
        for leaf in judged.added.iter().filter(|_| !judged.external) {
            let id = WelcomeId::new(1 + self.sealed.welcomes.len() as u64 + at_seq.get() * 100).unwrap();
            let card = WelcomeCard {
                id,
                room: *room,
                epoch: judged.epoch,
                seq: at_seq,
                welcome: Bytes::new(welcome.to_vec()).unwrap(),
            };
            self.sealed.welcomes.push((leaf.device, card));
            let name = &names[&leaf.account];
            let summary = self.summary(room.get(), name);
            self.tell(name, &Event::Room(summary));
            self.tell(name, &Event::WelcomeWaits { room: *room });
        }
        self.cut_or(Did::Answer(Answer::Accepted { room: *room, seq: at_seq, at }), "commit")
    }

    fn send_sealed(&mut self, who: &Who<'_>, command: &Command) -> Did {
        let Command::SendSealed { room, message_id, epoch, message, blob } = command else {
            return refuse(Code::BadInput);
        };
        if let Some(entry) = self.rooms[&room.get()].log.iter().find(|entry| entry.message_id == *message_id)
        {
            return Did::Answer(Answer::Accepted { room: *room, seq: entry.seq, at: entry.at });
        }
        self.sealed.came.push(message.to_vec());
        if self.sealed.deaf.contains("send") {
            return Did::Nothing;
        }
        let Some(group) = self.sealed.groups.get(room) else { return refuse(Code::GroupRefused) };
        if group.epoch != *epoch {
            return refuse(Code::StaleEpoch);
        }
        if !group.fence.is_empty() {
            return refuse(Code::PendingEviction);
        }
        let aad = read_aad(&inspect(message).unwrap().aad).unwrap();
        assert_eq!(aad.message_id, *message_id);
        let input = StampInput {
            room: *room,
            seq: seq(self.rooms[&room.get()].log.len() as u64 + 1),
            at: Timestamp(1_700_000_000_000),
            epoch: *epoch,
            account: self.accounts[who.name].id,
            device: who.device,
            message_id: *message_id,
            commitment: aad.commitment,
        };
        let stamp = stamp(&self.sealed.stamps, self.sealed.server, &input);
        let content = Content::Sealed {
            device: who.device,
            epoch: *epoch,
            message: message.clone(),
            blob: *blob,
            stamp,
        };
        let (at_seq, at) = self.append(room.get(), who.name, *message_id, content);
        assert_eq!((at_seq, at), (input.seq, input.at));
        self.cut_or(Did::Answer(Answer::Accepted { room: *room, seq: at_seq, at }), "send")
    }

    fn report_sealed(&mut self, room: RoomId, opened: &[Opened]) -> Did {
        for message in opened {
            let input = StampInput {
                room,
                seq: message.seq,
                at: message.at,
                epoch: message.epoch,
                account: message.account,
                device: message.device,
                message_id: message.message_id,
                commitment: message.commitment,
            };
            let proven = verify(&self.sealed.stamps, self.sealed.server, &input, &message.stamp);
            if proven.is_err() {
                return refuse(Code::BadInput);
            }
        }
        self.sealed.reported.extend(opened.iter().cloned());
        Did::Answer(Answer::Reported { report: proto::ids::ReportId::new(5).unwrap() })
    }

    fn cut_or(&mut self, did: Did, kind: &'static str) -> Did {
        if self.sealed.cuts.remove(kind) { Did::Cut } else { did }
    }

    fn tell(&self, name: &str, event: &Event) {
        for (online, sender) in self.online.values() {
            if online == name {
                let _ = sender.send(ServerMessage::Event(event.clone()));
            }
        }
    }
}

fn refuse(code: Code) -> Did {
    Did::Refuse(Refusal::new(code, "not now"))
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(since.as_millis().try_into().unwrap())
}

const NOW: Timestamp = Timestamp(1_700_000_000_000);
