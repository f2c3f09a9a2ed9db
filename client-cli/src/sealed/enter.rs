//! Coming into rooms: by a Welcome, or by oneself as a further device or after losing one's place.

use std::time::Duration;

use proto::ids::{Epoch, RoomId};
use proto::limits;
use proto::message::{Answer, Command, WelcomeCard};
use proto::refusal::Code;
use sealed::member::{MemberError, Phase};

use super::duties::Duty;
use super::engine::{Engine, clock, now};
use super::words;
use crate::error::RequestError;
use crate::event::{SealedKind, Start};

impl Engine {
    /// Takes every Welcome that waits for this device.
    pub(super) async fn welcomes(&mut self) -> Result<(), RequestError> {
        loop {
            let Answer::Welcomes(page) = self.ask(Command::ListWelcomes).await? else {
                return Err(RequestError::Unexpected);
            };
            let mut dropped = 0;
            for card in page.welcomes.iter() {
                if self.welcome(card).await? {
                    self.done(Command::DropWelcome { id: card.id }).await?;
                    dropped += 1;
                }
            }
            if !page.more || dropped == 0 {
                return Ok(());
            }
        }
    }

    /// Asks for a room's log from where the vault is, and has it handed over entry by entry.
    pub(super) async fn follow_log(&mut self, room: RoomId) -> Result<(), RequestError> {
        let Some(state) = self.state(room) else { return Ok(()) };
        match self.rooms.get_mut(&room) {
            Some(known) if !known.comes_in => known.comes_in = true,
            _ => return Ok(()),
        }
        self.inbox.retain(|(entry, _)| entry.room != room);
        self.raw.follow(room, Start::After(state.cursor)).await
    }

    /// Comes into a room by a commit from outside: this device was not in, lost its place, or was brought from elsewhere.
    pub(super) async fn enter(&mut self, room: RoomId) -> Result<(), RequestError> {
        if self.must_be_certified().is_err() || self.rooms.get(&room).is_none_or(|room| room.shut) {
            return Ok(());
        }
        let must_enter_anew = self.notes.room(room).must_enter_anew;
        if must_enter_anew {
            self.member.mistrust(room).map_err(|error| self.failed(&error))?;
        }
        match self.state(room).map(|state| state.phase) {
            Some(Phase::Active) => return self.follow_log(room).await,
            Some(Phase::Joining) => {
                self.follow_log(room).await?;
                return self.send_waiting(room).await;
            }
            _ => {}
        }
        let info = match self.ask(Command::FetchGroupInfo { room }).await {
            Ok(Answer::GroupInfo { epoch, seq, info }) => (epoch, seq, info),
            Ok(_) => return Err(RequestError::Unexpected),
            // No group yet, or not for this account: whoever is in lets this device in.
            Err(RequestError::Refused(refusal)) if is_for_good(refusal.code) => {
                self.shut(room);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let (epoch, seq, info) = info;
        let tree = self.tree(room, epoch).await?;
        match self.member.rejoin(room, seq, &info, &tree, clock()) {
            Ok(_) => {}
            Err(MemberError::Rules(_) | MemberError::NotIn) => {
                self.shut(room);
                return Ok(());
            }
            Err(error) => return Err(self.failed(&error)),
        }
        let _ = self.notes.change_room(room, |note| note.must_enter_anew = false);
        if let Some(known) = self.rooms.get_mut(&room) {
            known.comes_in = false;
        }
        self.follow_log(room).await?;
        self.send_waiting(room).await?;
        match self.state(room).map(|state| state.phase) {
            Some(Phase::Active) => self.came_in(room, Duration::ZERO),
            // The server says that nobody of this account is in.
            Some(Phase::Lost) => self.shut(room),
            _ => {}
        }
        Ok(())
    }

    /// Returns whether this device reads a room at the moment.
    pub(super) fn is_in(&mut self, room: RoomId) -> bool {
        self.state(room).is_some_and(|state| matches!(state.phase, Phase::Active | Phase::Joining))
    }

    /// Opens one Welcome; returns whether the server need not keep it.
    async fn welcome(&mut self, card: &WelcomeCard) -> Result<bool, RequestError> {
        let room = card.room;
        let tree = match self.tree(room, card.epoch).await {
            Ok(tree) => tree,
            // The epoch is past and its tree gone: this device's leaf is in the room, so it can come in by itself.
            Err(RequestError::Refused(refusal)) if is_for_good(refusal.code) => {
                self.duties.note(Duty::Enter(room), now());
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        match self.member.join(card, &tree, clock()) {
            Ok(changed) => {
                for account in changed {
                    let text = words::keys_changed(&self.notes.name(account));
                    self.tell(SealedKind::KeysChanged, Some(room), text);
                }
                if let Some(known) = self.rooms.get_mut(&room) {
                    (known.comes_in, known.shut) = (false, false);
                }
                let _ = self.notes.change_room(room, |note| note.must_enter_anew = false);
                self.came_in(room, ASK_META);
                self.follow_log(room).await?;
                Ok(true)
            }
            // The log says first that this device is out; then the Welcome leads in again.
            Err(MemberError::StillIn) => {
                self.duties.note(Duty::Welcomes, now() + STILL_IN);
                Ok(false)
            }
            Err(MemberError::NoIdentity | MemberError::Asking) => Ok(false),
            Err(error) => {
                let text = format!(
                    "an invitation into this room does not open here ({error}); this device comes in by itself"
                );
                self.tell(SealedKind::Trouble, Some(room), text);
                self.duties.note(Duty::Enter(room), now());
                Ok(true)
            }
        }
    }

    /// Tells a person that this device is in, and asks for the room's name unless it is told in time.
    fn came_in(&mut self, room: RoomId, told_within: Duration) {
        let renewed = u64::try_from(clock().0).unwrap_or_default();
        let _ = self.notes.change_room(room, |note| note.renewed_at = renewed);
        let name = self.summary(room).map(|summary| match summary.kind.is_direct() {
            true => format!("your conversation with {}", &*summary.name),
            false => (*summary.name).to_owned(),
        });
        self.tell(SealedKind::Joined, Some(room), words::joined(&name.unwrap_or_default()));
        let is_named = self.rooms.get(&room).is_some_and(|known| known.summary.kind.is_direct())
            || !self.notes.room(room).name.is_empty();
        if !is_named {
            self.duties.note(Duty::AskMeta(room), now() + told_within);
        }
    }

    fn shut(&mut self, room: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.shut = true;
        }
    }

    /// Fetches the public tree of a room's group.
    async fn tree(&mut self, room: RoomId, epoch: Epoch) -> Result<Vec<u8>, RequestError> {
        let len = u32::try_from(limits::PIECE).expect("a piece is 32 KiB");
        let mut tree = Vec::new();
        loop {
            let offset = u64::try_from(tree.len()).unwrap_or(u64::MAX);
            let Answer::Piece { bytes, .. } =
                self.ask(Command::FetchTree { room, epoch, offset, len }).await?
            else {
                return Err(RequestError::Unexpected);
            };
            tree.extend_from_slice(&bytes);
            if bytes.len() < limits::PIECE {
                return Ok(tree);
            }
            if TREE < tree.len() {
                return Err(RequestError::Unexpected);
            }
        }
    }
}

/// Whether asking again does not help.
fn is_for_good(code: Code) -> bool {
    matches!(
        code,
        Code::NotPermitted | Code::NotAMember | Code::NoSuchRoom | Code::NoSuchEntry | Code::NoIdentity
    )
}

/// No tree of a room's devices is larger.
const TREE: usize = 2 << 20;
const STILL_IN: Duration = Duration::from_secs(1);
/// Whoever let this device in says the name by themselves; only then it is asked for.
const ASK_META: Duration = Duration::from_secs(5);
