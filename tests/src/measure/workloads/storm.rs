//! Fan-out while people from known devices try passwords, each of which costs the server an Argon2id hash.

use std::cell::Cell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use proto::codec;
use proto::message::{Login, Opening, ServerMessage};
use proto::text::{Secret, Text};
use proto::transport::next_frame;
use tokio::io::AsyncReadExt;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{Bench, SETTLE};
use crate::measure::crowd::Crowd;
use crate::measure::phase::{self, Load, Outcome};
use crate::measure::scene::{PEOPLE_PER_ROOM, ROOMS, person};
use crate::measure::server::{Server, Subject};
use crate::measure::table::{Detail, Figure, Goal, Report, Yardstick};
use crate::measure::wire::{Door, PATIENCE, connect};
use crate::wire::shake_hands;

/// Measures the latency of chat with and without the logins.
pub(super) async fn measure(bench: &Bench) -> Result<Report> {
    let (mut calm, mut busy): (Option<Outcome>, Option<Outcome>) = (None, None);
    let mut answered = 0.0;
    for _ in 0..bench.rounds {
        let server = Server::start(Subject::Chat, &bench.scene)?;
        let crowd = Crowd::gather(&server.door, &bench.scene.small_rooms(), bench.epoch).await?;
        sleep(SETTLE).await;
        let load = (Load::Rate(RATE), 100);
        let outcome = phase::run(&crowd, load, bench.timing, server.id()).await?;
        if calm.is_none_or(|best| outcome.latency.p99 < best.latency.p99) {
            calm = Some(outcome);
        }
        let storm = Storm::begin(&server.door);
        let outcome = phase::run(&crowd, load, bench.timing, server.id()).await?;
        let per_second = storm.end().await?;
        if busy.is_none_or(|best| outcome.latency.p99 < best.latency.p99) {
            (busy, answered) = (Some(outcome), per_second);
        }
    }
    let mut report = Report::default();
    let (Some(calm), Some(busy)) = (calm, busy) else { return Ok(report) };
    report.figures.push(Figure {
        workload: format!(
            "50 rooms x 20 at {RATE:.0} deliveries/s while {LOGINS_PER_SECOND} passwords/s are tried"
        ),
        what: "p99 ms",
        chatd: busy.latency.p99.as_secs_f64() * 1e3,
        yardstick: Some(Yardstick {
            name: "the same without passwords",
            value: calm.latency.p99.as_secs_f64() * 1e3,
        }),
        goals: vec![Goal::MostTimes(2.0)],
    });
    report.notes.push(format!("storm: {answered:.1} tries a second were answered while it lasted"));
    for (program, outcome) in [("chatd, passwords tried", busy), ("chatd, calm", calm)] {
        report.details.push(Detail { workload: "storm".to_owned(), program, outcome });
    }
    Ok(report)
}

/// People who try wrong passwords, at a steady rate.
struct Storm {
    over: Rc<Cell<bool>>,
    trying: tokio::task::JoinHandle<Result<f64>>,
}

impl Storm {
    fn begin(door: &Door) -> Self {
        let over = Rc::new(Cell::new(false));
        let trying = tokio::task::spawn_local(keep_trying(door.clone(), Rc::clone(&over)));
        Self { over, trying }
    }

    /// Returns how many tries were answered in a second.
    async fn end(self) -> Result<f64> {
        self.over.set(true);
        timeout(PATIENCE, self.trying).await.context("the tries do not end")?.context("trying passwords")?
    }
}

async fn keep_trying(door: Door, over: Rc<Cell<bool>>) -> Result<f64> {
    let began = tokio::time::Instant::now();
    let mut clock = interval(Duration::from_secs(1) / LOGINS_PER_SECOND);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (answers, mut tries) = (Rc::new(Cell::new(0_u32)), Vec::new());
    while !over.get() {
        clock.tick().await;
        // Nobody of the load: each has a room of the load, and these people have none.
        let number = ROOMS * PEOPLE_PER_ROOM + tries.len() % STRIKERS;
        let (door, answers) = (door.clone(), Rc::clone(&answers));
        tries.push(tokio::task::spawn_local(async move {
            timeout(PATIENCE, try_password(&door, number)).await.context("no answer to a password")??;
            answers.set(answers.get() + 1);
            anyhow::Ok(())
        }));
    }
    let per_second = f64::from(answers.get()) / began.elapsed().as_secs_f64();
    for attempt in tries {
        attempt.await??;
    }
    Ok(per_second)
}

async fn try_password(door: &Door, number: usize) -> Result<()> {
    let Door::Chat(address, server, devices) = door else { bail!("the limit program has no passwords") };
    let opening = Opening::Login(Login {
        name: Text::cut(&person(number)),
        password: Secret::new("not the password")?,
        code: Secret::new("000000")?,
        device_label: Text::cut("bench"),
        client: Text::cut("bench"),
    });
    let device = devices.get(number).context("no such device")?;
    let mut socket = connect(*address, Ipv4Addr::LOCALHOST).await?;
    let (mut transport, mut buffer) = shake_hands(&mut socket, device, *server, &opening).await?;
    loop {
        if let Some(frame) = next_frame(&mut buffer)? {
            let messages = transport.open(&frame)?;
            let first = messages.iter().next().context("an empty frame")?;
            return match codec::decode(first)? {
                ServerMessage::Denied(_) => Ok(()),
                other => bail!("a wrong password was answered with {other:?}"),
            };
        }
        if socket.read_buf(&mut buffer).await? == 0 {
            bail!("closed without an answer to a password");
        }
    }
}

const RATE: f64 = 20_000.0;
const LOGINS_PER_SECOND: u32 = 20;
/// People who try; a known device may try ten times before it has to wait.
pub(super) const STRIKERS: usize = 150;
