//! Rooms: the list, one room with slow mode and its lock.

use askama::Template;
use domain::role::Action;
use proto::ids::{RoomId, Timestamp};
use proto::message::RoomKind;
use store::{RoomFilter, RoomLine, SanctionFilter};

use crate::filters;
use crate::forms::{self, Faults};
use crate::pages::bans::list::{self, Row as SanctionLine};
use crate::pages::bans::one::required_reason;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::words;
use crate::shell::Shell;
use crate::view::{Choice, Mark, Pager, When, Who, count};

#[derive(Template)]
#[template(path = "rooms.html")]
struct List {
    shell: Shell,
    q: String,
    states: Vec<Choice>,
    filtered: bool,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: u64,
    name: String,
    topic: String,
    members: String,
    messages: String,
    slow: String,
    state: Mark,
    made: Option<When>,
}

#[derive(Template)]
#[template(path = "room.html")]
struct One {
    shell: Shell,
    id: u64,
    name: String,
    topic: String,
    state: Mark,
    members: String,
    messages: String,
    slow: String,
    slow_seconds: u32,
    made: Option<When>,
    made_by: Option<Who>,
    sanctions: Vec<SanctionLine>,
    people: Vec<Who>,
    more_people: bool,
    may_slow: bool,
    may_lock: bool,
    is_locked: bool,
    faults: Faults,
}

/// Rooms on a page, members and measures on a room's.
const PAGE: usize = 50;
/// Longest slow mode in seconds.
const SLOWEST: u32 = 21_600;
const STATES: [(&str, &str); 4] =
    [("", "All"), ("locked", "Locked"), ("slow", "In slow mode"), ("archived", "Archived")];

/// `GET /rooms`
pub(crate) async fn list(call: Call) -> Result<Reply, Refusal> {
    let field = |name| call.query.get(name).to_owned();
    let (q, state, from) = (field("q"), field("state"), field("from"));
    let filter = RoomFilter {
        name: q.clone(),
        locked: (state == "locked").then_some(true),
        slow: (state == "slow").then_some(true),
        archived: (state == "archived").then_some(true),
    };
    let after = from.clone();
    let found = call.read(move |reads| reads.rooms_page(&filter, &after, PAGE)).await?;
    let next = kit::next(&found, |line| line.row.name.to_string());
    let filters = [("q", q.as_str()), ("state", &state)];
    let now = call.now;
    kit::page(&List {
        shell: call.shell.clone(),
        states: Choice::menu(&STATES, &state),
        filtered: filters.iter().any(|(_, value)| !value.is_empty()),
        rows: found.items.iter().map(|line| row(line, now)).collect(),
        pager: Pager::new("/rooms", &filters, &from, next),
        q: q.clone(),
    })
}

/// `GET /rooms/ID`
pub(crate) async fn one(call: Call, id: RoomId) -> Result<Reply, Refusal> {
    kit::page(&show(&call, id, Faults::default()).await?)
}

/// `POST /rooms/ID/slow`
pub(crate) async fn slow(call: Call, id: RoomId) -> Result<Reply, Refusal> {
    let mut faults = Faults::default();
    let Some(seconds) = forms::number("seconds", &call.form, 0, SLOWEST, &mut faults) else {
        return kit::faulty(&show(&call, id, faults).await?);
    };
    call.act(move |staff| staff.slow_mode(id, seconds)).await?;
    kit::done(&format!("/rooms/{id}"), &format!("Slow mode: {}.", words::slow(seconds)))
}

/// `POST /rooms/ID/lock`
pub(crate) async fn lock(call: Call, id: RoomId) -> Result<Reply, Refusal> {
    let reason = required_reason(&call)?;
    call.act(move |staff| staff.lock_room(id, true, &reason)).await?;
    kit::done(&format!("/rooms/{id}"), "The room is locked: only the team writes.")
}

/// `POST /rooms/ID/unlock`
pub(crate) async fn unlock(call: Call, id: RoomId) -> Result<Reply, Refusal> {
    let reason = required_reason(&call)?;
    call.act(move |staff| staff.lock_room(id, false, &reason)).await?;
    kit::done(&format!("/rooms/{id}"), "The room is open again.")
}

async fn show(call: &Call, id: RoomId, faults: Faults) -> Result<One, Refusal> {
    let found = call
        .read(move |reads| {
            let Some(view) = reads.room_view(id)?.filter(|view| view.row.kind == RoomKind::Open) else {
                return Ok(None);
            };
            let filter = SanctionFilter { room: Some(id), ..SanctionFilter::default() };
            let sanctions = reads.sanctions(&filter, None, PAGE)?.items;
            let by = match view.row.created_by {
                Some(by) => reads.account(by)?,
                None => None,
            };
            Ok(Some((view, sanctions, by, reads.members(id, "", PAGE)?)))
        })
        .await?;
    // A room of two is not even there for those who are not in it.
    let Some((line, sanctions, by, members)) = found else { return Err(Refusal::NotFound) };
    let now = call.now;
    let shown = row(&line, now);
    Ok(One {
        shell: call.shell.clone(),
        id: id.get(),
        name: shown.name,
        topic: shown.topic,
        state: shown.state,
        members: shown.members,
        messages: shown.messages,
        slow: shown.slow,
        slow_seconds: line.slow_seconds,
        made: shown.made,
        made_by: by.map(|by| Who::new(by.id, &by.name, by.role)),
        sanctions: sanctions.iter().map(|line| list::row(line, now)).collect(),
        people: members.items.iter().map(|row| Who::new(row.account, &row.name, row.role)).collect(),
        more_people: members.more,
        may_slow: call.may(Action::SetSlowMode),
        may_lock: call.may(Action::ManageRoom),
        is_locked: line.locked,
        faults,
    })
}

fn row(line: &RoomLine, now: Timestamp) -> Row {
    Row {
        id: line.row.id.get(),
        name: line.row.name.to_string(),
        topic: line.row.topic.to_string(),
        members: count(u64::from(line.row.members)),
        messages: count(line.row.last_seq.get()),
        slow: words::slow(line.slow_seconds),
        state: match (line.archived, line.locked) {
            (true, _) => Mark::new("muted", "archived"),
            (false, true) => Mark::new("warn", "locked"),
            (false, false) => Mark::new("good", "open"),
        },
        made: (line.row.created_at.0 != 0).then(|| When::new(line.row.created_at, now)),
    }
}
