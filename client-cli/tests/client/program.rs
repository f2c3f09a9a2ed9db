//! The `chat` program: what it prints, where, and with which exit code it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proto::message::{Event, Goodbye, GoodbyeReason};
use proto::text::Text;

use crate::support::mini::MiniServer;
use crate::support::program::{Machine, ended, mode};

#[test]
fn joining_without_a_terminal_leaves_secrets_in_private_files_and_says_the_next_command() {
    let server = MiniServer::start();
    let machine = Machine::new();
    let ran = machine.join(&server, "ada");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("Next:  chat"), "{}", ran.err);
    for name in ["totp", "codes", "home/default/device.key", "home/default/profile.toml"] {
        assert_eq!(mode(&machine.path(name)), 0o600, "{name}");
    }
    assert_eq!(fs::read_to_string(machine.path("codes")).unwrap().lines().count(), 10);
    assert!(!format!("{ran:?}").contains("a long enough password") && !ran.err.contains("GEZDGNBV"));
    let whoami = machine.run(&["whoami", "--json"]);
    assert_eq!((whoami.code, whoami.json()[0]["account"].as_str()), (0, Some("ada")));
}

#[test]
fn wrong_arguments_end_with_1_and_help_with_0() {
    let machine = Machine::new();
    for arguments in [
        &["fly"][..],
        &["send", "--no-such-option"],
        &["join", "http://example.org"],
        &["history", "--before", "1", "--after", "2"],
        &["tail", "--since", "3"],
        &["send", "--id", "xyz", "hello"],
        &["send", " "],
        &["--profile", "../other", "whoami"],
    ] {
        assert_eq!(machine.run(arguments).code, 1, "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["send", "--help"], &["--version"]] {
        let ran = machine.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn every_command_s_help_has_an_example() {
    let machine = Machine::new();
    for command in [
        "join", "login", "logout", "send", "tail", "rooms", "members", "history", "search", "whoami",
        "devices", "status", "run", "report", "reports", "appeal", "upload", "download", "reveal", "totp",
    ] {
        let help = machine.run(&[command, "--help"]).out;
        if command != "whoami" {
            assert!(help.contains("Examples:"), "{command}");
        }
        assert!(help.contains("chat"), "{command}");
    }
}

#[test]
fn a_password_in_the_arguments_is_refused() {
    let ran = Machine::new().run(&["login", "--password", "a long enough password"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("--password-file") && !ran.err.contains("a long enough password"),
        "{}",
        ran.err
    );
}

#[test]
fn nobody_to_ask_names_the_option_that_answers() {
    let server = MiniServer::start();
    let machine = Machine::new();
    let ran = machine.run(&["join", &server.invite()]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("--name"), "{}", ran.err);
}

#[test]
fn no_server_is_2_no_account_is_3_and_a_bad_invite_is_3() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let profile = machine.home().join("default/profile.toml");
    let settings = fs::read_to_string(&profile).unwrap();
    fs::write(&profile, settings.replace(&format!(":{}", server.port), ":1")).unwrap();
    assert_eq!(machine.run(&["send", "hello"]).code, 2);
    assert_eq!(machine.run(&["status"]).code, 2);

    assert_eq!(machine.run(&["--profile", "other", "whoami"]).code, 3);
    let bad = server.invite().replace("GOODTOKEN", "BADTOKEN");
    let password = machine.path("password");
    let ran =
        Machine::new().run(&["join", &bad, "--name", "eve", "--password-file", password.to_str().unwrap()]);
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn a_wrong_password_is_3_and_a_right_one_logs_a_second_device_in() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let address = format!("127.0.0.1:{}", server.port);
    let key = machine.run(&["status", "--json"]).json()[0]["server_key"].as_str().unwrap().to_owned();
    fs::write(machine.path("wrong"), "not the password\n").unwrap();
    let (wrong, right, totp) = (machine.path("wrong"), machine.path("password"), machine.path("totp"));
    let login = |password: &std::path::Path| {
        let (password, totp) = (password.to_str().unwrap(), totp.to_str().unwrap());
        machine.run(&[
            "--profile",
            "second",
            "login",
            "--server",
            &address,
            "--server-key",
            &key,
            "--name",
            "ada",
            "--password-file",
            password,
            "--totp-secret-file",
            totp,
        ])
    };
    let refused = login(&wrong);
    assert_eq!(refused.code, 3, "{refused:?}");
    // Nothing is known of the code that joining used: the server takes each once, so the next one is needed.
    let secret = client_cli::TotpSecret::parse(&fs::read_to_string(&totp).unwrap()).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let code = secret.code_at(now + 30);
    let ran = machine.run(&[
        "--profile",
        "second",
        "login",
        "--name",
        "ada",
        "--password-file",
        right.to_str().unwrap(),
        "--code",
        &code,
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(machine.run(&["--profile", "second", "whoami"]).code, 0);
}

#[test]
fn what_the_server_refuses_is_4_and_never_0() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    for (text, words) in
        [("forbidden", "that is forbidden here"), ("too fast", "try again in 3600 s"), ("banned", "goodbye")]
    {
        let ran = machine.run(&["send", text]);
        assert_eq!(ran.code, 4, "{ran:?}");
        assert!(ran.err.contains(words), "{}", ran.err);
        assert_eq!(ran.out, "");
    }
    assert_eq!(machine.run(&["send", "--room", "nowhere", "hello"]).code, 4);
    assert_eq!(server.texts("lobby"), Vec::<String>::new());
}

#[test]
fn a_refusal_is_json_on_stdout_for_programs() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run(&["send", "--json", "forbidden"]);
    let line = &ran.json()[0];
    assert_eq!((line["v"].as_u64(), line["type"].as_str()), (Some(1), Some("error")));
    assert_eq!((line["code"].as_str(), line["exit"].as_u64()), (Some("not_permitted"), Some(4)));
}

#[test]
fn a_changed_server_key_is_5_and_nothing_is_sent() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let other = MiniServer::start();
    let profile = machine.home().join("default/profile.toml");
    let settings = fs::read_to_string(&profile).unwrap();
    fs::write(&profile, settings.replace(&server.port.to_string(), &other.port.to_string())).unwrap();
    for arguments in [&["send", "hello"][..], &["tail"], &["status"], &["run"], &["whoami"]] {
        let ran = machine.run(arguments);
        assert_eq!(ran.code, 5, "{arguments:?} {ran:?}");
        assert!(ran.err.contains("KEY HAS CHANGED"), "{}", ran.err);
    }
}

#[test]
fn some_of_the_lines_refused_is_6() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run_with(&["send", "--lines"], "one\nforbidden\n\ntwo\n");
    assert_eq!(ran.code, 6, "{ran:?}");
    assert_eq!(server.texts("lobby"), ["one", "two"]);
    assert_eq!(machine.run_with(&["send", "--lines"], "forbidden\n").code, 4);
    assert_eq!(machine.run_with(&["send", "--lines"], "three\n").code, 0);
}

#[test]
fn a_message_that_was_not_accepted_is_not_sent_later_unless_it_is_to_be_kept() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let unsent = || machine.run(&["status", "--json"]).json()[0]["unsent"].as_u64();
    assert_eq!(machine.run(&["--timeout", "1", "send", "cut"]).code, 2);
    assert_eq!(unsent(), Some(0));
    assert_eq!(machine.run(&["--timeout", "1", "send", "--keep", "cut"]).code, 2);
    assert_eq!(unsent(), Some(1));
}

#[test]
fn sending_again_with_the_same_id_does_not_double_a_message() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let id = "00112233445566778899aabbccddeeff";
    for _ in 0..2 {
        let ran = machine.run(&["send", "--json", "--id", id, "once"]);
        assert_eq!((ran.code, ran.json()[0]["seq"].as_u64()), (0, Some(1)), "{ran:?}");
    }
    assert_eq!(server.texts("lobby"), ["once"]);
}

#[test]
fn text_from_stdin_keeps_its_lines_and_loses_its_last_line_break() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    assert_eq!(machine.run_with(&["send", "-"], "one\n  two\n").code, 0);
    assert_eq!(server.texts("lobby"), ["one\n  two"]);
    assert_eq!(machine.run_with(&["send", "-"], &"x".repeat(20_000)).code, 1);
}

#[test]
fn hostile_text_is_harmless_on_every_way_out() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let hostile =
        "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}gnp.exe\r\n[9] 2026-01-01 00:00 #lobby bob: forged";
    server.say("lobby", "mallory", hostile);
    for arguments in [
        &["history"][..],
        &["history", "--json"],
        &["search", "title"],
        &["search", "--json", "title"],
        &["tail", "--last", "1", "--count", "1"],
        &["tail", "--json", "--room", "lobby", "--since", "0", "--count", "1"],
    ] {
        let ran = machine.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?} {ran:?}");
        assert!(ran.out.contains("title"), "{arguments:?} {ran:?}");
        let bad = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}'));
        assert!(!ran.out.contains(bad) && !ran.err.contains(bad), "{arguments:?} {ran:?}");
        assert!(!ran.out.lines().any(|line| line.starts_with("[9]")), "{arguments:?} {ran:?}");
    }
    let json = machine.run(&["history", "--json"]).json();
    assert_eq!(json[0]["text"].as_str(), Some(hostile));
}

#[test]
fn tail_prints_what_comes_and_ends_after_the_count() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    for number in 1..=5 {
        server.say("lobby", "bob", &format!("message {number}"));
    }
    let ran = machine.run(&["tail", "--json", "--room", "#lobby", "--since", "3", "--count", "2"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let messages: Vec<_> = ran.json().into_iter().filter(|line| line["type"] == "message").collect();
    assert_eq!(messages.len(), 2);
    assert_eq!((messages[0]["seq"].as_u64(), messages[0]["text"].as_str()), (Some(4), Some("message 4")));
    assert_eq!(messages[1]["author"].as_str(), Some("bob"));
    assert_eq!(machine.run(&["tail", "--room", "nowhere"]).code, 4);
}

#[test]
fn a_tail_whose_connection_is_ended_for_good_says_why() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let mut child = machine.start(&["tail", "--json"]);
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    while !lines.next().unwrap().unwrap().contains(r#""type":"ready""#) {}
    let detail = Text::cut("spam is not welcome");
    let goodbye = Goodbye { reason: GoodbyeReason::Kicked, detail, retry_after_ms: None };
    server.tell_all(&Event::Goodbye(goodbye));
    let ran = ended(child);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("spam is not welcome"), "{}", ran.err);
}

#[test]
fn run_answers_commands_in_order_and_tells_events() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let commands = r#"{"id":1,"cmd":"send","room":"lobby","text":"hello"}
{"id":2,"cmd":"send","room":"lobby","text":"forbidden"}
not json
{"id":3,"cmd":"create","room":"ops","topic":"machines"}
{"id":"four","cmd":"history","room":"lobby"}
{"id":5,"cmd":"members","room":"lobby"}
{"id":6,"cmd":"ban","name":"bob"}
{"id":7,"cmd":"whoami"}
"#;
    let ran = machine.run_with(&["run"], commands);
    assert_eq!(ran.code, 6, "{ran:?}");
    let lines = ran.json();
    assert!(lines.iter().all(|line| line["v"] == 1));
    let answers: Vec<_> = lines
        .iter()
        .filter(|line| line["type"] == "answer" || line["type"] == "error")
        .map(|line| (line["id"].to_string(), line["code"].as_str().unwrap_or("ok")))
        .collect();
    let expected = [
        ("1", "ok"),
        ("2", "not_permitted"),
        ("null", "usage"),
        ("3", "ok"),
        ("\"four\"", "ok"),
        ("5", "ok"),
        ("6", "not_permitted"),
        ("7", "ok"),
    ];
    assert_eq!(answers, expected.map(|(id, code)| (id.to_owned(), code)));
    let history = lines.iter().find(|line| line["id"] == "four").unwrap();
    assert_eq!(history["messages"][0]["text"], "hello");
    let event = lines.iter().find(|line| line["type"] == "message").unwrap();
    assert_eq!((event["text"].as_str(), event["live"].as_bool()), (Some("hello"), Some(true)));
}

#[test]
fn lists_are_data_on_stdout_and_the_next_step_is_talk_on_stderr() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    server.say("lobby", "bob", "hello");
    let rooms = machine.run(&["rooms"]);
    assert_eq!((rooms.code, rooms.out.lines().count()), (0, 1), "{rooms:?}");
    assert!(rooms.out.starts_with("#lobby") && rooms.err.contains("Next:"), "{rooms:?}");
    assert!(machine.run(&["members"]).out.contains("online   ada  (member)"));
    assert!(machine.run(&["devices"]).out.contains("this one"));
    assert_eq!(machine.run(&["rooms", "create", "ops"]).code, 0);
    assert_eq!(machine.run(&["send", "--room", "ops", "deploy"]).code, 0);
    assert!(machine.run(&["search", "deploy"]).out.contains("#ops ada: deploy"));
    assert_eq!(machine.run(&["rooms", "leave", "ops"]).code, 0);
    assert_eq!(machine.run(&["rooms"]).out.lines().count(), 1);
}

#[test]
fn files_that_others_can_read_are_refused() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let key = machine.home().join("default/device.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = machine.run(&["whoami"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("chmod 600"), "{}", ran.err);
}

#[test]
fn a_profile_in_use_is_not_opened_a_second_time() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let mut child = machine.start(&["tail", "--json"]);
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    while !lines.next().unwrap().unwrap().contains(r#""type":"ready""#) {}
    let ran = machine.run(&["whoami"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("in use") && ran.err.contains("--profile"), "{}", ran.err);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(machine.run(&["whoami"]).code, 0);
}

#[test]
fn logging_out_ends_the_login_and_removes_the_key() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run(&["logout"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!machine.home().join("default/device.key").exists());
    assert_eq!(machine.run(&["whoami"]).code, 3);
}
