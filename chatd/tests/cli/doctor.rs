//! `chatd doctor`: what it says of a sound installation and of broken ones, and its exit codes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::bench::{Bench, End};

#[test]
fn a_fresh_installation_is_fine_but_for_the_second_owner() {
    let bench = Bench::with_owner();
    let doctor = || {
        bench.chatd(&["--set", "listen=127.0.0.1:0", "--set", "metrics_listen=127.0.0.1:0", "doctor"]).end()
    };
    let ended = doctor();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let bad: Vec<_> =
        ended.stdout.lines().filter(|line| line.starts_with("[!]") || line.starts_with("[fail]")).collect();
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert!(bad[0].starts_with("[!]    owners: there is only one"), "{bad:?}");

    bench.chatd(&["user", "add", "bob", "--role", "owner", "--yes"]).end().good();
    let ended = doctor();
    assert!(ended.good().ends_with("Everything looked at is fine.\n"), "{ended:?}");
}

#[test]
fn looking_changes_nothing() {
    let bench = Bench::with_owner();
    let before = bench.tree();
    bench.chatd(&["doctor"]).end();
    assert_eq!(bench.tree(), before);
}

#[test]
fn each_thing_that_is_broken_fails_with_what_to_do() {
    let breaks: [(&str, &str, Break); 5] = [
        ("keys", "chmod 600", |data| open_to_others(&data.join("keys/seal.key"), 0o644)),
        ("keys", "put it back", |data| remove(&data.join("keys/seal.key"))),
        ("data folder", "chmod 700", |data| open_to_others(data, 0o755)),
        ("database", "make it with", |data| {
            ["chat.db", "chat.db-wal", "chat.db-shm"].iter().for_each(|file| remove(&data.join(file)));
        }),
        ("settings", "change that line", |data| mistype(&data.join("chatd.toml"))),
    ];
    for (name, fix, break_it) in breaks {
        let bench = Bench::with_owner();
        break_it(&bench.data());
        let ended = bench.chatd(&["doctor", "--json"]).end();
        assert_eq!(ended.code, Some(1), "{name}: {ended:?}");
        let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(report["worst"], "fail");
        let check = report["checks"].as_array().unwrap().iter().find(|check| check["check"] == name).unwrap();
        assert_eq!(check["verdict"], "fail", "{check}");
        let words = format!("{} {}", check["said"], check["fix"]);
        assert!(words.contains(fix), "{name}: {words}");
    }
}

#[test]
fn without_a_data_folder_it_says_how_to_make_one() {
    let bench = Bench::new();
    let ended = bench.chatd(&["doctor"]).end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("does not exist") && ended.stdout.contains(" init\n"), "{ended:?}");
}

/// Breaks something in a data folder.
type Break = fn(&Path);

fn open_to_others(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

fn mistype(settings: &Path) {
    fs::write(settings, "x = 1").unwrap();
}
