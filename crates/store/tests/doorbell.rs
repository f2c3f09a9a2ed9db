//! What one process commits, the other hears: by the doorbell at once, without it by polling.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

mod support;

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use proto::message::Role;
use store::{Change, ChangeFeed, ChangeRow, LOBBY, Options, Store};
use support::{NOW, Place, append, person, say, text};

const SOON: Duration = Duration::from_secs(30);
/// Longer than any test waits: what is heard, is heard by the doorbell.
const NEVER: Duration = Duration::from_secs(600);

#[test]
fn another_store_hears_a_ban_by_the_doorbell_alone() {
    let place = Place::new();
    let (web, chat) = (open(&place, NEVER), open(&place, NEVER));
    let (ada, mallory) = (person(&web, "ada"), person(&web, "mallory"));
    let mut feed = chat.subscribe_changes();
    drain(&mut feed, 2, &chat);
    let sanction = web.run_blocking(move |tx| tx.ban(mallory, ada, &text("spam"), None, NOW)).unwrap();
    let heard = wait(&mut feed);
    assert_eq!(heard[0].change, Change::Sanctioned { account: mallory, sanction });
    let banned = chat.read_blocking(|reads| reads.active_ban(mallory, NOW)).unwrap();
    assert!(banned.is_some(), "who hears of it can read it");
}

#[test]
fn without_sockets_a_change_is_heard_by_polling() {
    let place = Place::new();
    // A file where the folder should be: no socket can be made.
    fs::write(place.folder.path().join("doorbell"), b"in the way").unwrap();
    let (web, chat) = (open(&place, NEVER), open(&place, Duration::from_millis(50)));
    let mut feed = chat.subscribe_changes();
    let ada = person(&web, "ada");
    assert_eq!(wait(&mut feed)[0].change, Change::AccountCreated { account: ada });
}

#[test]
fn a_lost_ring_costs_one_polling_interval_and_nothing_else() {
    let place = Place::new();
    let (web, chat) = (open(&place, NEVER), open(&place, Duration::from_millis(50)));
    let mut feed = chat.subscribe_changes();
    for socket in sockets(&place) {
        fs::remove_file(socket).unwrap();
    }
    let ada = person(&web, "ada");
    assert_eq!(wait(&mut feed)[0].change, Change::AccountCreated { account: ada });
}

#[test]
fn sockets_that_nobody_listens_to_are_taken_away_and_one_of_ones_own_is_not() {
    let place = Place::new();
    let store = open(&place, NEVER);
    let own = sockets(&place);
    assert_eq!(own.len(), 1);
    let dead = place.folder.path().join("doorbell/1-0.sock");
    drop(UnixDatagram::bind(&dead).unwrap());
    fs::write(place.folder.path().join("doorbell/note.txt"), b"not a socket").unwrap();
    person(&store, "ada");
    assert_eq!(sockets(&place), own);
    assert!(place.folder.path().join("doorbell/note.txt").exists());
    store.close();
    assert_eq!(sockets(&place), Vec::<PathBuf>::new());
}

/// A process that was killed left its socket, and a later one has got the same number.
#[test]
fn a_socket_left_by_a_process_of_the_same_number_is_taken_over() {
    let place = Place::new();
    let folder = place.folder.path().join("doorbell");
    fs::create_dir(&folder).unwrap();
    let path = folder.join(format!("{}-0.sock", std::process::id()));
    drop(UnixDatagram::bind(&path).unwrap());
    let (store, other) = (open(&place, NEVER), open(&place, NEVER));
    assert_eq!(sockets(&place).len(), 2);
    let mut feed = store.subscribe_changes();
    let ada = person(&other, "ada");
    assert_eq!(wait(&mut feed)[0].change, Change::AccountCreated { account: ada });
}

#[test]
fn a_listener_that_is_stuck_does_not_hold_up_the_writer() {
    let place = Place::new();
    let store = open(&place, NEVER);
    let _stuck = UnixDatagram::bind(place.folder.path().join("doorbell/1-0.sock")).unwrap();
    let ada = person(&store, "ada");
    for _ in 0..2000 {
        store.write(move |tx| tx.set_role(ada, Role::Bot), drop).unwrap();
    }
    let role = store.run_blocking(move |tx| tx.set_role(ada, Role::Member));
    assert_eq!(role, Ok(()));
}

#[test]
fn messages_ring_no_bell() {
    let place = Place::new();
    let store = open(&place, NEVER);
    let ada = person(&store, "ada");
    let ear = UnixDatagram::bind(place.folder.path().join("doorbell/1-0.sock")).unwrap();
    ear.set_nonblocking(true).unwrap();
    for number in 0..20 {
        append(&store, say(LOBBY, ada, number, "hello")).unwrap();
    }
    assert!(ear.recv(&mut [0]).is_err());
    store.run_blocking(move |tx| tx.set_role(ada, Role::Bot)).unwrap();
    assert!(ear.recv(&mut [0]).is_ok());
}

/// Figures for people; nothing is asserted about time.
#[test]
fn the_way_from_a_commit_to_another_store_is_measured() {
    for (how, poll) in [("doorbell", NEVER), ("polling every 100 ms", Duration::from_millis(100))] {
        let place = Place::new();
        if poll != NEVER {
            fs::write(place.folder.path().join("doorbell"), b"in the way").unwrap();
        }
        let (web, chat) = (open(&place, NEVER), open(&place, poll));
        let ada = person(&web, "ada");
        let mut feed = chat.subscribe_changes();
        drain(&mut feed, 1, &chat);
        let mut times: Vec<Duration> = (0..40)
            .map(|_| {
                web.run_blocking(move |tx| tx.set_role(ada, Role::Bot)).unwrap();
                let committed = Instant::now();
                wait(&mut feed);
                committed.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!("heard after the commit by {how}: p50 {:.2?}, worst of 40 {:.2?}", times[20], times[39]);
    }
}

fn open(place: &Place, poll: Duration) -> Store {
    Store::open_with(&place.path(), &Options { poll, ..Options::default() }).unwrap()
}

fn wait(feed: &mut ChangeFeed) -> Vec<ChangeRow> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let heard = runtime.block_on(async { tokio::time::timeout(SOON, feed.next()).await });
    heard.expect("it is heard within the deadline").unwrap()
}

/// Waits until this many changes were heard, wherever the feed began.
fn drain(feed: &mut ChangeFeed, upto: u64, store: &Store) {
    assert_eq!(support::last_change(store).0, upto);
    while feed.place().0 < upto {
        wait(feed);
    }
}

fn sockets(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.folder.path().join("doorbell")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "sock"));
    paths.sort();
    paths
}
