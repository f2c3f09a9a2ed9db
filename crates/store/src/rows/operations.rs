//! What the server says about itself: figures over time, lines of state, notices for other programs, counts.

use proto::ids::Timestamp;

/// Longest name of a series or a line of state, in bytes.
pub const STATUS_KEY: usize = 64;
/// Longest line of state, in bytes.
pub const STATUS_VALUE: usize = 4_096;
/// Longest notice for another program, in bytes.
pub const WEBHOOK_BODY: usize = 16_384;

/// A figure to be remembered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewSample {
    /// Which figure.
    pub series: &'static str,
    pub measure: Measure,
    pub value: f64,
}

/// How a figure is put together over a longer time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// A state, like the number of sessions: over a longer time its mean, and of two in one step the later.
    Level,
    /// Something that happened so often since the last sample: over a longer time the sum.
    Count,
}

/// How far apart the samples of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Every ten seconds, for two hours.
    TenSeconds,
    /// Every minute, for two days.
    Minute,
    /// Every hour, for ninety days.
    Hour,
}

impl Step {
    /// Every step, from the finest.
    pub const ALL: [Self; 3] = [Self::TenSeconds, Self::Minute, Self::Hour];

    /// Returns the step in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::TenSeconds => 10,
            Self::Minute => 60,
            Self::Hour => 3_600,
        }
    }

    /// Returns for how many seconds its samples are kept.
    #[must_use]
    pub const fn kept_seconds(self) -> i64 {
        match self {
            Self::TenSeconds => 2 * 3_600,
            Self::Minute => 48 * 3_600,
            Self::Hour => 90 * 86_400,
        }
    }
}

/// A figure at the start of its step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub at: Timestamp,
    pub value: f64,
}

/// A line of what a process says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRow {
    pub value: String,
    /// When it was said: an old line is from a process that is gone.
    pub at: Timestamp,
}

/// A notice for another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookId(pub u64);

/// A notice for another program and how its delivery stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    pub id: WebhookId,
    pub body: String,
    pub at: Timestamp,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// How often it was tried in vain.
    pub attempts: u32,
    pub state: WebhookState,
    /// What the last attempt ended with.
    pub error: String,
}

/// How the delivery of a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    Waiting,
    Delivered,
    GivenUp,
}

/// What waits for somebody and what stands, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overview {
    /// Those that wait for approval are not among them.
    pub accounts: u64,
    /// Made within a day, counted up to ten thousand.
    pub new_accounts: u64,
    /// Accounts that wait for approval.
    pub applications: u64,
    pub reports_new: u64,
    pub reports_claimed: u64,
    /// When the oldest open report was made.
    pub oldest_report: Option<Timestamp>,
    pub held: u64,
    pub appeals: u64,
    /// Bans of any target that stand.
    pub bans: u64,
    /// Mutes and time-outs that stand.
    pub mutes: u64,
    /// Bans and soft bans of networks that stand.
    pub network_bans: u64,
    /// Filters that act or watch.
    pub filters: u64,
    /// Purges that can still be taken back.
    pub purges: u64,
    pub webhooks_waiting: u64,
    pub webhooks_given_up: u64,
}
