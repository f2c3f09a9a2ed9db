//! The limit program's storage: what waits is appended to a plain file and flushed once, then it is broadcast.
//!
//! A database must write more than this for the same promise, so this limit is stricter than SQLite could ever be.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc as blocking;

use anyhow::{Context, Result};
use tokio::sync::mpsc;

use super::Message;

/// Messages of rooms in the order in which they came.
pub(super) type Batch = Vec<(u32, Message)>;

/// The way to the thread that writes.
#[derive(Debug, Clone)]
pub(super) struct Journal(blocking::Sender<(u32, Message)>);

impl Journal {
    /// Starts the thread; what is on the disk comes out of the receiver.
    pub(super) fn start(path: PathBuf) -> Result<(Self, mpsc::UnboundedReceiver<Batch>)> {
        let file = File::create(path).context("making the journal")?;
        let (sender, jobs) = blocking::channel();
        let (done, flushed) = mpsc::unbounded_channel();
        std::thread::spawn(move || write(file, &jobs, &done));
        Ok((Self(sender), flushed))
    }

    /// Hands a message over.
    pub(super) fn append(&self, room: u32, message: Message) -> Result<()> {
        self.0.send((room, message)).context("the journal has stopped")
    }
}

fn write(
    mut file: File,
    jobs: &blocking::Receiver<(u32, Message)>,
    done: &mpsc::UnboundedSender<Batch>,
) -> Result<()> {
    let mut bytes = Vec::new();
    while let Ok(first) = jobs.recv() {
        let batch: Batch = std::iter::once(first).chain(jobs.try_iter().take(MOST - 1)).collect();
        bytes.clear();
        for (room, message) in &batch {
            bytes.extend_from_slice(&room.to_be_bytes());
            bytes.extend_from_slice(&u32::try_from(message.len())?.to_be_bytes());
            bytes.extend_from_slice(message);
        }
        file.write_all(&bytes)?;
        file.sync_data()?;
        done.send(batch).context("the server has stopped")?;
    }
    Ok(())
}

/// Messages in one flush at most, as many as the store commits at once.
const MOST: usize = 1000;
