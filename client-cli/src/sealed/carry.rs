//! Processing: each entry of a sealed room's log, in order, becomes an event, a state, or work to do.

use std::collections::BTreeSet;
use std::time::Duration;

use proto::ids::{AccountId, RoomId, Seq};
use proto::message::{Content, Entry};
use sealed::member::MemberError;
use sealed::member::{Intent, Line, Phase, Processed, RoomState, What};
use sealed::{Body, Leaf};

use super::duties::{Duty, turn_of};
use super::engine::{Engine, now, random};
use super::view::entry_of;
use super::{SealedWhy, refused, words};
use crate::error::RequestError;
use crate::event::{ClientEvent, SealedKind, SealedNews};

impl Engine {
    /// Processes everything in the inbox.
    pub(super) fn work_off(&mut self) {
        while let Some((entry, live)) = self.inbox.pop_front() {
            self.process(&entry, live);
        }
    }

    fn process(&mut self, entry: &Entry, live: bool) {
        // Names are a convenience: one that cannot be written is there again with the next entry.
        let _ = self.notes.named(entry.author, &entry.author_name);
        let result = match self.member.process(entry) {
            Err(MemberError::Gap { .. }) => {
                // What was there before cannot be read any more, or it would have come.
                let skipped = self.member.skip_to(entry.room, entry.seq);
                skipped.and_then(|()| self.member.process(entry))
            }
            result => result,
        };
        match result {
            Ok(processed) => self.processed(entry, processed, live),
            // The log comes again from the right place once this device is in.
            Err(MemberError::NotIn) => {}
            Err(error) => {
                let text = format!("entry {} cannot be processed: {error}", entry.seq);
                self.tell(SealedKind::Trouble, Some(entry.room), text);
            }
        }
    }

    fn processed(&mut self, entry: &Entry, processed: Processed, live: bool) {
        let (id, seq) = (entry.room, entry.seq);
        let gives = self.rooms.get_mut(&id).is_some_and(|room| {
            room.accepted.remove(&entry.message_id);
            room.sent.remove(&entry.message_id);
            room.lost = processed.lost.or(room.lost.take());
            room.gives(seq)
        });
        for account in processed.key_changes {
            let text = words::keys_changed(&self.notes.name(account));
            self.tell(SealedKind::KeysChanged, Some(id), text);
        }
        match processed.line {
            Some(line) if is_sealed(&entry.content) => self.line(entry, &line, gives, live),
            _ if gives && !is_sealed(&entry.content) => {
                self.emit(ClientEvent::Entry { entry: entry.clone(), live });
            }
            _ => {}
        }
        if let Some(state) = self.state(id) {
            self.look_after(id, seq, &state);
        }
    }

    /// Hands a line on: as an entry when it is a message, otherwise in words.
    fn line(&mut self, entry: &Entry, line: &Line, gives: bool, live: bool) {
        let (id, seq) = (entry.room, entry.seq);
        let mut is_shown = true;
        if let What::Message { body, .. } = &line.what {
            is_shown = self.take_note(id, line.author, seq, body);
        }
        if !gives || !is_shown {
            return;
        }
        // An edit of somebody else's words changes nothing, and names nothing.
        let target = self.member.target(id, line).ok().flatten().map(|target| target.seq);
        let place_of = |_| target;
        match entry_of(id, line, entry.author_name.clone(), &place_of) {
            Some(entry) => self.emit(ClientEvent::Entry { entry, live }),
            None => {
                if let Some((kind, text)) = self.words_of(line) {
                    self.emit(ClientEvent::Sealed(SealedNews { kind, room: Some(id), seq: Some(seq), text }));
                }
            }
        }
    }

    /// Acts on what members tell each other about the room itself. Returns whether people are to see it.
    fn take_note(&mut self, id: RoomId, author: AccountId, seq: Seq, body: &Body) -> bool {
        match body {
            Body::Meta { name, topic } => {
                self.duties.forget(Duty::TellMeta(id));
                self.duties.forget(Duty::AskMeta(id));
                let told = self.notes.told(id, seq, name, topic).unwrap_or_default();
                if told.name || told.topic {
                    self.emit_room(id);
                }
                told.topic
            }
            Body::AskMeta if author != self.me() || !self.notes.room(id).name.is_empty() => {
                let wait = Duration::from_millis(u64::from(random()) * 3_000 / u64::from(u16::MAX));
                self.duties.note(Duty::TellMeta(id), now() + wait);
                false
            }
            Body::AskMeta => false,
            _ => true,
        }
    }

    /// Notes what a room's state asks for.
    pub(super) fn look_after(&mut self, id: RoomId, seq: Seq, state: &RoomState) {
        match state.phase {
            Phase::Active => {
                if !state.evicting.is_empty() && !state.committing {
                    let turn = turn_of(state.admins.contains(&self.me()), random());
                    self.duties.note(Duty::Evict(id), now() + turn);
                } else {
                    self.duties.forget(Duty::Evict(id));
                }
                self.duties.note(Duty::Send(id), now());
            }
            Phase::Lost => {
                self.duties.note(Duty::CannotRead(id, seq), now());
                self.duties.note(Duty::Enter(id), now());
                let text = "this device lost its place among the keys of this room, and asks to come in again by itself";
                self.tell(SealedKind::Lost, Some(id), text.to_owned());
            }
            Phase::Joining => {}
            Phase::Ended => self.duties.forget_room(id),
        }
    }

    /// Returns what a line that is no message is told as.
    pub(super) fn words_of(&self, line: &Line) -> Option<(SealedKind, String)> {
        let name = |account: AccountId| self.notes.name(account).into_inner();
        let names = |leaves: &[Leaf]| {
            let accounts: BTreeSet<_> = leaves.iter().map(|leaf| leaf.account).collect();
            accounts.into_iter().map(name).collect::<Vec<_>>()
        };
        match &line.what {
            What::Unreadable { why, .. } => {
                Some((SealedKind::CannotRead, words::unreadable(*why, line.seq, &name(line.author))))
            }
            What::Members { by, added, removed } => {
                Some((SealedKind::Members, words::members(&name(by.account), &names(added), &names(removed))))
            }
            What::Evicting { why } => Some((SealedKind::Evicting, words::evicting(&name(line.author), *why))),
            What::Ended => Some((SealedKind::Members, "you cannot read this room any more".to_owned())),
            What::Message { .. } | What::Deleted { .. } => None,
        }
    }

    /// Does work that is due.
    pub(super) async fn do_duty(&mut self, duty: Duty) {
        let result = match duty {
            Duty::SetUp => self.set_up().await,
            Duty::KeyPackages => self.top_up().await,
            Duty::Welcomes => self.welcomes().await,
            Duty::Follow(room) => self.follow_log(room).await,
            Duty::Enter(room) => self.enter(room).await,
            Duty::CannotRead(room, seq) => self.done(proto::message::Command::CannotRead { room, seq }).await,
            Duty::Evict(room) => self.evict(room).await,
            Duty::Send(room) => self.send_waiting(room).await,
            Duty::Complete(room) => self.complete(room).await,
            Duty::AskMeta(room) => self.say(room, &Body::AskMeta).await,
            Duty::TellMeta(room) => self.tell_meta(room).await,
            Duty::Renew(room) => self.commit(room, Intent::Update).await,
        };
        match result {
            Ok(()) => {}
            // Cut or slow: once more, in a while or when the connection is back.
            Err(RequestError::TimedOut | RequestError::Cut | RequestError::Full) => {
                self.duties.note(duty, now() + AGAIN_AFTER);
            }
            Err(RequestError::Stopped(_)) => {}
            Err(RequestError::Refused(refusal)) if refusal.retry_after_ms.is_some() => {
                let wait = Duration::from_millis(refusal.retry_after_ms.unwrap_or_default());
                self.duties.note(duty, now() + wait.clamp(AGAIN_AFTER, AGAIN_LATEST));
            }
            Err(error) => self.duty_failed(duty, &error),
        }
    }

    fn duty_failed(&mut self, duty: Duty, error: &RequestError) {
        let (room, doing) = match duty {
            Duty::SetUp => (None, "this device's identity cannot be set up"),
            Duty::KeyPackages => (None, "others cannot let this device in: its keys were not published"),
            Duty::Enter(room) => (Some(room), "this device cannot come into the room by itself"),
            Duty::Evict(room) => (Some(room), "the keys of this room could not be changed"),
            // Asked for by nobody, and tried again at the next occasion.
            Duty::Welcomes
            | Duty::Follow(_)
            | Duty::CannotRead(..)
            | Duty::Send(_)
            | Duty::Complete(_)
            | Duty::AskMeta(_)
            | Duty::TellMeta(_)
            | Duty::Renew(_) => return,
        };
        self.tell(SealedKind::Trouble, room, format!("{doing}: {error}"));
    }

    /// Tells a room's name and topic, unless they are not known here.
    pub(super) async fn tell_meta(&mut self, room: RoomId) -> Result<(), RequestError> {
        let note = self.notes.room(room);
        if note.name.is_empty() {
            return Ok(());
        }
        self.say(room, &Body::Meta { name: note.name, topic: note.topic }).await
    }

    /// Seals something the engine says by itself, and sends what waits.
    pub(super) async fn say(&mut self, room: RoomId, body: &Body) -> Result<(), RequestError> {
        let id = crate::post::fresh_message_id();
        self.member.seal(room, id, body, None).map_err(|error| self.failed(&error))?;
        self.send_waiting(room).await
    }
}

/// Turns an error of the member into one for callers.
pub(super) fn failed(error: &MemberError, name: &dyn Fn(AccountId) -> String) -> RequestError {
    match error {
        MemberError::NotIn => refused(
            SealedWhy::NotIn,
            "this device has no keys of this room: somebody in it has to let you in, by /invite with your name",
        ),
        MemberError::Ended => refused(SealedWhy::NotIn, "this device has been removed from this room"),
        MemberError::BeingEvicted => {
            refused(SealedWhy::Evicting, "this device is being removed from this room")
        }
        MemberError::NoIdentity | MemberError::Asking => refused(
            SealedWhy::NotApproved,
            "this device waits until another of your devices approves it; /devices shows the code to compare",
        ),
        MemberError::Rules(rules) => refused(SealedWhy::NotAdmin, rules.to_string()),
        MemberError::KeyChanged(account) => {
            refused(SealedWhy::KeyChanged, words::keys_changed(&name(*account)))
        }
        MemberError::CommitUnderway => {
            refused(SealedWhy::Busy, "this room's keys are changing at this moment; try again")
        }
        other => refused(SealedWhy::Vault, other.to_string()),
    }
}

fn is_sealed(content: &Content) -> bool {
    matches!(content, Content::Sealed { .. } | Content::Commit { .. } | Content::Evict { .. })
}

const AGAIN_AFTER: Duration = Duration::from_secs(2);
const AGAIN_LATEST: Duration = Duration::from_secs(120);
