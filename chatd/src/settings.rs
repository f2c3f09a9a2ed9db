//! What the server runs with, apart from where it was read from.

use std::path::PathBuf;
use std::time::Duration;

use domain::password::{Params, ParamsError};
use domain::throttle::{GateLimits, LoginLimits, Rate};

use crate::config::{Config, RegistrationMode};

/// Everything an operator can choose about serving.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What people see as the server's name.
    pub server_name: String,
    /// Who may make an account. Taken up by a reload.
    pub registration: Registration,
    /// How long a device gets in with its key alone. Taken up by a reload.
    pub relogin_after: Duration,
    /// What one password hash costs.
    pub hashing: Params,
    /// Passwords that may wait to be checked.
    pub hashes_waiting: usize,
    /// Connections of networks and in all. Taken up by a reload.
    pub gate: GateLimits,
    /// Connections in the middle of their handshake; beyond that the oldest of them is dropped.
    pub half_open: usize,
    /// Tries to log in.
    pub logins: LoginLimits,
    /// Entries one account may add. Taken up by a reload.
    pub flood: Rate,
    /// Where sealed files lie.
    pub blobs: PathBuf,
    /// Whether uploads are taken, and what of the disk is kept from them. Taken up by a reload.
    pub files: FileSettings,
    /// Where signed checkpoints of the audit log are written, apart from the database; nowhere when absent.
    pub checkpoints: Option<PathBuf>,
    /// How long a stopping server waits for connections to end by themselves.
    pub drain: Duration,
}

/// What an operator chooses about files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSettings {
    /// Whether uploads are taken.
    pub enabled: bool,
    /// Free bytes of the disk below which they are refused.
    pub reserve_bytes: u64,
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// With an invite.
    Invite,
    /// Nobody.
    Closed,
}

impl Settings {
    /// Takes what concerns serving out of the operator's configuration.
    ///
    /// # Errors
    /// [`ParamsError`] when password hashing would be too weak or too dear.
    pub fn of(config: &Config) -> Result<Self, ParamsError> {
        let limits = &config.limits;
        let per_minute = limits.new_connections_per_minute.max(1);
        let gate = GateLimits {
            total: usize::try_from(limits.max_connections).unwrap_or(usize::MAX),
            per_network: limits.connections_per_network,
            per_range: limits.connections_per_network.saturating_mul(NETWORKS_PER_RANGE),
            new: Rate::new(per_minute, Duration::from_secs(60) / per_minute),
            ..GateLimits::default()
        };
        Ok(Self {
            server_name: config.server_name.as_str().to_owned(),
            registration: match config.registration.mode {
                RegistrationMode::Invite => Registration::Invite,
                RegistrationMode::Closed => Registration::Closed,
            },
            relogin_after: Duration::from_secs(config.login.relogin_days.saturating_mul(24 * 3_600)),
            hashing: Params::new(config.argon2.memory_kib, config.argon2.passes, config.argon2.lanes)?,
            hashes_waiting: usize::try_from(config.login.waiting).unwrap_or(usize::MAX),
            half_open: (gate.total / 4).clamp(HALF_OPEN_MIN, HALF_OPEN_MAX),
            gate,
            logins: LoginLimits::default(),
            flood: Rate::new(
                limits.message_burst.max(1),
                Duration::from_secs(1) / limits.messages_per_second.max(1),
            ),
            blobs: config.blobs(),
            files: FileSettings {
                enabled: config.files.enabled,
                reserve_bytes: config.files.reserve_mib.saturating_mul(1024 * 1024),
            },
            checkpoints: Some(config.checkpoints()),
            drain: Duration::from_secs(config.drain_seconds),
        })
    }
}

/// A /24 may hold as many connections as this many of its addresses.
const NETWORKS_PER_RANGE: u32 = 32;
/// Enough for everybody who comes back after a restart.
const HALF_OPEN_MIN: usize = 64;
/// At 4 kB each they take 4 MiB.
const HALF_OPEN_MAX: usize = 1_024;
