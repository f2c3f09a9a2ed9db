//! What was removed is gone: from the file, from its log, from the index for searching.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

mod support;

use std::fs;
use std::time::{Duration, Instant};

use proto::bytes::Secret32;
use proto::ids::{BlobId, ContentHash, FileSize};
use proto::message::{Content, FileCard, FileFacts, FileLock, Role};
use store::{Held, HeldDecision, LOBBY, NewHeld, NewUpload};
use support::{NOW, Place, append, entry, history, id, in_chat, person, say, seq, text, with_role};

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

/// Whoever gets hold of the sealed bytes later has nothing that opens them. One of the files had to wait first.
#[test]
fn the_key_and_the_name_of_a_removed_file_are_nowhere_on_the_disk() {
    let place = Place::new();
    let store = place.open();
    let (ada, bob) = (person(&store, "ada"), with_role(&store, "bob", Role::Moderator));
    let key = *b"zqxjkvbwp-a-key-of-32-bytes-long";
    let facts = FileFacts {
        plain_sha256: ContentHash([9; 32]),
        name: text(&format!("{}.png", SECRETS[1])),
        media: text("image/png"),
    };
    let lock = FileLock::Key { key: Secret32::new(key), facts };
    let (blob, size) = (BlobId([1; 32]), FileSize::new(1_000).unwrap());
    let file = FileCard { blob, sealed_size: size, lock };
    let content = Content::File { file, caption: text(SECRETS[2]), reply_to: None };
    let new = NewUpload { account: ada, room: LOBBY, blob, size, at: NOW };
    let waits = NewHeld {
        room: LOBBY,
        author: ada,
        message_id: id(2),
        content: content.clone(),
        rule: "newcomers".to_owned(),
        filter: None,
        at: NOW,
    };
    store.run_blocking(move |tx| tx.begin_upload(&new)).unwrap();
    store.run_blocking(move |tx| tx.finish_upload(ada, blob, NOW)).unwrap();
    append(&store, entry(LOBBY, ada, 1, content)).unwrap();
    let Held::Waits(held) = store.run_blocking(move |tx| tx.hold(&waits)).unwrap() else {
        panic!("it waits")
    };
    in_chat(&store, bob, NOW, move |staff| staff.decide_held(held, HeldDecision::Release)).unwrap();
    store.run_blocking(move |tx| tx.carry_out_held(held, NOW)).unwrap();
    assert!(SECRETS.iter().all(|secret| 0 < on_disk(&place, secret)), "before, every word lies there");

    for (number, target) in [(3, 1), (4, 2)] {
        append(&store, entry(LOBBY, ada, number, Content::Delete { target: seq(target) })).unwrap();
    }
    until(
        || SECRETS.iter().all(|secret| on_disk(&place, secret) == 0),
        "the quiet moment in which the log is emptied",
    );
    assert_eq!(on_disk(&place, "key-of-32-bytes"), 0);
    store.verify().unwrap();
    store.verify_search().unwrap();
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
