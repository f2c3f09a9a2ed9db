//! Reads what a session may see once the hub knows it, so that nothing committed in between is missed.

use proto::ids::{AccountId, DeviceId, Timestamp};
use store::{Reads, Store, StoreError};
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::hub::{ConnId, HubHandle, Input, LoadFailed, Standing};
use service::clock;

/// Reads for the hub.
#[derive(Debug, Clone)]
pub(crate) struct Loader {
    store: Store,
    hub: HubHandle,
    tasks: TaskTracker,
}

impl Loader {
    /// Returns a loader whose tasks end with `tasks`.
    #[must_use]
    pub(crate) fn new(store: Store, hub: HubHandle, tasks: TaskTracker) -> Self {
        Self { store, hub, tasks }
    }

    /// Reads, and tells the hub.
    pub(crate) fn load(&self, conn: ConnId, account: AccountId, device: DeviceId) {
        let Self { store, hub, .. } = self.clone();
        self.tasks.spawn(async move {
            let standing = store.read(move |reads| standing(reads, account, device, clock::now())).await;
            let standing = standing.map_err(|error| {
                warn!(%error, user.id = %account, "a session's rooms cannot be read");
                LoadFailed
            });
            // A hub that has stopped needs no answer.
            let _: Result<(), _> = hub.tell(Input::Loaded(conn, standing)).await;
        });
    }
}

fn standing(
    reads: &Reads<'_>,
    account: AccountId,
    device: DeviceId,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    if let Some(ban) = reads.active_ban(account, now)? {
        return Ok(Standing::Banned { reason: ban.reason.into_inner() });
    }
    let known = reads.devices(account)?.iter().any(|row| row.device == device);
    let (true, Some(row)) = (known, reads.account(account)?) else { return Ok(Standing::Revoked) };
    Ok(Standing::Welcome { name: row.name, role: row.role, rooms: reads.rooms_of(account)? })
}
