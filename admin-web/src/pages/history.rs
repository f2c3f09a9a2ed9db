//! Notes of the team and the audit log's events about one thing.

use domain::audit::Target;
use proto::ids::Timestamp;
use store::{AuditFilter, AuditRow, AuditTarget, AuditTargetKind, NoteRow, Reads, StoreError, Subject};

use crate::forms::{self, Faults};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::view::{EventView, NoteView, When, Who};

/// Events a page shows.
const SHOWN: usize = 50;

/// An event with the name of whoever did it.
pub(crate) type Event = (AuditRow, Option<String>);

/// Returns the newest events that match.
///
/// # Errors
/// Those of the disk.
pub(crate) fn of(reads: &Reads<'_>, filter: &AuditFilter) -> Result<Vec<Event>, StoreError> {
    let rows = reads.audit_page(filter, None, SHOWN)?.items.into_iter();
    rows.map(|row| {
        let name = reads.name_of(row.event.actor)?.map(|name| name.to_string());
        Ok((row, name))
    })
    .collect()
}

/// Returns a search for everything about one thing.
pub(crate) fn about(target: Target, number: u64) -> AuditFilter {
    AuditFilter {
        target: Some(AuditTarget::One(AuditTargetKind::of(target), number)),
        ..AuditFilter::default()
    }
}

pub(crate) fn events(events: &[Event], now: Timestamp) -> Vec<EventView> {
    let event = |(row, name): &Event| EventView {
        what: row.event.action.label().to_owned(),
        by: row.event.actor.zip(name.as_ref()).map(|(id, name)| Who { id, name: name.clone(), role: "" }),
        at: When::new(row.event.at, now),
        detail: row.event.detail.to_string(),
    };
    events.iter().map(event).collect()
}

pub(crate) fn notes(rows: &[NoteRow], now: Timestamp) -> Vec<NoteView> {
    let note = |row: &NoteRow| NoteView {
        by: row.by_name.as_deref().unwrap_or("the operator").to_owned(),
        at: When::new(row.at, now),
        text: row.text.to_string(),
    };
    rows.iter().map(note).collect()
}

/// Adds a note and goes back to the page it is about.
pub(crate) async fn add_note(call: Call, subject: Subject, back: &str) -> Result<Reply, Refusal> {
    let mut faults = Faults::default();
    let typed = call.form.get("text");
    if typed.trim().is_empty() {
        return Err(Refusal::Invalid("A note has a text.".to_owned()));
    }
    let Some(text) = forms::paragraph("text", typed, &mut faults) else {
        return Err(Refusal::Invalid(faults.of("text").to_owned()));
    };
    call.act(move |staff| staff.note(subject, &text)).await?;
    kit::done(back, "The note is added.")
}
