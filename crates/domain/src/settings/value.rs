//! Values of settings: read once from text, then typed.

use std::fmt;

use proto::text::Secret;
use thiserror::Error;

use super::{Form, Joins, JoinsError, KEYS, Key};
use crate::file::FileLimits;
use crate::filter::FloodAction;
use crate::raid::{JoinTrigger, RaidLevel};

/// How people get an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegistrationMode {
    /// With an invite.
    Invite,
    /// By asking; a moderator approves each.
    Approval,
    /// Freely.
    Open,
    /// Not at all.
    Closed,
}

/// A value that fits its setting. `Debug` never shows a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    key: Key,
    text: String,
}

/// A value that does not fit: what was wrong, what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingError {
    /// No setting has this name.
    #[error("there is no setting called \"{0}\"")]
    NoSuchSetting(String),
    /// Not one of the words.
    #[error("{name} is one of {choices}")]
    Choice {
        /// The setting.
        name: &'static str,
        /// The words.
        choices: String,
    },
    /// Not a number within the bounds.
    #[error("{name} is a whole number from {least} to {most}")]
    Number {
        /// The setting.
        name: &'static str,
        /// The smallest.
        least: u32,
        /// The largest.
        most: u32,
    },
    /// Not on or off.
    #[error("{0} is on or off")]
    Flag(&'static str),
    /// Not a rate.
    #[error(transparent)]
    Joins(#[from] JoinsError),
    /// Too long, or more than one line.
    #[error("{name} is one line of at most {most} bytes")]
    Line {
        /// The setting.
        name: &'static str,
        /// The longest.
        most: usize,
    },
    /// Not a web address.
    #[error(
        "{0} is an address that starts with https:// or http://, without a name and password in it, or empty"
    )]
    Url(&'static str),
    /// Too short a secret.
    #[error("{0} is empty or has 16 to 256 characters without spaces")]
    Secret(&'static str),
}

/// All settings as the server uses them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How people get an account.
    pub registration: RegistrationMode,
    trigger: JoinSettings,
    /// How long somebody is a newcomer, in milliseconds.
    pub newcomer_ms: i64,
    /// Whether newcomers' links wait for a moderator.
    pub newcomer_hold_links: bool,
    /// What happens to whoever writes too fast.
    pub flood: FloodAction,
    /// For how many seconds a flood mutes.
    pub flood_mute_seconds: u32,
    /// Whether a banned person may appeal.
    pub appeals_enabled: bool,
    /// The longest appeal in bytes.
    pub appeal_bytes: usize,
    /// A sentence beside the categories of reports; may be empty.
    pub reports_note: String,
    /// Where alerts go; nowhere when empty.
    pub webhook_url: String,
    /// What signs alerts; nothing when empty.
    pub webhook_secret: Secret<SECRET>,
    /// After how many days messages of open rooms are removed; never when absent.
    pub retention_open_days: Option<u32>,
    /// How large files may be, and how many there may be of them.
    pub files: FileLimits,
}

/// Reads a value as people type it, into its one form.
///
/// # Errors
/// [`SettingError`] in words for the person.
pub fn parse(key: Key, typed: &str) -> Result<Value, SettingError> {
    let (name, typed) = (key.name(), typed.trim());
    let text = match key.row().form {
        Form::Choice(choices) => {
            let found = choices.iter().find(|choice| choice.eq_ignore_ascii_case(typed));
            found.ok_or_else(|| SettingError::Choice { name, choices: choices.join(", ") })?.to_string()
        }
        Form::Number { least, most } => {
            let plain = typed.bytes().all(|byte| byte.is_ascii_digit());
            let number = typed.parse::<u32>().ok().filter(|number| plain && (least..=most).contains(number));
            number.ok_or(SettingError::Number { name, least, most })?.to_string()
        }
        Form::Flag => match typed.to_ascii_lowercase().as_str() {
            "on" | "yes" | "true" => "on".to_owned(),
            "off" | "no" | "false" => "off".to_owned(),
            _ => return Err(SettingError::Flag(name)),
        },
        Form::Joins if typed.eq_ignore_ascii_case("off") => "off".to_owned(),
        Form::Joins => Joins::parse(typed)?.to_string(),
        Form::Line(most) => {
            let fits = typed.len() <= most && !typed.chars().any(char::is_control);
            fits.then(|| typed.to_owned()).ok_or(SettingError::Line { name, most })?
        }
        Form::Url => is_url(typed).then(|| typed.to_owned()).ok_or(SettingError::Url(name))?,
        Form::Secret => is_secret(typed).then(|| typed.to_owned()).ok_or(SettingError::Secret(name))?,
    };
    Ok(Value { key, text })
}

impl Value {
    /// Returns the setting it belongs to.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// Returns the one form it is stored in. For a secret that is the secret itself: never show or log it.
    #[must_use]
    pub fn stored(&self) -> &str {
        &self.text
    }

    /// Returns what may be shown: of a secret only whether there is one.
    #[must_use]
    pub fn shown(&self) -> &str {
        match (self.key.is_secret(), self.text.is_empty()) {
            (false, _) => &self.text,
            (true, true) => "not set",
            (true, false) => "set",
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} = {:?}", self.key.name(), self.shown())
    }
}

impl Key {
    /// Returns the value it has until somebody changes it.
    #[must_use]
    pub fn default_value(self) -> Value {
        Value { key: self, text: self.row().default.to_owned() }
    }
}

impl Settings {
    /// Reads all settings from what is stored. One that is missing, or that this release cannot read, has its default,
    /// and what could not be read is told.
    #[must_use]
    pub fn from_stored<'a>(
        stored: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> (Self, Vec<SettingError>) {
        let (mut settings, mut problems) = (Self::default(), Vec::new());
        for (name, text) in stored {
            let read = Key::from_name(name)
                .ok_or_else(|| SettingError::NoSuchSetting(name.to_owned()))
                .and_then(|key| parse(key, text));
            match read {
                Ok(value) => settings.set(&value),
                Err(problem) => problems.push(problem),
            }
        }
        (settings, problems)
    }

    /// Puts one value in its place.
    pub fn set(&mut self, value: &Value) {
        let text = value.text.as_str();
        // A value was read by `parse`, so the numbers fit and the words exist.
        let number = || text.parse::<u32>().unwrap_or_default();
        let trigger = self.trigger;
        match value.key {
            Key::RegistrationMode => {
                self.registration = RegistrationMode::from_word(text).unwrap_or(self.registration);
            }
            Key::JoinRate => self.trigger = JoinSettings { joins: Joins::parse(text).ok(), ..trigger },
            Key::JoinRateLevel => {
                let level = RaidLevel::parse(text).unwrap_or(trigger.level);
                self.trigger = JoinSettings { level, ..trigger };
            }
            Key::JoinRateMinutes => self.trigger = JoinSettings { minutes: number(), ..trigger },
            Key::NewcomerMinutes => self.newcomer_ms = i64::from(number()) * 60_000,
            Key::NewcomerHoldLinks => self.newcomer_hold_links = text == "on",
            Key::FloodAction => self.flood = FloodAction::from_word(text).unwrap_or(self.flood),
            Key::FloodMuteMinutes => self.flood_mute_seconds = number().saturating_mul(60),
            Key::AppealsEnabled => self.appeals_enabled = text == "on",
            Key::AppealsTextLimit => self.appeal_bytes = number() as usize,
            Key::ReportsCategoriesNote => text.clone_into(&mut self.reports_note),
            Key::WebhookUrl => text.clone_into(&mut self.webhook_url),
            Key::WebhookSecret => {
                self.webhook_secret = Secret::new(text).expect("a value is within its limit");
            }
            Key::RetentionOpenDays => self.retention_open_days = Some(number()).filter(|days| *days != 0),
            Key::FilesMaxMib => self.files.max_mib = number(),
            Key::FilesAccountMib => self.files.account_mib = number(),
            Key::FilesRoomMib => self.files.room_mib = number(),
            Key::FilesIncompleteHours => self.files.incomplete_hours = number(),
        }
    }

    /// Returns when joins are a raid; nothing when they never are.
    #[must_use]
    pub fn join_trigger(&self) -> Option<JoinTrigger> {
        let JoinSettings { joins, level, minutes } = self.trigger;
        let lasts_ms = i64::from(minutes) * 60_000;
        joins.map(|joins| JoinTrigger { joins: joins.count(), within_ms: joins.within_ms(), level, lasts_ms })
    }
}

impl Default for Settings {
    /// Returns the table's defaults.
    fn default() -> Self {
        let mut settings = Self {
            registration: RegistrationMode::Invite,
            trigger: JoinSettings { joins: None, level: RaidLevel::KNOWN_ONLY, minutes: 0 },
            newcomer_ms: 0,
            newcomer_hold_links: false,
            flood: FloodAction::Slow,
            flood_mute_seconds: 0,
            appeals_enabled: false,
            appeal_bytes: 0,
            reports_note: String::new(),
            webhook_url: String::new(),
            webhook_secret: Secret::new("").expect("nothing is not too long"),
            retention_open_days: None,
            files: FileLimits::default(),
        };
        for key in KEYS {
            settings.set(&key.default_value());
        }
        settings
    }
}

impl RegistrationMode {
    /// Returns the word for it, as the setting has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Approval => "approval",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// Returns the mode with this [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Invite, Self::Approval, Self::Open, Self::Closed].into_iter().find(|mode| mode.word() == word)
    }
}

/// Longest secret in bytes.
const SECRET: usize = 256;

/// The three settings that make a [`JoinTrigger`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct JoinSettings {
    joins: Option<Joins>,
    level: RaidLevel,
    minutes: u32,
}

fn is_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return text.is_empty();
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A name and password in an address end up in logs.
    let plain =
        text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\'));
    plain && text.len() <= 1_024 && !host.is_empty() && !host.contains('@')
}

fn is_secret(text: &str) -> bool {
    text.is_empty()
        || ((16..=SECRET).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()))
}
