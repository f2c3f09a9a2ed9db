//! The words and colours of measures, reports and people, the same on every page.

use domain::filter::{self, Mode};
use domain::role;
use domain::sanction::{Kind, Length, Scope, Target};
use proto::ids::RoomId;
use proto::message::{ReportCategory, ReportState, Role, RoomKind};
use store::{AccountState, ReportKind};

use crate::view::{Choice, Mark};

/// Why nobody but those who know it can look into a file.
pub(crate) const UNDER_A_PASSPHRASE: &str = "It is under a passphrase; only those who know it can open it.";

pub(crate) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Ban => "Ban",
        Kind::Mute => "Mute",
        Kind::Timeout => "Time-out",
        Kind::SoftBan => "Soft ban",
        Kind::Kick => "Kick",
    }
}

pub(crate) const fn target_kind(target: Target) -> &'static str {
    match target {
        Target::Account(_) => "account",
        Target::Device(..) => "device",
        Target::Network(_) => "network",
        Target::Lineage(_) => "everybody who came by an invite",
    }
}

pub(crate) const fn report_state(state: ReportState) -> Mark {
    match state {
        ReportState::New => Mark::new("warn", "new"),
        ReportState::Claimed => Mark::new("info", "claimed"),
        ReportState::Actioned => Mark::new("good", "acted on"),
        ReportState::Dismissed => Mark::new("muted", "dismissed"),
    }
}

pub(crate) const fn category(category: ReportCategory) -> &'static str {
    match category {
        ReportCategory::Spam => "Spam",
        ReportCategory::Harassment => "Harassment",
        ReportCategory::Threat => "Threat",
        ReportCategory::Illegal => "Illegal",
        ReportCategory::Impersonation => "Impersonation",
        ReportCategory::Other => "Other",
    }
}

/// Returns where a report's evidence comes from. The server has the text of open rooms itself, so nobody can forge it;
/// what was opened of a sealed room was proven before it was taken.
pub(crate) const fn source(kind: ReportKind, room: Option<RoomKind>) -> Mark {
    match (kind, room) {
        (ReportKind::Account, _) => Mark::new("muted", "account"),
        (ReportKind::Messages, Some(RoomKind::Sealed | RoomKind::SealedDirect)) => {
            Mark::new("good", "sealed room: proven")
        }
        (ReportKind::Messages, Some(RoomKind::Direct)) => Mark::new("info", "room of two: server's copy"),
        (ReportKind::Messages, Some(RoomKind::Open) | None) => Mark::new("info", "open room: server's copy"),
    }
}

/// Returns what a room is called here; of sealed ones only the number is known.
pub(crate) fn room(kind: RoomKind, id: RoomId, name: &str) -> String {
    match kind {
        RoomKind::Open => format!("#{name}"),
        RoomKind::Direct => "a room of two".to_owned(),
        RoomKind::Sealed => format!("sealed room #{id}"),
        RoomKind::SealedDirect => "a sealed room of two".to_owned(),
    }
}

pub(crate) const fn filter_kind(kind: filter::Kind) -> &'static str {
    match kind {
        filter::Kind::Word => "Words",
        filter::Kind::Regex => "Pattern",
        filter::Kind::Link => "Links",
    }
}

pub(crate) const fn filter_mode(mode: Mode) -> Mark {
    match mode {
        Mode::Off => Mark::new("muted", "off"),
        Mode::Shadow => Mark::new("info", "shadow"),
        Mode::On => Mark::new("good", "on"),
    }
}

pub(crate) fn filter_action(action: filter::Action) -> String {
    match action {
        filter::Action::Hold => "hold for a moderator".to_owned(),
        filter::Action::Refuse => "refuse".to_owned(),
        filter::Action::Mute { seconds } => match Length::for_seconds(u64::from(seconds)) {
            Ok(length) => format!("mute for {length}"),
            Err(_) => "mute".to_owned(),
        },
        filter::Action::Kick => "disconnect".to_owned(),
    }
}

/// Returns how an account stands.
pub(crate) const fn person(state: AccountState, banned: bool) -> Mark {
    match (state, banned) {
        (AccountState::Pending, _) => Mark::new("warn", "waits for approval"),
        (AccountState::Rejected, _) => Mark::new("muted", "refused"),
        (AccountState::Active, true) => Mark::new("bad", "banned"),
        (AccountState::Active, false) => Mark::new("good", "active"),
    }
}

/// Returns where a measure holds; `name` is the room's.
pub(crate) fn place(scope: Scope, name: &str) -> String {
    match scope {
        Scope::Server => "everywhere".to_owned(),
        // Of rooms that measures are taken in, only sealed ones have no name.
        Scope::Room(id) if name.is_empty() => room(RoomKind::Sealed, id, name),
        Scope::Room(id) => room(RoomKind::Open, id, name),
    }
}

pub(crate) fn slow(seconds: u32) -> String {
    match Length::for_seconds(u64::from(seconds)) {
        Ok(length) => format!("1 message in {length}"),
        Err(_) => "off".to_owned(),
    }
}

/// Returns the menu of lengths, with `chosen` chosen.
pub(crate) fn lengths(chosen: &str) -> Vec<Choice> {
    const LENGTHS: [(&str, &str); 8] = [
        ("10m", "10 minutes"),
        ("1h", "1 hour"),
        ("8h", "8 hours"),
        ("1d", "1 day"),
        ("3d", "3 days"),
        ("7d", "7 days"),
        ("30d", "30 days"),
        ("for good", "For good"),
    ];
    Choice::menu(&LENGTHS, if chosen.is_empty() { "1d" } else { chosen })
}

/// Returns the menu of roles that `viewer` may give, with the present one chosen.
pub(crate) fn roles_below(viewer: Role, present: Role) -> Vec<Choice> {
    const ORDER: [Role; 5] = [Role::Member, Role::Auditor, Role::Moderator, Role::Admin, Role::Owner];
    let may = |given: &Role| role::may_act_on(viewer, *given) || *given == present;
    ORDER
        .into_iter()
        .filter(may)
        .map(|given| Choice::new(role::word(given), role::word(given), role::word(present)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_of_the_menu_is_one() {
        for choice in lengths("") {
            assert!(Length::parse(&choice.value).is_ok(), "{}", choice.value);
        }
        assert_eq!(lengths("7d").iter().filter(|choice| choice.chosen).count(), 1);
    }

    #[test]
    fn a_sealed_room_is_called_by_its_number() {
        let twelve = RoomId::new(12).unwrap();
        assert_eq!(place(Scope::Room(twelve), ""), "sealed room #12");
        assert_eq!(place(Scope::Room(twelve), "dock"), "#dock");
        assert_eq!(room(RoomKind::SealedDirect, twelve, "ada"), "a sealed room of two");
    }

    #[test]
    fn nobody_gives_a_role_that_is_not_below_their_own() {
        let given = |viewer| {
            roles_below(viewer, Role::Member).into_iter().map(|choice| choice.value).collect::<Vec<_>>()
        };
        assert_eq!(given(Role::Admin), ["member", "auditor", "moderator"]);
        assert_eq!(given(Role::Owner), ["member", "auditor", "moderator", "admin"]);
        assert_eq!(given(Role::Moderator), ["member"]);
    }
}
