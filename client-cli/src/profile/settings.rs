//! The readable half of a profile: `profile.toml`.

use std::path::Path;

use data_encoding::BASE32_NOPAD;
use proto::ids::PublicKey;
use serde::{Deserialize, Serialize};

use super::{ProfileError, private};
use crate::identity::Identity;

/// What is worth seeing and, with care, changing by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens, as `host:port`.
    pub server: String,
    /// The server's key in Base32. Another key is refused.
    server_key: String,
    /// The account's name, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The last TOTP step that a code was made for, so that none is used twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp_step: Option<u64>,
}

impl Settings {
    /// Returns the settings for a fresh identity.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        let mut settings = Self {
            server: identity.address.to_string(),
            server_key: String::new(),
            account: None,
            totp_step: None,
        };
        settings.pin(identity.server_key);
        settings
    }

    /// Pins another server key.
    pub fn pin(&mut self, key: PublicKey) {
        self.server_key = key_to_text(key);
    }

    /// Returns the pinned key, when the text is one.
    #[must_use]
    pub fn pinned_key(&self) -> Option<PublicKey> {
        key_from_text(&self.server_key)
    }

    pub(super) fn read(path: &Path) -> Result<Option<Self>, ProfileError> {
        let Some(bytes) = private::read(path)? else { return Ok(None) };
        let damaged = |what: String| ProfileError::Damaged { path: path.display().to_string(), what };
        let text = std::str::from_utf8(&bytes).map_err(|error| damaged(error.to_string()))?;
        let settings: Self = toml::from_str(text).map_err(|error| damaged(error.message().to_owned()))?;
        if settings.pinned_key().is_none() {
            return Err(damaged("server_key is not 52 letters of Base32".to_owned()));
        }
        Ok(Some(settings))
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), ProfileError> {
        let text = toml::to_string(self).expect("text and numbers can be written as TOML");
        private::write(path, format!("{HEADER}{text}").as_bytes())
    }
}

/// Returns a server key as people pass it on: lower-case Base32, as in an invite.
#[must_use]
pub fn key_to_text(key: PublicKey) -> String {
    BASE32_NOPAD.encode(&key.0).to_lowercase()
}

/// Reads a server key as [`key_to_text`] writes it.
#[must_use]
pub fn key_from_text(text: &str) -> Option<PublicKey> {
    let bytes = BASE32_NOPAD.decode(text.trim().to_ascii_uppercase().as_bytes()).ok()?;
    bytes.try_into().ok().map(PublicKey)
}

const HEADER: &str = "# One account of the LiveChat client. The device's key lies in device.key.\n";
