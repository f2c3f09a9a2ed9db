//! Files through the small server: there and back, over cuts and kills, without doing anything twice.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::mini::MiniServer;
use crate::support::mini::files::Faults;
use crate::support::program::{Machine, Ran, ended, mode};

#[test]
fn files_of_all_sizes_come_back_as_they_were() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::create_dir(machine.path("in")).unwrap();
    for (index, size) in [0, 1, 65_535, 65_536, 65_537, 200_000].into_iter().enumerate() {
        let name = format!("size {size}.bin");
        fs::write(machine.path(&name), noise(size)).unwrap();
        let sent = machine.run(&["upload", &name, "--caption", "for @ada", "--json"]);
        assert_eq!(sent.code, 0, "{sent:?}");
        let line = &sent.json()[0];
        assert_eq!(
            (&line["type"], &line["name"], &line["size"], &line["room"], &line["seq"]),
            (&"uploaded".into(), &name.clone().into(), &size.into(), &"lobby".into(), &(index + 1).into())
        );
        let got = machine.run(&["download", "lobby", "--latest", "--out", "in", "--json"]);
        assert_eq!(got.code, 0, "{got:?}");
        assert_eq!(got.json()[0]["name"], name.as_str());
        let path = machine.path("in").join(&name);
        assert_eq!(fs::read(&path).unwrap(), noise(size), "{size}");
        assert_eq!(mode(&path), 0o600);
    }
    assert_eq!(files_in(&machine.path("in")).len(), 6, "nothing unfinished is left");
    assert_eq!(files_in(&machine.home().join("default/spool")), Vec::<String>::new());
}

#[test]
fn what_is_sent_is_listed_found_and_read_by_programs() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("tea.txt"), "the kettle\n").unwrap();
    assert_eq!(machine.run(&["upload", "tea.txt", "--caption", "hot @ada"]).code, 0);
    let history = machine.run(&["history"]);
    assert!(history.out.ends_with("ada: [file] tea.txt (11 B, text/plain): hot @ada\n"), "{history:?}");
    let line = machine.run(&["history", "--json"]).json().remove(0);
    assert_eq!(
        (&line["kind"], &line["name"], &line["media"], &line["size"], &line["caption"], &line["passphrase"]),
        (
            &"file".into(),
            &"tea.txt".into(),
            &"text/plain".into(),
            &11.into(),
            &"hot @ada".into(),
            &false.into()
        )
    );
    assert!(
        line["blob"].as_str().is_some_and(|blob| blob.len() == 64) && line.get("key").is_none(),
        "{line}"
    );
    let tail = machine.run(&["tail", "--room", "lobby", "--last", "1", "--count", "1", "--json"]);
    assert!(tail.json().iter().any(|line| line["kind"] == "file" && line["name"] == "tea.txt"), "{tail:?}");
    let found = machine.run(&["search", "--json", "kettle"]);
    assert_eq!(found.json().len(), 0, "the content is nobody's to search");
    assert_eq!(machine.run(&["search", "--json", "hot"]).json().len(), 1);
    assert!(!server.blobs()[0].windows(10).any(|window| window == b"the kettle"));
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("tea.txt"), "mine").unwrap();
    assert_eq!(machine.run(&["upload", "tea.txt"]).code, 0);
    for copy in ["tea (2).txt", "tea (3).txt"] {
        let got = machine.run(&["download", "lobby", "1"]);
        assert_eq!((got.code, got.out.trim()), (0, format!("./{copy}").as_str()), "{got:?}");
        assert_eq!(fs::read_to_string(machine.path(copy)).unwrap(), "mine");
    }
}

#[test]
fn after_a_cut_only_the_rest_is_sent_and_fetched() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("big.bin"), noise(3_000_000)).unwrap();
    server.break_files(Faults { cut_after: Some(1_000_000), ..Faults::default() });
    let sent = machine.run(&["upload", "big.bin"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let (came, _, begun) = server.file_traffic();
    assert!(begun == 2 && came < 3_000_000 + SPARE, "{begun} {came}");

    server.break_files(Faults { cut_after: Some(1_000_000), ..Faults::default() });
    let got = machine.run(&["download", "lobby", "1", "--out", "home"]);
    assert_eq!(got.code, 0, "{got:?}");
    assert_eq!(fs::read(machine.path("home/big.bin")).unwrap(), noise(3_000_000));
    let (_, went, _) = server.file_traffic();
    assert!(went < 3_000_000 + 2 * SPARE, "{went}");
}

#[test]
fn a_killed_upload_goes_on_with_the_same_sealed_bytes() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("big.bin"), noise(3_000_000)).unwrap();
    server.break_files(Faults { silent_after: Some(1_000_000), ..Faults::default() });
    kill_when(machine.start(&["upload", "big.bin"]), || 1_000_000 < server.file_traffic().0);
    server.break_files(Faults::default());

    let list = machine.run(&["upload", "--list", "--json"]);
    let line = &list.json()[0];
    assert_eq!(
        (&line["type"], &line["room"], &line["size"]),
        (&"unfinished".into(), &"lobby".into(), &3_000_000.into())
    );
    let sent = machine.run(&["upload", "big.bin"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    let (came, _, _) = server.file_traffic();
    assert!(came < 3_000_000 + SPARE, "it was sent from the beginning: {came}");
    assert_eq!(server.blobs().len(), 1);
    assert_eq!(machine.run(&["upload", "--list"]).out, "");
}

#[test]
fn a_killed_download_goes_on_with_what_is_there() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("big.bin"), noise(3_000_000)).unwrap();
    assert_eq!(machine.run(&["upload", "big.bin"]).code, 0);
    server.break_files(Faults { silent_after: Some(1_500_000), ..Faults::default() });
    let part = || files_in(&machine.path("home")).iter().any(|name| name.ends_with(".part"));
    let fetching = machine.start(&["download", "lobby", "1", "--out", "home"]);
    kill_when(fetching, || 1_500_000 < server.file_traffic().1 && part());
    server.break_files(Faults::default());

    let got = machine.run(&["download", "lobby", "1", "--out", "home"]);
    assert_eq!(got.code, 0, "{got:?}");
    assert_eq!(fs::read(machine.path("home/big.bin")).unwrap(), noise(3_000_000));
    let (_, went, _) = server.file_traffic();
    assert!(went < 3_000_000 + 2 * SPARE, "it was fetched from the beginning: {went}");
    assert!(!part());
}

#[test]
fn an_unfinished_upload_can_be_taken_up_by_its_id_or_given_up() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    server.break_files(Faults {
        refuses: Some((proto::refusal::Code::QuotaExceeded, "your files take 10 GiB already")),
        ..Faults::default()
    });
    for name in ["one.txt", "two.txt"] {
        fs::write(machine.path(name), name).unwrap();
        let refused = machine.run(&["upload", name, "--json"]);
        assert_eq!((refused.code, &refused.json()[0]["code"]), (4, &"quota_exceeded".into()), "{refused:?}");
        assert!(refused.err.contains("10 GiB") && refused.err.contains("remove"), "{}", refused.err);
    }
    server.break_files(Faults::default());
    let ids: Vec<_> = machine.run(&["upload", "--list", "--json"]).json();
    let id = |source: &str| {
        let line = ids.iter().find(|line| line["source"].as_str().unwrap().ends_with(source)).unwrap();
        line["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(machine.run(&["upload", "--forget", &id("one.txt")]).code, 0);
    assert_eq!(machine.run(&["upload", "--resume", &id("one.txt")]).code, 1);
    assert_eq!(machine.run(&["upload", "--resume", &id("two.txt")[..6]]).code, 0);
    assert_eq!(machine.run(&["history"]).out.lines().count(), 1);
    assert_eq!(files_in(&machine.home().join("default/spool")), Vec::<String>::new());
}

#[test]
fn several_files_go_one_after_the_other_and_a_missing_one_is_told() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    for name in ["one.txt", "two.txt"] {
        fs::write(machine.path(name), name).unwrap();
    }
    let ran = machine.run(&["upload", "one.txt", "no such file", "two.txt"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.err.contains("no such file"), "{}", ran.err);
    assert_eq!(machine.run(&["history"]).out.lines().count(), 2);
    assert_eq!(machine.run(&["upload", "."]).code, 1, "a folder is no file");
}

#[test]
fn a_locked_file_needs_its_passphrase_and_hides_its_name() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("plans.txt"), "the plan").unwrap();
    fs::write(machine.path("pass"), "seven bees\n").unwrap();
    fs::write(machine.path("wrong"), "six bees\n").unwrap();
    assert_eq!(machine.run(&["upload", "plans.txt", "--passphrase-file", "pass"]).code, 0);
    let history = machine.run(&["history"]);
    assert!(history.out.contains("[locked file] (8 B)") && !history.out.contains("plans"), "{history:?}");

    let fetch =
        |pass: &str| machine.run(&["download", "lobby", "1", "--out", "home", "--passphrase-file", pass]);
    let wrong = fetch("wrong");
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(!machine.path("home/plans.txt").exists());
    assert_eq!(fetch("pass").code, 0);
    assert_eq!(fs::read_to_string(machine.path("home/plans.txt")).unwrap(), "the plan");
    let unasked = machine.run(&["download", "lobby", "1"]);
    assert!(unasked.code == 1 && unasked.err.contains("--passphrase-file"), "{unasked:?}");
}

#[test]
fn the_line_mode_sends_and_fetches_while_people_talk() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("my tea.txt"), "hot").unwrap();
    let ran = machine.run_with(&["--plain"], "/upload 'my tea.txt' the kettle\n/upload nowhere.txt\n");
    assert_eq!(ran.code, 6, "one of the two cannot be sent: {ran:?}");
    assert!(ran.out.contains("ada: [file] my tea.txt (3 B, text/plain): the kettle"), "{ran:?}");
    assert!(ran.err.contains("is in #lobby as [1]") && ran.err.contains("nowhere.txt"), "{ran:?}");

    let ran = machine.run_with(&["--plain"], "/download 1 home\n/files\n/reveal 1\n");
    assert!(ran.err.contains("home/my tea.txt"), "{ran:?}");
    assert!(ran.out.contains("[file] my tea.txt"), "{ran:?}");
    assert!(ran.err.contains("--hide-pass-file"), "a passphrase is not read from a pipe: {ran:?}");
    assert_eq!(fs::read_to_string(machine.path("home/my tea.txt")).unwrap(), "hot");
}

#[test]
fn progress_is_told_without_control_characters_when_nobody_watches() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("tea.txt"), "hot").unwrap();
    let Ran { code, out, err } = machine.run(&["upload", "tea.txt"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.chars().all(|c| c == '\n' || !c.is_control()), "{err:?}");
}

#[test]
fn an_interrupted_upload_says_how_it_goes_on() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    fs::write(machine.path("big.bin"), noise(2_000_000)).unwrap();
    server.break_files(Faults { silent_after: Some(500_000), ..Faults::default() });
    let child = machine.start(&["upload", "big.bin", "--json"]);
    wait_until(|| 500_000 < server.file_traffic().0);
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let ran = ended(child);
    assert_eq!((ran.code, &ran.json()[0]["code"]), (2, &"interrupted".into()), "{ran:?}");
    let id = machine.run(&["upload", "--list", "--json"]).json()[0]["id"].as_str().unwrap().to_owned();
    assert!(ran.err.contains(&format!("chat upload --resume {id}")), "{ran:?}");
}

/// Kills a program once this is so.
fn kill_when(mut child: Child, is_so: impl Fn() -> bool) {
    wait_until(is_so);
    // What was read before is on its way to the disk.
    std::thread::sleep(Duration::from_millis(100));
    child.kill().unwrap();
    ended(child);
}

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "it did not come that far");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn files_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    paths.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Bytes that look random and are the same each time.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// More than a window and a chunk: what may be moved twice at each interruption.
const SPARE: u64 = 450_000;
