//! Reports, appeals, held and slow messages: what the program does and says.

use proto::ids::{AccountId, Timestamp};
use proto::message::{Command, Event, NoticeKind, ReportCategory, ReportWhat};
use proto::refusal::Code;
use proto::text::Text;

use crate::support::mini::MiniServer;
use crate::support::program::{Machine, ended};

#[test]
fn a_report_is_made_and_its_outcome_listed() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run(&[
        "report",
        "--seq",
        "1",
        "--seq",
        "2",
        "--category",
        "spam",
        "--note",
        "all day",
        "--json",
    ]);
    assert_eq!((ran.code, ran.json()[0]["report_id"].as_u64()), (0, Some(1)), "{ran:?}");
    let did = server.did();
    let Command::Report { what: ReportWhat::Messages { seqs, .. }, category, note } = &did[0] else {
        panic!("{did:?}")
    };
    assert_eq!((seqs.len(), *category, &**note), (2, ReportCategory::Spam, "all day"));

    let ran = machine.run(&["report", "--name", "@mallory"]);
    assert_eq!((ran.code, ran.out.trim()), (0, "2"), "{ran:?}");
    let ran = machine.run(&["reports"]);
    assert!(ran.out.contains("2 messages of mallory  (spam)  acted on: thank you"), "{ran:?}");
    let listed = machine.run(&["reports", "--json"]).json();
    assert_eq!((listed.len(), listed[0]["state"].as_str()), (2, Some("actioned")));
}

#[test]
fn a_report_that_makes_no_sense_is_refused() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    for arguments in [
        &["report"][..],
        &["report", "--seq", "1", "--name", "bob"],
        &["report", "--name", "bob", "--category", "boring"],
        &["report", "--seq", "0"],
    ] {
        assert_eq!(machine.run(arguments).code, 1, "{arguments:?}");
    }
    assert_eq!(machine.run(&["report", "--name", "nobody"]).code, 4);
    assert_eq!(server.did(), []);
}

#[test]
fn a_banned_person_is_told_why_and_can_appeal_once() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "mallory");
    server.ban("mallory", Code::Banned, "This account is banned until Friday: spam.");
    let ran = machine.run(&["send", "hello"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("until Friday: spam") && ran.err.contains("chat appeal"), "{}", ran.err);

    let ran = machine.run(&["appeal", "--text", "It was my brother."]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("until Friday: spam") && ran.err.contains("have your appeal"), "{}", ran.err);
    assert_eq!(server.appeals(), ["It was my brother."]);

    let ran = machine.run_with(&["appeal", "--text", "-"], "again\n");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("one appeal for each ban"), "{}", ran.err);
    let ran = machine.run(&["appeal"]);
    assert_eq!(ran.code, 1, "nobody is there to ask: {ran:?}");
    assert_eq!(server.appeals().len(), 1);
}

#[test]
fn a_device_that_has_to_log_in_appeals_with_password_and_code() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "mallory");
    server.forget_devices();
    server.ban("mallory", Code::Banned, "Banned.");
    let (password, totp) = (machine.path("password"), machine.path("totp"));
    let (password, totp) = (password.to_str().unwrap(), totp.to_str().unwrap());
    let ran = machine.run(&[
        "appeal",
        "--text",
        "sorry",
        "--password-file",
        password,
        "--totp-secret-file",
        totp,
        "--json",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()[0]["type"].as_str(), Some("appealed"));
    assert_eq!(server.appeals(), ["sorry"]);
}

#[test]
fn who_is_not_banned_or_may_not_appeal_is_told_so() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run(&["appeal", "--text", "why"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("not banned"), "{}", ran.err);
    server.ban("ada", Code::BannedNoAppeal, "This account is banned for good.");
    let ran = machine.run(&["appeal", "--text", "why"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("banned for good") && !ran.err.contains("chat appeal"), "{}", ran.err);
    assert_eq!(server.appeals(), Vec::<String>::new());
}

#[test]
fn a_held_message_is_7_and_said_by_nobody() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run(&["send", "hold me"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.err.contains("waits for a moderator: links wait"), "{}", ran.err);
    let ran = machine.run_with(&["--plain"], "hold me\nfine\n");
    assert!(ran.err.contains("nobody else sees it yet: links wait"), "{}", ran.err);
    assert_eq!(server.texts("lobby"), ["fine"]);
}

#[test]
fn in_slow_mode_a_line_is_sent_by_itself_when_its_time_comes() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run_with(&["--plain"], "slow\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("slow mode: your message is sent by itself in 1 s"), "{}", ran.err);
    assert_eq!(server.texts("lobby"), ["slow"]);
}

#[test]
fn moderators_commands_reach_the_server_from_lines_and_from_programs() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "mia");
    let typed = "/mute here mallory 10m calm\n/unmute mallory\n/roomban mallory 1h\n/roomunban mallory\n/slow 30s\n/raid 2 1h bots\n/purge mallory 2h spam\n";
    let ran = machine.run_with(&["--plain"], typed);
    assert_eq!(ran.code, 0, "{ran:?}");
    let objects = [
        r#"{"cmd":"mute","room":"lobby","name":"mallory","seconds":600,"reason":"calm"}"#,
        r#"{"cmd":"unmute","name":"mallory"}"#,
        r#"{"cmd":"room_ban","room":"lobby","name":"mallory","seconds":3600}"#,
        r#"{"cmd":"room_unban","room":"lobby","name":"mallory"}"#,
        r#"{"cmd":"slow","room":"lobby","seconds":30}"#,
        r#"{"cmd":"raid","level":2,"minutes":60,"reason":"bots"}"#,
        r#"{"cmd":"purge","name":"mallory","seconds":7200,"reason":"spam"}"#,
        r#"{"cmd":"report","room":"lobby","seqs":[1]}"#,
        r#"{"cmd":"report","seqs":[1],"name":"bob"}"#,
    ];
    let ran = machine.run_with(&["run"], &(objects.join("\n") + "\n"));
    assert_eq!(ran.code, 6, "the last is refused: {ran:?}");
    let did = server.did();
    assert_eq!(did.len(), 15, "{did:?}");
    assert_eq!(did[..7], did[7..14]);
}

#[test]
fn what_moderators_did_is_told_to_programs() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let mut child = machine.start(&["run"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let mut next = |wanted: &str| loop {
        let line: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        if line["type"] == wanted {
            return line;
        }
    };
    next("ready");
    let room = crate::support::lobby();
    server.tell_all(&Event::RoomPosture { room, slow_seconds: 30, locked: true });
    let (account, since, upto) = (AccountId::new(9_999).unwrap(), Timestamp(0), Timestamp(1_000));
    server.tell_all(&Event::Purged { account, since, upto });
    server.tell_all(&Event::Restored { account, since, upto });
    server.tell_all(&Event::Notice { kind: NoticeKind::Announcement, text: Text::cut("Lunch.") });
    let posture = next("room_posture");
    assert_eq!((posture["slow_seconds"].as_u64(), posture["locked"].as_bool()), (Some(30), Some(true)));
    let purged = next("purged");
    assert_eq!(
        (purged["account_id"].as_u64(), purged["upto"].as_str()),
        (Some(9_999), Some("1970-01-01T00:00:01.000Z"))
    );
    next("restored");
    assert_eq!(next("notice")["kind"].as_str(), Some("announcement"));
    std::io::Write::write_all(&mut stdin, b"{\"cmd\":\"rooms\"}\n").unwrap();
    assert_eq!(next("answer")["rooms"][0]["locked"].as_bool(), Some(true));
    drop(stdin);
    drop(lines);
    ended(child);
}

#[test]
fn where_moderators_approve_accounts_one_applies_without_an_invite_and_waits() {
    let server = MiniServer::start();
    let status = Machine::joined(&server, "ada").run(&["status", "--json"]).json();
    let key = status[0]["server_key"].as_str().unwrap();
    server.approve_each();
    let machine = Machine::new();
    let (password, totp, codes) = (machine.path("password"), machine.path("totp"), machine.path("codes"));
    let [password, totp, codes] = [&password, &totp, &codes].map(|path| path.to_str().unwrap());
    let address = format!("127.0.0.1:{}", server.port);
    let ran = machine.run(&[
        "join",
        "--server",
        &address,
        "--server-key",
        key,
        "--name",
        "bob",
        "--application",
        "Bob from next door",
        "--password-file",
        password,
        "--totp-secret-out",
        totp,
        "--recovery-out",
        codes,
    ]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.err.contains("goodbye") && ran.err.contains("come back later"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(codes).unwrap().lines().count(), 10, "the codes are shown this once");
    assert_eq!(server.applications(), ["Bob from next door"]);
    let ran = machine.run(&["send", "hello"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.err.contains("yet to approve"), "{}", ran.err);

    let arguments = ["join", "--server", &address, "--server-key", "nonsense", "--name", "eve"];
    assert_eq!(Machine::new().run(&arguments).code, 1);
}
