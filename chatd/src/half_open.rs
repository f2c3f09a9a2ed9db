//! Connections in the middle of their handshake: when there are too many, the oldest makes way for the newest.
//!
//! Whoever opens connections and says nothing only pushes out others who say nothing: a handshake takes two round
//! trips, and the budget is many times what arrives in that time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

/// The connections, oldest first.
#[derive(Debug)]
pub(crate) struct HalfOpen {
    most: usize,
    waiting: Mutex<Waiting>,
}

/// A connection's place; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place<'h> {
    all: &'h HalfOpen,
    number: u64,
    evicted: oneshot::Receiver<()>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    places: BTreeMap<u64, oneshot::Sender<()>>,
}

impl HalfOpen {
    pub(crate) fn new(most: usize) -> Self {
        Self { most: most.max(1), waiting: Mutex::default() }
    }

    /// Takes a place, if need be the oldest one.
    pub(crate) fn enter(&self) -> Place<'_> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.most <= waiting.places.len() {
            // Dropping the sender tells the oldest.
            waiting.places.pop_first();
        }
        let (sender, evicted) = oneshot::channel();
        let number = waiting.next;
        waiting.next += 1;
        waiting.places.insert(number, sender);
        Place { all: self, number, evicted }
    }

    /// Returns how many there are, for metrics.
    pub(crate) fn len(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).places.len()
    }
}

impl Place<'_> {
    /// Waits until the place is taken by another.
    pub(crate) async fn evicted(&mut self) {
        // Nothing is ever sent: the other end is dropped.
        let _: Result<(), _> = (&mut self.evicted).await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.all.waiting.lock().unwrap_or_else(PoisonError::into_inner).places.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn the_oldest_makes_way_and_the_others_stay() {
        let half_open = HalfOpen::new(2);
        let (mut first, mut second) = (half_open.enter(), half_open.enter());
        assert!(!is_evicted(&mut first));
        let mut third = half_open.enter();
        assert!(is_evicted(&mut first));
        assert!(!is_evicted(&mut second) && !is_evicted(&mut third));
        drop(second);
        let _fourth = half_open.enter();
        assert!(!is_evicted(&mut third));
        assert_eq!(half_open.len(), 2);
    }

    fn is_evicted(place: &mut Place<'_>) -> bool {
        pin!(place.evicted()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}
