//! A disk that is full, then has space again; a disk that fails.

use std::fs;
use std::sync::mpsc::channel;

use proto::ids::AccountId;
use store::{LOBBY, Options, Store, StoreError};

use crate::child::{on_failing_disk, playing, plays_well, role, wishes};
use crate::support::{Place, append, body, history, person, say};

#[test]
fn a_full_disk_loses_nothing_and_writing_goes_on_when_there_is_space() {
    run("disk::in_its_role_fills_the_disk");
}

#[test]
fn a_disk_that_is_full_at_any_write_loses_nothing() {
    run("disk::in_its_role_fills_the_disk_at_every_write");
}

#[test]
fn a_full_disk_under_the_index_of_the_log_is_a_full_disk() {
    run("disk::in_its_role_fills_the_disk_under_the_index");
}

#[test]
fn a_disk_that_fails_stops_writing_for_good_and_reading_not() {
    run("disk::in_its_role_breaks_the_disk");
}

fn run(test: &str) {
    let (place, wishes) = (Place::new(), Place::new());
    plays_well(on_failing_disk(role(test, &place.path()), wishes.folder.path()));
}

#[test]
fn in_its_role_fills_the_disk() {
    let Some(path) = playing("disk::in_its_role_fills_the_disk") else { return };
    let store = Store::open(&path).unwrap();
    let ada = person(&store, "ada");
    append(&store, say(LOBBY, ada, 1, "before")).unwrap();
    wish("full", "");
    for round in 0..3 {
        let told = group(&store, ada, 100 + round * 10, 10);
        assert_eq!(told, vec![Err(StoreError::Full); 10]);
        assert_eq!(said(&store, ada), ["before"], "reading goes on");
    }
    assert!(!store.stats().halted && store.stats().failed_commits == 3);
    unwish("full");
    let told = group(&store, ada, 200, 10);
    assert_eq!(told, (2..=11).map(Ok).collect::<Vec<_>>(), "without a gap");
    store.verify().unwrap();
    store.verify_search().unwrap();
    store.close();
    assert_eq!(said(&Store::open(&path).unwrap(), ada).len(), 11);
    println!("-- disk full: 30 refused, 11 acknowledged, 11 there");
}

#[test]
fn in_its_role_fills_the_disk_at_every_write() {
    let Some(path) = playing("disk::in_its_role_fills_the_disk_at_every_write") else { return };
    // Small limits, so that copying the log meets the full disk too.
    let options = Options { checkpoint_above: 50_000, restart_above: 100_000, ..Options::default() };
    let store = Store::open_with(&path, &options).unwrap();
    let ada = person(&store, "ada");
    let (mut acknowledged, mut refused) = (0, 0);
    for number in 0..60 {
        wish("full", &number.to_string());
        let told = group(&store, ada, number * 100, 5);
        unwish("full");
        let fine = told.iter().filter(|result| result.is_ok()).count();
        assert!(told.iter().all(|result| result.is_ok() || *result == Err(StoreError::Full)), "{told:?}");
        (acknowledged, refused) = (acknowledged + fine, refused + told.len() - fine);
        assert_eq!(said(&store, ada).len(), acknowledged, "after {number} writes");
    }
    assert!(!store.stats().halted, "{:?}", append(&store, say(LOBBY, ada, 1, "x")));
    assert!(0 < refused && 0 < acknowledged, "{refused} {acknowledged}");
    store.verify().unwrap();
    store.close();
    let places: Vec<u64> =
        history(&Store::open(&path).unwrap(), LOBBY, ada).iter().map(|item| item.entry.seq.get()).collect();
    assert_eq!(places, (1..=acknowledged as u64).collect::<Vec<_>>());
    println!(
        "-- disk full after each of 60 numbers of writes: {refused} refused, {acknowledged} acknowledged and there"
    );
}

#[test]
fn in_its_role_fills_the_disk_under_the_index() {
    let Some(path) = playing("disk::in_its_role_fills_the_disk_under_the_index") else { return };
    let huge = 1 << 40;
    let options = Options { checkpoint_above: huge, restart_above: huge, ..Options::default() };
    let store = Store::open_with(&path, &options).unwrap();
    let ada = person(&store, "ada");
    wish("full-shm", "");
    let long = "a line that takes some space ".repeat(500);
    let mut acknowledged = 0;
    // The index grows when the log has some 4,000 pages; long before 200 groups of 40 pages and more.
    let refusal = (0..200).find_map(|round| {
        let long = long.clone();
        let told = store.run_blocking(move |tx| {
            (0..10).try_for_each(|each| tx.append(&say(LOBBY, ada, round * 10 + each, &long)).map(drop))
        });
        acknowledged += if told.is_ok() { 10 } else { 0 };
        told.err()
    });
    assert_eq!(refusal, Some(StoreError::Full));
    unwish("full-shm");
    append(&store, say(LOBBY, ada, 999_999, "and on")).unwrap();
    assert_eq!(said(&store, ada).len(), acknowledged + 1);
    println!("-- no space for the index of the log after {acknowledged} messages: refused as full, then on");
}

#[test]
fn in_its_role_breaks_the_disk() {
    let Some(path) = playing("disk::in_its_role_breaks_the_disk") else { return };
    let store = Store::open(&path).unwrap();
    let ada = person(&store, "ada");
    append(&store, say(LOBBY, ada, 1, "before")).unwrap();
    wish("broken", "");
    let told = group(&store, ada, 100, 3);
    assert!(told.iter().all(|result| matches!(result, Err(StoreError::Broken { .. }))), "{told:?}");
    unwish("broken");
    // The disk may have thrown away what it said it could not keep: it is not trusted again.
    let later = append(&store, say(LOBBY, ada, 2, "after")).map(drop);
    let Err(StoreError::Broken { .. }) = &later else { panic!("{later:?}") };
    assert!(later.unwrap_err().to_string().contains("check the disk and start again"));
    assert!(store.stats().halted);
    assert_eq!(said(&store, ada), ["before"], "reading goes on");
    store.close();
    let again = Store::open(&path).unwrap();
    append(&again, say(LOBBY, ada, 2, "after")).unwrap();
    let there = said(&again, ada);
    assert_eq!((there.first(), there.last()), (Some(&"before".to_owned()), Some(&"after".to_owned())));
    println!("-- fsync failed: nothing acknowledged after it, everything acknowledged before it is there");
}

/// Queues some messages at once and returns what each was told.
fn group(store: &Store, author: AccountId, first: u64, count: u64) -> Vec<Result<u64, StoreError>> {
    let (tell, told) = channel();
    let ((start, started), (hold, held)) = (channel(), channel::<()>());
    // A job in front keeps the writer until all wait: they go into one commit.
    store
        .write(
            move |_| {
                start.send(()).unwrap();
                let _ = held.recv();
                Ok(())
            },
            drop,
        )
        .unwrap();
    started.recv().unwrap();
    for number in first..first + count {
        let tell = tell.clone();
        let done = move |result: Result<store::Appended, _>| {
            tell.send(result.map(|new| new.entry.seq.get())).unwrap();
        };
        store.append(say(LOBBY, author, number, "a message of the group"), done).unwrap();
    }
    drop((hold, tell));
    told.iter().collect()
}

fn said(store: &Store, reader: AccountId) -> Vec<String> {
    history(store, LOBBY, reader).iter().map(body).collect()
}

fn wish(name: &str, what: &str) {
    fs::write(wishes().join(name), what).unwrap();
}

fn unwish(name: &str) {
    fs::remove_file(wishes().join(name)).unwrap();
}
