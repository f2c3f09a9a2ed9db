//! Filters as rows, and what they matched. Who may change them is decided in [`crate::Staff`].

use proto::ids::{AccountId, FilterId, Timestamp};

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::reads::action_columns;
use crate::rows::{NewFilter, NewFilterMatch};

/// Matches of one filter that are kept with their text.
const KEPT: i64 = 200;
/// How long they are kept.
const KEPT_MS: i64 = 14 * 86_400_000;
/// Old matches that are taken away at a time.
const AT_ONCE: i64 = 20;

impl Tx<'_> {
    /// Keeps a message that a filter matched, counts it, and forgets old ones: each filter has its newest two hundred,
    /// for at most two weeks.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn filter_match(&mut self, new: &NewFilterMatch) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO filter_matches (filter, room, author, at_ms, shadow, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                new.filter.column(),
                new.room.column(),
                new.author.column(),
                new.at.column(),
                new.shadow,
                &new.body,
            ))?;
        self.conn
            .prepare_cached(
                "DELETE FROM filter_matches WHERE filter = ?1 AND id <= (SELECT id FROM filter_matches \
                 WHERE filter = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute((new.filter.column(), KEPT))?;
        // They are in the order of time: the oldest come first.
        self.conn
            .prepare_cached(
                "DELETE FROM filter_matches WHERE at_ms < ?1 AND id IN \
                 (SELECT id FROM filter_matches WHERE 0 < id ORDER BY id LIMIT ?2)",
            )?
            .execute((new.at.plus_ms(-KEPT_MS).column(), AT_ONCE))?;
        self.filter_hits(new.filter, new.shadow, 1, new.at)
    }

    /// Counts matches whose texts are not kept.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn filter_hits(
        &mut self,
        filter: FilterId,
        shadow: bool,
        count: u64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (hits, watched) = if shadow { (0, count) } else { (count, 0) };
        self.conn
            .prepare_cached(
                "INSERT INTO filter_hits (filter, hits, shadow, last_at_ms) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (filter) DO UPDATE SET hits = hits + excluded.hits, shadow = shadow + excluded.shadow, \
                 last_at_ms = max(last_at_ms, excluded.last_at_ms)",
            )?
            .execute((filter.column(), hits.column(), watched.column(), at.column()))?;
        Ok(())
    }

    pub(crate) fn insert_filter(
        &self,
        new: &NewFilter,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<FilterId, StoreError> {
        let (action, seconds) = action_columns(new.action);
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO filters (room, kind, pattern, action, action_seconds, mode, by_account, at_ms, changed_at_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) RETURNING id",
        )?;
        let row = (
            or_zero(new.room),
            new.kind.column(),
            &new.pattern,
            action,
            seconds,
            new.mode.column(),
            or_zero(by),
            at.column(),
        );
        Ok(statement.query_row(row, |row| get(row, 0))?)
    }

    pub(crate) fn update_filter(
        &self,
        id: FilterId,
        new: &NewFilter,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (action, seconds) = action_columns(new.action);
        self.conn
            .prepare_cached(
                "UPDATE filters SET room = ?2, kind = ?3, pattern = ?4, action = ?5, action_seconds = ?6, mode = ?7, \
                 changed_at_ms = ?8, version = version + 1 WHERE id = ?1",
            )?
            .execute((
                id.column(),
                or_zero(new.room),
                new.kind.column(),
                &new.pattern,
                action,
                seconds,
                new.mode.column(),
                at.column(),
            ))?;
        Ok(())
    }

    pub(crate) fn remove_filter(&self, id: FilterId, at: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE filters SET removed_at_ms = max(?2, 1), version = version + 1 WHERE id = ?1",
            )?
            .execute((id.column(), at.column()))?;
        Ok(())
    }
}
