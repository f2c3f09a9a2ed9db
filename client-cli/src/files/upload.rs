//! Sending a file: sealed once into the spool, brought to the server piece by piece, then posted as a message.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use proto::bytes::Bytes;
use proto::ids::{RoomId, Seq};
use proto::message::{Answer, Command};
use proto::refusal::Code;
use proto::text::{Text, TooLong};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::card::open_card;
use super::control::Control;
use super::error::{FileError, io_at};
use super::hide::Hiding;
use super::line::{Line, Tries};
use super::progress::Stage;
use super::seal::{self, Destination};
use super::spool::{Source, Spool, Unfinished};
use crate::client::{Accepted, Client};
use crate::error::RequestError;
use crate::post::fresh_message_id;

/// Sends files over a client's connection.
#[derive(Debug, Clone)]
pub struct Uploader {
    client: Client,
    spool: Spool,
    give_up_after: Duration,
}

/// A file that somebody wants sent.
#[derive(Debug)]
pub struct Outgoing {
    /// Where it is.
    pub path: PathBuf,
    /// The room it goes to.
    pub room: RoomId,
    /// The room's name as people type it.
    pub room_name: String,
    /// Some words beside it; may be empty.
    pub caption: String,
    /// The entry replied to.
    pub reply_to: Option<Seq>,
    /// What opens the file besides the message, if anything does.
    pub passphrase: Option<Zeroizing<String>>,
    /// What is hidden in it, when it is an image.
    pub hide: Option<Hiding>,
}

impl Uploader {
    /// Sends over this client, keeping what is unfinished in the spool. A transfer that gets no further for
    /// `give_up_after` ends and stays in the spool.
    #[must_use]
    pub fn new(client: Client, spool: Spool, give_up_after: Duration) -> Self {
        Self { client, spool, give_up_after }
    }

    /// Seals a file into the spool, or finds it there: the same file for the same room is never sealed twice, unless
    /// a message is hidden in it. The image with the message is never on the disk as it is.
    ///
    /// # Errors
    /// When the file cannot be read or the spool cannot be written.
    pub async fn prepare(&self, outgoing: Outgoing, control: &Control) -> Result<Unfinished, FileError> {
        let caption = Text::new(outgoing.caption).map_err(too_long)?;
        let to = Destination {
            room: outgoing.room,
            room_name: outgoing.room_name,
            caption,
            reply_to: outgoing.reply_to,
            passphrase: outgoing.passphrase,
        };
        let (spool, control) = (self.spool.clone(), control.clone());
        blocking(move || {
            let source = Source::of(&outgoing.path)?;
            if let Some(hiding) = outgoing.hide {
                let image = hiding.into_image(&source.path, &control)?;
                return seal::seal(&spool, source, Some(&image), to, &control);
            }
            match spool.find_same(&source, to.room)? {
                Some(unfinished) if opens_alike(&unfinished, &to) => again(&spool, unfinished, to),
                _ => seal::seal(&spool, source, None, to, &control),
            }
        })
        .await
    }

    /// Brings what is sealed to the server and posts it. Starting again after any interruption goes on.
    ///
    /// # Errors
    /// [`FileError::can_go_on`] tells whether it is worth trying again. [`RequestError::Held`] is a success that a
    /// moderator has yet to confirm.
    pub async fn send(&self, unfinished: &Unfinished, control: &Control) -> Result<Accepted, FileError> {
        let sealed = self.spool.sealed_file(unfinished);
        let file = Arc::new(File::open(&sealed).map_err(io_at("read", &sealed))?);
        let mut tries = Tries::new(self.give_up_after);
        let mut line = Line::new(&self.client, control);
        loop {
            let result = match self.bring(unfinished, &file, &mut line, &mut tries, control).await {
                Ok(()) => self.post(unfinished, control).await,
                Err(error) => Err(error),
            };
            let error = match result {
                Ok(accepted) => {
                    self.spool.forget(unfinished);
                    control.begin(Stage::Done, unfinished.sealed_size());
                    return Ok(accepted);
                }
                Err(error) => error,
            };
            if let FileError::Server(RequestError::Held { .. }) = &error {
                self.spool.forget(unfinished);
            }
            if is_refused_with(&error, Code::HashMismatch) {
                check(&file, unfinished, control)
                    .await
                    .inspect_err(|error| self.drop_damaged(unfinished, error))?;
            }
            line.restart();
            tries.wait(error, &self.client, control).await?;
        }
    }

    /// Gives an upload up, here and on the server.
    ///
    /// # Errors
    /// When the server cannot be reached; here it is gone all the same.
    pub async fn forget(&self, unfinished: &Unfinished) -> Result<(), RequestError> {
        self.spool.forget(unfinished);
        match self.client.done(Command::CancelUpload { blob: unfinished.card.blob }).await {
            // The server has nothing of it.
            Err(RequestError::Refused(refusal)) if refusal.code == Code::NoSuchFile => Ok(()),
            result => result,
        }
    }

    /// Brings the sealed bytes that the server does not have yet.
    async fn bring(
        &self,
        unfinished: &Unfinished,
        file: &Arc<File>,
        line: &mut Line<'_>,
        tries: &mut Tries,
        control: &Control,
    ) -> Result<(), FileError> {
        let (blob, size) = (unfinished.card.blob, unfinished.sealed_size());
        let begin =
            Command::BeginUpload { room: unfinished.room, blob, sealed_size: unfinished.card.sealed_size };
        let begun = control.unless_stopped(self.client.request(begin)).await??;
        let Answer::Upload { received } = begun else { return Err(RequestError::Unexpected.into()) };
        let (mut next, mut done) = (received, received);
        if size < received {
            return Err(RequestError::Unexpected.into());
        }
        control.begin(Stage::Sending, size);
        loop {
            control.reached(done);
            tries.reached(done);
            while let Some(len) = line.next_len(size - next) {
                let bytes = Bytes::new(read_at(file, next, len).await?).map_err(too_long)?;
                line.send(len, Command::UploadPiece { blob, offset: next, bytes }).await?;
                next += u64::try_from(len).unwrap_or(u64::MAX);
            }
            match line.answered().await? {
                None => break,
                Some((_, Answer::Upload { received })) if done <= received && received <= next => {
                    done = received;
                }
                Some(_) => return Err(RequestError::Unexpected.into()),
            }
        }
        control.unless_stopped(self.client.done(Command::FinishUpload { blob })).await??;
        Ok(())
    }

    fn drop_damaged(&self, unfinished: &Unfinished, error: &FileError) {
        if matches!(error, FileError::SpoolDamaged) {
            self.spool.forget(unfinished);
        }
    }

    /// Posts the message. It has the same id however often it is tried, so it is there once.
    async fn post(&self, unfinished: &Unfinished, control: &Control) -> Result<Accepted, FileError> {
        control.begin(Stage::Posting, unfinished.sealed_size());
        let (room, id) = (unfinished.room, unfinished.message_id);
        let posting = self.client.post_as(room, unfinished.post(), id, self.give_up_after);
        let result = match control.unless_stopped(posting).await {
            Ok(result) => result.map_err(FileError::from),
            Err(stopped) => Err(stopped),
        };
        if let Err(FileError::Cancelled | FileError::Server(RequestError::NotYet { .. })) = &result {
            // It waits in the spool; in the queue of unsent messages as well it would be sent twice as often.
            self.client.withdraw(id).await;
        }
        result
    }
}

/// Whether the same people could open an upload that is there already.
fn opens_alike(unfinished: &Unfinished, to: &Destination) -> bool {
    match &to.passphrase {
        None => unfinished.name().is_some(),
        Some(passphrase) => {
            unfinished.name().is_none() && open_card(&unfinished.card, Some(passphrase)).is_ok()
        }
    }
}

/// Takes an upload up again; other words beside it make it another message.
fn again(spool: &Spool, mut unfinished: Unfinished, to: Destination) -> Result<Unfinished, FileError> {
    if (&unfinished.caption, unfinished.reply_to) != (&to.caption, to.reply_to) {
        unfinished.message_id = fresh_message_id();
        (unfinished.caption, unfinished.reply_to) = (to.caption, to.reply_to);
        spool.change(&unfinished)?;
    }
    Ok(unfinished)
}

/// Finds out whether the spool or the way to the server has damaged the file.
async fn check(file: &Arc<File>, unfinished: &Unfinished, control: &Control) -> Result<(), FileError> {
    let (size, blob) = (unfinished.sealed_size(), unfinished.card.blob);
    control.begin(Stage::Checking, size);
    let (mut hash, mut done) = (Sha256::new(), 0);
    while done < size {
        let len = usize::try_from(size - done).unwrap_or(CHECKED_AT_ONCE).min(CHECKED_AT_ONCE);
        hash.update(control.unless_stopped(read_at(file, done, len)).await??);
        done += u64::try_from(len).unwrap_or(u64::MAX);
        control.reached(done);
    }
    if hash.finalize()[..] == blob.0 { Ok(()) } else { Err(FileError::SpoolDamaged) }
}

async fn read_at(file: &Arc<File>, offset: u64, len: usize) -> Result<Vec<u8>, FileError> {
    let file = Arc::clone(file);
    blocking(move || {
        let mut bytes = vec![0; len];
        // Shorter than it was when it was sealed, or the disk is broken: the spool is no good in either case.
        file.read_exact_at(&mut bytes, offset).map_err(|_| FileError::SpoolDamaged)?;
        Ok(bytes)
    })
    .await
}

/// Does something that blocks on a thread for that.
pub(super) async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let done = tokio::task::spawn_blocking(act).await;
    done.unwrap_or_else(|error| Err(FileError::Internal(error.to_string())))
}

fn is_refused_with(error: &FileError, code: Code) -> bool {
    matches!(error, FileError::Server(RequestError::Refused(refusal)) if refusal.code == code)
}

fn too_long(error: TooLong) -> FileError {
    FileError::Server(error.into())
}

const CHECKED_AT_ONCE: usize = 1 << 20;
