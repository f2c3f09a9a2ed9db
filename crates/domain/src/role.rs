//! Who may do what: one table of actions and roles, and who may act on whom.

use proto::message::Role;

/// Declares [`Action`] from rows of name, roles and words.
macro_rules! table {
    ($($(#[$doc:meta])* $name:ident, $roles:ident, $words:literal);+ $(;)?) => {
        /// Everything a role can permit or refuse.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        /// Every action, in the order of the table.
        pub const ACTIONS: [Action; [$(Action::$name),+].len()] = [$(Action::$name),+];

        /// Returns whether the role permits the action. This is the table; nothing else decides.
        #[must_use]
        pub fn permits(role: Role, action: Action) -> bool {
            let permitted = match action { $(Action::$name => $roles,)+ };
            permitted.contains(&role)
        }

        /// Returns the words for an action, as in "Your role does not permit this: ban people."
        #[must_use]
        pub const fn words(action: Action) -> &'static str {
            match action { $(Action::$name => $words,)+ }
        }
    };
}

const EVERYBODY: &[Role] =
    &[Role::Bot, Role::Member, Role::Auditor, Role::Moderator, Role::Admin, Role::Owner];
// An auditor reads and changes nothing, so speaking is not among an auditor's rights.
const SPEAKERS: &[Role] = &[Role::Bot, Role::Member, Role::Moderator, Role::Admin, Role::Owner];
const PEOPLE: &[Role] = &[Role::Member, Role::Moderator, Role::Admin, Role::Owner];
const STAFF: &[Role] = &[Role::Moderator, Role::Admin, Role::Owner];
const WATCHERS: &[Role] = &[Role::Auditor, Role::Moderator, Role::Admin, Role::Owner];
const REVIEWERS: &[Role] = &[Role::Auditor, Role::Admin, Role::Owner];
const SENIOR: &[Role] = &[Role::Admin, Role::Owner];
const OWNERS: &[Role] = &[Role::Owner];

table! {
    /// Read rooms one is in, their history, and search them.
    Read, EVERYBODY, "read rooms";
    /// Say something.
    Send, SPEAKERS, "say something";
    /// Replace the text of one's own message.
    EditOwn, SPEAKERS, "edit messages";
    /// Remove one's own message.
    DeleteOwn, SPEAKERS, "delete messages";
    /// React to a message.
    React, SPEAKERS, "react to messages";
    /// Join an open room.
    JoinOpen, EVERYBODY, "join rooms";
    /// Open a room of two.
    OpenDirect, SPEAKERS, "write to one person";
    /// Make a room.
    CreateRoom, PEOPLE, "make rooms";
    /// Set the topic of a room other than the lobby.
    SetTopic, PEOPLE, "set a topic";
    /// Tell the moderators about messages or an account.
    Report, PEOPLE, "report to the moderators";
    /// Set the topic of the lobby.
    SetLobbyTopic, STAFF, "set the lobby's topic";
    /// Remove somebody else's message.
    DeleteAny, STAFF, "delete other people's messages";
    /// Remove somebody from a room, or disconnect them.
    Kick, STAFF, "remove people";
    /// Mute somebody or give them a time-out.
    Mute, STAFF, "mute people";
    /// Ban an account or a device, or a single address for a short time.
    Ban, STAFF, "ban people";
    /// Lift a measure one could have taken.
    Unban, STAFF, "lift bans";
    /// Make and revoke invites.
    Invite, STAFF, "invite people";
    /// Claim, close and reopen reports.
    HandleReport, STAFF, "handle reports";
    /// Write a remark beside an account, a report or a measure.
    Note, STAFF, "write notes";
    /// Let a held message through, or refuse it.
    DecideHeld, STAFF, "decide held messages";
    /// Decide an appeal.
    DecideAppeal, STAFF, "decide appeals";
    /// Let somebody in who applied for an account, or refuse them.
    Approve, STAFF, "decide registrations";
    /// Try a filter on recent messages.
    TestFilters, STAFF, "test filters";
    /// Set the raid level.
    SetRaidLevel, STAFF, "set the raid level";
    /// Set how often one person may write in a room.
    SetSlowMode, STAFF, "set slow mode";
    /// Lock or archive a room.
    ManageRoom, STAFF, "lock rooms";
    /// End the login of somebody else's device.
    RevokeDevices, STAFF, "end other people's logins";
    /// Act on several accounts at once.
    BulkAct, STAFF, "act on many people at once";
    /// Hold a file back from everybody.
    QuarantineFile, STAFF, "hold files back";
    /// Examine a picture of an open room for hidden messages.
    ScanFile, STAFF, "examine files";
    /// Open the dashboard.
    ViewDashboard, WATCHERS, "open the dashboard";
    /// Read reports and their evidence.
    ViewReports, WATCHERS, "read reports";
    /// Read the list of people and what is known of them.
    ViewUsers, WATCHERS, "read the list of people";
    /// Read the list of measures.
    ViewSanctions, WATCHERS, "read the list of measures";
    /// Read the list of files of open rooms.
    ViewMedia, WATCHERS, "read the list of files";
    /// Read the audit log.
    ReadAudit, REVIEWERS, "read the audit log";
    /// Export the audit log.
    ExportAudit, REVIEWERS, "export the audit log";
    /// Read versions, settings and the state of the server.
    ViewSystem, REVIEWERS, "read the server's state";
    /// Ban any network for any time.
    BanNetwork, SENIOR, "ban networks";
    /// Ban everybody who came by an invite.
    BanLineage, SENIOR, "ban everybody who came by an invite";
    /// Act on more than twenty accounts at once.
    BulkActOnMany, SENIOR, "act on more than twenty people at once";
    /// Remove everything somebody wrote in a stretch of time.
    Purge, SENIOR, "purge messages";
    /// Let a file through that was held back.
    ReleaseFile, SENIOR, "release files";
    /// Remove a file from every message, for good.
    PurgeFile, SENIOR, "purge files";
    /// Make and change filters.
    ManageFilters, SENIOR, "change filters";
    /// Make and end announcements.
    Announce, SENIOR, "make announcements";
    /// Export the list of measures.
    ExportSanctions, SENIOR, "export measures";
    /// Take measures from a file, and take them back together.
    ImportSanctions, SENIOR, "import measures";
    /// Look up who made a report.
    RevealReporter, SENIOR, "look up who reported";
    /// Reset passwords and codes of those below one's own role.
    ManageUsers, SENIOR, "manage people";
    /// Change roles below one's own.
    ManageRoles, SENIOR, "change roles";
    /// Change the settings of moderation.
    ManageSettings, SENIOR, "change settings of moderation";
    /// Look up the address behind a network's pseudonym.
    RevealNetwork, OWNERS, "look up addresses";
    /// Change the server's own settings.
    ManageServer, OWNERS, "change the server's settings";
}

/// Every role, from the least to the most powerful.
pub const ROLES: [Role; 6] =
    [Role::Bot, Role::Member, Role::Auditor, Role::Moderator, Role::Admin, Role::Owner];

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
        assert_eq!(
            auditor,
            [
                Action::Read,
                Action::JoinOpen,
                Action::ViewDashboard,
                Action::ViewReports,
                Action::ViewUsers,
                Action::ViewSanctions,
                Action::ViewMedia,
                Action::ReadAudit,
                Action::ExportAudit,
                Action::ViewSystem,
            ]
        );
    }

    #[test]
    fn a_moderator_keeps_order_and_leaves_the_rest_to_admins() {
        let not_for_moderators: Vec<_> =
            ACTIONS.into_iter().filter(|action| !permits(Role::Moderator, *action)).collect();
        assert_eq!(not_for_moderators[..3], [Action::ReadAudit, Action::ExportAudit, Action::ViewSystem]);
        assert!(not_for_moderators[3..].iter().all(|action| Action::BanNetwork <= *action));
        let not_for_admins: Vec<_> =
            ACTIONS.into_iter().filter(|action| !permits(Role::Admin, *action)).collect();
        assert_eq!(not_for_admins, [Action::RevealNetwork, Action::ManageServer]);
    }

    #[test]
    fn no_two_actions_have_the_same_words() {
        let words: std::collections::BTreeSet<_> = ACTIONS.into_iter().map(words).collect();
        assert_eq!(words.len(), ACTIONS.len());
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
