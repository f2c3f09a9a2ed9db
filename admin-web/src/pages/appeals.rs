//! Appeals against bans.

use askama::Template;
use domain::role::Action;
use domain::sanction::Length;
use proto::ids::{AccountId, AppealId, Timestamp};
use proto::message::Role;
use store::{AppealDecision, AppealLine, AppealState, SanctionLine};

use crate::filters;
use crate::forms::{self, Faults, sentence};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::words;
use crate::shell::Shell;
use crate::view::{Choice, Mark, Pager, When, Who};

#[derive(Template)]
#[template(path = "appeals.html")]
struct Appeals {
    shell: Shell,
    states: Vec<Choice>,
    decisions: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: u64,
    person: Option<Who>,
    state: Mark,
    at: When,
    sanction: u64,
    measure: String,
    reason: String,
    text: String,
    decision: String,
    may_decide: bool,
    hint: &'static str,
}

/// Appeals on a page.
const PAGE: usize = 30;
const STATES: [(&str, &str); 5] =
    [("", "Open"), ("upheld", "Upheld"), ("shortened", "Shortened"), ("lifted", "Lifted"), ("all", "All")];
const DECISIONS: [(&str, &str); 3] =
    [("uphold", "The ban stays"), ("shorten", "Shorten it"), ("lift", "Lift it")];

/// `GET /appeals`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let (state, from) = (call.query.get("state").to_owned(), call.query.get("from").to_owned());
    let wanted = match state.as_str() {
        "upheld" => Some(AppealState::Upheld),
        "shortened" => Some(AppealState::Shortened),
        "lifted" => Some(AppealState::Lifted),
        "all" => None,
        _ => Some(AppealState::Open),
    };
    let cursor = from.parse().ok().and_then(AppealId::new);
    let (found, sanctions) = call
        .read(move |reads| {
            let found = reads.appeals(wanted, None, cursor, PAGE)?;
            let sanctions = found.items.iter().map(|line| reads.sanction_line(line.row.sanction));
            let sanctions = sanctions.collect::<Result<Vec<_>, _>>()?;
            Ok((found, sanctions))
        })
        .await?;
    let next = kit::next(&found, |line| line.row.id.to_string());
    let (now, viewer, may) = (call.now, call.viewer.account, call.may(Action::DecideAppeal));
    kit::page(&Appeals {
        shell: call.shell.clone(),
        states: Choice::menu(&STATES, &state),
        decisions: Choice::menu(&DECISIONS, ""),
        rows: found
            .items
            .iter()
            .zip(&sanctions)
            .map(|(line, about)| row(line, about.as_ref(), viewer, may, now))
            .collect(),
        pager: Pager::new("/appeals", &[("state", &state)], &from, next),
    })
}

/// `POST /appeals/ID/decide`
pub(crate) async fn decide(call: Call, id: AppealId) -> Result<Reply, Refusal> {
    let mut faults = Faults::default();
    let decision = match call.form.get("decision") {
        "uphold" => AppealDecision::Uphold,
        "lift" => AppealDecision::Lift,
        "shorten" => {
            let length = Length::parse(call.form.get("other_length"))
                .map_err(|error| Refusal::Invalid(sentence(error)))?;
            let Some(until) = length.end(call.now) else {
                return Err(Refusal::Invalid("A shortened ban has an end.".to_owned()));
            };
            AppealDecision::Shorten(until)
        }
        _ => return Err(Refusal::Invalid("Choose what becomes of the ban.".to_owned())),
    };
    let note = call.form.get("note");
    if note.is_empty() {
        return Err(Refusal::Invalid("Say what the person is told.".to_owned()));
    }
    let Some(note) = forms::line("note", note, &mut faults) else {
        return Err(Refusal::Invalid(faults.of("note").to_owned()));
    };
    call.act(move |staff| staff.decide_appeal(id, decision, &note)).await?;
    kit::done("/appeals", "The appeal is decided, and the person is told at their next login.")
}

fn row(line: &AppealLine, about: Option<&SanctionLine>, viewer: AccountId, may: bool, now: Timestamp) -> Row {
    let is_own = about.is_some_and(|about| about.row.by == Some(viewer));
    let is_open = line.row.state == AppealState::Open;
    Row {
        id: line.row.id.get(),
        person: Some(Who::new(line.row.account, &line.name, Role::Member)),
        state: match line.row.state {
            AppealState::Open => Mark::new("warn", "open"),
            AppealState::Lifted => Mark::new("good", "lifted"),
            AppealState::Shortened => Mark::new("info", "shortened"),
            AppealState::Upheld => Mark::new("muted", "upheld"),
        },
        at: When::new(line.row.at, now),
        sanction: line.row.sanction.get(),
        measure: about.map_or("?", |about| words::kind(about.row.kind)).to_owned(),
        reason: about.map_or_else(String::new, |about| about.row.reason.to_string()),
        text: line.row.text.to_string(),
        decision: if is_open {
            String::new()
        } else {
            format!(
                "Answer by {}: {}",
                line.decided_by_name.as_deref().unwrap_or("the operator"),
                &*line.row.answer
            )
        },
        may_decide: is_open && may && !is_own,
        hint: if is_open && is_own { "You took this measure, so somebody else decides." } else { "" },
    }
}
