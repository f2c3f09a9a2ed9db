//! What other processes changed, brought to the hub: a ban from the command line ends a live connection.

use std::sync::Arc;
use std::time::Duration;

use store::{ChangeFeed, ChangeRow, Reads, SanctionRow, Store, StoreError};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::hub::{Change, HubHandle, Input};
use crate::metrics::Metrics;
use service::clock;

/// Follows the feed until `over`.
pub(crate) async fn follow(
    store: Store,
    mut feed: ChangeFeed,
    (hub, metrics): (HubHandle, Arc<Metrics>),
    over: CancellationToken,
) {
    loop {
        let Some(changes) = over.run_until_cancelled(feed.next()).await else { return };
        let changes = match changes {
            Ok(changes) => changes,
            Err(error) => {
                warn!(%error, "changes cannot be read");
                if over.run_until_cancelled(time::sleep(PAUSE)).await.is_none() {
                    return;
                }
                continue;
            }
        };
        for row in changes {
            let told = store.read(move |reads| meaning(reads, row)).await;
            match told {
                Ok(Some(Meaning { change, since_ms })) => {
                    if hub.tell(Input::Changed(change)).await.is_err() {
                        return;
                    }
                    if let Some(since_ms) = since_ms {
                        metrics.enforced(Duration::from_millis(since_ms));
                    }
                }
                Ok(None) => {}
                Err(error) => warn!(%error, "a change cannot be followed"),
            }
        }
    }
}

struct Meaning {
    change: Change,
    /// How long ago a sanction was written.
    since_ms: Option<u64>,
}

/// Returns what a change means for people online, by the tables, which are the truth: a ban may be lifted already.
fn meaning(reads: &Reads<'_>, row: ChangeRow) -> Result<Option<Meaning>, StoreError> {
    let now = clock::now();
    let meaning = match row.change {
        store::Change::Sanctioned { account, .. } => reads.active_ban(account, now)?.map(|ban| {
            let since_ms = age_ms(&ban, now.0);
            Meaning { change: Change::Banned { account, reason: ban.reason.into_inner() }, since_ms }
        }),
        store::Change::Kicked { account, room, sanction } => reads.sanction(sanction)?.map(|row| {
            let since_ms = age_ms(&row, now.0);
            Meaning { change: Change::Kicked { account, room, reason: row.reason, sanction }, since_ms }
        }),
        store::Change::DeviceRevoked { device, .. } => {
            Some(Meaning { change: Change::Revoked { device }, since_ms: None })
        }
        store::Change::AccountChanged { account } => reads.account(account)?.map(|row| {
            let change = Change::Account { account, name: row.name, role: row.role };
            Meaning { change, since_ms: None }
        }),
        store::Change::AccountCreated { .. } => {
            let change = Change::Members { room: store::LOBBY, members: reads.member_count(store::LOBBY)? };
            Some(Meaning { change, since_ms: None })
        }
        _ => None,
    };
    Ok(meaning)
}

fn age_ms(row: &SanctionRow, now_ms: i64) -> Option<u64> {
    u64::try_from(now_ms - row.at.0).ok()
}

/// How long to wait after an error.
const PAUSE: Duration = Duration::from_secs(1);
