//! The list of people.

use askama::Template;
use domain::role;
use proto::ids::{AccountId, Timestamp};
use store::{AccountState, PeopleCursor, PeopleFilter, PeopleOrder, PersonLine};

use crate::filters;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::words;
use crate::shell::Shell;
use crate::view::{Choice, Mark, Pager, When};

#[derive(Template)]
#[template(path = "users.html")]
struct List {
    shell: Shell,
    q: String,
    roles: Vec<Choice>,
    states: Vec<Choice>,
    sorts: Vec<Choice>,
    filtered: bool,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: u64,
    name: String,
    role: &'static str,
    state: Mark,
    joined: When,
    seen: Option<When>,
    devices: u32,
    measures: u32,
    reports: u32,
}

/// People on a page.
const PAGE: usize = 50;
const ROLES: [(&str, &str); 7] = [
    ("", "All"),
    ("owner", "Owners"),
    ("admin", "Admins"),
    ("moderator", "Moderators"),
    ("auditor", "Auditors"),
    ("member", "Members"),
    ("bot", "Bots"),
];
const STATES: [(&str, &str); 4] =
    [("", "All"), ("active", "Active"), ("pending", "Waiting for approval"), ("rejected", "Refused")];
const SORTS: [(&str, &str); 2] = [("", "By name"), ("newest", "Newest first")];

/// `GET /users`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let field = |name| call.query.get(name).to_owned();
    let (q, role, state, sort, from) =
        (field("q"), field("role"), field("state"), field("sort"), field("from"));
    if let Some(id) = q.strip_prefix('#').and_then(|number| number.parse().ok()).and_then(AccountId::new) {
        return Ok(Reply::to(&format!("/users/{id}")));
    }
    let order = if sort == "newest" { PeopleOrder::Newest } else { PeopleOrder::Name };
    let filter = PeopleFilter {
        name: q.clone(),
        role: role::from_word(&role),
        state: match state.as_str() {
            "active" => Some(AccountState::Active),
            "pending" => Some(AccountState::Pending),
            "rejected" => Some(AccountState::Rejected),
            _ => None,
        },
        order,
    };
    let (cursor, now) = (PeopleCursor::parse(&from), call.now);
    let found = call.read(move |reads| reads.people(&filter, cursor.as_ref(), PAGE, now)).await?;
    let next = kit::next(&found, |line| line.cursor(order).to_string());
    let filters = [("q", q.as_str()), ("role", &role), ("state", &state), ("sort", &sort)];
    kit::page(&List {
        shell: call.shell.clone(),
        roles: Choice::menu(&ROLES, &role),
        states: Choice::menu(&STATES, &state),
        sorts: Choice::menu(&SORTS, &sort),
        filtered: filters.iter().any(|(_, value)| !value.is_empty()),
        rows: found.items.iter().map(|line| row(line, now)).collect(),
        pager: Pager::new("/users", &filters, &from, next),
        q: q.clone(),
    })
}

fn row(line: &PersonLine, now: Timestamp) -> Row {
    Row {
        id: line.id.get(),
        name: line.name.to_string(),
        role: role::word(line.role),
        state: words::person(line.state, line.banned),
        joined: When::new(line.created_at, now),
        seen: line.last_seen.map(|at| When::new(at, now)),
        devices: line.devices,
        measures: line.sanctions,
        reports: line.reports,
    }
}
