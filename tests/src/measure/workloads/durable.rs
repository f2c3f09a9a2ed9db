//! Messages that are on the disk before they are acknowledged: how many a second, and how long one takes.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::sleep;

use super::{Bench, SETTLE};
use crate::measure::crowd::Crowd;
use crate::measure::machine::{flush_times, run_ahead};
use crate::measure::phase::{self, Load, Outcome};
use crate::measure::scene::LONERS;
use crate::measure::server::{Server, Subject};
use crate::measure::table::{Detail, Figure, Goal, Report, Yardstick, milliseconds};

/// Measures senders who each wait for their acknowledgement, alone in their rooms.
pub(super) async fn measure(bench: &Bench) -> Result<Report> {
    let mut flush = Duration::MAX;
    let (mut many, mut many_limit, mut one, mut one_limit) = (None, None, None, None);
    for _ in 0..bench.rounds {
        let (best, limit) = (Subject::Chat, Subject::LimitWithJournal);
        keep(&mut many_limit, senders(bench, limit, LONERS).await?, more);
        keep(&mut many, senders(bench, best, LONERS).await?, more);
        flush = flush.min(flush_times(bench.scene.folder(), FLUSHES)?.quantile(0.5));
        keep(&mut one_limit, senders(bench, limit, 1).await?, sooner);
        keep(&mut one, senders(bench, best, 1).await?, sooner);
        flush = flush.min(flush_times(bench.scene.folder(), FLUSHES)?.quantile(0.5));
    }
    let mut report = Report::default();
    let (Some(many), Some(many_limit), Some(one), Some(one_limit)) = (many, many_limit, one, one_limit)
    else {
        return Ok(report);
    };
    report.figures.push(Figure {
        workload: format!("{LONERS} senders, on the disk before the answer"),
        what: "acknowledged messages/s",
        chatd: many.per_second(),
        yardstick: Some(Yardstick {
            name: "limit program that appends to a plain file and flushes it",
            value: many_limit.per_second(),
        }),
        goals: vec![Goal::LeastTimes(0.8), Goal::Least(9_000.0)],
    });
    report.figures.push(Figure {
        workload: "1 sender, on the disk before the answer".to_owned(),
        what: "p50 ms to the acknowledgement",
        chatd: one.latency.p50.as_secs_f64() * 1e3,
        yardstick: Some(Yardstick { name: "one fdatasync, p50", value: flush.as_secs_f64() * 1e3 }),
        goals: vec![Goal::MostTimes(1.3)],
    });
    report
        .notes
        .push(format!("durable: one fdatasync after 4 KiB appended takes {} ms (p50)", milliseconds(flush)));
    for (name, chatd, limit) in
        [("50 senders, durable", many, many_limit), ("1 sender, durable", one, one_limit)]
    {
        report.details.push(Detail { workload: name.to_owned(), program: "chatd", outcome: chatd });
        let program = "limit program with a journal";
        report.details.push(Detail { workload: name.to_owned(), program, outcome: limit });
    }
    Ok(report)
}

async fn senders(bench: &Bench, subject: Subject, people: usize) -> Result<Outcome> {
    let server = Server::start(subject, &bench.scene)?;
    let crowd = Crowd::gather(&server.door, &bench.scene.own_rooms(people), bench.epoch).await?;
    sleep(SETTLE).await;
    let processes = [server.id(), std::process::id()];
    let ahead = people == 1 && run_ahead(processes, true);
    let outcome = phase::run(&crowd, (Load::Window(1), SIZE), bench.timing, server.id()).await;
    if ahead {
        run_ahead(processes, false);
    }
    let outcome = outcome?;
    let acknowledged = subject != Subject::Chat || outcome.accepted == outcome.sent;
    ensure!(acknowledged, "{} of {} messages were acknowledged", outcome.accepted, outcome.sent);
    Ok(outcome)
}

fn keep(best: &mut Option<Outcome>, outcome: Outcome, is_better: fn(&Outcome, &Outcome) -> bool) {
    if best.as_ref().is_none_or(|best| is_better(&outcome, best)) {
        *best = Some(outcome);
    }
}

fn more(one: &Outcome, other: &Outcome) -> bool {
    other.per_second() < one.per_second()
}

fn sooner(one: &Outcome, other: &Outcome) -> bool {
    one.latency.p50 < other.latency.p50
}

const SIZE: usize = 240;
const FLUSHES: u32 = 200;
