//! Bans and kicks.

use proto::ids::{AccountId, RoomId, SanctionId, Timestamp};
use proto::limits;
use proto::message::RoomKind;
use proto::text::Text;
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::{Change, LOBBY, SanctionKind};

impl Tx<'_> {
    /// Bans an account from the server. A ban that stands with the same end is kept; another end replaces it.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn ban(
        &mut self,
        account: AccountId,
        by: AccountId,
        reason: &Text<{ limits::REASON }>,
        until: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<SanctionId, StoreError> {
        if self.reads().account(account)?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        match self.reads().active_ban(account, at)? {
            Some(standing) if standing.until == until => return Ok(standing.id),
            _ => self.lift_bans(account, by, "replaced", at)?,
        };
        let sanction = self.insert_sanction(&NewSanction {
            kind: SanctionKind::Ban,
            account,
            room: None,
            by,
            reason,
            until,
            at,
        })?;
        self.change(Change::Sanctioned { account, sanction })?;
        Ok(sanction)
    }

    /// Lifts an account's ban.
    ///
    /// # Errors
    /// `NotFound` if no ban stands.
    pub fn lift_ban(
        &mut self,
        account: AccountId,
        by: AccountId,
        reason: &Text<{ limits::REASON }>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.reads().active_ban(account, at)?.is_none() {
            return Err(StoreError::NotFound { what: "ban" });
        }
        self.lift_bans(account, by, reason, at)?;
        self.change(Change::Lifted { account })
    }

    /// Removes somebody from a room. From the lobby nobody is removed: their connections are to be cut.
    ///
    /// # Errors
    /// `NotFound`, `NotAMember`; `NotPermitted` for direct rooms.
    pub fn kick(
        &mut self,
        room: RoomId,
        account: AccountId,
        by: AccountId,
        reason: &Text<{ limits::REASON }>,
        at: Timestamp,
    ) -> Result<SanctionId, StoreError> {
        if self.room_row(room)?.kind == RoomKind::Direct {
            return Err(StoreError::NotPermitted);
        }
        if self.reads().account(account)?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        if room != LOBBY && !self.remove_member(room, account)? {
            return Err(StoreError::NotAMember);
        }
        let kind = SanctionKind::Kick;
        let new = NewSanction { kind, account, room: Some(room), by, reason, until: Some(at), at };
        let sanction = self.insert_sanction(&new)?;
        self.change(Change::Kicked { account, room, sanction })?;
        Ok(sanction)
    }

    /// Lifts every ban of the account, those past their end too, so that at most one is ever open.
    fn lift_bans(
        &self,
        account: AccountId,
        by: AccountId,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE sanctions SET lifted_at_ms = max(:at, 1), lifted_by = :by, lifted_reason = :reason \
                 WHERE kind = 0 AND target_kind = 0 AND target_id = :account AND room = 0 AND lifted_at_ms = 0",
            )?
            .execute(named_params! {
                ":account": account.column(),
                ":by": by.column(),
                ":reason": reason,
                ":at": at.column(),
            })?;
        Ok(())
    }

    fn insert_sanction(&self, new: &NewSanction<'_>) -> Result<SanctionId, StoreError> {
        // A kick is over when it has happened.
        let lifted_at = if new.kind == SanctionKind::Kick { new.at.column().max(1) } else { 0 };
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO sanctions \
             (target_kind, target_id, room, kind, reason, by_account, at_ms, until_ms, lifted_at_ms) \
             VALUES (0, :account, :room, :kind, :reason, :by, :at, :until, :lifted_at) RETURNING id",
        )?;
        let id = statement.query_row(
            named_params! {
                ":account": new.account.column(),
                ":room": or_zero(new.room),
                ":kind": new.kind.column(),
                ":reason": &**new.reason,
                ":by": new.by.column(),
                ":at": new.at.column(),
                ":until": new.until.map_or(0, |until| until.column().max(1)),
                ":lifted_at": lifted_at,
            },
            |row| get(row, 0),
        )?;
        Ok(id)
    }
}

struct NewSanction<'t> {
    kind: SanctionKind,
    account: AccountId,
    room: Option<RoomId>,
    by: AccountId,
    reason: &'t Text<{ limits::REASON }>,
    until: Option<Timestamp>,
    at: Timestamp,
}
