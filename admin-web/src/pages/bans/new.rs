//! A new measure: the form, whom it would hit, and the act.

use askama::Template;
use domain::role::{permits, words as action_words};
use domain::sanction::{Length, check, needed_action, needs_step_up};
use proto::ids::ReportId;
use store::NewSanction;

use super::impact::{Asker, Impact, reach};
use crate::filters;
use crate::forms::{Faults, REASONS, SanctionForm, sentence};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::resolve::{self, Resolved};
use crate::pages::words;
use crate::request::Fields;
use crate::shell::Shell;
use crate::view::{Choice, address};

#[derive(Template)]
#[template(path = "ban_new.html")]
struct New {
    shell: Shell,
    refusal: String,
    report: String,
    targets: Vec<Choice>,
    target: String,
    kinds: Vec<Choice>,
    scopes: Vec<Choice>,
    room: String,
    lengths: Vec<Choice>,
    other_length: String,
    reasons: &'static [&'static str],
    preset: String,
    reason: String,
    note: String,
    no_appeal: bool,
    faults: Faults,
    impact: Option<Impact>,
}

const TARGETS: [(&str, &str); 5] = [
    ("account", "An account"),
    ("device", "One device"),
    ("address", "One address"),
    ("network", "A network"),
    ("lineage", "Everybody who came by an invite"),
];
const KINDS: [(&str, &str); 5] = [
    ("ban", "Ban: kept out"),
    ("mute", "Mute: may read, not write"),
    ("timeout", "Time-out: may read, not write or move"),
    ("softban", "Soft ban: only known people from that network"),
    ("kick", "Kick: disconnected once"),
];
const SCOPES: [(&str, &str); 2] = [("server", "Everywhere"), ("room", "In one room")];
/// What a form keeps while its author proves who they are.
const KEPT: [&str; 11] = [
    "against",
    "target",
    "kind",
    "scope",
    "room",
    "length",
    "other_length",
    "preset",
    "reason",
    "no_appeal",
    "report",
];

/// `GET /bans/new`: the form, filled from the address.
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let fields = call.query.clone();
    kit::page(&form(call.shell.clone(), &fields, Faults::default(), String::new(), None))
}

/// `POST /bans/new`: shows whom it would hit, or does it.
pub(crate) async fn submit(call: Call) -> Result<Reply, Refusal> {
    let fields = call.form.clone();
    let read = match SanctionForm::read(&fields) {
        Ok(read) => read,
        Err(faults) => return kit::faulty(&form(call.shell.clone(), &fields, faults, String::new(), None)),
    };
    let (target, scope) = (read.target.clone(), read.scope.clone());
    let resolved = match call.read(move |reads| resolve::measure(reads, &target, &scope)).await? {
        Ok(resolved) => resolved,
        Err(faults) => return kit::faulty(&form(call.shell.clone(), &fields, faults, String::new(), None)),
    };
    if let Err(invalid) = check(resolved.target, read.kind, resolved.scope, read.length) {
        let page = form(call.shell.clone(), &fields, Faults::default(), sentence(invalid), None);
        return kit::faulty(&page);
    }
    let needed = needed_action(resolved.target, read.kind, read.length);
    if !permits(call.viewer.role, needed) {
        let refusal = format!("Your role does not permit this: {}.", action_words(needed));
        return kit::forbidden(&form(call.shell.clone(), &fields, Faults::default(), refusal, None));
    }
    let impact = impact(&call, &read, &resolved).await?;
    if fields.get("step") != "do" || impact.is_refused {
        return kit::page(&form(call.shell.clone(), &fields, Faults::default(), String::new(), Some(impact)));
    }
    if needs_step_up(resolved.target, read.length, impact.count) {
        call.stepped_up(&back(&fields))?;
    }
    let new = NewSanction {
        target: resolved.target,
        kind: read.kind,
        scope: resolved.scope,
        reason: read.reason,
        note: read.note,
        until: read.length.and_then(|length: Length| length.end(call.now)),
        report: fields.get("report").parse().ok().and_then(ReportId::new),
        appealable: read.appealable,
    };
    let id = call.act_from(&back(&fields), move |staff| staff.sanction(&new)).await?;
    let words = format!("{}.", impact.button);
    kit::done_with_undo(&format!("/bans/{id}"), &words, &format!("/bans/{id}/undo"))
}

/// Looks up whom a measure would hit.
async fn impact(call: &Call, form: &SanctionForm, resolved: &Resolved) -> Result<Impact, Refusal> {
    let (target, tags, now) = (resolved.target, call.app.tags.clone(), call.now);
    let found = call.read(move |reads| reach(reads, target, &tags, now)).await?;
    let asker = Asker { account: call.viewer.account, role: call.viewer.role, address: call.peer };
    Ok(Impact::of(form, resolved, &found, asker))
}

/// Returns the address that opens the form as it is filled in.
fn back(fields: &Fields) -> String {
    let kept: Vec<(&str, &str)> = KEPT.iter().map(|name| (*name, fields.get(name))).collect();
    address("/bans/new", &kept)
}

fn form(shell: Shell, fields: &Fields, faults: Faults, refusal: String, impact: Option<Impact>) -> New {
    let text = |name: &str| fields.get(name).to_owned();
    New {
        shell,
        refusal,
        report: text("report"),
        targets: Choice::menu(&TARGETS, fields.get("against")),
        target: text("target"),
        kinds: Choice::menu(&KINDS, fields.get("kind")),
        scopes: Choice::menu(&SCOPES, fields.get("scope")),
        room: text("room"),
        lengths: words::lengths(fields.get("length")),
        other_length: text("other_length"),
        reasons: &REASONS,
        preset: text("preset"),
        reason: text("reason"),
        note: text("note"),
        no_appeal: !fields.get("no_appeal").is_empty(),
        faults,
        impact,
    }
}
