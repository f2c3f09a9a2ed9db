//! Alerts to somewhere else: a queue in the database, delivered one by one, tried again with growing pauses.
//!
//! A delivery that does not arrive delays no one: it runs on a thread of its own, and what is queued survives a restart.

mod post;

use std::sync::Arc;
use std::time::Duration;

use domain::settings::Settings;
use proto::ids::Timestamp;
use serde_json::json;
use store::{Store, StoreError, WebhookRow};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::rules::Rules;
use post::Poster;
use service::clock;

/// Something that is worth telling elsewhere. Never the text of a message, a name or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alert {
    Report { report: u64, category: &'static str },
    RaidLevel { level: u8 },
}

impl Alert {
    /// Returns the body that is sent.
    pub(crate) fn body(self, server: &str, at: Timestamp) -> String {
        let body = match self {
            Self::Report { report, category } => {
                json!({ "kind": "report", "report": report, "category": category, "server": server, "at_ms": at.0 })
            }
            Self::RaidLevel { level } => {
                json!({ "kind": "raid_level", "level": level, "server": server, "at_ms": at.0 })
            }
        };
        body.to_string()
    }
}

/// Delivers until `over`. `queued` is rung when there is something new.
pub(crate) async fn deliver(store: Store, rules: Arc<Rules>, queued: Arc<Notify>, over: CancellationToken) {
    let poster = Poster::new();
    loop {
        let settings = rules.settings();
        // Without an address everything waits, and old alerts make way for new ones.
        if !settings.webhook_url.is_empty() {
            match due(&store).await {
                Ok(Some(row)) => {
                    // One that is on its way when the server stops is sent again after the start.
                    if over.run_until_cancelled(send(&store, &poster, &settings, row)).await.is_none() {
                        return;
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) => warn!(%error, "alerts cannot be read"),
            }
        }
        let waited = async {
            tokio::select! {
                () = queued.notified() => {}
                () = time::sleep(LOOK_AGAIN) => {}
            }
        };
        if over.run_until_cancelled(waited).await.is_none() {
            return;
        }
    }
}

fn next(reads: &store::Reads<'_>) -> Result<Option<Timestamp>, StoreError> {
    reads.next_webhook()
}

async fn due(store: &Store) -> Result<Option<WebhookRow>, StoreError> {
    let now = clock::now();
    // Looking costs nothing; taking is a write.
    if store.read(next).await?.is_none_or(|next| now < next) {
        return Ok(None);
    }
    store.run(move |tx| Ok(tx.take_webhooks(now, 1)?.into_iter().next())).await
}

async fn send(store: &Store, poster: &Poster, settings: &Arc<Settings>, row: WebhookRow) {
    let (poster, settings, body) = (poster.clone(), settings.clone(), row.body);
    let sent =
        spawn_blocking(move || poster.post(&settings.webhook_url, settings.webhook_secret.reveal(), &body));
    let failed = match sent.await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(error) = &failed {
        warn!(error, alert.id = row.id.0, attempt = row.attempts + 1, "an alert did not arrive");
    }
    let id = row.id;
    let written = store.run(move |tx| match failed {
        None => tx.webhook_done(id),
        Some(error) => tx.webhook_failed(id, &error, clock::now()),
    });
    // The store lends it for a minute; after that it is due again.
    if let Err(error) = written.await {
        warn!(%error, "an alert's delivery cannot be noted");
    }
}

/// How often the queue is looked at without being rung.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_says_what_happened_and_nothing_of_what_was_written() {
        let report = Alert::Report { report: 606, category: "spam" };
        assert_eq!(
            report.body("Ada's place", Timestamp(5)),
            r#"{"at_ms":5,"category":"spam","kind":"report","report":606,"server":"Ada's place"}"#
        );
    }
}
