//! Figures over time, lines of state, notices for other programs, and what waits for somebody.

use std::collections::BTreeMap;

use proto::ids::Timestamp;
use rusqlite::{Params, Row};

use super::{Page, Reads, one_more};
use crate::columns::{Column, get, optional};
use crate::error::StoreError;
use crate::rows::{Overview, Sample, StatusRow, Step, WebhookId, WebhookRow, WebhookState};

/// How many of the newest accounts are looked at to count the new ones.
const NEWEST: i64 = 10_000;
const DAY_MS: i64 = 86_400_000;
/// Kinds of targets there are measures against.
const TARGETS: std::ops::RangeInclusive<i64> = 0..=4;
/// Those that are addresses and networks.
const NETWORKS: [i64; 2] = [2, 3];

impl Reads<'_> {
    /// Returns the figures of a series from this time on, oldest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn samples(&self, series: &str, step: Step, since: Timestamp) -> Result<Vec<Sample>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT at_ms, value FROM metric_samples WHERE series = ?1 AND step = ?2 AND ?3 <= at_ms ORDER BY at_ms",
        )?;
        let rows = statement.query_map((series, step.seconds(), since.column()), |row| {
            Ok(Sample { at: get(row, 0)?, value: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns what the processes say about themselves, by name.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn status(&self) -> Result<BTreeMap<String, StatusRow>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT key, value, at_ms FROM status")?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, StatusRow { value: row.get(1)?, at: get(row, 2)? })))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns one line of what a process says about itself.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn status_line(&self, key: &str) -> Result<Option<StatusRow>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT value, at_ms FROM status WHERE key = ?1")?;
        let line = statement.query_row([key], |row| Ok(StatusRow { value: row.get(0)?, at: get(row, 1)? }));
        optional(line)
    }

    /// Returns notices for other programs, newest first, those before `before`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn webhooks(&self, before: Option<WebhookId>, limit: usize) -> Result<Page<WebhookRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, body, at_ms, next_at_ms, attempts, state, error FROM webhook_queue WHERE id < ?1 \
             ORDER BY id DESC LIMIT ?2",
        )?;
        let before = before.map_or(i64::MAX, Column::column);
        let rows = statement.query_map((before, one_more(limit)), webhook_row)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit))
    }

    /// Returns when the next notice is due.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn next_webhook(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT next_at_ms FROM webhook_queue WHERE state = 0 AND 0 <= next_at_ms ORDER BY next_at_ms LIMIT 1",
        )?;
        optional(statement.query_row([], |row| get(row, 0)))
    }

    /// Returns what waits for somebody and what stands.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn overview(&self, now: Timestamp) -> Result<Overview, StoreError> {
        let (oldest, reports) = (
            "SELECT at_ms FROM reports WHERE state < 2 AND 0 < id ORDER BY id LIMIT 1",
            "SELECT count(*) FROM reports WHERE state = ?1",
        );
        let oldest = optional(self.conn.prepare_cached(oldest)?.query_row([], |row| get(row, 0)))?;
        let webhooks = "SELECT count(*) FROM webhook_queue WHERE state = ?1";
        let mut overview = Overview {
            accounts: self.account_count()?.into(),
            new_accounts: self.count(
                "SELECT count(*) FROM accounts WHERE (SELECT coalesce(max(id), 0) FROM accounts) - ?1 < id \
                 AND ?2 <= created_at_ms",
                (NEWEST, now.plus_ms(-DAY_MS).column()),
            )?,
            applications: self.count("SELECT count(*) FROM accounts WHERE state = 1 AND state <> 0", [])?,
            reports_new: self.count(reports, [0])?,
            reports_claimed: self.count(reports, [1])?,
            oldest_report: oldest,
            held: self.count("SELECT count(*) FROM held WHERE state = 0", [])?,
            appeals: self.count("SELECT count(*) FROM appeals WHERE state = 0", [])?,
            filters: self.count("SELECT count(*) FROM filters WHERE removed_at_ms = 0 AND mode <> 0", [])?,
            purges: self.count(
                "SELECT count(*) FROM purges WHERE state = 0 AND ?1 < undo_until_ms",
                [now.column()],
            )?,
            webhooks_waiting: self.count(webhooks, [0])?,
            webhooks_given_up: self.count(webhooks, [2])?,
            ..Overview::default()
        };
        self.count_measures(now, &mut overview)?;
        Ok(overview)
    }

    /// Counts the measures that stand, from an index that has all it takes.
    fn count_measures(&self, now: Timestamp, overview: &mut Overview) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT coalesce(sum(kind = 0), 0), coalesce(sum(kind IN (1, 2)), 0), coalesce(sum(kind = 3), 0) \
             FROM sanctions WHERE target_kind = ?1 AND lifted_at_ms = 0 AND (until_ms = 0 OR ?2 < until_ms)",
        )?;
        for target in TARGETS {
            let (bans, mutes, soft): (u64, u64, u64) = statement
                .query_row((target, now.column()), |row| Ok((get(row, 0)?, get(row, 1)?, get(row, 2)?)))?;
            overview.bans += bans;
            overview.mutes += mutes;
            if NETWORKS.contains(&target) {
                overview.network_bans += bans + soft;
            }
        }
        Ok(())
    }

    fn count(&self, sql: &str, parameters: impl Params) -> Result<u64, StoreError> {
        Ok(self.conn.prepare_cached(sql)?.query_row(parameters, |row| get(row, 0))?)
    }
}

/// Reads the seven columns of a notice.
pub(crate) fn webhook_row(row: &Row<'_>) -> rusqlite::Result<WebhookRow> {
    Ok(WebhookRow {
        id: get(row, 0)?,
        body: row.get(1)?,
        at: get(row, 2)?,
        next_at: get(row, 3)?,
        attempts: get(row, 4)?,
        state: get(row, 5)?,
        error: row.get(6)?,
    })
}

impl Column for WebhookState {
    fn column(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Delivered => 1,
            Self::GivenUp => 2,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::GivenUp].into_iter().find(|state| state.column() == number)
    }
}
