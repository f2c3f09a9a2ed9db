//! Measures: taking, changing and lifting them, one at a time or many at once.

use domain::audit::{Action as Act, Target as About};
use domain::role::Action;
use domain::sanction::{self, Kind, Length, Scope, Target};
use proto::ids::{AccountId, BatchId, RoomId, SanctionId, Timestamp};
use proto::limits;
use proto::text::Text;

use super::Staff;
use crate::error::StoreError;
use crate::rows::{Change, NewSanction, SanctionRow};

/// Most measures of one import.
pub const IMPORTED: usize = 10_000;

impl Staff<'_, '_> {
    /// Takes a measure. One that stands with the same end is kept and nothing is written; another end replaces it.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `Invalid`, `TooWide`, `StepUpNeeded`, `SelfLockout`; for a kick `NotAMember`.
    pub fn sanction(&mut self, new: &NewSanction) -> Result<SanctionId, StoreError> {
        self.judge(new)?;
        if sanction::needs_step_up(new.target, self.length(new), 1) {
            self.require_step_up()?;
        }
        self.take_judged(new, None).map(|(id, _)| id)
    }

    /// Takes one measure of several; also whether it is a new one.
    ///
    /// # Errors
    /// Those of [`Staff::sanction`] but `StepUpNeeded`, which is for the whole act to say.
    pub(super) fn sanction_in(
        &mut self,
        new: &NewSanction,
        batch: Option<BatchId>,
    ) -> Result<(SanctionId, bool), StoreError> {
        self.judge(new)?;
        self.take_judged(new, batch)
    }

    /// Removes somebody from a room; from the lobby nobody is removed, their connections are to be cut.
    ///
    /// # Errors
    /// `NotPermitted` (also for a direct room), `NotFound`, `NotAMember`.
    pub fn kick(
        &mut self,
        room: RoomId,
        account: AccountId,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<SanctionId, StoreError> {
        let mut new = NewSanction::new(Target::Account(account), Kind::Kick, None, reason.clone());
        new.scope = Scope::Room(room);
        self.sanction(&new)
    }

    /// Lifts a measure; one that is lifted stays so.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`.
    pub fn lift(&mut self, id: SanctionId, reason: &Text<{ limits::REASON }>) -> Result<(), StoreError> {
        let row = self.changeable(id, Action::Unban)?;
        if row.lifted_at.is_some() {
            return Ok(());
        }
        self.tx.lift_sanction(&row, self.by(), reason, self.at)?;
        let act = if row.kind == Kind::Ban && matches!(row.target, Target::Account(_)) {
            Act::BanLifted
        } else {
            Act::SanctionLifted
        };
        self.audit(act, about(&row.target, id), reason).map(|_| ())
    }

    /// Lifts the bans of an account from the whole server.
    ///
    /// # Errors
    /// `NotPermitted`; `NotFound` if none stands.
    pub fn lift_ban(
        &mut self,
        account: AccountId,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.lift_of(account, &[Kind::Ban], Scope::Server, reason)
    }

    /// Lifts the mutes and time-outs of an account on the server or in a room.
    ///
    /// # Errors
    /// `NotPermitted`; `NotFound` if none stands.
    pub fn unmute(
        &mut self,
        account: AccountId,
        scope: Scope,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.lift_of(account, &[Kind::Mute, Kind::Timeout], scope, reason)
    }

    /// Lifts the bans of an account from one room.
    ///
    /// # Errors
    /// `NotPermitted`; `NotFound` if none stands.
    pub fn lift_room_ban(
        &mut self,
        account: AccountId,
        room: RoomId,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.lift_of(account, &[Kind::Ban], Scope::Room(room), reason)
    }

    /// Gives a measure that stands another end and reason.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound` (also when it is over), `Invalid`, `StepUpNeeded`.
    pub fn change_sanction(
        &mut self,
        id: SanctionId,
        until: Option<Timestamp>,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        let row = self.changeable(id, Action::Unban)?;
        if !row.stands(self.at) {
            return Err(StoreError::NotFound { what: "measure that stands" });
        }
        let mut new = NewSanction::new(row.target, row.kind, until, reason.clone());
        new.scope = row.scope;
        self.judge(&new)?;
        if sanction::needs_step_up(new.target, self.length(&new), 1) {
            self.require_step_up()?;
        }
        if row.until == until && row.reason == *reason {
            return Ok(());
        }
        self.tx.change_sanction(id, until, reason, self.at)?;
        self.tell(&row.target, id)?;
        let detail = format!("{}: {}", length_words(self.length(&new)), &**reason);
        self.audit(Act::SanctionChanged, about(&row.target, id), &detail).map(|_| ())
    }

    /// Takes many measures that can be undone together; those that stand already are left as they are.
    ///
    /// # Errors
    /// `NotPermitted`, `StepUpNeeded`, `TooMany`; the first that is refused refuses all, see [`Staff::sanction`].
    pub fn import(&mut self, all: &[NewSanction]) -> Result<BatchId, StoreError> {
        self.require(Action::ImportSanctions)?;
        self.require_step_up()?;
        if IMPORTED < all.len() {
            return Err(StoreError::TooMany { what: "measures in one import", max: IMPORTED });
        }
        let batch = self.tx.open_batch(self.by(), self.at)?;
        let mut taken = 0;
        for new in all {
            self.judge(new)?;
            if new.kind == Kind::Kick {
                return Err(StoreError::NotPermitted);
            }
            if self.tx.reads().standing_like(new, self.at)?.is_none() {
                self.put(new, Some(batch))?;
                taken += 1;
            }
        }
        self.tx.set_batch_size(batch, taken)?;
        self.tx.change(Change::BatchChanged { batch })?;
        let detail = format!("{taken} taken, {} stood already", all.len() - taken as usize);
        self.audit(Act::SanctionsImported, About::Batch(batch), &detail)?;
        Ok(batch)
    }

    /// Lifts everything that still stands of measures that were taken together; returns how many. Whoever may take
    /// many measures may undo their own, those who may import measures everybody's.
    ///
    /// # Errors
    /// `NotPermitted`, `StepUpNeeded`, `NotFound`; `Conflict` when it was undone before.
    pub fn undo_batch(&mut self, batch: BatchId) -> Result<u32, StoreError> {
        self.require(Action::BulkAct)?;
        let row = self.tx.reads().batch(batch)?.ok_or(StoreError::NotFound { what: "import" })?;
        if row.by != self.by() {
            self.require(Action::ImportSanctions)?;
        }
        self.require_step_up()?;
        if row.undone_at.is_some() {
            return Err(StoreError::Conflict);
        }
        let lifted = self.tx.undo_batch(batch, self.by(), self.at)?;
        self.tx.change(Change::BatchChanged { batch })?;
        self.audit(Act::SanctionsImportUndone, About::Batch(batch), &format!("{lifted} lifted"))?;
        Ok(lifted)
    }

    fn take_judged(
        &mut self,
        new: &NewSanction,
        batch: Option<BatchId>,
    ) -> Result<(SanctionId, bool), StoreError> {
        if new.kind == Kind::Kick {
            return Ok((self.kick_judged(new)?, true));
        }
        if let Some(standing) = self.tx.reads().standing_like(new, self.at)?
            && standing.until == new.until
        {
            return Ok((standing.id, false));
        }
        let id = self.put(new, batch)?;
        self.tell(&new.target, id)?;
        self.audit_taken(new, id)?;
        Ok((id, true))
    }

    /// Checks everything that can refuse a measure but the fresh proof of identity.
    fn judge(&self, new: &NewSanction) -> Result<(), StoreError> {
        let length = self.length(new);
        self.require(sanction::needed_action(new.target, new.kind, length))?;
        sanction::check(new.target, new.kind, new.scope, length)?;
        if new.until.is_some_and(|until| until <= self.at) {
            return Err(StoreError::InThePast);
        }
        if let Scope::Room(room) = new.scope
            && self.tx.reads().room(room)?.is_none()
        {
            return Err(StoreError::NotFound { what: "room" });
        }
        match new.target {
            Target::Account(account) => self.subject(account).map(|_| ()),
            Target::Device(account, device) => {
                self.subject(account)?;
                let owner = self.tx.reads().device(device)?.map(|row| row.account);
                if owner == Some(account) { Ok(()) } else { Err(StoreError::NotFound { what: "device" }) }
            }
            Target::Network(range) => {
                sanction::refuse_width(range).map_err(StoreError::TooWide)?;
                let own = self.address.is_some_and(|address| range.contains(address));
                if own { Err(StoreError::SelfLockout) } else { Ok(()) }
            }
            Target::Lineage(invite) => {
                if self.tx.reads().invite(invite)?.is_none() {
                    return Err(StoreError::NotFound { what: "invite" });
                }
                Ok(())
            }
        }
    }

    /// Writes a measure that was judged, in the place of one like it.
    fn put(&mut self, new: &NewSanction, batch: Option<BatchId>) -> Result<SanctionId, StoreError> {
        self.tx.replace_sanctions(new, self.by(), self.at)?;
        let id = self.tx.insert_sanction(new, batch, self.by(), self.at)?;
        if let (Target::Account(account), Scope::Room(room), Kind::Ban) = (new.target, new.scope, new.kind)
            && self.tx.remove_member(room, account)?
        {
            self.tx.change(Change::Kicked { account, room, sanction: id })?;
        }
        Ok(id)
    }

    fn kick_judged(&mut self, new: &NewSanction) -> Result<SanctionId, StoreError> {
        let (Target::Account(account), room) = (new.target, scope_room(new.scope)) else {
            return Err(StoreError::NotPermitted);
        };
        let id = self.tx.kick(room, account, self.by(), &new.reason, self.at)?;
        self.audit(Act::Kicked, About::Member(room, account), &new.reason)?;
        Ok(id)
    }

    fn lift_of(
        &mut self,
        account: AccountId,
        kinds: &[Kind],
        scope: Scope,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.require(Action::Unban)?;
        self.subject(account)?;
        let standing = self.tx.reads().standing_against(account, self.at)?;
        let mut found = false;
        for row in standing {
            if row.target == Target::Account(account) && row.scope == scope && kinds.contains(&row.kind) {
                self.lift(row.id, reason)?;
                found = true;
            }
        }
        if found { Ok(()) } else { Err(StoreError::NotFound { what: "measure that stands" }) }
    }

    /// Returns a measure that the actor could have taken.
    fn changeable(&self, id: SanctionId, action: Action) -> Result<SanctionRow, StoreError> {
        self.require(action)?;
        let row = self.tx.reads().sanction(id)?.ok_or(StoreError::NotFound { what: "measure" })?;
        let length = (row.kind != Kind::Kick).then(|| Length::between(row.at, row.until));
        self.require(sanction::needed_action(row.target, row.kind, length))?;
        if let Some(account) = row.account() {
            self.subject(account)?;
        }
        Ok(row)
    }

    /// Tells other processes of a measure that was taken or changed.
    fn tell(&mut self, target: &Target, sanction: SanctionId) -> Result<(), StoreError> {
        self.tx.change(match target {
            Target::Account(account) => Change::Sanctioned { account: *account, sanction },
            _ => Change::SanctionsChanged { sanction },
        })
    }

    fn audit_taken(&mut self, new: &NewSanction, id: SanctionId) -> Result<(), StoreError> {
        let act = match (new.target, new.kind) {
            (Target::Device(..), _) => Act::DeviceBanned,
            (Target::Network(_), _) => Act::NetworkBanned,
            (Target::Lineage(_), _) => Act::LineageBanned,
            (Target::Account(_), Kind::Mute) => Act::Muted,
            (Target::Account(_), Kind::Timeout) => Act::TimedOut,
            (Target::Account(_), _) => Act::Banned,
        };
        let place = match new.scope {
            Scope::Server => String::new(),
            Scope::Room(room) => format!(", in room {room}"),
        };
        let detail = format!("{}{place}: {}", length_words(self.length(new)), &*new.reason);
        self.audit(act, about(&new.target, id), &detail).map(|_| ())
    }

    fn length(&self, new: &NewSanction) -> Option<Length> {
        (new.kind != Kind::Kick).then(|| Length::between(self.at, new.until))
    }
}

/// Returns what the audit log calls a measure. The address itself is never part of an event.
pub(super) fn about(target: &Target, id: SanctionId) -> About {
    match *target {
        Target::Account(account) | Target::Device(account, _) => About::Sanction(id, account),
        Target::Network(_) => About::Network(id),
        Target::Lineage(invite) => About::Lineage(id, invite),
    }
}

fn scope_room(scope: Scope) -> RoomId {
    match scope {
        Scope::Server => crate::LOBBY,
        Scope::Room(room) => room,
    }
}

fn length_words(length: Option<Length>) -> String {
    match length {
        Some(length) if !length.is_for_good() => format!("for {length}"),
        _ => "for good".to_owned(),
    }
}
