//! Killed in the middle of making or migrating a database: old or new, never between.

use std::fs;
use std::path::Path;

use store::testing::SCHEMA;
use store::{LOBBY, Missing, Options, Store};

use crate::child::{on_failing_disk, playing, role};
use crate::support::{Place, account, history};

/// Every write a migration makes is a place to die; in between, every so many are tried unless asked for all.
fn step() -> usize {
    if std::env::var_os("STORE_KILLS").is_some() { 1 } else { 7 }
}

#[test]
fn a_migration_that_is_killed_at_any_write_leaves_the_old_schema_or_the_new() {
    let (mut kills, mut old, mut new) = (0, 0, 0);
    for writes in (0..).step_by(step()) {
        let place = Place::new();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema-1.db");
        fs::copy(fixture, place.path()).unwrap();
        let killed = killed_after(writes, "half_done::in_its_role_opens", &place);
        match schema_of(&place.path()) {
            1 => old += 1,
            // Each step is whole: one in between is as good a place to stop.
            later if (2..=SCHEMA).contains(&later) => new += 1,
            other => panic!("schema {other} after {writes} writes"),
        }
        let store = place.open();
        store.verify().unwrap();
        store.verify_search().unwrap();
        assert_eq!(history(&store, LOBBY, account(1)).len(), 5, "after {writes} writes");
        if !killed {
            break;
        }
        kills += 1;
    }
    println!(
        "migration: killed at {kills} places, {old} times the old schema was there, {new} times the new one"
    );
    assert!(10 < kills && 0 < old && 0 < new);
}

#[test]
fn a_new_database_that_is_killed_at_any_write_is_whole_or_not_there() {
    let (mut kills, mut there) = (0, 0);
    for writes in (0..).step_by(step()) {
        let place = Place::new();
        let killed = killed_after(writes, "half_done::in_its_role_opens", &place);
        if place.path().exists() {
            let existing = Options { missing: Missing::Refuse, ..Options::default() };
            Store::open_with(&place.path(), &existing).unwrap().verify().unwrap();
            there += 1;
        }
        place.open().verify_search().unwrap();
        if !killed {
            break;
        }
        kills += 1;
    }
    println!("new database: killed at {kills} places, {there} times it was there and whole");
    assert!(5 < kills && 0 < there);
}

#[test]
fn in_its_role_opens() {
    let Some(path) = playing("half_done::in_its_role_opens") else { return };
    Store::open(&path).unwrap().close();
}

/// Runs a role that is killed at a write; whether it came so far.
fn killed_after(writes: usize, test: &str, place: &Place) -> bool {
    let wishes = Place::new();
    fs::write(wishes.folder.path().join("kill"), writes.to_string()).unwrap();
    let output = on_failing_disk(role(test, &place.path()), wishes.folder.path()).output().unwrap();
    let out = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || output.status.code().is_none(), "{}: {out}", output.status);
    output.status.code().is_none()
}

fn schema_of(path: &Path) -> usize {
    let conn = rusqlite::Connection::open(path).unwrap();
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    usize::try_from(version).unwrap()
}
