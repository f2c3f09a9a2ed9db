//! Measures: what binds whom.

use domain::cidr::Cidr;
use domain::sanction::{Kind, Scope, Target};
use proto::ids::{AccountId, BatchId, DeviceId, RoomId, SanctionId, Timestamp};
use rusqlite::Row;
use rusqlite::types::Type;

use super::{Page, Reads, one_more};
use crate::columns::{Column, damaged, get, get_option, get_text, optional};
use crate::error::StoreError;
use crate::rows::{BatchRow, EnforcementRow, NetworkRule, NewSanction, SanctionRow};
use crate::tx::{TargetColumns, scope_column};

impl Reads<'_> {
    /// Returns the ban that keeps the account away from the server at this time: its own, or one of everybody who came
    /// by the same invite, which spares staff.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn active_ban(&self, account: AccountId, now: Timestamp) -> Result<Option<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, target_kind, target_id, target_net, account, room, kind, reason, note, report, batch, \
             by_account, at_ms, until_ms, appealable, changed_at_ms, lifted_at_ms, lifted_by, lifted_reason \
             FROM sanctions WHERE target_kind = 0 AND target_id = ?1 AND kind = 0 AND room = 0 \
             AND lifted_at_ms = 0 AND (until_ms = 0 OR ?2 < until_ms) LIMIT 1",
        )?;
        match optional(statement.query_row((account.column(), now.column()), sanction_row))? {
            Some(own) => Ok(Some(own)),
            None => self.lineage_ban(account, now),
        }
    }

    /// Returns the ban of a device.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn device_ban(&self, device: DeviceId, now: Timestamp) -> Result<Option<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, target_kind, target_id, target_net, account, room, kind, reason, note, report, batch, \
             by_account, at_ms, until_ms, appealable, changed_at_ms, lifted_at_ms, lifted_by, lifted_reason \
             FROM sanctions WHERE target_kind = 1 AND target_id = ?1 AND kind = 0 AND room = 0 \
             AND lifted_at_ms = 0 AND (until_ms = 0 OR ?2 < until_ms) LIMIT 1",
        )?;
        optional(statement.query_row((device.column(), now.column()), sanction_row))
    }

    /// Returns what keeps somebody away who comes with this device: a ban of the account, of its lineage or of the device.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn ban_of(
        &self,
        account: AccountId,
        device: Option<DeviceId>,
        now: Timestamp,
    ) -> Result<Option<SanctionRow>, StoreError> {
        if let Some(ban) = self.active_ban(account, now)? {
            return Ok(Some(ban));
        }
        device.map_or(Ok(None), |device| self.device_ban(device, now))
    }

    /// Returns every ban, mute and time-out that binds an account at this time: on the server and in one room (or, with
    /// no room given, in any), those of its devices, and that of everybody who came by its invite. Newest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn standing_of(
        &self,
        account: AccountId,
        room: Option<RoomId>,
        now: Timestamp,
    ) -> Result<Vec<SanctionRow>, StoreError> {
        let mut rows = self.standing_against(account, now)?;
        rows.retain(|row| match (row.scope, room) {
            (Scope::Room(bound), Some(room)) => bound == room,
            _ => true,
        });
        rows.extend(self.lineage_ban(account, now)?);
        rows.sort_by_key(|row| std::cmp::Reverse(row.id));
        Ok(rows)
    }

    /// Returns bans of networks that stand, in the order of their text, those after `after`; all of them make the index
    /// that connections are judged by.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn standing_networks(
        &self,
        after: Option<&NetworkRule>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Page<NetworkRule>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, target_net, kind, until_ms FROM sanctions \
             WHERE target_net <> '' AND (?1, ?2) < (target_net, id) AND lifted_at_ms = 0 \
             AND (until_ms = 0 OR ?3 < until_ms) ORDER BY target_net, id LIMIT ?4",
        )?;
        let (net, id) =
            after.map_or((String::new(), 0), |rule| (rule.network.to_string(), rule.sanction.column()));
        let rows = statement.query_map((net, id, now.column(), one_more(limit)), |row| {
            Ok(NetworkRule {
                sanction: get(row, 0)?,
                network: network(row, 1)?,
                kind: get(row, 2)?,
                until: get_option(row, 3)?,
            })
        })?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Returns a measure.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sanction(&self, sanction: SanctionId) -> Result<Option<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, target_kind, target_id, target_net, account, room, kind, reason, note, report, batch, \
             by_account, at_ms, until_ms, appealable, changed_at_ms, lifted_at_ms, lifted_by, lifted_reason \
             FROM sanctions WHERE id = ?1",
        )?;
        optional(statement.query_row([sanction.column()], sanction_row))
    }

    /// Returns what was ever done about an account or its devices, newest first, before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sanctions_of(
        &self,
        account: AccountId,
        before: Option<SanctionId>,
        limit: usize,
    ) -> Result<Page<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, target_kind, target_id, target_net, account, room, kind, reason, note, report, batch, \
             by_account, at_ms, until_ms, appealable, changed_at_ms, lifted_at_ms, lifted_by, lifted_reason \
             FROM sanctions WHERE account = ?1 AND account <> 0 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((account.column(), before, one_more(limit)), sanction_row)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Returns the newest measurements of how fast measures reached those who were connected.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn enforcement_latencies(&self, limit: usize) -> Result<Vec<EnforcementRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT sanction, at_ms, took_ms, sessions FROM enforcements \
             WHERE 0 < sanction ORDER BY sanction DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], enforcement_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns how fast one measure reached those who were connected.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn enforcement(&self, sanction: SanctionId) -> Result<Option<EnforcementRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT sanction, at_ms, took_ms, sessions FROM enforcements WHERE sanction = ?1",
        )?;
        optional(statement.query_row([sanction.column()], enforcement_row))
    }

    /// Returns measures that were taken together.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn batch(&self, batch: BatchId) -> Result<Option<BatchRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, by_account, at_ms, size, undone_at_ms, undone_by FROM sanction_batches WHERE id = ?1",
        )?;
        optional(statement.query_row([batch.column()], batch_row))
    }

    /// Returns batches, newest first, before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn batches(&self, before: Option<BatchId>, limit: usize) -> Result<Page<BatchRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, by_account, at_ms, size, undone_at_ms, undone_by FROM sanction_batches \
             WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((before, one_more(limit)), batch_row)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Whether the account is banned from the room, or in a time-out that keeps it from moving about.
    pub(crate) fn is_bound_in(
        &self,
        room: RoomId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sanctions WHERE target_kind = 0 AND target_id = ?1 AND kind IN (0, 2) \
             AND (room = 0 OR room = ?2) AND lifted_at_ms = 0 AND (until_ms = 0 OR ?3 < until_ms))",
        )?;
        Ok(statement.query_row((account.column(), room.column(), now.column()), |row| row.get(0))?)
    }

    /// Returns the measure of this kind against this target in this scope that stands.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn standing_like(
        &self,
        new: &NewSanction,
        now: Timestamp,
    ) -> Result<Option<SanctionRow>, StoreError> {
        let target = TargetColumns::of(&new.target);
        let mut statement = self.conn.prepare_cached(
            "SELECT id, target_kind, target_id, target_net, account, room, kind, reason, note, report, batch, \
             by_account, at_ms, until_ms, appealable, changed_at_ms, lifted_at_ms, lifted_by, lifted_reason \
             FROM sanctions WHERE target_kind = ?1 AND target_id = ?2 AND kind = ?3 AND room = ?4 AND target_net = '' \
             AND lifted_at_ms = 0 AND (until_ms = 0 OR ?5 < until_ms) LIMIT 1",
        )?;
        let mut of_network = self.conn.prepare_cached(
            "SELECT id, target_kind, target_id, target_net, account, room, kind, reason, note, report, batch, \
             by_account, at_ms, until_ms, appealable, changed_at_ms, lifted_at_ms, lifted_by, lifted_reason \
             FROM sanctions WHERE target_net = ?1 AND target_net <> '' AND kind = ?2 AND room = ?3 \
             AND lifted_at_ms = 0 AND (until_ms = 0 OR ?4 < until_ms) LIMIT 1",
        )?;
        let (kind, room) = (new.kind.column(), scope_column(new.scope));
        optional(if target.net.is_empty() {
            statement.query_row((target.kind, target.id, kind, room, now.column()), sanction_row)
        } else {
            of_network.query_row((target.net, kind, room, now.column()), sanction_row)
        })
    }

    /// Returns what binds an account or one of its devices.
    pub(crate) fn standing_against(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, target_kind, target_id, target_net, account, room, kind, reason, note, report, batch, \
             by_account, at_ms, until_ms, appealable, changed_at_ms, lifted_at_ms, lifted_by, lifted_reason \
             FROM sanctions WHERE account = ?1 AND account <> 0 AND lifted_at_ms = 0 \
             AND (until_ms = 0 OR ?2 < until_ms)",
        )?;
        let rows = statement.query_map((account.column(), now.column()), sanction_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the ban of everybody who came by the account's invite.
    fn lineage_ban(&self, account: AccountId, now: Timestamp) -> Result<Option<SanctionRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT sanctions.id, target_kind, target_id, target_net, account, room, kind, reason, note, report, \
             batch, by_account, at_ms, until_ms, appealable, changed_at_ms, lifted_at_ms, lifted_by, lifted_reason, \
             accounts.role FROM accounts JOIN sanctions ON target_kind = 4 AND target_id = accounts.invite \
             WHERE accounts.id = ?1 AND accounts.invite <> 0 AND lifted_at_ms = 0 \
             AND (until_ms = 0 OR ?2 < until_ms) LIMIT 1",
        )?;
        let found = statement
            .query_row((account.column(), now.column()), |row| Ok((sanction_row(row)?, get(row, 19)?)));
        Ok(optional(found)?.filter(|(_, role)| !domain::role::is_staff(*role)).map(|(ban, _)| ban))
    }
}

/// Reads the nineteen columns of a measure.
fn sanction_row(row: &Row<'_>) -> rusqlite::Result<SanctionRow> {
    let room: Option<RoomId> = get_option(row, 5)?;
    Ok(SanctionRow {
        id: get(row, 0)?,
        target: target(row)?,
        scope: room.map_or(Scope::Server, Scope::Room),
        kind: get(row, 6)?,
        reason: get_text(row, 7)?,
        note: get_text(row, 8)?,
        report: get_option(row, 9)?,
        batch: get_option(row, 10)?,
        by: get_option(row, 11)?,
        at: get(row, 12)?,
        until: get_option(row, 13)?,
        appealable: row.get(14)?,
        changed_at: get_option(row, 15)?,
        lifted_at: get_option(row, 16)?,
        lifted_by: get_option(row, 17)?,
        lifted_reason: get_text(row, 18)?,
    })
}

fn target(row: &Row<'_>) -> rusqlite::Result<Target> {
    match row.get(1)? {
        0_i64 => Ok(Target::Account(get(row, 2)?)),
        1 => Ok(Target::Device(get(row, 4)?, get(row, 2)?)),
        2 | 3 => network(row, 3).map(Target::Network),
        4 => Ok(Target::Lineage(get(row, 2)?)),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(1, other)),
    }
}

fn network(row: &Row<'_>, column: usize) -> rusqlite::Result<Cidr> {
    let text: String = row.get(column)?;
    Cidr::parse(&text).map_err(|error| damaged(column, Type::Text, error))
}

fn enforcement_row(row: &Row<'_>) -> rusqlite::Result<EnforcementRow> {
    Ok(EnforcementRow {
        sanction: get(row, 0)?,
        at: get(row, 1)?,
        took_ms: get(row, 2)?,
        sessions: get(row, 3)?,
    })
}

fn batch_row(row: &Row<'_>) -> rusqlite::Result<BatchRow> {
    Ok(BatchRow {
        id: get(row, 0)?,
        by: get_option(row, 1)?,
        at: get(row, 2)?,
        size: get(row, 3)?,
        undone_at: get_option(row, 4)?,
        undone_by: get_option(row, 5)?,
    })
}

impl Column for Kind {
    fn column(self) -> i64 {
        match self {
            Self::Ban => 0,
            Self::Mute => 1,
            Self::Timeout => 2,
            Self::SoftBan => 3,
            Self::Kick => 4,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        domain::sanction::KINDS.into_iter().find(|kind| kind.column() == number)
    }
}
