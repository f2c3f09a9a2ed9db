//! One measure: what holds, its notes and history, changing its end, lifting it.

use askama::Template;
use domain::audit::Target as About;
use domain::role::{Action, may_act_on, permits};
use domain::sanction::{Kind, Length, Target, needed_action};
use proto::ids::{BatchId, ReportId, SanctionId, Timestamp};
use proto::text::Text;
use store::{EvictionsOf, SanctionView, Subject};

use super::list;
use crate::filters;
use crate::forms::{self, Faults};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::sealed::evictions::{self, Row as Eviction};
use crate::pages::{history, words};
use crate::shell::Shell;
use crate::view::{Choice, EventView, Mark, NoteView, When, Who, count};

#[derive(Template)]
#[template(path = "ban.html")]
struct One {
    shell: Shell,
    id: u64,
    title: String,
    subtitle: String,
    state: Mark,
    person: Option<Who>,
    target: String,
    target_kind: &'static str,
    kind: &'static str,
    place: String,
    since: When,
    until: Option<When>,
    by: Option<Who>,
    reason: String,
    note: String,
    appeal: String,
    report: Option<u64>,
    batch: Option<u64>,
    enforced: String,
    hits: String,
    lifted: String,
    notes: Vec<NoteView>,
    events: Vec<EventView>,
    evictions: Vec<Eviction>,
    may_note: bool,
    may_change: bool,
    lengths: Vec<Choice>,
}

/// Evictions a page shows.
const EVICTIONS: usize = 100;

/// `GET /bans/ID`
pub(crate) async fn page(call: Call, id: SanctionId) -> Result<Reply, Refusal> {
    let found = call
        .read(move |reads| {
            let Some(view) = reads.sanction_view(id)? else { return Ok(None) };
            let person = match view.line.row.account() {
                Some(account) => reads.account(account)?,
                None => None,
            };
            let by = match view.line.row.by {
                Some(by) => reads.account(by)?,
                None => None,
            };
            let events = history::of(reads, &history::about(about(&view), id.get()))?;
            let evictions = reads.evictions_page(EvictionsOf::Sanction(id), None, EVICTIONS)?.items;
            Ok(Some((view, person, by, events, evictions)))
        })
        .await?;
    let Some((view, person, by, events, evicted)) = found else { return Err(Refusal::NotFound) };
    let (row, now) = (&view.line.row, call.now);
    let length = (row.kind != Kind::Kick).then(|| Length::between(row.at, row.until));
    let outranks = person.as_ref().is_none_or(|person| may_act_on(call.viewer.role, person.role));
    let may_change = row.stands(now)
        && row.kind != Kind::Kick
        && outranks
        && call.may(Action::Unban)
        && permits(call.viewer.role, needed_action(row.target, row.kind, length));
    kit::page(&One {
        shell: call.shell.clone(),
        id: id.get(),
        title: format!("{} of {}", words::kind(row.kind), list::target(&view.line)),
        subtitle: row.reason.to_string(),
        state: list::state(row, now),
        person: person.map(|person| Who::new(person.id, &person.name, person.role)),
        target: list::target(&view.line),
        target_kind: words::target_kind(row.target),
        kind: words::kind(row.kind),
        place: words::place(row.scope, view.line.room_name.as_deref().unwrap_or_default()),
        since: When::new(row.at, now),
        until: row.until.map(|until| When::new(until, now)),
        by: by.map(|by| Who::new(by.id, &by.name, by.role)),
        reason: row.reason.to_string(),
        note: row.note.to_string(),
        appeal: appeal(&view),
        report: row.report.map(ReportId::get),
        batch: row.batch.map(BatchId::get),
        enforced: enforced(&view),
        hits: count(view.line.hits),
        lifted: lifted(&view, now),
        notes: history::notes(&view.notes, now),
        events: history::events(&events, now),
        evictions: evicted.iter().map(|line| evictions::row(line, now)).collect(),
        may_note: call.may(Action::Note),
        may_change,
        lengths: words::lengths(""),
    })
}

/// `POST /bans/ID/lift`
pub(crate) async fn lift(call: Call, id: SanctionId) -> Result<Reply, Refusal> {
    let reason = required_reason(&call)?;
    call.act(move |staff| staff.lift(id, &reason)).await?;
    kit::done(&format!("/bans/{id}"), "Lifted. It binds nobody any more.")
}

/// `POST /bans/ID/undo`: the button beside the words that it was taken.
pub(crate) async fn undo(call: Call, id: SanctionId) -> Result<Reply, Refusal> {
    let reason = Text::cut("Undone by whoever took it");
    call.act(move |staff| staff.lift(id, &reason)).await?;
    kit::done(&format!("/bans/{id}"), "Undone. It binds nobody any more.")
}

/// `POST /bans/ID/change`
pub(crate) async fn change(call: Call, id: SanctionId) -> Result<Reply, Refusal> {
    let mut faults = Faults::default();
    let length = forms::length(&call.form, &mut faults);
    let Some(length) = length else { return Err(Refusal::Invalid(faults.of("length").to_owned())) };
    let (reason, until) = (required_reason(&call)?, length.end(call.now));
    call.act_from(&format!("/bans/{id}"), move |staff| staff.change_sanction(id, until, &reason)).await?;
    kit::done(&format!("/bans/{id}"), "It has another end.")
}

/// `POST /bans/ID/note`
pub(crate) async fn note(call: Call, id: SanctionId) -> Result<Reply, Refusal> {
    history::add_note(call, Subject::Sanction(id), &format!("/bans/{id}")).await
}

/// Returns the reason of an act whose form has one field for it.
pub(crate) fn required_reason<const MAX: usize>(call: &Call) -> Result<Text<MAX>, Refusal> {
    let mut faults = Faults::default();
    let typed = call.form.get("reason").trim();
    if typed.is_empty() {
        return Err(Refusal::Invalid("Say why: this is written to the audit log.".to_owned()));
    }
    forms::line("reason", typed, &mut faults).ok_or_else(|| Refusal::Invalid(faults.of("reason").to_owned()))
}

/// Returns what the audit log calls this measure.
fn about(view: &SanctionView) -> About {
    let id = view.line.row.id;
    match view.line.row.target {
        Target::Account(account) | Target::Device(account, _) => About::Sanction(id, account),
        Target::Network(_) => About::Network(id),
        Target::Lineage(invite) => About::Lineage(id, invite),
    }
}

fn appeal(view: &SanctionView) -> String {
    match (view.appeal, view.line.row.appealable) {
        (Some(appeal), _) => format!("appeal #{appeal} was made"),
        (None, true) => "possible".to_owned(),
        (None, false) => "ruled out".to_owned(),
    }
}

fn enforced(view: &SanctionView) -> String {
    match view.enforcement {
        Some(done) => {
            let sessions = if done.sessions == 1 { "connection" } else { "connections" };
            format!("in {} ms, {} {sessions} closed", done.took_ms, done.sessions)
        }
        None => "not yet confirmed by the server".to_owned(),
    }
}

fn lifted(view: &SanctionView, now: Timestamp) -> String {
    let Some(at) = view.line.row.lifted_at.filter(|_| view.line.row.kind != Kind::Kick) else {
        return String::new();
    };
    let by = view.line.lifted_by_name.as_deref().unwrap_or("the operator");
    let when = When::new(at, now).relative;
    format!("{when} by {by}: {}", &*view.line.row.lifted_reason)
}
