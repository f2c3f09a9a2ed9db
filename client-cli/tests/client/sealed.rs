//! Sealed rooms through the whole client, against a server that follows groups and keeps what it sees.

use std::path::Path;

use client_cli::TotpSecret;
use proto::bytes::Bytes;
use proto::ids::{DeviceId, Epoch, StampMac};
use proto::message::{Content, Stamp};
use sealed::Body;
use serde_json::Value;

use crate::support::mini::MiniServer;
use crate::support::program::{Machine, Ran};

#[test]
fn two_people_talk_in_a_sealed_room_and_the_server_has_neither_words_nor_name() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    let sent = ada.run(&["send", "--room", "~board", "the eagle has landed", "--json"]);
    assert_eq!((sent.code, &sent.json()[0]["type"]), (0, &"sent".into()), "{sent:?}");
    let number = sent.json()[0]["seq"].to_string();
    let reply = bob.run(&["send", "--room", "board", "--reply-to", &number, "good"]);
    assert_eq!(reply.code, 0, "{reply:?}");

    let read = ada.run(&["history", "--room", "~board", "--json"]);
    let said: Vec<_> = read.json().iter().filter(|line| line["kind"] == "text").cloned().collect();
    assert_eq!(words(&said), ["the eagle has landed", "good"], "{read:?}");
    assert_eq!((&said[1]["author"], said[1]["reply_to"].to_string()), (&"bob".into(), number));

    let found = bob.run(&["search", "EAGLE", "--json"]);
    assert_eq!(words(&found.json()), ["the eagle has landed"], "{found:?}");
    let rooms = bob.run(&["rooms"]);
    assert!(
        rooms.out.contains("~board  ") && rooms.out.contains("only its members can read it"),
        "{rooms:?}"
    );
    assert!(rooms.out.contains("(open: the server can read it)"), "{rooms:?}");

    let held = server.bytes_of(server.sealed_room());
    for secret in [&b"eagle"[..], b"board", b"money", b"good"] {
        assert!(!held.windows(secret.len()).any(|part| part == secret));
    }
}

#[test]
fn a_conversation_of_two_is_sealed_and_is_one_room_from_both_sides() {
    let server = MiniServer::start();
    let (ada, bob) = (Machine::joined(&server, "ada"), Machine::joined(&server, "bob"));
    let sent = ada.run(&["send", "--room", "@bob", "lunch?"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let answered = bob.run(&["send", "--room", "@ada", "yes"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    let read = ada.run(&["history", "--room", "@bob", "--json"]);
    assert_eq!(words(&read.json()), ["lunch?", "yes"], "{read:?}");
    assert_eq!(server.leaves(server.sealed_room()), 2);
}

#[test]
fn who_has_no_keys_is_named_and_nothing_is_sent() {
    let server = MiniServer::start();
    let ada = Machine::joined(&server, "ada");
    let refused = ada.run(&["send", "--room", "@nobody", "hello", "--json"]);
    assert_eq!((refused.code, &refused.json()[0]["code"]), (4, &"no_such_account".into()), "{refused:?}");
}

#[test]
fn a_message_and_a_commit_whose_answers_are_lost_are_there_once() {
    let server = MiniServer::start();
    let (ada, bob) = (Machine::joined(&server, "ada"), Machine::joined(&server, "bob"));
    assert_eq!(ada.run(&["room", "create", "--sealed", "board"]).code, 0);
    server.cut_after("commit");
    let invited = ada.run(&["room", "invite", "~board", "bob"]);
    assert_eq!(invited.code, 0, "{invited:?}");
    server.cut_after("send");
    let sent = ada.run(&["send", "--room", "~board", "once"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let read = bob.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&read)), ["once"], "{read:?}");
    assert_eq!(server.leaves(server.sealed_room()), 2);
}

#[test]
fn what_was_written_and_not_sent_is_sent_by_the_next_start_in_order() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    server.deaf_to("send", true);
    let kept = ada.run(&["--timeout", "2", "send", "--room", "~board", "--keep", "first"]);
    assert_eq!(kept.code, 2, "{kept:?}");
    // The keys change meanwhile: what was sealed before is sealed anew, not sent as it was.
    let carol = Machine::joined(&server, "carol");
    let invited = bob.run(&["--timeout", "5", "room", "invite", "~board", "carol"]);
    assert_eq!(invited.code, 4, "only admins let people in: {invited:?}");
    server.deaf_to("send", false);
    let sent = ada.run(&["send", "--room", "~board", "second"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let read = bob.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&read)), ["first", "second"], "{read:?}");
    drop(carol);
}

#[test]
fn a_message_that_is_not_even_sealed_in_time_is_not_sent_later_also_with_keep() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    server.deaf_to("everything", true);
    let late = ada.run(&["--timeout", "1", "send", "--room", "~board", "--keep", "late"]);
    assert_eq!(late.code, 2, "{late:?}");
    assert!(late.err.contains("not sent") && !late.err.contains("kept"), "{late:?}");
    server.deaf_to("everything", false);
    assert_eq!(ada.run(&["send", "--room", "~board", "in time"]).code, 0);
    let read = bob.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&read)), ["in time"], "{read:?}");
}

#[test]
fn a_program_killed_between_the_vault_and_the_answer_sends_the_same_bytes_again() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    let before = server.came().len();
    server.deaf_to("send", true);
    let mut killed = ada.start(&["run"]);
    let command = "{\"cmd\":\"send\",\"room\":\"~board\",\"text\":\"once\"}\n";
    std::io::Write::write_all(killed.stdin.as_mut().unwrap(), command.as_bytes()).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(40);
    while server.came().len() == before {
        assert!(std::time::Instant::now() < deadline, "the message comes within 40 s");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    server.deaf_to("send", false);

    assert_eq!(ada.run(&["send", "--room", "~board", "twice"]).code, 0);
    let came = server.came();
    assert_eq!(came[before], came[before + 1], "a key is used for one message");
    let read = bob.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&read)), ["once", "twice"], "{read:?}");
}

#[test]
fn messages_are_changed_reacted_to_and_removed_by_their_numbers() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    let said: Vec<_> = ["tea?", "coffee?"]
        .iter()
        .map(|text| ada.run(&["send", "--room", "~board", text, "--json"]).json()[0]["seq"].to_string())
        .collect();
    let act = |machine: &Machine, act: &str| {
        let ran = machine.run_with(&["run"], &format!("{act}\n"));
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    act(
        &ada,
        &format!("{{\"cmd\":\"edit\",\"room\":\"~board\",\"seq\":{},\"text\":\"green tea?\"}}", said[0]),
    );
    act(&bob, &format!("{{\"cmd\":\"edit\",\"room\":\"~board\",\"seq\":{},\"text\":\"no tea\"}}", said[0]));
    act(&bob, &format!("{{\"cmd\":\"react\",\"room\":\"~board\",\"seq\":{},\"emoji\":\"👍\"}}", said[0]));
    act(&ada, &format!("{{\"cmd\":\"delete\",\"room\":\"~board\",\"seq\":{}}}", said[1]));
    for machine in [&ada, &bob] {
        let read = machine.run(&["history", "--room", "~board", "--json"]);
        let lines = read.json();
        let of = |number: &str| {
            let number: Value = serde_json::from_str(number).unwrap();
            lines.iter().find(|line| line["seq"] == number).unwrap().clone()
        };
        assert_eq!(
            (&of(&said[0])["text"], of(&said[1])["kind"].clone()),
            (&"green tea?".into(), "removed".into())
        );
        assert_eq!(of(&said[0])["reactions"][0]["emoji"], "👍", "{read:?}");
    }
}

#[test]
fn who_is_evicted_is_out_before_the_next_word_and_reads_no_more() {
    let server = MiniServer::start();
    let (ada, mallory) = room_of(&server, "mallory");
    assert_eq!(ada.run(&["send", "--room", "~board", "before"]).code, 0);
    assert_eq!(mallory.run(&["history", "--room", "~board"]).code, 0);
    server.evict(server.sealed_room(), "mallory");
    let sent = ada.run(&["send", "--room", "~board", "after"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    assert_eq!(server.leaves(server.sealed_room()), 1);
    let read = mallory.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&read)), ["before"], "{read:?}");
    let tried = mallory.run(&["send", "--room", "~board", "still here"]);
    assert_eq!(tried.code, 4, "{tried:?}");
}

#[test]
fn who_is_put_out_by_an_admin_reads_no_more() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    let refused = bob.run(&["room", "remove", "~board", "ada", "--json"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert_eq!(ada.run(&["room", "remove", "~board", "bob"]).code, 0);
    assert_eq!(ada.run(&["send", "--room", "~board", "alone"]).code, 0);
    let read = bob.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&read)), Vec::<String>::new(), "{read:?}");
}

#[test]
fn a_second_device_reads_from_its_approval_on_and_not_before() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    assert_eq!(bob.run(&["send", "--room", "~board", "for the first device"]).code, 0);
    let second = Machine::new();
    let login = log_in(&second, &server, "ada");
    assert_eq!(login.code, 0, "{login:?}");
    assert!(login.err.contains("until another of yours approves it"), "{login:?}");
    let refused = second.run(&["send", "--room", "~board", "hello", "--json"]);
    assert_eq!(refused.code, 4, "it knows no room of that name: {refused:?}");

    let listed = ada.run(&["devices", "--json"]).json();
    let asks = listed.iter().find(|line| line["state"] == "asks").unwrap().clone();
    let (device, code) = (asks["device_id"].to_string(), asks["code"].as_str().unwrap().to_owned());
    let wrong = ada.run(&["devices", "approve", &device, "--code", "00000 00000 00000 00000"]);
    assert_eq!(wrong.code, 5, "{wrong:?}");
    let approved = ada.run(&["devices", "approve", &device, "--code", &code]);
    assert_eq!(approved.code, 0, "{approved:?}");

    // Somebody has to be there who knows what the room is called.
    let (mut there, mut comes) = (ada.start(&["run"]), second.start(&["run"]));
    let mut lines = lines_of(&mut comes);
    wait_for(&mut lines, "\"room\":\"board\"");
    assert_eq!(bob.run(&["send", "--room", "~board", "for both"]).code, 0);
    wait_for(&mut lines, "for both");
    for child in [&mut there, &mut comes] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let read = second.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&read)), ["for both"], "{read:?}");
}

#[test]
fn people_compare_the_same_number_and_a_match_is_remembered() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    let (one, other) = (ada.run(&["verify", "bob", "--json"]), bob.run(&["verify", "ada", "--json"]));
    assert_eq!(one.json()[0]["safety_number"], other.json()[0]["safety_number"], "{one:?} {other:?}");
    assert_eq!(one.json()[0]["trust"], "seen");
    assert_eq!(ada.run(&["verify", "bob", "--matches"]).code, 0);
    assert_eq!(ada.run(&["verify", "bob", "--json"]).json()[0]["trust"], "verified");
}

#[test]
fn a_report_opens_the_chosen_messages_with_their_proof_and_no_others() {
    let server = MiniServer::start();
    let (ada, mallory) = room_of(&server, "mallory");
    let mut numbers = Vec::new();
    for text in ["harmless", "I will find you", "private"] {
        let sent = mallory.run(&["send", "--room", "~board", text, "--json"]);
        numbers.push(sent.json()[0]["seq"].to_string());
    }
    let report = ada.run(&["report", "--room", "~board", "--seq", &numbers[1], "--category", "threat"]);
    assert_eq!(report.code, 0, "{report:?}");
    let opened = server.opened();
    let bodies: Vec<_> = opened.iter().map(|opened| Body::decode(&opened.body).unwrap()).collect();
    assert!(matches!(&bodies[..], [Body::Text { body, .. }] if &**body == "I will find you"), "{opened:?}");
    let missing = ada.run(&["report", "--room", "~board", "--seq", "99", "--json"]);
    assert_eq!((missing.code, &missing.json()[0]["code"]), (4, &"no_such_entry".into()), "{missing:?}");
}

#[test]
fn a_file_in_a_sealed_room_comes_as_it_was_sent_and_its_name_stays_with_the_members() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    std::fs::write(ada.path("plans.txt"), "meet at noon").unwrap();
    let sent = ada.run(&["upload", "plans.txt", "--to", "~board", "--caption", "read this"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let fetched = bob.run(&["download", "~board", "--latest"]);
    assert_eq!(fetched.code, 0, "{fetched:?}");
    assert_eq!(std::fs::read_to_string(bob.path("plans.txt")).unwrap(), "meet at noon");
    let held = server.bytes_of(server.sealed_room());
    assert!(!held.windows(5).any(|part| part == b"plans"));
    let file = ada.run(&["history", "--room", "~board"]);
    assert!(file.out.contains("[file] plans.txt (12 B, text/plain): read this"), "{file:?}");
}

#[test]
fn hostile_words_names_and_topics_reach_no_terminal_and_a_forged_entry_is_said_to_be_one() {
    let server = MiniServer::start();
    let (ada, mallory) = room_of(&server, "mallory");
    let hostile = "\u{1b}]0;owned\u{7}\u{202e}[1] 09:00 ada: I agree\n[2] 09:01 ada: really";
    let stamp = Stamp { kid: 1, mac: StampMac([3; 32]) };
    let message = Bytes::new(vec![1; 300]).unwrap();
    let device = DeviceId::new(78).unwrap();
    let forged = Content::Sealed { device, epoch: Epoch::new(1).unwrap(), message, blob: None, stamp };
    server.forge(server.sealed_room(), "mallory", forged);
    // Her own program would refuse it; she has written another one.
    let command = serde_json::json!({ "cmd": "send", "room": "~board", "text": hostile });
    let sent = mallory.run_with(&["run"], &format!("{command}\n"));
    assert_eq!(sent.code, 0, "{sent:?}");
    let read = ada.run(&["tail", "--room", "~board", "--last", "9", "--count", "2"]);
    assert!(read.err.contains("by mallory cannot be read"), "{read:?}");
    let shown = format!("{}{}", read.out, read.err);
    assert!(shown.chars().all(|letter| letter == '\n' || !letter.is_control()), "{shown:?}");
    assert!(
        !shown.contains('\u{202e}') && !shown.lines().any(|line| line.starts_with("[2] 09:01")),
        "{shown:?}"
    );
}

#[test]
fn a_device_that_moves_comes_into_its_rooms_anew_before_it_sends() {
    let server = MiniServer::start();
    let (ada, bob) = room_of_two(&server);
    assert_eq!(ada.run(&["send", "--room", "~board", "from the old machine"]).code, 0);
    let (file, pass) = (ada.path("ada.keys"), ada.path("pass"));
    std::fs::write(&pass, "correct horse battery\n").unwrap();
    let (file, pass) = (file.to_str().unwrap(), pass.to_str().unwrap());
    let exported = ada.run(&["keys", "export", file, "--passphrase-file", pass]);
    assert_eq!(exported.code, 0, "{exported:?}");

    let moved = Machine::new();
    let wrong =
        moved.run(&["keys", "import", file, "--dry-run", "--passphrase-file", own(&moved, "password")]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
    let looked = moved.run(&["keys", "import", file, "--dry-run", "--passphrase-file", pass, "--json"]);
    assert_eq!((looked.code, &looked.json()[0]["rooms"]), (0, &1.into()), "{looked:?}");
    assert!(!moved.home().join("default").exists());
    let imported = moved.run(&["keys", "import", file, "--yes", "--passphrase-file", pass]);
    assert_eq!(imported.code, 0, "{imported:?}");
    assert!(imported.err.contains("must not be used"), "{imported:?}");

    let before = server.bytes_of(server.sealed_room()).len();
    let sent = moved.run(&["send", "--room", "~board", "from the new machine"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    assert!(before < server.bytes_of(server.sealed_room()).len());
    let read = bob.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&read)), ["from the old machine", "from the new machine"], "{read:?}");
    let kept = moved.run(&["history", "--room", "~board", "--json"]);
    assert_eq!(words(&texts(&kept)), ["from the old machine", "from the new machine"], "{kept:?}");
    assert_eq!(server.leaves(server.sealed_room()), 2);
}

#[test]
fn a_passphrase_closes_the_keys_and_without_it_nothing_starts() {
    let server = MiniServer::start();
    let (ada, _) = room_of_two(&server);
    std::fs::write(ada.path("pass"), "correct horse battery\n").unwrap();
    assert_eq!(ada.run(&["keys", "close", "--passphrase-file", own(&ada, "pass")]).code, 0);
    let closed = ada.run(&["rooms", "--json"]);
    assert_eq!(closed.code, 1, "{closed:?}");
    let wrong = ada.run(&["rooms", "--json", "--keys-passphrase-file", own(&ada, "password")]);
    assert_eq!((wrong.code, &wrong.json()[0]["code"]), (1, &"wrong_passphrase".into()), "{wrong:?}");
    let opened = ada.run(&["keys", "check", "--keys-passphrase-file", own(&ada, "pass")]);
    assert_eq!(opened.code, 0, "{opened:?}");
}

fn room_of_two(server: &MiniServer) -> (Machine, Machine) {
    room_of(server, "bob")
}

/// A sealed room that ada made, with somebody in it.
fn room_of(server: &MiniServer, name: &str) -> (Machine, Machine) {
    let (ada, other) = (Machine::joined(server, "ada"), Machine::joined(server, name));
    let made = ada.run(&["room", "create", "--sealed", "board", "--topic", "money", "--json"]);
    assert_eq!((made.code, &made.json()[0]["server_reads"]), (0, &false.into()), "{made:?}");
    let invited = ada.run(&["room", "invite", "~board", name, "--json"]);
    assert_eq!((invited.code, &invited.json()[0]["devices"]), (0, &1.into()), "{invited:?}");
    (ada, other)
}

fn log_in(machine: &Machine, server: &MiniServer, name: &str) -> Ran {
    let secret = TotpSecret::parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let code = secret.code_at(now - 30);
    machine.log_in(server, name, &code)
}

fn own<'m>(machine: &Machine, name: &'m str) -> &'m str {
    assert!(Path::new(&machine.path(name)).exists());
    name
}

fn texts(ran: &Ran) -> Vec<Value> {
    ran.json().into_iter().filter(|line| line["kind"] == "text").collect()
}

fn words(lines: &[Value]) -> Vec<String> {
    lines.iter().filter_map(|line| line["text"].as_str().map(str::to_owned)).collect()
}

fn lines_of(child: &mut std::process::Child) -> impl Iterator<Item = String> + use<> {
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::lines(output).map_while(Result::ok)
}

fn wait_for(lines: &mut impl Iterator<Item = String>, wanted: &str) {
    assert!(lines.any(|line| line.contains(wanted)), "a line with {wanted:?} comes");
}
