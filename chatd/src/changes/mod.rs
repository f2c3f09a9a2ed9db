//! What other processes changed, brought to the hub and the entrance: a ban from the dashboard ends live connections.

mod meaning;

use std::sync::Arc;
use std::time::Duration;

use store::{ChangeFeed, ChangeRow, Store, StoreError};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::groups::Groups;
use crate::hub::{Deed, HubHandle, Input, Stopped};
use crate::record::Recorder;
use crate::rules::Rules;
use meaning::Meaning;

/// Everything that has to hear of a change.
#[derive(Debug, Clone)]
pub(crate) struct Listeners {
    pub(crate) store: Store,
    pub(crate) hub: HubHandle,
    pub(crate) rules: Arc<Rules>,
    pub(crate) recorder: Recorder,
    pub(crate) groups: Groups,
}

/// Takes what stands in the database: bans of networks, the raid level, settings, filters. What a moderator decided and
/// nobody has carried out yet is carried out, and who has to go from sealed rooms is proposed.
pub(crate) async fn load(listeners: &Listeners) -> Result<(), StoreError> {
    for meaning in listeners.store.read(meaning::everything).await? {
        // A hub that has stopped needs nothing.
        let _: Result<(), Stopped> = listeners.carry_out(meaning).await;
    }
    Ok(())
}

/// Follows the feed until `over`.
pub(crate) async fn follow(listeners: Listeners, mut feed: ChangeFeed, over: CancellationToken) {
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
            if over.run_until_cancelled(listeners.hear(row)).await.is_none_or(|heard| heard.is_err()) {
                return;
            }
        }
    }
}

impl Listeners {
    /// Acts on a change. One that cannot be read for the moment is tried again: a ban must not be missed.
    async fn hear(&self, row: ChangeRow) -> Result<(), Stopped> {
        for attempt in 1.. {
            match self.store.read(move |reads| meaning::of(reads, row)).await {
                Ok(meanings) => {
                    for meaning in meanings {
                        self.carry_out(meaning).await?;
                    }
                    break;
                }
                Err(error) if attempt == ATTEMPTS => {
                    warn!(%error, "a change cannot be followed");
                    break;
                }
                Err(_) => time::sleep(PAUSE).await,
            }
        }
        Ok(())
    }

    async fn carry_out(&self, meaning: Meaning) -> Result<(), Stopped> {
        match meaning {
            Meaning::Hub(change) => self.hub.tell(Input::Changed(change)).await?,
            // The entrance is closed before the hub looks who is inside: nobody slips through in between.
            Meaning::Network(sanction, standing) => self.rules.networks.set(sanction, standing),
            Meaning::Networks(standing) => self.rules.networks.load(standing),
            Meaning::Posture(posture) => self.rules.set_posture(posture),
            Meaning::Settings(settings) => self.rules.set_settings(settings),
            Meaning::Decided(held) => self.hub.tell(Input::Own(Deed::CarryOut { held })).await?,
            Meaning::Alert(alert) => self.recorder.alert(alert),
            Meaning::Evicting(room) => self.groups.evict_from(room),
        }
        Ok(())
    }
}

/// How long to wait after an error.
const PAUSE: Duration = Duration::from_secs(1);
const ATTEMPTS: u32 = 5;
