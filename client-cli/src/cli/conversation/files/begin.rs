//! From what was typed to a transfer: finding the message, asking for passphrases.

use client_cli::Client;
use client_cli::files::{Downloader, Hiding, Incoming, Outgoing};
use proto::ids::{RoomId, Seq};
use zeroize::Zeroizing;

use super::{Fetch, Job, Request, Which};
use crate::cli::exit::{Exit, Failure};
use crate::cli::files::{FileWords, GIVE_UP_AFTER};
use crate::cli::prompt;
use crate::cli::render::Stamp;
use crate::cli::render::entry_line;

impl Request {
    /// Returns whether the person may be asked for a passphrase, so that no line is read meanwhile.
    pub(crate) fn may_ask_for_a_passphrase(&self) -> bool {
        match self {
            Self::Upload { lock, hide, .. } => *lock || hide.is_some(),
            Self::Download { .. } | Self::Reveal(_) => true,
            Self::Resume | Self::List { .. } | Self::Stop(_) => false,
        }
    }

    /// Asks what is needed. `may_ask` says that somebody can type a passphrase unseen.
    pub(crate) async fn prepare(self, client: &Client, may_ask: bool) -> Result<(Job, Vec<String>), Failure> {
        let downloader = Downloader::new(client.clone(), GIVE_UP_AFTER);
        let nothing = Vec::new();
        Ok(match self {
            Self::Upload { path, room, room_name, caption, lock, hide } => {
                let passphrase = match lock {
                    true => Some(ask_new("Passphrase of the file", may_ask).await?),
                    false => None,
                };
                let hide = match hide {
                    Some(text) => {
                        let passphrase = ask_new("Passphrase of the hidden message", may_ask).await?;
                        Some(Hiding::text(&text, passphrase))
                    }
                    None => None,
                };
                let outgoing = Outgoing { path, room, room_name, caption, reply_to: None, passphrase, hide };
                (Job::Upload(Box::new(outgoing)), nothing)
            }
            Self::Resume => (Job::Resume, nothing),
            Self::Download { room, seq, folder } => {
                let incoming = find(&downloader, room, seq, may_ask).await?;
                (Job::Download(Fetch { incoming, folder, reveal: None }), nothing)
            }
            Self::Reveal(Which::Path(path)) => {
                (Job::Reveal { path, passphrase: ask_hidden(may_ask).await? }, nothing)
            }
            Self::Reveal(Which::Entry { room, seq }) => {
                let incoming = find(&downloader, room, seq, may_ask).await?;
                let reveal = Some(ask_hidden(may_ask).await?);
                (Job::Download(Fetch { incoming, folder: ".".into(), reveal }), nothing)
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
    may_ask: bool,
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
        incoming.passphrase = Some(ask(&question, may_ask).await?);
    }
    Ok(incoming)
}

async fn ask_hidden(may_ask: bool) -> Result<Zeroizing<String>, Failure> {
    ask("Passphrase of the hidden message", may_ask).await
}

async fn ask(question: &str, may_ask: bool) -> Result<Zeroizing<String>, Failure> {
    somebody_can_type(may_ask)?;
    prompt::secret(format!("{question} (not shown)"), OPTIONS).await
}

async fn ask_new(question: &str, may_ask: bool) -> Result<Zeroizing<String>, Failure> {
    somebody_can_type(may_ask)?;
    prompt::new_passphrase(question, OPTIONS).await
}

/// Where lines are read from a pipe or without an editor, a passphrase would be read as a line and said in the room.
fn somebody_can_type(may_ask: bool) -> Result<(), Failure> {
    if may_ask {
        return Ok(());
    }
    Err(Failure::usage("a passphrase cannot be typed unseen here").hint(format!("use the options {OPTIONS}")))
}

const OPTIONS: &str = "--passphrase-file and --hide-pass-file of `upload`, `download` and `reveal`";
const LISTED: usize = 20;
