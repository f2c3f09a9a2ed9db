//! A server that cannot start says in one line what was wrong, what was expected and what to do.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::bench::{Bench, End};

#[test]
fn a_taken_port_is_named_with_the_setting_to_change() {
    let bench = Bench::with_owner();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (flag, other, key) in
        [("--listen", "--metrics-listen", "listen"), ("--metrics-listen", "--listen", "metrics_listen")]
    {
        let ended = bench.chatd(&["run", flag, &address, other, "127.0.0.1:0"]).end();
        let said = ended.refused(1);
        assert!(said.starts_with(&format!("cannot listen on {address}: another program has it")), "{said}");
        assert!(said.contains(&format!("set {key} in ")), "{said}");
    }
}

#[test]
fn an_address_of_another_machine_is_named() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["run", "--listen", "192.0.2.1:7777"]).end();
    assert!(ended.refused(1).contains("this machine has no such address"), "{ended:?}");
}

#[test]
fn a_missing_folder_and_a_missing_database_say_init() {
    let bench = Bench::new();
    let ended = run(&bench).end();
    assert!(ended.refused(1).contains("does not exist; make it with: "), "{ended:?}");
    fs::create_dir(bench.data()).unwrap();
    let ended = run(&bench).end();
    assert!(ended.refused(1).contains("there is no database at"), "{ended:?}");
    assert_eq!(fs::read_dir(bench.data()).unwrap().count(), 0, "a mistyped folder must not become a server");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let bench = Bench::with_owner();
    for mode in [0o640, 0o604] {
        let key = bench.data().join("keys/seal.key");
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        let ended = run(&bench).end();
        let said = ended.refused(1);
        assert!(
            said.contains(&format!(
                "seal.key can be opened by others (mode {mode:04o}), expected 0600; run: chmod 600"
            )),
            "{said}"
        );
    }
}

#[test]
fn keys_of_another_server_are_refused() {
    let (bench, other) = (Bench::with_owner(), Bench::with_owner());
    for key in ["server.key", "pepper.key", "seal.key"] {
        let (ours, theirs) = (bench.data().join("keys").join(key), other.data().join("keys").join(key));
        let kept = fs::read(&ours).unwrap();
        fs::copy(theirs, &ours).unwrap();
        let ended = run(&bench).end();
        assert!(ended.refused(1).contains("do not belong to the database"), "{key}: {ended:?}");
        fs::write(&ours, kept).unwrap();
    }
    assert!(bench.chatd(&["user", "list"]).end().good().contains("ada"));
}

#[test]
fn a_newer_database_is_refused_and_not_touched() {
    let bench = Bench::with_owner();
    let database = bench.data().join("chat.db");
    // The schema's number stands at byte 60 of the file (SQLite's user_version).
    let mut bytes = fs::read(&database).unwrap();
    bytes[60..64].copy_from_slice(&9999_u32.to_be_bytes());
    fs::write(&database, &bytes).unwrap();
    let ended = run(&bench).end();
    let said = ended.refused(1);
    assert!(said.contains("has schema 9999") && said.contains("install the newer version"), "{said}");
    assert!(counted(fs::read(&database).unwrap()) == counted(bytes), "the file was changed");
}

#[test]
fn a_damaged_database_is_refused_and_not_touched() {
    let database = |bench: &Bench| bench.data().join("chat.db");
    let damages: [(&str, Damage); 4] = [
        ("not a LiveChat database", |bytes| bytes[..16].fill(b'x')),
        ("not a LiveChat database", Vec::clear),
        ("damaged", |bytes| bytes.truncate(bytes.len() / 2)),
        ("damaged", |bytes| bytes[4096 * 4..4096 * 12].fill(0xa5)),
    ];
    for (words, damage) in damages {
        let bench = Bench::with_owner();
        let mut bytes = fs::read(database(&bench)).unwrap();
        damage(&mut bytes);
        fs::write(database(&bench), &bytes).unwrap();
        let ended = run(&bench).end();
        let said = ended.refused(1);
        assert!(said.contains(words) && said.contains("restore the newest backup"), "{said}");
        assert!(
            counted(fs::read(database(&bench)).unwrap()) == counted(bytes),
            "{words}: the file was changed"
        );
    }
}

#[test]
fn settings_that_cannot_be_used_end_with_64() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["--set", "limits.max_connection=5", "run"]).end();
    assert!(ended.refused(64).contains("the nearest known key is \"limits.max_connections\""), "{ended:?}");
    bench.write("data/chatd.toml", "listen = [\n");
    assert!(run(&bench).end().refused(64).contains("not valid TOML"));
}

#[test]
fn the_manual_explains_every_sentence_and_every_key() {
    let manual = include_str!("../../../docs/MANUAL.md");
    for sentence in SENTENCES {
        assert!(manual.contains(sentence), "{sentence}");
    }
    for key in chatd::config::KEYS {
        assert!(manual.contains(&format!("| `{key}` |")), "{key}");
    }
}

/// Damages the bytes of a database.
type Damage = fn(&mut Vec<u8>);

/// The file without SQLite's count of openings for writing.
fn counted(mut bytes: Vec<u8>) -> Vec<u8> {
    for place in [24..28, 92..96] {
        bytes.get_mut(place).into_iter().for_each(|count| count.fill(0));
    }
    bytes
}

/// On free ports, so that only what the test is about can go wrong.
fn run(bench: &Bench) -> Command {
    bench.chatd(&["run", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
}

/// What the tests of this folder read on stderr, as the manual's table has it.
const SENTENCES: [&str; 24] = [
    "the nearest known key is",
    "not valid TOML",
    "allowed is",
    "cannot be read",
    "does not exist; make it with",
    "holds other things",
    "there is no database at",
    "another program has it",
    "this machine has no such address",
    "ports below 1024 need a privilege",
    "another chatd (process",
    "can be opened by others (mode",
    "is missing; put it back from your copy of the keys",
    "do not belong to the database",
    "is not a LiveChat database",
    "the database is damaged",
    "this program knows up to",
    "which needs a terminal",
    "cannot be written",
    "is taken, or looks like",
    "is the last owner",
    "there is no account",
    "was made with other keys",
    "is there already and is not changed",
];
