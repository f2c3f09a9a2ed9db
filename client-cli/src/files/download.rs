//! Fetching a file: pieces come from the server, are opened chunk by chunk, and the whole is checked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use attachment::{HEADER, Opener};
use proto::ids::{RoomId, Seq};
use proto::message::{Answer, Command, Content, Entry, FileCard, FileLock, HistoryFrom};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::card::{Opened, open_card};
use super::control::Control;
use super::error::FileError;
use super::line::{Line, Tries};
use super::part::{Part, Receiver, not_the_file};
use super::progress::Stage;
use super::upload::blocking;
use crate::client::Client;
use crate::error::RequestError;

/// Fetches files over a client's connection.
#[derive(Debug, Clone)]
pub struct Downloader {
    pub(super) client: Client,
    give_up_after: Duration,
}

/// A file that somebody wants.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The room.
    pub room: RoomId,
    /// The entry that carries it.
    pub seq: Seq,
    /// What the entry says of it.
    pub card: FileCard,
    /// What opens it, when the message alone does not.
    pub passphrase: Option<Zeroizing<String>>,
}

/// A file that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it is.
    pub path: PathBuf,
    /// The name its sender gave it.
    pub name: String,
    /// What its sender says it is; may be empty.
    pub media: String,
    /// Its size.
    pub size: u64,
    /// SHA-256 of its content, as checked.
    pub sha256: [u8; 32],
}

impl Downloader {
    /// Fetches over this client. A transfer that gets no further for `give_up_after` ends; what came is kept and the
    /// next try goes on there.
    #[must_use]
    pub fn new(client: Client, give_up_after: Duration) -> Self {
        Self { client, give_up_after }
    }

    /// Returns what an entry's file is and where, to be fetched.
    ///
    /// # Errors
    /// [`FileError::NoFile`] when the entry carries none.
    pub async fn find(&self, room: RoomId, seq: Seq) -> Result<Incoming, FileError> {
        let before = Seq::new(seq.get().saturating_sub(1)).unwrap_or(Seq::START);
        let page = self.client.history(room, HistoryFrom::After(before), 1).await?;
        let entry = page.items.iter().map(|item| &item.entry).find(|entry| entry.seq == seq);
        entry.and_then(Incoming::of).ok_or(FileError::NoFile(seq))
    }

    /// Fetches a file into a folder, under a name that nothing there has yet.
    ///
    /// # Errors
    /// [`FileError::can_go_on`] tells whether another try would go on where this one ended.
    pub async fn fetch(
        &self,
        incoming: &Incoming,
        folder: &Path,
        control: &Control,
    ) -> Result<Fetched, FileError> {
        let (card, passphrase) = (incoming.card.clone(), incoming.passphrase.clone());
        let opened =
            blocking(move || open_card(&card, passphrase.as_ref().map(|passphrase| passphrase.as_str())))
                .await?;
        let size = attachment::plain_len(incoming.card.sealed_size.get())
            .map_err(|error| FileError::BadCard(error.to_string()))?;
        let job = Job { client: &self.client, incoming, folder, opened: &opened, control };
        let (mut tries, mut began_anew) = (Tries::new(self.give_up_after), false);
        loop {
            let mut resumed = false;
            let error = match job.attempt(&mut tries, &mut resumed).await {
                Ok(path) => {
                    control.begin(Stage::Done, size);
                    let Opened { facts, .. } = opened;
                    let (name, media) = (facts.name.into_inner(), facts.media.into_inner());
                    return Ok(Fetched { path, name, media, size, sha256: facts.plain_sha256.0 });
                }
                Err(error) => error,
            };
            // Somebody may have changed what an earlier try left: it is gone, so once more from the beginning.
            if matches!(error, FileError::NotTheFile(_)) && resumed && !began_anew {
                began_anew = true;
                continue;
            }
            tries.wait(error, &self.client, control).await?;
        }
    }
}

/// One file on its way.
struct Job<'a> {
    client: &'a Client,
    incoming: &'a Incoming,
    folder: &'a Path,
    opened: &'a Opened,
    control: &'a Control,
}

impl Job<'_> {
    /// Fetches what is missing. `resumed` becomes true when an earlier try's bytes are used.
    async fn attempt(&self, tries: &mut Tries, resumed: &mut bool) -> Result<PathBuf, FileError> {
        let header = self.header().await?;
        let receiver = self.receiver(header).await?;
        *resumed = receiver.resumed();
        let (from, part) = (receiver.taken(), receiver.path().to_owned());
        self.control.begin(Stage::Receiving, self.size());
        let (pieces, to_write) = mpsc::channel(AHEAD);
        let writing = {
            let (folder, card, opened) =
                (self.folder.to_owned(), self.incoming.card.clone(), self.opened.clone());
            tokio::spawn(blocking(move || write(receiver, to_write, &folder, &card, &opened)))
        };
        let pulled = self.pull(from, pieces, tries).await;
        let written = writing.await.unwrap_or_else(|error| Err(FileError::Internal(error.to_string())));
        match (pulled, written) {
            // What the writing says is the cause when it stopped taking.
            (_, Err(error)) => Err(error),
            (Err(error), Ok(_)) => {
                if let FileError::NotTheFile(_) = &error {
                    let _ = std::fs::remove_file(part);
                }
                Err(error)
            }
            (Ok(()), Ok(path)) => path.ok_or_else(|| RequestError::Unexpected.into()),
        }
    }

    async fn header(&self) -> Result<[u8; HEADER], FileError> {
        if self.size() < HEADER as u64 {
            return Err(FileError::BadCard("no file is that small".to_owned()));
        }
        let asked = self.client.request(self.piece(0, HEADER));
        match self.control.unless_stopped(asked).await?? {
            Answer::Piece { offset: 0, bytes } => {
                let header = bytes.first_chunk::<HEADER>().copied();
                header.ok_or_else(|| FileError::NotTheFile("it ends too early".to_owned()))
            }
            _ => Err(RequestError::Unexpected.into()),
        }
    }

    async fn receiver(&self, header: [u8; HEADER]) -> Result<Receiver, FileError> {
        let (folder, card) = (self.folder.to_owned(), self.incoming.card.clone());
        let (opened, control) = (self.opened.clone(), self.control.clone());
        blocking(move || {
            // A key that does not fit is found before anything is touched.
            let opener = Opener::new(&opened.key, &header).map_err(not_the_file)?;
            let part = Part::open(&folder, &card, &opened)?;
            Receiver::start(part, opener, &header, card.sealed_size.get(), &opened, &control)
        })
        .await
    }

    /// Asks for the rest of the sealed bytes and hands them on in order.
    async fn pull(
        &self,
        from: u64,
        pieces: mpsc::Sender<Vec<u8>>,
        tries: &mut Tries,
    ) -> Result<(), FileError> {
        let mut line = Line::new(self.client, self.control);
        let (mut next, mut done) = (from, from);
        loop {
            self.control.reached(done);
            tries.reached(done);
            while let Some(len) = line.next_len(self.size() - next) {
                line.send(len, self.piece(next, len)).await?;
                next += len as u64;
            }
            let Some((len, answer)) = line.answered().await? else { return Ok(()) };
            let Answer::Piece { offset, bytes } = answer else { return Err(RequestError::Unexpected.into()) };
            if offset != done || len < bytes.len() {
                return Err(RequestError::Unexpected.into());
            }
            // Only a piece that reaches behind the end is shorter than it was asked for.
            if bytes.len() < len {
                return Err(FileError::NotTheFile("it ends too early".to_owned()));
            }
            done += bytes.len() as u64;
            if pieces.send(bytes.into_inner()).await.is_err() {
                return Ok(());
            }
        }
    }

    fn piece(&self, offset: u64, len: usize) -> Command {
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        Command::FetchPiece { room: self.incoming.room, seq: self.incoming.seq, offset, len }
    }

    fn size(&self) -> u64 {
        self.incoming.card.sealed_size.get()
    }
}

impl Incoming {
    /// Returns whether a passphrase is needed.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self.card.lock, FileLock::Passphrase { .. })
    }

    /// Returns what an entry's file is; nothing when it carries none.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        match &entry.content {
            Content::File { file, .. } => {
                Some(Self { room: entry.room, seq: entry.seq, card: file.clone(), passphrase: None })
            }
            _ => None,
        }
    }
}

/// Writes what comes, on a thread that may block. Nothing is returned when it ends before the file does.
fn write(
    mut receiver: Receiver,
    mut pieces: mpsc::Receiver<Vec<u8>>,
    folder: &Path,
    card: &FileCard,
    opened: &Opened,
) -> Result<Option<PathBuf>, FileError> {
    while let Some(piece) = pieces.blocking_recv() {
        receiver.take(&piece)?;
    }
    if receiver.taken() < card.sealed_size.get() {
        return Ok(None);
    }
    receiver.finish(folder, card, opened).map(Some)
}

/// Pieces that wait to be written.
const AHEAD: usize = 8;
