//! What was removed is gone: from the file, from its log, from the index for searching.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

mod support;

use std::fs;
use std::time::{Duration, Instant};

use proto::message::Content;
use store::LOBBY;
use support::{Place, append, entry, history, person, say, seq, text};

/// Words that occur nowhere else, cut so that shared beginnings in the index hide none of them.
const SECRETS: [&str; 3] = ["zqxjkvbwp", "wfgypvkbz", "jqvxkwzpf"];

#[test]
fn a_removed_text_and_its_edits_are_nowhere_on_the_disk() {
    let place = Place::new();
    let store = place.open();
    let ada = person(&store, "ada");
    for number in 1..=300 {
        append(&store, say(LOBBY, ada, number, &format!("an ordinary line with the number {number}")))
            .unwrap();
    }
    let long = format!("{} {}", SECRETS[0], "and a very long tail that needs pages of its own ".repeat(200));
    let target = append(&store, say(LOBBY, ada, 1000, &long)).unwrap().entry.seq;
    for (number, secret) in [(1001, SECRETS[1]), (1002, SECRETS[2])] {
        append(&store, entry(LOBBY, ada, number, Content::Edit { target, body: text(secret) })).unwrap();
    }
    assert!(SECRETS.iter().all(|secret| 0 < on_disk(&place, secret)), "before, every word lies there");

    append(&store, entry(LOBBY, ada, 1003, Content::Delete { target })).unwrap();
    until(
        || SECRETS.iter().all(|secret| on_disk(&place, secret) == 0),
        "the quiet moment in which the log is emptied",
    );
    for fragment in ["zqxjk", "kvbwp", "wfgyp", "jqvxk", "very long tail"] {
        assert_eq!(on_disk(&place, fragment), 0, "{fragment}");
    }
    store.verify().unwrap();
    store.verify_search().unwrap();
    assert_eq!(history(&store, LOBBY, ada).len(), 304);
}

#[test]
fn closing_empties_the_log() {
    let place = Place::new();
    let store = place.open();
    let ada = person(&store, "ada");
    append(&store, say(LOBBY, ada, 1, SECRETS[0])).unwrap();
    append(&store, entry(LOBBY, ada, 2, Content::Delete { target: seq(1) })).unwrap();
    store.close();
    assert_eq!(on_disk(&place, SECRETS[0]), 0);
}

/// The same without our settings: the test would see what they prevent.
#[test]
fn without_wiping_the_words_would_still_be_there() {
    let place = Place::new();
    let conn = rusqlite::Connection::open(place.path()).unwrap();
    conn.execute_batch("PRAGMA secure_delete = OFF; CREATE TABLE said (id INTEGER PRIMARY KEY, body TEXT)")
        .unwrap();
    conn.execute("INSERT INTO said (body) VALUES (?1)", [SECRETS[0]]).unwrap();
    conn.execute("DELETE FROM said", []).unwrap();
    assert_ne!(on_disk(&place, SECRETS[0]), 0);
}

fn on_disk(place: &Place, words: &str) -> usize {
    let files = fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let contents = files.filter(|path| path.is_file()).map(|path| fs::read(path).unwrap());
    contents
        .map(|bytes| bytes.windows(words.len()).filter(|window| *window == words.as_bytes()).count())
        .sum()
}

fn until(condition: impl Fn() -> bool, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}
