//! The unsent messages on disk: one private file each, written before the message is sent.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use proto::codec;
use proto::ids::{MessageId, RoomId};
use proto::message::Command;

use crate::core::Unsent;

/// Where unsent messages are kept.
#[derive(Debug)]
pub struct Outbox {
    folder: Option<PathBuf>,
    state: Mutex<State>,
    damaged: Vec<PathBuf>,
}

#[derive(Debug, Default)]
struct State {
    /// Messages from before, until the client takes them.
    found: Vec<Unsent>,
    names: BTreeMap<MessageId, PathBuf>,
    next: u64,
}

impl Outbox {
    /// Returns a queue that does not outlive the program.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { folder: None, state: Mutex::default(), damaged: Vec::new() }
    }

    /// Opens the folder, which exists, with the messages that wait in it.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut names: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        names.sort();
        let (mut state, mut damaged) = (State::default(), Vec::new());
        for name in names {
            match name.extension().and_then(|extension| extension.to_str()) {
                Some(WRITING) => fs::remove_file(&name)?,
                Some(READY) => match read(&name) {
                    Some(unsent) => state.add(unsent, name),
                    None => damaged.push(name),
                },
                _ => {}
            }
        }
        Ok(Self { folder: Some(folder.to_owned()), state: Mutex::new(state), damaged })
    }

    /// Writes a message to the disk. It is there when this returns.
    ///
    /// # Errors
    /// When it cannot be written; nothing is left then.
    pub fn keep(&self, unsent: &Unsent) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let place = self.with(State::next_place);
        let id = data_encoding::HEXLOWER.encode(&unsent.message_id.0);
        let ready = folder.join(format!("{place:016x}-{id}.{READY}"));
        let writing = ready.with_extension(WRITING);
        let written = write(&writing, &unsent.command).and_then(|()| fs::rename(&writing, &ready));
        if let Err(error) = written.and_then(|()| fs::File::open(folder)?.sync_all()) {
            let _ = fs::remove_file(&writing);
            let _ = fs::remove_file(&ready);
            return Err(error);
        }
        self.with(|state| state.names.insert(unsent.message_id, ready));
        Ok(())
    }

    /// Removes a message that was accepted, refused or taken back. One that stays by mistake is sent again with
    /// its id and not doubled.
    pub fn forget(&self, message_id: MessageId) {
        if let Some(name) = self.with(|state| state.names.remove(&message_id)) {
            let _ = fs::remove_file(name);
        }
    }

    /// Takes the messages that waited when the folder was opened.
    pub(crate) fn take_found(&self) -> Vec<Unsent> {
        self.with(|state| std::mem::take(&mut state.found))
    }

    /// Returns how many messages wait in the folder.
    #[must_use]
    pub fn len(&self) -> usize {
        self.with(|state| state.names.len())
    }

    /// Returns whether no message waits in the folder.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns files in the folder that are not unsent messages any more; nobody removes them.
    #[must_use]
    pub fn damaged(&self) -> &[PathBuf] {
        &self.damaged
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn add(&mut self, unsent: Unsent, name: PathBuf) {
        let place = name.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.split('-').next());
        let place = place.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default();
        self.next = self.next.max(place.saturating_add(1));
        self.names.insert(unsent.message_id, name);
        self.found.push(unsent);
    }

    fn next_place(&mut self) -> u64 {
        let place = self.next;
        self.next = place.saturating_add(1);
        place
    }
}

/// Returns the room and id of a command that leaves an entry; others are not queued.
pub(crate) fn address_of(command: &Command) -> Option<(RoomId, MessageId)> {
    match *command {
        Command::Send { room, message_id, .. }
        | Command::SendFile { room, message_id, .. }
        | Command::Edit { room, message_id, .. }
        | Command::Delete { room, message_id, .. }
        | Command::React { room, message_id, .. }
        | Command::SetTopic { room, message_id, .. } => Some((room, message_id)),
        _ => None,
    }
}

fn write(path: &Path, command: &Command) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(FORMAT)?;
    file.write_all(&codec::encode(command))?;
    file.sync_all()
}

fn read(path: &Path) -> Option<Unsent> {
    let bytes = fs::read(path).ok()?;
    let command: Command = codec::decode(bytes.strip_prefix(FORMAT)?).ok()?;
    let (room, message_id) = address_of(&command)?;
    Some(Unsent { message_id, room, command })
}

/// The first bytes of each file: what it is, and in which version.
const FORMAT: &[u8] = b"LiveChat unsent 1\n";
const READY: &str = "unsent";
const WRITING: &str = "writing";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use proto::ids::Seq;
    use proto::text::Text;

    use super::*;

    #[test]
    fn messages_come_back_in_the_order_in_which_they_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        for id in [9, 3, 7] {
            outbox.keep(&unsent(id)).unwrap();
        }
        outbox.forget(MessageId([3; 16]));

        let again = Outbox::open(folder.path()).unwrap();
        again.keep(&unsent(1)).unwrap();
        let ids = |outbox: &Outbox| outbox.take_found().iter().map(|u| u.message_id.0[0]).collect::<Vec<_>>();
        assert_eq!(ids(&again), [9, 7]);
        assert_eq!(ids(&Outbox::open(folder.path()).unwrap()), [9, 7, 1]);
    }

    #[test]
    fn a_half_written_file_is_removed_and_a_damaged_one_is_left_alone_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        outbox.keep(&unsent(9)).unwrap();
        let half = folder.path().join("0000000000000007-aa.writing");
        let damaged = folder.path().join("0000000000000008-bb.unsent");
        fs::write(&half, "Live").unwrap();
        fs::write(&damaged, "LiveChat unsent 1\n\u{7}").unwrap();

        let again = Outbox::open(folder.path()).unwrap();
        assert_eq!((again.len(), again.damaged()), (1, &[damaged.clone()][..]));
        assert!(!half.exists() && damaged.exists());
    }

    #[test]
    fn nobody_else_can_read_an_unsent_message() {
        let folder = tempfile::tempdir().unwrap();
        Outbox::open(folder.path()).unwrap().keep(&unsent(9)).unwrap();
        let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        fs::remove_dir(folder.path()).unwrap();
        assert!(outbox.keep(&unsent(9)).is_err());
        assert_eq!(outbox.len(), 0);
    }

    fn unsent(id: u8) -> Unsent {
        let (room, message_id) = (RoomId::new(7).unwrap(), MessageId([id; 16]));
        let body = Text::new("hello").unwrap();
        Unsent {
            message_id,
            room,
            command: Command::Send { room, message_id, body, reply_to: Some(Seq::START) },
        }
    }
}
