//! Who joined lately, and one act on all of them.

use askama::Template;
use domain::network_tag::NetworkTag;
use store::JoinerLine;

use crate::filters;
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
    rows: Vec<Row>,
}

struct Row {
    person: Who,
    joined: When,
    came_by: String,
    network: String,
    state: Mark,
}

/// People the page shows.
const SHOWN: usize = 200;
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
    kit::page(&show(&call, minutes).await?)
}

fn minutes(typed: &str) -> u32 {
    typed.parse().ok().filter(|minutes| (1..=10_080).contains(minutes)).unwrap_or(10)
}

async fn show(call: &Call, minutes: u32) -> Result<Joiners, Refusal> {
    let now = call.now;
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
    };
    Ok(Joiners {
        shell: call.shell.clone(),
        spans: Choice::menu(&SPANS, &minutes.to_string()),
        minutes,
        rows: lines.iter().map(row).collect(),
    })
}
