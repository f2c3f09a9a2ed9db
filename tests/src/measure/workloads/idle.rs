//! Connections that do nothing: what each takes of the server's memory.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::{Bench, SETTLE};
use crate::measure::crowd::Crowd;
use crate::measure::machine::{cpu_time, resident_bytes};
use crate::measure::server::{Server, Subject};
use crate::measure::table::{Figure, Goal, Report, Yardstick};

/// What a server takes.
#[derive(Debug, Clone, Copy)]
struct Memory {
    empty: u64,
    per_connection: f64,
    /// CPU time in one second while all are connected and silent.
    idle_cpu: Duration,
}

/// Measures resident memory with nobody and with everybody connected.
pub(super) async fn measure(bench: &Bench) -> Result<Report> {
    let limit = memory(bench, Subject::Limit).await?;
    let chatd = memory(bench, Subject::Chat).await?;
    let connections = bench.scene.lobby(bench.idle)[0].len();
    let figures = vec![
        Figure {
            workload: format!("{connections} idle connections, logged in"),
            what: "KB of memory each",
            chatd: chatd.per_connection,
            yardstick: Some(Yardstick { name: "limit program", value: limit.per_connection }),
            goals: vec![Goal::Most(12.0)],
        },
        Figure {
            workload: "nobody connected".to_owned(),
            what: "MB of memory",
            chatd: chatd.empty as f64 / 1e6,
            yardstick: Some(Yardstick { name: "limit program", value: limit.empty as f64 / 1e6 }),
            goals: Vec::new(),
        },
    ];
    let note = format!(
        "idle: {connections} silent connections cost {:.1} ms of CPU time a second (limit program {:.1})",
        chatd.idle_cpu.as_secs_f64() * 1e3,
        limit.idle_cpu.as_secs_f64() * 1e3
    );
    Ok(Report { figures, notes: vec![note], ..Report::default() })
}

async fn memory(bench: &Bench, subject: Subject) -> Result<Memory> {
    let server = Server::start(subject, &bench.scene)?;
    sleep(SETTLE).await;
    let empty = resident_bytes(server.id())?;
    let crowd = Crowd::gather(&server.door, &bench.scene.lobby(bench.idle), bench.epoch).await?;
    // The presence of a crowd is told with a long delay.
    sleep(4 * SETTLE).await;
    let full = resident_bytes(server.id())?;
    let before = cpu_time(server.id())?;
    sleep(Duration::from_secs(2)).await;
    let idle_cpu = (cpu_time(server.id())? - before) / 2;
    crowd.check()?;
    let per_connection = full.saturating_sub(empty) as f64 / 1e3 / crowd.len() as f64;
    Ok(Memory { empty, per_connection, idle_cpu })
}
