//! What a person wants to hear on this device: rooms that are quiet, people who are ignored.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use proto::codec;
use proto::ids::{AccountId, RoomId};
use proto::limits;
use proto::message::{Content, Entry};
use proto::text::Text;
use vault::{Batch, Table, Vault, VaultError};

use super::chat::Chat;

/// The preferences, in memory and in the profile's vault.
#[derive(Debug, Default)]
pub(crate) struct Preferences {
    quiet: BTreeSet<RoomId>,
    ignored: BTreeMap<AccountId, Text<{ limits::NAME }>>,
    /// Without one they hold until the program ends.
    vault: Option<Vault>,
}

/// Whose lines are not shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ignored(BTreeSet<AccountId>);

/// Why a preference is not kept.
#[derive(Debug)]
pub(crate) enum NotKept {
    TooMany,
    Vault(VaultError),
}

impl Preferences {
    /// Takes up what a vault has. What cannot be read is as if it was not there: it keeps nobody from chatting.
    pub(crate) fn kept_in(vault: Vault) -> Self {
        Self {
            quiet: read(&vault, QUIET).unwrap_or_default(),
            ignored: read(&vault, IGNORED).unwrap_or_default(),
            vault: Some(vault),
        }
    }

    /// Makes a room quiet, or a quiet one loud again; returns whether it is quiet.
    pub(crate) fn turn_quiet(&mut self, room: RoomId) -> Result<bool, NotKept> {
        let was_quiet = self.quiet.remove(&room);
        if !was_quiet {
            if MOST <= self.quiet.len() {
                return Err(NotKept::TooMany);
            }
            self.quiet.insert(room);
        }
        self.write(QUIET, &self.quiet).map(|()| !was_quiet)
    }

    /// Ignores somebody.
    pub(crate) fn ignore(&mut self, account: AccountId, name: Text<{ limits::NAME }>) -> Result<(), NotKept> {
        if MOST <= self.ignored.len() {
            return Err(NotKept::TooMany);
        }
        self.ignored.insert(account, name);
        self.write(IGNORED, &self.ignored)
    }

    /// Ignores somebody no longer; returns whether they were ignored.
    pub(crate) fn unignore(&mut self, account: AccountId) -> Result<bool, NotKept> {
        let was_ignored = self.ignored.remove(&account).is_some();
        self.write(IGNORED, &self.ignored).map(|()| was_ignored)
    }

    /// Returns whether only mentions in this room are told.
    pub(crate) fn is_quiet(&self, room: RoomId) -> bool {
        self.quiet.contains(&room)
    }

    /// Returns whether somebody is ignored.
    pub(crate) fn is_ignored(&self, account: AccountId) -> bool {
        self.ignored.contains_key(&account)
    }

    /// Returns whether an entry is not shown because of who wrote it.
    pub(crate) fn hides(&self, entry: &Entry) -> bool {
        is_talk(&entry.content) && self.is_ignored(entry.author)
    }

    /// Returns who is ignored, for a question whose answer has lines of theirs.
    pub(crate) fn ignored(&self) -> Ignored {
        Ignored(self.ignored.keys().copied().collect())
    }

    /// Returns who is ignored, with the names they had when that was said.
    pub(crate) fn ignored_names(&self) -> impl Iterator<Item = (AccountId, &str)> {
        self.ignored.iter().map(|(account, name)| (*account, &**name))
    }

    fn write<T: Encode<()>>(&self, key: &[u8], value: &T) -> Result<(), NotKept> {
        let Some(vault) = &self.vault else { return Ok(()) };
        let mut batch = Batch::new();
        batch.put(Table::Client, key, codec::encode(value));
        vault.commit(&batch).map_err(NotKept::Vault)
    }
}

impl Chat {
    /// Takes up which rooms are quiet and who is ignored, and keeps there what changes.
    #[must_use]
    pub(crate) fn keeping(mut self, vault: Vault) -> Self {
        self.preferences = Preferences::kept_in(vault);
        self
    }

    /// Returns whether only mentions in this room are told.
    pub(crate) fn is_quiet(&self, room: RoomId) -> bool {
        self.preferences.is_quiet(room)
    }

    /// Returns whether this person's lines are not shown. What moderators do is shown all the same: see [`Self::hides`].
    pub(crate) fn is_ignored(&self, account: AccountId) -> bool {
        self.preferences.is_ignored(account)
    }

    /// Returns whether an entry is not shown because of who wrote it.
    pub(crate) fn hides(&self, entry: &Entry) -> bool {
        self.preferences.hides(entry)
    }
}

impl Ignored {
    /// Returns whether an entry is not shown because of who wrote it.
    pub(crate) fn hide(&self, entry: &Entry) -> bool {
        is_talk(&entry.content) && self.0.contains(&entry.author)
    }
}

/// Whether it is something a person says. What moderators do is for everybody to see, whoever they are.
fn is_talk(content: &Content) -> bool {
    matches!(
        content,
        Content::Text { .. }
            | Content::Edit { .. }
            | Content::Reaction { .. }
            | Content::File { .. }
            | Content::Sealed { .. }
    )
}

fn read<T>(vault: &Vault, key: &[u8]) -> Option<T>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    codec::decode(&vault.get(Table::Client, key).ok()??).ok()
}

/// Rows of the sealed rooms' notes begin with other letters.
const QUIET: &[u8] = b"interface/quiet";
const IGNORED: &[u8] = b"interface/ignored";
/// Most quiet rooms, and most people who are ignored.
const MOST: usize = 500;

#[cfg(test)]
mod tests {
    use vault::VaultKey;

    use super::*;

    #[test]
    fn preferences_are_there_after_opening_again_and_beside_other_rows() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("vault.db"), VaultKey::random());
        let (room, mallory) = (RoomId::new(7).unwrap(), AccountId::new(9_001).unwrap());
        let open = || Vault::open(&path, key.clone()).unwrap();
        let mut preferences = Preferences::kept_in(open());
        assert!(preferences.turn_quiet(room).unwrap());
        preferences.ignore(mallory, Text::cut("mallory")).unwrap();
        drop(preferences);

        let mut preferences = Preferences::kept_in(open());
        assert!(preferences.is_quiet(room) && preferences.is_ignored(mallory));
        assert!(!preferences.turn_quiet(room).unwrap() && preferences.unignore(mallory).unwrap());
        drop(preferences);

        let vault = open();
        assert!(!Preferences::kept_in(vault.clone()).is_quiet(room));
        let mut batch = Batch::new();
        batch.put(Table::Client, QUIET, *b"what no version wrote");
        vault.commit(&batch).unwrap();
        assert!(!Preferences::kept_in(vault).is_quiet(room));
    }

    #[test]
    fn without_a_vault_they_hold_and_there_is_an_end_to_them() {
        let mut preferences = Preferences::default();
        for number in 1..=500 {
            assert!(preferences.turn_quiet(RoomId::new(number).unwrap()).unwrap());
        }
        assert!(matches!(preferences.turn_quiet(RoomId::new(501).unwrap()), Err(NotKept::TooMany)));
        assert!(!preferences.turn_quiet(RoomId::new(500).unwrap()).unwrap());
    }
}
