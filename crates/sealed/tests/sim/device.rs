//! A device of the simulation: a disk, and a member that dies with its process.

use std::collections::BTreeSet;

use proto::ids::{AccountId, DeviceId, IdentityKey, Seq, SignatureKey};
use proto::keys::StaticKey;
use proto::message::Entry;
use sealed::Member;
use sealed::member::{MemberError, Phase, Standing};

use crate::disk::{Crash, Disk, Killed};
use crate::random::Random;
use crate::service::{SERVER, START};
use crate::world::{SimMember, ids, room};

/// Certified devices that every schedule starts with: making keys anew for each would cost more than the schedule.
pub(crate) struct Template {
    pub(crate) devices: Vec<Made>,
}

/// A certified device with its key packages.
pub(crate) struct Made {
    account: AccountId,
    device: DeviceId,
    disk: Disk,
    pub(crate) directory: (AccountId, IdentityKey, SignatureKey),
    pub(crate) packages: Vec<Vec<u8>>,
}

pub(crate) struct Device {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) online: bool,
    pub(crate) disk: Disk,
    /// Disks as they were when the account had to go, and how long the log was.
    pub(crate) gone: Vec<(Disk, usize)>,
    /// Places of the log behind which nothing can be read until the device is in again.
    pub(crate) losses: BTreeSet<Seq>,
    member: Option<SimMember>,
}

/// Accounts and their devices, far apart so that a mixed-up id shows: five people, eight devices.
const DEVICES: [(u64, u64); 8] = [
    (11, 1_000_011),
    (22, 1_000_022),
    (33, 1_000_033),
    (22, 2_000_022),
    (44, 1_000_044),
    (11, 2_000_011),
    (55, 1_000_055),
    (33, 2_000_033),
];

impl Template {
    pub(crate) fn make() -> Self {
        let mut devices: Vec<Made> = Vec::new();
        for (account, device) in DEVICES {
            let (account, device) = ids(account, device);
            let disk = Disk::default();
            let mut member = Member::open(disk.clone(), SERVER, account, device).unwrap();
            match devices.iter().find(|made| made.account == account) {
                None => {
                    member.found_identity(START).unwrap();
                }
                Some(first) => approve(first, &mut member),
            }
            let packages = member.key_packages(3, true, START).unwrap();
            let Standing::Certified(certified) = member.standing() else { panic!("not certified") };
            let directory = (account, certified.identity, certified.signature_key);
            let packages = packages.packages.into_iter().chain(packages.last_resort).collect();
            devices.push(Made { account, device, disk, directory, packages });
        }
        Self { devices }
    }
}

fn approve(first: &Made, member: &mut SimMember) {
    let first = Member::open(first.disk.clone(), SERVER, first.account, first.device).unwrap();
    let Standing::Certified(certified) = first.standing() else { panic!("not certified") };
    let noise = StaticKey::generate();
    let key = member.ask_approval(certified.identity).unwrap();
    let approval = first.approve(member.device(), &noise.public(), &key, START).unwrap();
    member.approved(&noise.to_bytes(), &approval.certificate, &approval.parcel).unwrap();
}

impl Device {
    pub(crate) fn fresh(made: &Made) -> Self {
        Self {
            account: made.account,
            device: made.device,
            online: true,
            disk: made.disk.copy(),
            gone: Vec::new(),
            losses: BTreeSet::new(),
            member: None,
        }
    }

    /// Does something; a device that is killed in the middle starts again the next time.
    pub(crate) fn with<T>(
        &mut self,
        act: impl FnOnce(&mut SimMember) -> Result<T, MemberError>,
    ) -> Result<T, MemberError> {
        if self.member.is_none() {
            self.member = Some(Member::open(self.disk.clone(), SERVER, self.account, self.device)?);
        }
        let done = act(self.member.as_mut().unwrap());
        if done.as_ref().is_err_and(is_kill) {
            self.member = None;
        }
        done
    }

    pub(crate) fn try_with<T>(
        &mut self,
        act: impl FnOnce(&mut SimMember) -> Result<T, MemberError>,
    ) -> Option<T> {
        self.with(act).ok()
    }

    pub(crate) fn kill_soon(&mut self, random: &mut Random) {
        match random.below(3) {
            0 => self.member = None,
            1 => self.disk.crash_at_next_batch(Crash::Before),
            _ => self.disk.crash_at_next_batch(Crash::After),
        }
    }

    /// Starts the process again, without a crash to come.
    pub(crate) fn reopen(&mut self) {
        self.disk.no_crash();
        self.member = None;
    }

    pub(crate) fn lose_state(&mut self) {
        let state = self.try_with(|member| member.room(room())).flatten();
        let Some(state) = state.filter(|state| state.phase == Phase::Active) else { return };
        self.member = None;
        self.disk.lose_groups();
        self.losses.insert(state.cursor);
    }

    /// Reads entries that stand before something else.
    pub(crate) fn read_all(&mut self, log: &[Entry]) {
        let state = self.try_with(|member| member.room(room())).flatten();
        let from = state.map_or(log.len(), |state| usize::try_from(state.cursor.get()).unwrap());
        for entry in log.iter().skip(from) {
            if self.with(|member| member.process(entry)).is_err() {
                break;
            }
        }
    }

    pub(crate) fn remember_gone(&mut self, log: usize) {
        self.gone.push((self.disk.copy(), log));
    }
}

pub(crate) fn is_kill(error: &MemberError) -> bool {
    matches!(error, MemberError::Vault(inner) if inner.is::<Killed>())
}
