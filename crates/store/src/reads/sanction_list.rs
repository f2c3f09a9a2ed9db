//! Measures as the dashboard lists them.

use domain::sanction::Target;
use proto::ids::SanctionId;
use rusqlite::{Row, ToSql, named_params};

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, get_option, or_zero};
use crate::error::StoreError;
use crate::rows::{SanctionFilter, SanctionLine, SanctionView, Standing, Subject, TargetKind};

/// Remarks that are shown beside one thing.
const NOTES: usize = 100;

impl Reads<'_> {
    /// Returns measures, newest first, before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sanctions(
        &self,
        filter: &SanctionFilter,
        before: Option<SanctionId>,
        limit: usize,
    ) -> Result<Page<SanctionLine>, StoreError> {
        let ids = self.sanction_ids(filter, before, limit)?;
        let mut lines = Vec::with_capacity(ids.items.len());
        for id in ids.items {
            lines.extend(self.sanction_line(id)?);
        }
        Ok(Page { items: lines, more: ids.more })
    }

    /// Returns a measure with everything that belongs to it.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sanction_view(&self, id: SanctionId) -> Result<Option<SanctionView>, StoreError> {
        let Some(line) = self.sanction_line(id)? else { return Ok(None) };
        Ok(Some(SanctionView {
            line,
            enforcement: self.enforcement(id)?,
            appeal: self.appeal_of(id)?,
            notes: self.notes(Subject::Sanction(id), NOTES)?,
        }))
    }

    /// Returns a measure with the names of those it is about.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sanction_line(&self, id: SanctionId) -> Result<Option<SanctionLine>, StoreError> {
        let Some(row) = self.sanction(id)? else { return Ok(None) };
        let mut statement =
            self.conn.prepare_cached("SELECT hits, last_at_ms FROM sanction_hits WHERE sanction = ?1")?;
        let hits = crate::columns::optional(
            statement.query_row([id.column()], |row| Ok((get::<u64>(row, 0)?, get_option(row, 1)?))),
        )?;
        let (hits, last_hit) = hits.unwrap_or((0, None));
        let room_name = match row.room() {
            Some(room) => self.room(room)?.map(|room| room.name),
            None => None,
        };
        Ok(Some(SanctionLine {
            name: self.name_of(row.account())?,
            by_name: self.name_of(row.by)?,
            lifted_by_name: self.name_of(row.lifted_by)?,
            room_name,
            hits,
            last_hit,
            row,
        }))
    }

    /// Returns how many accounts a measure would reach: one, or all who came by an invite.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn reach(&self, target: &Target) -> Result<u64, StoreError> {
        match target {
            Target::Lineage(invite) => {
                let mut statement = self
                    .conn
                    .prepare_cached("SELECT count(*) FROM accounts WHERE invite = ?1 AND invite <> 0")?;
                Ok(statement.query_row([invite.column()], |row| get(row, 0))?)
            }
            Target::Account(_) | Target::Device(..) => Ok(1),
            Target::Network(_) => Ok(0),
        }
    }

    fn sanction_ids(
        &self,
        filter: &SanctionFilter,
        before: Option<SanctionId>,
        limit: usize,
    ) -> Result<Page<SanctionId>, StoreError> {
        let words = super::words::match_all(&filter.text)?;
        let sql = narrowest(filter, words.is_some());
        let (standing, now) = match filter.standing {
            None => (0, 0),
            Some(Standing::Stands(now)) => (1, now.column()),
            Some(Standing::Over(now)) => (2, now.column()),
        };
        let (target_from, target_to) = target_range(filter.target);
        let parameters: &[(&str, &dyn ToSql)] = named_params! {
            ":net": filter.network.map_or_else(String::new, |range| range.to_string()),
            ":before": before.map_or(i64::MAX, Column::column),
            ":account": or_zero(filter.account),
            ":room": or_zero(filter.room),
            ":by": or_zero(filter.by),
            ":batch": or_zero(filter.batch),
            ":report": or_zero(filter.report),
            ":kind": filter.kind.map_or(-1, Column::column),
            ":target_from": target_from,
            ":target_to": target_to,
            ":standing": standing,
            ":now": now,
            ":words": words,
            ":limit": one_more(limit),
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let used: Vec<(&str, &dyn ToSql)> = parameters
            .iter()
            .filter(|(name, _)| statement.parameter_index(name).is_ok_and(|place| place.is_some()))
            .copied()
            .collect();
        let rows = statement.query_map(used.as_slice(), |row: &Row<'_>| get(row, 0))?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }
}

/// Returns the statement that starts from the narrowest index; what is left of the filter is compared row by row.
fn narrowest(filter: &SanctionFilter, has_words: bool) -> &'static str {
    if filter.network.is_some() {
        "SELECT id FROM sanctions WHERE target_net = :net AND target_net <> '' AND id < :before \
         AND (:account = 0 OR account = :account) AND (:room = 0 OR room = :room) \
         AND (:by = 0 OR by_account = :by) AND (:batch = 0 OR batch = :batch) \
         AND (:report = 0 OR report = :report) AND (:kind < 0 OR kind = :kind) \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) AND (:words IS NULL OR id IN \
         (SELECT rowid FROM sanctions_fts WHERE sanctions_fts MATCH :words)) \
         ORDER BY id DESC LIMIT :limit"
    } else if has_words {
        "SELECT sanctions.id FROM sanctions_fts CROSS JOIN sanctions ON sanctions.id = sanctions_fts.rowid \
         WHERE sanctions_fts MATCH :words AND sanctions_fts.rowid < :before AND (:net = '' OR sanctions.target_net = :net) \
         AND (:account = 0 OR account = :account) AND (:room = 0 OR room = :room) \
         AND (:by = 0 OR by_account = :by) AND (:batch = 0 OR batch = :batch) \
         AND (:report = 0 OR report = :report) AND (:kind < 0 OR kind = :kind) \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) ORDER BY sanctions_fts.rowid DESC LIMIT :limit"
    } else if filter.account.is_some() {
        "SELECT id FROM sanctions WHERE account = :account AND account <> 0 AND id < :before \
         AND :net = '' AND :words IS NULL AND (:room = 0 OR room = :room) \
         AND (:by = 0 OR by_account = :by) AND (:batch = 0 OR batch = :batch) \
         AND (:report = 0 OR report = :report) AND (:kind < 0 OR kind = :kind) \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) ORDER BY id DESC LIMIT :limit"
    } else if filter.batch.is_some() {
        "SELECT id FROM sanctions WHERE batch = :batch AND batch <> 0 AND id < :before AND :account = 0 \
         AND :net = '' AND :words IS NULL AND (:room = 0 OR room = :room) \
         AND (:by = 0 OR by_account = :by) \
         AND (:report = 0 OR report = :report) AND (:kind < 0 OR kind = :kind) \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) ORDER BY id DESC LIMIT :limit"
    } else if filter.report.is_some() {
        "SELECT id FROM sanctions WHERE report = :report AND report <> 0 AND id < :before AND :account = 0 \
         AND :net = '' AND :words IS NULL AND :batch = 0 AND (:room = 0 OR room = :room) \
         AND (:by = 0 OR by_account = :by) AND (:kind < 0 OR kind = :kind) \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) ORDER BY id DESC LIMIT :limit"
    } else if filter.room.is_some() {
        "SELECT id FROM sanctions WHERE room = :room AND room <> 0 AND id < :before AND :account = 0 \
         AND :net = '' AND :words IS NULL AND :batch = 0 AND :report = 0 \
         AND (:by = 0 OR by_account = :by) AND (:kind < 0 OR kind = :kind) \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) ORDER BY id DESC LIMIT :limit"
    } else if filter.by.is_some() {
        "SELECT id FROM sanctions WHERE by_account = :by AND id < :before AND :account = 0 \
         AND :net = '' AND :words IS NULL AND :batch = 0 AND :report = 0 AND :room = 0 \
         AND (:kind < 0 OR kind = :kind) \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) ORDER BY id DESC LIMIT :limit"
    } else if filter.kind.is_some() {
        "SELECT id FROM sanctions WHERE kind = :kind AND id < :before AND :account = 0 \
         AND :net = '' AND :words IS NULL AND :batch = 0 AND :report = 0 AND :room = 0 AND :by = 0 \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) ORDER BY id DESC LIMIT :limit"
    } else {
        "SELECT id FROM sanctions WHERE id < :before AND :account = 0 \
         AND :net = '' AND :words IS NULL AND :batch = 0 AND :report = 0 AND :room = 0 AND :by = 0 \
         AND :kind < 0 \
         AND +target_kind BETWEEN :target_from AND :target_to AND (:standing <> 1 OR (lifted_at_ms = 0 \
         AND (until_ms = 0 OR :now < until_ms))) AND (:standing <> 2 OR lifted_at_ms <> 0 \
         OR (until_ms <> 0 AND until_ms <= :now)) ORDER BY id DESC LIMIT :limit"
    }
}

fn target_range(target: Option<TargetKind>) -> (i64, i64) {
    match target {
        None => (0, 4),
        Some(TargetKind::Account) => (0, 0),
        Some(TargetKind::Device) => (1, 1),
        Some(TargetKind::Network) => (2, 3),
        Some(TargetKind::Lineage) => (4, 4),
    }
}
