//! Files in a conversation: what is asked first, and transfers that go on while people talk.

mod asker;
mod begin;
mod downloads;
mod transfers;
mod view;

use std::path::PathBuf;

use client_cli::files::{Incoming, Outgoing};
use proto::ids::{RoomId, Seq};
use zeroize::Zeroizing;

pub(crate) use asker::{Asker, Question};
pub(crate) use downloads::download_folder;
pub(crate) use transfers::{News, Transfers};
pub(crate) use view::TransferView;

/// What was typed.
#[derive(Debug)]
pub(crate) enum Request {
    Upload {
        path: PathBuf,
        room: RoomId,
        room_name: String,
        caption: String,
        lock: bool,
        hide: Option<String>,
    },
    /// Goes on with everything that is unfinished.
    Resume,
    Download {
        room: RoomId,
        /// The newest file without it.
        seq: Option<Seq>,
        folder: PathBuf,
    },
    Reveal {
        which: Which,
        /// Where the image and a file that was hidden in it go.
        folder: PathBuf,
    },
    List {
        room: RoomId,
        room_name: String,
    },
    Stop(u32),
}

/// Which image is looked into.
#[derive(Debug)]
pub(crate) enum Which {
    Entry {
        room: RoomId,
        /// The newest file without it.
        seq: Option<Seq>,
    },
    Path(PathBuf),
}

/// A transfer with everything it needs.
#[derive(Debug)]
pub(crate) enum Job {
    Upload(Box<Outgoing>),
    Resume,
    Download(Fetch),
    /// Looks into an image on this machine.
    Reveal {
        path: PathBuf,
        passphrase: Zeroizing<String>,
        folder: PathBuf,
    },
    List,
    Stop(u32),
}

/// A file to fetch, and perhaps to look into.
#[derive(Debug, Clone)]
pub(crate) struct Fetch {
    pub(crate) incoming: Incoming,
    pub(crate) folder: PathBuf,
    pub(crate) reveal: Option<Zeroizing<String>>,
}
