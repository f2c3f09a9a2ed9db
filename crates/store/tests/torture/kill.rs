//! `kill -9` under load: what was acknowledged is there, once, at its place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::sync::mpsc::{Sender, channel};

use proto::ids::AccountId;
use store::{Appended, LOBBY, Store, StoreError};

use crate::child::{playing, role};
use crate::support::{Place, body, history, id, person, say};

/// Messages under way at a time.
const SENDERS: u64 = 20;

/// What the parent saw of the children's lives.
#[derive(Default)]
struct Seen {
    /// Number of a message to the place it was told.
    acknowledged: BTreeMap<u64, u64>,
    /// Numbers that were handed over, answered or not.
    sent: BTreeSet<u64>,
}

#[test]
fn no_acknowledged_message_is_lost_or_doubled_when_the_process_is_killed() {
    let place = Place::new();
    let ada = prepare(&place);
    let kills = std::env::var("STORE_KILLS").map_or(8, |text| text.parse().unwrap());
    let mut seen = Seen::default();
    for round in 0..kills {
        live_and_die(&place, "kill::in_its_role_writes_until_it_is_killed", round, &mut seen);
    }
    let open = seen.sent.len() - seen.acknowledged.len();
    let store = place.open();
    let items = history(&store, LOBBY, ada);
    let places: Vec<u64> = items.iter().map(|item| item.entry.seq.get()).collect();
    assert_eq!(places, (1..=items.len() as u64).collect::<Vec<_>>(), "places without gaps");
    let bodies: BTreeSet<String> = items.iter().map(body).collect();
    assert_eq!(bodies.len(), items.len(), "nothing twice");
    let lost = lost(&store, ada, &seen);
    println!(
        "killed {kills} times: {} sent, {} acknowledged, {open} without an answer, {} there, {} lost, 0 doubled",
        seen.sent.len(),
        seen.acknowledged.len(),
        items.len(),
        lost.len(),
    );
    assert_eq!(lost, Vec::<u64>::new());
    assert!(kills * 100 < seen.acknowledged.len() as u64, "there was load");
    store.verify().unwrap();
    store.verify_search().unwrap();
}

/// The same with acknowledgements that do not wait for the commit: the check above would notice.
#[test]
fn acknowledging_before_the_commit_loses_messages_and_is_noticed() {
    let place = Place::new();
    let ada = prepare(&place);
    let mut seen = Seen::default();
    for round in 0..4 {
        live_and_die(&place, "kill::in_its_role_promises_too_early", round, &mut seen);
    }
    let lost = lost(&place.open(), ada, &seen);
    println!("acknowledged before the commit: {} acknowledged, {} lost", seen.acknowledged.len(), lost.len());
    assert!(!lost.is_empty());
}

#[test]
fn in_its_role_writes_until_it_is_killed() {
    let Some(path) = playing("kill::in_its_role_writes_until_it_is_killed") else { return };
    let store = Store::open(&path).unwrap();
    let again = fs::read_to_string(path.with_extension("again")).unwrap_or_default();
    for number in again.lines().map(|line| line.parse().unwrap()) {
        let (tell, told) = channel();
        send(&store, number, tell);
        told.recv().unwrap();
    }
    write_without_end(&store);
}

#[test]
fn in_its_role_promises_too_early() {
    let Some(path) = playing("kill::in_its_role_promises_too_early") else { return };
    let store = Store::open(&path).unwrap();
    for number in first().. {
        line(&format!("ack {number} 0"));
        while store.append(message(number), |_| {}).is_err() {
            std::thread::yield_now();
        }
    }
}

/// Keeps so many messages under way until somebody ends it.
fn write_without_end(store: &Store) {
    let (tell, told) = channel();
    let mut next = first()..;
    for number in next.by_ref().take(usize::try_from(SENDERS).unwrap()) {
        send(store, number, tell.clone());
    }
    for () in told {
        send(store, next.next().unwrap(), tell.clone());
    }
}

fn send(store: &Store, number: u64, tell: Sender<()>) {
    line(&format!("sent {number}"));
    let done = move |result: Result<Appended, StoreError>| {
        line(&format!("ack {number} {}", result.unwrap().entry.seq));
        tell.send(()).unwrap();
    };
    store.append(message(number), done).unwrap();
}

fn message(number: u64) -> store::NewEntry {
    say(LOBBY, crate::support::account(1), number, &format!("message {number}"))
}

/// Writes a line in one piece, so that a kill leaves it whole or not there.
fn line(text: &str) {
    std::io::stdout().write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// The first number of this life.
fn first() -> u64 {
    std::env::var("STORE_TEST_FIRST").unwrap().parse().unwrap()
}

/// Starts a child, lets it write for a while, kills it, and notes what it said.
fn live_and_die(place: &Place, test: &str, round: u64, seen: &mut Seen) {
    let open: Vec<String> = seen
        .sent
        .iter()
        .filter(|number| !seen.acknowledged.contains_key(number))
        .map(u64::to_string)
        .collect();
    fs::write(place.path().with_extension("again"), open.join("\n")).unwrap();
    let mut command = role(test, &place.path());
    let mut child = command.env("STORE_TEST_FIRST", (round * 1_000_000 + 1).to_string()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // A different moment each time: after the first few, in the middle of a group, after a checkpoint.
    let moment = 150 + (round * 7919) % 900;
    let mut acknowledged = 0;
    for line in lines {
        let line = line.unwrap_or_default();
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["sent", number] => drop(seen.sent.insert(number.parse().unwrap())),
            ["ack", number, place] => {
                let (number, place) = (number.parse().unwrap(), place.parse().unwrap());
                let before = seen.acknowledged.insert(number, place);
                assert!(before.is_none_or(|before| before == place), "{number} was told two places");
                seen.sent.insert(number);
                acknowledged += 1;
                if acknowledged == moment {
                    // What it still managed to say is read to the end of the pipe.
                    child.kill().unwrap();
                }
            }
            _ => {}
        }
    }
    assert!(child.wait().unwrap().code().is_none(), "it was killed");
}

/// Returns the acknowledged messages that are not at the place they were told.
fn lost(store: &Store, reader: AccountId, seen: &Seen) -> Vec<u64> {
    let there: BTreeMap<[u8; 16], u64> = history(store, LOBBY, reader)
        .iter()
        .map(|item| (item.entry.message_id.0, item.entry.seq.get()))
        .collect();
    let is_there =
        |number: u64, told: u64| there.get(&id(number).0).is_some_and(|place| told == 0 || *place == told);
    seen.acknowledged
        .iter()
        .filter(|(number, told)| !is_there(**number, **told))
        .map(|(number, _)| *number)
        .collect()
}

fn prepare(place: &Place) -> AccountId {
    let store = place.open();
    let ada = person(&store, "ada");
    store.close();
    ada
}
