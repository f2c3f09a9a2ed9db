//! From every schema that was ever released to the current one.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use proto::message::{Content, RoomKind};
use rusqlite::Connection;
use store::testing::SCHEMA;
use store::{AuditSeq, Check, LOBBY, NewSealedRoom, Options, Store, StoreError};
use support::{NOW, Place, account, body, history, id, seq};

#[test]
fn there_is_a_saved_database_of_every_schema_before_this_one() {
    for schema in 1..SCHEMA {
        assert!(fixture(schema).exists(), "make it: see examples/make_fixture.rs");
    }
}

#[test]
fn a_saved_database_of_any_schema_opens_with_all_it_held() {
    for schema in 1..SCHEMA {
        let place = saved(schema);
        let store = place.open();
        let (ada, bob, mallory) = (account(1), account(2), account(3));
        let said: Vec<String> = history(&store, LOBBY, ada).iter().map(body).collect();
        assert_eq!(said[..2], ["hello everybody", "hello ada, fair winds"]);
        let dock = store.read_blocking(|reads| Ok(reads.rooms_of(bob)?.remove(1))).unwrap();
        assert_eq!(
            (&*dock.name, &*dock.topic, dock.members, dock.last_seq),
            ("dock", "ships, tides and rope", 2, seq(4))
        );
        assert_eq!(body(&history(&store, dock.room, bob)[1]), "high water at nine");
        assert_eq!(history(&store, LOBBY, bob)[3].entry.content, Content::Removed { by: ada });
        store
            .read_blocking(|reads| {
                assert!(reads.active_ban(mallory, NOW)?.is_some());
                assert_eq!(reads.verify_audit()?.0, AuditSeq(2));
                assert_eq!(reads.account(ada)?.unwrap().totp_last_step, 58_766_666);
                assert_eq!(&*reads.server_name()?, "Harbour");
                Ok(())
            })
            .unwrap();
        store.verify().unwrap();
        store.verify_search().unwrap();
    }
}

#[test]
fn a_database_from_before_sealed_rooms_takes_them_in() {
    let place = saved(4);
    let store = place.open();
    let (ada, bob) = (account(1), account(2));
    let new = NewSealedRoom { by: ada, with: Some(bob), message_id: id(1), at: NOW };
    let (room, fresh) = store.run_blocking(move |tx| tx.create_sealed(&new)).unwrap();
    assert!(fresh && room.kind == RoomKind::SealedDirect);
    // The readable room of the same two stays what it is.
    let direct = store.read_blocking(|reads| reads.direct_room(ada, bob)).unwrap().unwrap();
    assert_ne!(direct.id, room.id);
    assert!(!store.read_blocking(|reads| reads.group(room.id)).unwrap().unwrap().live);
    store.verify().unwrap();
}

#[test]
fn messages_from_before_the_search_are_found_as_they_read_today() {
    let store = saved(1).open();
    let found = |query: &'static str| {
        let page = store.read_blocking(|reads| reads.search(account(2), query, None, 0, 10)).unwrap();
        page.hits.iter().map(|hit| body(&hit.item)).collect::<Vec<_>>()
    };
    assert_eq!(found("winds"), ["hello ada, fair winds"]);
    assert_eq!(found("nine"), ["high water at nine"], "an edited message by its newest text");
    for gone in ["nien", "anchors", "between"] {
        assert_eq!(found(gone), Vec::<String>::new(), "{gone}: an old text, a removed one, a direct room");
    }
}

#[test]
fn data_is_saved_before_it_is_migrated_and_an_empty_start_saves_nothing() {
    let place = saved(1);
    place.open().close();
    let copy = place.folder.path().join("chat.db.schema-1.bak");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(schema_of(&copy), 1);
    let entries: i64 = Connection::open(&copy)
        .unwrap()
        .query_row("SELECT count(*) FROM entries", [], |row| row.get(0))
        .unwrap();
    assert_eq!(entries, 10);

    let fresh = Place::new();
    fresh.open().close();
    assert!(
        names(fresh.folder.path()).iter().all(|name| !name.contains(".bak")),
        "{:?}",
        names(fresh.folder.path())
    );
}

#[test]
fn what_an_attempt_that_was_broken_off_left_is_in_nobodys_way() {
    let place = saved(1);
    fs::write(place.folder.path().join("chat.db.schema-1.bak.tmp"), b"half a copy").unwrap();
    fs::write(place.folder.path().join("chat.db.schema-1.bak"), b"an old copy").unwrap();
    place.open().close();
    assert_eq!(schema_of(&place.folder.path().join("chat.db.schema-1.bak")), 1);
    assert!(!place.folder.path().join("chat.db.schema-1.bak.tmp").exists());
}

/// A step that fails at its end leaves the schema before it, and nothing of its own work.
#[test]
fn a_step_that_fails_leaves_the_schema_before_it() {
    let place = saved(1);
    // The second step makes a table of this name as its last but two statement.
    let intruder = Connection::open(place.path()).unwrap();
    intruder.execute_batch("CREATE TABLE entries_fts_config (k, v)").unwrap();
    drop(intruder);
    let refused = Store::open(&place.path()).map(|_| ()).unwrap_err();
    assert!(matches!(&refused, StoreError::Corrupt { what } if what.contains("schema 1")), "{refused:?}");
    assert_eq!(schema_of(&place.path()), 1);
    let conn = Connection::open(place.path()).unwrap();
    let views: i64 = conn
        .query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'view'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(views, 0, "the view that the step makes first is gone again");
    conn.execute_batch("DROP TABLE entries_fts_config").unwrap();
    drop(conn);
    place.open().verify_search().unwrap();
}

#[test]
fn two_processes_that_migrate_at_once_both_end_with_the_new_schema() {
    let place = saved(1);
    let options = Options { check: Check::Skip, ..Options::default() };
    let opened: Vec<Result<(), StoreError>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..2).map(|_| scope.spawn(|| Store::open_with(&place.path(), &options).map(drop))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(opened.iter().any(Result::is_ok), "{opened:?}");
    let store = place.open();
    store.verify_search().unwrap();
    assert_eq!(history(&store, LOBBY, account(1)).len(), 5);
}

/// The new text of a migration must not change what an old one made: the steps are history.
#[test]
fn a_database_that_was_migrated_has_the_tables_of_a_new_one() {
    let (old, new) = (saved(1), Place::new());
    old.open().close();
    new.open().close();
    assert_eq!(tables(&old.path()), tables(&new.path()));
}

fn saved(schema: usize) -> Place {
    let place = Place::new();
    fs::copy(fixture(schema), place.path()).unwrap();
    place
}

fn fixture(schema: usize) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/schema-{schema}.db"))
}

fn schema_of(path: &Path) -> i64 {
    Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn tables(path: &Path) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let mut statement = conn.prepare("SELECT sql FROM sqlite_schema WHERE sql <> '' ORDER BY name").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
