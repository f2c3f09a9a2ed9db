//! The audit log: every act is written in the transaction that does it.

use domain::audit::AuditEvent;

use super::Tx;
use super::facets::write_facets;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::AuditSeq;

impl Tx<'_> {
    /// Writes what was done to the end of the chain.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn audit(&mut self, event: &AuditEvent) -> Result<AuditSeq, StoreError> {
        let canonical = event.canonical();
        let hash = self.reads().audit_head()?.1.after(&canonical);
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO audit (at_ms, actor, event, hash) VALUES (?1, ?2, ?3, ?4) RETURNING seq",
        )?;
        let row = (event.at.column(), or_zero(event.actor), canonical, hash.0.as_slice());
        let seq = statement.query_row(row, |row| get(row, 0))?;
        write_facets(self.conn, seq, event)?;
        Ok(seq)
    }
}
