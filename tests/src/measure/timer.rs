//! A timer that rings at microseconds: tokio's own only knows milliseconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Rings again and again until it is dropped.
#[derive(Debug)]
pub(crate) struct Timer(Arc<Notify>);

impl Timer {
    /// Returns a timer that rings every `interval`.
    pub(crate) fn every(interval: Duration) -> Self {
        let bell = Arc::new(Notify::new());
        let ringing = Arc::downgrade(&bell);
        std::thread::spawn(move || {
            let mut next = Instant::now();
            while let Some(bell) = ringing.upgrade() {
                bell.notify_one();
                drop(bell);
                next += interval;
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        });
        Self(bell)
    }

    /// Waits until it has rung since the last wait.
    pub(crate) async fn ring(&self) {
        self.0.notified().await;
    }
}
