//! The writer: groups, order, refusals, and what one bad job does to the others.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

mod support;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use proto::message::Role;
use rusqlite::Connection;
use store::{Appended, LOBBY, Options, QueueFull, Store, StoreError};
use support::{Place, append, history, new_account, person, say, secrets, seq};

const SOON: Duration = Duration::from_secs(30);

#[test]
fn what_waits_goes_into_one_commit_and_is_told_in_order() {
    let (place, options) = (Place::new(), Options::default());
    let store = Store::open_with(&place.path(), &options).unwrap();
    let ada = person(&store, "ada");
    let before = store.stats().commits;
    let told = while_blocked(&store, || (1..=500).map(|number| say(LOBBY, ada, number, "hello")).collect());
    let places: Vec<u64> = told.into_iter().map(|result| result.unwrap().entry.seq.get()).collect();
    assert_eq!(places, (1..=500).collect::<Vec<_>>());
    assert_eq!(store.stats().commits - before, 2, "the one that blocked, and one for all that waited");
    assert_eq!(store.stats().queue, 0);
}

#[test]
fn one_refused_message_in_a_group_harms_no_other() {
    let place = Place::new();
    let store = place.open();
    let (ada, bob) = (person(&store, "ada"), person(&store, "bob"));
    let rust = support::room(&store, ada, "rust");
    let told = while_blocked(&store, || {
        vec![
            say(LOBBY, ada, 1, "one"),
            say(rust, bob, 1, "let me in"),
            say(LOBBY, bob, 2, "two"),
            say(LOBBY, ada, 1, "other"),
        ]
    });
    let told: Vec<_> = told.into_iter().map(|result| result.map(|appended| appended.entry.seq)).collect();
    assert_eq!(told, [Ok(seq(1)), Err(StoreError::NotAMember), Ok(seq(2)), Err(StoreError::Conflict)]);
    assert_eq!(history(&store, LOBBY, ada).len(), 2);
}

#[test]
fn a_full_queue_refuses_and_calls_nobody() {
    let place = Place::new();
    let store = Store::open_with(&place.path(), &Options { queue: 4, ..Options::default() }).unwrap();
    let ada = person(&store, "ada");
    let (tell, told) = channel();
    let release = block(&store);
    let queued: Vec<Result<(), QueueFull>> = (0..6)
        .map(|number| {
            let tell = tell.clone();
            store.append(say(LOBBY, ada, number, "hello"), move |result| tell.send(result.is_ok()).unwrap())
        })
        .collect();
    assert_eq!(queued, [Ok(()), Ok(()), Ok(()), Ok(()), Err(QueueFull), Err(QueueFull)]);
    release.send(()).unwrap();
    drop(tell);
    assert_eq!(told.iter().collect::<Vec<_>>(), [true; 4], "the refused completions are never called");
}

#[test]
fn closing_writes_what_is_queued_and_refuses_what_comes_later() {
    let place = Place::new();
    let store = place.open();
    let ada = person(&store, "ada");
    let (tell, told) = channel();
    for number in 1..=50 {
        let tell = tell.clone();
        store
            .append(say(LOBBY, ada, number, "hello"), move |result| tell.send(result.is_ok()).unwrap())
            .unwrap();
    }
    store.close();
    drop(tell);
    assert_eq!(told.iter().filter(|done| *done).count(), 50);
    assert_eq!(append(&store, say(LOBBY, ada, 99, "late")), Err(StoreError::QueueFull));
    assert_eq!(history(&store, LOBBY, ada).len(), 50, "reading goes on");
    store.close();
}

#[test]
fn dropping_the_last_handle_writes_what_is_queued() {
    let place = Place::new();
    let store = place.open();
    let ada = person(&store, "ada");
    let (tell, told) = channel();
    store.append(say(LOBBY, ada, 1, "hello"), move |result| tell.send(result.is_ok()).unwrap()).unwrap();
    drop(store);
    assert_eq!(told.recv_timeout(SOON), Ok(true));
    assert_eq!(history(&place.open(), LOBBY, ada).len(), 1);
}

#[test]
fn a_completion_that_panics_harms_no_other() {
    let place = Place::new();
    let store = place.open();
    let ada = person(&store, "ada");
    store.append(say(LOBBY, ada, 1, "one"), |_| panic!("a completion that breaks")).unwrap();
    assert_eq!(append(&store, say(LOBBY, ada, 2, "two")).unwrap().entry.seq, seq(2));
}

#[test]
fn a_job_that_panics_is_undone_alone() {
    let place = Place::new();
    let store = place.open();
    let ada = person(&store, "ada");
    let (tell, told) = channel();
    let release = block(&store);
    let panics = move |tx: &mut store::Tx<'_>| {
        tx.append(&say(LOBBY, ada, 1, "never"))?;
        assert!(!tx.reads().is_member(LOBBY, ada)?, "a job that breaks");
        Ok(())
    };
    let also = tell.clone();
    store.write(panics, move |result| also.send(result.map(|()| 0)).unwrap()).unwrap();
    let done = move |result: Result<Appended, _>| {
        tell.send(result.map(|appended| appended.entry.seq.get())).unwrap();
    };
    store.append(say(LOBBY, ada, 2, "said"), done).unwrap();
    release.send(()).unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), [Err(StoreError::Panicked), Ok(1)]);
}

#[test]
fn another_process_that_holds_the_database_makes_writes_busy_and_not_reads() {
    let place = Place::new();
    let options = Options { busy_timeout: Duration::from_millis(50), ..Options::default() };
    let store = Store::open_with(&place.path(), &options).unwrap();
    let ada = person(&store, "ada");
    append(&store, say(LOBBY, ada, 1, "before")).unwrap();
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(append(&store, say(LOBBY, ada, 2, "during")), Err(StoreError::Busy));
    assert_eq!(history(&store, LOBBY, ada).len(), 1);
    assert_eq!(store.stats().busy, 1);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(
        append(&store, say(LOBBY, ada, 2, "during")).unwrap().fresh,
        "nothing of the refused one was left"
    );
}

/// Two processes write at the same time; neither loses and neither fails.
#[test]
fn two_stores_on_one_file_write_side_by_side() {
    let place = Place::new();
    let (one, two) = (place.open(), place.open());
    let ada = person(&one, "ada");
    std::thread::scope(|scope| {
        for (store, start) in [(&one, 0), (&two, 1000)] {
            scope.spawn(move || {
                for number in 0..100 {
                    append(store, say(LOBBY, ada, start + number, "hello")).unwrap();
                }
            });
        }
    });
    let places: Vec<u64> = history(&one, LOBBY, ada).iter().map(|item| item.entry.seq.get()).collect();
    assert_eq!(places, (1..=200).collect::<Vec<_>>());
}

#[test]
fn a_read_that_takes_too_long_is_stopped_and_the_next_one_is_not() {
    let place = Place::new();
    let store =
        Store::open_with(&place.path(), &Options { read_limit: Duration::ZERO, ..Options::default() })
            .unwrap();
    let ada = person(&store, "ada");
    store
        .run_blocking(move |tx| {
            (0..3000)
                .try_for_each(|number| tx.append(&say(LOBBY, ada, number, "needle in a haystack")).map(drop))
        })
        .unwrap();
    let slow = store.read_blocking(|reads| reads.search(ada, "needle haystack", None, 0, 200));
    assert_eq!(slow.map(drop), Err(StoreError::TooSlow));
    assert!(store.read_blocking(|reads| reads.account(ada)).unwrap().is_some());
}

#[test]
fn many_readers_share_few_connections() {
    let place = Place::new();
    let store = Store::open_with(&place.path(), &Options { readers: 2, ..Options::default() }).unwrap();
    let ada = person(&store, "ada");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let reads: Vec<_> = (0..200)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.read(move |reads| reads.account(ada)).await })
            })
            .collect();
        for read in reads {
            assert!(read.await.unwrap().unwrap().is_some());
        }
        let panicked = store.read(|_| -> Result<(), StoreError> { panic!("a query that breaks") }).await;
        assert_eq!(panicked, Err(StoreError::Panicked));
        assert!(store.read(move |reads| reads.account(ada)).await.is_ok());
        let new = new_account("bob", Role::Member);
        assert!(store.run(move |tx| tx.create_account(&new, |_| secrets())).await.is_ok());
    });
}

/// The log is copied away from the commits: it stays near its limits while messages keep coming.
#[test]
fn the_log_does_not_grow_without_end() {
    let place = Place::new();
    let options = Options { checkpoint_above: 1 << 20, restart_above: 2 << 20, ..Options::default() };
    let store = Store::open_with(&place.path(), &options).unwrap();
    let ada = person(&store, "ada");
    let body = "a line that takes some space ".repeat(100);
    let mut largest = 0;
    for number in 0..60 {
        let body = body.clone();
        store
            .run_blocking(move |tx| {
                (0..20).try_for_each(|each| tx.append(&say(LOBBY, ada, number * 20 + each, &body)).map(drop))
            })
            .unwrap();
        largest = largest.max(store.stats().wal_bytes);
    }
    let stats = store.stats();
    println!(
        "log: at most {largest} bytes, {} checkpoints, {} put off",
        stats.checkpoints, stats.blocked_checkpoints
    );
    assert!(0 < stats.checkpoints && largest < 8 << 20, "{largest}");
}

/// Holds the writer in a job until something is sent.
fn block(store: &Store) -> std::sync::mpsc::Sender<()> {
    let (release, released) = channel();
    let (tell, told) = channel();
    store
        .write(
            move |_| {
                tell.send(()).unwrap();
                released.recv_timeout(SOON).map_err(|_| StoreError::Busy)
            },
            drop,
        )
        .unwrap();
    told.recv_timeout(SOON).unwrap();
    release
}

/// Queues entries while the writer is held, then returns what each was told, in the order of the telling.
fn while_blocked(
    store: &Store,
    entries: impl Fn() -> Vec<store::NewEntry>,
) -> Vec<Result<Appended, StoreError>> {
    let (tell, told): (_, Receiver<Result<Appended, StoreError>>) = channel();
    let release = block(store);
    for new in entries() {
        let tell = tell.clone();
        store.append(new, move |result| tell.send(result).unwrap()).unwrap();
    }
    drop(tell);
    release.send(()).unwrap();
    told.iter().collect()
}
