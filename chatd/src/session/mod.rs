//! One task per logged-in connection: reads frames, passes on what they ask for, writes what waits in the outbox.

mod factor;
mod identity;
mod query;
mod transfers;
mod wish;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use proto::codec;
use proto::ids::{AccountId, DeviceId, RequestId};
use proto::limits;
use proto::message::{Answer, ClientMessage, ServerMessage};
use proto::refusal::{Code, Refusal};
use proto::transport::Messages;
use tokio::task;
use tokio::time::{self, Instant, Sleep};
use tracing::debug;

use crate::auth::Entrance;
use crate::goodbye::Farewell;
use crate::groups;
use crate::hub::{Act, Attach, ConnId, Deed, Input};
use crate::outbox::{Outbox, Taken};
use crate::shared::Shared;
use crate::wire::{Wire, WireError};
use factor::{FactorChange, Whose};
use query::Found;
use service::clock;
use transfers::Transfers;
use wish::{Query, Wish};

/// Serves a logged-in connection to its end.
pub(crate) async fn run(shared: &Arc<Shared>, conn: ConnId, wire: Wire, entrance: Entrance, address: IpAddr) {
    let outbox = Arc::new(Outbox::new());
    outbox.grant(codec::encode(&entrance.welcome(shared)).into());
    let (account, device) = (entrance.account, entrance.device);
    let attached = Attached { shared, conn, outbox: &outbox };
    let attach = attach(entrance, (conn, address), &outbox);
    if shared.hub.tell(Input::Attach(attach)).await.is_err() {
        return;
    }
    let now = Instant::now();
    let mut session = Session {
        shared,
        wire,
        outbox: &outbox,
        conn,
        account,
        device,
        queries: VecDeque::new(),
        query: None,
        transfers: Transfers::default(),
        factor: FactorChange::new(Whose { account, device, address }),
        heard: now,
        stalled: None,
        last: None,
    };
    let ended = session.serve().await;
    drop(attached);
    debug!(user.id = %account, reason = ended.label(), "session ended");
    shared.metrics.ended(&ended);
    if matches!(ended, Ended::Said(Farewell::Protocol) | Ended::Failed(WireError::Transport(_))) {
        shared.offence(address);
    }
    if let Ended::Said(_) = ended {
        shared.kill.run_until_cancelled(Box::pin(session.wire.end())).await;
    }
}

/// How a session ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// A goodbye was said and taken.
    Said(Farewell),
    /// The connection failed.
    Failed(WireError),
    /// The server could not wait any longer.
    Cut,
}

/// How a session goes on.
enum Next {
    Go,
    Part,
    End(Ended),
}

struct Session<'s> {
    shared: &'s Arc<Shared>,
    wire: Wire,
    outbox: &'s Outbox,
    conn: ConnId,
    account: AccountId,
    device: DeviceId,
    /// Queries that wait; one runs at a time, and none while the outbox is half full.
    queries: VecDeque<(RequestId, Query)>,
    query: Option<(RequestId, Finding)>,
    /// Files, which go past the hub.
    transfers: Transfers,
    /// The authenticator, which goes past the hub too.
    factor: FactorChange,
    heard: Instant,
    /// Since when the peer has taken nothing of a write, and how much of it was left then.
    stalled: Option<(Instant, usize)>,
    /// The goodbye that is on its way.
    last: Option<Farewell>,
}

/// A query that runs.
type Finding = Pin<Box<dyn Future<Output = Found> + Send>>;

/// What a session wakes up for.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
enum Step {
    Heard(Messages),
    Found(RequestId, Found),
    /// Pieces of files were taken or found; the answers are in the outbox.
    Transferred,
    /// Something about the authenticator is answered.
    FactorJudged,
    Time,
    /// The outbox is closed: what is left of it is written and nothing is read any more.
    Parting,
    Ended(Ended),
}

impl Session<'_> {
    async fn serve(&mut self) -> Ended {
        let mut sleep = pin!(time::sleep_until(self.deadline()));
        loop {
            let next = match poll_fn(|context| self.poll_step(sleep.as_mut(), context)).await {
                Step::Heard(messages) => self.obey_all(&messages).await,
                Step::Found(_, Found::Answer(answer)) => {
                    self.outbox.answer(answer);
                    Next::Go
                }
                Step::Found(request, Found::ForHub(act)) => self.ask(request, act).await,
                Step::Transferred => {
                    // A transfer always has more to do; the hub and everybody's talk come in between.
                    task::yield_now().await;
                    Next::Go
                }
                Step::FactorJudged => Next::Go,
                Step::Time => {
                    let next = self.overdue();
                    sleep.as_mut().reset(self.deadline());
                    next
                }
                Step::Parting => Next::Part,
                Step::Ended(ended) => Next::End(ended),
            };
            match next {
                Next::Go => {}
                Next::Part => return Box::pin(self.part()).await,
                Next::End(ended) => return ended,
            }
        }
    }

    async fn obey_all(&mut self, messages: &Messages) -> Next {
        self.heard = Instant::now();
        for message in messages.iter() {
            match self.obey(message).await {
                Next::Go => {}
                other => return other,
            }
        }
        Next::Go
    }

    /// Writes what is left, the goodbye last.
    async fn part(&mut self) -> Ended {
        let shared = self.shared;
        let rest = time::timeout(limits::WRITE_STALL, poll_fn(|context| self.poll_write(context)));
        match shared.kill.run_until_cancelled(rest).await {
            Some(Ok(ended)) => ended,
            Some(Err(_)) | None => Ended::Cut,
        }
    }

    /// Does what one message asks for.
    async fn obey(&mut self, message: &[u8]) -> Next {
        let ClientMessage { request, command } = match codec::decode(message) {
            Ok(message) => message,
            Err(error) => {
                debug!(%error, "a message cannot be read");
                return self.close(Farewell::Protocol);
            }
        };
        if limits::REQUESTS_IN_FLIGHT <= self.outbox.expect_answer() {
            self.refuse(request, too_many());
            return Next::Go;
        }
        match wish::wish(command) {
            Err(refusal) => self.refuse(request, refusal),
            Ok(Wish::Nothing) => {
                let done = ServerMessage::Answer(request, Answer::Done);
                self.outbox.answer(codec::encode(&done).into());
            }
            Ok(Wish::Leave) => return self.close(Farewell::Asked),
            Ok(Wish::Read(query)) => self.queries.push_back((request, query)),
            Ok(Wish::Transfer(wish)) => {
                if let Err(refusal) = self.transfers.push(self.shared, request, wish) {
                    self.refuse(request, refusal);
                }
            }
            Ok(Wish::Factor(wish)) => {
                if let Err(refusal) = self.factor.begin(self.shared, request, wish) {
                    self.refuse(request, refusal);
                }
            }
            Ok(Wish::Post(message)) => {
                let me = (self.account, self.device);
                match groups::message(&self.shared.groups, me, message, clock::now()) {
                    Ok(deed) => return self.ask(request, Act::Write(Deed::Sealed(Box::new(deed)))).await,
                    Err(refusal) => self.refuse(request, refusal),
                }
            }
            Ok(Wish::Write(deed)) => return self.ask(request, Act::Write(deed)).await,
        }
        Next::Go
    }

    async fn ask(&mut self, request: RequestId, act: Act) -> Next {
        match self.shared.hub.tell(Input::Request { conn: self.conn, request, act }).await {
            Ok(()) => Next::Go,
            Err(_) => Next::End(Ended::Cut),
        }
    }

    fn refuse(&self, request: RequestId, refusal: Refusal) {
        self.outbox.answer(codec::encode(&ServerMessage::Refused(request, refusal)).into());
    }

    fn close(&mut self, farewell: Farewell) -> Next {
        self.outbox.close(farewell, farewell.encoded());
        Next::Part
    }

    /// Writes, reads and waits; what must be done about it is for [`serve`](Self::serve).
    fn poll_step(&mut self, mut sleep: Pin<&mut Sleep>, context: &mut Context<'_>) -> Poll<Step> {
        if let Poll::Ready(ended) = self.poll_write(context) {
            return Poll::Ready(Step::Ended(ended));
        }
        if self.last.is_some() || self.stalled.is_some() && self.outbox.poll_closed(context).is_ready() {
            return Poll::Ready(Step::Parting);
        }
        if let Poll::Ready((request, found)) = self.poll_query(context) {
            return Poll::Ready(Step::Found(request, found));
        }
        if self.transfers.poll((self.shared, self.account), self.outbox, context).is_ready() {
            return Poll::Ready(Step::Transferred);
        }
        if self.factor.poll(self.outbox, context).is_ready() {
            return Poll::Ready(Step::FactorJudged);
        }
        if let Poll::Ready(heard) = self.wire.poll_receive(context) {
            self.shared.metrics.frame_in();
            return Poll::Ready(match heard {
                Ok(messages) => Step::Heard(messages),
                Err(error) => Step::Ended(Ended::Failed(error)),
            });
        }
        if self.deadline() < sleep.deadline() {
            sleep.as_mut().reset(self.deadline());
        }
        sleep.poll(context).map(|()| Step::Time)
    }

    /// Writes what waits, as much as the peer takes; ready when the session is over.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        loop {
            match self.wire.poll_flush(context) {
                Poll::Ready(Ok(())) => self.stalled = None,
                Poll::Ready(Err(error)) => return Poll::Ready(Ended::Failed(error)),
                Poll::Pending => {
                    let left = self.wire.unsent();
                    if self.stalled.is_none_or(|(_, before)| left != before) {
                        self.stalled = Some((Instant::now(), left));
                    }
                    return Poll::Pending;
                }
            }
            if let Some(farewell) = self.last {
                return Poll::Ready(Ended::Said(farewell));
            }
            let mut messages = Vec::new();
            match ready!(self.outbox.poll_take(WRITE_AT_ONCE, &mut messages, context)) {
                Taken::Open => {}
                Taken::Last(farewell) => self.last = Some(farewell),
                Taken::Gone => return Poll::Ready(Ended::Cut),
            }
            match self.wire.poll_send(&messages, context) {
                Ok(frames) => self.shared.metrics.frames_out(frames),
                Err(error) => return Poll::Ready(Ended::Failed(error)),
            }
        }
    }

    fn poll_query(&mut self, context: &mut Context<'_>) -> Poll<(RequestId, Found)> {
        if self.query.is_none() {
            if self.queries.is_empty() || limits::OUTBOX_BYTES / 2 < self.outbox.waiting_bytes() {
                return Poll::Pending;
            }
            let Some((request, query)) = self.queries.pop_front() else { return Poll::Pending };
            let found = query::run(self.shared.clone(), (self.account, self.device), request, query);
            self.query = Some((request, Box::pin(found)));
        }
        let Some((request, query)) = &mut self.query else { return Poll::Pending };
        let (request, found) = (*request, ready!(query.as_mut().poll(context)));
        self.query = None;
        if self.queries.is_empty() {
            self.queries = VecDeque::new();
        }
        Poll::Ready((request, found))
    }

    /// Returns how the session ends if it has to; a silent client is told first.
    fn overdue(&mut self) -> Next {
        let now = Instant::now();
        if self.stalled.is_some_and(|(since, _)| since + limits::WRITE_STALL <= now) {
            return Next::End(Ended::Failed(WireError::Stalled(limits::WRITE_STALL)));
        }
        if self.heard + limits::IDLE <= now {
            return self.close(Farewell::Idle);
        }
        Next::Go
    }

    fn deadline(&self) -> Instant {
        let idle = self.heard + limits::IDLE;
        self.stalled.map_or(idle, |(since, _)| idle.min(since + limits::WRITE_STALL))
    }
}

impl Ended {
    /// The labels beside those of the farewells.
    pub(crate) const OTHERS: [&'static str; 5] = ["closed", "io", "transport", "stalled", "cut"];

    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Said(farewell) => farewell.label(),
            Self::Failed(WireError::Closed) => "closed",
            Self::Failed(WireError::Io(_)) => "io",
            Self::Failed(WireError::Transport(_)) => "transport",
            Self::Failed(WireError::Stalled(_)) => "stalled",
            Self::Cut => "cut",
        }
    }
}

/// A session the hub knows of; it is told of the end however that comes.
struct Attached<'s> {
    shared: &'s Arc<Shared>,
    conn: ConnId,
    outbox: &'s Outbox,
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        self.outbox.abandon();
        if let Err(input) = self.shared.hub.try_tell(Input::Detach(self.conn)) {
            // The hub has too much to do, or is over.
            let hub = self.shared.hub.clone();
            self.shared.tasks.spawn(async move { hub.tell(*input).await });
        }
    }
}

fn attach(entrance: Entrance, (conn, address): (ConnId, IpAddr), outbox: &Arc<Outbox>) -> Attach {
    let Entrance { account, device, name, role, new_device, login_until: _, recovery_codes: _ } = entrance;
    Attach { conn, account, device, name, role, address, outbox: outbox.clone(), new_device }
}

fn too_many() -> Refusal {
    let words = format!("More than {} requests wait for their answer.", limits::REQUESTS_IN_FLIGHT);
    Refusal::new(Code::LimitReached, &words)
}

/// Bytes that are sealed before they are written: a big frame or many small ones.
const WRITE_AT_ONCE: usize = 60 * 1024;
