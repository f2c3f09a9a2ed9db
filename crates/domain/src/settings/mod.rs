//! Settings that are changed while the server runs: one table of key, default, help and who may change it.

mod joins;
mod value;

use crate::role::Action;

pub use joins::{Joins, JoinsError};
pub use value::{RegistrationMode, SettingError, Settings, Value, parse};

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// How people get an account.
    RegistrationMode,
    /// How many joins are a raid.
    JoinRate,
    /// The raid level that too many joins set.
    JoinRateLevel,
    /// How long that level stands.
    JoinRateMinutes,
    /// How long somebody is a newcomer.
    NewcomerMinutes,
    /// Whether newcomers' links wait for a moderator.
    NewcomerHoldLinks,
    /// What happens to whoever writes too fast.
    FloodAction,
    /// How long a flood mutes.
    FloodMuteMinutes,
    /// Whether a banned person may appeal.
    AppealsEnabled,
    /// How long an appeal may be.
    AppealsTextLimit,
    /// A sentence beside the categories of a report.
    ReportsCategoriesNote,
    /// Where alerts are sent.
    WebhookUrl,
    /// What alerts are signed with.
    WebhookSecret,
    /// How long messages of open rooms are kept.
    RetentionOpenDays,
    /// How large a file may be.
    FilesMaxMib,
    /// How much of files an account may hold.
    FilesAccountMib,
    /// How much of files a room may hold.
    FilesRoomMib,
    /// How long an upload may rest.
    FilesIncompleteHours,
}

/// Every setting, in the order of the page.
pub const KEYS: [Key; 18] = [
    Key::RegistrationMode,
    Key::JoinRate,
    Key::JoinRateLevel,
    Key::JoinRateMinutes,
    Key::NewcomerMinutes,
    Key::NewcomerHoldLinks,
    Key::FloodAction,
    Key::FloodMuteMinutes,
    Key::AppealsEnabled,
    Key::AppealsTextLimit,
    Key::ReportsCategoriesNote,
    Key::WebhookUrl,
    Key::WebhookSecret,
    Key::RetentionOpenDays,
    Key::FilesMaxMib,
    Key::FilesAccountMib,
    Key::FilesRoomMib,
    Key::FilesIncompleteHours,
];

/// What there is to know about a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its name in commands, pages and the database.
    pub name: &'static str,
    /// The value it has until somebody changes it.
    pub default: &'static str,
    /// What can be written, for the form.
    pub form: Form,
    /// What it does, in a sentence or two.
    pub help: &'static str,
    /// What a role has to permit to change it.
    pub needs: Action,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number within these bounds.
    Number {
        /// The smallest.
        least: u32,
        /// The largest.
        most: u32,
    },
    /// `on` or `off`.
    Flag,
    /// Joins per time, as in `10/10m`, or `off`.
    Joins,
    /// One line of at most so many bytes; may be empty.
    Line(usize),
    /// A web address, or nothing.
    Url,
    /// A secret that is never shown again; may be empty.
    Secret,
}

impl Key {
    /// Returns the setting with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        KEYS.into_iter().find(|key| key.row().name == name)
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns whether its value is never shown.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(self.row().form, Form::Secret)
    }

    /// Returns what there is to know about it. This is the table; nothing else decides.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "it is one table")]
    pub const fn row(self) -> Row {
        use Action::{ManageServer, ManageSettings};
        match self {
            Self::RegistrationMode => Row {
                name: "registration.mode",
                default: "invite",
                form: Form::Choice(&["invite", "approval", "open", "closed"]),
                help: "How people get an account: by invite, by asking (a moderator approves each), freely, or not at all.",
                needs: ManageSettings,
            },
            Self::JoinRate => Row {
                name: "registration.join_rate",
                default: "10/10m",
                form: Form::Joins,
                help: "So many registrations within so long count as a raid and raise the raid level. Off never raises it.",
                needs: ManageSettings,
            },
            Self::JoinRateLevel => Row {
                name: "registration.join_rate_level",
                default: "2",
                form: Form::Number { least: 1, most: 4 },
                help: "The raid level that too many registrations set: 4 holds newcomers' messages, 3 also links, 2 closes registration, 1 is staff only.",
                needs: ManageSettings,
            },
            Self::JoinRateMinutes => Row {
                name: "registration.join_rate_minutes",
                default: "60",
                form: Form::Number { least: 1, most: 10_080 },
                help: "Minutes after which a level that was raised this way returns by itself.",
                needs: ManageSettings,
            },
            Self::NewcomerMinutes => Row {
                name: "newcomer.minutes",
                default: "1440",
                form: Form::Number { least: 0, most: 525_600 },
                help: "Minutes for which an account counts as a newcomer. 0 means nobody does.",
                needs: ManageSettings,
            },
            Self::NewcomerHoldLinks => Row {
                name: "newcomer.hold_links",
                default: "on",
                form: Form::Flag,
                help: "Messages of newcomers that contain a link wait for a moderator.",
                needs: ManageSettings,
            },
            Self::FloodAction => Row {
                name: "flood.action",
                default: "slow",
                form: Form::Choice(&["slow", "hold", "mute", "kick"]),
                help: "What happens to whoever writes too fast: told to wait, messages held, muted, or disconnected.",
                needs: ManageSettings,
            },
            Self::FloodMuteMinutes => Row {
                name: "flood.mute_minutes",
                default: "10",
                form: Form::Number { least: 1, most: 10_080 },
                help: "Minutes for which a flood mutes its author.",
                needs: ManageSettings,
            },
            Self::AppealsEnabled => Row {
                name: "appeals.enabled",
                default: "on",
                form: Form::Flag,
                help: "A banned person may answer the ban once, at the moment of a refused login.",
                needs: ManageSettings,
            },
            Self::AppealsTextLimit => Row {
                name: "appeals.text_limit",
                default: "2000",
                form: Form::Number { least: 100, most: 2_048 },
                help: "Longest appeal in bytes.",
                needs: ManageSettings,
            },
            Self::ReportsCategoriesNote => Row {
                name: "reports.categories_note",
                default: "",
                form: Form::Line(512),
                help: "A sentence for moderators beside the categories of reports, such as where the house rules are.",
                needs: ManageSettings,
            },
            Self::WebhookUrl => Row {
                name: "webhook.url",
                default: "",
                form: Form::Url,
                help: "Where new reports and raid levels are sent as signed JSON. Empty sends nothing.",
                needs: ManageServer,
            },
            Self::WebhookSecret => Row {
                name: "webhook.secret",
                default: "",
                form: Form::Secret,
                help: "Signs what is sent: X-LiveChat-Signature is the HMAC-SHA256 of the body with this secret.",
                needs: ManageServer,
            },
            Self::RetentionOpenDays => Row {
                name: "retention.open_days",
                default: "0",
                form: Form::Number { least: 0, most: 36_500 },
                help: "Days after which messages of open rooms are removed. 0 keeps them for ever.",
                needs: ManageServer,
            },
            Self::FilesMaxMib => Row {
                name: "files.max_mib",
                default: "5120",
                form: Form::Number { least: 0, most: MOST_MIB },
                help: "Largest file in MiB. 0 takes no files; those that are there can be read on.",
                needs: ManageServer,
            },
            Self::FilesAccountMib => Row {
                name: "files.account_mib",
                default: "20480",
                form: Form::Number { least: 0, most: MOST_MIB },
                help: "How many MiB of files one account may hold, uploads that are under way included.",
                needs: ManageServer,
            },
            Self::FilesRoomMib => Row {
                name: "files.room_mib",
                default: "102400",
                form: Form::Number { least: 0, most: MOST_MIB },
                help: "How many MiB of files one room may hold, uploads that are under way included.",
                needs: ManageServer,
            },
            Self::FilesIncompleteHours => Row {
                name: "files.incomplete_hours",
                default: "72",
                form: Form::Number { least: 1, most: 8_760 },
                help: "Hours after which an upload that rests, or that no message shows, is taken away.",
                needs: ManageServer,
            },
        }
    }
}

/// One TiB: what the wire allows for a file, in MiB.
const MOST_MIB: u32 = 1 << 20;

#[cfg(test)]
mod tests;
