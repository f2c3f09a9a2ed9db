//! `chatd init`: what it makes, what it never shows, and that it changes nothing the second time.

use std::fs;
use std::net::TcpListener;

use domain::password::{Hasher, Params};
use domain::recovery;
use proto::message::Role;

use crate::bench::{Bench, CHEAP, End, PASSWORD, mode, secret};

#[test]
fn init_makes_a_private_folder_with_settings_keys_and_database() {
    let bench = Bench::with_owner();
    assert_eq!(mode(&bench.data()), 0o700);
    assert_eq!(mode(&bench.data().join("keys")), 0o700);
    for file in ["chatd.toml", "chat.db", "keys/server.key", "keys/pepper.key", "keys/seal.key"] {
        assert_eq!(mode(&bench.data().join(file)), 0o600, "{file}");
    }
    assert_eq!(bench.config().data_dir, bench.data());
    assert_eq!(bench.role("ada"), Some(Role::Owner));
}

#[test]
fn the_owner_can_log_in_with_what_was_handed_over() {
    let bench = Bench::with_owner();
    let (keys, owner) = (bench.keys(), bench.account("ada").unwrap());
    let hasher = Hasher::new(Params::MINIMUM, keys.pepper.clone());
    assert!(hasher.verify(PASSWORD, Some(&owner.password_hash)).unwrap());
    assert!(!hasher.verify("another password entirely", Some(&owner.password_hash)).unwrap());
    let kept = keys.open_totp(owner.id, &owner.totp_sealed).unwrap();
    assert_eq!(kept.expose(), secret(&bench.read("totp")).expose());
    let codes = bench.read("recovery");
    assert_eq!(codes.lines().count(), 10);
    assert!(codes.lines().all(|code| recovery::normalise(code).is_some()));
    let left = bench.store().read_blocking(|reads| reads.recovery_codes_left(owner.id)).unwrap();
    assert_eq!(left, 10);
}

#[test]
fn a_second_init_changes_nothing_and_says_so() {
    let bench = Bench::with_owner();
    let (before, owner) = (bench.tree(), bench.account("ada"));
    for words in [&["init"][..], &["init", "--yes", "--owner", "mallory"]] {
        let ended = bench.chatd(words).end();
        assert!(ended.good().starts_with("Everything is there already, nothing was changed."), "{ended:?}");
        assert!(ended.stdout.contains("owner     ada"), "{ended:?}");
    }
    assert_eq!(bench.tree(), before);
    assert_eq!(bench.account("ada"), owner);
    assert_eq!(bench.account("mallory"), None);
}

#[test]
fn lost_settings_are_made_again_and_the_owner_stays_the_only_one() {
    let bench = Bench::with_owner();
    fs::remove_file(bench.data().join("chatd.toml")).unwrap();
    let ended = bench.chatd(&["init"]).end();
    assert!(ended.good().contains("every key explained inside"), "{ended:?}");
    assert!(ended.stdout.contains("--name ada"), "{ended:?}");
    assert_eq!(bench.store().read_blocking(|reads| reads.account_count().map(u64::from)).unwrap(), 1);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_made() {
    let bench = Bench::new();
    let ended = bench.chatd(&["init"]).end();
    assert!(ended.refused(64).contains("add --yes"), "{ended:?}");
    assert!(!bench.data().exists());
}

#[test]
fn no_secret_reaches_an_output_that_is_not_a_terminal() {
    let bench = Bench::new();
    let ended = bench.chatd(&["init", "--yes", "--owner", "ada"]).end();
    let file = bench.data().join("secrets-ada.txt");
    let kept = fs::read_to_string(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    let secrets: Vec<&str> = kept
        .lines()
        .filter(|line| !line.starts_with("account: "))
        .filter_map(|line| line.rsplit(' ').next())
        .filter(|word| 16 <= word.len())
        .collect();
    assert_eq!(secrets.len(), 13, "password, secret, address and ten codes: {kept}");
    for secret in secrets {
        assert!(!ended.stdout.contains(secret) && !ended.stderr.contains(secret), "{secret}");
    }
    assert!(ended.good().contains("secrets-ada.txt (0600)"), "{ended:?}");
}

#[test]
fn files_for_secrets_are_private_and_never_replace_others() {
    let bench = Bench::with_owner();
    assert_eq!(mode(&bench.path("totp")), 0o600);
    assert_eq!(mode(&bench.path("recovery")), 0o600);

    let bench = Bench::new();
    bench.write("taken", "something else\n");
    let totp = bench.path("totp");
    let taken = bench.path("taken");
    let mut command = bench.chatd(&["init", "--yes", "--owner", "ada"]);
    let ended = command.arg("--totp-secret-out").arg(&totp).arg("--recovery-out").arg(&taken).end();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("taken for the recovery codes cannot be written: it is there already"),
        "{ended:?}"
    );
    assert_eq!(bench.read("taken"), "something else\n");
    assert!(!totp.exists(), "a secret of an account that was not made is left behind");
    assert_eq!(bench.account("ada"), None);

    assert_eq!(
        bench.chatd(&["init", "--yes", "--owner", "ada"]).end().code,
        Some(0),
        "a broken init can go on"
    );
}

#[test]
fn a_password_can_come_from_standard_input() {
    let bench = Bench::new();
    let words = ["init", "--yes", "--owner", "ada", "--password-file", "-"];
    bench.chatd(&words).end_with_input(&format!("{PASSWORD}\n")).good();
    let hasher = Hasher::new(Params::MINIMUM, bench.keys().pepper.clone());
    let hash = bench.account("ada").unwrap().password_hash;
    assert!(hasher.verify(PASSWORD, Some(&hash)).unwrap());
    let kept = fs::read_to_string(bench.data().join("secrets-ada.txt")).unwrap();
    assert!(!kept.contains("password:"), "a password somebody chose is not written down");
}

#[test]
fn a_weak_password_is_refused_in_words_and_no_account_is_made() {
    let bench = Bench::new();
    let words = ["init", "--yes", "--owner", "ada", "--password-file", "-"];
    let ended = bench.chatd(&words).end_with_input("short\n");
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("at least 12 are needed") && !ended.stderr.contains("short;"), "{ended:?}");
    assert_eq!(bench.account("ada"), None);
}

#[test]
fn a_folder_with_other_things_in_it_is_left_alone() {
    let bench = Bench::new();
    fs::create_dir(bench.data()).unwrap();
    bench.write("data/thesis.txt", "mine\n");
    let before = mode(&bench.data());
    let ended = bench.chatd(&["init", "--yes"]).end();
    assert!(ended.refused(1).contains("holds other things (thesis.txt)"), "{ended:?}");
    assert_eq!((mode(&bench.data()), fs::read_dir(bench.data()).unwrap().count()), (before, 1));
}

#[test]
fn an_empty_folder_is_closed_to_others_and_used() {
    let bench = Bench::new();
    fs::create_dir(bench.data()).unwrap();
    bench.chatd(&["init", "--yes"]).end().good();
    assert_eq!(mode(&bench.data()), 0o700);
    assert_eq!(bench.role("owner"), Some(Role::Owner));
}

#[test]
fn flags_of_init_are_written_to_the_settings_once() {
    let bench = Bench::new();
    let words = [
        "init",
        "--yes",
        "--listen",
        "0.0.0.0:7001",
        "--public-address",
        "chat.example.org",
        "--server-name",
        "It's \"ours\"",
    ];
    bench.chatd(&words).end().good();
    let config = bench.config();
    assert_eq!(config.listen.to_string(), "0.0.0.0:7001");
    assert_eq!(config.link_address(), ("chat.example.org".to_owned(), 7001));
    assert_eq!(config.server_name.as_str(), "It's \"ours\"");

    let ended = bench.chatd(&["init", "--yes", "--listen", "0.0.0.0:7002"]).end();
    assert!(ended.refused(64).contains("set listen in it instead of --listen"), "{ended:?}");
    assert_eq!(bench.config(), config);
}

#[test]
fn a_data_folder_can_be_moved() {
    let bench = Bench::with_owner();
    let moved = bench.path("elsewhere");
    fs::rename(bench.data(), &moved).unwrap();
    let ended = bench.bare().arg("--config").arg(moved.join("chatd.toml")).args(["user", "list"]).end();
    assert!(ended.good().contains("ada"), "{ended:?}");
}

#[test]
fn settings_and_data_can_lie_apart() {
    let bench = Bench::new();
    let (file, keys) = (bench.path("etc/chatd.toml"), bench.path("safe/keys"));
    let mut init = bench.bare();
    init.arg("--config").arg(&file).arg("--data").arg(bench.data()).args(CHEAP);
    init.arg("--set").arg(format!("keys_dir={}", keys.display())).args(["init", "--yes"]).end().good();
    assert!(keys.join("seal.key").exists() && !bench.data().join("keys").exists());

    let with_keys = format!("keys_dir={}", keys.display());
    let ended = bench.bare().arg("--config").arg(&file).args(["--set", &with_keys, "user", "list"]).end();
    assert!(ended.good().contains("owner"), "{ended:?}");
    let ended = bench.bare().arg("--config").arg(&file).args(["user", "list"]).end();
    assert!(ended.refused(1).contains("keys is missing; put it back"), "{ended:?}");
}

#[test]
fn every_next_command_can_be_typed_as_it_is_printed() {
    let bench = Bench::new();
    let said = bench.chatd(&["init", "--yes"]).end();
    let next = said.good().lines().find_map(|line| line.strip_prefix("Ready. Next:  ")).unwrap();
    let data = bench.data();
    assert_eq!(next, format!("{} --data {} run", env!("CARGO_BIN_EXE_chatd"), data.display()));
    let key = data_encoding::BASE32_NOPAD.encode(&bench.keys().public().0).to_lowercase();
    let login = format!("login --server 127.0.0.1:7777 --server-key {key} --name owner");
    assert!(said.stdout.ends_with(&format!("chat {login}\n")), "{said:?}");
}

#[test]
fn init_needs_no_free_port() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let bench = Bench::new();
    let address = taken.local_addr().unwrap().to_string();
    bench.chatd(&["init", "--yes", "--listen", &address]).end().good();
}
