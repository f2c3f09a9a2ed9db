//! What can go wrong on the way to a server and back.

use std::io;
use std::time::Duration;

use proto::ids::{MessageId, PublicKey};
use proto::message::Goodbye;
use proto::refusal::Refusal;
use thiserror::Error;

use crate::address::Address;
use crate::event::Stopped;
use crate::sealed::SealedRefusal;

/// Why there is no logged-in connection.
///
/// The texts may quote the server: pass them through [`domain::text::term_safe`] before they reach a terminal.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The host's name has no address.
    #[error("cannot find {address}: {source}")]
    Resolve {
        /// What was looked up.
        address: Address,
        /// What the resolver said.
        source: io::Error,
    },
    /// Nobody listens there, or the way is blocked.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where.
        address: Address,
        /// What the system said.
        source: io::Error,
    },
    /// A step took too long.
    #[error("{step} took longer than {} s", .after.as_secs())]
    TimedOut {
        /// What was waited for.
        step: &'static str,
        /// For how long.
        after: Duration,
    },
    /// The connection ended without a goodbye: the network, a proxy, or somebody in between.
    #[error("the connection was cut{}", cause(.0))]
    Cut(Option<io::ErrorKind>),
    /// The server has no place at the moment.
    #[error("the server does not take connections at the moment: {0}")]
    Busy(String),
    /// Client and server speak no common version.
    #[error("{0}")]
    Version(String),
    /// What came is not the protocol: another program, damage on the way, or an attack.
    #[error("what answers does not speak LiveChat's protocol: {0}")]
    Garbage(String),
    /// The server's key is not the pinned one.
    #[error("the server's key has changed: expected {}, got {}", fingerprint(.pinned), fingerprint(.offered))]
    UntrustedKey {
        /// The key that was pinned.
        pinned: PublicKey,
        /// The key that was offered.
        offered: PublicKey,
    },
    /// The server did not let us in.
    #[error("{0}")]
    Denied(Refusal),
    /// The account is not banned, so there is nothing to appeal.
    #[error("this account is not banned: there is nothing to appeal")]
    NotBanned,
    /// The server said goodbye.
    #[error("{}", .0.detail.to_string())]
    Goodbye(Goodbye),
    /// The text is longer than the protocol allows.
    #[error("{what}: {source}")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Both lengths.
        source: proto::text::TooLong,
    },
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The server refused it.
    #[error("{0}")]
    Refused(Refusal),
    /// No answer came in time. It may have been carried out.
    #[error("no answer in time")]
    TimedOut,
    /// The message was not accepted in time. It stays in the unsent queue and is sent when that is possible.
    #[error("not accepted in time{}; the message is kept and sent later", said(.last))]
    NotYet {
        /// The message.
        message_id: MessageId,
        /// What the server said, when it was asked and wanted the message later.
        last: Option<Refusal>,
    },
    /// The message waits for a moderator; nobody else sees it until then. It has left the unsent queue.
    #[error("the message waits for a moderator: {why}")]
    Held {
        /// The message.
        message_id: MessageId,
        /// The rule that holds it.
        why: String,
    },
    /// The connection was cut before the answer. It may have been carried out, and is not safe to repeat blindly.
    #[error("the connection was cut before the answer; it may have been carried out")]
    Cut,
    /// The client has stopped.
    #[error("{0}")]
    Stopped(Stopped),
    /// Too many requests or messages wait already.
    #[error("too much waits to be sent already")]
    Full,
    /// The server's answer does not belong to the question.
    #[error("the server's answer does not fit the request")]
    Unexpected,
    /// The text is longer than the protocol allows.
    #[error("{0}")]
    TooLong(#[from] proto::text::TooLong),
    /// No room of this name among one's own.
    #[error("no room called #{0} among yours")]
    NoSuchRoom(String),
    /// Something in a sealed room stands in the way; the sentence says which way out there is.
    #[error("{0}")]
    Sealed(SealedRefusal),
    /// The unsent queue could not be written.
    #[error("cannot keep the message on disk: {0}")]
    Disk(String),
}

fn cause(kind: &Option<io::ErrorKind>) -> String {
    kind.map(|kind| format!(" ({kind})")).unwrap_or_default()
}

fn said(refusal: &Option<Refusal>) -> String {
    refusal.as_ref().map(|refusal| format!(" ({refusal})")).unwrap_or_default()
}

fn fingerprint(key: &PublicKey) -> String {
    proto::keys::fingerprint(*key)
}
