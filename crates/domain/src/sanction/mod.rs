//! Measures against people and networks: what they can be, for how long, and who may take them.

mod length;
mod policy;

use proto::ids::{AccountId, DeviceId, InviteId, RoomId};
use thiserror::Error;

use crate::cidr::Cidr;
use crate::role::Action;

pub use length::{Length, LengthError};
pub use policy::{
    FEW, NETWORK_DEFAULT, TooWide, default_length, needed_action, needs_step_up, presets, refuse_width,
};

/// Whom a measure is against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// An account, on all its devices.
    Account(AccountId),
    /// One device's key.
    Device(AccountId, DeviceId),
    /// Everybody who connects from these addresses.
    Network(Cidr),
    /// Every account that was made with this invite, and with the invites those made.
    Lineage(InviteId),
}

/// What a measure does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Keeps out.
    Ban,
    /// Takes the right to write, with or without an end.
    Mute,
    /// A pause that always ends: takes the rights to write and to join.
    Timeout,
    /// Lets in from a network only those who logged in before it began.
    SoftBan,
    /// Removes once; nothing stands afterwards.
    Kick,
}

/// Where a measure holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everywhere.
    Server,
    /// In one room.
    Room(RoomId),
}

/// A measure that makes no sense: what was wrong, what is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Invalid {
    /// This kind is not for this target.
    #[error("a {kind} is not possible against {target}; possible: {possible}", kind = word(*.kind))]
    NotForThisTarget {
        /// What was asked for.
        kind: Kind,
        /// Whom it was to be against.
        target: &'static str,
        /// What there is instead.
        possible: &'static str,
    },
    /// Only accounts can be kept out of one room.
    #[error("only measures against accounts can hold in one room; leave the room out")]
    NotInARoom,
    /// A time-out without an end, or one that is too long.
    #[error("a time-out needs an end, at most 28 d from its start; mute for longer")]
    TimeoutEnd,
    /// A kick with an end.
    #[error("a kick happens once and has no end; ban or time out instead")]
    KickEnd,
}

/// Every kind, in the order of menus.
pub const KINDS: [Kind; 5] = [Kind::Ban, Kind::Mute, Kind::Timeout, Kind::SoftBan, Kind::Kick];

/// Longest time-out in seconds.
pub const TIMEOUT_SECONDS: u64 = 28 * 86_400;

/// Checks that the measure makes sense: this kind, against this target, here, for so long. A kick has no length.
///
/// # Errors
/// [`Invalid`] in words for the person.
pub fn check(target: Target, kind: Kind, scope: Scope, length: Option<Length>) -> Result<(), Invalid> {
    let (described, possible) = possible(target);
    if !possible.contains(&kind) {
        let possible = match target {
            Target::Account(_) => "ban, mute, timeout, kick",
            Target::Network(_) => "ban, softban",
            Target::Device(..) | Target::Lineage(_) => "ban",
        };
        return Err(Invalid::NotForThisTarget { kind, target: described, possible });
    }
    if scope != Scope::Server && !matches!(target, Target::Account(_)) {
        return Err(Invalid::NotInARoom);
    }
    match (kind, length) {
        (Kind::Kick, Some(_)) => Err(Invalid::KickEnd),
        (Kind::Timeout, length) => {
            let seconds = length.and_then(Length::seconds);
            seconds.filter(|seconds| *seconds <= TIMEOUT_SECONDS).map(|_| ()).ok_or(Invalid::TimeoutEnd)
        }
        _ => Ok(()),
    }
}

/// Returns the word for a kind, in commands, pages and files.
#[must_use]
pub const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Ban => "ban",
        Kind::Mute => "mute",
        Kind::Timeout => "timeout",
        Kind::SoftBan => "softban",
        Kind::Kick => "kick",
    }
}

/// Returns the kind with this [`word`], in any case, with or without dashes.
#[must_use]
pub fn from_word(typed: &str) -> Option<Kind> {
    let typed = typed.trim().replace('-', "");
    KINDS.into_iter().find(|kind| word(*kind).eq_ignore_ascii_case(&typed))
}

/// Returns whether a standing measure of this kind keeps its account from doing this where it holds.
#[must_use]
pub fn forbids(kind: Kind, action: Action) -> bool {
    let writing = matches!(
        action,
        Action::Send | Action::EditOwn | Action::React | Action::SetTopic | Action::SetLobbyTopic
    );
    let moving = matches!(action, Action::JoinOpen | Action::CreateRoom | Action::OpenDirect);
    match kind {
        Kind::Ban => true,
        // Making a room is a way to speak.
        Kind::Mute => writing || action == Action::CreateRoom,
        Kind::Timeout => writing || moving,
        Kind::SoftBan | Kind::Kick => false,
    }
}

fn possible(target: Target) -> (&'static str, &'static [Kind]) {
    match target {
        Target::Account(_) => ("an account", &[Kind::Ban, Kind::Mute, Kind::Timeout, Kind::Kick]),
        Target::Device(..) => ("a device", &[Kind::Ban]),
        Target::Network(_) => ("a network", &[Kind::Ban, Kind::SoftBan]),
        Target::Lineage(_) => ("those who came by an invite", &[Kind::Ban]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_the_kinds_that_make_sense_and_no_others() {
        let hour = Some(Length::for_seconds(3_600).unwrap());
        for (target, kinds) in [
            (ada(), &[Kind::Ban, Kind::Mute, Kind::Timeout, Kind::Kick][..]),
            (Target::Device(AccountId::new(7).unwrap(), DeviceId::new(404).unwrap()), &[Kind::Ban]),
            (Target::Network(Cidr::parse("192.0.2.0/24").unwrap()), &[Kind::Ban, Kind::SoftBan]),
            (Target::Lineage(InviteId::new(505).unwrap()), &[Kind::Ban]),
        ] {
            for kind in KINDS {
                let length = hour.filter(|_| kind != Kind::Kick);
                let checked = check(target, kind, Scope::Server, length);
                assert_eq!(checked.is_ok(), kinds.contains(&kind), "{kind:?} against {target:?}");
                if let Err(Invalid::NotForThisTarget { possible, .. }) = checked {
                    let words: Vec<_> = kinds.iter().map(|kind| word(*kind)).collect();
                    assert_eq!(possible, words.join(", "));
                }
            }
        }
    }

    #[test]
    fn only_an_account_can_be_kept_out_of_one_room() {
        let room = Scope::Room(RoomId::new(303).unwrap());
        for kind in [Kind::Ban, Kind::Mute] {
            assert_eq!(check(ada(), kind, room, Some(Length::FOR_GOOD)), Ok(()));
        }
        let network = Target::Network(Cidr::parse("192.0.2.1").unwrap());
        assert_eq!(check(network, Kind::Ban, room, Some(Length::FOR_GOOD)), Err(Invalid::NotInARoom));
    }

    #[test]
    fn a_time_out_ends_within_28_days_and_a_kick_has_no_end() {
        let length = |seconds| Some(Length::for_seconds(seconds).unwrap());
        let timeout = |length| check(ada(), Kind::Timeout, Scope::Server, length);
        assert_eq!(timeout(length(TIMEOUT_SECONDS)), Ok(()));
        for wrong in [length(TIMEOUT_SECONDS + 1), Some(Length::FOR_GOOD), None] {
            assert_eq!(timeout(wrong), Err(Invalid::TimeoutEnd));
        }
        assert_eq!(check(ada(), Kind::Kick, Scope::Server, None), Ok(()));
        assert_eq!(check(ada(), Kind::Kick, Scope::Server, length(60)), Err(Invalid::KickEnd));
    }

    #[test]
    fn a_mute_takes_speech_and_a_time_out_takes_moving_about_too() {
        for action in [Action::Send, Action::EditOwn, Action::React, Action::SetTopic, Action::CreateRoom] {
            assert!(forbids(Kind::Mute, action) && forbids(Kind::Timeout, action), "{action:?}");
        }
        for action in [Action::JoinOpen, Action::OpenDirect] {
            assert!(!forbids(Kind::Mute, action) && forbids(Kind::Timeout, action), "{action:?}");
        }
        for action in [Action::Read, Action::DeleteOwn, Action::Report] {
            assert!(!forbids(Kind::Mute, action) && !forbids(Kind::Timeout, action), "{action:?}");
        }
    }

    #[test]
    fn a_word_reads_back() {
        for kind in KINDS {
            assert_eq!(from_word(word(kind)), Some(kind));
        }
        assert_eq!(from_word(" Soft-Ban "), Some(Kind::SoftBan));
        assert_eq!(from_word("shadowban"), None);
    }

    fn ada() -> Target {
        Target::Account(AccountId::new(7).unwrap())
    }
}
