//! The server as a whole: puts the parts together, serves, and takes them apart in order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::password::Hasher;
use sd_notify::NotifyState;
use sealed::ServerId;
use sealed::host::Host;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::alerts;
use crate::blobs::Blobs;
use crate::changes;
use crate::checkpoints;
use crate::groups::{self, Groups};
use crate::http;
use crate::hub::{HubTask, Input, inbox};
use crate::journal::Journal;
use crate::listen::listen;
use crate::load::Loader;
use crate::metrics::Metrics;
use crate::record::Recorder;
use crate::rules::Rules;
use crate::settings::Settings;
use crate::shared::{Parts, Shared};
use crate::upkeep;
use keys::Keys;
use service::hashing::HashPool;

/// Where the server listens; bound before, so that a port of 0 can be asked for.
#[derive(Debug)]
pub struct Listeners {
    /// For clients.
    pub chat: TcpListener,
    /// For Prometheus and health checks, apart from everything public.
    pub metrics: TcpListener,
}

/// Serves until `stop`, then lets everybody go and closes the store. A new value of `settings` is taken up while it
/// runs, as far as its fields say so.
///
/// # Errors
/// When the server cannot start.
pub async fn serve(
    listeners: Listeners,
    store: Store,
    keys: Keys,
    settings: watch::Receiver<Settings>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let drain = settings.borrow().drain;
    let server = Server::start(listeners, store, keys, settings).await?;
    stop.cancelled().await;
    server.stop(drain).await;
    Ok(())
}

/// A running server. Each group of tasks ends before what it uses.
struct Server {
    shared: Arc<Shared>,
    /// Ends accepting, and what looks at other processes and the operator.
    stop: CancellationToken,
    /// Ends the hub, after its sessions.
    over: CancellationToken,
    connections: TaskTracker,
    listening: TaskTracker,
    hub: TaskTracker,
}

impl Server {
    async fn start(
        listeners: Listeners,
        store: Store,
        keys: Keys,
        settings: watch::Receiver<Settings>,
    ) -> anyhow::Result<Self> {
        let metrics = Arc::new(Metrics::new().context("the metrics cannot be set up")?);
        // Before anything is loaded, so that nothing falls between.
        let feed = store.subscribe_changes();
        let (hub, mail) = inbox();
        let keys = Arc::new(keys);
        let (journal, results) = Journal::new(store.clone(), keys.clone(), metrics.clone());
        let server = ServerId::of(&keys.public());
        let (groups, evicting) = Groups::new(Host::from_secret(server, keys.host.reveal()), server);
        let tasks = TaskTracker::new();
        let rules = Arc::new(Rules::new());
        let recorder = Recorder::new(store.clone(), rules.clone(), metrics.clone());
        let loader = Loader::new(store.clone(), hub.clone(), rules.clone(), tasks.clone());
        let now = settings.borrow().clone();
        let hasher = Hasher::new(now.hashing, keys.pepper.clone());
        let hashers = HashPool::start(hasher, now.hashes_waiting).context("no thread for passwords")?;
        let blobs = Blobs::open(&now.blobs)
            .with_context(|| format!("the folder for files {} cannot be used", now.blobs.display()))?;
        let kill = CancellationToken::new();
        let listeners_of_changes = changes::Listeners {
            store: store.clone(),
            hub: hub.clone(),
            rules: rules.clone(),
            recorder: recorder.clone(),
            groups: groups.clone(),
        };
        let parts = Parts {
            store,
            keys,
            hub: hub.clone(),
            metrics: metrics.clone(),
            hashers,
            blobs,
            settings,
            rules,
            recorder: recorder.clone(),
            groups,
            tasks,
            kill,
        };
        let shared = Arc::new(Shared::new(parts).await.context("the database cannot be read")?);

        let server = Self {
            shared: shared.clone(),
            stop: CancellationToken::new(),
            over: CancellationToken::new(),
            connections: TaskTracker::new(),
            listening: TaskTracker::new(),
            hub: TaskTracker::new(),
        };
        let task = HubTask::new(now.flood, mail, (journal, results), (loader, recorder), metrics);
        server.hub.spawn(task.run(server.over.clone()));
        server.listening.spawn(groups::propose(shared.clone(), evicting, server.over.clone()));
        // Before anybody is let in, so that no ban is missed.
        changes::load(&listeners_of_changes).await.context("the rules of moderation cannot be read")?;
        let (connections, stop) = (server.connections.clone(), server.stop.clone());
        server.listening.spawn(listen(listeners.chat, shared.clone(), connections, stop));
        server.listening.spawn(http::serve(listeners.metrics, shared.clone(), server.over.clone()));
        server.listening.spawn(changes::follow(listeners_of_changes, feed, server.over.clone()));
        server.listening.spawn(shared.recorder.clone().run(server.over.clone()));
        server.listening.spawn(checkpoints::run(shared.clone(), now.checkpoints, server.over.clone()));
        server.listening.spawn(upkeep::run(shared.clone(), server.over.clone()));
        let (rules, queued) = (shared.rules.clone(), shared.recorder.queued());
        server.listening.spawn(alerts::deliver(shared.store.clone(), rules, queued, server.over.clone()));
        server.listening.spawn(reload(shared.clone(), server.over.clone()));
        server.listening.spawn(watchdog(shared.clone(), server.over.clone()));
        let over = server.over.clone();
        server.listening.spawn(async move { shared.seen.run(shared.store.clone(), over).await });
        info!("serving");
        Ok(server)
    }

    /// Says goodbye to everybody, waits for them, and closes the store with everything in it.
    async fn stop(self, grace: Duration) {
        self.stop.cancel();
        self.connections.close();
        // Only a hub that is gone does not take it, and then there is nobody to tell.
        let _: Result<(), _> = self.shared.hub.tell(Input::Drain).await;
        if time::timeout(grace, self.connections.wait()).await.is_err() {
            warn!(left = self.connections.len(), "grace period over, cutting connections");
            let _: Result<(), _> = self.shared.hub.tell(Input::Cut).await;
            self.shared.kill.cancel();
            self.connections.wait().await;
        }
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.over.cancel();
        for group in [&self.listening, &self.hub] {
            group.close();
            group.wait().await;
        }
        let store = self.shared.store.clone();
        // What is queued is written before this returns.
        if tokio::task::spawn_blocking(move || store.close()).await.is_err() {
            warn!("the store could not be closed in order");
        }
        info!("stopped");
    }
}

/// Takes up what the operator changed.
async fn reload(shared: Arc<Shared>, over: CancellationToken) {
    let mut settings = shared.follow_settings();
    loop {
        let Some(Ok(())) = over.run_until_cancelled(settings.changed()).await else {
            // Nobody can change them any more.
            return;
        };
        let flood = settings.borrow_and_update().flood;
        shared.reload();
        if shared.hub.tell(Input::Limit(flood)).await.is_err() {
            return;
        }
    }
}

/// Tells systemd that the hub takes its turn; without an answer it says nothing, and systemd starts the server anew.
async fn watchdog(shared: Arc<Shared>, over: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    loop {
        if over.run_until_cancelled(time::sleep(limit / 3)).await.is_none() {
            return;
        }
        let answered = time::timeout(limit / 3, shared.hub.census()).await;
        match answered {
            Ok(Some(_)) => {
                if let Err(error) = sd_notify::notify(&[NotifyState::Watchdog]) {
                    warn!(%error, "systemd cannot be told");
                }
            }
            _ => warn!("the hub does not answer in time"),
        }
    }
}
