//! What sealed rooms cost, by their size: `cargo run --release -p sealed --example sealed_bench`. Prints a table.
//!
//! Times are CPU time of one thread, the median of several runs. A *cold* room was filled by one person's invitations, so
//! that a commit has to name every device; in a *warm* room every device has committed once.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use nix::time::{ClockId, clock_gettime};
use proto::bytes::Bytes;
use proto::ids::{AccountId, DeviceId, Epoch, MessageId, RoomId, Seq, StampMac, Timestamp, WelcomeId};
use proto::keys::StaticKey;
use proto::message::{Command, Content, DevicePackage, Entry, Stamp, WelcomeCard};
use proto::text::Text;
use sealed::host::{Judged, Judgement};
use sealed::member::{Intent, MemberError, Standing};
use sealed::vault::{MemoryVault, Table};
use sealed::{Body, Host, Member, ServerId};

const SERVER: ServerId = ServerId([9; 16]);
const NOW: Timestamp = Timestamp(1_800_000_000_000);
/// A room has at most 500 devices.
const SIZES: [usize; 3] = [2, 50, 499];
const RUNS: usize = 7;
const MESSAGES: u8 = 100;

type Person = Member<MemoryVault>;
type Rows = Vec<(&'static str, String)>;

fn main() -> Result<()> {
    let mut table: Vec<(&str, Vec<String>)> = Vec::new();
    for size in SIZES {
        eprintln!("rooms of {size}");
        let mut rows = cold(size)?;
        rows.extend(warm(size)?);
        for (name, cell) in rows {
            match table.iter_mut().find(|(known, _)| *known == name) {
                Some((_, cells)) => cells.push(cell),
                None => table.push((name, vec![cell])),
            }
        }
    }
    println!("| devices in the room | {} |", SIZES.map(|size| size.to_string()).join(" | "));
    println!("|---|{}", "---:|".repeat(SIZES.len()));
    for (name, cells) in table {
        println!("| {name} | {} |", cells.join(" | "));
    }
    Ok(())
}

/// A room that one person filled, and one more person who is invited.
fn cold(size: usize) -> Result<Rows> {
    let make = timed(RUNS, || {
        let (mut maker, sender) = (person(1)?, Host::from_secret(SERVER, &[3; 32]).sender_identity());
        let admins = BTreeSet::from([maker.account()]);
        Ok(clocked(|| Ok(maker.create(room_id(), &admins, &sender, NOW)?))?.0)
    })?;
    let (mut room, mut ada) = Room::start()?;
    let mut missing = size - 1;
    let mut batch = 32;
    while 0 < missing {
        let count = missing.min(batch);
        match room.commit(&mut ada, invitation(missing as u64 + 100_000, count)?) {
            Ok(_) => missing -= count,
            Err(error) if too_large(&error) && 1 < batch => batch /= 2,
            Err(error) => return Err(error),
        }
    }
    let mut stranger = 9_000;
    let invite = timed(RUNS, || {
        stranger += 1;
        let intent = invitation(stranger, 1)?;
        let (took, command) = clocked(|| Ok(ada.commit(room_id(), intent, NOW)?))?;
        room.forget(&mut ada, &command)?;
        Ok(took)
    })?;

    let mut bob = person(9_999)?;
    let package = bob.key_packages(1, false, NOW)?.packages.remove(0);
    let package = DevicePackage { device: bob.device(), package: Bytes::new(package)? };
    let command =
        ada.commit(room_id(), Intent::Add { account: bob.account(), packages: vec![package] }, NOW)?;
    let judge = timed(RUNS, || Ok(clocked(|| room.judge(&ada, &command))?.0))?;
    let made = room.take(&mut ada, command)?;
    let card = WelcomeCard {
        id: WelcomeId::new(1).context("an id")?,
        room: room_id(),
        epoch: room.epoch,
        seq: room.seq,
        welcome: Bytes::new(made.welcome.clone())?,
    };
    let before = bob.into_vault();
    let join = timed(RUNS, || Ok(clocked(|| Ok(reopen(&before, 9_999)?.join(&card, &room.tree, NOW)?))?.0))?;
    let mut bob = reopen(&before, 9_999)?;
    bob.join(&card, &room.tree, NOW)?;
    let (send, receive, bytes) = room.talk(&mut bob, &mut ada)?;
    let kept = |table| ada.vault().size_of(table);
    Ok(vec![
        ("make the room, still alone: ms", ms(make)),
        ("invite one device, cold: ms", ms(invite)),
        ("… bytes of that commit", made.commit.len().to_string()),
        ("… bytes of the Welcome", made.welcome.len().to_string()),
        ("… bytes of the tree that goes with it", room.tree.len().to_string()),
        ("the server judges that commit: ms", ms(judge)),
        ("… and keeps of the room: bytes", room.snapshot.len().to_string()),
        ("come in by a Welcome: ms", ms(join)),
        ("send 200 bytes, vault included: µs", us(send)),
        ("… bytes on the wire", bytes.to_string()),
        ("read them, vault included: µs", us(receive)),
        ("a member keeps: bytes of keys", kept(Table::Group).to_string()),
        ("… bytes of the tree", kept(Table::Tree).to_string()),
    ])
}

/// A room whose devices, all of one account, came in by themselves.
fn warm(size: usize) -> Result<Rows> {
    let (mut room, mut ada) = Room::start()?;
    let mut last = None;
    for index in 1..size {
        let mut device = further_device(&ada, index as u64)?;
        room.come_in(&mut device, &mut ada)?;
        last = Some(device);
    }
    let mut last = last.context("a second device")?;
    let (mut stranger, mut invitation_bytes) = (9_000, 0);
    let invite = timed(RUNS, || {
        stranger += 1;
        let intent = invitation(stranger, 1)?;
        let (took, command) = clocked(|| Ok(ada.commit(room_id(), intent, NOW)?))?;
        if let Command::Commit { commit, .. } = &command {
            invitation_bytes = commit.len();
        }
        room.forget(&mut ada, &command)?;
        Ok(took)
    })?;
    let (mut update, mut follow, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..RUNS {
        let (took, command) = clocked(|| Ok(ada.commit(room_id(), Intent::Update, NOW)?))?;
        update.push(took);
        bytes = room.take(&mut ada, command)?.commit.len();
        let entry = room.last.clone().context("an entry")?;
        follow.push(clocked(|| Ok(last.process(&entry)?))?.0);
    }
    let mut device = further_device(&ada, 9_000)?;
    let (come_in, commit) = room.come_in(&mut device, &mut ada)?;
    Ok(vec![
        ("invite one device, warm: ms", ms(invite)),
        ("… bytes of that invitation", invitation_bytes.to_string()),
        ("renew one's keys, warm: ms", ms(median(update))),
        ("… bytes of the renewal", bytes.to_string()),
        ("follow that commit as a member: ms", ms(median(follow))),
        ("come in by oneself: ms", ms(come_in)),
        ("… bytes of the commit from outside", commit.to_string()),
    ])
}

/// The server's side of one room.
struct Room {
    host: Host,
    snapshot: Vec<u8>,
    tree: Vec<u8>,
    info: Vec<u8>,
    epoch: Epoch,
    seq: Seq,
    last: Option<Entry>,
}

/// A commit that counts.
struct Made {
    commit: Vec<u8>,
    welcome: Vec<u8>,
}

impl Room {
    fn start() -> Result<(Self, Person)> {
        let (host, mut ada) = (Host::from_secret(SERVER, &[3; 32]), person(1)?);
        let admins = BTreeSet::from([ada.account()]);
        let made = ada.create(room_id(), &admins, &host.sender_identity(), NOW)?;
        let Command::StartGroup { group_info, tree, .. } = made else { bail!("a group is made") };
        let followed = host.start(room_id(), (ada.account(), ada.device()), &group_info, &tree, NOW)?;
        let (snapshot, epoch) = (followed.snapshot, followed.epoch);
        let (tree, info) = (tree.to_vec(), group_info.to_vec());
        Ok((Self { host, snapshot, tree, info, epoch, seq: Seq::START, last: None }, ada))
    }

    fn commit(&mut self, by: &mut Person, intent: Intent) -> Result<Made> {
        let command = by.commit(room_id(), intent, NOW)?;
        self.take(by, command)
    }

    fn judge(&self, by: &Person, command: &Command) -> Result<Judged> {
        let Command::Commit { commit, group_info, welcome, .. } = command else { bail!("a commit is made") };
        let (account, device, shut_out) = (by.account(), by.device(), BTreeSet::new());
        let judgement = Judgement { account, device, shut_out: &shut_out, certified: &|_| true, now: NOW };
        Ok(self.host.judge(room_id(), &self.snapshot, commit, group_info, welcome, &judgement)?)
    }

    /// Lets a commit count, and its maker hear of it.
    fn take(&mut self, by: &mut Person, command: Command) -> Result<Made> {
        let judged = self.judge(by, &command)?;
        let Command::Commit { commit, group_info, welcome, .. } = command else { bail!("a commit is made") };
        let content = Content::Commit { device: by.device(), epoch: self.epoch, message: commit.clone() };
        let entry = self.append(by, MessageId([1; 16]), content);
        (self.snapshot, self.tree, self.epoch) = (judged.snapshot, judged.tree, judged.epoch);
        self.info = group_info.to_vec();
        by.process(&entry)?;
        Ok(Made { commit: commit.to_vec(), welcome: welcome.to_vec() })
    }

    fn forget(&self, by: &mut Person, command: &Command) -> Result<()> {
        let Command::Commit { message_id, .. } = command else { bail!("a commit is made") };
        by.refused(room_id(), *message_id)?;
        Ok(())
    }

    fn come_in(&mut self, device: &mut Person, witness: &mut Person) -> Result<(f64, usize)> {
        let rejoin = || Ok(device.rejoin(room_id(), self.seq, &self.info, &self.tree, NOW)?);
        let (took, command) = clocked(rejoin)?;
        let made = self.take(device, command)?;
        witness.process(self.last.as_ref().context("an entry")?)?;
        Ok((took, made.commit.len()))
    }

    /// One says and the other reads: the time of each, and the bytes on the wire.
    fn talk(&mut self, speaker: &mut Person, reader: &mut Person) -> Result<(f64, f64, usize)> {
        let (mut send, mut receive, mut bytes) = (Vec::new(), Vec::new(), 0);
        let body = Body::Text { body: Text::new("x".repeat(200))?, reply_to: None };
        for number in 0..MESSAGES {
            let id = MessageId([number.saturating_add(2); 16]);
            let (took, command) = clocked(|| Ok(speaker.seal(room_id(), id, &body, None)?))?;
            send.push(took);
            let Some(Command::SendSealed { epoch, message, blob, .. }) = command else {
                bail!("it is sealed")
            };
            bytes = message.len();
            let (device, stamp) = (speaker.device(), Stamp { kid: 1, mac: StampMac([1; 32]) });
            let entry = self.append(speaker, id, Content::Sealed { device, epoch, message, blob, stamp });
            receive.push(clocked(|| Ok(reader.process(&entry)?))?.0);
            speaker.process(&entry)?;
        }
        Ok((median(send), median(receive), bytes))
    }

    fn append(&mut self, by: &Person, message_id: MessageId, content: Content) -> Entry {
        self.seq = self.seq.next();
        let (seq, author, author_name) = (self.seq, by.account(), Text::cut("somebody"));
        let entry = Entry { room: room_id(), seq, at: NOW, author, author_name, message_id, content };
        self.last = Some(entry.clone());
        entry
    }
}

fn room_id() -> RoomId {
    RoomId::new(7).expect("seven is a number of a room")
}

fn person(account: u64) -> Result<Person> {
    let mut person = reopen(&MemoryVault::default(), account)?;
    person.found_identity(NOW)?;
    Ok(person)
}

fn reopen(vault: &MemoryVault, account: u64) -> Result<Person> {
    let (account, device) = (AccountId::new(account), DeviceId::new(account));
    Ok(Member::open(vault.clone(), SERVER, account.context("an account")?, device.context("a device")?)?)
}

/// A further device of the same account, approved by its first one.
fn further_device(first: &Person, index: u64) -> Result<Person> {
    let Standing::Certified(certified) = first.standing() else { bail!("the first device is certified") };
    let device = DeviceId::new(1_000_000 + index).context("a device")?;
    let mut further = Member::open(MemoryVault::default(), SERVER, first.account(), device)?;
    let (noise, key) = (StaticKey::generate(), further.ask_approval(certified.identity)?);
    let approval = first.approve(device, &noise.public(), &key, NOW)?;
    further.approved(&noise.to_bytes(), &approval.certificate, &approval.parcel)?;
    Ok(further)
}

/// The devices of a fresh account.
fn invitation(account: u64, devices: usize) -> Result<Intent> {
    let first = person(account)?;
    let mut packages = Vec::new();
    for index in 0..devices {
        let mut device = further_device(&first, account * 1000 + index as u64)?;
        let package = Bytes::new(device.key_packages(1, false, NOW)?.packages.remove(0))?;
        packages.push(DevicePackage { device: device.device(), package });
    }
    Ok(Intent::Add { account: first.account(), packages })
}

fn too_large(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(MemberError::TooLarge { .. }))
}

/// Runs something and returns the CPU seconds it took.
fn clocked<T>(act: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let began = cpu()?;
    let done = act()?;
    Ok((cpu()? - began, done))
}

fn timed(runs: usize, mut act: impl FnMut() -> Result<f64>) -> Result<f64> {
    Ok(median((0..runs).map(|_| act()).collect::<Result<Vec<_>>>()?))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn cpu() -> Result<f64> {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    Ok(std::time::Duration::from(time).as_secs_f64())
}

fn ms(seconds: f64) -> String {
    format!("{:.2}", seconds * 1e3)
}

fn us(seconds: f64) -> String {
    format!("{:.0}", seconds * 1e6)
}
