//! Slow mode: how long ago somebody last wrote in a room.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proto::ids::{AccountId, MessageId, RoomId};

use super::Place;

/// Who has to wait in which room. A person is kept over a reconnect.
#[derive(Debug, Default)]
pub(super) struct SlowMode(BTreeMap<(RoomId, AccountId), Last>);

#[derive(Debug)]
struct Last {
    free_at: Instant,
    message: MessageId,
}

impl SlowMode {
    /// Counts a message, or says how long its author has to wait. The same message again is no second one.
    pub(super) fn spend(
        &mut self,
        (place, account): (Place, AccountId),
        message: MessageId,
        now: Instant,
    ) -> Result<(), Duration> {
        if place.slow.is_zero() {
            return Ok(());
        }
        let key = (place.room, account);
        if let Some(last) = self.0.get(&key).filter(|last| now < last.free_at) {
            if last.message == message {
                return Ok(());
            }
            // The room may be slower by less than when this began.
            return Err((last.free_at - now).min(place.slow));
        }
        self.0.insert(key, Last { free_at: now + place.slow, message });
        Ok(())
    }

    pub(super) fn sweep(&mut self, now: Instant) {
        self.0.retain(|_, last| now < last.free_at);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
