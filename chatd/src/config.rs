//! The operator's settings: every key, its safe default, and what it may be.
//!
//! `deploy/chatd.toml` explains each key and a test compares it with [`Config::default`]. Values come from the
//! file, then `CHATD__SECTION__KEY` variables, then flags ([`load`]); a key that is not here is an error.

mod value;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use service::settings::Layered;

pub use service::logging::{Log, LogFormat, LogLevel};
pub use service::settings::{ConfigError, Flag, Origin, OutOfRange, Setting, Sources};
pub use value::{HostPort, HostPortError, ServerName, ServerNameError};

/// Settings in force, and who set each.
pub type Loaded = service::settings::Loaded<Config>;

/// Every key with its section, in the order of `deploy/chatd.toml`.
pub const KEYS: [&str; 23] = [
    "data_dir",
    "keys_dir",
    "server_name",
    "listen",
    "public_address",
    "metrics_listen",
    "drain_seconds",
    "disk_reserve_mib",
    "files.enabled",
    "files.reserve_mib",
    "registration.mode",
    "login.relogin_days",
    "login.waiting",
    "argon2.memory_kib",
    "argon2.passes",
    "argon2.lanes",
    "limits.max_connections",
    "limits.connections_per_network",
    "limits.new_connections_per_minute",
    "limits.messages_per_second",
    "limits.message_burst",
    "log.level",
    "log.format",
];

/// Puts defaults, file, variables and flags together, in this order.
///
/// # Errors
/// [`ConfigError`] for the first setting that cannot be used.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    service::settings::load(sources)
}

/// What `chatd run` and the operator's commands work with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Database, keys and the doorbell socket live here, readable by this account only.
    pub data_dir: PathBuf,
    /// The key files' own folder, when it is not `keys` inside `data_dir`.
    pub keys_dir: Option<PathBuf>,
    /// What people see as the server's name, in clients and in their authenticator.
    pub server_name: ServerName,
    /// Where chat connections are accepted.
    pub listen: SocketAddr,
    /// Host and port as seen by people outside, for invites; the listen address when absent.
    pub public_address: Option<HostPort>,
    /// Where `/metrics`, `/healthz` and `/readyz` answer. Never on the public port.
    pub metrics_listen: SocketAddr,
    /// How long a stopping server waits for connections to end by themselves.
    pub drain_seconds: u64,
    /// Free space in MiB below which `run` and `doctor` warn.
    pub disk_reserve_mib: u64,
    /// Files that people send.
    pub files: Files,
    /// Who may make an account.
    pub registration: Registration,
    /// Passwords, codes and devices.
    pub login: Login,
    /// The cost of one password check.
    pub argon2: Argon2,
    /// What one peer or one network may use.
    pub limits: Limits,
    /// What is written to stderr.
    pub log: Log,
}

/// Files that people send. Taken up again by SIGHUP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// Whether uploads are taken; what is there can be read either way.
    pub enabled: bool,
    /// Free space in MiB below which uploads are refused.
    pub reserve_mib: u64,
}

/// Who may make an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Registration {
    /// Taken up again by SIGHUP.
    pub mode: RegistrationMode,
}

/// How registration is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// With a link from `chatd invite`.
    Invite,
    /// Nobody; `chatd user add` still works.
    Closed,
}

/// Passwords, codes and devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Days a device gets in with its key alone before it asks for password and code again.
    pub relogin_days: u64,
    /// Password checks that may wait for a free core; more are told "busy".
    pub waiting: u32,
}

/// The cost of one password check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Argon2 {
    /// Memory of one check in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Lanes of that memory.
    pub lanes: u32,
}

/// What one peer or one network may use. Taken up again by SIGHUP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once, logged in or not.
    pub max_connections: u32,
    /// Connections at once from one network (an IPv4 address or an IPv6 /64).
    pub connections_per_network: u32,
    /// New connections a minute from one network.
    pub new_connections_per_minute: u32,
    /// Entries a second one account may add for long.
    pub messages_per_second: u32,
    /// Entries one account may add at once after a pause.
    pub message_burst: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("/var/lib/chatd"),
            keys_dir: None,
            server_name: ServerName::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 7777)),
            public_address: None,
            metrics_listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
            drain_seconds: 10,
            disk_reserve_mib: 512,
            files: Files::default(),
            registration: Registration::default(),
            login: Login::default(),
            argon2: Argon2::default(),
            limits: Limits::default(),
            log: Log::default(),
        }
    }
}

impl Default for Files {
    fn default() -> Self {
        Self { enabled: true, reserve_mib: 1_024 }
    }
}

impl Default for Registration {
    fn default() -> Self {
        Self { mode: RegistrationMode::Invite }
    }
}

impl Default for Login {
    fn default() -> Self {
        Self { relogin_days: 30, waiting: 64 }
    }
}

impl Default for Argon2 {
    fn default() -> Self {
        Self { memory_kib: 65_536, passes: 3, lanes: 4 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            connections_per_network: 16,
            new_connections_per_minute: 32,
            messages_per_second: 5,
            message_burst: 20,
        }
    }
}

impl Layered for Config {
    const KEYS: &'static [&'static str] = &KEYS;
    const ENV_PREFIX: &'static str = "CHATD__";
    const PATHS: &'static [&'static str] = &["data_dir", "keys_dir"];

    fn check(&self) -> Result<(), OutOfRange> {
        for (key, value, allowed) in self.ranges() {
            if !allowed.contains(&value) {
                return Err(OutOfRange { key, value, allowed });
            }
        }
        Ok(())
    }

    fn hint(key: &str) -> &'static str {
        match key {
            "listen" => ", expected an IP address and a port, like 0.0.0.0:7777",
            "metrics_listen" => ", expected an IP address and a port, like 127.0.0.1:9464",
            _ => "",
        }
    }
}

impl Config {
    /// Returns the file of signed checkpoints of the audit log: beside the keys, apart from the database.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.keys_dir().join("audit-checkpoints.log")
    }

    /// Returns the database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("chat.db")
    }

    /// Returns the folder of the sealed files that people sent.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.data_dir.join("blobs")
    }

    /// Returns the folder of the key files.
    #[must_use]
    pub fn keys_dir(&self) -> PathBuf {
        self.keys_dir.clone().unwrap_or_else(|| self.data_dir.join("keys"))
    }

    /// Returns host and port for links: the public address, else where the server listens.
    #[must_use]
    pub fn link_address(&self) -> (String, u16) {
        match &self.public_address {
            Some(address) => (address.host().to_owned(), address.port().unwrap_or(self.listen.port())),
            None => (self.listen.ip().to_string(), self.listen.port()),
        }
    }

    /// Every number with the range it may have. OWASP's least Argon2id cost is the floor there.
    fn ranges(&self) -> [(&'static str, u64, RangeInclusive<u64>); 13] {
        let Self { login, argon2, limits, .. } = self;
        [
            ("drain_seconds", self.drain_seconds, 0..=600),
            ("disk_reserve_mib", self.disk_reserve_mib, 1..=1_048_576),
            ("files.reserve_mib", self.files.reserve_mib, 1..=1_048_576),
            ("login.relogin_days", login.relogin_days, 1..=365),
            ("login.waiting", login.waiting.into(), 1..=4096),
            ("argon2.memory_kib", argon2.memory_kib.into(), 19_456..=4_194_304),
            ("argon2.passes", argon2.passes.into(), 2..=64),
            ("argon2.lanes", argon2.lanes.into(), 1..=64),
            ("limits.max_connections", limits.max_connections.into(), 1..=1_000_000),
            ("limits.connections_per_network", limits.connections_per_network.into(), 1..=1_000_000),
            ("limits.new_connections_per_minute", limits.new_connections_per_minute.into(), 1..=1_000_000),
            ("limits.messages_per_second", limits.messages_per_second.into(), 1..=1_000_000),
            ("limits.message_burst", limits.message_burst.into(), 1..=1_000_000),
        ]
    }
}

#[cfg(test)]
mod tests;
