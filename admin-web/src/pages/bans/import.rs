//! Measures from a file: tried line by line first, taken together, undone together.

use std::collections::BTreeSet;

use askama::Template;
use domain::role::may_act_on;
use domain::sanction::{Kind, Scope, Target, check, refuse_width};
use proto::ids::{BatchId, Timestamp};
use proto::message::Role;
use store::{NewSanction, Reads, StoreError};

use crate::filters;
use crate::forms::{Line, LineError, ScopeRef, TargetRef, read_lines, sentence};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::{resolve, words};
use crate::shell::Shell;
use crate::view::{Mark, When};

#[derive(Template)]
#[template(path = "bans_import.html")]
struct Import {
    shell: Shell,
    fault: String,
    csv: String,
    ready: usize,
    counts: Vec<(Mark, usize)>,
    rows: Vec<Row>,
    more: usize,
    batches: Vec<Batch>,
}

struct Row {
    line: usize,
    mark: Mark,
    target: String,
    kind: &'static str,
    length: String,
    text: String,
}

struct Batch {
    id: u64,
    by: String,
    at: When,
    count: u64,
    until: When,
}

/// A line after it was tried.
#[derive(Debug, Clone)]
struct Tried {
    number: usize,
    line: Option<Line>,
    verdict: Verdict,
    why: String,
    new: Option<NewSanction>,
}

/// What would happen to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Taken,
    Duplicate,
    Invalid,
    TooWide,
    HitsStaff,
    HitsYou,
}

/// Lines the page shows.
const SHOWN: usize = 200;
/// Imports that are looked at.
const BATCHES: usize = 50;
/// How long an import can be undone, in milliseconds.
const UNDO_MS: i64 = 24 * 3_600 * 1_000;

impl Verdict {
    const ALL: [Self; 6] =
        [Self::Taken, Self::Duplicate, Self::Invalid, Self::TooWide, Self::HitsStaff, Self::HitsYou];

    const fn mark(self) -> Mark {
        match self {
            Self::Taken => Mark::new("good", "new"),
            Self::Duplicate => Mark::new("muted", "stands already"),
            Self::Invalid => Mark::new("bad", "invalid"),
            Self::TooWide => Mark::new("bad", "too wide"),
            Self::HitsStaff => Mark::new("bad", "would hit the team"),
            Self::HitsYou => Mark::new("bad", "would lock you out"),
        }
    }
}

/// `GET /bans/import`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    call.stepped_up("/bans/import")?;
    kit::page(&show(&call, String::new(), String::new(), &[]).await?)
}

/// `POST /bans/import`: tries every line, or takes those that are new.
pub(crate) async fn submit(call: Call) -> Result<Reply, Refusal> {
    call.stepped_up("/bans/import")?;
    // Without a script the file comes by itself.
    let csv = match (call.form.get("csv"), call.form.file("file")) {
        ("", Some(file)) => String::from_utf8_lossy(file).into_owned(),
        (typed, _) => typed.to_owned(),
    };
    let lines = match read_lines(&csv) {
        Ok(lines) => lines,
        Err(fault) => return kit::faulty(&show(&call, fault, csv, &[]).await?),
    };
    let (role, now, peer) = (call.viewer.role, call.now, call.peer);
    let tried = call
        .read(move |reads| {
            let mut seen = BTreeSet::new();
            lines
                .into_iter()
                .map(|(number, line)| tried(reads, number, line, role, now, peer, &mut seen))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    if call.form.get("step") != "do" {
        return kit::page(&show(&call, String::new(), csv, &tried).await?);
    }
    let new: Vec<NewSanction> = tried.into_iter().filter_map(|tried| tried.new).collect();
    if new.is_empty() {
        return Err(Refusal::Invalid("There is nothing new in these lines.".to_owned()));
    }
    let count = new.len();
    let batch = call.act(move |staff| staff.import(&new)).await?;
    kit::done("/bans/import", &format!("Batch {batch}: {count} taken. It can be undone for 24 hours."))
}

/// `POST /bans/import/ID/undo`
pub(crate) async fn undo(call: Call, batch: BatchId) -> Result<Reply, Refusal> {
    call.stepped_up("/bans/import")?;
    let now = call.now;
    let row = call.read(move |reads| reads.batch(batch)).await?.ok_or(Refusal::NotFound)?;
    if row.at.plus_ms(UNDO_MS) < now {
        return Err(Refusal::Invalid(
            "This import is older than a day; lift its bans one by one.".to_owned(),
        ));
    }
    let lifted = call.act(move |staff| staff.undo_batch(batch)).await?;
    kit::done("/bans/import", &format!("Batch {batch} is undone: {lifted} lifted."))
}

fn tried(
    reads: &Reads<'_>,
    number: usize,
    line: Result<Line, LineError>,
    role: Role,
    now: Timestamp,
    peer: std::net::IpAddr,
    seen: &mut BTreeSet<(Target, Kind)>,
) -> Result<Tried, StoreError> {
    let failed = |line, verdict, why| Ok(Tried { number, line, verdict, why, new: None });
    let line = match line {
        Ok(line) => line,
        Err(error) => return failed(None, Verdict::Invalid, sentence(error.why)),
    };
    if let TargetRef::Network(range) = &line.target {
        if let Err(wide) = refuse_width(*range) {
            return failed(Some(line), Verdict::TooWide, sentence(wide));
        }
        if range.contains(peer) {
            return failed(Some(line), Verdict::HitsYou, "Your own address is in it.".to_owned());
        }
    }
    let resolved = match resolve::measure(reads, &line.target, &ScopeRef::Server)? {
        Ok(resolved) => resolved,
        Err(faults) => return failed(Some(line), Verdict::Invalid, faults.of("target").to_owned()),
    };
    if let Err(invalid) = check(resolved.target, line.kind, Scope::Server, Some(line.length)) {
        return failed(Some(line), Verdict::Invalid, sentence(invalid));
    }
    if let Target::Account(account) = resolved.target
        && reads.account(account)?.is_some_and(|row| !may_act_on(role, row.role))
    {
        return failed(Some(line), Verdict::HitsStaff, "You cannot act on this person.".to_owned());
    }
    let until = line.length.end(now);
    let new = NewSanction {
        note: line.note.clone(),
        ..NewSanction::new(resolved.target, line.kind, until, line.reason.clone())
    };
    if !seen.insert((resolved.target, line.kind)) || reads.standing_like(&new, now)?.is_some() {
        return failed(Some(line), Verdict::Duplicate, String::new());
    }
    Ok(Tried { number, line: Some(line), verdict: Verdict::Taken, why: String::new(), new: Some(new) })
}

async fn show(call: &Call, fault: String, csv: String, tried: &[Tried]) -> Result<Import, Refusal> {
    let now = call.now;
    let batches = call
        .read(move |reads| {
            let found = reads.batches(None, BATCHES)?.items.into_iter();
            let recent = found.filter(|row| now < row.at.plus_ms(UNDO_MS) && row.undone_at.is_none());
            recent.map(|row| Ok((reads.name_of(row.by)?, row))).collect::<Result<Vec<_>, StoreError>>()
        })
        .await?;
    let tally = |verdict: Verdict| tried.iter().filter(|line| line.verdict == verdict).count();
    Ok(Import {
        shell: call.shell.clone(),
        fault,
        csv,
        ready: tally(Verdict::Taken),
        counts: Verdict::ALL
            .into_iter()
            .map(|verdict| (verdict.mark(), tally(verdict)))
            .filter(|(_, count)| *count != 0)
            .collect(),
        rows: tried.iter().take(SHOWN).map(row).collect(),
        more: tried.len().saturating_sub(SHOWN),
        batches: batches
            .iter()
            .map(|(by, row)| Batch {
                id: row.id.get(),
                by: by.as_deref().unwrap_or("the operator").to_owned(),
                at: When::new(row.at, now),
                count: u64::from(row.size),
                until: When::new(row.at.plus_ms(UNDO_MS), now),
            })
            .collect(),
    })
}

fn row(tried: &Tried) -> Row {
    let target = tried.line.as_ref().map_or_else(String::new, |line| match &line.target {
        TargetRef::Network(range) => range.to_string(),
        TargetRef::Account(named) => named.to_string(),
        TargetRef::Device(device) => format!("device #{device}"),
        TargetRef::Lineage(invite) => format!("invite #{invite}"),
    });
    Row {
        line: tried.number,
        mark: tried.verdict.mark(),
        target,
        kind: tried.line.as_ref().map_or("", |line| words::kind(line.kind)),
        length: tried.line.as_ref().map_or_else(String::new, |line| line.length.to_string()),
        text: match &tried.line {
            Some(line) if tried.why.is_empty() => line.reason.to_string(),
            _ => tried.why.clone(),
        },
    }
}
