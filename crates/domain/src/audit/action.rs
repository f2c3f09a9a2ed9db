//! What can be done, as the audit log counts it: one table of number, name and words.

use minicbor::{Decode, Encode};

/// Declares [`Action`] from rows of name, number and label.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $number:tt, $label:literal);+ $(;)?) => {
        /// What was done. The number is the stored form and never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(index_only)]
        pub enum Action {
            $($(#[$doc])* #[n($number)] $name = $number,)+
        }

        /// Every action, in the order of their numbers.
        pub const ACTIONS: [Action; [$($number),+].len()] = [$(Action::$name),+];

        impl Action {
            /// Returns the words for a list of events.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// Returns the name in exports and addresses of pages, which never changes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

actions! {
    /// The server was set up, or restored from a backup.
    ServerInitialised = 0, "Server set up";
    /// An account was made.
    AccountCreated = 1, "Account created";
    /// An account got another role.
    RoleChanged = 2, "Role changed";
    /// A password was set by staff or operator.
    PasswordReset = 3, "Password reset";
    /// An authenticator and recovery codes were replaced by staff or operator.
    TotpReset = 4, "Authenticator reset";
    /// A device's login was ended.
    DeviceRevoked = 5, "Device revoked";
    /// An invite was made.
    InviteCreated = 6, "Invite created";
    /// An invite was revoked.
    InviteRevoked = 7, "Invite revoked";
    /// Somebody was removed from a room, or disconnected from the server.
    Kicked = 8, "Removed";
    /// An account was banned.
    Banned = 9, "Banned";
    /// A ban was lifted.
    BanLifted = 10, "Ban lifted";
    /// Somebody else's message was removed.
    MessageDeleted = 11, "Message deleted";
    /// A room was made.
    RoomCreated = 12, "Room created";
    /// A setting was changed.
    SettingChanged = 13, "Setting changed";
    /// An account was muted.
    Muted = 14, "Muted";
    /// An account was timed out.
    TimedOut = 15, "Timed out";
    /// A network was banned, for everybody or for strangers.
    NetworkBanned = 16, "Network banned";
    /// Everybody who came by an invite was banned.
    LineageBanned = 17, "Lineage banned";
    /// A device's key was banned.
    DeviceBanned = 18, "Device banned";
    /// A measure other than an account's ban was lifted.
    SanctionLifted = 19, "Measure lifted";
    /// A measure got another end or reason.
    SanctionChanged = 20, "Measure changed";
    /// Measures were taken from a file.
    SanctionsImported = 21, "Measures imported";
    /// Measures that were taken from a file were lifted together.
    SanctionsImportUndone = 22, "Import undone";
    /// The list of measures was exported.
    SanctionsExported = 23, "Measures exported";
    /// Somebody took a report.
    ReportClaimed = 24, "Report claimed";
    /// Somebody gave a report back.
    ReportReleased = 25, "Report released";
    /// A report was closed after something was done.
    ReportActioned = 26, "Report acted on";
    /// A report was closed without anything being done.
    ReportDismissed = 27, "Report dismissed";
    /// A closed report was opened again.
    ReportReopened = 28, "Report reopened";
    /// Somebody looked up who made a report.
    ReporterRevealed = 29, "Reporter revealed";
    /// Somebody looked up the address behind a network's pseudonym.
    NetworkRevealed = 30, "Address revealed";
    /// The evidence of a report was exported.
    EvidenceExported = 31, "Evidence exported";
    /// A filter was made or changed.
    FilterChanged = 32, "Filter changed";
    /// The raid level was changed.
    RaidLevelChanged = 33, "Raid level changed";
    /// A room's slow mode was changed.
    SlowModeChanged = 34, "Slow mode changed";
    /// A room was locked or archived.
    RoomLocked = 35, "Room locked";
    /// A room was unlocked or taken out of the archive.
    RoomUnlocked = 36, "Room unlocked";
    /// A message that waited was let through.
    HeldReleased = 37, "Held message released";
    /// A message that waited was refused.
    HeldRejected = 38, "Held message rejected";
    /// What somebody wrote in a stretch of time was removed.
    Purged = 39, "Messages purged";
    /// A purge was taken back.
    PurgeUndone = 40, "Purge undone";
    /// An appeal was decided.
    AppealDecided = 41, "Appeal decided";
    /// Somebody who applied for an account was let in.
    RegistrationApproved = 42, "Registration approved";
    /// Somebody who applied for an account was refused.
    RegistrationRejected = 43, "Registration rejected";
    /// An announcement was made.
    Announced = 44, "Announcement made";
    /// An announcement was ended before its time.
    AnnouncementEnded = 45, "Announcement ended";
    /// The audit log was exported.
    AuditExported = 46, "Audit log exported";
    /// The audit log was verified.
    AuditVerified = 47, "Audit log verified";
    /// Somebody logged in to the dashboard.
    StaffLoggedIn = 48, "Dashboard login";
    /// Somebody was refused at the dashboard's login.
    StaffLoginRefused = 49, "Dashboard login refused";
    /// Somebody confirmed their identity for dangerous acts.
    SteppedUp = 50, "Stepped up";
    /// A remark was added.
    NoteAdded = 51, "Note added";
    /// A backup was made.
    BackupMade = 52, "Backup made";
    /// A login to the dashboard was ended by somebody else or from another browser.
    WebSessionRevoked = 53, "Dashboard login revoked";
    /// A file was held back from everybody.
    FileQuarantined = 54, "File held back";
    /// A file that was held back was let through.
    FileReleased = 55, "File released";
    /// A file was removed from every message, for good.
    FilePurged = 56, "File purged";
    /// A file was examined for a hidden message.
    FileScanned = 57, "File examined";
    /// A reporter opened messages of a sealed room for the moderators, and they were proven.
    EvidenceOpened = 58, "Sealed messages opened";
}

impl Action {
    /// Returns the number it is stored as.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Returns the action with this number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        ACTIONS.get(usize::from(number)).copied()
    }

    /// Returns the action with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ACTIONS.into_iter().find(|action| action.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_action_is_found_by_its_number_and_its_name_and_stored_as_its_number() {
        for (place, action) in ACTIONS.into_iter().enumerate() {
            assert_eq!(usize::from(action.number()), place);
            assert_eq!(Action::from_number(action.number()), Some(action));
            assert_eq!(Action::from_name(action.name()), Some(action));
            let stored = proto::codec::encode(&action);
            assert_eq!(stored, proto::codec::encode(&u64::from(action.number())));
        }
        assert_eq!(Action::from_number(u16::try_from(ACTIONS.len()).unwrap()), None);
        assert_eq!(Action::from_name("banned"), None);
    }

    /// Numbers are in databases: a row that moves would change what happened.
    #[test]
    fn numbers_that_were_given_out_stay() {
        for (number, name) in [
            (0, "ServerInitialised"),
            (9, "Banned"),
            (13, "SettingChanged"),
            (14, "Muted"),
            (24, "ReportClaimed"),
            (33, "RaidLevelChanged"),
            (39, "Purged"),
            (53, "WebSessionRevoked"),
            (57, "FileScanned"),
        ] {
            assert_eq!(Action::from_number(number).map(Action::name), Some(name));
        }
    }

    #[test]
    fn no_two_actions_read_alike() {
        let labels: BTreeSet<_> = ACTIONS.into_iter().map(Action::label).collect();
        assert_eq!(labels.len(), ACTIONS.len());
    }
}
