//! How a store behaves; the defaults are what the server runs with.

use std::time::Duration;

/// Settings of [`crate::Store::open_with`].
#[derive(Debug, Clone)]
pub struct Options {
    /// What to do when there is no file.
    pub missing: Missing,
    /// How the file is examined before it is used.
    pub check: Check,
    /// Read-only connections.
    pub readers: usize,
    /// How long one read may take.
    pub read_limit: Duration,
    /// How long a write waits for another process.
    pub busy_timeout: Duration,
    /// Jobs that may wait to be written.
    pub queue: usize,
    /// Most jobs in one commit.
    pub group: usize,
    /// How often another process's changes are looked for when no doorbell rings.
    pub poll: Duration,
    /// Size of the log in bytes above which it is copied into the file beside the writer.
    pub checkpoint_above: u64,
    /// Size of the log in bytes above which writing waits until it is copied.
    pub restart_above: u64,
}

/// What to do when there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Make a new database.
    Create,
    /// Refuse: a mistyped path must not look like an empty server.
    Refuse,
}

/// How the file is examined when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Before anything else up to 1 GiB, beside the work above that.
    BySize,
    /// Beside the work, whatever the size.
    Beside,
    /// Not at all, for short commands.
    Skip,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            missing: Missing::Create,
            check: Check::BySize,
            readers: 4,
            read_limit: Duration::from_millis(250),
            busy_timeout: Duration::from_secs(5),
            queue: 8_192,
            group: 1_000,
            poll: Duration::from_millis(100),
            checkpoint_above: 32 << 20,
            restart_above: 128 << 20,
        }
    }
}
