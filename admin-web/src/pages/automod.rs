//! Filters: the list, one filter with its dry run.

use std::time::Instant;

use askama::Template;
use domain::filter::{Action as Does, Filter, FilterSet, Links, Mode};
use domain::role::Action;
use domain::sanction::Scope;
use proto::ids::{FilterId, RoomId, Timestamp};
use store::{FilterRow, NewFilter, Reads, RecentText, StoreError};

use crate::filters;
use crate::forms::{Faults, FilterForm, sentence};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::{resolve, words};
use crate::request::Fields;
use crate::shell::Shell;
use crate::view::{Choice, Mark, When, address, count};

#[derive(Template)]
#[template(path = "automod.html")]
struct List {
    shell: Shell,
    may_manage: bool,
    may_test: bool,
    rows: Vec<Row>,
}

struct Row {
    id: u64,
    pattern: String,
    kind: &'static str,
    place: String,
    action: String,
    mode: Mark,
    hits: String,
    last: Option<When>,
}

#[derive(Template)]
#[template(path = "filter.html")]
struct One {
    shell: Shell,
    heading: String,
    action_path: String,
    remove_path: String,
    faults: Faults,
    kinds: Vec<Choice>,
    pattern: String,
    scopes: Vec<Choice>,
    room: String,
    actions: Vec<Choice>,
    mute_seconds: String,
    modes: Vec<Choice>,
    sample: String,
    may_manage: bool,
    dry_run: Option<DryRun>,
}

/// What a filter would have done.
struct DryRun {
    sample: &'static str,
    hits: usize,
    looked_at: usize,
    took: String,
    rows: Vec<Match>,
}

struct Match {
    author: String,
    place: String,
    at: When,
    text: String,
}

/// Messages a dry run looks at.
const RECENT: usize = 1_000;
/// Matches a dry run shows.
const SHOWN: usize = 20;
const KINDS: [(&str, &str); 3] = [("word", "Words"), ("regex", "A pattern"), ("link", "Links to a host")];
const SCOPES: [(&str, &str); 2] = [("server", "In every open room"), ("room", "In one room")];
const ACTIONS: [(&str, &str); 4] = [
    ("hold", "Hold the message for a moderator"),
    ("refuse", "Refuse the message and say why"),
    ("mute", "Refuse it and mute its author"),
    ("kick", "Refuse it and disconnect its author"),
];
const MODES: [(&str, &str); 3] = [("shadow", "Shadow: count, do nothing"), ("on", "On"), ("off", "Off")];

/// `GET /automod`
pub(crate) async fn list(call: Call) -> Result<Reply, Refusal> {
    let rows = call.read(all).await?;
    let now = call.now;
    let row = |row: &FilterRow| Row {
        id: row.filter.id.get(),
        pattern: row.filter.pattern.clone(),
        kind: words::filter_kind(row.filter.kind),
        place: row.room_name.as_ref().map_or_else(|| "everywhere".to_owned(), |name| format!("#{}", &**name)),
        action: words::filter_action(row.filter.action),
        mode: words::filter_mode(row.filter.mode),
        hits: count(row.hits.saturating_add(row.shadow_hits)),
        last: row.last_at.map(|at| When::new(at, now)),
    };
    kit::page(&List {
        rows: rows.iter().map(row).collect(),
        may_manage: call.may(Action::ManageFilters),
        may_test: call.may(Action::TestFilters),
        shell: call.shell.clone(),
    })
}

fn all(reads: &Reads<'_>) -> Result<Vec<FilterRow>, StoreError> {
    reads.filters()
}

/// `GET /automod/new`
pub(crate) async fn new(call: Call) -> Result<Reply, Refusal> {
    let fields = call.query.clone();
    kit::page(&form(&call, None, &fields, Faults::default(), None).await?)
}

/// `GET /automod/ID`
pub(crate) async fn one(call: Call, id: FilterId) -> Result<Reply, Refusal> {
    let rows = call.read(all).await?;
    let Some(row) = rows.into_iter().find(|row| row.filter.id == id) else { return Err(Refusal::NotFound) };
    let fields = fields_of(&row);
    kit::page(&form(&call, Some(id), &fields, Faults::default(), None).await?)
}

/// `POST /automod/new`
pub(crate) async fn create(call: Call) -> Result<Reply, Refusal> {
    submit(call, None).await
}

/// `POST /automod/ID`
pub(crate) async fn change(call: Call, id: FilterId) -> Result<Reply, Refusal> {
    submit(call, Some(id)).await
}

/// `POST /automod/ID/remove`
pub(crate) async fn remove(call: Call, id: FilterId) -> Result<Reply, Refusal> {
    call.act(move |staff| staff.remove_filter(id)).await?;
    kit::done("/automod", "The filter is removed and judges nothing any more.")
}

/// A dry run, or the filter is saved.
async fn submit(call: Call, id: Option<FilterId>) -> Result<Reply, Refusal> {
    let fields = call.form.clone();
    let read = match FilterForm::read(&fields) {
        Ok(read) => read,
        Err(faults) => return kit::faulty(&form(&call, id, &fields, faults, None).await?),
    };
    let scope = read.scope.clone();
    let (mut faults, scope) = call
        .read(move |reads| {
            let mut faults = Faults::default();
            let scope = resolve::room(reads, &scope, &mut faults)?;
            Ok((faults, scope))
        })
        .await?;
    let room = match scope {
        Some((Scope::Room(room), _)) => Some(room),
        Some((Scope::Server, _)) => None,
        None => return kit::faulty(&form(&call, id, &fields, faults, None).await?),
    };
    let filter = filter_of(&read, id, room);
    if let Err(error) = FilterSet::check(&filter) {
        faults.add("pattern", sentence(error));
        return kit::faulty(&form(&call, id, &fields, faults, None).await?);
    }
    if fields.get("step") == "save" {
        call.must(Action::ManageFilters)?;
        let new =
            NewFilter { room, kind: read.kind, pattern: read.pattern, action: read.action, mode: read.mode };
        call.act(move |staff| staff.set_filter(id, &new)).await?;
        return kit::done("/automod", "The filter is saved and in force.");
    }
    let texts = call.read(move |reads| reads.recent_texts(room, RECENT)).await?;
    let run = dry_run(&filter, &texts, fields.get("sample"), call.now);
    kit::page(&form(&call, id, &fields, faults, Some(run)).await?)
}

/// Tries a filter on recent messages and on a typed text.
fn dry_run(filter: &Filter, texts: &[RecentText], sample: &str, now: Timestamp) -> DryRun {
    // Off is not compiled, and what is tried is what it would do when it acts.
    let acting = Filter { mode: Mode::On, ..filter.clone() };
    let (set, _) = FilterSet::compile(std::slice::from_ref(&acting));
    let hits = |room: RoomId, text: &str| !set.judge(room, text, Links::Free).matched.is_empty();
    let began = Instant::now();
    let matching: Vec<&RecentText> = texts.iter().filter(|text| hits(text.room, &text.body)).collect();
    let took = began.elapsed();
    let sample_room = filter.room.unwrap_or(store::LOBBY);
    DryRun {
        sample: match (sample.trim().is_empty(), hits(sample_room, sample)) {
            (true, _) => "",
            (false, true) => "Your text matches.",
            (false, false) => "Your text does not match.",
        },
        hits: matching.len(),
        looked_at: texts.len(),
        took: format!("{} ms", took.as_millis().max(1)),
        rows: matching
            .into_iter()
            .take(SHOWN)
            .map(|text| Match {
                author: text.author_name.to_string(),
                place: format!("#{}", &*text.room_name),
                at: When::new(text.at, now),
                text: text.body.clone(),
            })
            .collect(),
    }
}

fn filter_of(form: &FilterForm, id: Option<FilterId>, room: Option<RoomId>) -> Filter {
    let id = id.or(FilterId::new(0)).expect("0 is within the range of ids");
    Filter { id, room, kind: form.kind, pattern: form.pattern.clone(), action: form.action, mode: form.mode }
}

/// Returns a stored filter as the form shows it.
fn fields_of(row: &FilterRow) -> Fields {
    let room = row.room_name.as_deref().unwrap_or_default();
    let (action, seconds) = match row.filter.action {
        Does::Hold => ("hold", 600),
        Does::Refuse => ("refuse", 600),
        Does::Mute { seconds } => ("mute", seconds),
        Does::Kick => ("kick", 600),
    };
    let query = address(
        "",
        &[
            ("kind", row.filter.kind.word()),
            ("pattern", &row.filter.pattern),
            ("scope", if row.filter.room.is_some() { "room" } else { "server" }),
            ("room", room),
            ("action", action),
            ("mute_seconds", &seconds.to_string()),
            ("mode", row.filter.mode.word()),
        ],
    );
    Fields::parse(query.trim_start_matches('?'))
}

async fn form(
    call: &Call,
    id: Option<FilterId>,
    fields: &Fields,
    faults: Faults,
    dry_run: Option<DryRun>,
) -> Result<One, Refusal> {
    let text = |name: &str| fields.get(name).to_owned();
    let seconds = text("mute_seconds");
    Ok(One {
        shell: call.shell.clone(),
        heading: id.map_or_else(|| "New filter".to_owned(), |id| format!("Filter {id}")),
        action_path: id.map_or_else(|| "/automod/new".to_owned(), |id| format!("/automod/{id}")),
        remove_path: id.map_or_else(String::new, |id| format!("/automod/{id}/remove")),
        faults,
        kinds: Choice::menu(&KINDS, fields.get("kind")),
        pattern: text("pattern"),
        scopes: Choice::menu(&SCOPES, fields.get("scope")),
        room: text("room"),
        actions: Choice::menu(&ACTIONS, fields.get("action")),
        mute_seconds: if seconds.is_empty() { "600".to_owned() } else { seconds },
        modes: Choice::menu(&MODES, fields.get("mode")),
        sample: text("sample"),
        may_manage: call.may(Action::ManageFilters),
        dry_run,
    })
}
