//! Messages that wait for a moderator.

use askama::Template;
use domain::role::Action;
use proto::ids::HeldId;
use store::HeldDecision;

use crate::filters;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;
use crate::view::{Pager, When, Who};

#[derive(Template)]
#[template(path = "held.html")]
struct Held {
    shell: Shell,
    rows: Vec<Row>,
    may_decide: bool,
    pager: Pager,
}

struct Row {
    id: u64,
    author: Option<Who>,
    place: String,
    at: When,
    why: String,
    text: String,
}

/// Messages on a page.
const PAGE: usize = 50;

/// `GET /held`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let from = call.query.get("from").to_owned();
    let cursor = from.parse().ok().and_then(HeldId::new);
    let found = call.read(move |reads| reads.held(cursor, PAGE)).await?;
    let next = kit::next(&found, |line| line.row.id.to_string());
    let now = call.now;
    let rows = found.items.iter().map(|line| Row {
        id: line.row.id.get(),
        author: Some(Who::new(line.row.author, &line.author_name, line.author_role)),
        place: format!("#{}", &*line.room_name),
        at: When::new(line.row.at, now),
        why: line.row.rule.clone(),
        text: line.row.body.clone(),
    });
    kit::page(&Held {
        rows: rows.collect(),
        may_decide: call.may(Action::DecideHeld),
        pager: Pager::new("/held", &[], &from, next),
        shell: call.shell.clone(),
    })
}

/// `POST /held/ID/release`
pub(crate) async fn release(call: Call, id: HeldId) -> Result<Reply, Refusal> {
    call.act(move |staff| staff.decide_held(id, HeldDecision::Release)).await?;
    kit::done("/held", "Let through. The server delivers it at once.")
}

/// `POST /held/ID/reject`
pub(crate) async fn reject(call: Call, id: HeldId) -> Result<Reply, Refusal> {
    call.act(move |staff| staff.decide_held(id, HeldDecision::Reject)).await?;
    kit::done("/held", "Refused. Its author is told.")
}
