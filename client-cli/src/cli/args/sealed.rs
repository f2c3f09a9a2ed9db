//! The arguments of `chat verify` and `chat keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Who
    pub(crate) name: String,
    /// You have compared the number, in person or by phone: take their key for verified
    #[arg(long)]
    pub(crate) matches: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) act: KeysAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysAct {
    /// Write everything this device is into one file behind a passphrase, to move it to another machine
    Export {
        /// The file, which must not exist
        file: PathBuf,
        /// Read the passphrase of the file from the first line of this one; asked for without it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Make this profile from an export; the device it was made on must not be used any more
    Import {
        /// The file
        file: PathBuf,
        /// Open it wholly, say what is in it, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// The other device is not used any more: import without asking
        #[arg(long)]
        yes: bool,
        /// Read the passphrase of the file from the first line of this one; asked for without it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Close this profile's keys with a passphrase that every start asks for
    Close {
        /// Read the new passphrase from the first line of this file; asked for without it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Take the passphrase off
    Open,
    /// Look whether every row of the keys is whole
    Check,
    /// Make a new identity, after all devices that could approve this one were lost
    StartOver {
        /// Without asking
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) const VERIFY_EXAMPLES: &str = "\
Examples:
  chat verify bob
  chat verify bob --matches
  chat verify bob --json";
pub(crate) const DEVICES_EXAMPLES: &str = "\
Examples:
  chat devices
  chat devices approve 12
  chat devices revoke 12";
pub(crate) const KEYS_EXAMPLES: &str = "\
Examples:
  chat keys export laptop.keys
  chat keys import laptop.keys --dry-run
  chat --profile laptop keys import laptop.keys
  chat keys close";
