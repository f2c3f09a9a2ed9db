//! Files in the interface: choosing one, looking at it before it is sent, transfers, passphrases.

pub(crate) mod dropped;
pub(crate) mod explorer;
pub(super) mod parts;
pub(crate) mod passphrase;
pub(crate) mod picture;
pub(crate) mod preview;
pub(crate) mod transfers;

use std::path::Path;

use client_cli::files::{Hiding, Outgoing};
use proto::ids::RoomId;
use tokio::sync::mpsc;

use super::act::Upload;
use crate::cli::conversation::chat::Chat;
use crate::cli::conversation::files::{Asker, Job, Question, download_folder};

/// Makes a chat ask for passphrases in the interface and put what it fetches into the interface's folder. Each question
/// that comes out is opened with [`passphrase::ask`].
pub(crate) fn prepared(chat: Chat, downloads: Option<&Path>) -> (Chat, mpsc::Receiver<Question>) {
    let (asker, questions) = mpsc::channel(1);
    let chat = chat.asking(Asker::Interface(asker)).downloading_to(download_folder(downloads));
    (chat, questions)
}

/// Returns the transfer that sends a file as the person wants it sent, to a room by the name people type.
pub(crate) fn job(upload: Upload, room: RoomId, room_name: String) -> Job {
    let Upload { path, caption, passphrase, hide } = upload;
    let hide = hide.map(|(text, passphrase)| Hiding::text(&text, passphrase));
    Job::Upload(Box::new(Outgoing { path, room, room_name, caption, reply_to: None, passphrase, hide }))
}
