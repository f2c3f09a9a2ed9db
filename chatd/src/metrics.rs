//! Everything that is counted, with its help text; labels come from closed lists and never from users.
//!
//! tidy: long because all counters of the daemon are read in one place.

mod files;
mod sealed;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prometheus::{
    Encoder, Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder, process_collector,
};
use proto::message::Content;

pub(crate) use files::{FileMetrics, FileSnapshot, Upload};
pub(crate) use sealed::{CommitResult, SealedMetrics};

use crate::goodbye::Farewell;
use crate::hub::{Census, Committed, Done, Rule, SealedDone};
use crate::session::Ended;

/// The counters of one server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    connections: IntGauge,
    half_open: IntGauge,
    connections_total: [IntCounter; ConnectionResult::ALL.len()],
    handshake_seconds: Histogram,
    frames_in: IntCounter,
    frames_out: IntCounter,
    messages: [IntCounter; MessageKind::ALL.len()],
    delivery_seconds: Histogram,
    logins: IntCounter,
    auth_failures: [IntCounter; AuthFailure::ALL.len()],
    sessions: IntGauge,
    sessions_ended: IntCounterVec,
    rooms: [IntGauge; 3],
    outbox_lag_seconds: Gauge,
    store: StoreMetrics,
    moderation: ModerationMetrics,
    pub(crate) files: FileMetrics,
    pub(crate) sealed: SealedMetrics,
}

#[derive(Debug)]
struct ModerationMetrics {
    sanctions: [IntCounter; 3],
    ban_enforcement_seconds: Histogram,
    audit_head_seq: IntGauge,
    audit_verify_ok: IntGauge,
    automod_hits: [IntCounter; Rule::LABELS.len()],
    raid_level: IntGauge,
    held_messages: IntGauge,
    reports_open: IntGauge,
}

#[derive(Debug)]
struct StoreMetrics {
    wal_bytes: IntGauge,
    busy: IntCounter,
    queue: IntGauge,
    commits: IntCounter,
    last_commit_seconds: Gauge,
    halted: IntGauge,
}

/// What became of a connection before anybody logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionResult {
    Greeted,
    Left,
    Version,
    Garbage,
    TooSlow,
    Evicted,
    Full,
    Crowded,
    TooFast,
}

/// Why somebody was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthFailure {
    BadCredentials,
    Throttled,
    Banned,
    NetworkBanned,
    Raid,
    Pending,
    LoginNeeded,
    BadInvite,
    BadInput,
    Closed,
    Abandoned,
    Protocol,
    Unavailable,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MessageKind {
    Text,
    Edit,
    Delete,
    Reaction,
    Topic,
    File,
    Sealed,
}

/// What is asked for at the moment of a scrape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot {
    pub(crate) census: Census,
    pub(crate) connections: usize,
    pub(crate) half_open: usize,
    pub(crate) store: store::Stats,
    pub(crate) audit_head: u64,
    pub(crate) held: u64,
    pub(crate) reports_open: u64,
    pub(crate) files: FileSnapshot,
    pub(crate) sealed: store::SealedCounts,
}

impl Metrics {
    /// Returns counters at zero.
    ///
    /// # Errors
    /// Only when two of them have one name.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let all = &registry;
        info(all)?;
        let connections_total =
            labelled(all, "chatd_connections_total", "Connections by what became of them.", "result")?;
        let frames = labelled(all, "chatd_frames_total", "Frames read from and written to clients.", "dir")?;
        let messages = labelled(all, "chatd_messages_total", "Entries committed to rooms.", "kind")?;
        let failures = labelled(all, "chatd_auth_failures_total", "People not let in.", "reason")?;
        let rooms =
            IntGaugeVec::new(Opts::new("chatd_rooms", "Rooms with at least one member online."), &["kind"])?;
        registry.register(Box::new(rooms.clone()))?;
        let sessions_ended =
            labelled(all, "chatd_sessions_ended_total", "Sessions by how they ended.", "reason")?;
        for label in Farewell::ALL.iter().map(|farewell| farewell.label()).chain(Ended::OTHERS) {
            sessions_ended.with_label_values(&[label]);
        }
        Ok(Self {
            connections: gauge(all, "chatd_connections", "Open connections, logged in or not.")?,
            half_open: gauge(
                all,
                "chatd_connections_half_open",
                "Connections in the middle of a handshake.",
            )?,
            connections_total: ConnectionResult::ALL
                .map(|result| connections_total.with_label_values(&[result.label()])),
            handshake_seconds: seconds(
                all,
                "chatd_handshake_seconds",
                "Time from accept to handshake.",
                SLOW,
            )?,
            frames_in: frames.with_label_values(&["in"]),
            frames_out: frames.with_label_values(&["out"]),
            messages: MessageKind::ALL.map(|kind| messages.with_label_values(&[kind.label()])),
            delivery_seconds: seconds(
                all,
                "chatd_delivery_seconds",
                "Time from a request at the hub to its commit and delivery to outboxes.",
                SLOW,
            )?,
            logins: counter(all, "chatd_logins_total", "People let in.")?,
            auth_failures: AuthFailure::ALL.map(|reason| failures.with_label_values(&[reason.label()])),
            sessions: gauge(all, "chatd_sessions", "Logged-in connections.")?,
            sessions_ended,
            rooms: ["open", "direct", "sealed"].map(|kind| rooms.with_label_values(&[kind])),
            outbox_lag_seconds: real(
                all,
                "chatd_outbox_lag_seconds",
                "How long the oldest message of all outboxes has waited for its reader.",
            )?,
            store: StoreMetrics::new(all)?,
            moderation: ModerationMetrics::new(all)?,
            files: FileMetrics::new(all)?,
            sealed: SealedMetrics::new(all)?,
            registry,
        })
    }

    /// Returns the text that Prometheus reads.
    pub(crate) fn text(&self, snapshot: &Snapshot) -> Result<Vec<u8>, prometheus::Error> {
        self.connections.set(number(snapshot.connections));
        self.half_open.set(number(snapshot.half_open));
        self.sessions.set(number(snapshot.census.sessions));
        self.rooms[0].set(number(snapshot.census.open_rooms));
        self.rooms[1].set(number(snapshot.census.direct_rooms));
        self.rooms[2].set(number(snapshot.census.sealed_rooms));
        self.outbox_lag_seconds.set(snapshot.census.longest_lag.as_secs_f64());
        self.moderation.audit_head_seq.set(number(snapshot.audit_head));
        self.moderation.raid_level.set(snapshot.census.raid_level.into());
        self.moderation.held_messages.set(number(snapshot.held));
        self.moderation.reports_open.set(number(snapshot.reports_open));
        self.store.set(&snapshot.store);
        self.files.set(&snapshot.files);
        self.sealed.set(&snapshot.sealed);
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }

    pub(crate) fn connection(&self, result: ConnectionResult) {
        self.connections_total[result as usize].inc();
    }

    pub(crate) fn handshake(&self, took: Duration) {
        self.handshake_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn let_in(&self) {
        self.logins.inc();
    }

    pub(crate) fn turned_away(&self, why: AuthFailure) {
        self.auth_failures[why as usize].inc();
    }

    pub(crate) fn frame_in(&self) {
        self.frames_in.inc();
    }

    pub(crate) fn frames_out(&self, frames: usize) {
        self.frames_out.inc_by(u64::try_from(frames).unwrap_or(0));
    }

    pub(crate) fn ended(&self, ended: &Ended) {
        self.sessions_ended.with_label_values(&[ended.label()]).inc();
    }

    pub(crate) fn enforced(&self, after: Duration) {
        self.moderation.ban_enforcement_seconds.observe(after.as_secs_f64());
    }

    /// Counts that a rule kept a message from being said.
    pub(crate) fn ruled(&self, rule: Rule) {
        self.moderation.automod_hits[rule.index()].inc();
    }

    /// Notes whether the audit log holds.
    pub(crate) fn audit_holds(&self, holds: bool) {
        self.moderation.audit_verify_ok.set(holds.into());
    }

    /// Returns what is counted since the start, for the dashboard's charts: entries, people let in and not let in.
    pub(crate) fn totals(&self) -> [u64; 3] {
        let sum = |counters: &[IntCounter]| counters.iter().map(IntCounter::get).sum();
        [sum(&self.messages), self.logins.get(), sum(&self.auth_failures)]
    }

    /// Counts what is committed, as it is delivered.
    pub(crate) fn delivered(&self, committed: &Committed, now: Instant) {
        let took = now.duration_since(committed.order.since);
        match &committed.result {
            Ok(Done::Appended { entry, fresh: true }) => {
                if let Some(kind) = MessageKind::of(&entry.content) {
                    self.messages[kind as usize].inc();
                }
                self.delivery_seconds.observe(took.as_secs_f64());
            }
            Ok(Done::Banned { .. } | Done::RoomBanned { .. }) => self.moderation.sanctions[0].inc(),
            Ok(Done::Kicked { .. }) => self.moderation.sanctions[1].inc(),
            Ok(Done::Unbanned) => self.moderation.sanctions[2].inc(),
            Ok(Done::Sealed(done)) => self.sealed_done(done),
            _ => {}
        }
    }
}

impl Metrics {
    fn sealed_done(&self, done: &SealedDone) {
        match done {
            SealedDone::Changed(done) if done.fresh => {
                self.sealed.commit(CommitResult::Accepted);
                done.evicted.iter().for_each(|row| self.sealed.evicted(row));
            }
            SealedDone::Unreadable { fresh: true } => self.sealed.unreadable(),
            _ => {}
        }
    }
}

impl ModerationMetrics {
    fn new(all: &Registry) -> Result<Self, prometheus::Error> {
        let sanctions =
            labelled(all, "chatd_sanctions_total", "Bans, kicks and lifted bans of this process.", "kind")?;
        let automod = labelled(
            all,
            "chatd_automod_hits_total",
            "Messages that a rule held, or punished their author for.",
            "rule_kind",
        )?;
        Ok(Self {
            sanctions: ["ban", "kick", "lift"].map(|kind| sanctions.with_label_values(&[kind])),
            ban_enforcement_seconds: seconds(
                all,
                "chatd_ban_enforcement_seconds",
                "Time from a ban or kick to the end of the connections.",
                FAST,
            )?,
            audit_head_seq: gauge(all, "chatd_audit_head_seq", "Place of the newest row of the audit log.")?,
            audit_verify_ok: gauge(
                all,
                "chatd_audit_verify_ok",
                "1 while the audit log follows from its first row without a break.",
            )?,
            automod_hits: Rule::LABELS.map(|kind| automod.with_label_values(&[kind])),
            raid_level: gauge(
                all,
                "chatd_raid_level",
                "How far the server is closed: 5 open, 1 staff only.",
            )?,
            held_messages: gauge(all, "chatd_held_messages", "Messages that wait for a moderator.")?,
            reports_open: gauge(all, "chatd_reports_open", "Reports that nobody has closed.")?,
        })
    }
}

impl StoreMetrics {
    fn new(all: &Registry) -> Result<Self, prometheus::Error> {
        Ok(Self {
            wal_bytes: gauge(all, "chatd_sqlite_wal_bytes", "Bytes in SQLite's write-ahead log.")?,
            busy: counter(all, "chatd_sqlite_busy_total", "Times another process kept the database locked.")?,
            queue: gauge(all, "chatd_sqlite_queue", "Writes that wait for the writer.")?,
            commits: counter(all, "chatd_sqlite_commits_total", "Commits since the start.")?,
            last_commit_seconds: real(
                all,
                "chatd_sqlite_last_commit_seconds",
                "How long the newest commit took.",
            )?,
            halted: gauge(all, "chatd_sqlite_halted", "1 when writing has stopped for good.")?,
        })
    }

    fn set(&self, stats: &store::Stats) {
        self.wal_bytes.set(number(stats.wal_bytes));
        self.busy.inc_by(stats.busy.saturating_sub(self.busy.get()));
        self.queue.set(number(stats.queue));
        self.commits.inc_by(stats.commits.saturating_sub(self.commits.get()));
        self.last_commit_seconds.set(stats.last_commit.as_secs_f64());
        self.halted.set(i64::from(stats.halted));
    }
}

impl ConnectionResult {
    const ALL: [Self; 9] = [
        Self::Greeted,
        Self::Left,
        Self::Version,
        Self::Garbage,
        Self::TooSlow,
        Self::Evicted,
        Self::Full,
        Self::Crowded,
        Self::TooFast,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Greeted => "greeted",
            Self::Left => "left",
            Self::Version => "version",
            Self::Garbage => "garbage",
            Self::TooSlow => "too_slow",
            Self::Evicted => "evicted",
            Self::Full => "full",
            Self::Crowded => "crowded",
            Self::TooFast => "too_fast",
        }
    }
}

impl AuthFailure {
    const ALL: [Self; 13] = [
        Self::BadCredentials,
        Self::Throttled,
        Self::Banned,
        Self::NetworkBanned,
        Self::Raid,
        Self::Pending,
        Self::LoginNeeded,
        Self::BadInvite,
        Self::BadInput,
        Self::Closed,
        Self::Abandoned,
        Self::Protocol,
        Self::Unavailable,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::BadCredentials => "bad_credentials",
            Self::Throttled => "throttled",
            Self::Banned => "banned",
            Self::NetworkBanned => "network_banned",
            Self::Raid => "raid",
            Self::Pending => "pending",
            Self::LoginNeeded => "login_needed",
            Self::BadInvite => "bad_invite",
            Self::BadInput => "bad_input",
            Self::Closed => "closed",
            Self::Abandoned => "abandoned",
            Self::Protocol => "protocol",
            Self::Unavailable => "unavailable",
        }
    }
}

impl MessageKind {
    const ALL: [Self; 7] =
        [Self::Text, Self::Edit, Self::Delete, Self::Reaction, Self::Topic, Self::File, Self::Sealed];

    const fn label(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::Reaction => "reaction",
            Self::Topic => "topic",
            Self::File => "file",
            Self::Sealed => "sealed",
        }
    }

    /// What nobody sends is no message.
    const fn of(content: &Content) -> Option<Self> {
        Some(match content {
            Content::Text { .. } => Self::Text,
            Content::Edit { .. } => Self::Edit,
            Content::Delete { .. } => Self::Delete,
            Content::Reaction { .. } => Self::Reaction,
            Content::Topic { .. } => Self::Topic,
            Content::File { .. } => Self::File,
            Content::Sealed { .. } => Self::Sealed,
            Content::Commit { .. } | Content::Evict { .. } | Content::Created | Content::Removed { .. } => {
                return None;
            }
        })
    }
}

/// What never changes while the process runs, and what the system counts about it.
fn info(all: &Registry) -> Result<(), prometheus::Error> {
    let build = Opts::new("chatd_build_info", "Always 1; the version is in the label.")
        .const_label("version", env!("CARGO_PKG_VERSION"));
    let build = IntGauge::with_opts(build)?;
    build.set(1);
    all.register(Box::new(build))?;
    // The process collector's own start time is 0 where systemd hides /proc/stat.
    let start = real(all, "chatd_start_time_seconds", "When the server started, in seconds since 1970.")?;
    start.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
    all.register(Box::new(process_collector::ProcessCollector::for_self()))
}

fn gauge(all: &Registry, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
    let gauge = IntGauge::new(name, help)?;
    all.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

fn real(all: &Registry, name: &str, help: &str) -> Result<Gauge, prometheus::Error> {
    let gauge = Gauge::new(name, help)?;
    all.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

fn counter(all: &Registry, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    let counter = IntCounter::new(name, help)?;
    all.register(Box::new(counter.clone()))?;
    Ok(counter)
}

fn labelled(all: &Registry, name: &str, help: &str, label: &str) -> Result<IntCounterVec, prometheus::Error> {
    let counters = IntCounterVec::new(Opts::new(name, help), &[label])?;
    all.register(Box::new(counters.clone()))?;
    Ok(counters)
}

fn seconds(all: &Registry, name: &str, help: &str, buckets: &[f64]) -> Result<Histogram, prometheus::Error> {
    let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?;
    all.register(Box::new(histogram.clone()))?;
    Ok(histogram)
}

fn number(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// From a millisecond to a handshake's deadline.
const SLOW: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Around the promise of 100 ms from a ban to a closed connection.
const FAST: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
