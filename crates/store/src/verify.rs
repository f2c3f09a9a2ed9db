//! Examining everything that is stored.

use domain::audit::ChainHash;
use rusqlite::Connection;

use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::migrate::check_schema;
use crate::reads::Reads;
use crate::rows::AuditSeq;

/// Entries that are read at a time, so that no read keeps the log from being emptied for long.
const AT_ONCE: i64 = 2_000;

/// What was examined and found sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries that are as they were written.
    pub entries: u64,
    /// The last event of the audit log.
    pub audit: AuditSeq,
    /// Its hash: kept elsewhere, it shows when the end of the log is cut off.
    pub audit_hash: ChainHash,
}

/// Examines pages, indexes, definitions, entries and the audit chain.
pub(crate) fn verify(conn: &Connection) -> Result<Verified, StoreError> {
    let lines: Vec<String> = conn
        .prepare("PRAGMA integrity_check(3)")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if lines != ["ok"] {
        return Err(StoreError::Corrupt { what: lines.join("; ") });
    }
    check_schema(conn)?;
    let entries = verify_entries(conn)?;
    let (audit, audit_hash) = Reads::new(conn).verify_audit()?;
    Ok(Verified { entries, audit, audit_hash })
}

/// Compares the index for searching with the texts it is about.
pub(crate) fn verify_search(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("INSERT INTO entries_fts (entries_fts, rank) VALUES ('integrity-check', 1)", [])?;
    Ok(())
}

/// Makes the index for searching anew.
pub(crate) fn rebuild_search(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("INSERT INTO entries_fts (entries_fts) VALUES ('rebuild')", [])?;
    Ok(())
}

fn verify_entries(conn: &Connection) -> Result<u64, StoreError> {
    let mut statement = conn.prepare(
        "SELECT room, seq, author, message_id, at_ms, kind, body, target, reaction_removed, edited_by, removed_by, \
         row_check, file, id FROM entries WHERE ?1 < id ORDER BY id LIMIT ?2",
    )?;
    let (mut last, mut count) = (0_i64, 0);
    loop {
        let before = count;
        let mut rows = statement.query((last, AT_ONCE))?;
        while let Some(row) = rows.next()? {
            let (entry, sound) = EntryRow::read(row, 0)?;
            sound.pass(entry)?;
            last = row.get(13)?;
            count += 1;
        }
        if count == before {
            return Ok(count);
        }
    }
}
