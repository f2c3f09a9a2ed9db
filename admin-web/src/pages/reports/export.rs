//! The evidence of a report as a file, for somebody outside the team: as it reads, or so that it can be verified. Who
//! reported is in neither.

use domain::audit::{Action as Act, Target as About};
use proto::ids::ReportId;
use proto::text::List;
use sealed::evidence::{Bundle as Proven, EvidenceFile, Named};
use serde::Serialize;
use store::{EvidenceRow, ReportView};

use super::{one, proof};
use crate::pages::kit::{Call, Refusal, Reply};

#[derive(Debug, Serialize)]
struct Bundle<'a> {
    report: u64,
    category: &'static str,
    state: &'static str,
    made_at_ms: i64,
    account: Person<'a>,
    room: Option<&'a str>,
    what_the_reporter_says: &'a str,
    evidence: Vec<Line<'a>>,
}

#[derive(Debug, Serialize)]
struct Person<'a> {
    id: u64,
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    place: u64,
    author: Person<'a>,
    at_ms: i64,
    reported: bool,
    /// The text was gone when the report was made.
    removed: bool,
    /// Opened from a sealed room, and proven.
    sealed: bool,
    text: String,
}

/// `POST /reports/ID/export`
pub(crate) async fn download(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    call.stepped_up(&format!("/reports/{id}"))?;
    let found = one::load(&call, id).await?;
    let bytes = serde_json::to_vec_pretty(&bundle(&call, &found.view)).map_err(|_| Refusal::Failed)?;
    let lines = found.view.evidence.len();
    let detail = format!("{lines} lines");
    call.act(move |staff| staff.log(Act::EvidenceExported, About::Report(id), &detail)).await?;
    Ok(Reply::download(&format!("report-{id}.json"), "application/json", bytes))
}

/// `POST /reports/ID/proof/export`: what was opened of sealed rooms, as `chatd report verify` takes it.
pub(crate) async fn proof(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    call.stepped_up(&format!("/reports/{id}"))?;
    let found = one::load(&call, id).await?;
    let bundle = provable(&call, &found.view)?;
    let count = bundle.messages.len();
    let signature = call.app.keys.audit.vouch(&bundle.encode());
    let file = EvidenceFile { bundle, signature }.render();
    let detail = format!("{count} opened messages, verifiable");
    call.act(move |staff| staff.log(Act::EvidenceExported, About::Report(id), &detail)).await?;
    Ok(Reply::download(&format!("report-{id}.evidence.json"), "application/json", file.into_bytes()))
}

fn provable(call: &Call, view: &ReportView) -> Result<Proven, Refusal> {
    let rows = view.evidence.iter().filter(|row| !row.exhibit.is_empty());
    let messages = rows.map(|row| {
        let exhibit = proof::open(&call.app.keys, row).ok_or_else(lost)?;
        Ok(Named { author: row.author_name.clone(), exhibit })
    });
    let messages: Vec<Named> = messages.collect::<Result<_, Refusal>>()?;
    if messages.is_empty() {
        return Err(Refusal::NotFound);
    }
    let report = &view.line.row;
    Ok(Proven {
        server: call.app.keys.public(),
        report: report.id,
        made_at: report.at,
        category: report.category,
        note: report.note.clone(),
        state: report.state,
        account: sealed::evidence::Person { id: report.account, name: view.line.name.clone() },
        exported_at: call.now,
        messages: List::new(messages).map_err(|_| Refusal::Failed)?,
    })
}

fn lost() -> Refusal {
    let words = "A message of this report was encrypted under another key, or is damaged. Put the server's seal.key of that time back, then try again.";
    Refusal::Invalid(words.to_owned())
}

fn bundle<'v>(call: &Call, view: &'v ReportView) -> Bundle<'v> {
    let report = &view.line.row;
    Bundle {
        report: report.id.get(),
        category: report.category.word(),
        state: report.state.word(),
        made_at_ms: report.at.0,
        account: Person { id: report.account.get(), name: &view.line.name },
        room: view.line.room_name.as_deref(),
        what_the_reporter_says: &report.note,
        evidence: view.evidence.iter().map(|row| line(call, row)).collect(),
    }
}

fn line<'v>(call: &Call, row: &'v EvidenceRow) -> Line<'v> {
    let is_sealed = !row.exhibit.is_empty();
    Line {
        place: row.seq.get(),
        author: Person { id: row.author.get(), name: &row.author_name },
        at_ms: row.at.0,
        reported: row.reported,
        removed: row.removed,
        sealed: is_sealed,
        text: if is_sealed { proof::shown(&call.app.keys, row, call.now).0 } else { row.body.to_string() },
    }
}
