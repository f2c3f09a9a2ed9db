//! The server as a whole: what every request shares, serving, and stopping in order.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use domain::network_tag::TagKey;
use domain::password::{Hasher, Params};
use domain::throttle::{LoginLimits, LoginThrottle};
use domain::totp::Secret20;
use keys::Keys;
use proto::ids::AccountId;
use service::hashing::HashPool;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::config::Config;
use crate::flash::Flashes;
use crate::listen::{self, Limits};
use crate::metrics::Metrics;
use crate::operators;
use crate::pages::enrol::Pending;
use crate::sessions::Lifetimes;
use crate::tls;
use crate::token::ProofKey;

/// Where the server listens; bound before, so that a port of 0 can be asked for.
#[derive(Debug)]
pub struct Listeners {
    /// For browsers.
    pub web: TcpListener,
    /// For Prometheus and health checks.
    pub metrics: TcpListener,
}

/// What every request shares.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    /// Makes pseudonyms of networks.
    pub(crate) tags: TagKey,
    /// Proves that a form belongs to its session.
    pub(crate) csrf: ProofKey,
    /// Proves that a login form belongs to its browser.
    pub(crate) knock: ProofKey,
    pub(crate) hashers: HashPool,
    pub(crate) dummy: DummyAccount,
    pub(crate) flashes: Flashes,
    /// New authenticators that wait for their first code.
    pub(crate) pending: Pending,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) metrics: Metrics,
    /// Whether browsers reach us over TLS, ours or a proxy's.
    pub(crate) is_encrypted: bool,
    /// Whether `X-Forwarded-For` is to be believed.
    pub(crate) behind_proxy: bool,
    pub(crate) body_limit: usize,
    /// The folder of database, keys and backups.
    pub(crate) data_dir: PathBuf,
    /// Signed checkpoints of the audit log, as the daemon writes them.
    pub(crate) checkpoints: PathBuf,
    /// Ends event streams, so that nobody waits for them.
    pub(crate) stop: CancellationToken,
    /// Whose turn it is to look into a picture.
    pub(crate) examining: Arc<Semaphore>,
    logins: Mutex<LoginThrottle>,
}

/// What stands in for an account that does not exist, so that judging it costs the same.
pub(crate) struct DummyAccount {
    pub(crate) id: AccountId,
    pub(crate) totp_sealed: Vec<u8>,
}

/// Passwords that may wait to be checked.
const WAITING: usize = 16;

/// Serves until `stop`, then lets answers under way end, and closes the store.
///
/// # Errors
/// When the server cannot start.
pub async fn serve(
    listeners: Listeners,
    store: Store,
    keys: Keys,
    config: &Config,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let acceptor = tls::acceptor(&config.tls)?;
    let app = Arc::new(App::new(store.clone(), keys, config, acceptor.as_ref(), stop.clone())?);
    let limits = Limits {
        connections: usize::try_from(config.limits.max_connections).unwrap_or(usize::MAX),
        grace: Duration::from_secs(config.drain_seconds),
    };
    let over = CancellationToken::new();
    let operators = tokio::spawn(operators::serve(listeners.metrics, app.clone(), over.clone()));
    info!("serving");
    listen::serve(listeners.web, app, acceptor, limits, stop).await;
    over.cancel();
    if operators.await.is_err() {
        warn!("the metrics listener did not stop in order");
    }
    // What is queued is written before this returns.
    if tokio::task::spawn_blocking(move || store.close()).await.is_err() {
        warn!("the store could not be closed in order");
    }
    info!("stopped");
    Ok(())
}

impl App {
    pub(crate) fn new(
        store: Store,
        keys: Keys,
        config: &Config,
        acceptor: Option<&TlsAcceptor>,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let cost = &config.argon2;
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes).context("argon2")?;
        let hasher = Hasher::new(params, keys.pepper.clone());
        let seconds = |minutes: u64| Duration::from_secs(minutes.saturating_mul(60));
        Ok(Self {
            examining: Arc::new(Semaphore::new(1)),
            hashers: HashPool::start(hasher, WAITING).context("no thread for passwords")?,
            tags: TagKey::derive(&keys.seal),
            csrf: ProofKey::derive(keys.seal.expose(), "csrf"),
            knock: ProofKey::derive(keys.seal.expose(), "knock"),
            dummy: DummyAccount::new(&keys),
            flashes: Flashes::default(),
            pending: Pending::default(),
            lifetimes: Lifetimes {
                idle: seconds(config.session.idle_minutes),
                absolute: seconds(config.session.hours.saturating_mul(60)),
                sudo: seconds(config.session.sudo_minutes),
            },
            metrics: Metrics::new().context("the metrics cannot be set up")?,
            is_encrypted: acceptor.is_some() || config.behind_proxy,
            behind_proxy: config.behind_proxy,
            body_limit: usize::try_from(config.limits.body_kib).unwrap_or(usize::MAX).saturating_mul(1_024),
            data_dir: config.data_dir.clone(),
            checkpoints: config.keys_dir().join("audit-checkpoints.log"),
            stop,
            logins: Mutex::new(LoginThrottle::new(LoginLimits::default(), Instant::now())),
            store,
            keys,
        })
    }

    /// Returns the counters of tries to log in; held for a line and never across an await.
    pub(crate) fn logins(&self) -> MutexGuard<'_, LoginThrottle> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the server's name for people; a default one when the database cannot be read.
    pub(crate) async fn server_name(&self) -> String {
        let name = self.store.read(|reads| Ok(reads.server_name()?.to_string())).await;
        name.unwrap_or_else(|_| "LiveChat".to_owned())
    }
}

impl DummyAccount {
    fn new(keys: &Keys) -> Self {
        // No account has this id: the database counts from 1.
        let id = AccountId::new(0).expect("0 is within the range of ids");
        Self { id, totp_sealed: keys.seal_totp(id, &Secret20::generate()) }
    }
}
