//! The interface's configuration: `chat.toml` beside the profiles. `deploy/chat.toml` explains each key.

#[cfg(test)]
pub(crate) mod table;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use client_cli::Folders;
use serde::Deserialize;
use thiserror::Error;

use super::keys::{Keymap, KeymapError};
use super::theme::ThemeName;

/// What the interface does as its person likes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) theme: ThemeName,
    pub(crate) keymap: Keymap,
    /// Clicks and the wheel are taken from the terminal.
    pub(crate) mouse: bool,
    pub(crate) notify: NotifyConfig,
    pub(crate) images: ImageMode,
    /// Where files go; the current folder without it.
    pub(crate) downloads: Option<PathBuf>,
    pub(crate) emoji: EmojiMode,
}

/// What is told, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NotifyConfig {
    pub(crate) when: When,
    pub(crate) bell: bool,
    pub(crate) terminal: TerminalNotice,
    pub(crate) desktop: bool,
    pub(crate) show_text: ShowText,
}

/// What is worth a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum When {
    /// Nothing.
    Off,
    /// Messages that name the person, and messages to the person alone.
    Mentions,
    /// Every message, quiet rooms left out.
    All,
}

/// How a notification is handed to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TerminalNotice {
    /// As the terminal is known to understand it, and not at all where that is unknown.
    Auto,
    Off,
    Osc9,
    Osc777,
}

/// When a notification shows what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ShowText {
    /// It only says who wrote and where.
    Never,
    /// In open rooms, which the server can read as well.
    Open,
    Always,
}

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImageMode {
    /// As the terminal says it can.
    Auto,
    HalfBlocks,
    Kitty,
    Sixel,
    Iterm2,
    Off,
}

/// How emoji are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EmojiMode {
    Unicode,
    /// As `:words:`, where the terminal draws emoji wider or narrower than it says.
    Shortcode,
}

/// Why the configuration cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("{file}: {source}")]
    Io { file: String, source: io::Error },
    #[error("{file} has more than {LARGEST} bytes")]
    TooLarge { file: String },
    /// An unknown key, a value that is none, or no TOML.
    #[error("{file}, line {line}: {what}")]
    Wrong { file: String, line: usize, what: String },
    #[error("{file}, [keys]: {source}")]
    Keys { file: String, source: KeymapError },
    #[error("{file}: downloads is \"{folder}\", expected a folder that begins with / or ~/")]
    Downloads { file: String, folder: String },
}

impl Default for Config {
    fn default() -> Self {
        Self::from_file("", "", &Surroundings::default()).expect("an empty file says nothing wrong")
    }
}

impl Default for NotifyConfig {
    /// Quiet enough for an office: only what is meant for this person, and nothing that leaves the terminal.
    fn default() -> Self {
        Self {
            when: When::Mentions,
            bell: true,
            terminal: TerminalNotice::Auto,
            desktop: false,
            show_text: ShowText::Open,
        }
    }
}

impl Config {
    /// Reads the configuration; a missing file changes nothing.
    ///
    /// # Errors
    /// [`ConfigError`], which names the file and the key.
    pub(crate) fn load(folders: &Folders) -> Result<Self, ConfigError> {
        let path = folders.settings_file();
        let file = path.display().to_string();
        let text = match read(&path) {
            Ok(Some(text)) => text,
            Ok(None) => return Err(ConfigError::TooLarge { file }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Io { file, source }),
        };
        Self::from_file(&text, &file, &Surroundings::from_environment())
    }

    fn from_file(text: &str, file: &str, around: &Surroundings) -> Result<Self, ConfigError> {
        let written: Written = toml::from_str(text).map_err(|error| ConfigError::Wrong {
            file: file.to_owned(),
            line: error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count()),
            what: error.message().to_owned(),
        })?;
        let keys = written.keys.iter().map(|(name, keys)| (name.as_str(), keys.as_slice()));
        let keys = keys.map(|(name, keys)| (name, keys.iter().map(String::as_str)));
        let keymap =
            Keymap::with(keys).map_err(|source| ConfigError::Keys { file: file.to_owned(), source })?;
        let downloads = written.downloads.map(|folder| {
            around.folder(&folder).ok_or(ConfigError::Downloads { file: file.to_owned(), folder })
        });
        Ok(Self {
            theme: if around.no_color { ThemeName::None } else { written.theme },
            keymap,
            mouse: written.mouse,
            notify: written.notify,
            images: written.images,
            downloads: around.downloads.clone().or(downloads.transpose()?),
            emoji: written.emoji,
        })
    }
}

/// What variables of the environment say; they win over the file.
#[derive(Debug, Default)]
struct Surroundings {
    no_color: bool,
    downloads: Option<PathBuf>,
    home: Option<PathBuf>,
}

impl Surroundings {
    fn from_environment() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            no_color: set("NO_COLOR").is_some(),
            downloads: set("CHAT_DOWNLOADS").map(PathBuf::from),
            home: std::env::home_dir(),
        }
    }

    /// A folder that depends on where the program was started would surprise people.
    fn folder(&self, written: &str) -> Option<PathBuf> {
        let path = match written.strip_prefix('~') {
            Some(behind) => {
                self.home.as_ref()?.join(behind.strip_prefix('/').or(behind.is_empty().then_some(""))?)
            }
            None => PathBuf::from(written),
        };
        path.is_absolute().then_some(path)
    }
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    theme: ThemeName,
    mouse: bool,
    images: ImageMode,
    downloads: Option<String>,
    emoji: EmojiMode,
    notify: NotifyConfig,
    keys: BTreeMap<String, Keys>,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            theme: ThemeName::default(),
            // Buttons and the wheel work at once; text is still marked with Shift held.
            mouse: true,
            images: ImageMode::Auto,
            downloads: None,
            emoji: EmojiMode::Unicode,
            notify: NotifyConfig::default(),
            keys: BTreeMap::new(),
        }
    }
}

/// The keys of an action.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a key like \"ctrl-k\", a list of keys, or [] for none")]
enum Keys {
    One(String),
    Several(Vec<String>),
}

impl Keys {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Several(keys) => keys,
        }
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("this is not a file"));
    }
    if LARGEST < metadata.len() {
        return Ok(None);
    }
    fs::read_to_string(path).map(Some)
}

const LARGEST: u64 = 64 * 1024;

#[cfg(test)]
mod tests;
