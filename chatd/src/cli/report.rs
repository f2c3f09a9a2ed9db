//! `chatd report export` and `chatd report verify`: what a report from a sealed room proves, as a file, and whether such
//! a file holds.

use std::fs;
use std::path::Path;

use anyhow::Context;
use domain::audit::{Action, Target};
use keys::{Verifier, write_private};
use proto::ids::ReportId;
use proto::text::List;
use sealed::ServerId;
use sealed::evidence::{Bundle, Check, EvidenceFile, Exhibit, Named, Outcome, Person};
use store::{EvidenceRow, ReportView};

use super::args::ReportCommand;
use super::failure::Failure;
use super::office::Office;
use super::place::Place;
use super::screen::say;
use super::{audit, date};
use service::clock;

/// Carries out `chatd report ...`.
pub(crate) fn run(command: &ReportCommand, place: &Place) -> Result<(), Failure> {
    match command {
        ReportCommand::Export { report, out } => export(&Office::visit(place)?, *report, out),
        ReportCommand::Verify { file, keys } => {
            let folder = keys.clone().unwrap_or_else(|| place.config().keys_dir());
            verify(file, &Verifier::load(&folder)?)
        }
    }
}

/// Writes the file, after the audit log has it.
fn export(office: &Office, report: ReportId, out: &Path) -> Result<(), Failure> {
    let view = office.store.read_blocking(move |reads| reads.report_view(report))?;
    let view = view.ok_or_else(|| Failure::new(format!("there is no report {report}")))?;
    let bundle = bundle(office, view)?;
    let count = bundle.messages.len();
    let signature = office.keys.audit.vouch(&bundle.encode());
    let text = EvidenceFile { bundle, signature }.render();
    let detail = format!("at the command line: {count} opened messages, verifiable");
    office.write(move |tx| {
        tx.audit(&audit::event(Action::EvidenceExported, Target::Report(report), &detail)).map(|_| ())
    })?;
    write_private(out, text.as_bytes()).with_context(|| format!("{} cannot be written", out.display()))?;
    say(&format!("{count} opened messages of report {report} are in {}.", out.display()))?;
    Ok(say(&format!("Whether they hold says: chatd report verify {}", out.display()))?)
}

fn bundle(office: &Office, view: ReportView) -> Result<Bundle, Failure> {
    let report = view.line.row;
    let opened = view.evidence.into_iter().filter(|row| !row.exhibit.is_empty());
    let messages = opened.map(|row| named(office, row)).collect::<Result<Vec<_>, _>>()?;
    if messages.is_empty() {
        let words =
            format!("report {} has no messages of sealed rooms, so there is nothing to prove", report.id);
        return Err(Failure::new(words));
    }
    Ok(Bundle {
        server: office.keys.public(),
        report: report.id,
        made_at: report.at,
        category: report.category,
        note: report.note,
        state: report.state,
        account: Person { id: report.account, name: view.line.name },
        exported_at: clock::now(),
        messages: List::new(messages).context("the report has more messages than a file takes")?,
    })
}

fn named(office: &Office, row: EvidenceRow) -> Result<Named, Failure> {
    let bytes = office.keys.open_evidence(row.author, row.room, row.seq, &row.exhibit);
    let exhibit = bytes.and_then(|bytes| Exhibit::decode(&bytes)).ok_or_else(|| {
        let seq = row.seq;
        Failure::new(format!("message {seq} was encrypted under another seal.key, or is damaged"))
    })?;
    Ok(Named { author: row.author_name, exhibit })
}

/// Says what holds, check by check; the first that does not ends it.
fn verify(path: &Path, keys: &Verifier) -> Result<(), Failure> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let file = EvidenceFile::parse(&text).map_err(|error| failed("form", &error.to_string()))?;
    say("  form        the readable part is what the signed part says")?;
    if !keys.audit.vouched(&file.bundle.encode(), &file.signature) {
        return Err(failed(
            "signature",
            "it was not made by this server's audit.key, or the file was altered",
        ));
    }
    say("  signature   made by this server")?;
    let bundle = &file.bundle;
    say(&format!(
        "  report      {}, {}, made {}, about @{} (#{})",
        bundle.report,
        bundle.category.word(),
        date::minute(bundle.made_at),
        &*bundle.account.name,
        bundle.account.id
    ))?;
    let server = ServerId::of(&bundle.server);
    for message in bundle.messages.iter() {
        examine(message, keys, server)?;
    }
    Ok(say(&format!("Everything holds: {} messages are proven.", bundle.messages.len()))?)
}

fn examine(named: &Named, keys: &Verifier, server: ServerId) -> Result<(), Failure> {
    let (exhibit, opened) = (&named.exhibit, &named.exhibit.opened);
    say(&format!(
        "  message     {} of room {}, {} UTC, by @{} (#{}) from device {}, epoch {}{}",
        opened.seq,
        exhibit.room,
        date::minute(opened.at),
        &*named.author,
        opened.account,
        opened.device,
        opened.epoch,
        if opened.context { ", context" } else { "" }
    ))?;
    let again = exhibit.examine(&keys.stamps, server);
    for check in Check::ALL {
        // What takes the database was found when the message was reported, and is part of what is signed.
        let (outcome, then) = match again.of(check) {
            Outcome::NothingToCompare => (exhibit.found.of(check), ", as found when it was reported"),
            other => (other, ""),
        };
        say(&format!("    {:<11} {}: {}{then}", check.word(), outcome.word(), check.claim()))?;
        if outcome == Outcome::Failed && check.refuses() {
            let words = format!("message {} does not hold", opened.seq);
            return Err(failed(check.word(), &words));
        }
    }
    Ok(())
}

fn failed(check: &str, words: &str) -> Failure {
    Failure::new(format!("check \"{check}\" failed: {words}"))
}
