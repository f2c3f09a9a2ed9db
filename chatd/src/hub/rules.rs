//! Which action of the permission table a deed is.

use domain::role::{self, Action};
use proto::message::{Content, Role};
use proto::refusal::{Code, Refusal};

use super::input::Deed;

/// Refuses what the role does not permit. Whose message or account it is about is judged where that is known.
pub(super) fn permit(role: Role, deed: &Deed) -> Result<(), Refusal> {
    let action = action(deed);
    if role::permits(role, action) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::NotPermitted,
        &format!("Your role does not permit this: {}.", role::words(action)),
    ))
}

/// Whether somebody of this role may remove what others wrote.
pub(crate) fn removes_others_texts(role: Role) -> bool {
    role::permits(role, Action::DeleteAny)
}

pub(super) fn action(deed: &Deed) -> Action {
    match deed {
        Deed::Append { content, room, .. } => match content {
            Content::Text { .. }
            | Content::File { .. }
            | Content::Sealed { .. }
            | Content::Commit { .. }
            | Content::Evict { .. }
            | Content::Created
            | Content::Removed { .. } => Action::Send,
            Content::Edit { .. } => Action::EditOwn,
            Content::Delete { .. } => Action::DeleteOwn,
            Content::Reaction { .. } => Action::React,
            Content::Topic { .. } if *room == store::LOBBY => Action::SetLobbyTopic,
            Content::Topic { .. } => Action::SetTopic,
        },
        Deed::CreateRoom { .. } => Action::CreateRoom,
        Deed::Join { .. } => Action::JoinOpen,
        Deed::OpenDirect { .. } => Action::OpenDirect,
        Deed::Kick { .. } => Action::Kick,
        Deed::Ban { .. } => Action::Ban,
        Deed::Unban { .. } => Action::Unban,
        Deed::Mute { .. } | Deed::Unmute { .. } => Action::Mute,
        Deed::RoomBan { .. } => Action::Ban,
        Deed::RoomUnban { .. } => Action::Unban,
        Deed::SlowMode { .. } => Action::SetSlowMode,
        Deed::Raid { .. } => Action::SetRaidLevel,
        Deed::Purge { .. } => Action::Purge,
        Deed::Report { .. } | Deed::ReportSealed(_) => Action::Report,
        Deed::Sealed(deed) => deed.action(),
        // What the server does itself.
        Deed::Hold { .. } | Deed::Punish { .. } | Deed::CarryOut { .. } | Deed::Raise { .. } => Action::Send,
        // What concerns only oneself is for everybody who may read.
        Deed::Leave { .. } | Deed::MarkRead { .. } | Deed::RevokeDevice { .. } => Action::Read,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::name::{AccountName, RoomName};
    use domain::raid::RaidLevel;
    use proto::ids::{DeviceId, MessageId, RoomId, Seq};
    use proto::message::{ReportCategory, ReportWhat};
    use proto::text::Text;

    use super::*;
    use crate::hub::{RaidOrder, SealedDeed};

    /// What the hub gates: each action with a deed that needs it.
    fn table() -> Vec<(Action, Deed)> {
        let room = RoomId::new(30_303).unwrap();
        let (target, body) = (Seq::START.next(), Text::cut("hello"));
        let append = |room, content| Deed::Append { room, message_id: MessageId([1; 16]), content };
        let (name, topic) = (RoomName::parse("rust").unwrap(), Text::cut("crabs"));
        let (whom, reason) = (AccountName::parse("mallory").unwrap(), Text::cut("rude"));
        let posture = RaidOrder { level: RaidLevel::STAFF_ONLY, minutes: None };
        let sealed = |deed| Deed::Sealed(Box::new(deed));
        vec![
            (Action::Read, Deed::MarkRead { room, upto: target }),
            (Action::Read, Deed::Leave { room }),
            (Action::Read, Deed::RevokeDevice { device: DeviceId::new(404).unwrap() }),
            (Action::Send, append(room, Content::Text { body: body.clone(), reply_to: None })),
            (Action::EditOwn, append(room, Content::Edit { target, body })),
            (Action::DeleteOwn, append(room, Content::Delete { target })),
            (
                Action::React,
                append(
                    room,
                    Content::Reaction {
                        target,
                        emoji: Text::cut("x"),
                        change: proto::message::ReactionChange::Add,
                    },
                ),
            ),
            (Action::SetTopic, append(room, Content::Topic { topic: topic.clone() })),
            (Action::SetLobbyTopic, append(store::LOBBY, Content::Topic { topic: topic.clone() })),
            (Action::CreateRoom, Deed::CreateRoom { name: name.clone(), topic }),
            (Action::JoinOpen, Deed::Join { name }),
            (Action::OpenDirect, Deed::OpenDirect { with: whom.clone() }),
            (Action::Kick, Deed::Kick { room, whom: whom.clone(), reason: reason.clone() }),
            (Action::Ban, Deed::Ban { whom: whom.clone(), reason: reason.clone(), seconds: None }),
            (Action::Ban, Deed::RoomBan { room, whom: whom.clone(), reason: reason.clone(), seconds: None }),
            (Action::Unban, Deed::Unban { whom: whom.clone(), reason: reason.clone() }),
            (Action::Unban, Deed::RoomUnban { room, whom: whom.clone(), reason: reason.clone() }),
            (
                Action::Mute,
                Deed::Mute { room: None, whom: whom.clone(), reason: reason.clone(), seconds: None },
            ),
            (Action::Mute, Deed::Unmute { room: None, whom: whom.clone(), reason: reason.clone() }),
            (Action::Purge, Deed::Purge { whom, reason: reason.clone(), seconds: Some(60) }),
            (Action::CreateRoom, sealed(SealedDeed::Create { message_id: MessageId([1; 16]), with: None })),
            (
                Action::OpenDirect,
                sealed(SealedDeed::Create {
                    message_id: MessageId([1; 16]),
                    with: Some(AccountName::parse("bob").unwrap()),
                }),
            ),
            (Action::Read, sealed(SealedDeed::CannotRead { room, seq: target })),
            (Action::SetSlowMode, Deed::SlowMode { room, seconds: 5 }),
            (Action::SetRaidLevel, Deed::Raid { posture, reason: reason.clone() }),
            (
                Action::Report,
                Deed::Report {
                    what: ReportWhat::Account { name: Text::cut("mallory") },
                    category: ReportCategory::Spam,
                    note: reason,
                },
            ),
        ]
    }

    #[test]
    fn each_deed_is_permitted_to_exactly_those_whom_the_table_permits_its_action() {
        for (needed, deed) in table() {
            assert_eq!(action(&deed), needed, "{}", deed.label());
            for role in role::ROLES {
                assert_eq!(
                    permit(role, &deed).is_ok(),
                    role::permits(role, needed),
                    "{role:?}: {}",
                    deed.label()
                );
            }
        }
    }

    #[test]
    fn every_action_of_the_chat_gates_a_deed() {
        let gated: BTreeSet<_> = table().into_iter().map(|(action, _)| action).collect();
        // What others wrote is judged where the author is known; the rest is the dashboard's and the command line's.
        let elsewhere = |action: &Action| Action::Invite <= *action || *action == Action::DeleteAny;
        let missing: Vec<_> =
            role::ACTIONS.iter().filter(|action| !gated.contains(action) && !elsewhere(action)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(removes_others_texts(Role::Moderator) && !removes_others_texts(Role::Member));
    }
}
