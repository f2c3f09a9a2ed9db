//! Sending: what was sealed goes out in order, again after a cut, anew when the epoch went on.

use std::time::Duration;

use proto::ids::{BlobId, MessageId, RoomId, Seq, Timestamp};
use proto::message::{Answer, Command};
use proto::refusal::{Code, Refusal};
use sealed::Body;
use sealed::member::{Intent, MemberError, Phase, Refused};
use tokio::sync::oneshot;

use super::call::Posting;
use super::duties::{Duty, turn_of};
use super::engine::{Engine, Waiter, clock, now, random};
use super::view::{Wrong, body_of};
use super::{SealedWhy, refused};
use crate::client::Accepted;
use crate::core::{Unsent, Withdrawn, passes};
use crate::error::RequestError;
use crate::event::ClientEvent;
use crate::post::Post;

impl Engine {
    /// Seals a message into the vault and has it sent. Who waits is told when it is there, and when the server has it.
    pub(super) async fn post(&mut self, posting: Posting) {
        let Posting { room, post, message_id, kept, accepted } = posting;
        // Whoever waits knows that it is kept once they are told; who does not wait any more said that it is not.
        self.settled().await;
        if kept.as_ref().is_some_and(oneshot::Sender::is_closed) {
            return;
        }
        match self.keep(room, post, message_id).await {
            Ok(()) => {
                if kept.is_some_and(|kept| kept.send(Ok(())).is_err()) {
                    self.withdraw(message_id);
                    return;
                }
                if let Some((deadline, reply)) = accepted {
                    self.waiters.insert(message_id, Waiter { deadline, reply, last: None });
                }
                self.duties.note(Duty::Send(room), now());
            }
            Err(error) => {
                if let Some((_, reply)) = accepted {
                    let _ = reply.send(Err(error.clone()));
                }
                if let Some(kept) = kept {
                    let _ = kept.send(Err(error));
                }
            }
        }
    }

    /// Takes a message back. It is not sent again after this.
    pub(super) fn withdraw(&mut self, message_id: MessageId) -> Withdrawn {
        self.waiters.remove(&message_id);
        let rooms: Vec<_> = self.rooms.keys().copied().collect();
        for room in rooms {
            let waits = self.member.waiting(room).unwrap_or_default();
            if !waits.iter().any(|waiting| waiting.message_id == message_id) {
                continue;
            }
            let was_sent = self.rooms.get(&room).is_some_and(|room| room.sent.contains(&message_id));
            // What cannot be taken out stays and is sent: that is what the answer says.
            let taken = self.member.refused(room, message_id).is_ok();
            return if was_sent || !taken { Withdrawn::MaybeSent } else { Withdrawn::NotSent };
        }
        Withdrawn::Gone
    }

    /// Returns how many messages of sealed rooms the server has not judged.
    pub(super) fn unsent(&self) -> usize {
        let waiting = self.rooms.keys().map(|&room| self.member.waiting(room).map_or(0, |waits| waits.len()));
        waiting.sum()
    }

    /// Sends everything that waits in a room, in order. What can only be sent later is noted for then.
    pub(super) async fn send_waiting(&mut self, room: RoomId) -> Result<(), RequestError> {
        while self.online && self.is_read_up(room) {
            let commands = self.member.outbox(room).map_err(|error| self.failed(&error))?;
            let Some(known) = self.rooms.get_mut(&room) else { return Ok(()) };
            let next = commands.into_iter().find_map(|command| {
                let id = id_of(&command)?;
                (!known.accepted.contains_key(&id)).then_some((id, command))
            });
            let Some((id, command)) = next else { return Ok(()) };
            known.sent.insert(id);
            match self.ask(command).await {
                Ok(Answer::Accepted { seq, at, .. }) => self.accepted(room, id, seq, at).await,
                Ok(_) => return Err(RequestError::Unexpected),
                Err(RequestError::Refused(refusal)) => {
                    if !self.not_taken(room, id, refusal).await {
                        return Ok(());
                    }
                }
                Err(error) => {
                    self.duties.note(Duty::Send(room), now() + AGAIN);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Commits a change of a room's keys, as often as others are faster.
    pub(super) async fn commit(&mut self, room: RoomId, intent: Intent) -> Result<(), RequestError> {
        for _ in 0..TRIES {
            if !self.until(READ_UP, |engine| engine.is_read_up(room) && !engine.is_committing(room)).await {
                return Err(refused(
                    SealedWhy::Busy,
                    "this room's keys are changing at this moment; try again",
                ));
            }
            if let Some(known) = self.rooms.get_mut(&room) {
                (known.lost, known.verdict) = (None, None);
            }
            self.member.commit(room, intent.clone(), clock()).map_err(|error| self.failed(&error))?;
            self.send_waiting(room).await?;
            self.until(SETTLES, |engine| !engine.is_committing(room)).await;
            if let Some(verdict) = self.rooms.get_mut(&room).and_then(|known| known.verdict.take()) {
                return Err(RequestError::Refused(verdict));
            }
            if self.is_committing(room) {
                return Err(RequestError::TimedOut);
            }
            if self.rooms.get_mut(&room).is_none_or(|known| known.lost.take().is_none()) {
                let renewed = u64::try_from(clock().0).unwrap_or_default();
                let _ = self.notes.change_room(room, |note| note.renewed_at = renewed);
                return Ok(());
            }
        }
        Err(refused(
            SealedWhy::Busy,
            "others changed this room at the same time, several times over; try again",
        ))
    }

    /// Commits the evictions that are pending, if they still are.
    pub(super) async fn evict(&mut self, room: RoomId) -> Result<(), RequestError> {
        let pending = self.state(room).is_some_and(|state| {
            state.phase == Phase::Active && !state.evicting.is_empty() && !state.committing
        });
        if !pending {
            return Ok(());
        }
        match self.commit(room, Intent::Evictions).await {
            // Somebody else did it, or does it at this moment.
            Err(RequestError::Sealed(sealed)) if sealed.why == SealedWhy::Busy => {
                self.duties.note(Duty::Evict(room), now() + turn_of(false, random()));
                Ok(())
            }
            result => result,
        }
    }

    /// Whether everything that is known to be in the log was processed.
    pub(super) fn is_read_up(&mut self, room: RoomId) -> bool {
        self.work_off();
        let Some(last) = self.rooms.get(&room).map(|known| known.summary.last_seq) else { return false };
        self.state(room).is_some_and(|state| state.phase == Phase::Joining || last <= state.cursor)
    }

    fn is_committing(&mut self, room: RoomId) -> bool {
        self.state(room).is_some_and(|state| state.committing)
    }

    async fn keep(&mut self, room: RoomId, post: Post, message_id: MessageId) -> Result<(), RequestError> {
        self.must_be_certified()?;
        self.sealed_room(room)?;
        let blob = blob_of(&post);
        let name = self.notes.room(room).name;
        let member = &self.member;
        let id_of = |seq: Seq| member.line(room, seq).ok().flatten().map(|line| line.message_id);
        let body = body_of(post, &name, &id_of).map_err(|wrong| match wrong {
            Wrong::NoSuchMessage(seq) => {
                refused(SealedWhy::NoSuchMessage, format!("there is no message {seq} on this device"))
            }
            Wrong::TooLong(error) => error.into(),
            Wrong::Open => RequestError::Unexpected,
        })?;
        self.seal(room, message_id, &body, blob).await
    }

    /// Seals a message. It is in the vault when this returns.
    async fn seal(
        &mut self,
        room: RoomId,
        message_id: MessageId,
        body: &Body,
        blob: Option<BlobId>,
    ) -> Result<(), RequestError> {
        // A room that was named a moment ago may not be entered yet.
        self.settle(READ_UP, |engine| {
            engine.is_in(room) || engine.rooms.get(&room).is_none_or(|known| known.shut)
        })
        .await;
        if !self.is_in(room) {
            let is_out = self.state(room).is_some_and(|state| state.phase == Phase::Ended);
            let error = if is_out { MemberError::Ended } else { MemberError::NotIn };
            return Err(self.failed(&error));
        }
        self.let_the_other_in(room).await?;
        // Who asked for the room's name need not wait for this device's turn: it may be gone by then.
        if self.duties.has(Duty::TellMeta(room)) {
            self.duties.forget(Duty::TellMeta(room));
            self.tell_meta(room).await?;
        }
        self.member.seal(room, message_id, body, blob).map_err(|error| self.failed(&error))?;
        Ok(())
    }

    async fn accepted(&mut self, room: RoomId, id: MessageId, seq: Seq, at: Timestamp) {
        if let Some(known) = self.rooms.get_mut(&room) {
            known.accepted.insert(id, (seq, at));
            known.reaches(seq);
        }
        // Its entry comes back in the log; then it is history here too.
        self.until(COMES_BACK, |engine| engine.state(room).is_none_or(|state| seq <= state.cursor)).await;
        match self.waiters.remove(&id) {
            Some(waiter) => drop(waiter.reply.send(Ok(Accepted { message_id: id, seq, at }))),
            None if self.member.find(room, id).ok().flatten().is_some() => {
                self.emit(ClientEvent::Sent { message_id: id, room, seq, at });
            }
            None => {}
        }
    }

    /// Takes note that the server did not take something; returns whether to go on with the next at once.
    async fn not_taken(&mut self, room: RoomId, id: MessageId, refusal: Refusal) -> bool {
        match refusal.code {
            // A commit was faster, or somebody has to go first. The log says so in a moment.
            Code::StaleEpoch | Code::PendingEviction => {
                let before = self.state(room).map(|state| state.cursor);
                let moved = self
                    .until(LOG_SAYS_SO, |engine| engine.state(room).map(|state| state.cursor) != before)
                    .await;
                if !moved {
                    self.duties.note(Duty::Send(room), now() + AGAIN);
                }
                let waits = self.state(room).is_some_and(|state| !state.evicting.is_empty());
                moved && !waits
            }
            _ if passes(&refusal).is_some() => {
                let wait = passes(&refusal).unwrap_or(AGAIN);
                self.duties.put_off(Duty::Send(room), now() + wait);
                if let Some(waiter) = self.waiters.get_mut(&id) {
                    waiter.last = Some(refusal);
                    if waiter.deadline < now() + wait {
                        self.give_up(id);
                    }
                }
                false
            }
            _ => {
                self.refused_for_good(room, id, refusal);
                true
            }
        }
    }

    fn refused_for_good(&mut self, room: RoomId, id: MessageId, refusal: Refusal) {
        let what = self.member.refused(room, id).ok().flatten();
        if let Some(waiter) = self.waiters.remove(&id) {
            return drop(waiter.reply.send(Err(RequestError::Refused(refusal))));
        }
        match what {
            Some(Refused::Message(body)) => {
                if let Some(command) = self.as_typed(room, id, body) {
                    let unsent = Box::new(Unsent { message_id: id, room, command });
                    self.emit(ClientEvent::NotSent { unsent, refusal });
                }
            }
            Some(Refused::Commit(_) | Refused::Rejoin) => {
                if let Some(known) = self.rooms.get_mut(&room) {
                    known.verdict = Some(refusal);
                }
            }
            None => {}
        }
    }

    /// Returns a refused message as a person typed it, for another try.
    fn as_typed(&self, room: RoomId, message_id: MessageId, body: Body) -> Option<Command> {
        let place_of = |id: MessageId| self.member.find(room, id).ok().flatten();
        match body {
            Body::Text { body, reply_to } => {
                Some(Command::Send { room, message_id, body, reply_to: reply_to.and_then(place_of) })
            }
            Body::Edit { target, body } => {
                Some(Command::Edit { room, message_id, target: place_of(target)?, body })
            }
            Body::Reaction { target, emoji, change } => {
                Some(Command::React { room, message_id, target: place_of(target)?, emoji, change })
            }
            Body::File { card, caption, reply_to } => Some(Command::SendFile {
                room,
                message_id,
                file: card,
                caption,
                reply_to: reply_to.and_then(place_of),
            }),
            Body::Meta { topic, .. } => Some(Command::SetTopic { room, message_id, topic }),
            Body::AskMeta => None,
        }
    }
}

/// Returns the id of what is sent.
fn id_of(command: &Command) -> Option<MessageId> {
    match command {
        Command::SendSealed { message_id, .. } | Command::Commit { message_id, .. } => Some(*message_id),
        _ => None,
    }
}

/// Returns the file a post carries.
fn blob_of(post: &Post) -> Option<BlobId> {
    match post {
        Post::File { file, .. } => Some(file.blob),
        _ => None,
    }
}

const TRIES: usize = 5;
const AGAIN: Duration = Duration::from_secs(2);
/// How long a log may take to come in before something is done with the room.
const READ_UP: Duration = Duration::from_secs(20);
/// How long an accepted commit may take to come back.
const SETTLES: Duration = Duration::from_secs(10);
const COMES_BACK: Duration = Duration::from_secs(5);
const LOG_SAYS_SO: Duration = Duration::from_secs(3);
