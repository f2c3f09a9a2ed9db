//! The operator's settings of the dashboard: every key, its safe default, and what it may be.
//!
//! `deploy/admin-web.toml` explains each key and a test compares it with [`Config::default`]. Values come from the
//! file, then `ADMIN__SECTION__KEY` variables, then flags.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use service::logging::Log;
use service::settings::{Layered, OutOfRange};
use thiserror::Error;

/// What `admin-web` works with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The data folder of `chatd`.
    pub data_dir: PathBuf,
    /// The key files' own folder, when it is not `keys` inside `data_dir`.
    pub keys_dir: Option<PathBuf>,
    /// Where browsers connect.
    pub listen: SocketAddr,
    /// Where `/metrics`, `/healthz` and `/readyz` answer.
    pub metrics_listen: SocketAddr,
    /// Whether a proxy that ends TLS stands in front.
    pub behind_proxy: bool,
    /// How long a stopping server waits for answers under way.
    pub drain_seconds: u64,
    /// The server's own certificate.
    pub tls: Tls,
    /// How long a login is good.
    pub session: Session,
    /// What one browser may use.
    pub limits: Limits,
    /// What one password check costs; the same as in `chatd.toml`.
    pub argon2: Argon2,
    /// What is written to stderr.
    pub log: Log,
}

/// The server's own certificate; both or neither.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub certificate: Option<PathBuf>,
    /// Private key, PEM, readable by this account only.
    pub key: Option<PathBuf>,
}

/// How long a login is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// Minutes without a request after which a session ends.
    pub idle_minutes: u64,
    /// Hours after which a session ends whatever happens.
    pub hours: u64,
    /// Minutes that password and code, given again, are good for dangerous acts.
    pub sudo_minutes: u64,
}

/// What browsers may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once.
    pub max_connections: u32,
    /// Largest form or upload, in KiB.
    pub body_kib: u32,
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

/// Settings that cannot be used together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Together {
    /// Open to the network without encryption.
    #[error(
        "listen is {0}, which others can reach, without encryption; set tls.certificate and tls.key, \
         or behind_proxy = true when a proxy in front speaks TLS, or listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// Half a certificate.
    #[error("tls.certificate and tls.key go together; set both or neither")]
    HalfTls,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("/var/lib/chatd"),
            keys_dir: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: SocketAddr::from(([127, 0, 0, 1], 9465)),
            behind_proxy: false,
            drain_seconds: 10,
            tls: Tls::default(),
            session: Session::default(),
            limits: Limits::default(),
            argon2: Argon2::default(),
            log: Log::default(),
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self { idle_minutes: 30, hours: 12, sudo_minutes: 10 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_connections: 512, body_kib: 1_024 }
    }
}

impl Default for Argon2 {
    fn default() -> Self {
        Self { memory_kib: 65_536, passes: 3, lanes: 4 }
    }
}

/// Every key with its section, in the order of `deploy/admin-web.toml`.
pub const KEYS: [&str; 18] = [
    "data_dir",
    "keys_dir",
    "listen",
    "metrics_listen",
    "behind_proxy",
    "drain_seconds",
    "tls.certificate",
    "tls.key",
    "session.idle_minutes",
    "session.hours",
    "session.sudo_minutes",
    "limits.max_connections",
    "limits.body_kib",
    "argon2.memory_kib",
    "argon2.passes",
    "argon2.lanes",
    "log.level",
    "log.format",
];

impl Layered for Config {
    const KEYS: &'static [&'static str] = &KEYS;
    const ENV_PREFIX: &'static str = "ADMIN__";
    const PATHS: &'static [&'static str] = &["data_dir", "keys_dir", "tls.certificate", "tls.key"];

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
            "listen" => ", expected an IP address and a port, like 127.0.0.1:8080",
            "metrics_listen" => ", expected an IP address and a port, like 127.0.0.1:9465",
            _ => "",
        }
    }
}

impl Config {
    /// Checks what belongs together.
    ///
    /// # Errors
    /// [`Together`] says what does not, and what to do.
    pub fn check_together(&self) -> Result<(), Together> {
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            return Err(Together::HalfTls);
        }
        let is_private = self.listen.ip().is_loopback() || self.behind_proxy || self.has_tls();
        if is_private { Ok(()) } else { Err(Together::Open(self.listen)) }
    }

    /// Returns whether the server speaks TLS itself.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.tls.certificate.is_some()
    }

    /// Returns the database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("chat.db")
    }

    /// Returns the folder of the key files.
    #[must_use]
    pub fn keys_dir(&self) -> PathBuf {
        self.keys_dir.clone().unwrap_or_else(|| self.data_dir.join("keys"))
    }

    fn ranges(&self) -> [(&'static str, u64, RangeInclusive<u64>); 9] {
        let Self { session, limits, argon2, .. } = self;
        [
            ("drain_seconds", self.drain_seconds, 0..=600),
            ("session.idle_minutes", session.idle_minutes, 1..=720),
            ("session.hours", session.hours, 1..=24),
            ("session.sudo_minutes", session.sudo_minutes, 1..=60),
            ("limits.max_connections", limits.max_connections.into(), 1..=100_000),
            ("limits.body_kib", limits.body_kib.into(), 16..=16_384),
            ("argon2.memory_kib", argon2.memory_kib.into(), 19_456..=4_194_304),
            ("argon2.passes", argon2.passes.into(), 2..=64),
            ("argon2.lanes", argon2.lanes.into(), 1..=64),
        ]
    }
}

#[cfg(test)]
mod tests;
