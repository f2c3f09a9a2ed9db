//! What operators read of a running server, and that the alert rules and the manual are about the same.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::bench::{Bench, End};
use crate::running::Server;

const RULES: &str = include_str!("../../../deploy/prometheus/chatd.rules.yml");
const TESTS: &str = include_str!("../../../deploy/prometheus/chatd.test.yml");
const DASHBOARD_RULES: &str = include_str!("../../../deploy/prometheus/admin-web.rules.yml");
const DASHBOARD_TESTS: &str = include_str!("../../../deploy/prometheus/admin-web.test.yml");
const MANUAL: &str = include_str!("../../../docs/MANUAL.md");

#[test]
fn the_alert_rules_name_only_metrics_that_are_served() {
    let bench = Bench::with_owner();
    let server = Server::start(&bench);
    let page = get(&server, "/metrics");
    let served: BTreeSet<&str> = page.lines().filter_map(|line| line.split(['{', ' ']).next()).collect();
    let named: BTreeSet<&str> = RULES
        .lines()
        .filter(|line| line.trim_start().starts_with("expr:"))
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .filter(|word| word.starts_with("chatd_") || word.starts_with("process_"))
        .collect();
    let unknown: Vec<_> = named.difference(&served).collect();
    assert!(unknown.is_empty() && 10 <= named.len(), "unknown: {unknown:?}, named: {named:?}");
}

#[test]
fn every_alert_has_a_test_and_a_section_of_the_manual() {
    for (rules, tests) in [(RULES, TESTS), (DASHBOARD_RULES, DASHBOARD_TESTS)] {
        for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
            assert!(tests.contains(&format!("alertname: {alert}\n")), "{alert} is not tested");
            assert!(MANUAL.contains(&format!("### {alert}\n")), "{alert} is not in the manual");
            assert!(
                rules.contains(&format!("docs/MANUAL.md#{}\"", alert.to_lowercase())),
                "{alert} does not link there"
            );
        }
    }
}

#[test]
fn doctor_finds_a_running_server_on_its_ports() {
    let bench = Bench::with_owner();
    let server = Server::start(&bench);
    let listen = format!("listen={}", address(&server, "  chat "));
    let metrics = format!("metrics_listen={}", address(&server, "  metrics "));
    let ended = bench.chatd(&["--set", &listen, "--set", &metrics, "doctor"]).end();
    assert_eq!(ended.stdout.matches("chatd is running on").count(), 2, "{ended:?}");
    assert_eq!(get(&server, "/readyz").lines().last(), Some("ready"));
}

fn address(server: &Server, line: &str) -> String {
    let line = server.said.lines().find_map(|said| said.strip_prefix(line)).unwrap().trim_start();
    line.trim_start_matches("http://").split(['/', ' ']).next().unwrap().to_owned()
}

fn get(server: &Server, path: &str) -> String {
    let mut stream = TcpStream::connect(address(server, "  metrics ")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
