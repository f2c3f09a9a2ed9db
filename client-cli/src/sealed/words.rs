//! Sentences about sealed rooms: what happened, and what a person can do.

use std::collections::BTreeSet;

use proto::ids::{AccountId, Seq};
use proto::message::{EvictWhy, RoomKind};
use sealed::member::{Phase, RoomState, Why};

/// Returns who can read a room, in words that stand wherever its kind is named.
#[must_use]
pub fn server_reads(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Open => "open: the server can read it",
        RoomKind::Direct => "between two, not sealed: the server can read it",
        RoomKind::Sealed => "sealed: only its members can read it",
        RoomKind::SealedDirect => "sealed: only the two of you can read it",
    }
}

/// Returns why somebody has to go, to stand behind their name.
pub(super) fn why_gone(why: EvictWhy) -> &'static str {
    match why {
        EvictWhy::Banned => "is banned",
        EvictWhy::RoomBanned => "is banned from this room",
        EvictWhy::Kicked => "was removed by a moderator",
        EvictWhy::Left => "left",
        EvictWhy::DeviceRevoked => "ended a device's login",
        EvictWhy::IdentityReplaced => "has a new identity",
    }
}

/// Returns that somebody has to go, and what that means for writing.
pub(super) fn evicting(who: &str, why: EvictWhy) -> String {
    let why = why_gone(why);
    format!(
        "{who} {why}: nobody can write here until one member's client has changed the keys, which it does by itself"
    )
}

/// Returns why a message cannot be read here, with the one way out there is.
pub(super) fn unreadable(why: Why, seq: Seq, author: &str) -> String {
    match why {
        Why::BeforeJoining => format!(
            "[{seq}] by {author} cannot be read: this device joined later. Who was there can send it again"
        ),
        Why::Own => format!(
            "[{seq}] was sent from here, and its text is not on this device any more. Your other devices have it"
        ),
        Why::Broken => format!(
            "[{seq}] by {author} cannot be read: there is a gap in this device's keys. Ask {author} to send it again"
        ),
        Why::Forged => format!(
            "[{seq}] claims to be by {author} and is not shown: its proof does not fit. Tell the moderators"
        ),
    }
}

/// Returns what people who came or went are told as; empty lists are left out.
pub(super) fn members(by: &str, added: &[String], removed: &[String]) -> String {
    match (added.is_empty(), removed.is_empty()) {
        (false, true) => format!("{by} let in {}", list(added)),
        (true, false) if removed == [by] => format!("{by} is out: the keys have changed"),
        (true, false) => format!("{by} put out {}: the keys have changed", list(removed)),
        (false, false) => format!("{by} let in {} and put out {}", list(added), list(removed)),
        (true, true) => format!("{by} renewed the keys"),
    }
}

/// Returns what a person is told who came in.
pub(super) fn joined(room: &str) -> String {
    format!("you can read {room} from here on. What was said before stays with those who were there")
}

/// Returns that somebody's key is another one than before.
pub(super) fn keys_changed(name: &str) -> String {
    format!(
        "the keys of {name} have changed: a new device after losing all others, or somebody else. \
         Compare with /verify {name} before you let them in again"
    )
}

/// Returns what a device shows that waits for approval.
pub(super) fn waits_for_approval(code: &str) -> String {
    format!(
        "this device cannot read sealed rooms until another of your devices approves it. There: /devices, \
         and compare this code: {code}"
    )
}

/// Returns what a device shows that can approve another one.
pub(super) fn device_asks(device: impl std::fmt::Display, label: &str) -> String {
    format!(
        "your device {device} ({label}) asks to read your sealed rooms; /devices shows its code to compare"
    )
}

/// Returns where a device stands in a room, and whether something can be said there now.
pub(super) fn standing(state: Option<&RoomState>, name: &dyn Fn(AccountId) -> String) -> (String, bool) {
    let Some(state) = state else {
        return (
            "this device is not in yet: it comes in by itself, or somebody in the room lets you in"
                .to_owned(),
            false,
        );
    };
    match state.phase {
        Phase::Active if !state.evicting.is_empty() => {
            let accounts: BTreeSet<_> = state.evicting.iter().map(|leaf| leaf.account).collect();
            let who: Vec<_> = accounts.into_iter().map(name).collect();
            let words = format!(
                "{} has to go first: nobody can write until one member's client has changed the keys, which it does by itself",
                list(&who)
            );
            (words, false)
        }
        Phase::Active => ("you can read and write".to_owned(), true),
        Phase::Joining => ("this device is coming in at this moment".to_owned(), false),
        Phase::Lost => ("this device lost its place, and asks to come in again by itself".to_owned(), false),
        Phase::Ended => ("this device has been removed: what was read before stays here".to_owned(), false),
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_room_says_whether_the_server_can_read_it() {
        for (kind, reads) in [
            (RoomKind::Open, true),
            (RoomKind::Direct, true),
            (RoomKind::Sealed, false),
            (RoomKind::SealedDirect, false),
        ] {
            assert_eq!(server_reads(kind).contains("the server can read it"), reads, "{kind:?}");
        }
    }

    #[test]
    fn who_came_and_went_is_one_sentence() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (by, added, removed, expected) in [
            ("ada", &["bob"][..], &[][..], "ada let in bob"),
            ("ada", &["bob", "carol", "dan"], &[], "ada let in bob, carol and dan"),
            ("ada", &[], &["mallory"], "ada put out mallory: the keys have changed"),
            ("bob", &[], &["bob"], "bob is out: the keys have changed"),
            ("ada", &["bob"], &["mallory"], "ada let in bob and put out mallory"),
            ("ada", &[], &[], "ada renewed the keys"),
        ] {
            assert_eq!(members(by, &names(added), &names(removed)), expected);
        }
    }

    #[test]
    fn each_reason_for_not_reading_says_what_can_be_done() {
        let seq = Seq::new(12).unwrap();
        for (why, way_out) in [
            (Why::BeforeJoining, "can send it again"),
            (Why::Own, "Your other devices have it"),
            (Why::Broken, "Ask bob to send it again"),
            (Why::Forged, "Tell the moderators"),
        ] {
            let words = unreadable(why, seq, "bob");
            assert!(words.starts_with("[12]") && words.contains(way_out), "{words}");
        }
    }
}
