//! The audit log.

use domain::audit::{AuditEvent, ChainHash};

use super::Reads;
use crate::columns::{Column, get, optional};
use crate::error::StoreError;
use crate::rows::{AuditRow, AuditSeq};

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
        let rows = statement.query_map((after.column(), limit), |row| {
            Ok((get(row, 0)?, row.get::<_, Vec<u8>>(1)?, ChainHash(row.get(2)?)))
        })?;
        rows.map(|row| {
            let (seq, canonical, hash): (AuditSeq, _, _) = row?;
            let event = AuditEvent::from_canonical(&canonical);
            let event = event.map_err(|error| damage(seq, &format!("cannot be read: {error}")))?;
            Ok(AuditRow { seq, event, hash })
        })
        .collect()
    }

    /// Follows the chain from the first event and returns its last place and hash.
    ///
    /// # Errors
    /// `Damaged`, naming the first event that does not follow from the one before.
    pub fn verify_audit(&self) -> Result<(AuditSeq, ChainHash), StoreError> {
        let (mut place, mut hash) = (AuditSeq(0), ChainHash::START);
        loop {
            let rows = self.audit_after(place, CHECKED_AT_ONCE)?;
            if rows.is_empty() {
                return Ok((place, hash));
            }
            for row in rows {
                if row.seq.0 != place.0 + 1 {
                    return Err(damage(AuditSeq(place.0 + 1), "is missing"));
                }
                if hash.after(&row.event.canonical()) != row.hash {
                    return Err(damage(row.seq, "does not follow from the one before"));
                }
                (place, hash) = (row.seq, row.hash);
            }
        }
    }
}

fn damage(seq: AuditSeq, what: &str) -> StoreError {
    StoreError::Damaged { what: format!("audit event {} {what}", seq.0) }
}
