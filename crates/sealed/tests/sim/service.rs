//! The server of the simulation: one room, the rules of the contract between clients and server, in memory.

use std::collections::{BTreeMap, BTreeSet};

use proto::bytes::Bytes;
use proto::ids::{
    AccountId, DeviceId, Epoch, IdentityKey, MessageId, RoomId, Seq, SignatureKey, StampMac, Timestamp,
    WelcomeId,
};
use proto::message::{Command, Content, DevicePackage, Entry, EvictWhy, Stamp, WelcomeCard};
use proto::text::{List, Text};
use sealed::host::{self, Judged, Judgement};
use sealed::{Host, Leaf, ServerId, franking};

pub(crate) const SERVER: ServerId = ServerId([9; 16]);
pub(crate) const START: Timestamp = Timestamp(1_800_000_000_000);

/// What the server does wrong in a control run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// It takes messages of epochs that have ended.
    NoEpochCheck,
    /// It takes messages while somebody has to go.
    NoFence,
    /// It lets banned accounts come in by themselves, and asks for nobody's removal.
    NoEviction,
}

/// What the server says to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    Stale,
    Pending,
    Refused(String),
}

pub(crate) struct Service {
    pub(crate) host: Host,
    pub(crate) room: RoomId,
    pub(crate) flaw: Flaw,
    pub(crate) log: Vec<Entry>,
    /// The devices in the group when each entry was written.
    pub(crate) present: Vec<BTreeSet<DeviceId>>,
    /// Commits by which a device came in by itself.
    pub(crate) external: BTreeSet<(Seq, DeviceId)>,
    pub(crate) members: BTreeSet<AccountId>,
    pub(crate) banned: BTreeSet<AccountId>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) epoch: Epoch,
    pub(crate) welcomes: BTreeMap<DeviceId, Vec<WelcomeCard>>,
    pub(crate) directory: BTreeMap<DeviceId, (AccountId, IdentityKey, SignatureKey)>,
    pub(crate) packages: BTreeMap<DeviceId, Vec<Vec<u8>>>,
    evicting: BTreeMap<AccountId, EvictWhy>,
    snapshot: Option<Vec<u8>>,
    trees: BTreeMap<Epoch, Vec<u8>>,
    group_info: (Seq, Vec<u8>),
    by_message: BTreeMap<MessageId, Seq>,
}

impl Service {
    pub(crate) fn new(room: RoomId, flaw: Flaw) -> Self {
        Self {
            host: Host::from_secret(SERVER, &[3; 32]),
            room,
            flaw,
            log: Vec::new(),
            present: Vec::new(),
            external: BTreeSet::new(),
            members: BTreeSet::new(),
            banned: BTreeSet::new(),
            leaves: Vec::new(),
            epoch: Epoch::START,
            welcomes: BTreeMap::new(),
            directory: BTreeMap::new(),
            packages: BTreeMap::new(),
            evicting: BTreeMap::new(),
            snapshot: None,
            trees: BTreeMap::new(),
            group_info: (Seq::START, Vec::new()),
            by_message: BTreeMap::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        START.plus_ms(i64::try_from(self.log.len()).unwrap() * 1000)
    }

    pub(crate) fn handle(&mut self, account: AccountId, device: DeviceId, command: Command) -> Answer {
        if !self.members.contains(&account) {
            return Answer::Refused("not a member".to_owned());
        }
        match command {
            Command::StartGroup { group_info, tree, .. } => self.start(account, device, &group_info, &tree),
            Command::Commit { message_id, epoch, commit, group_info, welcome, .. } => {
                if self.by_message.contains_key(&message_id) {
                    return Answer::Accepted;
                }
                if epoch != self.epoch {
                    return Answer::Stale;
                }
                self.commit((account, device), message_id, commit, &group_info, &welcome)
            }
            Command::SendSealed { message_id, epoch, message, blob, .. } => {
                if self.by_message.contains_key(&message_id) {
                    return Answer::Accepted;
                }
                if epoch != self.epoch && self.flaw != Flaw::NoEpochCheck {
                    return Answer::Stale;
                }
                if !self.evicting.is_empty() && self.flaw != Flaw::NoFence {
                    return Answer::Pending;
                }
                let inspected = host::inspect(&message).unwrap();
                assert_eq!(inspected.group, sealed::group_id(SERVER, self.room));
                assert_eq!(inspected.epoch, epoch);
                assert_eq!(franking::read_aad(&inspected.aad).unwrap().message_id, message_id);
                if !self.leaves.iter().any(|leaf| leaf.device == device) {
                    return Answer::Refused("not in the group".to_owned());
                }
                let stamp = Stamp { kid: 1, mac: StampMac([1; 32]) };
                self.append(account, message_id, Content::Sealed { device, epoch, message, blob, stamp });
                Answer::Accepted
            }
            other => panic!("not a command of a sealed room: {other:?}"),
        }
    }

    /// The account has to go.
    pub(crate) fn evict(&mut self, account: AccountId, why: EvictWhy) {
        if why == EvictWhy::Banned {
            self.banned.insert(account);
        }
        self.members.remove(&account);
        if self.flaw == Flaw::NoEviction || !self.leaves.iter().any(|leaf| leaf.account == account) {
            return;
        }
        self.evicting.insert(account, why);
        self.propose(account);
    }

    /// One key package of each of the account's devices that are not in the room.
    pub(crate) fn take_packages(&mut self, account: AccountId) -> Vec<DevicePackage> {
        if self.banned.contains(&account) || self.evicting.contains_key(&account) {
            return Vec::new();
        }
        let mut taken = Vec::new();
        for (device, (owner, ..)) in &self.directory {
            if *owner != account || self.leaves.iter().any(|leaf| leaf.device == *device) {
                continue;
            }
            let Some(packages) = self.packages.get_mut(device) else { continue };
            // The last one stays: it is the last resort.
            let package = if 1 < packages.len() { packages.remove(0) } else { packages[0].clone() };
            taken.push(DevicePackage { device: *device, package: Bytes::new(package).unwrap() });
        }
        taken
    }

    /// The way in from outside, for members' accounts.
    pub(crate) fn group_info(&self) -> (Seq, Vec<u8>, Vec<u8>) {
        let tree = self.trees[&self.epoch].clone();
        (self.group_info.0, self.group_info.1.clone(), tree)
    }

    pub(crate) fn tree(&self, epoch: Epoch) -> Vec<u8> {
        self.trees[&epoch].clone()
    }

    pub(crate) fn started(&self) -> bool {
        self.snapshot.is_some()
    }

    fn start(&mut self, account: AccountId, device: DeviceId, info: &[u8], tree: &[u8]) -> Answer {
        if self.snapshot.is_some() {
            return Answer::Refused("there is a group".to_owned());
        }
        let followed = self.host.start(self.room, (account, device), info, tree, self.now()).unwrap();
        self.snapshot = Some(followed.snapshot);
        self.leaves = followed.leaves;
        self.trees.insert(Epoch::START, tree.to_vec());
        self.group_info = (Seq::START, info.to_vec());
        self.append(account, MessageId([255; 16]), Content::Created);
        Answer::Accepted
    }

    fn commit(
        &mut self,
        (account, device): (AccountId, DeviceId),
        message_id: MessageId,
        commit: Bytes<{ proto::limits::MLS_MESSAGE }>,
        group_info: &[u8],
        welcome: &[u8],
    ) -> Answer {
        let mut shut_out: BTreeSet<AccountId> = self.evicting.keys().copied().collect();
        if self.flaw != Flaw::NoEviction {
            shut_out.extend(&self.banned);
        }
        let directory = &self.directory;
        let certified = |leaf: &Leaf| {
            directory.get(&leaf.device) == Some(&(leaf.account, leaf.identity, leaf.signature_key))
        };
        let now = self.now();
        let judgement = Judgement { account, device, shut_out: &shut_out, certified: &certified, now };
        let snapshot = self.snapshot.as_ref().unwrap();
        let judged = self.host.judge(self.room, snapshot, &commit, group_info, welcome, &judgement);
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => return Answer::Refused(error.to_string()),
        };
        let epoch = self.epoch;
        self.take(&judged);
        let seq = self.append(account, message_id, Content::Commit { device, epoch, message: commit });
        self.group_info = (seq, group_info.to_vec());
        if judged.external {
            self.external.insert((seq, device));
        }
        for leaf in judged.added.iter().filter(|_| !judged.external) {
            self.members.insert(leaf.account);
            let (id, welcome) = (WelcomeId::new(seq.get()).unwrap(), Bytes::new(welcome.to_vec()).unwrap());
            let card = WelcomeCard { id, room: self.room, epoch: judged.epoch, seq, welcome };
            self.welcomes.entry(leaf.device).or_default().push(card);
        }
        let again: BTreeSet<AccountId> = judged.still_proposed.iter().map(|leaf| leaf.account).collect();
        again.into_iter().for_each(|account| self.propose(account));
        Answer::Accepted
    }

    fn take(&mut self, judged: &Judged) {
        self.snapshot = Some(judged.snapshot.clone());
        self.epoch = judged.epoch;
        self.leaves.clone_from(&judged.leaves);
        self.trees.insert(judged.epoch, judged.tree.clone());
        let leaves = &self.leaves;
        self.evicting.retain(|account, _| leaves.iter().any(|leaf| leaf.account == *account));
    }

    fn propose(&mut self, account: AccountId) {
        let theirs = self.leaves.iter().filter(|leaf| leaf.account == account);
        let theirs: Vec<u32> = theirs.map(|leaf| leaf.index).collect();
        let snapshot = self.snapshot.as_ref().unwrap();
        let proposed = self.host.propose_removal(self.room, snapshot, &theirs).unwrap();
        self.snapshot = Some(proposed.snapshot);
        let proposals = proposed.proposals.into_iter().map(|proposal| Bytes::new(proposal).unwrap());
        let proposals = List::new(proposals.collect()).unwrap();
        let mut id = [254; 16];
        id[..8].copy_from_slice(&(self.log.len() as u64).to_be_bytes());
        let why = self.evicting[&account];
        self.append(account, MessageId(id), Content::Evict { epoch: self.epoch, proposals, why });
    }

    fn append(&mut self, author: AccountId, message_id: MessageId, content: Content) -> Seq {
        let seq = Seq::new(self.log.len() as u64 + 1).unwrap();
        let (room, at, author_name) = (self.room, self.now(), Text::cut("somebody"));
        self.log.push(Entry { room, seq, at, author, author_name, message_id, content });
        self.present.push(self.leaves.iter().map(|leaf| leaf.device).collect());
        self.by_message.insert(message_id, seq);
        seq
    }
}
