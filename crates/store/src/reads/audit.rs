//! The audit log: in order, and whether its chain holds.

use domain::audit::{AuditEvent, ChainHash};
use rusqlite::Row;

use super::Reads;
use crate::columns::{Column, get, optional, or_zero};
use crate::error::StoreError;
use crate::rows::{AuditCheck, AuditFault, AuditRow, AuditSeq};
use crate::tx::{Facets, facets_of};

/// Rows that are checked at a time.
const CHECKED_AT_ONCE: usize = 500;

impl Reads<'_> {
    /// Returns the place and the hash of the newest event.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn audit_head(&self) -> Result<(AuditSeq, ChainHash), StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?;
        let head = optional(statement.query_row([], |row| Ok((get(row, 0)?, ChainHash(row.get(1)?)))))?;
        Ok(head.unwrap_or((AuditSeq(0), ChainHash::START)))
    }

    /// Returns events in the order they were written, those after `after`.
    ///
    /// # Errors
    /// `Damaged` for an event that cannot be read.
    pub fn audit_after(&self, after: AuditSeq, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT seq, event, hash FROM audit WHERE ?1 < seq ORDER BY seq LIMIT ?2")?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((after.column(), limit), stored)?;
        rows.map(|row| event(row?)).collect()
    }

    /// Follows the chain from the first event and returns its last place and hash.
    ///
    /// # Errors
    /// `Damaged`, naming the first event that does not follow from the one before.
    pub fn verify_audit(&self) -> Result<(AuditSeq, ChainHash), StoreError> {
        let (mut from, mut before) = (AuditSeq(0), ChainHash::START);
        loop {
            match self.verify_audit_from(from, before, CHECKED_AT_ONCE)? {
                AuditCheck::Holds { place, hash, more: false } => return Ok((place, hash)),
                AuditCheck::Holds { place, hash, more: true } => (from, before) = (place, hash),
                AuditCheck::Broken { place, fault } => return Err(damage(place, fault)),
            }
        }
    }

    /// Follows the chain for at most `limit` events after this place, whose hash is given; start with
    /// `AuditSeq(0)` and [`ChainHash::START`] and go on where it holds while there is more.
    ///
    /// # Errors
    /// Those of the disk; what is wrong with the chain is no error but [`AuditCheck::Broken`].
    pub fn verify_audit_from(
        &self,
        after: AuditSeq,
        before: ChainHash,
        limit: usize,
    ) -> Result<AuditCheck, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT audit.seq, audit.event, audit.hash, audit_facets.seq, action, audit_facets.actor, \
             target_kind, target_id, account, room, audit_facets.at_ms \
             FROM audit LEFT JOIN audit_facets ON audit_facets.seq = audit.seq \
             WHERE ?1 < audit.seq ORDER BY audit.seq LIMIT ?2",
        )?;
        let limit = i64::try_from(limit.max(1)).unwrap_or(i64::MAX);
        let mut rows = statement.query((after.column(), limit))?;
        let (mut place, mut hash, mut seen) = (after, before, 0);
        while let Some(row) = rows.next()? {
            let expected = AuditSeq(place.0 + 1);
            match check(row, expected, hash)? {
                Ok(next) => (place, hash) = (expected, next),
                Err(fault) => return Ok(AuditCheck::Broken { place: expected, fault }),
            }
            seen += 1;
        }
        Ok(AuditCheck::Holds { place, hash, more: seen == limit })
    }

    /// Returns one event.
    ///
    /// # Errors
    /// `Damaged` if it cannot be read.
    pub fn audit_event(&self, seq: AuditSeq) -> Result<Option<AuditRow>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT seq, event, hash FROM audit WHERE seq = ?1")?;
        optional(statement.query_row([seq.column()], stored))?.map(event).transpose()
    }
}

/// An event as it is stored.
type Stored = (AuditSeq, Vec<u8>, ChainHash);

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok((get(row, 0)?, row.get(1)?, ChainHash(row.get(2)?)))
}

fn event((seq, canonical, hash): Stored) -> Result<AuditRow, StoreError> {
    let event = AuditEvent::from_canonical(&canonical).map_err(|_| damage(seq, AuditFault::Unreadable))?;
    Ok(AuditRow { seq, event, hash })
}

/// Returns the event's hash if it follows from the one before and is filed as what it is.
fn check(
    row: &Row<'_>,
    expected: AuditSeq,
    before: ChainHash,
) -> rusqlite::Result<Result<ChainHash, AuditFault>> {
    let (seq, canonical, hash) = stored(row)?;
    if seq != expected {
        return Ok(Err(AuditFault::Missing));
    }
    if before.after(&canonical) != hash {
        return Ok(Err(AuditFault::DoesNotFollow));
    }
    let Ok(event) = AuditEvent::from_canonical(&canonical) else {
        return Ok(Err(AuditFault::Unreadable));
    };
    Ok(if is_filed(row, &event)? { Ok(hash) } else { Err(AuditFault::Misfiled) })
}

/// Whether the columns from the fourth on say what the event says.
fn is_filed(row: &Row<'_>, event: &AuditEvent) -> rusqlite::Result<bool> {
    if row.get::<_, Option<i64>>(3)?.is_none() {
        return Ok(false);
    }
    let (action, actor, at): (i64, i64, i64) = (row.get(4)?, row.get(5)?, row.get(10)?);
    let facets = Facets { kind: row.get(6)?, id: row.get(7)?, account: row.get(8)?, room: row.get(9)? };
    Ok(action == i64::from(event.action.number())
        && actor == or_zero(event.actor)
        && at == event.at.column()
        && facets == facets_of(&event.target))
}

fn damage(seq: AuditSeq, fault: AuditFault) -> StoreError {
    StoreError::Damaged { what: format!("audit event {} {fault}", seq.0) }
}
