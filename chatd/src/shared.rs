//! What every connection needs: the store, the keys, the hub, and the counters that guard the door.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::raid::JoinRate;
use domain::throttle::{ConnectionGate, Knock, LoginThrottle};
use domain::totp::Secret20;
use proto::ids::{AccountId, Timestamp};
use store::{Reads, Store, StoreError};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::auth::{Seen, appeal};
use crate::blobs::Blobs;
use crate::groups::Groups;
use crate::half_open::HalfOpen;
use crate::hub::{ConnId, Deed, HubHandle, Input};
use crate::metrics::Metrics;
use crate::record::Recorder;
use crate::rules::Rules;
use crate::settings::Settings;
use keys::Keys;
use service::clock;
use service::hashing::HashPool;

/// See the module. One per server.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) keys: Arc<Keys>,
    pub(crate) hub: HubHandle,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) hashers: HashPool,
    pub(crate) blobs: Blobs,
    /// Pieces of uploads that may wait for the disk, in all sessions together.
    pub(crate) pieces: Arc<Semaphore>,
    pub(crate) seen: Seen,
    pub(crate) half_open: HalfOpen,
    pub(crate) enrolments: Semaphore,
    pub(crate) appeals: Semaphore,
    pub(crate) rules: Arc<Rules>,
    pub(crate) recorder: Recorder,
    pub(crate) groups: Groups,
    pub(crate) dummy: DummyAccount,
    pub(crate) incarnation: u64,
    /// Work that is not a connection and must end before the store is closed.
    pub(crate) tasks: TaskTracker,
    /// The time to leave is over.
    pub(crate) kill: CancellationToken,
    settings: watch::Receiver<Settings>,
    logins: Mutex<LoginThrottle>,
    gate: Mutex<ConnectionGate>,
    warned: Mutex<BTreeMap<AccountId, Instant>>,
    joins: Mutex<JoinRate>,
    next_conn: AtomicU64,
}

/// What stands in for an account that does not exist, so that judging it costs the same.
#[derive(Debug)]
pub(crate) struct DummyAccount {
    pub(crate) id: AccountId,
    pub(crate) totp_sealed: Vec<u8>,
}

/// The parts that are made before.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) keys: Arc<Keys>,
    pub(crate) hub: HubHandle,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) hashers: HashPool,
    pub(crate) blobs: Blobs,
    pub(crate) settings: watch::Receiver<Settings>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) recorder: Recorder,
    pub(crate) groups: Groups,
    pub(crate) tasks: TaskTracker,
    pub(crate) kill: CancellationToken,
}

impl Shared {
    /// Puts the parts together; asks the store what never changes while the server runs.
    pub(crate) async fn new(parts: Parts) -> Result<Self, StoreError> {
        let Parts {
            store,
            keys,
            hub,
            metrics,
            hashers,
            blobs,
            settings,
            rules,
            recorder,
            groups,
            tasks,
            kill,
        } = parts;
        let incarnation = store.read(incarnation).await?;
        let (logins, gate, half_open) = {
            let settings = settings.borrow();
            (settings.logins, settings.gate, settings.half_open)
        };
        Ok(Self {
            dummy: DummyAccount::new(&keys),
            store,
            keys,
            hub,
            metrics,
            hashers,
            blobs,
            pieces: Arc::new(Semaphore::new(PIECES)),
            seen: Seen::default(),
            half_open: HalfOpen::new(half_open),
            enrolments: Semaphore::new(ENROLMENTS),
            appeals: Semaphore::new(appeal::PLACES),
            rules,
            recorder,
            groups,
            joins: Mutex::default(),
            incarnation,
            tasks,
            kill,
            settings,
            logins: Mutex::new(LoginThrottle::new(logins, Instant::now())),
            gate: Mutex::new(ConnectionGate::new(gate)),
            warned: Mutex::default(),
            next_conn: AtomicU64::new(1),
        })
    }

    pub(crate) fn settings(&self) -> watch::Ref<'_, Settings> {
        self.settings.borrow()
    }

    pub(crate) fn logins(&self) -> MutexGuard<'_, LoginThrottle> {
        lock(&self.logins)
    }

    pub(crate) fn next_conn(&self) -> ConnId {
        ConnId(self.next_conn.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns until when a login of now is good.
    pub(crate) fn login_until(&self, now: Timestamp) -> Timestamp {
        now.plus_ms(i64::try_from(self.settings().relogin_after.as_millis()).unwrap_or(i64::MAX))
    }

    pub(crate) fn knock(&self, address: IpAddr) -> Knock {
        lock(&self.gate).knock(address, Instant::now())
    }

    pub(crate) fn leave(&self, address: IpAddr) {
        lock(&self.gate).close(address, Instant::now());
    }

    /// Returns how many connections are open.
    pub(crate) fn connections(&self) -> usize {
        lock(&self.gate).open()
    }

    /// Holds something against a network; it is shut out if it goes on.
    pub(crate) fn offence(&self, address: IpAddr) {
        lock(&self.gate).offence(address, Instant::now());
    }

    /// Follows what the operator changes.
    pub(crate) fn follow_settings(&self) -> watch::Receiver<Settings> {
        let mut settings = self.settings.clone();
        settings.mark_unchanged();
        settings
    }

    /// Takes up new limits at the door.
    pub(crate) fn reload(&self) {
        let gate = self.settings().gate;
        lock(&self.gate).set_limits(gate);
    }

    /// Counts a registration; too many in a short time raise the raid level.
    pub(crate) fn joined(&self) {
        let (now, Some(trigger)) = (clock::now(), self.rules.settings().join_trigger()) else { return };
        let posture = {
            let mut joins = lock(&self.joins);
            let Some(posture) = joins.joined(trigger, &self.rules.posture(), now) else { return };
            joins.clear();
            posture
        };
        warn!(raid.level = posture.level.number(), "too many registrations in a short time");
        // The entrance closes at once; the journal makes it last.
        self.rules.set_posture(posture);
        let hub = self.hub.clone();
        self.tasks.spawn(async move { hub.tell(Input::Own(Deed::Raise { posture })).await });
    }

    /// Tells an owner's sessions that somebody has the password; not again and again.
    pub(crate) fn warn_owner(&self, account: AccountId) {
        let now = Instant::now();
        {
            let mut warned = lock(&self.warned);
            warned.retain(|_, at| now.duration_since(*at) < WARN_AGAIN);
            if warned.contains_key(&account) || WARNED <= warned.len() {
                return;
            }
            warned.insert(account, now);
        }
        // A hub too busy to take it has others to serve; the log has the line.
        let _: Result<(), _> = self.hub.try_tell(Input::Warn(account));
    }
}

impl DummyAccount {
    fn new(keys: &Keys) -> Self {
        // No account has this id: the database counts from 1.
        let id = AccountId::new(0).expect("0 is within the range of ids");
        Self { id, totp_sealed: keys.seal_totp(id, &Secret20::generate()) }
    }
}

fn incarnation(reads: &Reads<'_>) -> Result<u64, StoreError> {
    reads.incarnation()
}

/// Held for a line and never across an await; a panic in between leaves counters, which are only counters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// People who may be setting up their authenticator at the same time.
const ENROLMENTS: usize = 128;
/// At 32 KiB each they take 64 MiB.
const PIECES: usize = 2_048;
/// How long an owner is not warned again.
const WARN_AGAIN: Duration = Duration::from_secs(600);
/// Accounts that are remembered as warned.
const WARNED: usize = 4_096;
