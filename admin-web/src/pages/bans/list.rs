//! The list of bans and other measures, with its filters in the address.

use askama::Template;
use domain::role::Action;
use domain::sanction::{Kind, Target, from_word};
use proto::ids::{SanctionId, Timestamp};
use store::{SanctionFilter, SanctionLine, SanctionRow, Standing, TargetKind};

use crate::filters;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::words;
use crate::shell::Shell;
use crate::view::{Choice, Mark, Pager, When, count};

#[derive(Template)]
#[template(path = "bans.html")]
struct List {
    shell: Shell,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    targets: Vec<Choice>,
    q: String,
    filtered: bool,
    may_ban: bool,
    may_import: bool,
    may_export: bool,
    rows: Vec<Row>,
    pager: Pager,
}

/// A measure on one line.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) target: String,
    pub(crate) target_kind: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) by: String,
    pub(crate) since: When,
    pub(crate) until: Option<When>,
    pub(crate) hits: String,
    pub(crate) state: Mark,
    pub(crate) enforced: String,
}

/// Measures on a page.
const PAGE: usize = 50;
const STATES: [(&str, &str); 3] = [("", "All"), ("active", "Active"), ("over", "Over")];
const KINDS: [(&str, &str); 6] = [
    ("", "All"),
    ("ban", "Bans"),
    ("mute", "Mutes"),
    ("timeout", "Time-outs"),
    ("softban", "Soft bans"),
    ("kick", "Kicks"),
];
const TARGETS: [(&str, &str); 5] = [
    ("", "All"),
    ("account", "Accounts"),
    ("device", "Devices"),
    ("network", "Networks"),
    ("lineage", "Invites"),
];

/// `GET /bans`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let field = |name| call.query.get(name).to_owned();
    let (state, kind, target, q, from) =
        (field("state"), field("kind"), field("target"), field("q"), field("from"));
    let filter = SanctionFilter {
        standing: match state.as_str() {
            "active" => Some(Standing::Stands(call.now)),
            "over" => Some(Standing::Over(call.now)),
            _ => None,
        },
        kind: from_word(&kind),
        target: match target.as_str() {
            "account" => Some(TargetKind::Account),
            "device" => Some(TargetKind::Device),
            "network" => Some(TargetKind::Network),
            "lineage" => Some(TargetKind::Lineage),
            _ => None,
        },
        text: q.clone(),
        ..SanctionFilter::default()
    };
    let before = from.parse().ok().and_then(SanctionId::new);
    let now = call.now;
    let (found, enforced) = call
        .read(move |reads| {
            let found = reads.sanctions(&filter, before, PAGE)?;
            let enforced = found.items.iter().map(|line| reads.enforcement(line.row.id));
            let enforced = enforced.collect::<Result<Vec<_>, _>>()?;
            Ok((found, enforced))
        })
        .await?;
    let next = kit::next(&found, |line| line.row.id.to_string());
    let lines = found.items.iter().zip(&enforced);
    let rows = lines.map(|(line, done)| Row {
        enforced: done.map_or_else(String::new, |done| format!("enforced in {} ms", done.took_ms)),
        ..row(line, now)
    });
    let filters = [("state", state.as_str()), ("kind", &kind), ("target", &target), ("q", &q)];
    let page = List {
        shell: call.shell.clone(),
        states: Choice::menu(&STATES, &state),
        kinds: Choice::menu(&KINDS, &kind),
        targets: Choice::menu(&TARGETS, &target),
        filtered: filters.iter().any(|(_, value)| !value.is_empty()),
        may_ban: call.may(Action::Ban),
        may_import: call.may(Action::ImportSanctions),
        may_export: call.may(Action::ExportSanctions),
        rows: rows.collect(),
        pager: Pager::new("/bans", &filters, &from, next),
        q: q.clone(),
    };
    kit::page(&page)
}

/// Returns a measure as a list shows it.
pub(crate) fn row(line: &SanctionLine, now: Timestamp) -> Row {
    let row = &line.row;
    Row {
        id: row.id.get(),
        target: target(line),
        target_kind: words::target_kind(row.target),
        kind: words::kind(row.kind),
        place: words::place(row.scope, line.room_name.as_deref().unwrap_or_default()),
        reason: row.reason.to_string(),
        by: line.by_name.as_deref().map_or_else(|| "the operator".to_owned(), str::to_owned),
        since: When::new(row.at, now),
        until: row.until.map(|until| When::new(until, now)),
        hits: count(line.hits),
        state: state(row, now),
        enforced: String::new(),
    }
}

/// Returns whom or what a measure is against.
pub(crate) fn target(line: &SanctionLine) -> String {
    let name = line.name.as_deref().unwrap_or("?");
    match line.row.target {
        Target::Account(_) => format!("@{name}"),
        Target::Device(_, device) => format!("device #{device} of @{name}"),
        Target::Network(range) => range.to_string(),
        Target::Lineage(invite) => format!("invite #{invite}"),
    }
}

/// Returns whether a measure binds, and if not, why.
pub(crate) fn state(row: &SanctionRow, now: Timestamp) -> Mark {
    match () {
        () if row.kind == Kind::Kick => Mark::new("muted", "done"),
        () if row.lifted_at.is_some() => Mark::new("muted", "lifted"),
        () if row.stands(now) => Mark::new("bad", "active"),
        () => Mark::new("muted", "ended"),
    }
}
