//! What keys, clicks and overlays want done; the application does it.

use std::fmt;
use std::path::PathBuf;

use proto::ids::{MessageId, RoomId, Seq};
use zeroize::Zeroizing;

use super::overlay::totp::wish::TotpWish;
use crate::cli::conversation::ask::Ask;

/// Something to be done.
#[derive(Debug)]
pub(crate) enum Act {
    /// As if this line was typed and sent.
    Type(String),
    /// Carries out what the person has said yes to.
    Ask(Box<Ask>),
    /// Forgets an own message that is not sent after all.
    Forget(MessageId),
    /// Sends what is typed, however long it is.
    SendDraft,
    /// Puts what is typed into a file and shows it before it is sent.
    DraftAsFile,
    /// Puts text where the cursor stands in the line being typed.
    Insert(String),
    /// Goes to a room, and to a message in it.
    Go(RoomId, Option<Seq>),
    /// Shows a file that was chosen, pasted or dropped, before it is sent.
    Offer(PathBuf),
    /// Sends a file to the room one is in.
    Upload(Box<Upload>),
    /// Looks for words in this room, or in all.
    Find { query: String, everywhere: bool },
    /// Shows the picture that a message carries.
    Picture(RoomId, Seq),
    /// Stops a transfer; what it did is kept.
    Stop(u32),
    /// Goes on with what is unfinished.
    Resume,
    /// Puts text into the terminal's clipboard.
    Copy(String),
    /// Asks for, or goes on with, another authenticator.
    Totp(TotpWish),
    /// Says something in the log.
    Say(&'static str),
}

/// A file as the person wants it sent.
pub(crate) struct Upload {
    pub(crate) path: PathBuf,
    pub(crate) caption: String,
    /// Closes the file for everybody who does not know it.
    pub(crate) passphrase: Option<Zeroizing<String>>,
    /// A text to hide in the image, and what opens it.
    pub(crate) hide: Option<(Zeroizing<String>, Zeroizing<String>)>,
}

impl fmt::Debug for Upload {
    /// Never shows the hidden text or a passphrase.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Upload").field("path", &self.path).finish_non_exhaustive()
    }
}
