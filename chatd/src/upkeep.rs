//! What is done now and then: texts of purges and of old messages are wiped in small steps, files that nobody needs are
//! taken away, sealed messages get a fresh stamping key, figures are kept for charts, and this process says how it is.

use std::sync::Arc;
use std::time::Duration;

use store::{Measure, NewSample, Reads, StoreError};
use tokio::task::spawn_blocking;
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::files::{self, Sweeper};
use crate::hub::Census;
use crate::shared::Shared;
use service::clock;

/// What waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) held: u64,
    pub(crate) reports: u64,
}

/// Reads what waits for a person.
pub(crate) fn waiting(reads: &Reads<'_>) -> Result<Waiting, StoreError> {
    Ok(Waiting { held: reads.held_count()?, reports: reads.open_report_counts()?.total().into() })
}

/// Does what is due until `over`.
pub(crate) async fn run(shared: Arc<Shared>, over: CancellationToken) {
    let mut upkeep = Upkeep { shared, sampled: None, rotate_after: Instant::now() };
    let started = clock::now();
    upkeep.shared.recorder.status("chatd.version", env!("CARGO_PKG_VERSION").to_owned());
    upkeep.shared.recorder.status("chatd.started_at_ms", started.0.to_string());
    files::sweep_leftovers(&upkeep.shared).await;
    loop {
        if let Some(census) = upkeep.shared.hub.census().await {
            upkeep.say_status(census);
            upkeep.sample(census).await;
        }
        upkeep.rotate().await;
        upkeep.sweep(&over).await;
        upkeep.sweep_files(&over).await;
        upkeep.sweep_sealed().await;
        if over.run_until_cancelled(time::sleep(LOOK_EVERY)).await.is_none() {
            return;
        }
    }
}

struct Upkeep {
    shared: Arc<Shared>,
    /// Totals at the last sample.
    sampled: Option<[u64; 3]>,
    /// A key that could not be written is not tried again before.
    rotate_after: Instant,
}

impl Upkeep {
    /// Wipes in small steps, so that messages are not kept waiting.
    async fn sweep(&self, over: &CancellationToken) {
        loop {
            let now = clock::now();
            let keep = self.shared.rules.settings().retention_open_days;
            let before = keep.map(|days| now.plus_ms(-i64::from(days) * DAY_MS));
            let swept = self.shared.store.run(move |tx| {
                let purged = tx.sweep_purges(now, CHUNK)? + tx.sweep_purged_files(CHUNK)?;
                let old = match before {
                    Some(before) if purged == 0 => tx.sweep_old(before, CHUNK)?,
                    _ => 0,
                };
                Ok((purged, old))
            });
            match swept.await {
                Ok((0, 0)) => return,
                Ok((purged, old)) => info!(purged, old, "texts wiped"),
                Err(error) => return warn!(%error, "texts cannot be wiped"),
            }
            if over.run_until_cancelled(time::sleep(BREATH)).await.is_none() {
                return;
            }
        }
    }

    /// Takes away files that nobody needs any more, in small steps too.
    async fn sweep_files(&self, over: &CancellationToken) {
        let sweeper = Sweeper { shared: &self.shared };
        loop {
            match sweeper.step().await {
                Ok((0, 0)) => return,
                Ok((uploads, files)) => info!(uploads, files, "files that nobody needs are taken away"),
                Err(error) => return warn!(%error, "files that nobody needs cannot be taken away"),
            }
            if over.run_until_cancelled(time::sleep(BREATH)).await.is_none() {
                return;
            }
        }
    }

    /// Adds a stamping key when the one in use is a month old; it is on disk before anything is stamped with it.
    async fn rotate(&mut self) {
        let (keys, now) = (self.shared.keys.clone(), clock::now());
        if Instant::now() < self.rotate_after || !keys.franking.keys().is_due(now) {
            return;
        }
        match spawn_blocking(move || keys.franking.rotate(now)).await {
            Ok(Ok(Some(kid))) => {
                info!(franking.kid = kid, "a fresh key stamps sealed messages; copy the keys again");
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                warn!(%error, "no fresh key for stamps, the one before goes on");
                self.rotate_after = Instant::now() + ROTATE_AGAIN;
            }
            Err(error) => warn!(%error, "the keys for stamps were not looked after"),
        }
    }

    /// Throws away Welcomes that nobody fetched in a quarter of a year, and key packages past their end.
    async fn sweep_sealed(&self) {
        let now = clock::now();
        let before = now.plus_ms(-WELCOMES_DAYS * DAY_MS);
        match self.shared.store.run(move |tx| tx.sweep_sealed((before, now), CHUNK)).await {
            Ok(0) => {}
            Ok(gone) => info!(gone, "key packages and Welcomes past their end are thrown away"),
            Err(error) => warn!(%error, "key packages and Welcomes past their end cannot be thrown away"),
        }
    }

    fn say_status(&self, census: Census) {
        let recorder = &self.shared.recorder;
        recorder.status("chatd.sessions", census.sessions.to_string());
        recorder.status("chatd.connections", self.shared.connections().to_string());
        recorder.status("chatd.raid_level", census.raid_level.to_string());
    }

    /// Keeps a point of each chart.
    async fn sample(&mut self, census: Census) {
        let Ok(waiting) = self.shared.store.read(waiting).await else { return };
        let (now, totals) = (clock::now(), self.shared.metrics.totals());
        let level = |series, value| NewSample { series, measure: Measure::Level, value };
        let mut samples = vec![
            level("sessions", to_real(census.sessions)),
            level("connections", to_real(self.shared.connections())),
            level("reports_open", to_real(waiting.reports)),
            level("held", to_real(waiting.held)),
            level("raid_level", f64::from(census.raid_level)),
            level("outbox_lag_ms", census.longest_lag.as_secs_f64() * 1_000.0),
            level("commit_ms", self.shared.store.stats().last_commit.as_secs_f64() * 1_000.0),
        ];
        samples.extend(grown(self.sampled.replace(totals), totals));
        if let Err(error) = self.shared.store.run(move |tx| tx.add_samples(&samples, now)).await {
            warn!(%error, "figures for charts cannot be written");
        }
    }
}

/// Returns by how much each total has grown.
fn grown(before: Option<[u64; 3]>, totals: [u64; 3]) -> [NewSample; 3] {
    let before = before.unwrap_or_default();
    [("messages", 0), ("logins", 1), ("logins_refused", 2)].map(|(series, at)| {
        let value = to_real(totals[at].saturating_sub(before[at]));
        NewSample { series, measure: Measure::Count, value }
    })
}

/// Charts do not show the last digits of what a `u32` cannot hold.
fn to_real(number: impl TryInto<u32>) -> f64 {
    f64::from(number.try_into().unwrap_or(u32::MAX))
}

const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Between two steps of wiping.
const BREATH: Duration = Duration::from_millis(50);
/// Rows of one step of wiping.
const CHUNK: usize = 500;
/// How long a key that could not be written waits.
const ROTATE_AGAIN: Duration = Duration::from_secs(3_600);
const DAY_MS: i64 = 24 * 3_600_000;
/// As long as key packages are kept.
const WELCOMES_DAYS: i64 = 90;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_shows_what_came_since_the_last_point() {
        let values = |samples: [NewSample; 3]| samples.map(|sample| sample.value);
        assert_eq!(values(grown(None, [5, 2, 1])), [5.0, 2.0, 1.0]);
        assert_eq!(values(grown(Some([5, 2, 1]), [9, 2, 1])), [4.0, 0.0, 0.0]);
    }
}
