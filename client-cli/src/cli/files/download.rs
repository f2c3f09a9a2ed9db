//! `chat download`: a file out of a room, into a folder.

use std::path::Path;

use client_cli::files::{Control, Downloader, Fetched, FileError, Incoming};
use domain::file::size_words;
use proto::ids::RoomId;
use proto::message::{FileLock, RoomSummary};
use zeroize::Zeroizing;

use super::progress::shown;
use super::reveal;
use crate::cli::args::Global;
use crate::cli::args::files::Download;
use crate::cli::exit::{Exit, Failure};
use crate::cli::json::{FileFetched, Object};
use crate::cli::lists::place;
use crate::cli::online::{self, Online};
use crate::cli::output::{self, Format, talk};
use crate::cli::{prompt, secrets};

/// Fetches a file.
pub(crate) async fn download(global: &Global, format: Format, download: Download) -> Result<Exit, Failure> {
    let seq = download.seq.map(place).transpose()?;
    if !download.out.is_dir() {
        let message = format!("there is no folder {}", download.out.display());
        return Err(Failure::usage(message).hint("make it, or choose another with --out FOLDER"));
    }
    let online = Online::ask(global).await?;
    let room = online::room(&online.client, &download.room).await?;
    let downloader = Downloader::new(online.client.clone(), super::GIVE_UP_AFTER);
    let mut incoming = match seq {
        Some(seq) => downloader.find(room.room, seq).await?,
        None => latest(&downloader, room.room).await?,
    };
    if incoming.is_locked() {
        incoming.passphrase = Some(passphrase(download.passphrase_file.as_deref()).await?);
    }
    let result = fetch(&downloader, &incoming, &download.out).await;
    online.close().await;
    let fetched = result?;
    told(&room, &incoming, &fetched, format)?;
    if download.reveal {
        return reveal::show(&fetched.path, download.hide_pass_file.as_deref(), &download.out, format).await;
    }
    Ok(Exit::Ok)
}

async fn latest(downloader: &Downloader, room: RoomId) -> Result<Incoming, Failure> {
    let entries = downloader.recent(room, 1).await?;
    let newest = entries.last().and_then(Incoming::of);
    newest.ok_or_else(|| Failure::new(Exit::Refused, "no_file", "no file was sent to this room lately"))
}

async fn passphrase(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    match file {
        Some(path) => secrets::first_line(path),
        None => {
            prompt::secret("Passphrase of the file (not shown)".to_owned(), "--passphrase-file FILE").await
        }
    }
}

async fn fetch(downloader: &Downloader, incoming: &Incoming, folder: &Path) -> Result<Fetched, Failure> {
    let control = Control::default();
    let name = match &incoming.card.lock {
        FileLock::Key { facts, .. } => facts.name.to_string(),
        FileLock::Passphrase { .. } => "locked file".to_owned(),
    };
    let result = shown(&name, &control, downloader.fetch(incoming, folder, &control)).await;
    result.map_err(|error| {
        let goes_on = error.can_go_on() && !matches!(error, FileError::Server(_));
        let failure = Failure::from(error);
        if goes_on { failure.hint("the same command goes on where this stopped") } else { failure }
    })
}

fn told(room: &RoomSummary, incoming: &Incoming, fetched: &Fetched, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => {
            output::json(&Object::Downloaded(FileFetched::of(room, incoming.seq, fetched)).line())
        }
        Format::Text => {
            talk(format_args!("{}, as its sender sealed it", size_words(fetched.size)));
            output::data(&fetched.path.display().to_string())
        }
    }
}
