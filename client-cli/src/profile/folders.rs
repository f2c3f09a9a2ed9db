//! Where profiles live: the XDG folders, or one folder of the user's choice.

use std::env;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::ProfileError;

/// The folders that hold all profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    config: PathBuf,
    data: PathBuf,
}

impl Folders {
    /// Returns `CHAT_HOME` when it is set, otherwise `livechat` in the XDG folders for configuration and data.
    ///
    /// # Errors
    /// [`ProfileError::NoHome`].
    pub fn from_environment() -> Result<Self, ProfileError> {
        if let Some(home) = env::var_os("CHAT_HOME").filter(|home| !home.is_empty()) {
            return Ok(Self::under(Path::new(&home)));
        }
        // XDG on macOS as well: that is where people look for a terminal program's files.
        let xdg = etcetera::base_strategy::Xdg::new().map_err(|_| ProfileError::NoHome)?;
        Ok(Self { config: xdg.config_dir().join(FOLDER), data: xdg.data_dir().join(FOLDER) })
    }

    /// Keeps everything under one folder.
    #[must_use]
    pub fn under(home: &Path) -> Self {
        Self { config: home.to_owned(), data: home.to_owned() }
    }

    /// Returns the file of settings that are for all profiles; it need not be there.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("chat.toml")
    }

    pub(super) fn config(&self) -> &Path {
        &self.config
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }
}

const FOLDER: &str = "livechat";
