//! 500 people who are online join one room at once, and everybody sees who is there.

use std::time::Duration;

use anyhow::{Context, Result};
use proto::message::Command;
use proto::text::Text;
use tokio::time::{sleep, timeout};

use super::{Bench, SETTLE};
use crate::measure::crowd::Crowd;
use crate::measure::machine::cpu_time;
use crate::measure::scene::{LARGE_ROOM, Scene};
use crate::measure::server::{Server, Subject};
use crate::measure::table::{Figure, Goal, Report, Yardstick};
use crate::measure::wire::PATIENCE;

/// Measures the server's CPU time for all joins together.
pub(super) async fn measure(bench: &Bench) -> Result<Report> {
    let (mut limit, mut chatd, mut people) = (Duration::MAX, Duration::MAX, 0);
    for round in 0..bench.rounds {
        limit = limit.min(connect_all(bench).await?);
        let (cpu, heard) = join_all(bench, round).await?;
        if cpu < chatd {
            (chatd, people) = (cpu, heard);
        }
    }
    let figure = Figure {
        workload: format!("{LARGE_ROOM} joins of one room, with presence"),
        what: "server CPU s",
        chatd: chatd.as_secs_f64(),
        yardstick: Some(Yardstick {
            name: "limit program: connections without presence",
            value: limit.as_secs_f64(),
        }),
        goals: vec![Goal::Most(0.06)],
    };
    let note = format!("joins: the {LARGE_ROOM} members were told of {people} changes of people together");
    Ok(Report { figures: vec![figure], notes: vec![note], ..Report::default() })
}

/// With the limit program a connection is a join.
async fn connect_all(bench: &Bench) -> Result<Duration> {
    let server = Server::start(Subject::Limit, &bench.scene)?;
    let before = cpu_time(server.id())?;
    let _crowd = Crowd::gather(&server.door, &bench.scene.large_room(), bench.epoch).await?;
    sleep(Duration::from_millis(200)).await;
    Ok(cpu_time(server.id())? - before)
}

async fn join_all(bench: &Bench, round: usize) -> Result<(Duration, u64)> {
    let server = Server::start(Subject::Chat, &bench.scene)?;
    let crowd = Crowd::gather(&server.door, &bench.scene.lobby(LARGE_ROOM), bench.epoch).await?;
    sleep(SETTLE).await;
    let (before, people) = (cpu_time(server.id())?, crowd.board.people.get());
    let name = Text::new(Scene::open_room(round))?;
    crowd.ask_all(&Command::Join { name }).await?;
    let all_in = async {
        while crowd.board.done.get() < LARGE_ROOM as u64 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, all_in).await.context("not everybody was let in")?;
    sleep(SETTLE).await;
    crowd.check()?;
    Ok((cpu_time(server.id())? - before, crowd.board.people.get() - people))
}
