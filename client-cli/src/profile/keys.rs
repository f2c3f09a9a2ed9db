//! The keys of sealed rooms in a profile: the vault, the file of its key, and both as one file that travels.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use minicbor::{Decode, Encode};
use proto::bytes::Secret32;
use proto::codec;
use proto::ids::{PublicKey, Timestamp};
use proto::keys::StaticKey;
use proto::text::Text;
use thiserror::Error;
use vault::{Import, KeyFileError, Table, Vault, VaultError, VaultKey};

use super::{Folders, Profile, ProfileError, Settings, private};
use crate::identity::Identity;

/// Where a profile's keys of sealed rooms are.
#[derive(Debug, Clone)]
pub struct Keys {
    vault: PathBuf,
    key: PathBuf,
}

/// Why the keys of sealed rooms cannot be used.
#[derive(Debug, Error)]
pub enum KeysError {
    /// A passphrase closes them.
    #[error("a passphrase closes the keys of this profile")]
    NeedsPassphrase,
    /// Another passphrase closes them.
    #[error("this passphrase does not open the keys of this profile")]
    WrongPassphrase,
    /// The file of the key is gone, and the vault is there.
    #[error("{0} is missing, and without it the keys of sealed rooms stay closed; put it back from a copy")]
    KeyMissing(String),
    /// The file of the key does not hold one.
    #[error("{path}: {source}")]
    KeyFile {
        /// The file.
        path: String,
        /// What is wrong.
        source: KeyFileError,
    },
    /// The vault does not work.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A file of the profile does not work.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// An export cannot be written or read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The export says of itself what no export says.
    #[error("this export was not made by this program, or by a later version of it")]
    Unknown,
}

/// What an export of keys holds, as it says of itself once it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyExport {
    /// The server's address.
    pub server: String,
    /// The account's name.
    pub account: String,
    /// When it was written.
    pub at: Timestamp,
    /// How many sealed rooms it has keys of.
    pub rooms: u64,
    /// How many messages it has.
    pub messages: u64,
    /// How many keys of other people it knows.
    pub people: u64,
}

/// What stands in front of an export's rows.
#[derive(Encode, Decode)]
struct Said {
    #[n(0)]
    version: u8,
    #[n(1)]
    server: Text<300>,
    #[n(2)]
    server_key: PublicKey,
    #[n(3)]
    account: Text<{ proto::limits::NAME }>,
    #[n(4)]
    device_key: Secret32,
    #[n(5)]
    at: Timestamp,
}

impl Keys {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { vault: folder.join("vault.db"), key: folder.join("vault.key") }
    }

    /// Returns whether a passphrase is needed.
    ///
    /// # Errors
    /// When the file cannot be read, or others can.
    pub fn is_closed(&self) -> Result<bool, KeysError> {
        let Some(bytes) = private::read(&self.key)? else { return Ok(false) };
        match VaultKey::from_file(&bytes, None) {
            Ok(_) => Ok(false),
            Err(KeyFileError::NeedsPassphrase) => Ok(true),
            Err(source) => Err(self.key_error(source)),
        }
    }

    /// Opens the vault; the first time it is made, with a fresh key.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open(&self, passphrase: Option<&str>) -> Result<Vault, KeysError> {
        Ok(Vault::open(&self.vault, self.key(passphrase)?)?)
    }

    /// Closes the key with a passphrase, or another one.
    ///
    /// # Errors
    /// [`KeysError::WrongPassphrase`] when the old one is not right.
    pub fn close(&self, old: Option<&str>, new: &str) -> Result<(), KeysError> {
        let key = self.key(old)?;
        let closed = key.to_closed_file(new).map_err(|source| self.key_error(source))?;
        Ok(private::write(&self.key, &closed)?)
    }

    /// Takes the passphrase off: from here on the file's mode alone protects the key.
    ///
    /// # Errors
    /// As [`Self::close`].
    pub fn unclose(&self, passphrase: &str) -> Result<(), KeysError> {
        let key = self.key(Some(passphrase))?;
        Ok(private::write(&self.key, &key.to_open_file())?)
    }

    /// Returns the file of the vault, to show where things are.
    #[must_use]
    pub fn vault_file(&self) -> &Path {
        &self.vault
    }

    pub(super) fn remove(&self) -> Result<(), ProfileError> {
        // The key first: without it the rest is of no use to anybody.
        private::remove_file(&self.key)?;
        for ending in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.vault.clone().into_os_string();
            name.push(ending);
            private::remove_file(Path::new(&name))?;
        }
        Ok(())
    }

    fn key(&self, passphrase: Option<&str>) -> Result<VaultKey, KeysError> {
        match private::read(&self.key)? {
            Some(bytes) => VaultKey::from_file(&bytes, passphrase).map_err(|source| self.key_error(source)),
            None if self.vault.exists() => Err(KeysError::KeyMissing(self.key.display().to_string())),
            None => {
                let key = VaultKey::random();
                private::write(&self.key, &key.to_open_file())?;
                Ok(key)
            }
        }
    }

    fn key_error(&self, source: KeyFileError) -> KeysError {
        match source {
            KeyFileError::NeedsPassphrase => KeysError::NeedsPassphrase,
            KeyFileError::WrongPassphrase => KeysError::WrongPassphrase,
            source => KeysError::KeyFile { path: self.key.display().to_string(), source },
        }
    }
}

impl Profile {
    /// Writes everything that makes this device what it is into one file behind a passphrase: its key, its account, the
    /// keys and messages of its sealed rooms.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or a row of the vault is damaged.
    pub fn export_keys(&self, vault: &Vault, file: &Path, passphrase: &str) -> Result<KeyExport, KeysError> {
        let identity = self.identity()?;
        let said = Said {
            version: VERSION,
            server: Text::cut(&self.settings.server),
            server_key: identity.server_key,
            account: Text::cut(self.settings.account.as_deref().unwrap_or_default()),
            device_key: Secret32::new(*identity.device_key.to_bytes()),
            at: now(),
        };
        let io = |source| KeysError::Io { path: file.display().to_string(), source };
        let out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(io)?;
        let written = vault
            .export(BufWriter::new(&out), passphrase, &codec::encode(&said))
            .map_err(KeysError::from)
            .and_then(|_| out.sync_all().map_err(io));
        if let Err(error) = written {
            // Half an export is of no use.
            let _ = fs::remove_file(file);
            return Err(error);
        }
        look_at_export(file, passphrase)
    }

    /// Makes a profile from an export. The device that it was made on must not be used any more: two devices with one
    /// state would give each other's messages away.
    ///
    /// # Errors
    /// [`ProfileError::Exists`] when the profile has an account; [`VaultError::WrongPassphrase`] and others as they say.
    pub fn import_keys(
        folders: &Folders,
        name: &str,
        file: &Path,
        passphrase: &str,
    ) -> Result<(Self, KeyExport), KeysError> {
        let (said, export) = read_export(file, passphrase)?;
        let address = said.server.parse().map_err(|_| KeysError::Unknown)?;
        let device_key = StaticKey::from_bytes(*said.device_key.reveal());
        let identity = Identity { address, server_key: said.server_key, device_key };
        let mut profile = Self::create(folders, name, &identity)?;
        let filled = profile.fill(file, passphrase, &said.account);
        match filled {
            Ok(()) => Ok((profile, export)),
            Err(error) => {
                // What was begun is not a device.
                let _ = profile.remove();
                Err(error)
            }
        }
    }

    fn fill(&mut self, file: &Path, passphrase: &str, account: &str) -> Result<(), KeysError> {
        self.keys.remove()?;
        let vault = self.keys.open(None)?;
        Import::new(open(file)?).into_vault(passphrase, &vault)?;
        crate::sealed::mark_imported(&vault)?;
        let account = account.to_owned();
        self.change(|settings: &mut Settings| settings.account = Some(account))?;
        Ok(())
    }
}

/// Opens an export wholly and returns what is in it; nothing is kept.
///
/// # Errors
/// When the passphrase is another one, or the file is damaged.
pub fn look_at_export(file: &Path, passphrase: &str) -> Result<KeyExport, KeysError> {
    read_export(file, passphrase).map(|(_, export)| export)
}

fn read_export(file: &Path, passphrase: &str) -> Result<(Said, KeyExport), KeysError> {
    let contents = Import::new(open(file)?).look(passphrase)?;
    let said: Said = codec::decode(&contents.said).map_err(|_| KeysError::Unknown)?;
    if said.version != VERSION {
        return Err(KeysError::Unknown);
    }
    let count = |table: Table, rows: &BTreeMap<Table, u64>| rows.get(&table).copied().unwrap_or_default();
    let export = KeyExport {
        server: said.server.to_string(),
        account: said.account.to_string(),
        at: said.at,
        rooms: count(Table::Rooms, &contents.rows),
        messages: count(Table::History, &contents.rows),
        people: count(Table::Pins, &contents.rows),
    };
    Ok((said, export))
}

fn open(file: &Path) -> Result<BufReader<File>, KeysError> {
    let opened = File::open(file).map(BufReader::new);
    opened.map_err(|source| KeysError::Io { path: file.display().to_string(), source })
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

const VERSION: u8 = 1;
