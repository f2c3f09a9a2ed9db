//! Coming back with a known device: connection, handshake, welcome, rooms, goodbye.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::BytesMut;
use nix::time::{ClockId, clock_gettime};
use proto::handshake::{Initiator, Responder};
use proto::keys::StaticKey;
use proto::message::{Command, Opening, Resume};
use proto::text::Text;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::{Bench, SETTLE};
use crate::measure::machine::cpu_time;
use crate::measure::server::{Server, Subject};
use crate::measure::table::{Figure, Goal, Report, Yardstick};
use crate::measure::wire::{Door, Guest};

/// Measures the server's CPU time for one login.
pub(super) async fn measure(bench: &Bench) -> Result<Report> {
    let (mut handshake, mut login) = (Duration::MAX, Duration::MAX);
    for _ in 0..bench.rounds {
        handshake = handshake.min(handshake_alone(bench.logins)?);
        login = login.min(login_all(bench).await?);
    }
    let figure = Figure {
        workload: "login with a known device".to_owned(),
        what: "server CPU ms",
        chatd: login.as_secs_f64() * 1e3,
        yardstick: Some(Yardstick {
            name: "the server's half of our handshake alone",
            value: handshake.as_secs_f64() * 1e3,
        }),
        goals: vec![Goal::Most(0.35)],
    };
    Ok(Report { figures: vec![figure], ..Report::default() })
}

/// Plays handshakes in memory and counts the server's half.
fn handshake_alone(rounds: usize) -> Result<Duration> {
    let (server, device) = (StaticKey::generate(), StaticKey::generate());
    let opening = Opening::Resume(Resume { client: Text::cut("bench") });
    let mut total = Duration::ZERO;
    for _ in 0..rounds {
        let (initiator, first) = Initiator::start(&device);
        let began = thread_cpu()?;
        let (second, waiting) = Responder::new(&server).read_first(&first[PREAMBLE_AND_LENGTH..])?;
        total += thread_cpu()? - began;
        let (third, _) = initiator.read_reply(&second[LENGTH..])?.finish(&opening)?;
        let began = thread_cpu()?;
        waiting.read_third(&third[LENGTH..])?;
        total += thread_cpu()? - began;
    }
    Ok(total / u32::try_from(rounds)?)
}

async fn login_all(bench: &Bench) -> Result<Duration> {
    let server = Server::start(Subject::Chat, &bench.scene)?;
    let guests = bench.scene.lobby(bench.logins).concat();
    // The first ones pay for what is only set up once.
    let (first, rest) = guests.split_at(guests.len() / 10);
    come_and_go(&server.door, first).await?;
    sleep(SETTLE).await;
    let before = cpu_time(server.id())?;
    come_and_go(&server.door, rest).await?;
    sleep(SETTLE).await;
    Ok((cpu_time(server.id())? - before) / u32::try_from(rest.len())?)
}

async fn come_and_go(door: &Door, guests: &[Guest]) -> Result<()> {
    let gate = Rc::new(Semaphore::new(AT_ONCE));
    let mut visits = Vec::new();
    for guest in guests {
        let (door, guest, gate) = (door.clone(), *guest, Rc::clone(&gate));
        visits.push(tokio::task::spawn_local(async move {
            let _place = gate.acquire().await?;
            let (mut socket, mut wire, _) = door.enter(guest).await?;
            let mut bye = BytesMut::new();
            wire.ask(vec![Command::Bye], &mut bye)?;
            anyhow::Ok(socket.write_all(&bye).await?)
        }));
    }
    for visit in visits {
        visit.await.context("a visitor's task ended")?.context("logging in")?;
    }
    Ok(())
}

fn thread_cpu() -> Result<Duration> {
    Ok(Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?))
}

/// Few at a time, so that presence, which is told to everybody who is there, stays out of the figure.
const AT_ONCE: usize = 4;
const LENGTH: usize = 2;
const PREAMBLE_AND_LENGTH: usize = 12;
