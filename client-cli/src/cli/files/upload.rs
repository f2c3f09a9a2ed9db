//! `chat upload`: files to a room or to one person.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use client_cli::files::{Control, FileError, Hiding, Method, Outgoing, Source, Spool, Unfinished, Uploader};
use client_cli::{Accepted, RequestError};
use domain::file::size_words;
use domain::text::term_safe;
use proto::ids::RoomId;
use zeroize::Zeroizing;

use super::file_name;
use super::progress::shown;
use crate::cli::args::Global;
use crate::cli::args::files::{self as args, Upload};
use crate::cli::exit::{Exit, Failure};
use crate::cli::json::{FileSent, Object};
use crate::cli::lists::place;
use crate::cli::online::{self, Online, open_profile};
use crate::cli::output::{self, Format, talk};
use crate::cli::render::room_name;
use crate::cli::{prompt, secrets};

/// Sends files, or looks after those that are not sent yet.
pub(crate) async fn upload(global: &Global, format: Format, upload: Upload) -> Result<Exit, Failure> {
    if upload.list {
        return list(&open_profile(global)?.spool()?, format);
    }
    if let Some(id) = &upload.forget {
        return forget(global, id).await;
    }
    if let Some(id) = &upload.resume {
        return resume(global, format, id.as_deref()).await;
    }
    let reply_to = upload.reply_to.map(place).transpose()?;
    let passphrase = passphrase(&upload).await?;
    let hiding = hiding(&upload.hide).await?;
    let online = Online::ask(global).await?;
    let spool = online.profile.spool()?;
    let uploader = Uploader::new(online.client.clone(), spool.clone(), super::GIVE_UP_AFTER);
    let room = online::room(&online.client, &upload.to).await?;
    let sender = Sender { uploader, format };
    let mut ends = Ends::default();
    for path in &upload.files {
        let name = file_name(path);
        if hiding.is_some() {
            tell_of_hidden(&spool, path, room.room);
        }
        let outgoing = Outgoing {
            path: path.clone(),
            room: room.room,
            room_name: room_name(&room),
            caption: upload.caption.clone(),
            reply_to,
            passphrase: passphrase.clone(),
            hide: hiding.clone(),
        };
        let result = sender.one(&name, outgoing).await;
        if !ends.note(&name, result, upload.files.len()) {
            break;
        }
    }
    online.close().await;
    ends.exit()
}

/// Sends what is sealed and not posted yet: one of them, or all.
async fn resume(global: &Global, format: Format, id: Option<&str>) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    let spool = online.profile.spool()?;
    let all = match id {
        Some(id) => vec![spool.find(id)?],
        None => spool.unfinished()?,
    };
    if all.is_empty() {
        talk("Nothing is unfinished.");
    }
    let uploader = Uploader::new(online.client.clone(), spool, super::GIVE_UP_AFTER);
    let sender = Sender { uploader, format };
    let mut ends = Ends::default();
    for unfinished in &all {
        let name = file_name(&unfinished.source.path);
        let control = Control::default();
        let result = sender.send(&name, unfinished, &control).await;
        if !ends.note(&name, result, all.len()) {
            break;
        }
    }
    online.close().await;
    ends.exit()
}

fn list(spool: &Spool, format: Format) -> Result<Exit, Failure> {
    let all = spool.unfinished()?;
    for one in &all {
        match format {
            Format::Json => output::json(&Object::unfinished(one).line())?,
            Format::Text => {
                let (id, name, room) = (&one.id, file_name(&one.source.path), &one.room_name);
                output::data(&format!(
                    "{id}  {}  {}  to {}",
                    term_safe(&name),
                    size_words(one.source.size),
                    term_safe(room)
                ))?;
            }
        }
    }
    if all.is_empty() {
        talk("Nothing is unfinished.");
    } else {
        talk("Next:  chat upload --resume    or  chat upload --forget ID");
    }
    Ok(Exit::Ok)
}

async fn forget(global: &Global, id: &str) -> Result<Exit, Failure> {
    // Found before anybody is connected to, so that a wrong id is told at once.
    let found = open_profile(global)?.spool()?.find(id)?;
    let online = Online::ask(global).await?;
    let uploader = Uploader::new(online.client.clone(), online.profile.spool()?, super::GIVE_UP_AFTER);
    let result = uploader.forget(&found).await;
    online.close().await;
    result?;
    talk(format_args!("{} is not sent any more.", file_name(&found.source.path)));
    Ok(Exit::Ok)
}

struct Sender {
    uploader: Uploader,
    format: Format,
}

impl Sender {
    async fn one(&self, name: &str, outgoing: Outgoing) -> Result<(), Failure> {
        let control = Control::default();
        let unfinished = shown(name, &control, self.uploader.prepare(outgoing, &control)).await?;
        self.send(name, &unfinished, &control).await
    }

    async fn send(&self, name: &str, unfinished: &Unfinished, control: &Control) -> Result<(), Failure> {
        match shown(name, control, self.uploader.send(unfinished, control)).await {
            Ok(accepted) => self.sent(name, unfinished, &accepted),
            Err(FileError::Server(error @ RequestError::Held { .. })) => Err(Failure::from(error)),
            Err(error) => {
                let can_go_on = error.can_go_on();
                let failure = Failure::from(error);
                Err(match (can_go_on, &failure.hint) {
                    (true, None) => failure.hint(format!("go on: chat upload --resume {}", unfinished.id)),
                    _ => failure,
                })
            }
        }
    }

    fn sent(&self, name: &str, unfinished: &Unfinished, accepted: &Accepted) -> Result<(), Failure> {
        match self.format {
            Format::Json => output::json(&Object::Uploaded(FileSent::of(unfinished, accepted)).line()),
            Format::Text => {
                talk(format_args!(
                    "{name} ({}) sent to {} as [{}]",
                    size_words(unfinished.source.size),
                    unfinished.room_name,
                    accepted.seq
                ));
                Ok(())
            }
        }
    }
}

/// What came of several files.
#[derive(Default)]
struct Ends {
    done: usize,
    last: Option<Failure>,
}

impl Ends {
    /// Takes note of how one ended, and returns whether the next one is worth a try.
    fn note(&mut self, name: &str, result: Result<(), Failure>, all: usize) -> bool {
        let Err(failure) = result else {
            self.done += 1;
            return true;
        };
        let goes_on =
            matches!(failure.exit, Exit::Refused | Exit::Usage | Exit::Held) && failure.code != "banned";
        let failure = failure.context(name);
        if goes_on && 1 < all {
            talk(format_args!("chat: {}", failure.message));
        }
        self.last = Some(failure);
        goes_on
    }

    fn exit(self) -> Result<Exit, Failure> {
        match self.last {
            None => Ok(Exit::Ok),
            Some(failure) if self.done == 0 => Err(failure),
            Some(failure) => {
                let message = format!("{} sent, the last that was not: {}", self.done, failure.message);
                Err(Failure { exit: Exit::Partial, message, ..failure })
            }
        }
    }
}

/// An image with a hidden message is made anew each time: whether an unfinished one hides the same, nobody can tell
/// without its passphrase. So the person is told of it.
fn tell_of_hidden(spool: &Spool, path: &Path, room: RoomId) {
    let (Ok(source), Ok(unfinished)) = (Source::of(path), spool.unfinished()) else { return };
    for one in unfinished.iter().filter(|one| one.hides && one.room == room && one.source == source) {
        let id = &one.id;
        talk(format_args!(
            "This image with a hidden message is unfinished from before: chat upload --resume {id} sends that one, --forget {id} gives it up."
        ));
    }
}

/// Returns what opens the file besides the message, if it is to be locked.
async fn passphrase(upload: &Upload) -> Result<Option<Zeroizing<String>>, Failure> {
    match (&upload.passphrase_file, upload.lock) {
        (Some(path), _) => Ok(Some(secrets::first_line(path)?)),
        (None, true) => {
            Ok(Some(prompt::new_passphrase("Passphrase of the file", "--passphrase-file FILE").await?))
        }
        (None, false) => Ok(None),
    }
}

/// Returns what is to be hidden in the images, if anything is.
async fn hiding(hide: &args::Hide) -> Result<Option<Hiding>, Failure> {
    let (name, bytes) = match (&hide.hide, &hide.hide_file) {
        (Some(text), _) => (None, Zeroizing::new(text.as_bytes().to_vec())),
        (None, Some(path)) if path == Path::new("-") => (None, read(io::stdin().lock(), path)?),
        (None, Some(path)) => {
            let file = fs::File::open(path).map_err(|error| cannot_read(path, &error))?;
            (Some(file_name(path)), read(file, path)?)
        }
        (None, None) => return Ok(None),
    };
    let passphrase = match &hide.hide_pass_file {
        Some(path) => secrets::first_line(path)?,
        None => prompt::new_passphrase("Passphrase of the hidden message", "--hide-pass-file FILE").await?,
    };
    let method = match hide.method {
        args::Method::Adaptive => Method::Adaptive,
        args::Method::Lsb => Method::Lsb,
    };
    Ok(Some(Hiding { name, bytes, passphrase, method, force: hide.force }))
}

fn read(input: impl Read, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    input.take(MOST_HIDDEN + 1).read_to_end(&mut bytes).map_err(|error| cannot_read(path, &error))?;
    if usize::try_from(MOST_HIDDEN).is_ok_and(|most| most < bytes.len()) {
        return Err(Failure::usage(format!("{} is more than any image can hide", path.display())));
    }
    Ok(bytes)
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read {}: {error}", path.display()))
}

const MOST_HIDDEN: u64 = 64 << 20;
