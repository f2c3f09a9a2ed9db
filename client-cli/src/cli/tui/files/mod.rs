//! Files in the interface: choosing one, looking at it before it is sent, transfers, passphrases.

pub(crate) mod dropped;
pub(crate) mod explorer;
mod field;
mod parts;
pub(crate) mod passphrase;
pub(crate) mod transfers;

use std::path::Path;

use tokio::sync::mpsc;

use crate::cli::conversation::chat::Chat;
use crate::cli::conversation::files::{Asker, Question, download_folder};

/// Makes a chat ask for passphrases in the interface and put what it fetches into the interface's folder. Each question
/// that comes out is opened with [`passphrase::ask`].
pub(crate) fn prepared(chat: Chat, downloads: Option<&Path>) -> (Chat, mpsc::Receiver<Question>) {
    let (asker, questions) = mpsc::channel(1);
    let chat = chat.asking(Asker::Interface(asker)).downloading_to(download_folder(downloads));
    (chat, questions)
}
