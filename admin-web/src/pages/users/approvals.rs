//! Applications for an account.

use askama::Template;
use domain::role::Action;
use domain::settings::Settings;
use proto::ids::AccountId;

use crate::filters;
use crate::pages::bans::one::required_reason;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;
use crate::view::{Pager, When, Who};

#[derive(Template)]
#[template(path = "approvals.html")]
struct Approvals {
    shell: Shell,
    mode: &'static str,
    rows: Vec<Row>,
    may_decide: bool,
    pager: Pager,
}

struct Row {
    person: Who,
    at: When,
    network: String,
    application: String,
}

/// Applications on a page.
const PAGE: usize = 50;

/// `GET /approvals`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let from = call.query.get("from").to_owned();
    let cursor = from.parse().ok().and_then(AccountId::new);
    let (found, stored) =
        call.read(move |reads| Ok((reads.applicants(cursor, PAGE)?, reads.settings()?))).await?;
    let next = kit::next(&found, |line| line.id.to_string());
    let (settings, _) =
        Settings::from_stored(stored.iter().map(|row| (row.key.as_str(), row.value.as_str())));
    let now = call.now;
    let row = |line: &store::ApplicantLine| Row {
        person: Who::new(line.id, &line.name, line.role),
        at: When::new(line.created_at, now),
        network: line.tag.map_or_else(String::new, |tag| domain::network_tag::NetworkTag(tag).to_string()),
        application: line.application.to_string(),
    };
    kit::page(&Approvals {
        mode: settings.registration.word(),
        rows: found.items.iter().map(row).collect(),
        may_decide: call.may(Action::Approve),
        pager: Pager::new("/approvals", &[], &from, next),
        shell: call.shell.clone(),
    })
}

/// `POST /approvals/ID/approve`
pub(crate) async fn approve(call: Call, id: AccountId) -> Result<Reply, Refusal> {
    call.act(move |staff| staff.approve(id)).await?;
    kit::done("/approvals", "Let in. They can log in from this moment.")
}

/// `POST /approvals/ID/reject`
pub(crate) async fn reject(call: Call, id: AccountId) -> Result<Reply, Refusal> {
    let reason = required_reason(&call)?;
    call.act(move |staff| staff.reject(id, &reason)).await?;
    kit::done("/approvals", "Refused.")
}
