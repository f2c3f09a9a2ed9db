//! Every statement of the crate: none is built from text, and none reads a growing table without an index.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use support::Place;

/// Tables that grow with use; filters, announcements that stand and notices for other programs are bounded.
const GROWING: [&str; 42] = [
    "accounts",
    "recovery_codes",
    "devices",
    "invites",
    "rooms",
    "members",
    "read_markers",
    "entries",
    "reactions",
    "sanctions",
    "changes",
    "audit",
    "audit_facets",
    "sanction_batches",
    "sanction_hits",
    "enforcements",
    "account_networks",
    "reports",
    "report_evidence",
    "notes",
    "filter_matches",
    "held",
    "purges",
    "appeals",
    "announcements",
    "web_sessions",
    "metric_samples",
    "uploads",
    "blobs",
    "file_refs",
    "blob_blocks",
    "file_usage",
    "sealed_rooms",
    "sealed_leaves",
    "evictions",
    "sealed_trees",
    "welcomes",
    "welcome_waits",
    "identities",
    "device_identities",
    "key_packages",
    "cannot_read",
];

#[test]
fn no_statement_reads_a_growing_table_without_an_index() {
    let place = Place::new();
    place.open().close();
    let conn = Connection::open(place.path()).unwrap();
    let statements = statements();
    assert!(60 < statements.len(), "the statements are found: {}", statements.len());
    for (file, sql) in &statements {
        for step in plan(&conn, sql).unwrap_or_else(|error| panic!("{file}: {error}\n{sql}")) {
            assert!(is_fine(&step), "{file}: {step}\n{sql}");
        }
    }
    println!("{} statements examined", statements.len());
}

/// The test above would notice: these are what it is there to find.
#[test]
fn a_scan_and_a_sort_are_noticed() {
    let place = Place::new();
    place.open().close();
    let conn = Connection::open(place.path()).unwrap();
    for bad in [
        "SELECT id FROM entries WHERE body = ?1",
        "SELECT id FROM accounts ORDER BY created_at_ms",
        "UPDATE sanctions SET note = '' WHERE reason = ?1",
        "SELECT count(*) FROM members WHERE joined_at_ms < ?1",
    ] {
        assert!(!plan(&conn, bad).unwrap().iter().all(|step| is_fine(step)), "{bad}");
    }
}

/// Each list of a page has an index of its own: how a statement begins, how it goes on, what reads it.
const LISTS: &[(&str, &str, &str)] = &[
    (
        "SELECT seq, action, actor",
        "WHERE action = ?3 AND seq",
        "audit_by_action (action=? AND seq>? AND seq<?)",
    ),
    ("SELECT seq, action, actor", "WHERE actor = ?3 AND seq", "audit_by_actor (actor=? AND seq>? AND seq<?)"),
    (
        "SELECT seq, action, actor",
        "WHERE actor = ?3 AND action",
        "audit_by_both (actor=? AND action=? AND seq>? AND seq<?)",
    ),
    (
        "SELECT seq, action, actor",
        "WHERE target_kind",
        "audit_by_target (target_kind=? AND target_id=? AND seq>? AND seq<?)",
    ),
    ("SELECT seq, action, actor", "WHERE account", "audit_by_account (account=? AND seq>? AND seq<?)"),
    ("SELECT seq, action, actor", "WHERE room", "audit_by_room (room=? AND seq>? AND seq<?)"),
    ("SELECT seq, action, actor", "WHERE seq", "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
    ("SELECT min(seq), max(seq)", "FROM audit_facets", "COVERING INDEX audit_by_time (at_ms>? AND at_ms<?)"),
    ("SELECT at_ms, value", "FROM metric_samples", "PRIMARY KEY (series=? AND step=? AND at_ms>?)"),
    ("SELECT id, body, at_ms, next_at_ms", "WHERE id <", "INTEGER PRIMARY KEY (rowid<?)"),
    ("SELECT id, body, at_ms, next_at_ms", "WHERE state = 0", "webhook_due (next_at_ms<?)"),
    ("SELECT entry, blob", "WHERE open = 1 AND entry", "file_refs_listed (open=? AND entry<?)"),
    ("SELECT entry, blob", "WHERE file_refs.room", "file_refs_by_room (room=? AND open=? AND entry<?)"),
    ("SELECT entry, blob", "WHERE account", "file_refs_by_account (account=? AND open=? AND entry<?)"),
    ("SELECT entry, blob", "WHERE blob_blocks.state", "blob_blocks_by_state (state=?)"),
    ("SELECT blobs.id, by_account", "WHERE state = 2", "blob_blocks_by_state (state=?)"),
    ("SELECT id, blobs.hash", "WHERE refs = 0", "blobs_unused (refs=?)"),
    ("SELECT account, hash", "WHERE held = 0", "uploads_by_rest (touched_at_ms<?)"),
    ("SELECT leaf, account", "WHERE room = ?1", "sealed_leaves_in (room=?)"),
    ("SELECT DISTINCT room", "WHERE account = ?1", "sealed_leaves_of_account (account=?)"),
    ("SELECT DISTINCT room", "FROM evictions", "evictions_waiting (done_at_ms=?)"),
    ("SELECT id, room, account, device, why", "WHERE room", "evictions_open (room=?"),
    ("SELECT id, room, account, device, why", "WHERE sanction", "evictions_of_sanction (sanction=?"),
    ("SELECT id, room, account, device, why", "WHERE account", "evictions_of_account (account=?"),
    ("SELECT id, room, account, device, why", "WHERE done_at_ms = 0 AND id", "evictions_pending (id<?)"),
    ("SELECT sealed_rooms.room", "rooms.kind = 2", "sealed_rooms USING INTEGER PRIMARY KEY (rowid<?)"),
    ("SELECT welcome_waits.id", "FROM welcome_waits", "welcome_waits_of_device (device=?)"),
    ("SELECT package", "last_resort = 1", "key_packages_of_device (device=? AND last_resort=?)"),
    (
        "SELECT coalesce(sum(kind = 0), 0)",
        "FROM sanctions",
        "COVERING INDEX sanctions_standing (target_kind=?)",
    ),
];

#[test]
fn each_list_is_read_by_the_index_that_is_there_for_it() {
    let place = Place::new();
    place.open().close();
    let conn = Connection::open(place.path()).unwrap();
    let statements = statements();
    for (begin, on, index) in LISTS {
        let mut found =
            statements.iter().filter(|(_, sql)| sql.starts_with(begin) && sql.contains(on)).peekable();
        assert!(found.peek().is_some(), "no statement begins with {begin} and has {on}");
        for (file, sql) in found {
            let steps = plan(&conn, sql).unwrap();
            assert!(steps.iter().any(|step| step.contains(index)), "{file}: {steps:?}\n{sql}");
        }
    }
}

/// A statement is a literal: nobody's input ever becomes part of one.
#[test]
fn no_statement_is_put_together_from_text() {
    for path in sources() {
        let source = fs::read_to_string(&path).unwrap();
        for (line, text) in source.lines().enumerate() {
            let builds = text.contains("format!(") || text.contains("concat!(") || text.contains("push_str(");
            let is_sql = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA "]
                .iter()
                .any(|verb| text.contains(verb));
            assert!(!(builds && is_sql), "{}:{}: {text}", path.display(), line + 1);
        }
    }
}

/// Whether a step of a plan may stand: no pass over a growing table, no sorting of one.
fn is_fine(step: &str) -> bool {
    let table = step.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap_or_default());
    // Both are read from the end of their key and only as far as LIMIT or max() says.
    let from_the_end = ["SCAN audit", "SCAN changes"].contains(&step);
    let scans = table.is_some_and(|table| GROWING.contains(&table)) && !from_the_end;
    !scans && !step.contains("USE TEMP B-TREE FOR ORDER BY")
}

fn plan(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    // For an INSERT the plan names what foreign keys would look at in deferred mode, which is never used.
    conn.pragma_update(None, "foreign_keys", !sql.starts_with("INSERT"))?;
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3))?.collect()
}

/// Every literal of the sources that starts as a statement does, with its file.
fn statements() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in sources() {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        // The large set of a benchmark is written in one go, with no server beside it.
        if file == "seed.rs" {
            continue;
        }
        for literal in literals(source) {
            if ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| literal.starts_with(verb)) {
                found.push((file.clone(), literal));
            }
        }
    }
    found
}

fn sources() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

/// The string literals of a source file, joined over escaped line ends as the compiler joins them.
fn literals(source: &str) -> Vec<String> {
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    // A quote that is a character or is escaped ends no literal.
    let code = code.join("\n").replace("'\"'", "' '").replace("\\\"", " ");
    code.split('"').skip(1).step_by(2).map(join_lines).collect()
}

fn join_lines(literal: &str) -> String {
    let mut parts = literal.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |joined, part| joined + part.trim_start())
}
