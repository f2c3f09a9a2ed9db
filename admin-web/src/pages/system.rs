//! The server behind the pages: versions, files, what the daemon says about itself, what was set.

use std::path::Path;

use askama::Template;
use domain::audit::Action as Act;
use store::AuditFilter;

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
    backups: Vec<Backup>,
}

/// A copy of the database that was made.
struct Backup {
    when: When,
    /// Its name, its size, and whether it was verified.
    words: String,
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
/// A newest backup that is older than this is worth a word.
const BACKUP_MS: i64 = 7 * 86_400_000;
/// How many of the newest backups are shown.
const BACKUPS: usize = 5;

/// Shows the page.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    let now = call.now;
    let copies = AuditFilter { action: Some(Act::BackupMade), ..AuditFilter::default() };
    let (status, head, accounts, incarnation, copies) = call
        .app
        .store
        .read(move |reads| {
            let head = reads.audit_head()?.0.0;
            let copies = reads.audit_page(&copies, None, BACKUPS)?.items;
            Ok((reads.status()?, head, reads.account_count()?, reads.incarnation()?, copies))
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
        check(
            copies.first().is_some_and(|row| now.0.saturating_sub(row.event.at.0) < BACKUP_MS),
            "The newest backup is less than a week old.",
            "No backup was made in the last seven days: chatd backup --verify FILE",
        ),
    ];
    let files = files(&call.app.data_dir);
    let backups = copies
        .into_iter()
        .map(|row| Backup { when: When::new(row.event.at, now), words: row.event.detail.to_string() })
        .collect();
    let status = status
        .into_iter()
        .map(|(key, row)| Status { key, value: row.value, when: When::new(row.at, now) })
        .collect();
    Ok(Reply::page(&Page { shell: call.shell, facts, files, status, checks, backups }))
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
