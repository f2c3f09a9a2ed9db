//! Looking for events in the audit log, newest first.

use domain::audit::Action;
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::Reads;
use super::search::quoted;
use crate::columns::{Column, get};
use crate::error::StoreError;
use crate::rows::{AuditActor, AuditFilter, AuditPage, AuditSeq, AuditTarget};
use crate::tx::Facets;

/// How many events one page looks at. When they run out before the page is full, it ends early and says where to go on.
const CANDIDATES: usize = 20_000;
/// Most events on a page.
const PAGE: usize = 200;

impl Reads<'_> {
    /// Returns the events the filter asks for, newest first, those before `before`. Going on with `next` until there
    /// is none visits each of them once: an export does that.
    ///
    /// # Errors
    /// `Damaged` for an event that cannot be read.
    pub fn audit_page(
        &self,
        filter: &AuditFilter,
        before: Option<AuditSeq>,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        let limit = limit.clamp(1, PAGE);
        let mut page = AuditPage { items: Vec::new(), next: None };
        let Some((first, last)) = self.audit_range(filter, before)? else { return Ok(page) };
        let (sql, keys) = plan(filter);
        let mut statement = self.conn.prepare_cached(sql)?;
        let bounds = [Value::Integer(first), Value::Integer(last)];
        let mut rows = statement.query(params_from_iter(bounds.into_iter().chain(keys)))?;
        let (mut looked_at, mut reached) = (0, AuditSeq(0));
        while let Some(row) = rows.next()? {
            if page.items.len() == limit || looked_at == CANDIDATES {
                page.next = Some(reached);
                break;
            }
            looked_at += 1;
            reached = get(row, 0)?;
            if admits(filter, &Filed::read(row)?) {
                page.items.extend(self.audit_event(reached)?);
            }
        }
        Ok(page)
    }

    /// Returns the first and last place there can be a match at.
    fn audit_range(
        &self,
        filter: &AuditFilter,
        before: Option<AuditSeq>,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let last = before.map_or(i64::MAX, |before| before.column().saturating_sub(1));
        if filter.since.is_none() && filter.until.is_none() {
            return Ok(Some((0, last)));
        }
        let since = filter.since.map_or(i64::MIN, Column::column);
        let until = filter.until.map_or(i64::MAX, |until| until.column().saturating_sub(1));
        let mut statement = self
            .conn
            .prepare_cached("SELECT min(seq), max(seq) FROM audit_facets WHERE at_ms BETWEEN ?1 AND ?2")?;
        let found: (Option<i64>, Option<i64>) =
            statement.query_row((since, until), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(first), Some(newest)) = found else { return Ok(None) };
        let last = last.min(newest);
        Ok((first <= last).then_some((first, last)))
    }
}

/// Returns the statement that finds the fewest events to look at, and what it takes beside the range.
fn plan(filter: &AuditFilter) -> (&'static str, Vec<Value>) {
    let number = |number: i64| Value::Integer(number);
    match (filter.target, filter.actor, filter.action) {
        _ if !filter.words.is_empty() => (BY_WORDS, vec![Value::Text(quoted(&filter.words))]),
        (Some(AuditTarget::Account(account)), ..) => (BY_ACCOUNT, vec![number(account.column())]),
        (Some(AuditTarget::Room(room)), ..) => (BY_ROOM, vec![number(room.column())]),
        (Some(AuditTarget::One(kind, id)), ..) => {
            (BY_TARGET, vec![number(kind.column()), number(id.column())])
        }
        (_, Some(actor), Some(action)) => {
            (BY_BOTH, vec![number(actor_column(actor)), number(action_column(action))])
        }
        (_, Some(actor), None) => (BY_ACTOR, vec![number(actor_column(actor))]),
        (_, None, Some(action)) => (BY_ACTION, vec![number(action_column(action))]),
        (_, None, None) => (ALL, Vec::new()),
    }
}

/// What an event is found by.
struct Filed {
    action: i64,
    actor: i64,
    facets: Facets,
    at: i64,
}

impl Filed {
    /// Reads the seven columns after the place.
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let facets = Facets { kind: row.get(3)?, id: row.get(4)?, account: row.get(5)?, room: row.get(6)? };
        Ok(Self { action: row.get(1)?, actor: row.get(2)?, facets, at: row.get(7)? })
    }
}

/// Whether an event is one that is asked for; the words have been looked for before.
fn admits(filter: &AuditFilter, filed: &Filed) -> bool {
    let facets = &filed.facets;
    let actor = filter.actor.is_none_or(|actor| filed.actor == actor_column(actor));

    let target = filter.target.is_none_or(|target| match target {
        AuditTarget::Account(account) => facets.account == account.column(),
        AuditTarget::Room(room) => facets.room == room.column(),
        AuditTarget::Any(kind) => facets.kind == kind.column(),
        AuditTarget::One(kind, id) => facets.kind == kind.column() && facets.id == id.column(),
    });
    actor
        && target
        && filter.action.is_none_or(|action| filed.action == action_column(action))
        && filter.since.is_none_or(|since| since.column() <= filed.at)
        && filter.until.is_none_or(|until| filed.at < until.column())
}

fn action_column(action: Action) -> i64 {
    i64::from(action.number())
}

fn actor_column(actor: AuditActor) -> i64 {
    match actor {
        AuditActor::Operator => 0,
        AuditActor::Account(account) => account.column(),
    }
}

const ALL: &str = "SELECT seq, action, actor, target_kind, target_id, account, room, at_ms FROM audit_facets \
     WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
const BY_ACTION: &str = "SELECT seq, action, actor, target_kind, target_id, account, room, at_ms FROM audit_facets \
     WHERE action = ?3 AND seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
const BY_ACTOR: &str = "SELECT seq, action, actor, target_kind, target_id, account, room, at_ms FROM audit_facets \
     WHERE actor = ?3 AND seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
const BY_BOTH: &str = "SELECT seq, action, actor, target_kind, target_id, account, room, at_ms FROM audit_facets \
     WHERE actor = ?3 AND action = ?4 AND seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
const BY_TARGET: &str = "SELECT seq, action, actor, target_kind, target_id, account, room, at_ms FROM audit_facets \
     WHERE target_kind = ?3 AND target_id = ?4 AND seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
const BY_ACCOUNT: &str = "SELECT seq, action, actor, target_kind, target_id, account, room, at_ms FROM audit_facets \
     WHERE account = ?3 AND account <> 0 AND seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
const BY_ROOM: &str = "SELECT seq, action, actor, target_kind, target_id, account, room, at_ms FROM audit_facets \
     WHERE room = ?3 AND room <> 0 AND seq BETWEEN ?1 AND ?2 ORDER BY seq DESC";
const BY_WORDS: &str = "SELECT seq, action, actor, target_kind, target_id, account, room, at_ms \
     FROM audit_fts CROSS JOIN audit_facets ON audit_facets.seq = audit_fts.rowid \
     WHERE audit_fts MATCH ?3 AND audit_fts.rowid BETWEEN ?1 AND ?2 ORDER BY audit_fts.rowid DESC";
