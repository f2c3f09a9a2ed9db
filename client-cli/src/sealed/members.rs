//! Making sealed rooms, letting people in and putting them out.

use std::collections::BTreeSet;

use proto::ids::{AccountId, RoomId};
use proto::message::{Answer, Command, IdentityCard, RoomSummary};
use proto::refusal::Code;
use proto::text::Text;
use sealed::Body;
use sealed::member::{Intent, MemberError};

use super::call::{Invited, RoomKeys};
use super::duties::Duty;
use super::engine::{Engine, clock};
use super::{SealedWhy, refused, words};
use crate::error::RequestError;
use crate::post::fresh_message_id;

impl Engine {
    /// Makes a sealed room with oneself in it.
    pub(super) async fn create(&mut self, name: &str, topic: &str) -> Result<RoomSummary, RequestError> {
        self.must_be_certified()?;
        let is_fit =
            !name.is_empty() && [name, topic].into_iter().all(|said| domain::text::line(said).is_ok());
        if !is_fit {
            return Err(refused(
                SealedWhy::BadName,
                "a room's name and topic are one line each, and the name is not empty",
            ));
        }
        let (name, topic) = (Text::new(name)?, Text::new(topic)?);
        let summary = self.made(None).await?;
        let room = summary.room;
        self.start_group(room, &BTreeSet::from([self.me()])).await?;
        let _ = self.notes.change_room(room, |note| (note.name, note.topic) = (name.clone(), topic.clone()));
        self.follow_log(room).await?;
        self.say(room, &Body::Meta { name, topic }).await?;
        self.emit_room(room);
        self.summary(room).ok_or(RequestError::Unexpected)
    }

    /// Returns the sealed room of two with this person, made on the first call.
    pub(super) async fn direct(&mut self, name: &str) -> Result<RoomSummary, RequestError> {
        self.must_be_certified()?;
        let card = self.card(name).await?;
        let known = self.direct_with(&card.name);
        let summary = match known {
            Some(summary) => summary,
            None => self.made(Some(card.name.clone())).await?,
        };
        let room = summary.room;
        if !self.is_in(room) && self.state(room).is_none() {
            // Both are admins: whoever has the other's newest device in can add the rest.
            self.start_group(room, &BTreeSet::from([self.me(), card.account])).await?;
        }
        if self.is_in(room) {
            self.follow_log(room).await?;
            self.let_in(room, &card).await?;
        }
        self.summary(room).ok_or(RequestError::Unexpected)
    }

    /// Lets everybody's devices of one account into a room.
    pub(super) async fn invite(&mut self, room: RoomId, name: &str) -> Result<Invited, RequestError> {
        self.sealed_room(room)?;
        let card = self.card(name).await?;
        let devices = self.let_in(room, &card).await?;
        if 0 < devices {
            self.tell_about(room).await?;
        }
        Ok(Invited { name: card.name.into_inner(), devices })
    }

    /// Puts somebody out of a room.
    pub(super) async fn remove(&mut self, room: RoomId, name: &str) -> Result<(), RequestError> {
        self.sealed_room(room)?;
        let card = self.card(name).await?;
        if !self.has(room, card.account) {
            return Err(refused(SealedWhy::NotIn, format!("{} is not in this room", &*card.name)));
        }
        self.commit(room, Intent::Remove { account: card.account }).await
    }

    /// Adds the other person of a direct room, if they are not in and have keys by now.
    pub(super) async fn complete(&mut self, room: RoomId) -> Result<(), RequestError> {
        if !self.is_in(room) {
            return Ok(());
        }
        self.let_the_other_in(room).await
    }

    /// As [`Self::complete`], before something is said.
    ///
    /// # Errors
    /// When they have no keys: then nobody would read it.
    pub(super) async fn let_the_other_in(&mut self, room: RoomId) -> Result<(), RequestError> {
        let Some(summary) = self.rooms.get(&room).map(|known| known.summary.clone()) else { return Ok(()) };
        let is_alone = self.state(room).is_some_and(|state| {
            let accounts: BTreeSet<_> = state.leaves.iter().map(|leaf| leaf.account).collect();
            accounts.len() < 2
        });
        if !summary.kind.is_direct() || !is_alone {
            return Ok(());
        }
        let card = self.card(&summary.name).await?;
        // Notes to oneself have nobody else to let in.
        if card.account == self.me() {
            return Ok(());
        }
        self.let_in(room, &card).await.map(drop)
    }

    /// Returns where this device stands in a room.
    pub(super) fn keys_of(&mut self, room: RoomId) -> Result<RoomKeys, RequestError> {
        let kind = self.sealed_room(room)?.summary.kind;
        let me = self.me();
        let state = self.state(room);
        let (words, writable) =
            words::standing(state.as_ref(), &|account| self.notes.name(account).into_inner());
        let mut keys = RoomKeys {
            words: format!("{}; {words}", words::server_reads(kind)),
            writable,
            epoch: 0,
            devices: Default::default(),
            admins: Vec::new(),
            admin: false,
        };
        if let Some(state) = state {
            keys.epoch = state.epoch.get();
            keys.admin = state.admins.contains(&me);
            keys.admins = state.admins.into_iter().collect();
            for leaf in state.leaves {
                *keys.devices.entry(leaf.account).or_default() += 1;
            }
        }
        Ok(keys)
    }

    /// Commits an Add of every device of an account that is not in yet; returns how many came in.
    async fn let_in(&mut self, room: RoomId, card: &IdentityCard) -> Result<usize, RequestError> {
        let name = &card.name;
        if card.key.is_none() {
            if self.has(room, card.account) {
                return Ok(0);
            }
            return Err(no_keys(name));
        }
        if self.rooms.get(&room).is_some_and(|known| known.summary.kind.is_direct())
            && self.has(room, card.account)
        {
            return Ok(0);
        }
        self.must_be_in(room).await?;
        let taken = self.ask(Command::TakeKeyPackages { room, name: name.clone() }).await;
        let packages = match taken {
            Ok(Answer::KeyPackages { packages }) => packages.into_inner(),
            Ok(_) => return Err(RequestError::Unexpected),
            Err(RequestError::Refused(refusal)) if refusal.code == Code::NoIdentity => {
                return Err(no_keys(name));
            }
            Err(error) => return Err(error),
        };
        if packages.is_empty() {
            return if self.has(room, card.account) { Ok(0) } else { Err(no_keys(name)) };
        }
        let devices = packages.len();
        self.commit(room, Intent::Add { account: card.account, packages }).await?;
        Ok(devices)
    }

    /// Tells a room's name and topic to those who came in.
    async fn tell_about(&mut self, room: RoomId) -> Result<(), RequestError> {
        let note = self.notes.room(room);
        self.duties.forget(Duty::TellMeta(room));
        if note.name.is_empty() {
            return Ok(());
        }
        self.say(room, &Body::Meta { name: note.name, topic: note.topic }).await
    }

    /// Waits until this device is in a room it may be about to enter.
    async fn must_be_in(&mut self, room: RoomId) -> Result<(), RequestError> {
        if self.is_in(room) {
            return Ok(());
        }
        Err(self.failed(&MemberError::NotIn))
    }

    /// Asks the server for a room, and takes it up when its event was not here before the answer.
    async fn made(
        &mut self,
        with: Option<Text<{ proto::limits::NAME }>>,
    ) -> Result<RoomSummary, RequestError> {
        let made = Command::CreateSealed { message_id: fresh_message_id(), with };
        let Answer::Room(summary) = self.ask(made).await? else { return Err(RequestError::Unexpected) };
        if !self.rooms.contains_key(&summary.room) {
            self.room_named(summary.clone());
        }
        Ok(summary)
    }

    async fn start_group(&mut self, room: RoomId, admins: &BTreeSet<AccountId>) -> Result<(), RequestError> {
        let Answer::Host { sender } = self.ask(Command::FetchHost).await? else {
            return Err(RequestError::Unexpected);
        };
        let start =
            self.member.create(room, admins, &sender, clock()).map_err(|error| self.failed(&error))?;
        match self.done(start).await {
            Ok(()) => Ok(()),
            Err(RequestError::Refused(refusal)) if refusal.code == Code::Conflict => {
                let Answer::GroupInfo { info, .. } = self.ask(Command::FetchGroupInfo { room }).await? else {
                    return Err(RequestError::Unexpected);
                };
                // An earlier try of this device, or the other person's: then they let this device in.
                self.member.started(room, &info).map_err(|error| self.failed(&error))?;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn has(&mut self, room: RoomId, account: AccountId) -> bool {
        self.state(room).is_some_and(|state| state.leaves.iter().any(|leaf| leaf.account == account))
    }

    fn direct_with(&self, name: &str) -> Option<RoomSummary> {
        let mut sealed = self.rooms.values().map(|known| &known.summary);
        sealed.find(|summary| summary.kind.is_direct() && &*summary.name == name).cloned()
    }
}

fn no_keys(name: &str) -> RequestError {
    refused(
        SealedWhy::NoKeys,
        format!("{name} has no device that can read sealed rooms yet: {name} has to start chat once"),
    )
}
