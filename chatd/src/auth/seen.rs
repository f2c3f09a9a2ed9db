//! When devices were last here, collected and written together: coming back costs no write of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use proto::ids::{DeviceId, Timestamp};
use proto::limits;
use proto::text::Text;
use store::{Store, StoreError};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Visits that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Visits>);

type Visits = BTreeMap<DeviceId, (Text<{ limits::CLIENT_NAME }>, Timestamp)>;

impl Seen {
    /// Notes a visit. Beyond what is kept it is forgotten: it is a courtesy and no record.
    pub(crate) fn note(&self, device: DeviceId, client: Text<{ limits::CLIENT_NAME }>, at: Timestamp) {
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if visits.len() < KEPT || visits.contains_key(&device) {
            visits.insert(device, (client, at));
        }
    }

    /// Writes what was noted, now and then and at the end.
    pub(crate) async fn run(&self, store: Store, over: CancellationToken) {
        loop {
            let ended = over.run_until_cancelled(time::sleep(WRITE_EVERY)).await.is_none();
            self.write(&store).await;
            if ended {
                return;
            }
        }
    }

    async fn write(&self, store: &Store) {
        let visits = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if visits.is_empty() {
            return;
        }
        let written = store.run(move |tx| {
            for (device, (client, at)) in visits {
                match tx.touch_device(device, &client, at) {
                    // Revoked and gone since.
                    Ok(()) | Err(StoreError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        });
        if let Err(error) = written.await {
            warn!(%error, "last visits could not be written");
        }
    }
}

const WRITE_EVERY: Duration = Duration::from_secs(30);
/// One transaction stays short.
const KEPT: usize = 4_096;
