//! `chat totp`: a new authenticator in place of the one there is.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use client_cli::TotpSecret;
use proto::refusal::{Code, Refusal};

use crate::support::mini::MiniServer;
use crate::support::program::{Machine, Ran, mode};
use crate::terminal::Terminal;

#[test]
fn by_files_the_new_secret_lets_in_and_the_old_one_does_not() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let joined = step(&machine);
    let ran = renew(&machine, &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!((ran.json().len(), ran.json()[0]["type"].as_str()), (1, Some("whoami")));
    for name in ["totp.new", "codes.new"] {
        assert_eq!(mode(&machine.path(name)), 0o600, "{name}");
    }
    // One step for joining, the next for the present code; neither is forgotten.
    assert!(joined < step(&machine), "{joined:?} {:?}", step(&machine));
    let codes = fs::read_to_string(machine.path("codes.new")).unwrap();
    assert!(codes.lines().count() == 10 && codes.starts_with("more-code"), "{codes}");
    let secret = fs::read_to_string(machine.path("totp.new")).unwrap();
    assert!(!format!("{ran:?}").contains(secret.trim()) && !format!("{ran:?}").contains("more-code"));

    let other = Machine::new();
    let old = login_elsewhere(&server, &other, &machine.path("totp"));
    assert_eq!(old.code, 3, "{old:?}");
    let new = login_elsewhere(&server, &other, &machine.path("totp.new"));
    assert_eq!(new.code, 0, "{new:?}");
}

#[test]
fn no_used_step_is_used_again_by_a_login_that_follows() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let present = secret_in(&machine.path("totp")).code_at(now() + 30);
    let ran = machine.run(&[
        "totp",
        "--password-file",
        "password",
        "--code",
        &present,
        "--totp-secret-out",
        "totp.new",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("more-code-code-0009") && ran.err.contains("--recovery-out FILE"), "{ran:?}");
    let confirmed = step(&machine).unwrap();
    // The server takes each code once, so this login is refused if it makes that of the confirmation again.
    let login = machine.run(&["login", "--password-file", "password", "--totp-secret-file", "totp.new"]);
    assert_eq!(login.code, 0, "{login:?}");
    assert!(confirmed < step(&machine).unwrap());
}

#[test]
fn a_wrong_password_is_3_and_changes_nothing() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("wrong"), "not the password\n").unwrap();
    let before = fs::read_to_string(machine.home().join("default/profile.toml")).unwrap();
    let ran = machine.run(&[
        "totp",
        "--password-file",
        "wrong",
        "--totp-secret-file",
        "totp",
        "--totp-secret-out",
        "totp.new",
        "--recovery-out",
        "codes.new",
    ]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(!machine.path("totp.new").exists() && !machine.path("codes.new").exists());
    assert_eq!(fs::read_to_string(machine.home().join("default/profile.toml")).unwrap(), before);
    let code = machine.run(&[
        "totp",
        "--password-file",
        "password",
        "--code",
        "000000",
        "--totp-secret-out",
        "totp.new",
    ]);
    assert_eq!(code.code, 3, "{code:?}");
    still_holds(&server, &machine);
}

#[test]
fn files_that_cannot_be_written_are_refused_before_anything_is_asked() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    std::os::unix::fs::symlink("nowhere", machine.path("link")).unwrap();
    for (secret, recovery, words) in [
        ("totp", "codes.new", "totp exists already"),
        ("totp.new", "codes", "codes exists already"),
        ("totp.new", "link", "link exists already"),
        ("totp.new", "no/codes", "there is no folder no"),
        ("both", "both", "a file each"),
    ] {
        let ran = machine.run(&["totp", "--totp-secret-out", secret, "--recovery-out", recovery]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains(words), "{words}: {ran:?}");
    }
    // Without a file in the way, the first question is the one that nobody is there to answer.
    let ran = machine.run(&["totp", "--totp-secret-out", "totp.new"]);
    assert!(ran.code == 1 && ran.err.contains("use --password-file FILE"), "{ran:?}");
    still_holds(&server, &machine);
}

#[test]
fn a_refusal_of_a_server_that_means_harm_is_only_text() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let evil = "no\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}gnp\r\nwith two lines";
    server.refuse_renewals(Refusal::new(Code::TooFast, evil).after_ms(60_000));
    let ran = renew(&machine, &["--json"]);
    // As a login that is throttled.
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("title") && ran.err.contains("try again in 60 s"), "{ran:?}");
    let bad = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}'));
    assert!(!ran.out.contains(bad) && !ran.err.contains(bad), "{ran:?}");
    assert_eq!(ran.json()[0]["code"].as_str(), Some("too_fast"));
    assert!(!machine.path("totp.new").exists());
}

#[test]
fn a_person_is_asked_again_after_a_wrong_code_and_gets_the_codes_once() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let old = secret_in(&machine.path("totp"));
    let password = machine.path("password");
    let mut terminal = Terminal::on(&machine, &["totp", "--password-file", password.to_str().unwrap()]);
    terminal.wait_for("Code from the app, or a recovery code: ");
    terminal.type_in(&format!("{}\r", &*old.code_at(now() + 30)));
    terminal.wait_for("Or type the secret:  ");
    terminal.wait_for("secret=");
    terminal.wait_for("Code from the new app: ");
    let link = terminal.seen.split("secret=").nth(1).unwrap();
    let secret = TotpSecret::parse(link.split('&').next().unwrap()).unwrap();
    terminal.type_in("000000\r");
    terminal.wait_for("Not accepted: ");
    terminal.wait_for("Code from the new app: ");
    terminal.type_in(&format!("{}\r", &*secret.code_at(now())));
    terminal.wait_for("The old one and the old recovery codes are void.");
    terminal.wait_for("more-code-code-0009");
    terminal.wait_for("Save them to a file?");
    terminal.type_in("\r");
    assert_eq!(terminal.ended(), Some(0));
}

#[test]
fn the_line_mode_names_the_command_for_the_shell() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run_with(&["--plain"], "/totp\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    let note = "-- a password would be seen here: leave with /quit, then run  chat totp";
    assert!(ran.err.lines().any(|line| line == note), "{ran:?}");

    fs::rename(machine.home().join("default"), machine.home().join("work")).unwrap();
    let ran = machine.run_with(&["--plain", "--profile", "work"], "/totp\n");
    assert!(ran.err.lines().any(|line| line == format!("{note} --profile work")), "{ran:?}");
}

/// Replaces the authenticator with everything in files.
fn renew(machine: &Machine, more: &[&str]) -> Ran {
    let files = [
        "totp",
        "--password-file",
        "password",
        "--totp-secret-file",
        "totp",
        "--totp-secret-out",
        "totp.new",
        "--recovery-out",
        "codes.new",
    ];
    machine.run(&[&files, more].concat())
}

/// Logs in on a machine that knows nothing, with the code of the next step: that of this one may be used.
fn login_elsewhere(server: &MiniServer, machine: &Machine, secret: &Path) -> Ran {
    let secret = secret_in(secret);
    let code = secret.code_at(now() + 30);
    let _ = fs::remove_dir_all(machine.home());
    machine.log_in(server, "ada", &code)
}

/// Nothing has changed: the authenticator of the beginning lets in.
fn still_holds(server: &MiniServer, machine: &Machine) {
    let login = login_elsewhere(server, &Machine::new(), &machine.path("totp"));
    assert_eq!(login.code, 0, "{login:?}");
}

fn secret_in(path: &Path) -> TotpSecret {
    TotpSecret::parse(&fs::read_to_string(path).unwrap()).unwrap()
}

fn step(machine: &Machine) -> Option<u64> {
    let settings = fs::read_to_string(machine.home().join("default/profile.toml")).unwrap();
    settings.lines().find_map(|line| line.strip_prefix("totp_step = ")?.parse().ok())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
