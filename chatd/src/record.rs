//! What is noted on the way and written together: how fast bans were carried out, how often bans and filters hit, from
//! which networks accounts come, what is to be told elsewhere. Nobody waits for it.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::network_tag::NetworkTag;
use domain::raid::RaidLevel;
use proto::ids::{AccountId, FilterId, RoomId, Timestamp};
use store::{NewFilterMatch, Store, StoreError, Tx};
use tokio::sync::Notify;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::alerts::Alert;
use crate::hub::{Mark, Match};
use crate::metrics::Metrics;
use crate::rules::Rules;
use service::clock;

/// Takes notes, and writes them now and then.
#[derive(Debug, Clone)]
pub(crate) struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    rules: Arc<Rules>,
    metrics: Arc<Metrics>,
    notes: Mutex<Notes>,
    /// Rung when an alert is queued.
    queued: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Notes {
    matches: Vec<NewFilterMatch>,
    /// Matches beyond those that are kept with their text.
    counted: BTreeMap<(FilterId, bool), u64>,
    networks: BTreeMap<(AccountId, NetworkTag), (Vec<u8>, Timestamp)>,
    status: BTreeMap<&'static str, String>,
}

impl Recorder {
    pub(crate) fn new(store: Store, rules: Arc<Rules>, metrics: Arc<Metrics>) -> Self {
        let queued = Arc::new(Notify::new());
        Self(Arc::new(Inner { store, rules, metrics, notes: Mutex::default(), queued }))
    }

    /// Notes that a measure has ended these sessions, and how long after it was written. Written at once: the dashboard
    /// shows it beside the measure.
    pub(crate) fn enforced(&self, mark: Mark, sessions: usize) {
        let now = clock::now();
        let took_ms = u64::try_from(now.0 - mark.at.0).unwrap_or(0);
        self.0.metrics.enforced(Duration::from_millis(took_ms));
        info!(sanction.id = %mark.sanction, sessions, took_ms, "measure carried out");
        let sessions = u32::try_from(sessions).unwrap_or(u32::MAX);
        let written = move |result: Result<(), StoreError>| {
            if let Err(error) = result {
                warn!(%error, "it cannot be noted how fast a measure was carried out");
            }
        };
        if let Err(error) = self
            .0
            .store
            .write(move |tx: &mut Tx<'_>| tx.enforced(mark.sanction, now, took_ms, sessions), written)
        {
            warn!(%error, "it is not noted how fast a measure was carried out");
        }
    }

    /// Notes what filters found; of a flood the first texts are kept and the rest is counted.
    pub(crate) fn matched(&self, author: AccountId, room: RoomId, body: &str, matches: &[Match]) {
        let at = clock::now();
        let mut notes = self.notes();
        for one in matches {
            if notes.matches.len() < TEXTS {
                let (filter, shadow) = (one.filter, !one.acted);
                notes.matches.push(NewFilterMatch {
                    filter,
                    room,
                    author,
                    at,
                    shadow,
                    body: body.to_owned(),
                });
            } else {
                *notes.counted.entry((one.filter, one.acted)).or_insert(0) += 1;
            }
        }
    }

    /// Notes from which network somebody came; beyond what is kept it is forgotten.
    pub(crate) fn came_from(&self, account: AccountId, (tag, sealed): (NetworkTag, Vec<u8>), at: Timestamp) {
        let mut notes = self.notes();
        if notes.networks.len() < NETWORKS || notes.networks.contains_key(&(account, tag)) {
            notes.networks.insert((account, tag), (sealed, at));
        }
    }

    /// Notes something about this process that the dashboard shows.
    pub(crate) fn status(&self, key: &'static str, value: String) {
        self.notes().status.insert(key, value);
    }

    /// Tells elsewhere that the raid level is another one.
    pub(crate) fn raid_level(&self, level: RaidLevel) {
        info!(raid.level = level.number(), "raid level");
        self.alert(Alert::RaidLevel { level: level.number() });
    }

    /// Queues something to be told elsewhere, if there is where.
    pub(crate) fn alert(&self, alert: Alert) {
        if self.0.rules.settings().webhook_url.is_empty() {
            return;
        }
        let (at, queued) = (clock::now(), self.0.queued.clone());
        let job = move |tx: &mut Tx<'_>| {
            let server = tx.reads().server_name()?;
            tx.queue_webhook(&alert.body(&server, at), at)
        };
        let written = move |result: Result<_, StoreError>| match result {
            Ok(_) => queued.notify_one(),
            Err(error) => warn!(%error, "an alert cannot be queued"),
        };
        if let Err(error) = self.0.store.write(job, written) {
            warn!(%error, "an alert is not queued");
        }
    }

    /// What is rung when an alert is queued.
    pub(crate) fn queued(&self) -> Arc<Notify> {
        self.0.queued.clone()
    }

    /// Writes what was noted, now and then and at the end.
    pub(crate) async fn run(self, over: CancellationToken) {
        loop {
            let ended = over.run_until_cancelled(time::sleep(WRITE_EVERY)).await.is_none();
            self.write().await;
            if ended {
                return;
            }
        }
    }

    async fn write(&self) {
        let notes = mem::take(&mut *self.notes());
        let hits = self.0.rules.networks.take_hits();
        if notes.is_empty() && hits.is_empty() {
            return;
        }
        let at = clock::now();
        let written = self.0.store.run(move |tx| {
            for (sanction, hits) in hits {
                tx.sanction_hits(sanction, hits.count, hits.last)?;
            }
            for one in &notes.matches {
                tx.filter_match(one)?;
            }
            for ((filter, acted), count) in notes.counted {
                tx.filter_hits(filter, !acted, count, at)?;
            }
            for ((account, tag), (sealed, at)) in notes.networks {
                tx.saw_network(account, &tag.0, &sealed, at)?;
            }
            for (key, value) in notes.status {
                tx.put_status(key, &value, at)?;
            }
            Ok(())
        });
        if let Err(error) = written.await {
            warn!(%error, "what was counted could not be written");
        }
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    fn is_empty(&self) -> bool {
        self.matches.is_empty()
            && self.counted.is_empty()
            && self.networks.is_empty()
            && self.status.is_empty()
    }
}

const WRITE_EVERY: Duration = Duration::from_secs(2);
/// Texts that are kept between two writes.
const TEXTS: usize = 256;
/// Networks that are noted between two writes.
const NETWORKS: usize = 4_096;
