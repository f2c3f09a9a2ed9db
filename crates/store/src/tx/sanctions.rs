//! Measures as rows. Who may take them is decided in [`crate::Staff`].

use domain::sanction::{Kind, Scope, Target};
use proto::ids::{AccountId, BatchId, RoomId, SanctionId, Timestamp};
use proto::limits;
use proto::text::Text;
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::{Change, LOBBY, NewSanction, SanctionRow};

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
        let new = NewSanction::new(Target::Account(account), Kind::Ban, until, reason.clone());
        if let Some(standing) = self.reads().standing_like(&new, at)?
            && standing.until == until
        {
            return Ok(standing.id);
        }
        self.replace_sanctions(&new, Some(by), at)?;
        let sanction = self.insert_sanction(&new, None, Some(by), at)?;
        self.change(Change::Sanctioned { account, sanction })?;
        Ok(sanction)
    }

    /// Lifts an account's ban from the server.
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
        let new = NewSanction::new(Target::Account(account), Kind::Ban, None, Text::default());
        let standing = self.reads().standing_like(&new, at)?.ok_or(StoreError::NotFound { what: "ban" })?;
        self.lift_sanction(&standing, Some(by), reason, at)
    }

    /// Removes somebody from a room. From the lobby nobody is removed: their connections are to be cut.
    ///
    /// # Errors
    /// `NotFound`, `NotAMember`; `NotPermitted` for direct rooms.
    pub fn kick(
        &mut self,
        room: RoomId,
        account: AccountId,
        by: Option<AccountId>,
        reason: &Text<{ limits::REASON }>,
        at: Timestamp,
    ) -> Result<SanctionId, StoreError> {
        if self.room_row(room)?.kind.is_direct() {
            return Err(StoreError::NotPermitted);
        }
        if self.reads().account(account)?.is_none() {
            return Err(StoreError::NotFound { what: "account" });
        }
        if room != LOBBY && !self.remove_member(room, account)? {
            return Err(StoreError::NotAMember);
        }
        let mut new = NewSanction::new(Target::Account(account), Kind::Kick, Some(at), reason.clone());
        new.scope = Scope::Room(room);
        let sanction = self.insert_sanction(&new, None, by, at)?;
        self.change(Change::Kicked { account, room, sanction })?;
        Ok(sanction)
    }

    /// Notes that a measure turned people away so many times, the last time at `last`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sanction_hits(
        &mut self,
        sanction: SanctionId,
        count: u64,
        last: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO sanction_hits (sanction, hits, last_at_ms) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (sanction) DO UPDATE SET hits = hits + excluded.hits, \
                 last_at_ms = max(last_at_ms, excluded.last_at_ms)",
            )?
            .execute((sanction.column(), count.column(), last.column()))?;
        Ok(())
    }

    /// Notes how fast a measure reached those who were connected; only the first time counts.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn enforced(
        &mut self,
        sanction: SanctionId,
        at: Timestamp,
        took_ms: u64,
        sessions: u32,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO enforcements (sanction, at_ms, took_ms, sessions) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (sanction) DO NOTHING",
            )?
            .execute((sanction.column(), at.column(), took_ms.column(), sessions.column()))?;
        Ok(())
    }

    /// Writes a measure, and who has to go from sealed rooms because of it.
    pub(crate) fn insert_sanction(
        &mut self,
        new: &NewSanction,
        batch: Option<BatchId>,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<SanctionId, StoreError> {
        let row = TargetColumns::of(&new.target);
        // A kick is over when it has happened.
        let lifted_at = if new.kind == Kind::Kick { at.column().max(1) } else { 0 };
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO sanctions \
             (target_kind, target_id, target_net, account, room, kind, reason, note, report, batch, by_account, \
             at_ms, until_ms, appealable, lifted_at_ms) \
             VALUES (:target_kind, :target_id, :net, :account, :room, :kind, :reason, :note, :report, :batch, :by, \
             :at, :until, :appealable, :lifted_at) RETURNING id",
        )?;
        let id = statement.query_row(
            named_params! {
                ":target_kind": row.kind,
                ":target_id": row.id,
                ":net": row.net,
                ":account": row.account,
                ":room": scope_column(new.scope),
                ":kind": new.kind.column(),
                ":reason": &*new.reason,
                ":note": &*new.note,
                ":report": or_zero(new.report),
                ":batch": or_zero(batch),
                ":by": or_zero(by),
                ":at": at.column(),
                ":until": end_column(new.until),
                ":appealable": new.appealable,
                ":lifted_at": lifted_at,
            },
            |row| get(row, 0),
        )?;
        drop(statement);
        self.evict_for(new, id, at)?;
        Ok(id)
    }

    /// Lifts what one measure takes the place of, those past their end too, so that at most one is ever open.
    pub(crate) fn replace_sanctions(
        &self,
        new: &NewSanction,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let row = TargetColumns::of(&new.target);
        self.conn
            .prepare_cached(
                "UPDATE sanctions SET lifted_at_ms = max(:at, 1), lifted_by = :by, lifted_reason = 'replaced' \
                 WHERE target_kind = :target_kind AND target_id = :target_id AND kind = :kind AND room = :room \
                 AND target_net = :net AND lifted_at_ms = 0",
            )?
            .execute(named_params! {
                ":target_kind": row.kind,
                ":target_id": row.id,
                ":net": row.net,
                ":kind": new.kind.column(),
                ":room": scope_column(new.scope),
                ":by": or_zero(by),
                ":at": at.column(),
            })?;
        Ok(())
    }

    pub(crate) fn lift_sanction(
        &mut self,
        row: &SanctionRow,
        by: Option<AccountId>,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE sanctions SET lifted_at_ms = max(:at, 1), lifted_by = :by, lifted_reason = :reason \
                 WHERE id = :id AND lifted_at_ms = 0",
            )?
            .execute(named_params! {
                ":id": row.id.column(),
                ":by": or_zero(by),
                ":reason": reason,
                ":at": at.column(),
            })?;
        self.change(match row.target {
            Target::Account(account) => Change::Lifted { account },
            _ => Change::SanctionsChanged { sanction: row.id },
        })
    }

    pub(crate) fn change_sanction(
        &mut self,
        id: SanctionId,
        until: Option<Timestamp>,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE sanctions SET until_ms = ?2, reason = ?3, changed_at_ms = max(?4, 1) WHERE id = ?1",
            )?
            .execute((id.column(), end_column(until), reason, at.column()))?;
        Ok(())
    }

    pub(crate) fn open_batch(&self, by: Option<AccountId>, at: Timestamp) -> Result<BatchId, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO sanction_batches (by_account, at_ms, size) VALUES (?1, ?2, 0) RETURNING id",
        )?;
        Ok(statement.query_row((or_zero(by), at.column()), |row| get(row, 0))?)
    }

    pub(crate) fn set_batch_size(&self, batch: BatchId, size: u32) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE sanction_batches SET size = ?2 WHERE id = ?1")?
            .execute((batch.column(), size.column()))?;
        Ok(())
    }

    /// Lifts what stands of a batch; returns how many.
    pub(crate) fn undo_batch(
        &self,
        batch: BatchId,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE sanction_batches SET undone_at_ms = max(?2, 1), undone_by = ?3 WHERE id = ?1",
            )?
            .execute((batch.column(), at.column(), or_zero(by)))?;
        let lifted = self
            .conn
            .prepare_cached(
                "UPDATE sanctions SET lifted_at_ms = max(?2, 1), lifted_by = ?3, lifted_reason = 'import undone' \
                 WHERE batch = ?1 AND batch <> 0 AND lifted_at_ms = 0",
            )?
            .execute((batch.column(), at.column(), or_zero(by)))?;
        Ok(u32::try_from(lifted).unwrap_or(u32::MAX))
    }
}

/// A target as its columns.
pub(crate) struct TargetColumns {
    pub(crate) kind: i64,
    pub(crate) id: i64,
    pub(crate) net: String,
    pub(crate) account: i64,
}

impl TargetColumns {
    pub(crate) fn of(target: &Target) -> Self {
        let none = Self { kind: 0, id: 0, net: String::new(), account: 0 };
        match target {
            Target::Account(account) => Self { id: account.column(), account: account.column(), ..none },
            Target::Device(account, device) => {
                Self { kind: 1, id: device.column(), account: account.column(), ..none }
            }
            Target::Network(range) => Self { kind: 3, net: range.to_string(), ..none },
            Target::Lineage(invite) => Self { kind: 4, id: invite.column(), ..none },
        }
    }
}

pub(crate) fn scope_column(scope: Scope) -> i64 {
    match scope {
        Scope::Server => 0,
        Scope::Room(room) => room.column(),
    }
}

fn end_column(until: Option<Timestamp>) -> i64 {
    until.map_or(0, |until| until.column().max(1))
}
