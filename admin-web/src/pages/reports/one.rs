//! One report: evidence, what is known of the person, notes and history, claiming it.

use askama::Template;
use domain::audit::Target as About;
use domain::report::is_open;
use domain::role::{Action, may_act_on};
use proto::ids::ReportId;
use proto::message::{ReportState, RoomKind};
use store::{AccountRow, EvidenceRow, Reads, ReportView, SanctionFilter, StoreError, Subject};

use super::proof::{self, Proof};
use crate::filters;
use crate::forms::{Faults, REASONS};
use crate::pages::bans::list::{self, Row as SanctionLine};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::{history, words};
use crate::shell::Shell;
use crate::view::{Choice, EventView, Mark, NoteView, When, Who};

#[derive(Template)]
#[template(path = "report.html")]
pub(crate) struct One {
    pub(crate) shell: Shell,
    pub(crate) id: u64,
    pub(crate) version: u64,
    pub(crate) state: Mark,
    pub(crate) category: &'static str,
    pub(crate) about: String,
    pub(crate) at: When,
    pub(crate) priority: u32,
    pub(crate) holder: String,
    pub(crate) may_claim: bool,
    pub(crate) is_mine: bool,
    pub(crate) may_reopen: bool,
    pub(crate) source: Mark,
    /// Whether there is something that can be verified elsewhere.
    pub(crate) is_proven: bool,
    pub(crate) evidence: Vec<Line>,
    pub(crate) checks: Vec<String>,
    pub(crate) said: Vec<Said>,
    pub(crate) may_reveal: bool,
    pub(crate) notes: Vec<NoteView>,
    pub(crate) may_note: bool,
    pub(crate) events: Vec<EventView>,
    pub(crate) target: Option<Who>,
    pub(crate) joined: When,
    pub(crate) standing: String,
    pub(crate) history: Vec<SanctionLine>,
    pub(crate) may_decide: bool,
    pub(crate) is_open: bool,
    pub(crate) may_handle: bool,
    pub(crate) refusal: String,
    pub(crate) faults: Faults,
    pub(crate) acts: Vec<Choice>,
    pub(crate) room: String,
    pub(crate) scopes: Vec<Choice>,
    pub(crate) lengths: Vec<Choice>,
    pub(crate) reasons: &'static [&'static str],
    pub(crate) preset: String,
    pub(crate) reason: String,
    /// Empty for those who may not.
    pub(crate) removals: Vec<Choice>,
    pub(crate) outcome: String,
    pub(crate) decision: String,
}

/// A line of evidence.
pub(crate) struct Line {
    pub(crate) is_reported: bool,
    pub(crate) is_removed: bool,
    pub(crate) author: Option<Who>,
    pub(crate) place: String,
    pub(crate) at: When,
    pub(crate) text: String,
    /// For opened messages of sealed rooms.
    pub(crate) proof: Option<Proof>,
}

/// What a reporter wrote; the name only after it was looked up.
pub(crate) struct Said {
    pub(crate) pseudonym: String,
    pub(crate) person: Option<Who>,
    pub(crate) at: When,
    pub(crate) text: String,
}

/// Earlier measures a page shows.
const SHOWN: usize = 20;
const REMOVALS: [(&str, &str); 4] = [
    ("", "Nothing"),
    ("1", "What they wrote in the last hour"),
    ("24", "What they wrote in the last day"),
    ("168", "What they wrote in the last 7 days"),
];
const ACTS: [(&str, &str); 5] = [
    ("none", "Nothing: a warning in the outcome is enough"),
    ("mute", "Mute"),
    ("timeout", "Time-out"),
    ("ban", "Ban"),
    ("kick", "Kick"),
];

/// What the page needs of the store.
pub(crate) struct Found {
    pub(crate) view: ReportView,
    pub(crate) target: AccountRow,
    history: Vec<store::SanctionLine>,
    events: Vec<history::Event>,
}

/// `GET /reports/ID`
pub(crate) async fn page(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    let found = load(&call, id).await?;
    kit::page(&show(&call, &found, Faults::default(), String::new(), None).await?)
}

/// `POST /reports/ID/note`
pub(crate) async fn note(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    history::add_note(call, Subject::Report(id), &format!("/reports/{id}")).await
}

/// Looks up a report with everything its page shows.
pub(crate) async fn load(call: &Call, id: ReportId) -> Result<Found, Refusal> {
    call.read(move |reads| find(reads, id)).await?.ok_or(Refusal::NotFound)
}

fn find(reads: &Reads<'_>, id: ReportId) -> Result<Option<Found>, StoreError> {
    let Some(view) = reads.report_view(id)? else { return Ok(None) };
    let account = view.line.row.account;
    let Some(target) = reads.account(account)? else { return Ok(None) };
    let filter = SanctionFilter { account: Some(account), ..SanctionFilter::default() };
    Ok(Some(Found {
        history: reads.sanctions(&filter, None, SHOWN)?.items,
        events: history::of(reads, &history::about(About::Report(id), id.get()))?,
        target,
        view,
    }))
}

/// Returns the page; `reveal` is the reporter's account after it was looked up.
pub(crate) async fn show(
    call: &Call,
    found: &Found,
    faults: Faults,
    refusal: String,
    reveal: Option<Who>,
) -> Result<One, Refusal> {
    let (report, now, form) = (&found.view.line.row, call.now, &call.form);
    let is_mine = report.state == ReportState::Claimed && report.assignee == Some(call.viewer.account);
    let open = is_open(report.state);
    let may_handle = call.may(Action::HandleReport) && report.account != call.viewer.account;
    let room = measurable(found);
    let holder = match report.state {
        ReportState::Claimed if is_mine => "you".to_owned(),
        ReportState::Claimed => found.view.line.assignee_name.as_deref().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let binding = found.history.iter().find(|line| line.row.stands(now));
    Ok(One {
        shell: call.shell.clone(),
        id: report.id.get(),
        version: report.version,
        state: words::report_state(report.state),
        category: words::category(report.category),
        about: format!("about @{}", &*found.target.name),
        at: When::new(report.at, now),
        priority: report.priority,
        holder,
        may_claim: open && may_handle && !is_mine,
        is_mine,
        may_reopen: !open && may_handle,
        source: words::source(report.kind, found.view.line.room_kind),
        is_proven: found.view.evidence.iter().any(|row| !row.exhibit.is_empty()),
        evidence: found.view.evidence.iter().map(|row| line(call, found, row)).collect(),
        checks: checks(found),
        said: vec![Said {
            pseudonym: format!("Reporter {}", pseudonym(report.id)),
            person: reveal,
            at: When::new(report.at, now),
            text: report.note.to_string(),
        }],
        may_reveal: call.may(Action::RevealReporter),
        notes: history::notes(&found.view.notes, now),
        may_note: call.may(Action::Note),
        events: history::events(&found.events, now),
        target: Some(Who::new(found.target.id, &found.target.name, found.target.role)),
        joined: When::new(found.target.created_at, now),
        standing: binding.map_or_else(
            || "nothing binds them".to_owned(),
            |line| format!("{} in force", words::kind(line.row.kind)),
        ),
        history: found.history.iter().map(|line| list::row(line, now)).collect(),
        may_decide: is_mine && may_handle && may_act_on(call.viewer.role, found.target.role),
        is_open: open,
        may_handle,
        refusal,
        faults,
        acts: Choice::menu(&ACTS, form.get("act")),
        scopes: Choice::menu(
            &[("server", "Everywhere"), ("room", &format!("Only in {room}"))],
            form.get("scope"),
        ),
        room,
        lengths: words::lengths(form.get("length")),
        reasons: &REASONS,
        preset: form.get("preset").to_owned(),
        reason: form.get("reason").to_owned(),
        removals: if call.may(Action::Purge) {
            Choice::menu(&REMOVALS, form.get("remove"))
        } else {
            Vec::new()
        },
        outcome: form.get("outcome").to_owned(),
        decision: decision(found),
    })
}

/// Returns the room that a measure can be taken in; in a room of two it would bind nobody else.
fn measurable(found: &Found) -> String {
    let line = &found.view.line;
    match (line.row.room, line.room_kind) {
        (Some(id), Some(kind @ (RoomKind::Open | RoomKind::Sealed))) => {
            words::room(kind, id, line.room_name.as_deref().unwrap_or_default())
        }
        _ => String::new(),
    }
}

fn line(call: &Call, found: &Found, row: &EvidenceRow) -> Line {
    let (report, now) = (&found.view.line, call.now);
    let place = match report.room_kind {
        Some(kind) => words::room(kind, row.room, report.room_name.as_deref().unwrap_or_default()),
        None => format!("room {}", row.room),
    };
    let (text, proof) = if row.exhibit.is_empty() {
        (row.body.to_string(), None)
    } else {
        let (text, proof) = proof::shown(&call.app.keys, row, now);
        (text, Some(proof))
    };
    Line {
        is_reported: row.reported,
        is_removed: row.removed,
        author: Some(Who::new(row.author, &row.author_name, row.author_role)),
        place: format!("{place} {}", row.seq),
        at: When::new(row.at, now),
        text,
        proof,
    }
}

/// Returns how the evidence came to be, so that nobody takes it for more than it is.
fn checks(found: &Found) -> Vec<String> {
    let reported = found.view.evidence.iter().filter(|row| row.reported).count();
    if reported == 0 {
        return vec!["The report names an account and no message, so there is nothing to check.".to_owned()];
    }
    let context = found.view.evidence.len() - reported;
    if found.view.evidence.iter().any(|row| !row.exhibit.is_empty()) {
        return SEALED_CHECKS
            .map(str::to_owned)
            .into_iter()
            .chain([format!("{reported} reported and {context} other messages were opened.")])
            .collect();
    }
    vec![
        format!("{reported} reported and {context} lines around them were copied by the server itself when the report was made."),
        "The room is open, so the server has its log: the reporter named places in it and sent no text that could be forged.".to_owned(),
        "Authors are the accounts that were logged in on the connections the messages came by.".to_owned(),
        "What was edited or removed since does not change this copy.".to_owned(),
    ]
}

/// How opened messages of a sealed room are to be read.
const SEALED_CHECKS: [&str; 4] = [
    "The room is end-to-end encrypted. Before this report the server knew who wrote, from which device, when and about how much; it did not know what.",
    "The reporter opened these messages and no others. Each carries a commitment of its sender and a stamp of this server, which hold for this text alone.",
    "A message that fails a check refuses the whole report, so what is here was said.",
    "The reporter chose what to open. What was said between these messages is not here.",
];

fn decision(found: &Found) -> String {
    let report = &found.view.line.row;
    if is_open(report.state) {
        return String::new();
    }
    let by = found.view.line.closed_by_name.as_deref().unwrap_or("the operator");
    let told = if report.outcome.is_empty() {
        "The reporter was told nothing more.".to_owned()
    } else {
        format!("The reporter was told: {}", &*report.outcome)
    };
    format!("{} by {by}. {told}", words::report_state(report.state).word)
}

/// Returns a name for the reporter that tells two reports apart and nothing else.
fn pseudonym(report: ReportId) -> String {
    format!("R-{report}")
}
