//! The queue of reports.

use askama::Template;
use domain::report::{CATEGORIES, category_from_word, state_from_word};
use proto::ids::{AccountId, Timestamp};
use store::{ReportCursor, ReportFilter, ReportLine};

use crate::filters;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::words;
use crate::shell::Shell;
use crate::view::{Choice, Mark, Pager, When};

#[derive(Template)]
#[template(path = "reports.html")]
struct Queue {
    shell: Shell,
    states: Vec<Choice>,
    assignees: Vec<Choice>,
    categories: Vec<Choice>,
    filtered: bool,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: u64,
    about: String,
    excerpt: String,
    category: &'static str,
    source: Mark,
    priority: u32,
    count: u32,
    at: When,
    state: Mark,
    holder: String,
}

/// Reports on a page.
const PAGE: usize = 50;
const STATES: [(&str, &str); 6] = [
    ("", "Open"),
    ("new", "New"),
    ("claimed", "Claimed"),
    ("actioned", "Acted on"),
    ("dismissed", "Dismissed"),
    ("all", "All"),
];
const ASSIGNEES: [(&str, &str); 2] = [("", "Anybody"), ("me", "Me")];

/// `GET /reports`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let field = |name| call.query.get(name).to_owned();
    let (state, assignee, category, from) =
        (field("state"), field("assignee"), field("category"), field("from"));
    let filter = ReportFilter {
        open: state.is_empty(),
        state: state_from_word(&state),
        assignee: (assignee == "me").then_some(call.viewer.account),
        category: category_from_word(&category),
        ..ReportFilter::default()
    };
    let cursor = ReportCursor::parse(&from);
    let found = call.read(move |reads| reads.reports(&filter, cursor, PAGE)).await?;
    let next = kit::next(&found, |line| line.cursor().to_string());
    let filters = [("state", state.as_str()), ("assignee", &assignee), ("category", &category)];
    let all = [Choice::new("", "All", &category)];
    let categories =
        CATEGORIES.into_iter().map(|known| Choice::new(known.word(), words::category(known), &category));
    let now = call.now;
    kit::page(&Queue {
        shell: call.shell.clone(),
        states: Choice::menu(&STATES, &state),
        assignees: Choice::menu(&ASSIGNEES, &assignee),
        categories: all.into_iter().chain(categories).collect(),
        filtered: filters.iter().any(|(_, value)| !value.is_empty()),
        rows: found.items.iter().map(|line| row(line, call.viewer.account, now)).collect(),
        pager: Pager::new("/reports", &filters, &from, next),
    })
}

fn row(line: &ReportLine, viewer: AccountId, now: Timestamp) -> Row {
    let report = &line.row;
    let lines = match line.lines {
        0 => "their account".to_owned(),
        1 => "1 message".to_owned(),
        many => format!("{many} messages"),
    };
    let place = match (report.room, line.room_kind, &line.room_name) {
        (Some(room), Some(kind), Some(name)) => format!(" in {}", words::room(kind, room, name)),
        _ => String::new(),
    };
    Row {
        id: report.id.get(),
        about: format!("@{}: {lines}{place}", &*line.name),
        excerpt: report.note.to_string(),
        category: words::category(report.category),
        source: words::source(report.kind, line.room_kind),
        priority: report.priority,
        count: report.merged.saturating_add(1),
        at: When::new(report.at, now),
        state: words::report_state(report.state),
        holder: match (report.assignee, &line.assignee_name) {
            (Some(holder), _) if holder == viewer => "you".to_owned(),
            (Some(_), Some(name)) => name.to_string(),
            _ => String::new(),
        },
    }
}
