//! What is half typed, kept in the vault: it is there again after a restart, and nobody else reads it on the disk.

use std::collections::BTreeMap;

use proto::ids::RoomId;
use vault::{Batch, Table, Vault, Walk};

/// The drafts of all rooms as they are kept.
#[derive(Debug)]
pub(super) struct Drafts {
    vault: Vault,
    kept: BTreeMap<RoomId, String>,
}

impl Drafts {
    /// Reads what was kept. A draft that does not open is lost, and nothing else with it.
    pub(super) fn open(vault: Vault) -> Self {
        let rows =
            vault.walk(Table::Client, Walk::Up { prefix: PREFIX, after: None }, MOST).unwrap_or_default();
        let kept = rows.iter().filter_map(|(key, value)| {
            let number = key.strip_prefix(PREFIX)?.try_into().ok().map(u64::from_be_bytes)?;
            Some((RoomId::new(number)?, String::from_utf8(value.to_vec()).ok()?))
        });
        let kept = kept.collect();
        Self { vault, kept }
    }

    /// Returns the draft of a room as it was kept.
    pub(super) fn of(&self, room: RoomId) -> Option<&str> {
        self.kept.get(&room).map(String::as_str)
    }

    /// Keeps the drafts that changed; the ones that are empty are forgotten.
    pub(super) fn keep(&mut self, drafts: impl Iterator<Item = (RoomId, String)>) {
        let mut batch = Batch::new();
        for (room, text) in drafts {
            let key = [PREFIX, &room.get().to_be_bytes()].concat();
            if text.is_empty() {
                if self.kept.remove(&room).is_some() {
                    batch.remove(Table::Client, &key);
                }
            } else if self.kept.get(&room) != Some(&text) {
                batch.put(Table::Client, &key, text.as_bytes());
                self.kept.insert(room, text);
            }
        }
        if !batch.is_empty() {
            // A draft is a convenience: a disk that does not take it does not end the conversation.
            if let Err(error) = self.vault.commit(&batch) {
                tracing::warn!(%error, "a draft could not be kept");
            }
        }
    }
}

const PREFIX: &[u8] = b"interface/draft/";
const MOST: usize = 10_000;
