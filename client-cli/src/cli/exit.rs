//! How a command ends: one exit code for each kind of end, and the sentence that goes with it.

use std::fmt;
use std::io;
use std::process::ExitCode;

use client_cli::sealed::SealedWhy;
use client_cli::{AddressError, ConnectError, KeysError, ProfileError, RequestError, Stopped};
use proto::message::{Goodbye, GoodbyeReason};
use proto::refusal::{Code, Refusal};

/// The exit codes. They are documented in the user guide and do not change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done; for a message: the server has accepted it.
    Ok = 0,
    /// Wrong arguments, or something on this machine.
    Usage = 1,
    /// No connection, no answer, or a server that cannot do it for the moment.
    Network = 2,
    /// Not logged in, wrong password or code, bad invite.
    Auth = 3,
    /// The server understood and refused: banned, too fast, not permitted, no such room.
    Refused = 4,
    /// The server shows another key than the pinned one.
    UntrustedKey = 5,
    /// Some of it was done.
    Partial = 6,
    /// The message waits for a moderator, or the account for approval.
    Held = 7,
}

/// Why a command did not end well.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// The machine-readable reason, as in the user guide.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// What the person can do next.
    pub(crate) hint: Option<String>,
    pub(crate) retry_after_ms: Option<u64>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl fmt::Display) -> Self {
        Self { exit, code, message: message.to_string(), hint: None, retry_after_ms: None }
    }

    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Puts what was being done in front of the sentence.
    #[must_use]
    pub(crate) fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    fn of_refusal(refusal: &Refusal) -> Self {
        let (exit, code) = exit_of(refusal.code);
        let message = if refusal.detail.trim().is_empty() { words(refusal.code) } else { &refusal.detail };
        let failure = Self { retry_after_ms: refusal.retry_after_ms, ..Self::new(exit, code, message) };
        match refusal.code {
            Code::LoginNeeded => failure.hint("log in again: chat login"),
            Code::BadInvite => failure.hint("ask for another invite"),
            Code::TooFast => match refusal.retry_after_ms {
                Some(wait) => failure.hint(format!("try again in {} s", wait.div_ceil(1_000))),
                None => failure,
            },
            Code::NoSuchRoom => failure.hint("see the rooms: chat rooms --all"),
            Code::QuotaExceeded => {
                failure.hint("remove files you sent before, or ask a moderator for more room")
            }
            Code::DiskFull => {
                failure.hint("try again later, or tell the operator: chat upload --resume goes on")
            }
            Code::Banned => failure.hint("when you think this is wrong: chat appeal"),
            Code::SlowMode => match refusal.retry_after_ms {
                Some(wait) => {
                    failure.hint(format!("this room is in slow mode: again in {} s", wait.div_ceil(1_000)))
                }
                None => failure,
            },
            _ => failure,
        }
    }

    fn of_goodbye(goodbye: &Goodbye) -> Self {
        let (exit, code, words) = match goodbye.reason {
            GoodbyeReason::Draining => (Exit::Network, "draining", "the server is stopping"),
            GoodbyeReason::Slow => (Exit::Network, "slow", "the connection was too slow"),
            GoodbyeReason::Idle => (Exit::Network, "idle", "the connection was idle"),
            GoodbyeReason::Protocol => {
                (Exit::Network, "protocol", "the server did not understand this client")
            }
            GoodbyeReason::Replaced => {
                (Exit::Network, "replaced", "this device connected from another program")
            }
            GoodbyeReason::Asked => (Exit::Network, "closed", "closed"),
            GoodbyeReason::Kicked => (Exit::Refused, "kicked", "a moderator ended the connection"),
            GoodbyeReason::Banned => (Exit::Refused, "banned", "this account is banned"),
            GoodbyeReason::Revoked => (Exit::Auth, "revoked", "this device's login was ended"),
            GoodbyeReason::PendingApproval => {
                (Exit::Held, "pending_approval", "a moderator has yet to approve this account")
            }
        };
        let detail = goodbye.detail.trim();
        let failure = Self::new(exit, code, if detail.is_empty() { words } else { detail });
        match goodbye.reason {
            GoodbyeReason::Revoked => failure.hint("log in again: chat login"),
            GoodbyeReason::PendingApproval => failure.hint("come back later: chat"),
            GoodbyeReason::Banned => failure.hint("chat tells whether you can appeal: chat appeal"),
            GoodbyeReason::Replaced => failure.hint("use a second device: chat --profile NAME login"),
            _ => failure,
        }
    }

    fn untrusted(pinned: proto::ids::PublicKey, offered: proto::ids::PublicKey) -> Self {
        let message = format!(
            "THE SERVER'S KEY HAS CHANGED. Expected {}, got {}. Somebody may be listening in; nothing was sent.",
            proto::keys::fingerprint(pinned),
            proto::keys::fingerprint(offered),
        );
        Self::new(Exit::UntrustedKey, "untrusted_key", message).hint(
            "ask the operator, in person or by phone, which key is right; if it is the new one: chat login --server-key KEY",
        )
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let code = match &error {
            ConnectError::Denied(refusal) => return Self::of_refusal(refusal),
            ConnectError::Goodbye(goodbye) => return Self::of_goodbye(goodbye),
            ConnectError::UntrustedKey { pinned, offered } => return Self::untrusted(*pinned, *offered),
            ConnectError::NotBanned => return Self::new(Exit::Refused, "not_banned", error),
            ConnectError::TooLong { .. } => return Self::new(Exit::Usage, "too_long", error),
            ConnectError::Resolve { .. } => "resolve",
            ConnectError::Connect { .. } => "connect",
            ConnectError::TimedOut { .. } => "timeout",
            ConnectError::Cut(_) => "cut",
            ConnectError::Busy(_) => "busy",
            ConnectError::Version(_) => "version",
            ConnectError::Garbage(_) => "garbage",
        };
        Self::new(Exit::Network, code, error)
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Closed => Self::new(Exit::Network, "closed", "the connection was closed"),
            Stopped::Goodbye(goodbye) => Self::of_goodbye(&goodbye),
            Stopped::Denied(refusal) => Self::of_refusal(&refusal),
            Stopped::UntrustedKey { pinned, offered } => Self::untrusted(pinned, offered),
            Stopped::Version(detail) => Self::new(Exit::Network, "version", detail),
        }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        let (exit, code) = match &error {
            RequestError::Refused(refusal) | RequestError::NotYet { last: Some(refusal), .. } => {
                return Self::of_refusal(refusal);
            }
            RequestError::Stopped(stopped) => return stopped.clone().into(),
            RequestError::NoSuchRoom(_) => {
                return Self::new(Exit::Refused, "no_such_room", error)
                    .hint("see the rooms: chat rooms --all");
            }
            RequestError::Held { .. } => (Exit::Held, "held"),
            RequestError::Sealed(sealed) => sealed_exit(sealed.why),
            RequestError::TimedOut | RequestError::NotYet { .. } => (Exit::Network, "timeout"),
            RequestError::Cut => (Exit::Network, "cut"),
            RequestError::Unexpected => (Exit::Network, "garbage"),
            RequestError::Full => (Exit::Usage, "full"),
            RequestError::TooLong(_) => (Exit::Usage, "too_long"),
            RequestError::Disk(_) => (Exit::Usage, "disk"),
        };
        Self::new(exit, code, error)
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        let exit = if matches!(error, ProfileError::Missing(_)) { Exit::Auth } else { Exit::Usage };
        Self::new(exit, "profile", error)
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Profile(error) => error.into(),
            KeysError::NeedsPassphrase => {
                Self::new(Exit::Usage, "keys_closed", error).hint("use --keys-passphrase-file FILE")
            }
            KeysError::WrongPassphrase => Self::new(Exit::Usage, "wrong_passphrase", error),
            other => Self::new(Exit::Usage, "keys", other),
        }
    }
}

impl From<AddressError> for Failure {
    fn from(error: AddressError) -> Self {
        Self::usage(error)
    }
}

/// Output that cannot be written ends the command.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // Whoever read our output has seen enough, as in `chat tail | head`.
            return Self::new(Exit::Ok, "broken_pipe", "");
        }
        Self::new(Exit::Usage, "output", format!("cannot write the output: {error}"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Returns the exit code and the machine-readable name of a refusal.
pub(crate) fn exit_of(code: Code) -> (Exit, &'static str) {
    match code {
        Code::BadCredentials => (Exit::Auth, "bad_credentials"),
        Code::LoginNeeded => (Exit::Auth, "login_needed"),
        Code::BadInvite => (Exit::Auth, "bad_invite"),
        Code::RegistrationClosed => (Exit::Auth, "registration_closed"),
        Code::Unavailable => (Exit::Network, "unavailable"),
        Code::Internal => (Exit::Network, "internal"),
        Code::Protocol => (Exit::Network, "protocol"),
        Code::TooFast => (Exit::Refused, "too_fast"),
        Code::Banned => (Exit::Refused, "banned"),
        Code::BadName => (Exit::Refused, "bad_name"),
        Code::NameTaken => (Exit::Refused, "name_taken"),
        Code::WeakPassword => (Exit::Refused, "weak_password"),
        Code::NoSuchRoom => (Exit::Refused, "no_such_room"),
        Code::NoSuchAccount => (Exit::Refused, "no_such_account"),
        Code::NoSuchEntry => (Exit::Refused, "no_such_entry"),
        Code::NotAMember => (Exit::Refused, "not_a_member"),
        Code::NotPermitted => (Exit::Refused, "not_permitted"),
        Code::LimitReached => (Exit::Refused, "limit_reached"),
        Code::BadInput => (Exit::Refused, "bad_input"),
        Code::Conflict => (Exit::Refused, "conflict"),
        Code::Muted => (Exit::Refused, "muted"),
        Code::SlowMode => (Exit::Refused, "slow_mode"),
        Code::Filtered => (Exit::Refused, "filtered"),
        Code::Raid => (Exit::Refused, "raid"),
        Code::RoomLocked => (Exit::Refused, "room_locked"),
        Code::PendingApproval => (Exit::Held, "pending_approval"),
        Code::NetworkBanned => (Exit::Refused, "network_banned"),
        Code::BannedNoAppeal => (Exit::Refused, "banned"),
        Code::QuotaExceeded => (Exit::Refused, "quota_exceeded"),
        Code::TooLarge => (Exit::Refused, "too_large"),
        Code::NoSuchFile => (Exit::Refused, "no_such_file"),
        Code::Quarantined => (Exit::Refused, "quarantined"),
        Code::HashMismatch => (Exit::Refused, "hash_mismatch"),
        Code::DiskFull => (Exit::Refused, "disk_full"),
        Code::StaleEpoch => (Exit::Refused, "stale_epoch"),
        Code::PendingEviction => (Exit::Refused, "pending_eviction"),
        Code::NoIdentity => (Exit::Refused, "no_identity"),
        Code::GroupRefused => (Exit::Refused, "group_refused"),
    }
}

/// Returns the exit code and the machine-readable name of what stands in the way in a sealed room.
fn sealed_exit(why: SealedWhy) -> (Exit, &'static str) {
    match why {
        SealedWhy::NoVault | SealedWhy::Vault => (Exit::Usage, "keys"),
        SealedWhy::NotApproved => (Exit::Auth, "not_approved"),
        SealedWhy::NoKeys => (Exit::Refused, "no_keys"),
        SealedWhy::KeyChanged => (Exit::UntrustedKey, "key_changed"),
        SealedWhy::NotIn => (Exit::Refused, "not_in_room"),
        SealedWhy::Evicting => (Exit::Refused, "pending_eviction"),
        SealedWhy::Busy => (Exit::Network, "busy"),
        SealedWhy::NoSuchMessage => (Exit::Refused, "no_such_entry"),
        SealedWhy::WrongCode => (Exit::UntrustedKey, "wrong_code"),
        SealedWhy::NotAdmin => (Exit::Refused, "not_permitted"),
        SealedWhy::BadName => (Exit::Refused, "bad_name"),
    }
}

/// Returns words for a refusal whose server gave none.
fn words(code: Code) -> &'static str {
    match code {
        Code::BadCredentials => "name, password or code is wrong",
        Code::TooFast => "too many tries",
        Code::Banned => "this account is banned",
        Code::LoginNeeded => "this device must log in again",
        Code::BadInvite => "the invite is not valid any more",
        Code::BadName => "this name cannot be used",
        Code::NameTaken => "this name is taken",
        Code::WeakPassword => "this password is too weak",
        Code::NoSuchRoom => "there is no such room",
        Code::NoSuchAccount => "there is nobody of that name",
        Code::NoSuchEntry => "there is no such message",
        Code::NotAMember => "you are not in this room",
        Code::NotPermitted => "you may not do this",
        Code::LimitReached => "a limit is reached",
        Code::BadInput => "the server does not accept this text",
        Code::Unavailable => "the server cannot do this for the moment",
        Code::Internal => "something broke on the server",
        Code::Protocol => "the server did not understand this client",
        Code::RegistrationClosed => "registration is closed",
        Code::Conflict => "the message id was used for something else",
        Code::Muted => "a moderator took your right to write",
        Code::SlowMode => "this room is in slow mode",
        Code::Filtered => "a rule of the moderators refuses this text",
        Code::Raid => "the server is closed for the moment",
        Code::RoomLocked => "only staff may write in this room",
        Code::PendingApproval => "a moderator has yet to approve this account",
        Code::NetworkBanned => "this network is banned",
        Code::BannedNoAppeal => "this account is banned",
        Code::QuotaExceeded => "there is no room for more files",
        Code::TooLarge => "the file is larger than this server takes",
        Code::NoSuchFile => "there is no such file",
        Code::Quarantined => "moderators hold this file back",
        Code::HashMismatch => "the file arrived damaged; send it again",
        Code::DiskFull => "the server takes no files for the moment",
        Code::StaleEpoch => "the keys of this room changed at the same moment",
        Code::PendingEviction => "somebody has to leave this room first",
        Code::NoIdentity => "there is no identity for sealed rooms yet",
        Code::GroupRefused => "this room's rules do not allow it",
    }
}
