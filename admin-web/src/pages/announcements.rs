//! Announcements to everybody.

use askama::Template;
use domain::role::Action;
use proto::ids::AnnouncementId;

use crate::filters;
use crate::forms::{self, Faults};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::words;
use crate::shell::Shell;
use crate::view::{Choice, Mark, When};

#[derive(Template)]
#[template(path = "announcements.html")]
struct Announcements {
    shell: Shell,
    may_announce: bool,
    text: String,
    lengths: Vec<Choice>,
    faults: Faults,
    rows: Vec<Row>,
}

struct Row {
    id: u64,
    text: String,
    by: String,
    at: When,
    until: Option<When>,
    state: Mark,
    may_end: bool,
}

/// Announcements on the page.
const SHOWN: usize = 50;

/// `GET /announcements`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    kit::page(&show(&call, Faults::default()).await?)
}

/// `POST /announcements`
pub(crate) async fn submit(call: Call) -> Result<Reply, Refusal> {
    let mut faults = Faults::default();
    let typed = call.form.get("text");
    if typed.is_empty() {
        faults.add("text", "Write what to announce.");
    }
    let text = forms::line("text", typed, &mut faults);
    let length = forms::length(&call.form, &mut faults);
    let (Some(text), Some(length), true) = (text, length, faults.is_empty()) else {
        return kit::faulty(&show(&call, faults).await?);
    };
    let until = length.end(call.now);
    call.act(move |staff| staff.announce(&text, until)).await?;
    kit::done("/announcements", "Announced to everybody.")
}

/// `POST /announcements/ID/end`
pub(crate) async fn end(call: Call, id: AnnouncementId) -> Result<Reply, Refusal> {
    call.act(move |staff| staff.end_announcement(id)).await?;
    kit::done("/announcements", "It is not shown any more.")
}

async fn show(call: &Call, faults: Faults) -> Result<Announcements, Refusal> {
    let rows = call.read(|reads| reads.announcements(None, SHOWN)).await?.items;
    let (now, may) = (call.now, call.may(Action::Announce));
    let rows = rows.iter().map(|line| {
        let stands = line.stands(now);
        Row {
            id: line.id.get(),
            text: line.text.to_string(),
            by: line.by_name.as_deref().unwrap_or("the operator").to_owned(),
            at: When::new(line.at, now),
            until: line.ends_at.map(|end| When::new(end, now)),
            state: if stands { Mark::new("good", "shown") } else { Mark::new("muted", "over") },
            may_end: stands && may,
        }
    });
    Ok(Announcements {
        rows: rows.collect(),
        shell: call.shell.clone(),
        may_announce: may,
        text: call.form.get("text").to_owned(),
        lengths: words::lengths(call.form.get("length")),
        faults,
    })
}
