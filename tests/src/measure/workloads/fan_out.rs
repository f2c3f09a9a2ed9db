//! Fan-out: what one delivery costs the server, at a given rate and when it has as much to do as it can.

use anyhow::Result;
use tokio::time::sleep;

use super::{Bench, SETTLE};
use crate::measure::crowd::Crowd;
use crate::measure::machine::run_ahead;
use crate::measure::phase::{self, Load, Outcome};
use crate::measure::server::{Server, Subject};
use crate::measure::table::{Detail, Figure, Goal, Report, Yardstick};
use crate::measure::wire::Guest;

/// A load, and what it should cost.
#[derive(Debug)]
struct Phase {
    name: &'static str,
    load: Load,
    size: usize,
    goals: &'static [Goal],
}

/// Measures 50 rooms with 20 people each.
pub(super) async fn small_rooms(bench: &Bench) -> Result<Report> {
    measure(bench, &bench.scene.small_rooms(), SMALL_ROOMS).await
}

/// Measures one room with 500 people.
pub(super) async fn large_room(bench: &Bench) -> Result<Report> {
    measure(bench, &bench.scene.large_room(), LARGE_ROOM).await
}

async fn measure(bench: &Bench, rooms: &[Vec<Guest>], phases: &[Phase]) -> Result<Report> {
    let (mut limit, mut chatd) = (Best::new(phases), Best::new(phases));
    for _ in 0..bench.rounds {
        limit.round(bench, Subject::Limit, rooms, phases).await?;
        chatd.round(bench, Subject::Chat, rooms, phases).await?;
    }
    let mut report = Report::default();
    for (phase, (limit, chatd)) in phases.iter().zip(limit.0.into_iter().zip(chatd.0)) {
        let (Some(limit), Some(chatd)) = (limit, chatd) else { continue };
        report.figures.push(Figure {
            workload: phase.name.to_owned(),
            what: "server CPU us per delivery",
            chatd: chatd.micros_per_delivery(),
            yardstick: Some(Yardstick { name: "limit program", value: limit.micros_per_delivery() }),
            goals: phase.goals.to_vec(),
        });
        for (program, outcome) in [("chatd", chatd), ("limit program", limit)] {
            report.details.push(Detail { workload: phase.name.to_owned(), program, outcome });
        }
    }
    Ok(report)
}

/// For each phase, the outcome of the round in which the server needed the least CPU time.
#[derive(Debug)]
struct Best(Vec<Option<Outcome>>);

impl Best {
    fn new(phases: &[Phase]) -> Self {
        Self(vec![None; phases.len()])
    }

    async fn round(
        &mut self,
        bench: &Bench,
        subject: Subject,
        rooms: &[Vec<Guest>],
        phases: &[Phase],
    ) -> Result<()> {
        let server = Server::start(subject, &bench.scene)?;
        let crowd = Crowd::gather(&server.door, rooms, bench.epoch).await?;
        sleep(SETTLE).await;
        for (phase, best) in phases.iter().zip(&mut self.0) {
            let processes = [server.id(), std::process::id()];
            // A saturated server ahead of everything would starve the machine, so only a half-busy one is.
            let ahead = matches!(phase.load, Load::Rate(_)) && run_ahead(processes, true);
            let outcome = phase::run(&crowd, (phase.load, phase.size), bench.timing, server.id()).await;
            if ahead {
                run_ahead(processes, false);
            }
            let outcome = outcome?;
            if best.is_none_or(|best: Outcome| outcome.micros_per_delivery() < best.micros_per_delivery()) {
                *best = Some(outcome);
            }
        }
        Ok(())
    }
}

const SMALL_ROOMS: &[Phase] = &[
    Phase {
        name: "50 rooms x 20, 100 B, 50,000 deliveries/s",
        load: Load::Rate(50_000.0),
        size: 100,
        goals: &[Goal::MostTimes(1.25), Goal::Most(8.6)],
    },
    Phase {
        name: "50 rooms x 20, 100 B, saturated (4 a room)",
        load: Load::Window(4),
        size: 100,
        goals: &[Goal::MostTimes(1.3), Goal::Most(1.6)],
    },
    Phase {
        name: "50 rooms x 20, 100 B, saturated (32 a room)",
        load: Load::Window(32),
        size: 100,
        goals: &[],
    },
    Phase {
        name: "50 rooms x 20, 1 KB, saturated (4 a room)",
        load: Load::Window(4),
        size: 1000,
        goals: &[Goal::MostTimes(1.25), Goal::Most(3.0)],
    },
];

const LARGE_ROOM: &[Phase] = &[
    Phase {
        name: "1 room x 500, 100 B, 50,000 deliveries/s",
        load: Load::Rate(50_000.0),
        size: 100,
        goals: &[],
    },
    Phase {
        name: "1 room x 500, 100 B, saturated (4 on their way)",
        load: Load::Window(4),
        size: 100,
        goals: &[Goal::MostTimes(1.3), Goal::Most(1.6)],
    },
    Phase {
        name: "1 room x 500, 100 B, saturated (32 on their way)",
        load: Load::Window(32),
        size: 100,
        goals: &[],
    },
    Phase {
        name: "1 room x 500, 1 KB, saturated (4 on their way)",
        load: Load::Window(4),
        size: 1000,
        goals: &[],
    },
];
