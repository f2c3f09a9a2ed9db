//! The raid level, settings and the state of rooms as rows, and what the server's own rules do.

use domain::audit::{Action as Act, AuditEvent, Target as About};
use domain::raid::Posture;
use domain::sanction::{Kind, Scope, Target};
use domain::settings::Value;
use proto::ids::{AccountId, RoomId, SanctionId, Timestamp};
use proto::limits;
use proto::text::Text;

use super::Tx;
use crate::columns::{Column, or_zero};
use crate::error::StoreError;
use crate::rows::{Change, NewSanction};

impl Tx<'_> {
    /// Sets the raid level by the server's own rule; a level that is as strict already stays.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn raise_raid(&mut self, wanted: &Posture, reason: &str, at: Timestamp) -> Result<(), StoreError> {
        let old = self.reads().posture()?.posture.effective(at);
        if old <= wanted.level {
            return Ok(());
        }
        self.set_posture(wanted, None, reason, at)?;
        let detail = format!("from {old} to {}: {reason}", wanted.level);
        self.audit_own(Act::RaidLevelChanged, About::Server, &detail, at)
    }

    /// Takes a measure by the server's own rule: a mute for a flood, a kick by a filter.
    ///
    /// # Errors
    /// `NotFound`; `NotPermitted` for a ban, which only people take; for a kick `NotAMember`.
    pub fn rule_sanction(
        &mut self,
        account: AccountId,
        kind: Kind,
        room: Option<RoomId>,
        until: Option<Timestamp>,
        reason: &Text<{ limits::REASON }>,
        at: Timestamp,
    ) -> Result<SanctionId, StoreError> {
        if self.reads().account(account)?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        let about = |id| About::Sanction(id, account);
        let (act, id) = match kind {
            Kind::Kick => {
                let room = room.unwrap_or(crate::LOBBY);
                let id = self.kick(room, account, None, reason, at)?;
                return self.audit_own(Act::Kicked, About::Member(room, account), reason, at).map(|()| id);
            }
            Kind::Mute => (Act::Muted, self.bind(account, kind, room, until, reason, at)?),
            Kind::Timeout => (Act::TimedOut, self.bind(account, kind, room, until, reason, at)?),
            Kind::Ban | Kind::SoftBan => return Err(StoreError::NotPermitted),
        };
        self.audit_own(act, about(id), reason, at)?;
        Ok(id)
    }

    pub(crate) fn set_posture(
        &mut self,
        posture: &Posture,
        by: Option<AccountId>,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let reason: Text<{ limits::REASON }> = Text::cut(reason);
        self.conn
            .prepare_cached(
                "UPDATE posture SET level = ?1, until_ms = ?2, back_to = ?3, by_account = ?4, reason = ?5, at_ms = ?6 \
                 WHERE id = 1",
            )?
            .execute((
                posture.level.number(),
                or_zero(posture.until),
                posture.then.number(),
                or_zero(by),
                &*reason,
                at.column(),
            ))?;
        self.change(Change::PostureChanged)
    }

    pub(crate) fn put_setting(
        &mut self,
        value: &Value,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO settings (key, value, by_account, at_ms) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, by_account = excluded.by_account, \
                 at_ms = excluded.at_ms",
            )?
            .execute((value.key().name(), value.stored(), or_zero(by), at.column()))?;
        self.change(Change::SettingsChanged)
    }

    pub(crate) fn set_slow(&self, room: RoomId, seconds: u32) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE rooms SET slow_seconds = ?2 WHERE id = ?1")?
            .execute((room.column(), seconds.column()))?;
        Ok(())
    }

    pub(crate) fn set_locked(&self, room: RoomId, locked: bool) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE rooms SET locked = ?2 WHERE id = ?1")?
            .execute((room.column(), locked))?;
        Ok(())
    }

    pub(crate) fn set_archived(&self, room: RoomId, archived: bool) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE rooms SET archived = ?2 WHERE id = ?1")?
            .execute((room.column(), archived))?;
        Ok(())
    }

    fn bind(
        &mut self,
        account: AccountId,
        kind: Kind,
        room: Option<RoomId>,
        until: Option<Timestamp>,
        reason: &Text<{ limits::REASON }>,
        at: Timestamp,
    ) -> Result<SanctionId, StoreError> {
        let mut new = NewSanction::new(Target::Account(account), kind, until, reason.clone());
        new.scope = room.map_or(Scope::Server, Scope::Room);
        // What people decided is not shortened by a rule.
        if let Some(standing) = self.reads().standing_like(&new, at)?
            && standing.until.is_none_or(|end| until.is_some_and(|until| until <= end))
        {
            return Ok(standing.id);
        }
        self.replace_sanctions(&new, None, at)?;
        let sanction = self.insert_sanction(&new, None, None, at)?;
        self.change(Change::Sanctioned { account, sanction })?;
        Ok(sanction)
    }

    fn audit_own(
        &mut self,
        action: Act,
        target: About,
        detail: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let event = AuditEvent { at, actor: None, action, target, detail: Text::cut(detail) };
        self.audit(&event).map(|_| ())
    }
}
