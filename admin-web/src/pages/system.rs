//! The server behind the pages: versions, files, what the daemon says about itself, what was set.

use std::path::Path;

use askama::Template;

use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::shell::Shell;
use crate::time::{When, bytes, grouped, span_ms};

#[derive(Template)]
#[template(path = "system.html")]
struct Page {
    shell: Shell,
    facts: Vec<(&'static str, String)>,
    files: Vec<(String, String)>,
    status: Vec<Status>,
    checks: Vec<Check>,
}

/// A line of what a process says about itself.
struct Status {
    key: String,
    value: String,
    when: When,
}

/// Something that should be so.
struct Check {
    tone: &'static str,
    words: String,
}

/// A daemon that has not written its state for this long is not running.
const SILENT_MS: i64 = 30_000;

/// Shows the page.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    let now = call.now;
    let (status, head, accounts, incarnation) = call
        .app
        .store
        .read(|reads| {
            Ok((reads.status()?, reads.audit_head()?.0.0, reads.account_count()?, reads.incarnation()?))
        })
        .await?;
    let stats = call.app.store.stats();
    let facts = vec![
        ("admin-web", env!("CARGO_PKG_VERSION").to_owned()),
        ("chatd", status.get("chatd.version").map_or_else(|| "not seen".to_owned(), |row| row.value.clone())),
        ("Accounts", grouped(accounts)),
        ("Audit events", grouped(head)),
        ("Write-ahead log", bytes(stats.wal_bytes)),
        ("Newest commit", span_ms(u64::try_from(stats.last_commit.as_millis()).unwrap_or(u64::MAX))),
        ("Incarnation", format!("{incarnation:016x}")),
    ];
    let is_running =
        status.get("chatd.version").is_some_and(|row| now.0.saturating_sub(row.at.0) < SILENT_MS);
    let check = |holds: bool, good: &str, bad: &str| Check {
        tone: if holds { "good" } else { "warn" },
        words: if holds { good.to_owned() } else { bad.to_owned() },
    };
    let checks = vec![
        check(
            is_running,
            "chatd is running.",
            "chatd has not been heard of for 30 seconds: systemctl status chatd",
        ),
        check(
            !stats.halted,
            "The database takes writes.",
            "Writing has stopped; the log says why. Check the disk, then restart.",
        ),
        check(
            call.app.is_encrypted,
            "Browsers reach this page over TLS.",
            "This page is served without TLS. That is fine on this machine alone; see tls and behind_proxy.",
        ),
    ];
    let files = files(&call.app.data_dir);
    let status = status
        .into_iter()
        .map(|(key, row)| Status { key, value: row.value, when: When::new(row.at, now) })
        .collect();
    Ok(Reply::page(&Page { shell: call.shell, facts, files, status, checks }))
}

/// The database, its log and the copies beside it, with their sizes.
fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let sized = entries.filter_map(|entry| {
        let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let name = entry.file_name().into_string().ok()?;
        name.starts_with("chat.db").then(|| (name, bytes(metadata.len())))
    });
    let mut files: Vec<_> = sized.collect();
    files.sort();
    files
}
