//! The doorbell: one datagram to every other process on the same database says "look at the feed".
//!
//! Each open store has a socket `<database's folder>/doorbell/<pid>-<n>.sock`. A lost ring costs one polling interval:
//! the listener also asks SQLite whether another connection has committed.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tracing::{debug, warn};

use crate::error::StoreError;
use crate::open::folder_of;
use crate::reads::Reads;
use crate::shared::Shared;

/// Stores of one process that can listen at a time.
const STORES: u32 = 64;

/// This store's end of the doorbell.
#[derive(Debug)]
pub(crate) struct Bell {
    folder: PathBuf,
    /// Rings at others, never waiting for them.
    hand: Option<UnixDatagram>,
    /// Hears others, under its own path; without one this store hears by polling alone.
    ear: Option<(UnixDatagram, PathBuf)>,
    poll: Duration,
    closed: AtomicBool,
}

impl Bell {
    /// Puts a socket beside the database.
    pub(crate) fn hang(database: &Path, poll: Duration) -> Self {
        let folder = folder_of(database).join("doorbell");
        let ear = listen(&folder, poll).inspect_err(
            |error| warn!(%error, folder = %folder.display(), "no doorbell, changes are polled for"),
        );
        let hand = UnixDatagram::unbound().and_then(|hand| hand.set_nonblocking(true).map(|()| hand));
        Self { folder, hand: hand.ok(), ear: ear.ok(), poll, closed: AtomicBool::new(false) }
    }

    /// Rings at every other store, and removes sockets nobody listens to any more.
    pub(crate) fn ring(&self) {
        let (Some(hand), Ok(entries)) = (&self.hand, fs::read_dir(&self.folder)) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let own = self.ear.as_ref().is_some_and(|(_, own)| *own == path);
            if own || path.extension().is_none_or(|kind| kind != "sock") {
                continue;
            }
            match hand.send_to(&[1], &path) {
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    debug!(socket = %path.display(), "nobody listens there any more");
                    let _ = fs::remove_file(&path);
                }
                // Full means that enough rings wait there to wake the listener.
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Stops listening and takes the socket away.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        if let (Some(hand), Some((_, own))) = (&self.hand, &self.ear) {
            let _ = hand.send_to(&[0], own);
            let _ = fs::remove_file(own);
        }
    }

    /// Waits for a ring or for the polling interval; whether to go on listening.
    fn wait(&self) -> bool {
        match &self.ear {
            Some((ear, _)) => {
                // A time-out and a ring lead to the same look at the feed.
                let _ = ear.recv(&mut [0]);
            }
            None => thread::sleep(self.poll),
        }
        !self.closed.load(Ordering::SeqCst)
    }
}

/// Follows what other connections commit and passes the newest change on, until the bell is closed.
pub(crate) fn run_listener(conn: &Connection, shared: &Shared) {
    let mut seen = None;
    while shared.bell.wait() {
        if let Err(error) = look(conn, shared, &mut seen) {
            debug!(%error, "changes could not be looked at");
        }
    }
}

/// Reads the end of the feed if another connection has committed; asking for that costs a microsecond.
fn look(conn: &Connection, shared: &Shared, seen: &mut Option<i64>) -> Result<(), StoreError> {
    let version: i64 = conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
    if *seen != Some(version) {
        shared.saw_change(Reads::new(conn).last_change()?);
        *seen = Some(version);
    }
    Ok(())
}

/// Binds the first free name of this process. A name whose socket is dead is left from a process with the same id.
fn listen(folder: &Path, poll: Duration) -> io::Result<(UnixDatagram, PathBuf)> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    for number in 0..STORES {
        let path = folder.join(format!("{}-{number}.sock", process::id()));
        let ear = match UnixDatagram::bind(&path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && is_dead(&path) => {
                fs::remove_file(&path)?;
                UnixDatagram::bind(&path)?
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse => continue,
            bound => bound?,
        };
        ear.set_read_timeout(Some(poll))?;
        return Ok((ear, path));
    }
    Err(ErrorKind::AddrInUse.into())
}

fn is_dead(path: &Path) -> bool {
    let probe = UnixDatagram::unbound().and_then(|probe| probe.connect(path));
    probe.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}
