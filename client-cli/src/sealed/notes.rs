//! What the client itself remembers of sealed rooms: names and topics, names of people, what it did when.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use proto::codec;
use proto::ids::{AccountId, RoomId, Seq, Timestamp};
use proto::limits;
use proto::text::Text;
use vault::{Batch, Table, Vault, VaultError, Walk};

/// The notes, in memory and in the vault.
#[derive(Debug)]
pub(super) struct Notes {
    vault: Vault,
    rooms: BTreeMap<RoomId, RoomNote>,
    names: BTreeMap<AccountId, Text<{ limits::NAME }>>,
    own: OwnNote,
}

/// What members of a room told each other about it, and what this device did there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct RoomNote {
    /// The room's name; empty until a member told it.
    #[n(0)]
    pub(super) name: Text<{ limits::ROOM_NAME }>,
    /// What it is about.
    #[n(1)]
    pub(super) topic: Text<{ limits::TOPIC }>,
    /// The entry that said so; what comes later counts.
    #[n(2)]
    pub(super) told_at: u64,
    /// When this device renewed its keys there, in milliseconds; 0 for never.
    #[n(3)]
    pub(super) renewed_at: u64,
    /// This device's state was brought from elsewhere: it comes into the room anew before it sends.
    #[n(4)]
    pub(super) must_enter_anew: bool,
}

/// What this device did at the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
struct OwnNote {
    /// When the key package of last resort was published, in milliseconds; 0 for never.
    #[n(0)]
    last_resort_at: u64,
}

impl Notes {
    /// Reads the notes of a vault.
    pub(super) fn open(vault: Vault) -> Result<Self, VaultError> {
        let rooms = rows(&vault, ROOM)?;
        let names = rows(&vault, NAME)?;
        let own = vault.get(Table::Client, OWN)?.and_then(|row| codec::decode(&row).ok()).unwrap_or_default();
        let id = |(number, note)| Some((RoomId::new(number)?, note));
        let rooms = rooms.into_iter().filter_map(id).collect();
        let names = names.into_iter().filter_map(|(number, name)| Some((AccountId::new(number)?, name)));
        Ok(Self { rooms, names: names.collect(), own, vault })
    }

    /// Returns what is known of a room.
    pub(super) fn room(&self, room: RoomId) -> RoomNote {
        self.rooms.get(&room).cloned().unwrap_or_default()
    }

    /// Changes what is known of a room.
    pub(super) fn change_room(
        &mut self,
        room: RoomId,
        change: impl FnOnce(&mut RoomNote),
    ) -> Result<(), VaultError> {
        let mut note = self.room(room);
        change(&mut note);
        if self.rooms.get(&room) == Some(&note) {
            return Ok(());
        }
        self.write(ROOM, room.get(), &note)?;
        self.rooms.insert(room, note);
        Ok(())
    }

    /// Takes a room's name and topic as a member told them; returns whether that is news. What cannot stand in a line
    /// is not taken, whoever says it.
    pub(super) fn told(
        &mut self,
        room: RoomId,
        seq: Seq,
        name: &Text<{ limits::ROOM_NAME }>,
        topic: &Text<{ limits::TOPIC }>,
    ) -> Result<Told, VaultError> {
        let before = self.room(room);
        let is_fit =
            !name.is_empty() && [&**name, &**topic].into_iter().all(|said| domain::text::line(said).is_ok());
        if !is_fit || seq.get() < before.told_at {
            return Ok(Told::default());
        }
        let told = Told { name: before.name != *name, topic: before.topic != *topic };
        self.change_room(room, |note| {
            (note.name, note.topic, note.told_at) = (name.clone(), topic.clone(), seq.get());
        })?;
        Ok(told)
    }

    /// Returns somebody's name, as it was last seen.
    pub(super) fn name(&self, account: AccountId) -> Text<{ limits::NAME }> {
        self.names.get(&account).cloned().unwrap_or_else(|| Text::cut(&format!("account {account}")))
    }

    /// Takes note of somebody's name.
    pub(super) fn named(
        &mut self,
        account: AccountId,
        name: &Text<{ limits::NAME }>,
    ) -> Result<(), VaultError> {
        if name.is_empty() || self.names.get(&account) == Some(name) {
            return Ok(());
        }
        self.write(NAME, account.get(), name)?;
        self.names.insert(account, name.clone());
        Ok(())
    }

    /// Returns when the key package of last resort was published.
    pub(super) fn last_resort_at(&self) -> Timestamp {
        Timestamp(i64::try_from(self.own.last_resort_at).unwrap_or(i64::MAX))
    }

    /// Takes note that a key package of last resort was published.
    pub(super) fn published_last_resort(&mut self, now: Timestamp) -> Result<(), VaultError> {
        self.own.last_resort_at = u64::try_from(now.0).unwrap_or_default();
        let mut batch = Batch::new();
        batch.put(Table::Client, OWN, codec::encode(&self.own));
        self.vault.commit(&batch)
    }

    fn write<T: Encode<()>>(&self, kind: u8, number: u64, value: &T) -> Result<(), VaultError> {
        let mut batch = Batch::new();
        batch.put(Table::Client, &key(kind, number), codec::encode(value));
        self.vault.commit(&batch)
    }
}

/// Marks every room of an imported vault: this device comes into each anew before it sends.
///
/// # Errors
/// When the vault cannot be read or written.
pub(crate) fn mark_imported(vault: &Vault) -> Result<(), VaultError> {
    let mut notes = Notes::open(vault.clone())?;
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows = vault.walk(Table::Rooms, Walk::Up { prefix: &[], after: after.as_deref() }, ROWS)?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = Some(last.clone());
        for (key, _) in &rows {
            let number = key.as_slice().try_into().map(u64::from_be_bytes).ok();
            if let Some(room) = number.and_then(RoomId::new) {
                notes.change_room(room, |note| note.must_enter_anew = true)?;
            }
        }
    }
}

/// What is new in a room's name and topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) name: bool,
    pub(super) topic: bool,
}

/// Reads all notes of a kind. One that does not decode is one of a later version, and left alone.
fn rows<T>(vault: &Vault, kind: u8) -> Result<Vec<(u64, T)>, VaultError>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    let mut found = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let walk = Walk::Up { prefix: &[kind], after: after.as_deref() };
        let rows = vault.walk(Table::Client, walk, ROWS)?;
        let Some((last, _)) = rows.last() else { return Ok(found) };
        after = Some(last.clone());
        found.extend(rows.iter().filter_map(|(key, row)| {
            let number = key[1..].try_into().map(u64::from_be_bytes).ok()?;
            Some((number, codec::decode(row).ok()?))
        }));
    }
}

fn key(kind: u8, number: u64) -> Vec<u8> {
    [&[kind][..], &number.to_be_bytes()].concat()
}

const ROOM: u8 = b'r';
const NAME: u8 = b'n';
const OWN: &[u8] = b"own";
const ROWS: usize = 256;

#[cfg(test)]
mod tests {
    use vault::VaultKey;

    use super::*;

    #[test]
    fn notes_are_there_after_opening_again_and_an_older_name_does_not_win() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("vault.db"), VaultKey::random());
        let room = RoomId::new(7).unwrap();
        let vault = Vault::open(&path, key.clone()).unwrap();
        let mut notes = Notes::open(vault.clone()).unwrap();
        let (board, old) = (Text::cut("board"), Text::cut("old"));
        let told = notes.told(room, Seq::new(9).unwrap(), &board, &Text::cut("money")).unwrap();
        assert_eq!(told, Told { name: true, topic: true });
        assert_eq!(notes.told(room, Seq::new(3).unwrap(), &old, &old_topic()).unwrap(), Told::default());
        for hostile in ["", "a\nb", "\u{1b}[2J", "\u{202e}drob"] {
            let told = notes.told(room, Seq::new(99).unwrap(), &Text::cut(hostile), &old_topic()).unwrap();
            assert_eq!(told, Told::default(), "{hostile:?}");
        }
        notes.named(AccountId::new(1_001).unwrap(), &Text::cut("ada")).unwrap();
        notes.published_last_resort(Timestamp(5)).unwrap();
        drop((notes, vault));

        let notes = Notes::open(Vault::open(&path, key).unwrap()).unwrap();
        assert_eq!((&*notes.room(room).name, &*notes.room(room).topic), ("board", "money"));
        assert_eq!(&*notes.name(AccountId::new(1_001).unwrap()), "ada");
        assert_eq!(&*notes.name(AccountId::new(9_009).unwrap()), "account 9009");
        assert_eq!(notes.last_resort_at(), Timestamp(5));
    }

    #[test]
    fn each_room_of_an_imported_vault_is_to_be_entered_anew() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("vault.db"), VaultKey::random()).unwrap();
        let (room, other) = (RoomId::new(7).unwrap(), RoomId::new(9_001).unwrap());
        let mut batch = Batch::new();
        batch.put(Table::Rooms, &room.get().to_be_bytes(), b"state");
        vault.commit(&batch).unwrap();
        mark_imported(&vault).unwrap();
        let notes = Notes::open(vault).unwrap();
        assert!(notes.room(room).must_enter_anew && !notes.room(other).must_enter_anew);
    }

    fn old_topic() -> Text<{ limits::TOPIC }> {
        Text::cut("old")
    }
}
