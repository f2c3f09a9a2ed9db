//! From what was typed to a transfer: finding the message, asking for passphrases.

use client_cli::Client;
use client_cli::files::{Downloader, Hiding, Incoming, Outgoing};
use proto::ids::{RoomId, Seq};

use super::{Asker, Fetch, Job, Request, Which};
use crate::cli::exit::{Exit, Failure};
use crate::cli::files::{FileWords, GIVE_UP_AFTER};
use crate::cli::render::Stamp;
use crate::cli::render::entry_line;

impl Request {
    /// Returns whether the person may be asked for a passphrase.
    pub(crate) fn may_ask_for_a_passphrase(&self) -> bool {
        match self {
            Self::Upload { lock, hide, .. } => *lock || hide.is_some(),
            Self::Download { .. } | Self::Reveal { .. } => true,
            Self::Resume | Self::List { .. } | Self::Stop(_) => false,
        }
    }

    /// Asks what is needed.
    pub(crate) async fn prepare(self, client: &Client, asker: &Asker) -> Result<(Job, Vec<String>), Failure> {
        let downloader = Downloader::new(client.clone(), GIVE_UP_AFTER);
        let nothing = Vec::new();
        Ok(match self {
            Self::Upload { path, room, room_name, caption, lock, hide } => {
                let passphrase = match lock {
                    true => Some(asker.new_passphrase("Passphrase of the file").await?),
                    false => None,
                };
                let hide = match hide {
                    Some(text) => {
                        let passphrase = asker.new_passphrase(HIDDEN).await?;
                        Some(Hiding::text(&text, passphrase))
                    }
                    None => None,
                };
                let outgoing = Outgoing { path, room, room_name, caption, reply_to: None, passphrase, hide };
                (Job::Upload(Box::new(outgoing)), nothing)
            }
            Self::Resume => (Job::Resume, nothing),
            Self::Download { room, seq, folder } => {
                let incoming = find(&downloader, room, seq, asker).await?;
                (Job::Download(Fetch { incoming, folder, reveal: None }), nothing)
            }
            Self::Reveal { which: Which::Path(path), folder } => {
                (Job::Reveal { path, passphrase: asker.passphrase(HIDDEN).await?, folder }, nothing)
            }
            Self::Reveal { which: Which::Entry { room, seq }, folder } => {
                let incoming = find(&downloader, room, seq, asker).await?;
                let reveal = Some(asker.passphrase(HIDDEN).await?);
                (Job::Download(Fetch { incoming, folder, reveal }), nothing)
            }
            Self::List { room, room_name } => (Job::List, list(&downloader, room, &room_name).await?),
            Self::Stop(number) => (Job::Stop(number), nothing),
        })
    }
}

async fn list(downloader: &Downloader, room: RoomId, room_name: &str) -> Result<Vec<String>, Failure> {
    let entries = downloader.recent(room, LISTED).await?;
    let mut lines: Vec<_> = entries.iter().map(|entry| entry_line(entry, None, Stamp::Full, false)).collect();
    lines.push(match lines.is_empty() {
        true => format!("-- no files in {room_name} lately"),
        false => "-- /download NUMBER fetches one, /reveal NUMBER shows what is hidden in it".to_owned(),
    });
    Ok(lines)
}

async fn find(
    downloader: &Downloader,
    room: RoomId,
    seq: Option<Seq>,
    asker: &Asker,
) -> Result<Incoming, Failure> {
    let mut incoming = match seq {
        Some(seq) => downloader.find(room, seq).await?,
        None => {
            let newest = downloader.recent(room, 1).await?;
            let newest = newest.last().and_then(Incoming::of);
            newest.ok_or_else(|| Failure::new(Exit::Refused, "no_file", "no file was sent here lately"))?
        }
    };
    if incoming.is_locked() {
        let question = format!("Passphrase of {}", FileWords::of(&incoming.card));
        incoming.passphrase = Some(asker.passphrase(&question).await?);
    }
    Ok(incoming)
}

const HIDDEN: &str = "Passphrase of the hidden message";
const LISTED: usize = 20;
