//! The hub's one owner: takes inputs, carries out effects, and keeps the hub's appointments.

use std::sync::Arc;
use std::time::Duration;

use domain::throttle::Rate;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;

use super::{Census, Committed, Effect, Hub, Input};
use crate::journal::Journal;
use crate::load::Loader;
use crate::metrics::Metrics;
use crate::record::Recorder;
use service::clock;

/// The way to the hub.
#[derive(Debug, Clone)]
pub(crate) struct HubHandle {
    inbox: mpsc::Sender<Input>,
    census: mpsc::Sender<oneshot::Sender<Census>>,
}

/// Where the hub's inputs come in.
#[derive(Debug)]
pub(crate) struct Inbox {
    inputs: mpsc::Receiver<Input>,
    census: mpsc::Receiver<oneshot::Sender<Census>>,
}

/// The hub with its inputs.
#[derive(Debug)]
pub(crate) struct HubTask {
    hub: Hub,
    inbox: Inbox,
    /// Bounded by what the journal may have under way.
    results: mpsc::UnboundedReceiver<Committed>,
    journal: Journal,
    loader: Loader,
    recorder: Recorder,
    metrics: Arc<Metrics>,
}

/// The hub has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the hub has stopped")]
pub(crate) struct Stopped;

impl HubHandle {
    /// Tells the hub something; waits while it has too much to do, which is how a flood is felt at its source.
    ///
    /// # Errors
    /// [`Stopped`] when the server is ending.
    pub(crate) async fn tell(&self, input: Input) -> Result<(), Stopped> {
        self.inbox.send(input).await.map_err(|_| Stopped)
    }

    /// Tells the hub something from where waiting is not possible; gives it back if there is no room.
    pub(crate) fn try_tell(&self, input: Input) -> Result<(), Box<Input>> {
        self.inbox.try_send(input).map_err(|error| Box::new(error.into_inner()))
    }

    /// Asks how many are online. No answer within a second or two means that the hub does not work.
    pub(crate) async fn census(&self) -> Option<Census> {
        let (reply, answer) = oneshot::channel();
        self.census.send(reply).await.ok()?;
        answer.await.ok()
    }
}

/// Makes the way to a hub, and the inbox at its end.
#[must_use]
pub(crate) fn inbox() -> (HubHandle, Inbox) {
    let (inbox, inputs) = mpsc::channel(INBOX);
    let (census, questions) = mpsc::channel(1);
    (HubHandle { inbox, census }, Inbox { inputs, census: questions })
}

impl HubTask {
    /// Puts the parts together.
    #[must_use]
    pub(crate) fn new(
        flood: Rate,
        inbox: Inbox,
        (journal, results): (Journal, mpsc::UnboundedReceiver<Committed>),
        (loader, recorder): (Loader, Recorder),
        metrics: Arc<Metrics>,
    ) -> Self {
        let hub = Hub::new(flood, (Instant::now().into_std(), clock::now()));
        Self { hub, inbox, results, journal, loader, recorder, metrics }
    }

    /// Runs until `over`, which comes after the last session.
    pub(crate) async fn run(mut self, over: CancellationToken) {
        let (mut inputs, mut results) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        loop {
            let due = self.hub.poll_timeout().map_or_else(|| Instant::now() + FAR, Instant::from_std);
            tokio::select! {
                // What is committed is told before anything else is begun.
                biased;
                _ = self.results.recv_many(&mut results, BATCH) => {}
                _ = self.inbox.inputs.recv_many(&mut inputs, BATCH) => {}
                Some(reply) = self.inbox.census.recv() => {
                    // Whoever asked may have stopped waiting.
                    let _: Result<(), _> = reply.send(self.hub.census(Instant::now().into_std()));
                }
                () = time::sleep_until(due) => {}
                () = over.cancelled() => return,
            }
            let now = Instant::now().into_std();
            self.hub.set_clock(now, clock::now());
            for committed in results.drain(..) {
                self.metrics.delivered(&committed, now);
                self.hub.handle(Input::Committed(committed), now);
            }
            for input in inputs.drain(..) {
                self.hub.handle(input, now);
            }
            self.hub.handle_timeout(now);
            while let Some(effect) = self.hub.poll_effect() {
                self.carry_out(effect);
            }
        }
    }

    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Load { conn, whose } => self.loader.load(conn, whose),
            Effect::Recheck(sessions) => self.loader.recheck(sessions),
            Effect::Write(order, deed) => self.journal.write(order, deed),
            Effect::Enforced { mark, sessions } => self.recorder.enforced(mark, sessions),
            Effect::Matched { account, room, body, matches } => {
                self.recorder.matched(account, room, &body, &matches);
            }
            Effect::Ruled(rule) => self.metrics.ruled(rule),
            Effect::OutcomeTold(account) => self.loader.outcome_told(account),
            Effect::Alert(level) => self.recorder.raid_level(level),
        }
    }
}

/// Inputs that may wait; a session waits beyond that, and with it its socket.
const INBOX: usize = 4_096;
/// Inputs handled before what they made is carried out.
const BATCH: usize = 256;
/// A wait without an appointment.
const FAR: Duration = Duration::from_secs(3_600);
