//! `chatd user`: accounts made, listed and mended, each act in the audit log, and never without an owner.

use std::fs;

use domain::audit::{Action, Target};
use domain::password::{Hasher, Params};
use proto::ids::{PublicKey, Timestamp};
use proto::message::Role;
use proto::text::Text;
use store::{AuditSeq, Factor, Login};

use crate::bench::{Bench, End, PASSWORD, mode, secret};

#[test]
fn an_account_is_made_and_listed() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["user", "add", "bob", "--role", "moderator", "--yes"]).end();
    assert!(ended.good().contains("bob (moderator)"), "{ended:?}");
    assert!(ended.stdout.contains("bob types:  "), "{ended:?}");
    let ended = bench.chatd(&["user", "list"]).end();
    let names: Vec<_> =
        ended.good().lines().skip(1).filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(names, ["ada", "bob"]);
    let ended = bench.chatd(&["user", "list", "--json"]).end();
    let rows: Vec<serde_json::Value> =
        ended.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[1]["name"], &rows[1]["role"]), (&"bob".into(), &"moderator".into()));
}

#[test]
fn a_name_that_is_taken_or_looks_like_one_is_refused_before_anything_is_written() {
    let bench = Bench::with_owner();
    for name in ["ada", "Ada"] {
        let ended = bench.chatd(&["user", "add", name, "--yes"]).end();
        assert!(ended.refused(1).contains("is taken, or looks like ada"), "{ended:?}");
    }
    assert!(!bench.data().join("secrets-ada.txt").exists());
}

#[test]
fn a_reset_authenticator_is_new_and_the_old_one_is_void() {
    let bench = Bench::with_owner();
    let before = bench.account("ada").unwrap();
    let out = bench.path("totp2");
    let mut reset = bench.chatd(&["user", "reset-totp", "ada", "--yes"]);
    let ended =
        reset.arg("--totp-secret-out").arg(&out).arg("--recovery-out").arg(bench.path("recovery2")).end();
    assert!(ended.good().contains("the old ones are void"), "{ended:?}");
    let after = bench.account("ada").unwrap();
    let kept = bench.keys().open_totp(after.id, &after.totp_sealed).unwrap();
    assert_eq!(kept.expose(), secret(&bench.read("totp2")).expose());
    assert_ne!(bench.read("totp"), bench.read("totp2"));
    assert_eq!(before.password_hash, after.password_hash);
    assert_eq!(mode(&out), 0o600);
    let left = bench.store().read_blocking(|reads| reads.recovery_codes_left(after.id)).unwrap();
    assert_eq!(left, 10);
}

#[test]
fn a_reset_password_is_the_one_that_was_given_or_goes_into_a_private_file() {
    let bench = Bench::with_owner();
    let works = |password: &str| {
        let hasher = Hasher::new(Params::MINIMUM, bench.keys().pepper.clone());
        hasher.verify(password, Some(&bench.account("ada").unwrap().password_hash)).unwrap()
    };
    let words = ["user", "reset-password", "ada", "--yes", "--password-file", "-"];
    bench.chatd(&words).end_with_input("some other long phrase\n").good();
    assert!(works("some other long phrase") && !works(PASSWORD));

    let ended = bench.chatd(&["user", "reset-password", "ada", "--yes"]).end();
    let file = bench.data().join("secrets-ada.txt");
    let text = fs::read_to_string(&file).unwrap();
    let password = text.lines().find_map(|line| line.strip_prefix("password: ")).unwrap();
    assert!(works(password) && !works("some other long phrase"));
    assert_eq!(mode(&file), 0o600);
    assert!(!ended.good().contains(password));
}

#[test]
fn the_last_owner_stays_owner() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["user", "role", "ada", "member"]).end();
    assert!(ended.refused(1).starts_with("ada is the last owner; make another one first:"), "{ended:?}");
    assert_eq!(bench.role("ada"), Some(Role::Owner));

    bench.chatd(&["user", "add", "bob", "--role", "owner", "--yes"]).end().good();
    let ended = bench.chatd(&["user", "role", "ada", "member"]).end();
    assert_eq!(ended.good(), "ada is member now, was owner.\n");
    let ended = bench.chatd(&["user", "role", "bob", "admin"]).end();
    assert!(ended.refused(1).starts_with("bob is the last owner"), "{ended:?}");
    let ended = bench.chatd(&["user", "role", "ada", "member"]).end();
    assert!(ended.good().contains("nothing was changed"), "{ended:?}");
}

#[test]
fn every_act_is_in_an_unbroken_audit_log() {
    let bench = Bench::with_owner();
    bench.chatd(&["user", "add", "bob", "--yes"]).end().good();
    bench.chatd(&["user", "role", "bob", "moderator"]).end().good();
    let (totp, recovery) = (bench.path("t"), bench.path("r"));
    let mut reset = bench.chatd(&["user", "reset-totp", "bob", "--yes"]);
    reset.arg("--totp-secret-out").arg(totp).arg("--recovery-out").arg(recovery).end().good();
    bench
        .chatd(&["user", "reset-password", "bob", "--yes", "--password-file", "-"])
        .end_with_input(PASSWORD)
        .good();
    bench.chatd(&["invite"]).end().good();

    let bob = Target::Account(bench.account("bob").unwrap().id);
    let store = bench.store();
    let rows = store.read_blocking(|reads| reads.audit_after(AuditSeq(0), 100)).unwrap();
    let acts: Vec<_> = rows.iter().map(|row| (row.event.action, row.event.actor)).collect();
    let expected = [
        Action::ServerInitialised,
        Action::AccountCreated,
        Action::AccountCreated,
        Action::RoleChanged,
        Action::TotpReset,
        Action::PasswordReset,
        Action::InviteCreated,
    ];
    assert_eq!(acts, expected.map(|action| (action, None)));
    assert!(rows[2..6].iter().all(|row| row.event.target == bob));
    assert_eq!(&*rows[3].event.detail, "from member to moderator");
    store.read_blocking(|reads| reads.verify_audit().map(|_| ())).unwrap();
}

#[test]
fn devices_are_listed_without_their_escapes_and_can_be_revoked() {
    let bench = Bench::with_owner();
    assert!(bench.chatd(&["user", "devices", "ada"]).end().good().contains("no devices"));
    let account = bench.account("ada").unwrap().id;
    let login = Login {
        account,
        key: PublicKey([7; 32]),
        label: Text::new("\u{1b}]0;evil\u{7}laptop").unwrap(),
        client: Text::new("chat 0.1").unwrap(),
        factor: Factor::Totp { step: 1 },
        at: Timestamp(1_800_000_000_000),
        login_until: Timestamp(i64::MAX),
    };
    let device = bench.store().run_blocking(move |tx| tx.record_login(&login)).unwrap().device;
    let ended = bench.chatd(&["user", "devices", "ada"]).end();
    assert!(ended.good().contains("good") && ended.stdout.contains("laptop"), "{ended:?}");
    assert!(!ended.stdout.contains(['\u{1b}', '\u{7}']), "{ended:?}");

    bench.chatd(&["user", "devices", "ada", "--revoke", &device.to_string()]).end().good();
    assert!(bench.chatd(&["user", "devices", "ada"]).end().good().contains("no devices"));
    let ended = bench.chatd(&["user", "devices", "ada", "--revoke", "999"]).end();
    assert!(ended.refused(1).contains("ada has no device 999; list them with:"), "{ended:?}");
}

#[test]
fn a_banned_account_is_marked() {
    let bench = Bench::with_owner();
    bench.chatd(&["user", "add", "mallory", "--yes"]).end().good();
    let (by, account) = (bench.account("ada").unwrap().id, bench.account("mallory").unwrap().id);
    bench.store().run_blocking(move |tx| tx.ban(account, by, &Text::default(), None, Timestamp(1))).unwrap();
    let ended = bench.chatd(&["user", "list"]).end();
    assert!(
        ended.good().contains("mallory  (banned)") && !ended.stdout.contains("ada  (banned)"),
        "{ended:?}"
    );
}

#[test]
fn an_unknown_account_is_named_with_the_command_that_lists_them() {
    let bench = Bench::with_owner();
    for words in [&["user", "role", "mallory", "admin"][..], &["user", "devices", "mallory"]] {
        let ended = bench.chatd(words).end();
        assert!(ended.refused(1).starts_with("there is no account mallory; list them with:"), "{ended:?}");
    }
}
