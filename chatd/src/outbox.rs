//! What waits for one reader, bounded in bytes: the hub offers, the connection's task takes.
//!
//! A reader that falls a whole outbox behind is cut with a reason; nothing else is ever left out, and nobody
//! waits for it. Pieces of files wait in a lane of their own, which is taken from only when nothing else waits: chat
//! never queues behind a download.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use proto::limits;

use crate::goodbye::Farewell;

/// Encoded messages on their way to one connection.
#[derive(Debug)]
pub(crate) struct Outbox(Mutex<Queue>);

/// What became of an offered message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offered {
    /// It waits for the reader.
    Queued,
    /// The reader was a whole outbox behind; it now gets a goodbye and nothing else.
    Evicted,
    /// The outbox was closed before.
    Closed,
}

/// What the reader found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Messages; more may come.
    Open,
    /// The last messages, a goodbye at their end.
    Last(Farewell),
    /// The connection is cut: nothing is to be written.
    Gone,
}

#[derive(Debug)]
struct Queue {
    messages: VecDeque<Bytes>,
    bytes: usize,
    /// Pieces of files, which count for themselves: a download neither cuts its reader nor crowds out chat.
    bulk: VecDeque<Bytes>,
    bulk_bytes: usize,
    /// More than `limits::OUTBOX_BYTES` only while the rooms told at login wait.
    limit: usize,
    /// Requests without an answer.
    open: u32,
    state: State,
    reader: Option<Waker>,
    /// Whether the reader cannot take anything now and waits only for the end.
    only_end: bool,
    /// When the oldest waiting message came.
    since: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Closing(Farewell),
    Gone,
}

impl Outbox {
    /// Returns an empty outbox; nothing is allocated for messages before the first.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Queue {
            messages: VecDeque::new(),
            bytes: 0,
            bulk: VecDeque::new(),
            bulk_bytes: 0,
            limit: limits::OUTBOX_BYTES,
            open: 0,
            state: State::Open,
            reader: None,
            only_end: false,
            since: None,
        }))
    }

    /// Queues a message without waiting.
    pub(crate) fn offer(&self, message: Bytes) -> Offered {
        self.change(|queue| queue.offer(message))
    }

    /// Queues the answer to a request, which makes room for another.
    pub(crate) fn answer(&self, message: Bytes) -> Offered {
        self.change(|queue| {
            queue.open = queue.open.saturating_sub(1);
            queue.offer(message)
        })
    }

    /// Queues a piece of a file, the answer to a request. Whoever sends pieces asks for
    /// [`room_for_bulk`](Self::room_for_bulk) before.
    pub(crate) fn answer_bulk(&self, piece: Bytes) -> Offered {
        self.change(|queue| {
            queue.open = queue.open.saturating_sub(1);
            queue.offer_bulk(piece)
        })
    }

    /// Queues what a client is told at login; it is bounded by the number of rooms, so the limit makes way for it.
    pub(crate) fn grant(&self, message: Bytes) -> Offered {
        self.change(|queue| {
            queue.limit += message.len();
            queue.offer(message)
        })
    }

    /// Lets go after what waits; `last` is the last message.
    pub(crate) fn close(&self, farewell: Farewell, last: Bytes) {
        self.change(|queue| queue.close(farewell, last));
    }

    /// Lets go at once: what waits is dropped, `last` is the only message left.
    pub(crate) fn cut(&self, farewell: Farewell, last: Bytes) {
        self.change(|queue| {
            if queue.state == State::Open {
                queue.clear();
                queue.close(farewell, last);
            }
        });
    }

    /// Ends the connection from either side, without a word.
    pub(crate) fn abandon(&self) {
        let reader = {
            let mut queue = self.lock();
            queue.clear();
            queue.state = State::Gone;
            queue.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Counts a request that will get an answer; returns how many waited for theirs before it.
    pub(crate) fn expect_answer(&self) -> usize {
        let mut queue = self.lock();
        queue.open += 1;
        queue.open as usize - 1
    }

    /// Takes messages from the front: at least one when any waits, at most about `bytes`. Without any, the task is
    /// woken when there are.
    pub(crate) fn poll_take(
        &self,
        bytes: usize,
        into: &mut Vec<Bytes>,
        context: &mut Context<'_>,
    ) -> Poll<Taken> {
        let mut queue = self.lock();
        if queue.is_empty() && queue.state != State::Gone {
            queue.wait(context, false);
            return Poll::Pending;
        }
        queue.reader = None;
        Poll::Ready(queue.take(bytes, into))
    }

    /// Is ready when the outbox is closed. For a reader that cannot take more now: it is not woken for messages.
    pub(crate) fn poll_closed(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut queue = self.lock();
        if queue.state != State::Open {
            return Poll::Ready(());
        }
        queue.wait(context, true);
        Poll::Pending
    }

    /// Returns how many bytes of pieces may be queued: none while what others say fills half of the outbox.
    pub(crate) fn room_for_bulk(&self) -> usize {
        let queue = self.lock();
        if limits::OUTBOX_BYTES / 2 < queue.bytes { 0 } else { BULK_BYTES.saturating_sub(queue.bulk_bytes) }
    }

    /// Returns how many bytes wait, pieces of files apart.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Returns how long the oldest waiting message has waited.
    pub(crate) fn lag(&self) -> Duration {
        self.lock().since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Changes the queue, and wakes the reader outside the lock if that made it non-empty.
    fn change<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        let (result, waker) = {
            let mut queue = self.lock();
            let result = change(&mut queue);
            let has_news = queue.state != State::Open || !queue.only_end && !queue.is_empty();
            let waker = if has_news { queue.reader.take() } else { None };
            (result, waker)
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        result
    }

    /// A panic between two lines of the queue's code leaves nothing half done that matters to a reader.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Queue {
    fn offer(&mut self, message: Bytes) -> Offered {
        if self.state != State::Open {
            return Offered::Closed;
        }
        if self.limit < self.bytes + cost(&message) {
            self.clear();
            self.close(Farewell::Slow, Farewell::Slow.encoded());
            return Offered::Evicted;
        }
        self.push(message);
        Offered::Queued
    }

    fn offer_bulk(&mut self, piece: Bytes) -> Offered {
        if self.state != State::Open {
            return Offered::Closed;
        }
        self.bulk_bytes += cost(&piece);
        self.bulk.push_back(piece);
        Offered::Queued
    }

    fn close(&mut self, farewell: Farewell, last: Bytes) {
        if self.state == State::Open {
            self.state = State::Closing(farewell);
            // Nobody goes on with a file after the goodbye.
            self.bulk = VecDeque::new();
            self.bulk_bytes = 0;
            self.push(last);
        }
    }

    fn push(&mut self, message: Bytes) {
        if self.messages.is_empty() {
            self.since = Some(Instant::now());
        }
        self.bytes += cost(&message);
        self.messages.push_back(message);
    }

    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.bulk.is_empty()
    }

    fn take(&mut self, bytes: usize, into: &mut Vec<Bytes>) -> Taken {
        let mut taken = 0;
        while let Some(message) = self.messages.front() {
            if taken != 0 && bytes < taken + message.len() {
                break;
            }
            taken += message.len();
            self.bytes -= cost(message);
            into.extend(self.messages.pop_front());
        }
        if !self.messages.is_empty() {
            return Taken::Open;
        }
        self.since = None;
        while let Some(piece) = self.bulk.front() {
            if taken != 0 && bytes < taken + piece.len() {
                return Taken::Open;
            }
            taken += piece.len();
            self.bulk_bytes -= cost(piece);
            into.extend(self.bulk.pop_front());
        }
        self.settle();
        match self.state {
            State::Closing(farewell) => Taken::Last(farewell),
            State::Open => Taken::Open,
            State::Gone => Taken::Gone,
        }
    }

    fn wait(&mut self, context: &mut Context<'_>, only_end: bool) {
        self.only_end = only_end;
        match &mut self.reader {
            Some(waker) => waker.clone_from(context.waker()),
            empty => *empty = Some(context.waker().clone()),
        }
    }

    fn clear(&mut self) {
        self.messages = VecDeque::new();
        self.bulk = VecDeque::new();
        (self.bytes, self.bulk_bytes) = (0, 0);
        self.settle();
    }

    /// Everything is read: the limit is the usual one again, and an idle connection holds no big buffer.
    fn settle(&mut self) {
        self.limit = limits::OUTBOX_BYTES;
        self.since = None;
        if KEPT_CAPACITY < self.messages.capacity() {
            drop(mem::take(&mut self.messages));
        }
        if KEPT_CAPACITY < self.bulk.capacity() {
            drop(mem::take(&mut self.bulk));
        }
    }
}

/// What a message counts: its bytes and its place in the queue.
fn cost(message: &Bytes) -> usize {
    message.len() + size_of::<Bytes>()
}

/// Bytes of pieces that may wait: enough to fill frames while the next ones are read.
const BULK_BYTES: usize = 4 * (limits::PIECE + 64);
/// Places an empty queue may keep.
const KEPT_CAPACITY: usize = 8;

#[cfg(test)]
mod tests;
