//! What is half typed, kept in the vault: it is there again after a restart, and nobody else reads it on the disk.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use proto::ids::RoomId;
use tokio::task::{JoinHandle, spawn_blocking};
use vault::{Batch, Table, Vault, Walk};

/// The drafts of all rooms as they lie in the vault, and the writing that is under way.
#[derive(Debug)]
pub(super) struct Drafts {
    vault: Vault,
    kept: BTreeMap<RoomId, String>,
    writing: Option<JoinHandle<Written>>,
}

/// What a writing came to: the drafts that lie in the vault from here on, nothing when it failed.
type Written = Option<Vec<(RoomId, String)>>;

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
        Self { vault, kept, writing: None }
    }

    /// Returns the draft of a room as it was kept.
    pub(super) fn of(&self, room: RoomId) -> Option<&str> {
        self.kept.get(&room).map(String::as_str)
    }

    /// Begins to keep the drafts that changed; the ones that are empty are forgotten. The disk is waited for elsewhere,
    /// and while it is slow nothing more is asked of it: the next call writes what is missing.
    pub(super) fn keep(&mut self, drafts: impl Iterator<Item = (RoomId, String)>) {
        if self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) {
            return;
        }
        if let Some(writing) = self.writing.take() {
            self.took(writing.now_or_never().and_then(Result::ok).flatten());
        }
        self.write(drafts);
    }

    /// Keeps the drafts, and returns when they are on the disk or cannot be.
    pub(super) async fn keep_now(&mut self, drafts: impl Iterator<Item = (RoomId, String)>) {
        self.finish().await;
        self.write(drafts);
        self.finish().await;
    }

    fn write(&mut self, drafts: impl Iterator<Item = (RoomId, String)>) {
        let is_news = |(room, text): &(RoomId, String)| self.of(*room).unwrap_or_default() != text;
        let changed: Vec<_> = drafts.filter(is_news).collect();
        if changed.is_empty() {
            return;
        }
        let vault = self.vault.clone();
        self.writing = Some(spawn_blocking(move || {
            match vault.commit(&batch(&changed)) {
                Ok(()) => Some(changed),
                // A draft is a convenience: a disk that does not take it does not end the conversation.
                Err(error) => {
                    tracing::warn!(%error, "a draft could not be kept");
                    None
                }
            }
        }));
    }

    async fn finish(&mut self) {
        if let Some(writing) = self.writing.take() {
            self.took(writing.await.ok().flatten());
        }
    }

    fn took(&mut self, written: Written) {
        for (room, text) in written.into_iter().flatten() {
            if text.is_empty() {
                self.kept.remove(&room);
            } else {
                self.kept.insert(room, text);
            }
        }
    }
}

fn batch(changed: &[(RoomId, String)]) -> Batch {
    let mut batch = Batch::new();
    for (room, text) in changed {
        let key = [PREFIX, &room.get().to_be_bytes()].concat();
        if text.is_empty() {
            batch.remove(Table::Client, &key);
        } else {
            batch.put(Table::Client, &key, text.as_bytes());
        }
    }
    batch
}

const PREFIX: &[u8] = b"interface/draft/";
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use vault::VaultKey;

    use super::*;

    #[tokio::test]
    async fn what_is_written_while_the_disk_is_busy_is_kept_by_the_next_call() {
        let (folder, key) = (tempfile::tempdir().unwrap(), VaultKey::random());
        let open = || Vault::open(&folder.path().join("vault.db"), key.clone()).unwrap();
        let mut drafts = Drafts::open(open());
        drafts.keep([draft(1, "ha")].into_iter());
        // Under way or not, neither call loses the newer words.
        drafts.keep([draft(1, "half")].into_iter());
        drafts.keep_now([draft(1, "half a thought"), draft(2, "")].into_iter()).await;
        assert_eq!(drafts.of(room(1)), Some("half a thought"));
        drop(drafts);

        let mut drafts = Drafts::open(open());
        assert_eq!((drafts.of(room(1)), drafts.of(room(2))), (Some("half a thought"), None));
        drafts.keep([draft(1, "")].into_iter());
        while drafts.of(room(1)).is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
            drafts.keep([draft(1, "")].into_iter());
        }
        drop(drafts);
        assert_eq!(Drafts::open(open()).of(room(1)), None);
    }

    fn draft(number: u64, text: &str) -> (RoomId, String) {
        (room(number), text.to_owned())
    }

    fn room(number: u64) -> RoomId {
        RoomId::new(number).unwrap()
    }
}
