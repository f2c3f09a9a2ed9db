//! The audit log: look something up, check the chain, take a copy along.

mod export;

use askama::Template;
use domain::audit::{Action as Act, AuditEvent, ChainHash, Target};
use proto::ids::Timestamp;
use store::{
    AuditCheck, AuditFault, AuditFilterError, AuditRow, AuditSeq, AuditTargetKind, Reads, StoreError,
};

use crate::checkpoints::{self, Agreement};
use crate::flash::Flash;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::request::encoded;
use crate::routes::Call;
use crate::shell::Shell;
use crate::time::{When, grouped};

pub(crate) use export::export;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page<'a> {
    shell: Shell,
    q: &'a str,
    problem: Option<String>,
    lines: Vec<Line>,
    head: String,
    first: String,
    next: String,
    may_export: bool,
}

/// An event as the list shows it.
struct Line {
    seq: u64,
    when: When,
    actor: String,
    action: &'static str,
    /// For looking up more of its kind.
    action_name: &'static str,
    target: String,
    href: Option<String>,
    detail: String,
}

const PAGE: usize = 50;
/// Events of one look at the chain; each look is one short read.
const CHECKED_AT_ONCE: usize = 5_000;
/// Shows the newest events, or those that fit what was typed.
pub(crate) async fn list(call: Call) -> Result<Reply, Refusal> {
    let (typed, now) = (call.query.get("q").to_owned(), call.now);
    let before = call.query.get("before").parse().ok().map(AuditSeq);
    let read = call.app.store.read(move |reads| {
        let head = reads.audit_head()?.0.0;
        let filter = match reads.audit_filter(&typed, now) {
            Ok(filter) => filter,
            Err(AuditFilterError::Store(error)) => return Err(error),
            Err(problem) => return Ok((head, Vec::new(), None, Some(problem.to_string()))),
        };
        let page = reads.audit_page(&filter, before, PAGE).and_then(|page| {
            let lines = page.items.iter().map(|row| Line::of(reads, row, now)).collect::<Result<_, _>>()?;
            Ok((lines, page.next))
        });
        match page {
            Ok((lines, next)) => Ok((head, lines, next, None)),
            // The button that names the place must stay within reach.
            Err(StoreError::Damaged { what }) => {
                let problem =
                    format!("An event cannot be read: {what}. Verify the chain to learn where it breaks.");
                Ok((head, Vec::new(), None, Some(problem)))
            }
            Err(error) => Err(error),
        }
    });
    let (head, lines, next, problem) = read.await?;
    let first = if before.is_some() { call.query.with("before", "") } else { String::new() };
    let page = Page {
        q: call.query.get("q"),
        problem,
        lines,
        head: grouped(head),
        first: if before.is_some() && first.is_empty() { "q=".to_owned() } else { first },
        next: next.map(|seq| call.query.with("before", &seq.0.to_string())).unwrap_or_default(),
        may_export: call.viewer.may(domain::role::Action::ExportAudit),
        shell: call.shell.clone(),
    };
    Ok(Reply::page(&page))
}

/// Follows the whole chain and says how far it holds.
pub(crate) async fn verify(call: Call) -> Result<Reply, Refusal> {
    let (mut place, mut hash) = (AuditSeq(0), ChainHash::START);
    let broken = loop {
        let look =
            call.app.store.read(move |reads| reads.verify_audit_from(place, hash, CHECKED_AT_ONCE)).await?;
        match look {
            AuditCheck::Holds { place: reached, hash: new, more } => {
                (place, hash) = (reached, new);
                if !more {
                    break None;
                }
            }
            AuditCheck::Broken { place, fault } => break Some((place, fault)),
        }
    };
    let agreement = match broken {
        None => agreement(&call).await?,
        Some(_) => Agreement::None,
    };
    let flash = verdict(place, broken, &agreement, call.now);
    let (actor, now) = (call.actor(), call.now);
    let result = match (broken, &agreement) {
        (Some((place, _)), _) => format!("broken at {}", place.0),
        (None, Agreement::Cut(checkpoint) | Agreement::Differs(checkpoint)) => {
            format!("contradicts the checkpoint at {}", checkpoint.events)
        }
        (None, _) => format!("holds up to {}", place.0),
    };
    call.app
        .store
        .run(move |tx| tx.staff(&actor, now)?.log(Act::AuditVerified, Target::Server, &result))
        .await?;
    Ok(Reply::see_other("/audit", flash))
}

async fn agreement(call: &Call) -> Result<Agreement, StoreError> {
    let known = checkpoints::read(&call.app.checkpoints, call.app.keys.audit.public());
    call.app.store.read(move |reads| checkpoints::compare(reads, &known)).await
}

/// Returns what a person has to know, and what to do when something is wrong.
fn verdict(
    end: AuditSeq,
    broken: Option<(AuditSeq, AuditFault)>,
    agreement: &Agreement,
    now: Timestamp,
) -> Flash {
    const THEN: &str = "Somebody changed the database by hand. Keep a copy and compare it with a backup.";
    let when = |at| When::new(at, now).relative;
    match (broken, agreement) {
        (Some((place, fault)), _) => {
            Flash::bad(format!("The chain is broken: event {} {fault}. {THEN}", place.0))
        }
        (None, Agreement::Cut(checkpoint)) => Flash::bad(format!(
            "The log was cut off: a checkpoint signed {} counts {} events, the log has {}. {THEN}",
            when(checkpoint.at),
            checkpoint.events,
            end.0
        )),
        (None, Agreement::Differs(checkpoint)) => Flash::bad(format!(
            "The log was rewritten: event {} is not the one that was signed {}. {THEN}",
            checkpoint.events,
            when(checkpoint.at)
        )),
        (None, Agreement::Agrees(checkpoint)) => Flash::good(format!(
            "The chain holds: all {} events follow from each other, and the checkpoint signed {} agrees.",
            grouped(end.0),
            when(checkpoint.at)
        )),
        (None, Agreement::None) => Flash::warn(format!(
            "The chain holds: all {} events follow from each other. No signed checkpoint was found to compare with.",
            grouped(end.0)
        )),
    }
}

impl Line {
    fn of(reads: &Reads<'_>, row: &AuditRow, now: Timestamp) -> Result<Self, StoreError> {
        let AuditEvent { at, actor, action, target, detail } = &row.event;
        let name = reads.name_of(*actor)?;
        let (target, href) = described(reads, *target)?;
        Ok(Self {
            seq: row.seq.0,
            when: When::new(*at, now),
            actor: match (actor, name) {
                (None, _) => "operator".to_owned(),
                (_, Some(name)) => name.to_string(),
                (Some(id), None) => format!("account {id}"),
            },
            action: action.label(),
            action_name: action.name(),
            target,
            href,
            detail: detail.to_string(),
        })
    }
}

/// Returns what an event is about, in words, with the page that shows it.
fn described(reads: &Reads<'_>, target: Target) -> Result<(String, Option<String>), StoreError> {
    let kind = AuditTargetKind::of(target).word();
    let numbered =
        |id: u64, page: Option<&str>| (format!("{kind} {id}"), page.map(|page| format!("{page}/{id}")));
    Ok(match target {
        Target::Account(id) | Target::Member(_, id) | Target::Device(id, _) => {
            let name =
                reads.name_of(Some(id))?.map_or_else(|| format!("account {id}"), |name| name.to_string());
            (name, Some(format!("/users/{id}")))
        }
        Target::Room(id) | Target::Entry(id, _) => {
            let name = reads.room(id)?.filter(|room| !room.name.is_empty());
            let words = name.map_or_else(|| format!("room {id}"), |room| format!("#{}", &*room.name));
            (words, Some(format!("/rooms/{id}")))
        }
        Target::Sanction(id, _) | Target::Network(id) | Target::Lineage(id, _) => {
            numbered(id.get(), Some("/bans"))
        }
        Target::Report(id) => numbered(id.get(), Some("/reports")),
        Target::Appeal(id) => numbered(id.get(), Some("/appeals")),
        Target::Invite(id) => numbered(id.get(), None),
        Target::Filter(id) => numbered(id.get(), None),
        Target::Held(id) => numbered(id.get(), None),
        Target::Purge(id) => numbered(id.get(), None),
        Target::Announcement(id) => numbered(id.get(), None),
        Target::Batch(id) => numbered(id.get(), None),
        Target::WebSession(id, _) => numbered(id.get(), None),
        Target::File(id) => numbered(id.get(), None),
        Target::Server | Target::Setting => (kind.to_owned(), None),
    })
}

/// Returns the query that looks for this, for a link.
fn query(q: impl AsRef<str>) -> String {
    format!("q={}", encoded(q.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_what_was_typed() {
        use crate::request::Fields;
        assert_eq!(Fields::parse(&query("actor:ada since:7d")).get("q"), "actor:ada since:7d");
    }
}
