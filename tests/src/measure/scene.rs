//! What is in the database before anybody connects: people with a device each, rooms, and who is in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use domain::name::{AccountName, RoomName};
use keys::Keys;
use proto::ids::{AccountId, MessageId, PublicKey, RoomId, Timestamp};
use proto::keys::StaticKey;
use proto::message::Role;
use proto::text::Text;
use store::{AccountSecrets, Factor, Login, NewAccount, Store, StoreError, Tx};
use tempfile::TempDir;

use super::wire::Guest;

/// Rooms with twenty people each.
pub(crate) const ROOMS: usize = 50;
/// People in each of them.
pub(crate) const PEOPLE_PER_ROOM: usize = 20;
/// People in the one large room.
pub(crate) const LARGE_ROOM: usize = 500;
/// People with a room for themselves.
pub(crate) const LONERS: usize = 50;
/// What the rooms above need, and some who are in none of them.
pub(crate) const LEAST_PEOPLE: usize = ROOMS * PEOPLE_PER_ROOM + 200;
/// Rooms that everybody may join, one for each round.
pub(crate) const OPEN_ROOMS: usize = 3;

/// A data folder that `chatd` runs on; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Scene {
    folder: TempDir,
    programs: PathBuf,
    server_key: PublicKey,
    devices: Rc<[StaticKey]>,
    rooms: Vec<RoomId>,
    large_room: RoomId,
    own_rooms: Vec<RoomId>,
}

impl Scene {
    /// Makes an installation with this many people, at least [`LEAST_PEOPLE`], beside the programs: on a disk, not in memory.
    pub(crate) fn make(programs: &Path, people: usize) -> Result<Self> {
        let folder = tempfile::tempdir_in(programs).context("making a scratch folder")?;
        let mut init = chatd(programs, folder.path());
        init.args(["init", "--yes", "--owner", "owner", "--server-name", "Benchmark"]);
        let output = init.stdin(Stdio::null()).output().context("starting chatd init")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "chatd init: {complaint}");
        let keys = Keys::load(&data(folder.path()).join("keys")).context("reading the server's keys")?;
        let devices: Rc<[StaticKey]> = (0..people).map(|_| StaticKey::generate()).collect();
        let mut scene = Self {
            programs: programs.to_owned(),
            server_key: keys.public(),
            devices,
            rooms: Vec::new(),
            large_room: store::LOBBY,
            own_rooms: Vec::new(),
            folder,
        };
        scene.fill()?;
        Ok(scene)
    }

    /// Returns the scratch folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a call of `chatd` for this installation.
    pub(crate) fn chatd(&self) -> Command {
        chatd(&self.programs, self.folder())
    }

    /// Returns the key that clients pin.
    pub(crate) fn server_key(&self) -> PublicKey {
        self.server_key
    }

    /// Returns the devices that can come back with their key alone, one for each person.
    pub(crate) fn devices(&self) -> Rc<[StaticKey]> {
        Rc::clone(&self.devices)
    }

    /// Returns who goes where: rooms with a few people each.
    pub(crate) fn small_rooms(&self) -> Vec<Vec<Guest>> {
        let guests = |(index, room): (usize, &RoomId)| {
            let first = index * PEOPLE_PER_ROOM;
            (first..first + PEOPLE_PER_ROOM).map(|device| Guest { device, room: room.get() }).collect()
        };
        self.rooms.iter().enumerate().map(guests).collect()
    }

    /// Returns who goes where: everybody in one room.
    pub(crate) fn large_room(&self) -> Vec<Vec<Guest>> {
        vec![self.guests(LARGE_ROOM, self.large_room)]
    }

    /// Returns who goes where: each alone.
    pub(crate) fn own_rooms(&self, people: usize) -> Vec<Vec<Guest>> {
        let rooms = self.own_rooms.iter().enumerate().take(people);
        rooms.map(|(device, room)| vec![Guest { device, room: room.get() }]).collect()
    }

    /// Returns this many people who are only in the lobby and their own rooms.
    pub(crate) fn lobby(&self, people: usize) -> Vec<Vec<Guest>> {
        vec![self.guests(people, store::LOBBY)]
    }

    /// Returns the name of a room that nobody of the load is in yet.
    pub(crate) fn open_room(round: usize) -> String {
        format!("open-{round}")
    }

    fn guests(&self, people: usize, room: RoomId) -> Vec<Guest> {
        (0..people.min(self.devices.len())).map(|device| Guest { device, room: room.get() }).collect()
    }

    fn fill(&mut self) -> Result<()> {
        let store = Store::open(&data(self.folder()).join("chat.db")).context("opening the database")?;
        let keys: Vec<PublicKey> = self.devices.iter().map(StaticKey::public).collect();
        let filled = store.run_blocking(move |tx| {
            let people = keys.iter().enumerate().map(|(number, key)| add_person(tx, number, *key));
            let people: Vec<AccountId> = people.collect::<Result<_, _>>()?;
            let small = (0..ROOMS).map(|number| {
                let first = number * PEOPLE_PER_ROOM;
                add_room(tx, &format!("small-{number}"), people.get(first..first + PEOPLE_PER_ROOM))
            });
            let small: Vec<RoomId> = small.collect::<Result<_, _>>()?;
            let large = add_room(tx, "large", people.get(..LARGE_ROOM))?;
            let own =
                (0..LONERS).map(|number| add_room(tx, &format!("own-{number}"), people.get(number..=number)));
            let own: Vec<RoomId> = own.collect::<Result<_, _>>()?;
            for round in 0..OPEN_ROOMS {
                // Somebody who takes no part in the joins made them.
                add_room(tx, &Self::open_room(round), people.last().map(std::slice::from_ref))?;
            }
            Ok((small, large, own))
        });
        store.close();
        (self.rooms, self.large_room, self.own_rooms) = filled.context("filling the database")?;
        Ok(())
    }
}

/// Returns somebody's name.
pub(crate) fn person(number: usize) -> String {
    format!("person{number:05}")
}

fn chatd(programs: &Path, folder: &Path) -> Command {
    let mut command = Command::new(programs.join("chatd"));
    command.arg("--data").arg(data(folder));
    command
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Adds an account that nobody can log in to with a password, and a device of it that comes back with its key.
fn add_person(tx: &mut Tx<'_>, number: usize, key: PublicKey) -> Result<AccountId, StoreError> {
    let at = now();
    let new = NewAccount {
        name: AccountName::parse(&person(number)).expect("letters and digits are a name"),
        role: Role::Member,
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$bm8gcGFzc3dvcmQ$bm8gcGFzc3dvcmQ".to_owned(),
        invite_digest: None,
        application: None,
        at,
    };
    let secrets = |_| AccountSecrets { totp_sealed: Vec::new(), recovery_digests: Vec::new() };
    let account = tx.create_account(&new, secrets)?;
    tx.record_login(&Login {
        account,
        key,
        label: Text::cut("bench"),
        client: Text::cut("bench"),
        factor: Factor::Totp { step: 1 },
        at,
        login_until: at.plus_ms(DAY_MS),
    })?;
    Ok(account)
}

/// Adds a room with these people, made by the first of them.
fn add_room(tx: &mut Tx<'_>, name: &str, people: Option<&[AccountId]>) -> Result<RoomId, StoreError> {
    let at = now();
    let name = RoomName::parse(name).expect("letters, digits and a dash are a name");
    let people = people.unwrap_or_default();
    let maker = people.first().ok_or(StoreError::NotFound { what: "maker" })?;
    let room = tx.create_room(&name, &Text::cut(""), *maker, at, MessageId([0; 16]))?;
    for person in people {
        tx.join(room.id, *person, at)?;
    }
    Ok(room.id)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

const DAY_MS: i64 = 24 * 3600 * 1000;
