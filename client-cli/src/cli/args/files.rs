//! The arguments of `chat upload`, `chat download` and `chat reveal`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// The files
    #[arg(required_unless_present_any = ["list", "resume", "forget"])]
    pub(crate) files: Vec<PathBuf>,
    /// Where to: ops, #ops, or @bob for a direct message
    #[arg(long, value_name = "ROOM", default_value = "lobby")]
    pub(crate) to: String,
    /// Some words beside the file
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) caption: String,
    /// The number of the message you reply to
    #[arg(long, value_name = "NUMBER")]
    pub(crate) reply_to: Option<u64>,
    /// Lock the file with a passphrase, asked for now: who does not know it cannot open it
    #[arg(long, conflicts_with = "passphrase_file")]
    pub(crate) lock: bool,
    /// Lock the file with the passphrase on the first line of this file, - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) hide: Hide,
    /// List the uploads that are not finished
    #[arg(long, conflicts_with_all = ["files", "resume", "forget"])]
    pub(crate) list: bool,
    /// Go on with an unfinished upload, or with all of them
    #[arg(long, value_name = "ID", num_args = 0..=1, conflicts_with_all = ["files", "forget"])]
    pub(crate) resume: Option<Option<String>>,
    /// Give an unfinished upload up
    #[arg(long, value_name = "ID", conflicts_with = "files")]
    pub(crate) forget: Option<String>,
}

/// What is hidden in an image that is sent.
#[derive(Debug, Args)]
pub(crate) struct Hide {
    /// Hide this text in the image; others can read a program's arguments
    #[arg(long, value_name = "TEXT", conflicts_with = "hide_file")]
    pub(crate) hide: Option<String>,
    /// Hide this file in the image, - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) hide_file: Option<PathBuf>,
    /// Read the passphrase of the hidden message from the first line of this file; asked for without it
    #[arg(long, value_name = "FILE")]
    pub(crate) hide_pass_file: Option<PathBuf>,
    /// How it is hidden
    #[arg(long, value_enum, default_value = "adaptive")]
    pub(crate) method: Method,
    /// Hide also what is more than is safe in this image
    #[arg(long)]
    pub(crate) force: bool,
}

/// How a message is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Where the image is busy: what detectors do not find
    Adaptive,
    /// Spread over the whole image: simple, and found by a trained detector
    Lsb,
}

#[derive(Debug, Args)]
pub(crate) struct Download {
    /// The room: ops, #ops, or @bob for a direct message
    pub(crate) room: String,
    /// The number of the message that carries the file
    #[arg(required_unless_present = "latest")]
    pub(crate) seq: Option<u64>,
    /// The last file of the room
    #[arg(long, conflicts_with = "seq")]
    pub(crate) latest: bool,
    /// The folder it goes to
    #[arg(long, value_name = "FOLDER", default_value = ".", env = "CHAT_DOWNLOADS")]
    pub(crate) out: PathBuf,
    /// Read the passphrase of a locked file from the first line of this file; asked for without it
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Show what is hidden in the image as well
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Read the passphrase of the hidden message from the first line of this file; asked for without it
    #[arg(long, value_name = "FILE", requires = "reveal")]
    pub(crate) hide_pass_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Reveal {
    /// The image
    pub(crate) file: PathBuf,
    /// Read the passphrase from the first line of this file, - for stdin; asked for without it
    #[arg(long, value_name = "FILE")]
    pub(crate) hide_pass_file: Option<PathBuf>,
    /// The folder a hidden file goes to
    #[arg(long, value_name = "FOLDER", default_value = ".", env = "CHAT_DOWNLOADS")]
    pub(crate) out: PathBuf,
}

pub(crate) const UPLOAD_EXAMPLES: &str = "\
Examples:
  chat upload report.pdf --to ops --caption 'the figures'
  chat upload photo.png --to @bob
  chat upload plans.zip --to ops --passphrase-file pass
  chat upload photo.png --to @bob --hide 'meet me at noon'
  chat upload --list
  chat upload --resume";
pub(crate) const DOWNLOAD_EXAMPLES: &str = "\
Examples:
  chat download ops 12
  chat download ops --latest --out pictures
  chat download @bob --latest --reveal";
pub(crate) const REVEAL_EXAMPLES: &str = "\
Examples:
  chat reveal photo.png
  chat reveal photo.png --hide-pass-file pass --json";
