//! One person: what is known, and what can be done.

use askama::Template;
use domain::network_tag::NetworkTag;
use domain::role::{self, Action, may_act_on};
use proto::ids::{AccountId, PublicKey, Timestamp};
use proto::message::{Role, RoomKind};
use store::{
    EvictionsOf, PersonView, PurgeRow, PurgeState, Reads, ReportFilter, SanctionFilter, StoreError, Subject,
};

use crate::filters;
use crate::pages::bans::list::{self, Row as SanctionLine};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::sealed::evictions::{self, Row as Eviction};
use crate::pages::{history, words};
use crate::shell::Shell;
use crate::view::{Choice, Mark, NoteView, When, Who, count};

#[derive(Template)]
#[template(path = "user.html")]
struct One {
    shell: Shell,
    id: u64,
    name: String,
    role: &'static str,
    state: Mark,
    joined: When,
    seen: Option<When>,
    came_by: String,
    measures: String,
    reports_about: String,
    reports_by: String,
    application: String,
    limits: String,
    sanctions: Vec<SanctionLine>,
    devices: Vec<DeviceLine>,
    evictions: Vec<Eviction>,
    reports: Vec<ReportLine>,
    notes: Vec<NoteView>,
    rooms: Vec<(u64, String)>,
    networks: Vec<NetworkLine>,
    purges: Vec<PurgeLine>,
    may_purge: bool,
    purge_spans: Vec<Choice>,
    may_ban: bool,
    may_revoke: bool,
    may_note: bool,
    may_reset: bool,
    may_reveal: bool,
    role_choices: Vec<Choice>,
}

struct DeviceLine {
    id: u64,
    label: String,
    client: String,
    key: String,
    seen: When,
}

struct ReportLine {
    id: u64,
    category: &'static str,
    state: Mark,
    at: When,
}

struct NetworkLine {
    tag: String,
    last: When,
    others: Vec<Who>,
}

struct PurgeLine {
    id: u64,
    state: Mark,
    at: When,
    may_undo: bool,
}

/// Measures, reports, notes and neighbours a page shows.
const SHOWN: usize = 20;

const SPANS: [(&str, &str); 4] =
    [("1", "hour"), ("24", "day"), ("168", "7 days"), ("all", "time since they joined")];

/// What the page needs of the store.
struct Found {
    view: PersonView,
    sanctions: Vec<store::SanctionLine>,
    devices: Vec<store::DeviceRow>,
    evictions: Vec<store::EvictionLine>,
    about: Vec<store::ReportLine>,
    notes: Vec<store::NoteRow>,
    rooms: Vec<(u64, String)>,
    networks: Vec<([u8; 10], Timestamp, Vec<Who>)>,
    purges: Vec<PurgeRow>,
}

/// `GET /users/ID`
pub(crate) async fn page(call: Call, id: AccountId) -> Result<Reply, Refusal> {
    let now = call.now;
    let found = call.read(move |reads| find(reads, id, now)).await?.ok_or(Refusal::NotFound)?;
    let viewer = call.viewer.role;
    let person = &found.view.account;
    let outranked = may_act_on(viewer, person.role);
    let may = |action| outranked && call.may(action);
    let role_choices =
        if may(Action::ManageRoles) { words::roles_below(viewer, person.role) } else { Vec::new() };
    kit::page(&One {
        shell: call.shell.clone(),
        id: id.get(),
        name: person.name.to_string(),
        role: role::word(person.role),
        state: words::person(found.view.state, found.view.banned),
        joined: When::new(person.created_at, now),
        seen: When::maybe(found.view.last_seen, now),
        came_by: person
            .invite
            .map_or_else(|| "without an invite".to_owned(), |invite| format!("invite #{invite}")),
        measures: count(found.view.sanctions),
        reports_about: count(found.view.reports_about),
        reports_by: count(found.view.reports_by),
        application: found.view.application.to_string(),
        limits: limits(id == call.viewer.account, outranked, viewer).to_owned(),
        sanctions: found.sanctions.iter().map(|line| list::row(line, now)).collect(),
        devices: found.devices.iter().map(|row| device(row, now)).collect(),
        evictions: found.evictions.iter().map(|line| evictions::row(line, now)).collect(),
        reports: found.about.iter().map(|line| report(line, now)).collect(),
        notes: history::notes(&found.notes, now),
        rooms: found.rooms,
        networks: found
            .networks
            .into_iter()
            .map(|(tag, last, others)| NetworkLine {
                tag: NetworkTag(tag).to_string(),
                last: When::new(last, now),
                others,
            })
            .collect(),
        purges: found.purges.iter().map(|row| purge(row, now, call.may(Action::Purge))).collect(),
        may_purge: may(Action::Purge),
        purge_spans: Choice::menu(&SPANS, "24"),
        may_ban: may(Action::Ban),
        may_revoke: may(Action::RevokeDevices),
        may_note: call.may(Action::Note),
        may_reset: may(Action::ManageUsers),
        may_reveal: call.may(Action::RevealNetwork),
        role_choices,
    })
}

fn find(reads: &Reads<'_>, id: AccountId, now: Timestamp) -> Result<Option<Found>, StoreError> {
    let Some(view) = reads.person_view(id, now)? else { return Ok(None) };
    let sanctions = SanctionFilter { account: Some(id), ..SanctionFilter::default() };
    let about = ReportFilter { account: Some(id), ..ReportFilter::default() };
    // Rooms of two are nobody else's business.
    let rooms = reads
        .rooms_of(id)?
        .into_iter()
        .filter(|room| room.kind == RoomKind::Open && room.room != store::LOBBY);
    let mut networks = Vec::new();
    for network in reads.networks_of(id)?.into_iter().take(SHOWN) {
        let others = reads.accounts_on(&network.tag, SHOWN)?.into_iter().filter(|other| other.id != id);
        let others = others.map(|other| Who::new(other.id, &other.name, other.role)).collect();
        networks.push((network.tag, network.last_at, others));
    }
    Ok(Some(Found {
        sanctions: reads.sanctions(&sanctions, None, SHOWN)?.items,
        devices: reads.devices(id)?,
        evictions: reads.evictions_page(EvictionsOf::Account(id), None, SHOWN)?.items,
        about: reads.reports(&about, None, SHOWN)?.items,
        notes: reads.notes(Subject::Account(id), SHOWN)?,
        rooms: rooms.map(|room| (room.room.get(), room.name.to_string())).collect(),
        networks,
        purges: reads.purges_of(id, SHOWN)?,
        view,
    }))
}

/// Returns why buttons are missing, if they are.
fn limits(is_self: bool, outranked: bool, viewer: Role) -> &'static str {
    match (is_self, outranked, role::is_staff(viewer)) {
        (true, _, _) => "This is you. Nobody acts on themselves; your own settings are under Profile.",
        (false, false, true) => {
            "This person's role is not below yours, so you can read this page and write notes."
        }
        _ => "",
    }
}

fn device(row: &store::DeviceRow, now: Timestamp) -> DeviceLine {
    DeviceLine {
        id: row.device.get(),
        label: row.label.to_string(),
        client: row.client.to_string(),
        key: fingerprint(&row.key),
        seen: When::new(row.last_seen, now),
    }
}

/// Returns the first bytes of a key, enough to tell two of one person apart.
fn fingerprint(key: &PublicKey) -> String {
    key.0[..6].chunks(2).map(|pair| format!("{:02x}{:02x}", pair[0], pair[1])).collect::<Vec<_>>().join(" ")
}

fn report(line: &store::ReportLine, now: Timestamp) -> ReportLine {
    ReportLine {
        id: line.row.id.get(),
        category: words::category(line.row.category),
        state: words::report_state(line.row.state),
        at: When::new(line.row.at, now),
    }
}

fn purge(row: &PurgeRow, now: Timestamp, may: bool) -> PurgeLine {
    let state = match row.state {
        PurgeState::Hidden => Mark::new("warn", "removed"),
        PurgeState::Undone => Mark::new("good", "brought back"),
        PurgeState::Wiped => Mark::new("muted", "wiped"),
    };
    let may_undo = may && row.state == PurgeState::Hidden && now < row.undo_until;
    PurgeLine { id: row.id.get(), state, at: When::new(row.at, now), may_undo }
}
