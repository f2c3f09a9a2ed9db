//! The evidence of a report as a file, for somebody outside the team. Who reported is not in it.

use domain::audit::{Action as Act, Target as About};
use domain::report::{category_word, state_word};
use proto::ids::ReportId;
use serde::Serialize;
use store::{EvidenceRow, ReportView};

use super::one;
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
    text: &'a str,
}

/// `POST /reports/ID/export`
pub(crate) async fn download(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    call.stepped_up(&format!("/reports/{id}"))?;
    let found = one::load(&call, id).await?;
    let bytes = serde_json::to_vec_pretty(&bundle(&found.view)).map_err(|_| Refusal::Failed)?;
    let lines = found.view.evidence.len();
    let detail = format!("{lines} lines");
    call.act(move |staff| staff.log(Act::EvidenceExported, About::Report(id), &detail)).await?;
    Ok(Reply::download(&format!("report-{id}.json"), "application/json", bytes))
}

fn bundle(view: &ReportView) -> Bundle<'_> {
    let report = &view.line.row;
    Bundle {
        report: report.id.get(),
        category: category_word(report.category),
        state: state_word(report.state),
        made_at_ms: report.at.0,
        account: Person { id: report.account.get(), name: &view.line.name },
        room: view.line.room_name.as_deref(),
        what_the_reporter_says: &report.note,
        evidence: view.evidence.iter().map(line).collect(),
    }
}

fn line(row: &EvidenceRow) -> Line<'_> {
    Line {
        place: row.seq.get(),
        author: Person { id: row.author.get(), name: &row.author_name },
        at_ms: row.at.0,
        reported: row.reported,
        removed: row.removed,
        text: &row.body,
    }
}
