//! `chatd config`: exit codes, origins, and the words for what is wrong.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::bench::{Bench, End};

#[test]
fn settings_that_can_be_used_end_with_0_and_others_with_64() {
    let bench = Bench::new();
    bench.write("good.toml", "[limits]\nmax_connections = 5\n");
    bench.write("bad.toml", "[limits]\nmax_connections = 0\n");
    let check =
        |file: &str| bench.bare().arg("--config").arg(bench.path(file)).args(["config", "check"]).end();
    assert!(check("good.toml").good().contains("1 of 23 keys set"));
    let ended = check("bad.toml");
    assert!(
        ended.refused(64).ends_with("bad.toml line 2: limits.max_connections: is 0, allowed is 1 to 1000000")
    );
    let ended = check("none.toml");
    assert!(ended.refused(64).contains("none.toml cannot be read"), "{ended:?}");
}

#[test]
fn an_unknown_key_names_the_nearest_known_one_wherever_it_comes_from() {
    let bench = Bench::new();
    bench.write("x.toml", "lisen = \"127.0.0.1:1\"\n");
    let ended = bench.bare().arg("--config").arg(bench.path("x.toml")).args(["config", "check"]).end();
    assert!(
        ended
            .refused(64)
            .ends_with("x.toml line 1: unknown key \"lisen\"; the nearest known key is \"listen\"")
    );
    let ended = bench.bare().env("CHATD__LOG__LEVL", "info").args(["config", "check"]).end();
    assert_eq!(
        ended.refused(64),
        "variable CHATD__LOG__LEVL: unknown key \"log.levl\"; the nearest known key is \"log.level\""
    );
    let ended = bench.bare().args(["--set", "drain=5", "config", "check"]).end();
    assert!(ended.refused(64).contains("the nearest known key is"), "{ended:?}");
}

#[test]
fn a_control_character_in_a_key_cannot_touch_the_terminal() {
    let bench = Bench::new();
    bench.write("x.toml", "\"\\u001b[2J\\u0007\" = 1\n");
    let ended = bench.bare().arg("--config").arg(bench.path("x.toml")).args(["config", "check"]).end();
    assert!(!ended.refused(64).contains(|c: char| c.is_control()), "{ended:?}");
}

#[test]
fn a_variable_that_is_not_text_is_none_of_ours() {
    let bench = Bench::new();
    let mut check = bench.bare();
    check.env("OTHER", OsStr::from_bytes(b"\xff")).args(["config", "check"]).end().good();
}

#[test]
fn print_shows_every_value_with_who_set_it() {
    let bench = Bench::with_owner();
    let mut print = bench.chatd(&["--set", "log.level=debug", "config", "print"]);
    let ended = print.env("CHATD__SERVER_NAME", "Ours").end();
    let lines: Vec<&str> = ended.good().lines().collect();
    assert_eq!(lines.len(), 23);
    let line = |key: &str| *lines.iter().find(|line| line.starts_with(key)).unwrap();
    assert!(line("log.level = \"debug\"").ends_with("# flag --set log.level"));
    assert!(line("server_name = \"Ours\"").ends_with("# variable CHATD__SERVER_NAME"));
    assert!(line("drain_seconds = 10").ends_with("# default"));
    assert!(line("data_dir = ").ends_with("# flag --data"));
    assert!(ended.stdout.parse::<toml::Table>().is_ok(), "what is printed can be read again");
}

#[test]
fn wrong_arguments_end_with_64_and_help_with_0() {
    let bench = Bench::new();
    assert_eq!(bench.bare().args(["fly"]).end().code, Some(64));
    assert_eq!(bench.bare().args(["run", "--listen", "nowhere"]).end().code, Some(64));
    assert_eq!(bench.bare().args(["user", "add", "a b"]).end().code, Some(64));
    for words in [&["--help"][..], &["run", "--help"], &["--version"]] {
        assert_eq!(bench.bare().args(words).end().code, Some(0), "{words:?}");
    }
}
