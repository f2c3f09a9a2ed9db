//! Metrics as an operator uses them: a real Prometheus scrapes `chatd`, its own linter finds nothing to say.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use tests::dashboard::Dashboard;
use tests::http;
use tests::program::{self, PATIENCE, Running};
use tests::prometheus::{Prometheus, tool};
use tests::seat::{self, LOBBY};
use tests::server::Setup;

const MOST_SERIES: usize = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_real_prometheus_scrapes_what_happens() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["bob", "zaphodbeeblebrox"])?;
    let secret_room = seat::room(&chatd, "heartofgold", &seats)?;
    let prometheus = Prometheus::watching(chatd.metrics_address())?;
    assert_eq!(prometheus.until("up{job=\"chatd\"}", |value| 0.0 < value)?, 1.0);

    let (mut bob, other) = (seats[0].enter(&chatd).await?, seats[1].enter(&chatd).await?);
    for _ in 0..7 {
        bob.say(LOBBY, "counted").await?;
        bob.say(secret_room, "counted").await?;
    }
    let sessions = prometheus.until("chatd_sessions", |value| value == 2.0)?;
    let messages = prometheus.until("sum(chatd_messages_total)", |value| 14.0 <= value)?;
    println!("Prometheus sees {sessions} sessions and {messages} messages");
    drop(other);
    prometheus.until("chatd_sessions", |value| value == 1.0)?;

    let page = chatd.metrics()?;
    for name in ["bob", "zaphodbeeblebrox", "heartofgold", "127.0.0.1"] {
        assert!(!page.contains(name), "a label tells {name}:\n{page}");
    }
    let series = page.lines().filter(|line| !line.starts_with('#')).count();
    assert!(series < MOST_SERIES, "{series} series");
    Ok(())
}

#[test]
fn prometheus_own_linter_accepts_the_page_and_finds_a_bad_one() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let page = chatd.metrics()?;
    lint(&page)?.good().context("promtool check metrics")?;
    let dashboard = Dashboard::start(&chatd)?;
    lint(&dashboard.metrics()?)?.good().context("promtool check metrics of the dashboard")?;
    let bad = format!("{page}# TYPE chatd_bad counter\nchatd_bad 1\n");
    assert_ne!(lint(&bad)?.code(), Some(0), "the linter finds nothing wrong with a counter without _total");
    Ok(())
}

fn lint(page: &str) -> Result<program::Ended> {
    let mut promtool = Running::start(Command::new(tool("promtool")?).args(["check", "metrics"]))?;
    promtool.type_in(page)?;
    promtool.wait(PATIENCE)
}

#[test]
fn health_and_readiness_are_told_and_end_with_the_process() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let address = chatd.metrics_address();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(http::get(address, path)?.status, 200, "{path}");
    }
    assert_eq!(http::get(address, "/nothing-here")?.status, 404);
    // The public port says nothing about any of it.
    assert!(http::get(chatd.address(), "/metrics").is_err());
    chatd.stop()?.good()?;
    assert!(http::get(address, "/healthz").is_err());
    Ok(())
}

#[test]
fn every_rule_for_prometheus_is_valid_and_its_tests_hold() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/prometheus");
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let words: &[&str] = match name.split_once('.') {
            Some((_, "rules.yml")) => &["check", "rules"],
            Some((_, "test.yml")) => &["test", "rules"],
            Some((_, "yml")) => &["check", "config"],
            _ => continue,
        };
        promtool(words, &path)?;
        seen.insert(words);
    }
    assert_eq!(seen.len(), 3, "rules, their tests and a configuration: {seen:?}");
    Ok(())
}

fn promtool(words: &[&str], file: &Path) -> Result<()> {
    let ended = program::run(Command::new(tool("promtool")?).args(words).arg(file), "")?;
    println!("{}", ended.stdout);
    ended.good().map(drop).with_context(|| file.display().to_string())
}

#[test]
fn every_metric_that_a_rule_names_is_on_the_page() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let dashboard = Dashboard::start(&chatd)?;
    let page = chatd.metrics()? + &after_a_page(&dashboard)?;
    let known: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/prometheus");
    for entry in std::fs::read_dir(folder)? {
        let text = std::fs::read_to_string(entry?.path())?;
        for word in text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
            let family =
                ["_bucket", "_sum", "_count"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
            let is_metric = word.starts_with("chatd_") || word.starts_with("admin_");
            assert!(
                !is_metric || known.contains(word) || known.contains(family),
                "{word} is not on the page"
            );
        }
    }
    Ok(())
}

/// A clock has no line before something was timed.
fn after_a_page(dashboard: &Dashboard) -> Result<String> {
    http::get(dashboard.address(), "/login")?;
    dashboard.metrics()
}
