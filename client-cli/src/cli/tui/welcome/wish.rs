//! What the way in wants done outside, and what comes of it.

use client_cli::Address;
use proto::ids::PublicKey;
use proto::message::Enrolment;
use proto::refusal::Refusal;
use zeroize::Zeroizing;

use crate::cli::exit::Failure;

/// A server and the key it must show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) address: Address,
    pub(super) key: PublicKey,
}

/// What the chosen profile knows already.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) server: Server,
    pub(super) account: Option<String>,
}

/// What has to be done outside.
pub(super) enum Wish {
    /// Ask a server for its key.
    Look(Address),
    Register(Box<Applicant>),
    /// Send a code from the new authenticator.
    Confirm(Zeroizing<String>),
    LogIn(Box<Returner>),
    /// Open the keys of sealed rooms, if no passphrase closes them.
    Enter,
    OpenKeys(Zeroizing<String>),
    /// Publish this device's keys.
    Settle,
    Save {
        path: String,
        text: Zeroizing<String>,
    },
    Appeal(String),
}

/// Somebody who wants an account.
pub(super) struct Applicant {
    pub(super) server: Server,
    pub(super) token: Zeroizing<String>,
    pub(super) name: String,
    pub(super) password: Zeroizing<String>,
    pub(super) application: String,
}

/// Somebody who has one.
pub(super) struct Returner {
    pub(super) server: Server,
    pub(super) name: String,
    pub(super) password: Zeroizing<String>,
    pub(super) code: Zeroizing<String>,
}

/// What came of a wish.
pub(super) enum Done {
    Looked(Address, PublicKey),
    /// The second factor to set up.
    Enrol(Enrolment),
    WrongCode(Refusal),
    /// The account exists; these are its recovery codes.
    Registered(Zeroizing<String>),
    LoggedIn,
    Banned(Refusal),
    KeysClosed,
    KeysOpen,
    /// What another device has to do, if anything.
    Settled(Option<String>),
    /// The server let the device in and sent it away again.
    SentAway(Failure),
    Saved(String),
    Appealed,
}

/// Most of it is secret.
impl std::fmt::Debug for Wish {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Look(_) => "Look",
            Self::Register(_) => "Register",
            Self::Confirm(_) => "Confirm",
            Self::LogIn(_) => "LogIn",
            Self::Enter => "Enter",
            Self::OpenKeys(_) => "OpenKeys",
            Self::Settle => "Settle",
            Self::Save { .. } => "Save",
            Self::Appeal(_) => "Appeal",
        })
    }
}
