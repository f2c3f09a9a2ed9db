//! The last message of a connection: why the server closes, in words.

use bytes::Bytes;
use proto::codec;
use proto::message::{Event, Goodbye, GoodbyeReason, ServerMessage};
use proto::text::Text;

/// Why the server closes a connection; one of a closed list, so that each has its sentence and its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Farewell {
    /// The same device connected again.
    Replaced,
    /// The server stops or restarts.
    Draining,
    /// The client read too slowly.
    Slow,
    /// A moderator cut the connection.
    Kicked,
    /// The account is banned.
    Banned,
    /// The device's login was ended.
    Revoked,
    /// The client broke the protocol.
    Protocol,
    /// Nothing was heard from the client.
    Idle,
    /// The raid level shuts this account out.
    Closed,
    /// The client said goodbye.
    Asked,
}

impl Farewell {
    /// Every farewell, for tables.
    pub(crate) const ALL: [Self; 10] = [
        Self::Replaced,
        Self::Draining,
        Self::Slow,
        Self::Kicked,
        Self::Banned,
        Self::Revoked,
        Self::Protocol,
        Self::Idle,
        Self::Closed,
        Self::Asked,
    ];

    /// Returns the message's bytes, in the server's own words.
    #[must_use]
    pub(crate) fn encoded(self) -> Bytes {
        self.because("")
    }

    /// Returns the message's bytes with the reason that somebody gave.
    #[must_use]
    pub(crate) fn because(self, why: &str) -> Bytes {
        let (reason, detail, retry_after_ms) = self.parts();
        let detail = &if why.is_empty() { detail.to_owned() } else { format!("{detail} Reason: {why}") };
        let goodbye = Goodbye { reason, detail: Text::cut(detail), retry_after_ms };
        codec::encode(&ServerMessage::Event(Event::Goodbye(goodbye))).into()
    }

    /// Returns the word for logs and metrics.
    #[must_use]
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Draining => "draining",
            Self::Slow => "slow",
            Self::Kicked => "kicked",
            Self::Banned => "banned",
            Self::Revoked => "revoked",
            Self::Protocol => "protocol",
            Self::Idle => "idle",
            Self::Closed => "closed_by_raid_level",
            Self::Asked => "asked",
        }
    }

    const fn parts(self) -> (GoodbyeReason, &'static str, Option<u64>) {
        match self {
            Self::Replaced => {
                (GoodbyeReason::Replaced, "This device connected again from somewhere else.", None)
            }
            Self::Draining => {
                (GoodbyeReason::Draining, "The server restarts. Come back in a moment.", Some(DRAIN_RETRY_MS))
            }
            Self::Slow => {
                (GoodbyeReason::Slow, "Reading was too slow. Connect again to catch up from the log.", None)
            }
            Self::Kicked => (
                GoodbyeReason::Kicked,
                "A moderator ended this connection. You may come back.",
                Some(KICK_RETRY_MS),
            ),
            Self::Banned => (GoodbyeReason::Banned, "This account is banned.", None),
            Self::Revoked => (
                GoodbyeReason::Revoked,
                "This device's login was ended. Log in with password and code.",
                None,
            ),
            Self::Protocol => (GoodbyeReason::Protocol, "The client broke the protocol.", None),
            Self::Idle => (GoodbyeReason::Idle, "Nothing was heard from this client.", None),
            Self::Closed => (
                GoodbyeReason::Kicked,
                "The server is closed to your account for a while, because of a raid. Come back later.",
                Some(CLOSED_RETRY_MS),
            ),
            Self::Asked => (GoodbyeReason::Asked, "Goodbye.", None),
        }
    }
}

/// Clients that all come back at once after a restart would queue up; they add their own jitter to this.
const DRAIN_RETRY_MS: u64 = 1_000;
/// Long enough to be felt, short enough not to be a ban.
const KICK_RETRY_MS: u64 = 10_000;
/// A raid takes minutes rather than seconds.
const CLOSED_RETRY_MS: u64 = 300_000;
