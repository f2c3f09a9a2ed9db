//! How much of a file is on its way at a time, so that what is said on the same connection does not wait behind it.
//!
//! The time until a piece is acknowledged has two parts: the way there and back, and the queue that the pieces make
//! themselves. The shortest time seen is taken for the first part (as in LEDBAT, RFC 6817); the window grows while the
//! second part is below a target and shrinks when it is above. A window below one piece makes the pieces smaller, so
//! that a slow line is not blocked for the length of a whole one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The window of one transfer in one direction.
#[derive(Debug)]
pub(super) struct Window {
    bytes: usize,
    growth: Growth,
    in_flight: usize,
    pieces: usize,
    /// The shortest acknowledgement time of each of the last minutes.
    shortest: VecDeque<(Instant, Duration)>,
    /// Nothing sent before this moment makes the window smaller again.
    shrunk_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    /// Nothing is known of the line: as much again for each acknowledgement.
    Doubling,
    /// The line's measure is known: one smallest piece for each window.
    Careful,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            bytes: SMALLEST,
            growth: Growth::Doubling,
            in_flight: 0,
            pieces: 0,
            shortest: VecDeque::new(),
            shrunk_at: None,
        }
    }
}

impl Window {
    /// Takes note of a piece that goes out.
    pub(super) fn sent(&mut self, len: usize) {
        self.in_flight += len;
        self.pieces += 1;
    }

    /// Takes note of a piece that was acknowledged.
    pub(super) fn acknowledged(&mut self, len: usize, sent_at: Instant, now: Instant) {
        self.gone(len);
        let took = now.saturating_duration_since(sent_at);
        let queued = took.saturating_sub(self.shortest(took, now));
        if TARGET < queued {
            self.shrink(sent_at, now);
            return;
        }
        let grown = match self.growth {
            Growth::Doubling => len,
            Growth::Careful => SMALLEST * len / self.bytes,
        };
        self.bytes = (self.bytes + grown).min(LARGEST);
    }

    /// Takes note of a piece that did not arrive or was sent away because too much was on its way.
    pub(super) fn refused(&mut self, len: usize, sent_at: Instant, now: Instant) {
        self.gone(len);
        self.shrink(sent_at, now);
    }

    /// Forgets what was on its way: the connection was cut, and the next one may go another way.
    pub(super) fn cut(&mut self) {
        *self = Self::default();
    }

    /// Returns how long the next piece may be; nothing while enough is on its way.
    #[must_use]
    pub(super) fn next_len(&self) -> Option<usize> {
        if MOST_PIECES <= self.pieces {
            return None;
        }
        let free = self.bytes.saturating_sub(self.in_flight);
        // Two pieces at least share the window: one is on its way while the other is acknowledged.
        let len = (self.bytes / 2).min(LONGEST_PIECE);
        // A piece goes out whole or not at all: crumbs would cost more than they carry.
        (len <= free).then_some(len)
    }

    fn gone(&mut self, len: usize) {
        self.in_flight = self.in_flight.saturating_sub(len);
        self.pieces = self.pieces.saturating_sub(1);
    }

    fn shrink(&mut self, sent_at: Instant, now: Instant) {
        self.growth = Growth::Careful;
        // What was sent before the window shrank says nothing about the smaller one.
        if self.shrunk_at.is_some_and(|shrunk_at| sent_at < shrunk_at) {
            return;
        }
        self.shrunk_at = Some(now);
        self.bytes = (self.bytes / 4 * 3).max(SMALLEST);
    }

    fn shortest(&mut self, took: Duration, now: Instant) -> Duration {
        match self.shortest.back_mut() {
            Some((since, shortest)) if now.saturating_duration_since(*since) < MINUTE => {
                *shortest = took.min(*shortest);
            }
            _ => self.shortest.push_back((now, took)),
        }
        if MINUTES < self.shortest.len() {
            self.shortest.pop_front();
        }
        self.shortest.iter().map(|(_, shortest)| *shortest).min().unwrap_or(took)
    }
}

/// The queue that a transfer may make on its way.
const TARGET: Duration = Duration::from_millis(50);
const SMALLEST: usize = 4 * 1024;
const LONGEST_PIECE: usize = 32 * 1024;
const MOST_PIECES: usize = 8;
const LARGEST: usize = LONGEST_PIECE * MOST_PIECES;
const MINUTE: Duration = Duration::from_secs(60);
/// A way that became longer is believed after this many minutes.
const MINUTES: usize = 5;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fast_line_soon_gets_the_whole_window() {
        let mut line = Line::new(100_000_000, Duration::from_millis(1));
        let mut window = Window::default();
        let took = line.carry(&mut window, 4_000_000);
        assert_eq!(window.bytes, LARGEST);
        assert!(took < Duration::from_millis(200), "{took:?}");
    }

    #[test]
    fn a_long_way_does_not_look_like_a_queue() {
        let mut line = Line::new(20_000_000, Duration::from_millis(180));
        let mut window = Window::default();
        line.carry(&mut window, 20_000_000);
        assert_eq!(window.bytes, LARGEST);
    }

    #[test]
    fn on_a_slow_line_the_queue_stays_near_the_target() {
        // One megabit a second: a whole window would stand in front of a word for two seconds.
        let mut line = Line::new(125_000, Duration::from_millis(20));
        let mut window = Window::default();
        let took = line.carry(&mut window, 3_000_000);
        let worst = line.worst_queue_after_start;
        assert!(worst < TARGET * 3, "{worst:?}");
        assert!(took < Duration::from_secs_f64(24.0 * 1.2), "the line is used: {took:?}");
    }

    #[test]
    fn a_refused_piece_makes_the_window_smaller_once_for_each_window() {
        let now = Instant::now();
        let mut window = Window::default();
        for _ in 0..100 {
            window.sent(SMALLEST);
            window.acknowledged(SMALLEST, now, now + Duration::from_millis(1));
        }
        let before = window.bytes;
        for _ in 0..3 {
            window.sent(SMALLEST);
        }
        for _ in 0..3 {
            window.refused(SMALLEST, now, now + Duration::from_millis(2));
        }
        assert_eq!(window.bytes, before / 4 * 3);
    }

    #[test]
    fn a_way_that_became_longer_is_believed_in_the_end() {
        let start = Instant::now();
        let mut window = Window::default();
        let mut at = start;
        let mut ack = |window: &mut Window, took: u64, seconds: u64| {
            at += Duration::from_secs(seconds);
            window.sent(SMALLEST);
            window.acknowledged(SMALLEST, at, at + Duration::from_millis(took));
        };
        (0..100).for_each(|_| ack(&mut window, 5, 1));
        (0..100).for_each(|_| ack(&mut window, 300, 1));
        assert_eq!(window.bytes, SMALLEST);
        (0..400).for_each(|_| ack(&mut window, 300, 1));
        assert!(SMALLEST * 4 < window.bytes, "{}", window.bytes);
    }

    proptest! {
        #[test]
        fn never_more_is_on_its_way_than_the_server_takes_and_never_nothing(
            acks in proptest::collection::vec((0_u64..500, any::<bool>()), 1..300),
        ) {
            let (mut window, mut now) = (Window::default(), Instant::now());
            let mut flying = VecDeque::new();
            for (took, refused) in acks {
                while let Some(len) = window.next_len() {
                    prop_assert!((1..=LONGEST_PIECE).contains(&len));
                    window.sent(len);
                    flying.push_back((len, now));
                }
                prop_assert!((1..=MOST_PIECES).contains(&flying.len()));
                now += Duration::from_millis(took);
                let (len, sent_at) = flying.pop_front().unwrap();
                if refused { window.refused(len, sent_at, now) } else { window.acknowledged(len, sent_at, now) }
                prop_assert!((SMALLEST..=LARGEST).contains(&window.bytes));
            }
        }
    }

    /// A line with a queue, in a time of its own.
    struct Line {
        bytes_per_second: u64,
        way: Duration,
        worst_queue_after_start: Duration,
    }

    impl Line {
        fn new(bytes_per_second: u64, way: Duration) -> Self {
            Self { bytes_per_second, way, worst_queue_after_start: Duration::ZERO }
        }

        /// Carries this much and returns how long that took.
        fn carry(&mut self, window: &mut Window, total: usize) -> Duration {
            let start = Instant::now();
            let (mut now, mut free_at, mut left) = (start, start, total);
            let mut flying = VecDeque::new();
            while 0 < left {
                while let Some(len) = window.next_len() {
                    window.sent(len);
                    let nanos = len as u64 * 1_000_000_000 / self.bytes_per_second;
                    let queue = free_at.saturating_duration_since(now);
                    if Duration::from_secs(1) < now - start {
                        self.worst_queue_after_start = self.worst_queue_after_start.max(queue);
                    }
                    free_at = free_at.max(now) + Duration::from_nanos(nanos);
                    flying.push_back((len, now, free_at + self.way));
                }
                let (len, sent_at, arrives) = flying.pop_front().unwrap();
                now = now.max(arrives);
                window.acknowledged(len, sent_at, now);
                left = left.saturating_sub(len);
            }
            now - start
        }
    }
}
