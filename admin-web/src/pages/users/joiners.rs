//! Who joined lately, and one act on all of them.

use askama::Template;
use domain::network_tag::NetworkTag;
use domain::role::{Action, may_act_on};
use domain::sanction::FEW;
use proto::ids::AccountId;
use store::{BulkAct as Does, BulkResult, JoinerLine, StoreError};

use crate::filters;
use crate::forms::{BulkAct, BulkForm, Faults, REASONS};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::words;
use crate::shell::Shell;
use crate::view::{Choice, Mark, When, Who};

#[derive(Template)]
#[template(path = "joiners.html")]
struct Joiners {
    shell: Shell,
    spans: Vec<Choice>,
    minutes: u32,
    all: bool,
    rows: Vec<Row>,
    may_act: bool,
    acts: Vec<Choice>,
    lengths: Vec<Choice>,
    reasons: &'static [&'static str],
    faults: Faults,
    results: Vec<(String, Mark)>,
}

struct Row {
    person: Who,
    joined: When,
    came_by: String,
    network: String,
    state: Mark,
    may_act: bool,
}

/// People the page shows.
const SHOWN: usize = 200;
const ACTS: [(&str, &str); 4] =
    [("ban", "Ban"), ("mute", "Mute"), ("approve", "Let in"), ("reject", "Refuse")];
const SPANS: [(&str, &str); 6] = [
    ("10", "10 minutes"),
    ("30", "30 minutes"),
    ("60", "hour"),
    ("360", "6 hours"),
    ("1440", "day"),
    ("10080", "week"),
];

/// `GET /joiners`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let minutes = minutes(call.query.get("minutes"));
    let all = call.query.ticked("all");
    kit::page(&show(&call, minutes, all, Faults::default(), Vec::new()).await?)
}

/// `POST /joiners/act`
pub(crate) async fn act(call: Call) -> Result<Reply, Refusal> {
    let minutes = minutes(call.form.get("minutes"));
    let form = match BulkForm::read(&call.form) {
        Ok(form) => form,
        Err(faults) => return kit::faulty(&show(&call, minutes, false, faults, Vec::new()).await?),
    };
    if FEW < form.accounts.len() {
        call.must(Action::BulkActOnMany)?;
        call.stepped_up(&format!("/joiners?minutes={minutes}"))?;
    }
    let does = match form.act {
        BulkAct::Ban(length) => Does::Ban { until: length.end(call.now), reason: form.reason },
        BulkAct::Mute(length) => Does::Mute { until: length.end(call.now), reason: form.reason },
        BulkAct::Approve => Does::Approve,
        BulkAct::Reject => Does::Reject { reason: form.reason },
    };
    let accounts: Vec<AccountId> = form.accounts.into_iter().collect();
    let done = call.act(move |staff| staff.bulk(&accounts, &does)).await?;
    let results = call
        .read(move |reads| {
            let named = |(account, result): (AccountId, BulkResult)| {
                let name = reads
                    .name_of(Some(account))?
                    .map_or_else(|| format!("#{account}"), |name| name.to_string());
                Ok((name, mark(&result)))
            };
            done.into_iter().map(named).collect::<Result<Vec<_>, StoreError>>()
        })
        .await?;
    kit::page(&show(&call, minutes, false, Faults::default(), results).await?)
}

fn mark(result: &BulkResult) -> Mark {
    match result {
        Ok(()) => Mark::new("good", "done"),
        Err(StoreError::NotPermitted) => Mark::new("bad", "not permitted"),
        Err(StoreError::NotFound { .. }) => Mark::new("muted", "nothing to do"),
        Err(_) => Mark::new("bad", "refused"),
    }
}

fn minutes(typed: &str) -> u32 {
    typed.parse().ok().filter(|minutes| (1..=10_080).contains(minutes)).unwrap_or(10)
}

async fn show(
    call: &Call,
    minutes: u32,
    all: bool,
    faults: Faults,
    results: Vec<(String, Mark)>,
) -> Result<Joiners, Refusal> {
    let (now, role, may_act) = (call.now, call.viewer.role, call.may(Action::BulkAct));
    let since = now.plus_ms(-i64::from(minutes) * 60_000);
    let lines = call.read(move |reads| reads.recent_joiners(since, now, SHOWN)).await?;
    let row = |line: &JoinerLine| Row {
        person: Who::new(line.id, &line.name, line.role),
        joined: When::new(line.created_at, now),
        came_by: line
            .invite
            .map_or_else(|| "without an invite".to_owned(), |invite| format!("invite #{invite}")),
        network: line.tag.map_or_else(String::new, |tag| NetworkTag(tag).to_string()),
        state: words::person(line.state, line.banned),
        may_act: may_act && may_act_on(role, line.role),
    };
    Ok(Joiners {
        shell: call.shell.clone(),
        spans: Choice::menu(&SPANS, &minutes.to_string()),
        minutes,
        all,
        rows: lines.iter().map(row).collect(),
        may_act,
        acts: Choice::menu(&ACTS, call.form.get("act")),
        lengths: words::lengths(call.form.get("length")),
        reasons: &REASONS,
        faults,
        results,
    })
}
