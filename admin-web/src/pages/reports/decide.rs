//! Steps on a report: claiming and giving back, deciding, reopening, looking up who reported.

use domain::audit::{Action as Act, Target as About};
use domain::role::Action;
use domain::sanction::{Scope, Target, check};
use proto::ids::ReportId;
use proto::limits;
use proto::text::Text;
use store::{NewSanction, Outcome, Staff, StoreError};

use super::one;
use crate::forms::{Faults, Measure, OutcomeForm, line, sentence};
use crate::pages::bans::one::required_reason;
use crate::pages::history;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::view::{EventView, Who};

/// `POST /reports/ID/claim`
pub(crate) async fn claim(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    let version = version(&call)?;
    step(&call, id, move |staff| staff.claim(id, version)).await?;
    kit::done(&home(id), "It is yours for 15 minutes after your last step.")
}

/// `POST /reports/ID/release`
pub(crate) async fn release(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    let version = version(&call)?;
    step(&call, id, move |staff| staff.release(id, version)).await?;
    kit::done(&home(id), "Given back to the queue.")
}

/// `POST /reports/ID/reopen`
pub(crate) async fn reopen(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    let version = version(&call)?;
    step(&call, id, move |staff| staff.reopen(id, version)).await?;
    kit::done(&home(id), "The report is open again.")
}

/// `POST /reports/ID/decide`: everything in one transaction, or nothing.
pub(crate) async fn decide(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    if call.form.ticked("dismiss") {
        return dismiss(call, id).await;
    }
    let found = one::load(&call, id).await?;
    let form = match OutcomeForm::read(&call.form) {
        Ok(form) => form,
        Err(faults) => return kit::faulty(&one::show(&call, &found, faults, String::new(), None).await?),
    };
    let report = &found.view.line.row;
    let target = Target::Account(report.account);
    let sanction = match &form.measure {
        Measure::Nothing => None,
        Measure::Sanction { kind, in_room, length, reason } => {
            let scope = report.room.filter(|_| *in_room).map_or(Scope::Server, Scope::Room);
            if let Err(invalid) = check(target, *kind, scope, *length) {
                let page = one::show(&call, &found, Faults::default(), sentence(invalid), None).await?;
                return kit::faulty(&page);
            }
            let until = length.and_then(|length| length.end(call.now));
            let mut new = NewSanction::new(target, *kind, until, reason.clone());
            new.scope = scope;
            new.note = form.note.clone();
            new.report = Some(id);
            Some(new)
        }
    };
    let note_alone = form.note.clone();
    let taken = sanction.is_some();
    let account = report.account;
    let removed_since = form.remove_hours.map(|hours| call.now.plus_ms(-hours * 3_600_000));
    if removed_since.is_some() {
        call.must(Action::Purge)?;
        call.stepped_up(&home(id))?;
    }
    let why = sanction.as_ref().map_or_else(|| Text::cut(&format!("Report {id}")), |new| new.reason.clone());
    step(&call, id, move |staff| {
        if let Some(new) = &sanction {
            staff.sanction(new)?;
        } else if !note_alone.is_empty() {
            staff.note(store::Subject::Report(id), &note_alone)?;
        }
        if let Some(since) = removed_since {
            staff.purge(account, since, &why, Some(id))?;
        }
        if form.keep_open {
            staff.claim(id, form.version)
        } else {
            staff.close_report(id, form.version, Outcome::Actioned, &form.outcome)
        }
    })
    .await?;
    kit::done(&home(id), if taken { "Done, and the measure is in force." } else { "Done." })
}

/// `POST /reports/ID/reveal`: the reporter's name, written to the audit log before it is shown.
pub(crate) async fn reveal(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    call.must(Action::RevealReporter)?;
    call.stepped_up(&home(id))?;
    let reason: Text<{ limits::REASON }> = required_reason(&call)?;
    let found = one::load(&call, id).await?;
    call.act(move |staff| staff.log(Act::ReporterRevealed, About::Report(id), &reason)).await?;
    let reporter = found.view.line.row.reporter;
    let who = call.read(move |reads| reads.account(reporter)).await?.ok_or(Refusal::NotFound)?;
    let who = Who::new(who.id, &who.name, who.role);
    kit::page(&one::show(&call, &found, Faults::default(), String::new(), Some(who)).await?)
}

async fn dismiss(call: Call, id: ReportId) -> Result<Reply, Refusal> {
    let mut faults = Faults::default();
    let version = version(&call)?;
    let Some(outcome) = line("outcome", call.form.get("outcome"), &mut faults) else {
        return Err(Refusal::Invalid(faults.of("outcome").to_owned()));
    };
    step(&call, id, move |staff| staff.close_report(id, version, Outcome::Dismissed, &outcome)).await?;
    kit::done(&home(id), "Dismissed. The reporter is told.")
}

/// Takes a step; if somebody was faster, the refusal says who did what.
async fn step<T: Send + 'static>(
    call: &Call,
    id: ReportId,
    act: impl FnOnce(&mut Staff<'_, '_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Refusal> {
    let (actor, now) = (call.actor(), call.now);
    match call.app.store.run(move |tx| act(&mut tx.staff(&actor, now)?)).await {
        Ok(done) => Ok(done),
        Err(StoreError::Stale { .. }) => {
            let about = history::about(About::Report(id), id.get());
            let events = call.read(move |reads| history::of(reads, &about)).await?;
            let newest = history::events(&events, now).into_iter().next();
            Err(Refusal::Stale(
                newest.map_or_else(|| "The report has changed.".to_owned(), |event| told(&event)),
            ))
        }
        Err(StoreError::StepUpNeeded) => Err(Refusal::StepUp(home(id))),
        Err(error) => Err(error.into()),
    }
}

/// Returns an event as a sentence: what happened, by whom, when.
fn told(event: &EventView) -> String {
    let by = event.by.as_ref().map_or("the operator", |by| by.name.as_str());
    format!("{} by {by} {}.", event.what, event.at.relative)
}

fn version(call: &Call) -> Result<u64, Refusal> {
    let wrong = || Refusal::Invalid("The page was incomplete. Open the report again.".to_owned());
    call.form.get("version").parse().map_err(|_| wrong())
}

fn home(id: ReportId) -> String {
    format!("/reports/{id}")
}
