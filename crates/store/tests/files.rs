//! The file: how it is made, what is refused, what damage looks like.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use store::{Check, LOBBY, Missing, Options, Store, StoreError};
use support::{Place, append, body, history, person, say};

#[test]
fn a_new_database_can_be_read_by_its_owner_alone() {
    let place = Place::new();
    let store = place.open();
    person(&store, "ada");
    for name in ["chat.db", "chat.db-wal", "chat.db-shm"] {
        let mode = fs::metadata(place.folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let doorbell = fs::metadata(place.folder.path().join("doorbell")).unwrap().permissions().mode();
    assert_eq!(doorbell & 0o777, 0o700);
}

#[test]
fn a_missing_database_is_made_only_when_asked_for() {
    let place = Place::new();
    let refuse = Options { missing: Missing::Refuse, ..Options::default() };
    let refused = Store::open_with(&place.path(), &refuse).map(|_| ());
    assert_eq!(refused, Err(StoreError::Missing { path: place.path() }));
    assert!(!place.path().exists());
    place.open().close();
    assert!(Store::open_with(&place.path(), &refuse).is_ok());
}

#[test]
fn what_a_crash_left_of_making_one_is_cleared_away() {
    let place = Place::new();
    for leftover in ["chat.db.new", "chat.db.new-wal", "chat.db.new-shm"] {
        fs::write(place.folder.path().join(leftover), b"half of something").unwrap();
    }
    place.open().close();
    assert!(!place.folder.path().join("chat.db.new").exists());
}

#[test]
fn the_file_alone_is_the_database_after_closing() {
    let place = Place::new();
    let store = place.open();
    let ada = person(&store, "ada");
    append(&store, say(LOBBY, ada, 1, "hello")).unwrap();
    store.close();
    let copy = Place::new();
    fs::copy(place.path(), copy.path()).unwrap();
    assert_eq!(history(&copy.open(), LOBBY, ada).len(), 1);
}

#[test]
fn what_is_no_database_of_ours_is_refused_and_left_alone() {
    let place = Place::new();
    let strangers: [(&str, Vec<u8>); 4] = [
        ("empty", Vec::new()),
        ("short", b"SQLite format 3\0 and then nothing".to_vec()),
        ("text", "a letter to Ada, long enough to hold a header. ".repeat(20).into_bytes()),
        ("other", other_programs_database(&place)),
    ];
    for (what, content) in strangers {
        fs::write(place.path(), &content).unwrap();
        let refused = Store::open(&place.path()).map(|_| ()).unwrap_err();
        assert!(matches!(refused, StoreError::NotADatabase { .. }), "{what}: {refused:?}");
        let words = refused.to_string();
        assert!(words.contains("restore the newest backup") && !words.contains('\n'), "{words}");
        assert!(fs::read(place.path()).unwrap() == content, "{what} was touched");
    }
}

#[test]
fn a_log_without_its_file_is_not_taken_for_a_new_server() {
    let place = Place::new();
    fs::write(place.folder.path().join("chat.db-wal"), b"what is left").unwrap();
    assert!(matches!(Store::open(&place.path()), Err(StoreError::NotADatabase { .. })));
    assert!(!place.path().exists());
}

#[test]
fn a_file_that_was_cut_off_is_refused_at_any_length() {
    let place = filled();
    let whole = fs::read(place.path()).unwrap();
    let cut = Place::new();
    for length in (0..whole.len()).step_by(whole.len() / 23).chain([99, 100, 101, whole.len() - 1]) {
        fs::write(cut.path(), &whole[..length]).unwrap();
        let refused = Store::open(&cut.path()).map(|_| ()).unwrap_err();
        let expected = matches!(refused, StoreError::NotADatabase { .. } | StoreError::Corrupt { .. });
        assert!(expected, "{length} of {} bytes: {refused:?}", whole.len());
        assert!(refused.to_string().contains("restore the newest backup"), "{refused}");
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let place = filled();
    Connection::open(place.path()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(place.path()).unwrap();
    let refused = Store::open(&place.path()).map(|_| ()).unwrap_err();
    let known = i64::try_from(store::testing::SCHEMA).unwrap();
    assert_eq!(refused, StoreError::NewerSchema { found: 99, known });
    assert!(refused.to_string().contains("install the newer version"));
    assert!(fs::read(place.path()).unwrap() == before, "it was touched");
}

/// Every third bit of the header (of 800, so every byte), one at a time: refused with a sentence, or the same conversation as before.
#[test]
fn a_flipped_bit_in_the_header_is_refused_or_harmless() {
    let place = filled();
    let whole = fs::read(place.path()).unwrap();
    let (mut refused, mut harmless) = (0, 0);
    for bit in (0..100 * 8).step_by(3) {
        let damaged = Place::new();
        fs::write(damaged.path(), flipped(&whole, bit)).unwrap();
        match Store::open(&damaged.path()) {
            Err(error) => {
                assert!(!matches!(error, StoreError::Other(_)), "bit {bit}: {error:?}");
                refused += 1;
            }
            Ok(store) => {
                assert_eq!(said(&store), expected(), "bit {bit}");
                harmless += 1;
            }
        }
    }
    println!("header bits flipped: {refused} refused, {harmless} harmless");
}

/// Random bits anywhere: refused when it is opened, reported by `verify`, or the conversation is what it was.
#[test]
fn a_flipped_bit_in_any_page_never_changes_what_was_said_unseen() {
    let place = filled();
    let whole = fs::read(place.path()).unwrap();
    let (mut refused, mut reported, mut unseen) = (0, 0, 0);
    let flips: usize = std::env::var("STORE_FLIPS").map_or(150, |text| text.parse().unwrap());
    let mut state = 0x5eed_u64;
    for _ in 0..flips {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bit = usize::try_from(state >> 20).unwrap() % (whole.len() * 8);
        let damaged = Place::new();
        fs::write(damaged.path(), flipped(&whole, bit)).unwrap();
        let store = match Store::open(&damaged.path()) {
            Ok(store) => store,
            Err(error) => {
                assert!(!matches!(error, StoreError::Other(_)), "bit {bit}: {error:?}");
                refused += 1;
                continue;
            }
        };
        match store.verify().and_then(|_| store.verify_search()) {
            Err(error) => {
                assert!(
                    matches!(error, StoreError::Corrupt { .. } | StoreError::Damaged { .. }),
                    "{error:?}"
                );
                reported += 1;
            }
            Ok(()) => {
                assert_eq!(said(&store), expected(), "bit {bit} of page {}", bit / 8 / 4096 + 1);
                unseen += 1;
            }
        }
    }
    println!(
        "bits flipped: {refused} refused at open, {reported} reported by verify, {unseen} without effect on entries"
    );
}

#[test]
fn damage_that_is_found_beside_the_work_stops_all_writing_and_no_reading() {
    let place = filled();
    let page = root_of(&place, "reactions");
    let mut whole = fs::read(place.path()).unwrap();
    // The kind of the page: nothing of this conversation lies on it.
    whole[(page - 1) * 4096] = 0x77;
    fs::write(place.path(), whole).unwrap();
    let options = Options { check: Check::Beside, ..Options::default() };
    let store = Store::open_with(&place.path(), &options).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !store.stats().halted {
        assert!(Instant::now() < deadline, "the damage was not found");
        std::thread::yield_now();
    }
    let refused = append(&store, say(LOBBY, support::account(1), 999, "one more"));
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    assert!(store.read_blocking(|reads| reads.account(support::account(1))).unwrap().is_some());
}

#[test]
fn a_changed_letter_inside_a_message_is_reported_where_it_is_read() {
    let place = filled();
    let mut whole = fs::read(place.path()).unwrap();
    let at = find(&whole, b"message number 7 of many").expect("the text lies in the file");
    whole[at] = b'M';
    fs::write(place.path(), whole).unwrap();
    let store = place.open();
    let page = store.read_blocking(|reads| {
        reads.history(LOBBY, support::account(1), proto::message::HistoryFrom::Latest, 200)
    });
    let Err(StoreError::Damaged { what }) = page else { panic!("{page:?}") };
    assert!(what.contains("room 1"), "{what}");
    assert!(matches!(store.verify(), Err(StoreError::Damaged { .. })));
    append(&store, say(LOBBY, support::account(1), 999, "life goes on")).unwrap();
}

#[test]
fn a_damaged_search_index_is_reported_and_made_anew_from_the_messages() {
    let place = filled();
    let damage = "UPDATE entries_fts_data SET block = zeroblob(length(block)) WHERE 10 < id";
    assert_ne!(Connection::open(place.path()).unwrap().execute(damage, []).unwrap(), 0);
    let options = Options { check: Check::Skip, ..Options::default() };
    let store = Store::open_with(&place.path(), &options).unwrap();
    assert!(matches!(store.verify(), Err(StoreError::Corrupt { .. })), "{:?}", store.verify());
    store.rebuild_search().unwrap();
    store.verify().unwrap();
    store.verify_search().unwrap();
    let found =
        store.read_blocking(|reads| reads.search(support::account(1), "many 7", None, 0, 50)).unwrap();
    assert_eq!(found.hits.iter().map(|hit| body(&hit.item)).collect::<Vec<_>>(), [text_of(7)]);
}

/// Damage is told of once; after that nothing is written that could make it worse.
#[test]
fn a_read_that_meets_a_damaged_page_stops_all_writing() {
    let place = filled();
    let page = root_of(&place, "sanctions");
    let mut whole = fs::read(place.path()).unwrap();
    whole[(page - 1) * 4096] = 0x77;
    fs::write(place.path(), whole).unwrap();
    let options = Options { check: Check::Skip, ..Options::default() };
    let store = Store::open_with(&place.path(), &options).unwrap();
    let met = store.read_blocking(|reads| reads.sanction(proto::ids::SanctionId::new(1).unwrap()));
    assert!(matches!(met, Err(StoreError::Corrupt { .. })), "{met:?}");
    assert!(store.stats().halted);
    let refused = store.run_blocking(|tx| tx.set_meta("key", "value"));
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    assert_eq!(said(&store).len(), expected().len());
}

#[test]
fn audit_rows_are_neither_changed_nor_deleted_and_a_forger_is_found() {
    use domain::audit::{Action, AuditEvent, Target};
    let place = filled();
    let store = place.open();
    for _ in 0..3 {
        let detail = proto::text::Text::new("acted").unwrap();
        let (actor, action, target) = (None, Action::SettingChanged, Target::Server);
        let event = AuditEvent { at: support::NOW, actor, action, target, detail };
        store.run_blocking(move |tx| tx.audit(&event)).unwrap();
    }
    let forger = Connection::open(place.path()).unwrap();
    for act in ["UPDATE audit SET actor = 1", "DELETE FROM audit WHERE seq = 3", "UPDATE audit SET at_ms = 0"]
    {
        let refused = forger.execute(act, []).unwrap_err().to_string();
        assert!(refused.contains("audit rows are never"), "{refused}");
    }
    let guard = "SELECT sql FROM sqlite_schema WHERE name = 'audit_keeps_rows'";
    let guard: String = forger.query_row(guard, [], |row| row.get(0)).unwrap();
    forger.execute_batch("DROP TRIGGER audit_keeps_rows; DELETE FROM audit WHERE seq = 2;").unwrap();
    let what = "the definition of audit_keeps_rows has changed".to_owned();
    assert_eq!(store.verify(), Err(StoreError::Corrupt { what: what.clone() }));
    assert_eq!(Store::open(&place.path()).map(|_| ()), Err(StoreError::Corrupt { what }), "not even started");
    forger.execute_batch(&guard).unwrap();
    assert_eq!(store.verify(), Err(StoreError::Damaged { what: "audit event 2 is missing".to_owned() }));
}

#[test]
fn an_index_that_an_operator_added_is_nobodys_business() {
    let place = filled();
    let operator = Connection::open(place.path()).unwrap();
    operator.execute_batch("CREATE INDEX by_time ON entries (at_ms); ANALYZE").unwrap();
    place.open().verify().unwrap();
}

/// A copy is whole and private, and what is at its place is never overwritten.
#[test]
fn a_copy_beside_the_work_is_a_database_of_its_own() {
    let place = filled();
    let store = place.open();
    let copy = place.folder.path().join("copy.db");
    store.copy_to(&copy).unwrap();
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(said(&Store::open(&copy).unwrap()), expected());
    assert!(matches!(store.copy_to(&copy), Err(StoreError::Unusable { .. })));
}

const MESSAGES: u64 = 60;

fn filled() -> Place {
    let place = Place::new();
    let store = place.open();
    let ada = person(&store, "ada");
    for number in 1..=MESSAGES {
        append(&store, say(LOBBY, ada, number, &text_of(number))).unwrap();
    }
    store.close();
    drop(store);
    place
}

fn root_of(place: &Place, table: &str) -> usize {
    let conn = Connection::open(place.path()).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    conn.query_row(sql, [table], |row| row.get::<_, u16>(0)).unwrap().into()
}

fn text_of(number: u64) -> String {
    format!("message number {number} of many {}", "and more ".repeat(usize::try_from(number % 40).unwrap()))
}

fn said(store: &Store) -> Vec<String> {
    history(store, LOBBY, support::account(1)).iter().map(body).collect()
}

fn expected() -> Vec<String> {
    (1..=MESSAGES).map(text_of).collect()
}

fn flipped(whole: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn other_programs_database(place: &Place) -> Vec<u8> {
    let path: &Path = &place.folder.path().join("other.db");
    Connection::open(path).unwrap().execute_batch("CREATE TABLE letters (id INTEGER)").unwrap();
    fs::read(path).unwrap()
}
