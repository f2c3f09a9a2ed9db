//! Who may do what: one table of actions and roles, and who may act on whom.

use proto::message::Role;

/// Everything a role can permit or refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Read rooms one is in, their history, and search them.
    Read,
    /// Say something.
    Send,
    /// Replace the text of one's own message.
    EditOwn,
    /// Remove one's own message.
    DeleteOwn,
    /// React to a message.
    React,
    /// Join an open room.
    JoinOpen,
    /// Open a room of two.
    OpenDirect,
    /// Make a room.
    CreateRoom,
    /// Set the topic of a room other than the lobby.
    SetTopic,
    /// Set the topic of the lobby.
    SetLobbyTopic,
    /// Remove somebody else's message.
    DeleteAny,
    /// Remove somebody from a room.
    Kick,
    /// Ban an account.
    Ban,
    /// Lift a ban.
    Unban,
    /// Make and revoke invites.
    Invite,
    /// Read the audit log.
    ReadAudit,
    /// Reset passwords and codes, revoke devices, change roles below one's own.
    ManageUsers,
    /// Change the server's settings.
    ManageServer,
}

/// Every action, in the order of the table.
pub const ACTIONS: [Action; 18] = [
    Action::Read,
    Action::Send,
    Action::EditOwn,
    Action::DeleteOwn,
    Action::React,
    Action::JoinOpen,
    Action::OpenDirect,
    Action::CreateRoom,
    Action::SetTopic,
    Action::SetLobbyTopic,
    Action::DeleteAny,
    Action::Kick,
    Action::Ban,
    Action::Unban,
    Action::Invite,
    Action::ReadAudit,
    Action::ManageUsers,
    Action::ManageServer,
];

/// Every role, from the least to the most powerful.
pub const ROLES: [Role; 6] =
    [Role::Bot, Role::Member, Role::Auditor, Role::Moderator, Role::Admin, Role::Owner];

/// Returns whether the role permits the action. This is the table; nothing else decides.
#[must_use]
pub fn permits(role: Role, action: Action) -> bool {
    use Role::{Admin, Auditor, Bot, Member, Moderator, Owner};
    let permitted: &[Role] = match action {
        // An auditor reads and changes nothing, so speaking is not among an auditor's rights.
        Action::Read => &[Bot, Member, Auditor, Moderator, Admin, Owner],
        Action::JoinOpen => &[Bot, Member, Auditor, Moderator, Admin, Owner],
        Action::Send => &[Bot, Member, Moderator, Admin, Owner],
        Action::EditOwn => &[Bot, Member, Moderator, Admin, Owner],
        Action::DeleteOwn => &[Bot, Member, Moderator, Admin, Owner],
        Action::React => &[Bot, Member, Moderator, Admin, Owner],
        Action::OpenDirect => &[Bot, Member, Moderator, Admin, Owner],
        Action::CreateRoom => &[Member, Moderator, Admin, Owner],
        Action::SetTopic => &[Member, Moderator, Admin, Owner],
        Action::SetLobbyTopic => &[Moderator, Admin, Owner],
        Action::DeleteAny => &[Moderator, Admin, Owner],
        Action::Kick => &[Moderator, Admin, Owner],
        Action::Ban => &[Moderator, Admin, Owner],
        Action::Unban => &[Moderator, Admin, Owner],
        Action::Invite => &[Moderator, Admin, Owner],
        Action::ReadAudit => &[Auditor, Admin, Owner],
        Action::ManageUsers => &[Admin, Owner],
        Action::ManageServer => &[Owner],
    };
    permitted.contains(&role)
}

/// Returns whether somebody may act on somebody else (kick, ban, delete, change a role): staff, on those below them.
/// Never on equals, so never on oneself.
#[must_use]
pub fn may_act_on(actor: Role, target: Role) -> bool {
    is_staff(actor) && rank(target) < rank(actor)
}

/// Returns whether the role keeps order: its holders must use a second factor, whatever the settings say.
#[must_use]
pub fn is_staff(role: Role) -> bool {
    matches!(role, Role::Moderator | Role::Admin | Role::Owner)
}

/// Returns the word for a role, in commands, pages and exports.
#[must_use]
pub fn word(role: Role) -> &'static str {
    match role {
        Role::Bot => "bot",
        Role::Member => "member",
        Role::Auditor => "auditor",
        Role::Moderator => "moderator",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

/// Returns the role with this [`word`], in any case.
#[must_use]
pub fn from_word(typed: &str) -> Option<Role> {
    ROLES.into_iter().find(|role| word(*role).eq_ignore_ascii_case(typed.trim()))
}

fn rank(role: Role) -> u8 {
    match role {
        Role::Bot | Role::Member => 0,
        // An auditor watches moderators, so moderators cannot remove one.
        Role::Auditor | Role::Moderator => 1,
        Role::Admin => 2,
        Role::Owner => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_permitted_to_somebody() {
        for action in ACTIONS {
            assert!(ROLES.into_iter().any(|role| permits(role, action)), "{action:?}");
        }
    }

    #[test]
    fn every_action_but_reading_is_refused_to_somebody() {
        let for_all: Vec<_> = ACTIONS
            .into_iter()
            .filter(|action| ROLES.into_iter().all(|role| permits(role, *action)))
            .collect();
        assert_eq!(for_all, [Action::Read, Action::JoinOpen]);
    }

    #[test]
    fn the_list_of_actions_is_complete_and_in_order() {
        assert_eq!(ACTIONS[0], Action::Read);
        assert_eq!(ACTIONS[ACTIONS.len() - 1], Action::ManageServer);
        assert!(ACTIONS.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(ACTIONS.len(), Action::ManageServer as usize + 1);
    }

    #[test]
    fn whoever_outranks_somebody_among_staff_may_do_all_they_may() {
        for (lower, higher) in
            [(Role::Moderator, Role::Admin), (Role::Admin, Role::Owner), (Role::Member, Role::Moderator)]
        {
            for action in ACTIONS {
                assert!(!permits(lower, action) || permits(higher, action), "{higher:?} lacks {action:?}");
            }
        }
    }

    #[test]
    fn the_owner_may_do_everything_and_a_bot_moderates_nothing() {
        assert!(ACTIONS.into_iter().all(|action| permits(Role::Owner, action)));
        let bot: Vec<_> = ACTIONS.into_iter().filter(|action| permits(Role::Bot, *action)).collect();
        assert!(bot.iter().all(|action| *action <= Action::OpenDirect), "{bot:?}");
    }

    #[test]
    fn an_auditor_reads_and_changes_nothing() {
        let auditor: Vec<_> = ACTIONS.into_iter().filter(|action| permits(Role::Auditor, *action)).collect();
        assert_eq!(auditor, [Action::Read, Action::JoinOpen, Action::ReadAudit]);
    }

    #[test]
    fn every_role_has_a_word_of_its_own_that_reads_back() {
        for role in ROLES {
            assert_eq!(from_word(word(role)), Some(role));
            assert_eq!(from_word(&format!(" {} ", word(role).to_uppercase())), Some(role));
        }
        assert_eq!(from_word("god"), None);
    }

    #[test]
    fn nobody_acts_on_equals_or_above_or_on_themselves() {
        for actor in ROLES {
            assert!(!may_act_on(actor, actor), "{actor:?} on an equal");
            for target in ROLES {
                assert!(
                    !(may_act_on(actor, target) && may_act_on(target, actor)),
                    "{actor:?} and {target:?}"
                );
            }
        }
        assert!(!may_act_on(Role::Moderator, Role::Admin));
        assert!(!may_act_on(Role::Moderator, Role::Owner));
        assert!(!may_act_on(Role::Moderator, Role::Auditor));
    }

    #[test]
    fn staff_act_on_those_below_and_others_on_nobody() {
        assert!(may_act_on(Role::Moderator, Role::Member));
        assert!(may_act_on(Role::Moderator, Role::Bot));
        assert!(may_act_on(Role::Admin, Role::Moderator));
        assert!(may_act_on(Role::Admin, Role::Auditor));
        assert!(may_act_on(Role::Owner, Role::Admin));
        for actor in [Role::Bot, Role::Member, Role::Auditor] {
            assert!(ROLES.into_iter().all(|target| !may_act_on(actor, target)), "{actor:?}");
        }
    }
}
