//! `chatd audit verify` and `chatd audit export`: whether the audit log is whole, and its events for other programs.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use domain::audit::{Action, ChainHash, Target};
use domain::checkpoint::Checkpoint;
use proto::ids::AccountId;
use serde_json::json;
use store::{AuditRow, AuditSeq, StoreError};

use super::args::{AuditCommand, ExportFormat};
use super::failure::Failure;
use super::office::Office;
use super::place::Place;
use super::screen::{say, tell};
use super::{audit, date};

/// Carries out `chatd audit ...`.
pub(crate) fn run(command: &AuditCommand, place: &Place) -> Result<(), Failure> {
    let office = Office::visit(place)?;
    match command {
        AuditCommand::Verify { checkpoints } => verify(&office, place, checkpoints.as_deref()),
        AuditCommand::Export { format, since } => export(&office, *format, AuditSeq(*since)),
    }
}

/// Follows the chain from its start, then looks whether it still holds what the checkpoints have signed.
fn verify(office: &Office, place: &Place, file: Option<&Path>) -> Result<(), Failure> {
    let (head, _) = office.store.read_blocking(followed)?;
    let chain = format!("  chain        unbroken from the first event to event {}", head.0);
    let own = place.config().checkpoints();
    let file = file.unwrap_or(&own);
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && file == own => {
            say(&chain)?;
            tell(&format!(
                "No checkpoints at {} yet: a running server writes one every five minutes while something happens.",
                own.display()
            ));
            return Ok(note(office, "no checkpoints")?);
        }
        Err(error) => {
            return Err(anyhow::Error::new(error)
                .context(format!("{} cannot be read", file.display()))
                .into());
        }
    };
    let mut held = 0;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place_of_line = || format!("{}, line {}", file.display(), number + 1);
        let checkpoint = office.keys.audit.public().verify(line).with_context(place_of_line)?;
        hold(office, &checkpoint).with_context(place_of_line)?;
        held += 1;
    }
    say(&chain)?;
    say(&format!("  checkpoints  {held} in {}, all signed by this server and all held", file.display()))?;
    Ok(note(office, &format!("{held} checkpoints"))?)
}

fn followed(reads: &store::Reads<'_>) -> Result<(AuditSeq, ChainHash), StoreError> {
    reads.verify_audit()
}

/// Looks whether the log still has the event that a checkpoint names, with the hash it signed.
fn hold(office: &Office, checkpoint: &Checkpoint) -> anyhow::Result<()> {
    let count = checkpoint.events;
    if count == 0 {
        return Ok(());
    }
    let row = office
        .store
        .read_blocking(move |reads| Ok(reads.audit_after(AuditSeq(count - 1), 1)?.into_iter().next()))?;
    let signed = date::time(checkpoint.at);
    match row {
        Some(row) if row.seq.0 == count && row.hash == checkpoint.head => Ok(()),
        Some(row) if row.seq.0 == count => {
            anyhow::bail!("event {count} is not what was signed on {signed}: the log was rewritten")
        }
        _ => anyhow::bail!("the log had {count} events on {signed} and no longer has: its end was cut off"),
    }
}

/// Looking is an act too.
fn note(office: &Office, detail: &str) -> Result<(), StoreError> {
    let detail = format!("at the command line: {detail}");
    office
        .write(move |tx| tx.audit(&audit::event(Action::AuditVerified, Target::Server, &detail)).map(|_| ()))
}

/// Prints every event after a place. The export is itself an event, which comes last.
fn export(office: &Office, format: ExportFormat, since: AuditSeq) -> Result<(), Failure> {
    let detail = format!("at the command line, as {format}, after event {}", since.0);
    office.write(move |tx| {
        tx.audit(&audit::event(Action::AuditExported, Target::Server, &detail)).map(|_| ())
    })?;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    if format == ExportFormat::Csv {
        write!(stdout, "seq,at,actor,action,target,detail,hash\r\n")?;
    }
    let mut after = since;
    loop {
        let rows = office.store.read_blocking(move |reads| reads.audit_after(after, PAGE))?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        for row in &rows {
            match format {
                ExportFormat::Jsonl => writeln!(stdout, "{}", as_json(row))?,
                ExportFormat::Csv => write!(stdout, "{}\r\n", as_csv(row))?,
            }
        }
    }
    Ok(stdout.flush()?)
}

fn as_json(row: &AuditRow) -> String {
    let event = &row.event;
    json!({
        "seq": row.seq.0,
        "at": date::time(event.at),
        "at_ms": event.at.0,
        "actor": event.actor.map(AccountId::get),
        "action": event.action.name(),
        "target": target(event.target),
        "detail": &*event.detail,
        "hash": row.hash.to_string(),
    })
    .to_string()
}

fn as_csv(row: &AuditRow) -> String {
    let event = &row.event;
    let fields = [
        row.seq.0.to_string(),
        date::time(event.at),
        event.actor.map_or_else(|| "operator".to_owned(), |actor| actor.to_string()),
        event.action.name().to_owned(),
        target(event.target),
        event.detail.to_string(),
        row.hash.to_string(),
    ];
    fields.map(|field| quoted(&field)).join(",")
}

/// Returns what an event is about: the kind and its numbers.
fn target(target: Target) -> String {
    match target {
        Target::Server => "server".to_owned(),
        Target::Setting => "setting".to_owned(),
        Target::Account(account) => format!("account {account}"),
        Target::Device(account, device) => format!("device {device} of account {account}"),
        Target::Room(room) => format!("room {room}"),
        Target::Member(room, account) => format!("account {account} in room {room}"),
        Target::Entry(room, seq) => format!("entry {seq} of room {room}"),
        Target::Invite(invite) => format!("invite {invite}"),
        Target::Sanction(sanction, account) => format!("measure {sanction} against account {account}"),
        Target::Network(sanction) => format!("measure {sanction} against a network"),
        Target::Lineage(sanction, invite) => format!("measure {sanction} against invite {invite}"),
        Target::Report(report) => format!("report {report}"),
        Target::Appeal(appeal) => format!("appeal {appeal}"),
        Target::Filter(filter) => format!("filter {filter}"),
        Target::Held(held) => format!("held message {held}"),
        Target::Purge(purge) => format!("purge {purge}"),
        Target::Announcement(announcement) => format!("announcement {announcement}"),
        Target::Batch(batch) => format!("batch {batch}"),
        Target::WebSession(session, account) => format!("login {session} of account {account}"),
        Target::File(file) => format!("file {file}"),
    }
}

/// Returns a field as every reader of CSV takes it; what a spreadsheet would take for a formula begins with a quote.
fn quoted(field: &str) -> String {
    let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

const PAGE: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_one_field_whatever_is_in_it() {
        assert_eq!(quoted("plain"), "\"plain\"");
        assert_eq!(quoted("a \"b\", c\nd"), "\"a \"\"b\"\", c\nd\"");
        assert_eq!(quoted("=cmd()"), "\"'=cmd()\"");
    }
}
