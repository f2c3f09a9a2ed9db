//! What a device keeps on disk: its key, its server, its account, its unsent messages.

mod folders;
mod keys;
pub(crate) mod private;
mod settings;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use proto::keys::StaticKey;
use thiserror::Error;

pub use folders::Folders;
pub use keys::{KeyExport, Keys, KeysError, look_at_export};
pub use settings::{Settings, key_from_text, key_to_text};

use crate::files::Spool;
use crate::identity::Identity;
use crate::outbox::Outbox;

/// One account on one server as seen from this device. While it exists, no other program can open the same one:
/// the server lets a device connect once, so two programs would throw each other out.
#[derive(Debug)]
pub struct Profile {
    name: String,
    settings_file: PathBuf,
    key_file: PathBuf,
    outbox_folder: PathBuf,
    spool_folder: PathBuf,
    keys: Keys,
    settings: Settings,
    device_key: StaticKey,
    _lock: File,
}

/// Why a profile cannot be used.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// Neither `CHAT_HOME` nor a home folder is known.
    #[error("no home folder found; set CHAT_HOME to a folder of yours")]
    NoHome,
    /// A name that could leave the folder of profiles.
    #[error("a profile's name has 1 to 32 letters, digits, dashes and underscores")]
    BadName,
    /// There is none of this name.
    #[error(
        "there is no profile \"{0}\" yet: `chat join INVITE` or `chat login --server HOST:PORT` makes one"
    )]
    Missing(String),
    /// There is one of this name, and it has an account.
    #[error("profile \"{0}\" has an account already; choose another with --profile NAME")]
    Exists(String),
    /// Another program uses it.
    #[error(
        "profile \"{0}\" is in use by another chat; close that one, or use a second device with --profile NAME"
    )]
    InUse(String),
    /// Others could read or change it.
    #[error(
        "{path} can be read or changed by others (mode {mode:o}); expected {expected:o}: chmod {expected:o} {path}"
    )]
    Loose {
        /// The file or folder.
        path: String,
        /// Its mode.
        mode: u32,
        /// The mode it should have.
        expected: u32,
    },
    /// It belongs to somebody else.
    #[error("{0} belongs to another user")]
    Foreign(String),
    /// It is a link or something else that is not a plain file or folder.
    #[error("{0} is not a plain file or folder")]
    NotPlain(String),
    /// A file does not hold what it should.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Profile {
    /// Makes a profile, or replaces one that never got an account.
    ///
    /// # Errors
    /// [`ProfileError::Exists`] when an account is there already; others as they say.
    pub fn create(folders: &Folders, name: &str, identity: &Identity) -> Result<Self, ProfileError> {
        let places = Places::new(folders, name)?;
        private::make_folders(&places.base_folders)?;
        let lock = places.lock()?;
        if let Some(settings) = Settings::read(&places.settings)?
            && settings.account.is_some()
        {
            return Err(ProfileError::Exists(name.to_owned()));
        }
        private::write(&places.key, &*identity.device_key.to_bytes())?;
        let settings = Settings::new(identity);
        settings.write(&places.settings)?;
        Ok(places.profile(lock, settings, identity.device_key.clone()))
    }

    /// Opens a profile that exists.
    ///
    /// # Errors
    /// [`ProfileError`]; nothing is read from files that others can read or change.
    pub fn open(folders: &Folders, name: &str) -> Result<Self, ProfileError> {
        let places = Places::new(folders, name)?;
        let missing = || ProfileError::Missing(name.to_owned());
        if !places.settings.exists() {
            return Err(missing());
        }
        private::check_folders(&places.base_folders)?;
        let lock = places.lock()?;
        let settings = Settings::read(&places.settings)?.ok_or_else(missing)?;
        let key = private::read(&places.key)?.ok_or_else(missing)?;
        let bytes: [u8; 32] = key.as_slice().try_into().map_err(|_| ProfileError::Damaged {
            path: places.key.display().to_string(),
            what: format!("a device key is 32 bytes, this is {}", key.len()),
        })?;
        Ok(places.profile(lock, settings, StaticKey::from_bytes(bytes)))
    }

    /// Changes the settings on disk and here.
    ///
    /// # Errors
    /// When they cannot be written; the old ones stay then.
    pub fn change(&mut self, change: impl FnOnce(&mut Settings)) -> Result<(), ProfileError> {
        let mut settings = self.settings.clone();
        change(&mut settings);
        settings.write(&self.settings_file)?;
        self.settings = settings;
        Ok(())
    }

    /// Returns where the keys of sealed rooms are, closed or open.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Removes the profile from the disk, its unsent messages, files and keys included.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn remove(self) -> Result<(), ProfileError> {
        // The key first: without it the rest is of no use to anybody.
        private::remove_file(&self.key_file)?;
        self.keys.remove()?;
        private::remove_file(&self.settings_file)?;
        private::remove_folder(&self.spool_folder)?;
        private::remove_folder(&self.outbox_folder)?;
        for folder in SHOWN {
            private::remove_folder(&self.key_file.with_file_name(folder))?;
        }
        Ok(())
    }

    /// Returns what is needed to connect.
    ///
    /// # Errors
    /// When the settings name no usable server.
    pub fn identity(&self) -> Result<Identity, ProfileError> {
        let damaged =
            |what: String| ProfileError::Damaged { path: self.settings_file.display().to_string(), what };
        let address = self.settings.server.parse().map_err(|error| damaged(format!("server: {error}")))?;
        let server_key = self.settings.pinned_key().ok_or_else(|| damaged("server_key".to_owned()))?;
        Ok(Identity { address, server_key, device_key: self.device_key.clone() })
    }

    /// Opens the queue of unsent messages.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn outbox(&self) -> Result<Outbox, ProfileError> {
        private::make_folders(std::slice::from_ref(&self.outbox_folder))?;
        Outbox::open(&self.outbox_folder).map_err(|source| private::io_error(&self.outbox_folder, source))
    }

    /// Opens the folder of uploads that are sealed and not posted yet.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn spool(&self) -> Result<Spool, ProfileError> {
        private::make_folders(std::slice::from_ref(&self.spool_folder))?;
        Spool::open(&self.spool_folder).map_err(|source| private::io_error(&self.spool_folder, source))
    }

    /// Returns the settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the profile's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the file of the settings, to show where things are.
    #[must_use]
    pub fn settings_file(&self) -> &Path {
        &self.settings_file
    }

    /// Returns the file of the device key, to show where things are.
    #[must_use]
    pub fn key_file(&self) -> &Path {
        &self.key_file
    }
}

/// Where a profile's files are.
struct Places {
    name: String,
    base_folders: Vec<PathBuf>,
    settings: PathBuf,
    key: PathBuf,
    lock: PathBuf,
    outbox: PathBuf,
    spool: PathBuf,
    keys: Keys,
}

impl Places {
    fn new(folders: &Folders, name: &str) -> Result<Self, ProfileError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || 32 < name.len() || !name.chars().all(allowed) {
            return Err(ProfileError::BadName);
        }
        let (config, data) = (folders.config().join(name), folders.data().join(name));
        let base_folders =
            vec![folders.config().to_owned(), folders.data().to_owned(), config.clone(), data.clone()];
        Ok(Self {
            name: name.to_owned(),
            base_folders,
            settings: config.join("profile.toml"),
            key: data.join("device.key"),
            lock: data.join("lock"),
            outbox: data.join("unsent"),
            spool: data.join("spool"),
            keys: Keys::in_folder(&data),
        })
    }

    fn lock(&self) -> Result<File, ProfileError> {
        let file = private::open_or_make(&self.lock)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => Err(ProfileError::InUse(self.name.clone())),
            Err(std::fs::TryLockError::Error(source)) => Err(private::io_error(&self.lock, source)),
        }
    }

    fn profile(self, lock: File, settings: Settings, device_key: StaticKey) -> Profile {
        Profile {
            name: self.name,
            settings_file: self.settings,
            key_file: self.key,
            outbox_folder: self.outbox,
            spool_folder: self.spool,
            keys: self.keys,
            settings,
            device_key,
            _lock: lock,
        }
    }
}

/// Folders of what the interface showed: pictures that were looked at, texts that were sent as files.
const SHOWN: [&str; 2] = ["pictures", "pastes"];

#[cfg(test)]
mod tests;
