//! The keys that stamp messages of sealed rooms: a file of one line for each, `livechat-franking-key-1 NUMBER
//! MILLISECONDS BASE32`, oldest first. The last one is in use; a month later another is added.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE32_NOPAD;
use proto::bytes::Secret32;
use proto::ids::{PublicKey, Timestamp};
use proto::message::Stamp;
use sealed::ServerId;
use sealed::franking::{self, StampInput, StampKey, StampKeys};
use zeroize::Zeroizing;

use super::{FRANKING, KeyError, file};

/// The stamping keys as they are at this moment, and the server they stamp for. Clones share them.
#[derive(Debug, Clone)]
pub struct Franking {
    folder: PathBuf,
    server: ServerId,
    keys: Arc<RwLock<Arc<StampKeys>>>,
}

impl Franking {
    /// Reads the keys, or makes the first.
    pub(super) fn load(folder: &Path, server: PublicKey) -> Result<Self, KeyError> {
        let path = file::path(folder, FRANKING);
        if path.symlink_metadata().is_err() {
            let first = StampKeys::first(now(), file::random(folder, FRANKING)?);
            match file::write_private(&path, written(&first).as_bytes()) {
                // The other process that starts was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => other.map_err(file::failed(&path, "written"))?,
            }
        }
        let keys = Arc::new(RwLock::new(Arc::new(read(folder)?)));
        Ok(Self { folder: folder.to_owned(), server: ServerId::of(&server), keys })
    }

    /// Adds a key when the one in use has been so for a month, and writes that down before it is used. Returns its
    /// number, if there is one.
    ///
    /// # Errors
    /// [`KeyError`] when the file cannot be written; the keys stay as they were then.
    pub fn rotate(&self, now: Timestamp) -> Result<Option<u32>, KeyError> {
        if !self.keys().is_due(now) {
            return Ok(None);
        }
        let rotated = self.keys().rotated(now, file::random(&self.folder, FRANKING)?);
        let path = file::path(&self.folder, FRANKING);
        file::replace_private(&path, written(&rotated).as_bytes()).map_err(file::failed(&path, "written"))?;
        let kid = rotated.current().kid;
        self.set(rotated);
        Ok(Some(kid))
    }

    /// Reads the file again: another process adds keys.
    ///
    /// # Errors
    /// [`KeyError`]; the keys stay as they were then.
    pub fn reload(&self) -> Result<(), KeyError> {
        self.set(read(&self.folder)?);
        Ok(())
    }

    /// Returns this server's stamp on a message.
    #[must_use]
    pub fn stamp(&self, input: &StampInput) -> Stamp {
        franking::stamp(&self.keys(), self.server, input)
    }

    /// Returns the keys.
    #[must_use]
    pub fn keys(&self) -> Arc<StampKeys> {
        self.keys.read().expect("nobody panics while holding the stamping keys").clone()
    }

    /// Returns the server that they stamp for.
    #[must_use]
    pub fn server(&self) -> ServerId {
        self.server
    }

    fn set(&self, keys: StampKeys) {
        *self.keys.write().expect("nobody panics while holding the stamping keys") = Arc::new(keys);
    }
}

pub(super) fn read(folder: &Path) -> Result<StampKeys, KeyError> {
    let text = file::read_text(folder, FRANKING, LONGEST)?;
    let malformed = || KeyError::Malformed { path: file::path(folder, FRANKING), kind: FRANKING };
    let keys = text.lines().map(line).collect::<Option<Vec<_>>>().ok_or_else(malformed)?;
    StampKeys::new(keys).map_err(|_| malformed())
}

fn line(text: &str) -> Option<StampKey> {
    let rest = text.strip_prefix(&file::prefix(FRANKING))?;
    let [kid, made_at, key]: [&str; 3] = rest.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let key = Zeroizing::new(BASE32_NOPAD.decode(key.as_bytes()).ok()?);
    Some(StampKey {
        kid: kid.parse().ok()?,
        made_at: Timestamp(made_at.parse().ok()?),
        key: Secret32::new(key.as_slice().try_into().ok()?),
    })
}

fn written(keys: &StampKeys) -> Zeroizing<String> {
    // Grown once, so that no copy of a key is left behind.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST));
    for StampKey { kid, made_at, key } in keys.iter() {
        let encoded = Zeroizing::new(BASE32_NOPAD.encode(key.reveal()));
        text.push_str(&file::prefix(FRANKING));
        text.push_str(&format!("{kid} {} ", made_at.0));
        text.push_str(&encoded);
        text.push('\n');
    }
    text
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Longest file that is read: sixteen keys are kept, a line has about a hundred bytes.
const LONGEST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn keys_are_the_same_when_read_again() {
        let folder = folder();
        let made = load(folder.path());
        let again = load(folder.path());
        assert_eq!(made.keys(), again.keys());
        assert_eq!(made.keys().iter().len(), 1);
    }

    #[test]
    fn a_month_later_another_key_stamps_and_the_first_still_checks() {
        let folder = folder();
        let franking = load(folder.path());
        let (early, made_at) = (franking.stamp(&input()), franking.keys().current().made_at);
        assert_eq!(franking.rotate(made_at.plus_ms(30 * DAY - 1)).unwrap(), None);
        let kid = franking.rotate(made_at.plus_ms(30 * DAY)).unwrap().unwrap();
        let late = franking.stamp(&input());
        assert_eq!((late.kid, early.kid < kid), (kid, true));
        let other_process = load(folder.path());
        for stamp in [early, late] {
            let checked = franking::verify(&other_process.keys(), franking.server(), &input(), &stamp);
            assert_eq!(checked, Ok(()));
        }
    }

    #[test]
    fn another_process_sees_a_new_key_when_it_reads_again() {
        let folder = folder();
        let (daemon, dashboard) = (load(folder.path()), load(folder.path()));
        let clone = dashboard.clone();
        daemon.rotate(daemon.keys().current().made_at.plus_ms(31 * DAY)).unwrap().unwrap();
        assert_ne!(daemon.keys(), clone.keys());
        dashboard.reload().unwrap();
        assert_eq!(daemon.keys(), clone.keys());
    }

    #[test]
    fn keys_that_cannot_be_written_are_not_used() {
        let folder = folder();
        let franking = load(folder.path());
        let before = franking.keys();
        fs::remove_dir_all(folder.path()).unwrap();
        assert!(franking.rotate(before.current().made_at.plus_ms(31 * DAY)).is_err());
        assert_eq!(franking.keys(), before);
    }

    #[test]
    fn cut_swapped_and_empty_files_are_refused() {
        let folder = folder();
        let franking = load(folder.path());
        franking.rotate(franking.keys().current().made_at.plus_ms(31 * DAY)).unwrap();
        let path = file::path(folder.path(), FRANKING);
        let whole = fs::read_to_string(&path).unwrap();
        let swapped: String = whole.lines().rev().map(|line| format!("{line}\n")).collect();
        for damaged in ["", &whole[..whole.len() - 3], &swapped, &whole.replacen(' ', "  ", 1)] {
            fs::write(&path, damaged).unwrap();
            assert!(matches!(franking.reload(), Err(KeyError::Malformed { .. })), "{}", damaged.len());
        }
    }

    fn load(folder: &Path) -> Franking {
        Franking::load(folder, PublicKey([9; 32])).unwrap()
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn input() -> StampInput {
        use proto::ids::{AccountId, Commitment, DeviceId, Epoch, MessageId, RoomId, Seq};
        StampInput {
            room: RoomId::new(77).unwrap(),
            seq: Seq::new(12).unwrap(),
            at: Timestamp(5),
            epoch: Epoch::new(3).unwrap(),
            account: AccountId::new(101).unwrap(),
            device: DeviceId::new(1_001).unwrap(),
            message_id: MessageId([7; 16]),
            commitment: Commitment([8; 32]),
        }
    }

    const DAY: i64 = 24 * 3_600_000;
}
