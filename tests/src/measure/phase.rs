//! One phase of load on a crowd: a warm-up, then the part that counts, then the wait for what is on its way.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::{Instant, sleep, timeout};

use super::crowd::{Crowd, Room};
use super::machine;
use super::stamp::Epoch;
use super::stats::{Histogram, Quantiles};
use super::timer::Timer;
use super::wire::PATIENCE;

/// How messages come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Load {
    /// In each room at most so many that have not yet arrived everywhere.
    Window(usize),
    /// So many deliveries a second in all, whatever the server does. Lateness of the generator counts as latency.
    Rate(f64),
}

/// How long a phase takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) warm_up: Duration,
    pub(crate) counted: Duration,
}

/// What a phase found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) deliveries: u64,
    pub(crate) time: Duration,
    pub(crate) server_cpu: Duration,
    /// Of the generator: close to 1 means that the generator was the slower side.
    pub(crate) generator_busy: f64,
    pub(crate) latency: Quantiles,
    /// Messages sent in the whole phase, warm-up included.
    pub(crate) sent: u64,
    pub(crate) accepted: u64,
    pub(crate) lost: u64,
    pub(crate) disordered: u64,
}

impl Outcome {
    /// Returns the server's CPU time for one delivery.
    pub(crate) fn micros_per_delivery(&self) -> f64 {
        self.server_cpu.as_secs_f64() * 1e6 / (self.deliveries.max(1) as f64)
    }

    /// Returns the deliveries of one second.
    pub(crate) fn per_second(&self) -> f64 {
        self.deliveries as f64 / self.time.as_secs_f64()
    }
}

/// What all talkers of a phase share.
#[derive(Debug, Clone)]
struct Talk {
    epoch: Epoch,
    size: usize,
    over: Rc<Cell<bool>>,
}

/// Puts load on a crowd. `size` is the text of a message in bytes, `server` the process whose CPU time counts.
pub(crate) async fn run(
    crowd: &Crowd,
    (load, size): (Load, usize),
    timing: Timing,
    server: u32,
) -> Result<Outcome> {
    let (sent, done) = (crowd.sent(), crowd.board.done.get());
    let talk = Talk { epoch: crowd.board.epoch, size, over: Rc::new(Cell::new(false)) };
    let talking: Vec<_> = match load {
        Load::Window(window) => {
            crowd.rooms.iter().map(|room| spawn(crowd, talk.clone().fill(Rc::clone(room), window))).collect()
        }
        Load::Rate(rate) => {
            let per_message = crowd.len() as f64 / crowd.rooms.len() as f64;
            let interval = Duration::from_secs_f64(per_message / rate);
            vec![spawn(crowd, talk.clone().keep_pace(crowd.rooms.clone(), interval))]
        }
    };
    sleep(timing.warm_up).await;
    let mut outcome = count(crowd, timing.counted, server).await?;
    // A talker that is cut short could leave half a frame behind, so each ends by itself.
    talk.over.set(true);
    crowd.rooms.iter().for_each(|room| room.arrived.notify_one());
    for task in talking {
        timeout(PATIENCE, task).await.context("a talker does not end")??;
    }
    settle(crowd).await?;
    outcome.sent = crowd.sent() - sent;
    outcome.accepted = crowd.board.done.get() - done;
    (outcome.lost, outcome.disordered) = crowd.faults();
    crowd.check()?;
    Ok(outcome)
}

async fn count(crowd: &Crowd, length: Duration, server: u32) -> Result<Outcome> {
    let board = &crowd.board;
    *board.latencies.borrow_mut() = Some(Histogram::default());
    let (began, deliveries) = (Instant::now(), board.deliveries.get());
    let (cpu, own) = (machine::cpu_time(server)?, machine::cpu_time(std::process::id())?);
    sleep(length).await;
    let server_cpu = machine::cpu_time(server)? - cpu;
    let own = machine::cpu_time(std::process::id())? - own;
    let time = began.elapsed();
    let latencies = board.latencies.borrow_mut().take().unwrap_or_default();
    Ok(Outcome {
        deliveries: board.deliveries.get() - deliveries,
        time,
        server_cpu,
        generator_busy: own.as_secs_f64() / time.as_secs_f64(),
        latency: latencies.quantiles(),
        sent: 0,
        accepted: 0,
        lost: 0,
        disordered: 0,
    })
}

/// Waits until nothing is on its way any more; what does not come is lost.
async fn settle(crowd: &Crowd) -> Result<()> {
    let quiet = async {
        let mut before = u64::MAX;
        // Nothing missing is not enough: the last answers may still come.
        while crowd.faults().0 != 0 || before != crowd.board.done.get() {
            before = crowd.board.done.get();
            sleep(Duration::from_millis(50)).await;
        }
    };
    // A delivery that is still missing then is counted as lost, which is worse than an error.
    let _ = timeout(PATIENCE / 4, quiet).await;
    ensure!(crowd.len() != 0, "nobody is connected");
    Ok(())
}

impl Talk {
    /// Keeps `window` messages on their way in a room.
    async fn fill(self, room: Rc<Room>, window: usize) -> Result<()> {
        while !self.over.get() {
            let missing = window.saturating_sub(room.ledger.borrow().open());
            if 0 < missing {
                room.say(&vec![self.epoch.now(); missing], self.size).await?;
            }
            room.arrived.notified().await;
        }
        Ok(())
    }

    /// Sends a message every `interval`, to one room after the other.
    async fn keep_pace(self, rooms: Vec<Rc<Room>>, interval: Duration) -> Result<()> {
        let timer = Timer::every(interval);
        let mut due = self.epoch.now();
        for room in rooms.iter().cycle() {
            while self.epoch.now() < due {
                timer.ring().await;
            }
            if self.over.get() {
                return Ok(());
            }
            room.say(&[due], self.size).await?;
            due += interval;
        }
        Ok(())
    }
}

fn spawn(crowd: &Crowd, talking: impl Future<Output = Result<()>> + 'static) -> tokio::task::JoinHandle<()> {
    let board = Rc::clone(&crowd.board);
    tokio::task::spawn_local(async move {
        if let Err(error) = talking.await.context("talking") {
            board.mishap(format!("{error:#}"));
        }
    })
}
