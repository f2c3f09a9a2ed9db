//! The handle on a running client, and its stream of events.

mod start;

use std::sync::Arc;
use std::time::{Duration, Instant};

use proto::ids::{MessageId, RoomId, Seq, Timestamp};
use proto::message::{Answer, Command, RoomSummary, Welcome};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time;
use vault::Vault;

use crate::core::{Reply, Unsent, Withdrawn};
use crate::driver::{Call, ReplyTo, View};
use crate::error::RequestError;
use crate::event::{ClientEvent, Start, Stopped};
use crate::outbox::{Outbox, address_of};
use crate::post::{Post, fresh_message_id};
use crate::sealed::{Handle, Posting, SealedCall};

/// How a client works.
#[derive(Debug)]
pub struct Options {
    /// Which rooms' entries are handed on.
    pub follow: Follow,
    /// Most entries of one room that are read from the log after a break; more become [`ClientEvent::Skipped`].
    pub catch_up: u64,
    /// How long a request may take, reconnects included.
    pub patience: Duration,
    /// Where unsent messages are kept. Those it holds already are sent first.
    pub outbox: Outbox,
    /// Where the keys and messages of sealed rooms are kept; without it they stay closed.
    pub vault: Option<Vault>,
}

/// Which rooms' entries are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// All rooms one is in, from the moment of logging in.
    All,
    /// Only rooms asked for with [`Client::follow`].
    Asked,
}

/// A running client. Clones talk to the same connection; when the last one is dropped, it is closed.
#[derive(Debug, Clone)]
pub struct Client {
    calls: mpsc::Sender<Call>,
    view: watch::Receiver<View>,
    outbox: Arc<Outbox>,
    pub(crate) patience: Duration,
    pub(crate) sealed: Option<Handle>,
}

/// What happens, in order. Reading slowly loses nothing of the rooms' logs.
#[derive(Debug)]
pub struct Events {
    events: mpsc::Receiver<ClientEvent>,
    view: watch::Receiver<View>,
    over: bool,
    /// Told before anything else.
    first: Option<ClientEvent>,
    task: JoinHandle<()>,
}

/// A request that was handed over and has no answer yet.
#[derive(Debug)]
pub(crate) struct Pending {
    answer: oneshot::Receiver<Result<Reply, RequestError>>,
    view: watch::Receiver<View>,
}

/// Where an accepted message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The message's id.
    pub message_id: MessageId,
    /// Its place in the room.
    pub seq: Seq,
    /// The server's time.
    pub at: Timestamp,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            follow: Follow::All,
            catch_up: u64::MAX,
            patience: Duration::from_secs(30),
            outbox: Outbox::in_memory(),
            vault: None,
        }
    }
}

impl Events {
    /// Waits for the next event; after [`ClientEvent::Stopped`] there is none. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<ClientEvent> {
        if self.over {
            return None;
        }
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let event = self.events.recv().await.unwrap_or_else(|| {
            let stopped = self.view.borrow().stopped.clone();
            ClientEvent::Stopped(stopped.unwrap_or(Stopped::Closed))
        });
        self.over = matches!(event, ClientEvent::Stopped(_));
        Some(event)
    }

    /// Waits until the connection is closed, the goodbye included. Events that wait are thrown away.
    pub async fn closed(mut self) {
        self.events.close();
        // A task that panicked has closed the connection as well.
        let _ = self.task.await;
    }
}

impl Client {
    /// Asks the server, and waits for the answer over reconnects where repeating the request is harmless.
    ///
    /// # Errors
    /// [`RequestError`]; refusals are [`RequestError::Refused`].
    pub async fn request(&self, command: Command) -> Result<Answer, RequestError> {
        let deadline = self.deadline(self.patience);
        match self.call(|reply| Call::Request { command, deadline, reply }).await? {
            Reply::Answer(answer) => Ok(answer),
            Reply::Rooms(_) => Err(RequestError::Unexpected),
        }
    }

    /// Says something in a room and waits until the server has it on disk.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn send(&self, room: RoomId, body: &str) -> Result<Accepted, RequestError> {
        self.post(room, Post::Text { body: body.to_owned(), reply_to: None }).await
    }

    /// Posts something and waits until the server has it on disk.
    ///
    /// # Errors
    /// [`RequestError::NotYet`] when that takes too long: the message stays in the queue, survives a restart when
    /// the [`Outbox`] is on disk, and is never doubled. Refused messages leave the queue.
    pub async fn post(&self, room: RoomId, post: Post) -> Result<Accepted, RequestError> {
        self.post_as(room, post, fresh_message_id(), self.patience).await
    }

    /// As [`Self::post`], with one's own message id and patience. The same id with the same content is one
    /// message, however often it is posted.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn post_as(
        &self,
        room: RoomId,
        post: Post,
        message_id: MessageId,
        patience: Duration,
    ) -> Result<Accepted, RequestError> {
        let deadline = self.deadline(patience);
        if self.is_posted_sealed(room, &post).await? {
            return self.post_sealed(room, post, message_id, deadline).await;
        }
        let unsent = self.keep(room, post, message_id).await?;
        match self.call(|reply| Call::Post { unsent, waits: Some((deadline, reply)) }).await? {
            Reply::Answer(Answer::Accepted { seq, at, .. }) => Ok(Accepted { message_id, seq, at }),
            Reply::Answer(_) | Reply::Rooms(_) => Err(RequestError::Unexpected),
        }
    }

    /// Posts something and does not wait: [`ClientEvent::Sent`] or [`ClientEvent::NotSent`] tells the outcome.
    ///
    /// # Errors
    /// When the message could not be put into the queue.
    pub async fn post_later(&self, room: RoomId, post: Post) -> Result<MessageId, RequestError> {
        let message_id = fresh_message_id();
        self.post_later_as(room, post, message_id).await?;
        Ok(message_id)
    }

    /// As [`Self::post_later`], with one's own message id.
    ///
    /// # Errors
    /// As [`Self::post_later`].
    pub async fn post_later_as(
        &self,
        room: RoomId,
        post: Post,
        message_id: MessageId,
    ) -> Result<(), RequestError> {
        if self.is_posted_sealed(room, &post).await? {
            let kept = |reply| Posting { room, post, message_id, kept: Some(reply), accepted: None };
            return self.sealed(|reply| SealedCall::Post(Box::new(kept(reply)))).await;
        }
        let unsent = self.keep(room, post, message_id).await?;
        self.tell(Call::Post { unsent, waits: None }).await
    }

    /// Takes a message out of the unsent queue. It is not sent again after this, unless the answer is
    /// [`Withdrawn::MaybeSent`].
    pub async fn withdraw(&self, message_id: MessageId) -> Withdrawn {
        let (reply, answer) = oneshot::channel();
        let open = match self.tell(Call::Withdraw { message_id, reply }).await {
            Ok(()) => answer.await.ok(),
            Err(_) => None,
        };
        match open {
            Some(Withdrawn::Gone) => self.withdraw_sealed(message_id).await,
            Some(withdrawn) => withdrawn,
            None => {
                // The client has stopped, and what it did before is not known any more.
                self.outbox.forget(message_id);
                Withdrawn::MaybeSent
            }
        }
    }

    /// Returns the rooms one is in, the lobby first, once the server has named them all.
    ///
    /// # Errors
    /// When there is no connection in time.
    pub async fn rooms(&self) -> Result<Vec<RoomSummary>, RequestError> {
        if self.sealed.is_some() {
            return self.sealed(|reply| SealedCall::Rooms { reply }).await;
        }
        let deadline = self.deadline(self.patience);
        match self.call(|reply| Call::Rooms { deadline, reply }).await? {
            Reply::Rooms(rooms) => Ok(rooms),
            Reply::Answer(_) => Err(RequestError::Unexpected),
        }
    }

    /// Hands on a room's entries from this place on.
    ///
    /// # Errors
    /// When the client has stopped.
    pub async fn follow(&self, room: RoomId, start: Start) -> Result<(), RequestError> {
        if let Some(handle) = self.sealed.as_ref().filter(|handle| handle.kinds.is_sealed(room) == Some(true))
        {
            let follow = SealedCall::Follow { room, start };
            return handle.calls.send(follow).await.map_err(|_| self.gone());
        }
        self.tell(Call::Follow { room, start }).await
    }

    /// Returns how many messages the server has not judged yet.
    ///
    /// # Errors
    /// When the client has stopped.
    pub async fn unsent(&self) -> Result<usize, RequestError> {
        let (reply, answer) = oneshot::channel();
        self.tell(Call::Unsent { reply }).await?;
        let open = answer.await.map_err(|_| self.gone())?;
        let Some(handle) = &self.sealed else { return Ok(open) };
        let (reply, answer) = oneshot::channel();
        handle.calls.send(SealedCall::Unsent { reply }).await.map_err(|_| self.gone())?;
        Ok(open + answer.await.map_err(|_| self.gone())?)
    }

    /// Connects at once instead of waiting for the next try.
    ///
    /// # Errors
    /// When the client has stopped.
    pub async fn hurry(&self) -> Result<(), RequestError> {
        self.tell(Call::Hurry).await
    }

    /// Says goodbye and stops. Unsent messages stay in the queue. [`Events::closed`] waits until it is done.
    pub async fn close(&self) {
        // A client that has stopped is closed already.
        let _ = self.tell(Call::Close).await;
    }

    /// Waits until a logged-in connection is there.
    ///
    /// # Errors
    /// When the client has stopped.
    pub async fn online(&self) -> Result<(), RequestError> {
        let mut view = self.view.clone();
        let seen = view.wait_for(|view| view.online || view.stopped.is_some()).await;
        match seen {
            Ok(view) if view.online => Ok(()),
            Ok(_) | Err(_) => Err(self.gone()),
        }
    }

    /// Asks the server without waiting for the answer: requests handed over one after the other arrive so.
    pub(crate) async fn begin(&self, command: Command, patience: Duration) -> Result<Pending, RequestError> {
        let (reply, answer) = oneshot::channel();
        let deadline = self.deadline(patience);
        self.tell(Call::Request { command, deadline, reply }).await?;
        Ok(Pending { answer, view: self.view.clone() })
    }

    /// Returns who one is, as the server said at the last login.
    #[must_use]
    pub fn welcome(&self) -> Arc<Welcome> {
        Arc::clone(&self.view.borrow().welcome)
    }

    /// Returns whether a logged-in connection is there at this moment.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.view.borrow().online
    }

    /// Returns whether a post goes into a sealed room under its seal. What is removed is named to the server openly: it
    /// has to know which bytes to wipe.
    async fn is_posted_sealed(&self, room: RoomId, post: &Post) -> Result<bool, RequestError> {
        Ok(!matches!(post, Post::Delete { .. }) && self.is_sealed(room).await?)
    }

    /// Writes a message to the queue on disk before anything is sent.
    async fn keep(&self, room: RoomId, post: Post, message_id: MessageId) -> Result<Unsent, RequestError> {
        let command = post.into_command(room, message_id)?;
        let unsent = Unsent { message_id, room, command };
        debug_assert_eq!(address_of(&unsent.command), Some((room, message_id)));
        let outbox = Arc::clone(&self.outbox);
        let kept = tokio::task::spawn_blocking(move || outbox.keep(&unsent).map(|()| unsent)).await;
        match kept {
            Ok(Ok(unsent)) => Ok(unsent),
            Ok(Err(error)) => Err(RequestError::Disk(error.to_string())),
            Err(error) => Err(RequestError::Disk(error.to_string())),
        }
    }

    async fn call(&self, call: impl FnOnce(ReplyTo) -> Call) -> Result<Reply, RequestError> {
        let (reply, answer) = oneshot::channel();
        self.tell(call(reply)).await?;
        answer.await.unwrap_or_else(|_| Err(self.gone()))
    }

    async fn tell(&self, call: Call) -> Result<(), RequestError> {
        self.calls.send(call).await.map_err(|_| self.gone())
    }

    pub(crate) fn gone(&self) -> RequestError {
        gone(&self.view)
    }

    fn deadline(&self, patience: Duration) -> Instant {
        (time::Instant::now() + patience).into_std()
    }
}

impl Pending {
    /// Waits for the answer.
    pub(crate) async fn wait(self) -> Result<Answer, RequestError> {
        match self.answer.await {
            Ok(Ok(Reply::Answer(answer))) => Ok(answer),
            Ok(Ok(Reply::Rooms(_))) => Err(RequestError::Unexpected),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(gone(&self.view)),
        }
    }
}

fn gone(view: &watch::Receiver<View>) -> RequestError {
    RequestError::Stopped(view.borrow().stopped.clone().unwrap_or(Stopped::Closed))
}

const CALLS: usize = 256;
const EVENTS: usize = 2_048;
