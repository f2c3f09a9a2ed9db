//! What the audit log is searched by: columns beside each event, made from the event and never trusted over it.

use domain::audit::{AuditEvent, Target};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::columns::{Column, or_zero};
use crate::error::StoreError;
use crate::reads::Reads;
use crate::rows::AuditSeq;

/// Events that are given their columns at a time.
const AT_ONCE: usize = 1_000;

/// What an event is about, as columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facets {
    pub(crate) kind: i64,
    pub(crate) id: i64,
    pub(crate) account: i64,
    pub(crate) room: i64,
}

/// Returns what an event is about as columns; kinds are numbered as the canonical form numbers them.
pub(crate) fn facets_of(target: &Target) -> Facets {
    let of = |kind, id, account, room| Facets { kind, id, account, room };
    match *target {
        Target::Server => of(0, 0, 0, 0),
        Target::Account(account) => of(1, account.column(), account.column(), 0),
        Target::Device(account, device) => of(2, device.column(), account.column(), 0),
        Target::Room(room) => of(3, room.column(), 0, room.column()),
        Target::Member(room, account) => of(4, account.column(), account.column(), room.column()),
        Target::Entry(room, seq) => of(5, seq.column(), 0, room.column()),
        Target::Invite(invite) => of(6, invite.column(), 0, 0),
        Target::Sanction(sanction, account) => of(7, sanction.column(), account.column(), 0),
        Target::Report(report) => of(8, report.column(), 0, 0),
        Target::Appeal(appeal) => of(9, appeal.column(), 0, 0),
        Target::Filter(filter) => of(10, filter.column(), 0, 0),
        Target::Network(sanction) => of(11, sanction.column(), 0, 0),
        Target::Held(held) => of(12, held.column(), 0, 0),
        Target::Purge(purge) => of(13, purge.column(), 0, 0),
        Target::Announcement(announcement) => of(14, announcement.column(), 0, 0),
        Target::Batch(batch) => of(15, batch.column(), 0, 0),
        Target::Setting => of(16, 0, 0, 0),
        Target::Lineage(sanction, _) => of(17, sanction.column(), 0, 0),
        Target::WebSession(session, account) => of(18, session.column(), account.column(), 0),
        Target::File(file) => of(19, file.column(), 0, 0),
    }
}

/// Writes the columns of one event.
pub(crate) fn write_facets(conn: &Connection, seq: AuditSeq, event: &AuditEvent) -> Result<(), StoreError> {
    let facets = facets_of(&event.target);
    conn.prepare_cached(
        "INSERT INTO audit_facets (seq, action, actor, target_kind, target_id, account, room, at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (seq) DO NOTHING",
    )?
    .execute((
        seq.column(),
        event.action as i64,
        or_zero(event.actor),
        facets.kind,
        facets.id,
        facets.account,
        facets.room,
        event.at.column(),
    ))?;
    if !event.detail.is_empty() {
        conn.prepare_cached("INSERT INTO audit_fts (rowid, detail) VALUES (?1, ?2)")?
            .execute((seq.column(), &*event.detail))?;
    }
    Ok(())
}

/// Gives columns to events that have none yet: those of an older version of the program.
pub(crate) fn catch_up(conn: &Connection) -> Result<(), StoreError> {
    loop {
        if !is_behind(conn)? {
            return Ok(());
        }
        let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
        let mut statement = tx.prepare_cached("SELECT coalesce(max(seq), 0) FROM audit_facets")?;
        let last: i64 = statement.query_row([], |row| row.get(0))?;
        drop(statement);
        let rows = match Reads::new(&tx).audit_after(AuditSeq(last.unsigned_abs()), AT_ONCE) {
            // A damaged event has no columns; that it is damaged is told by who reads or verifies it.
            Err(StoreError::Damaged { .. }) => return Ok(()),
            rows => rows?,
        };
        for row in rows {
            write_facets(&tx, row.seq, &row.event)?;
        }
        tx.commit()?;
    }
}

fn is_behind(conn: &Connection) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT (SELECT coalesce(max(seq), 0) FROM audit_facets) < (SELECT coalesce(max(seq), 0) FROM audit)",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}
