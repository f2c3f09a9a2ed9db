//! From a ban on the dashboard to the closed connection of the person it hits, through two processes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::time::timeout;

use crate::dashboard::Dashboard;
use crate::measure::stats::Histogram;
use crate::seat;
use crate::server::Setup;
use crate::visitor::Visitor;

/// A ban that has not closed the connection by then never will.
const LONGEST: Duration = Duration::from_secs(10);

/// Bans so many connected people, one after the other, and returns the table of times.
pub(super) async fn measure(count: usize) -> Result<String> {
    let times = ban_times(count).await?;
    let row = |name: &str, times: &Histogram| {
        let milliseconds = |share: f64| times.quantile(share).as_secs_f64() * 1e3;
        format!(
            "| {name} | {:.1} ms | {:.1} ms | {:.1} ms |\n",
            milliseconds(0.5),
            milliseconds(0.99),
            milliseconds(1.0)
        )
    };
    Ok(format!(
        "**From a ban on the dashboard to the closed connection** ({count} bans, two processes, loopback)\n\n\
         | from | p50 | p99 | longest |\n|---|---|---|---|\n{}{}",
        row("sending the form: its checks, the commit and the answer are in it", &times.from_form),
        row("the answer to the form, which comes after the commit", &times.from_answer),
    ))
}

/// The times of many bans.
#[derive(Debug, Default)]
pub struct BanTimes {
    /// From the first byte of the form to the end of the connection.
    from_form: Histogram,
    /// From the last byte of the answer; zero when the connection ended before.
    from_answer: Histogram,
}

impl BanTimes {
    /// Returns the time from the first byte of the form that half of all took at most.
    #[must_use]
    pub fn median(&self) -> Duration {
        self.from_form.quantile(0.5)
    }
}

/// Bans so many connected people, one after the other.
///
/// # Errors
/// When somebody's connection does not end.
pub async fn ban_times(count: usize) -> Result<BanTimes> {
    let chatd = Setup::quick().start()?;
    let names: Vec<String> = (0..count).map(|number| format!("guest{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let seats = seat::seats(&chatd, &names)?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    let mut visitor = Visitor::log_in(&dashboard, &mut owner, "harness")?;
    visitor.get("/bans/new")?;
    let mut times = BanTimes::default();
    for seat in &seats {
        let mut peer = seat.enter(&chatd).await?;
        // Reads all the while, as a client does.
        let end = tokio::spawn(async move {
            while peer.next().await?.is_some() {}
            anyhow::Ok(Instant::now())
        });
        let target = format!("@{}", seat.name);
        let began = Instant::now();
        let (back, status, answered) = tokio::task::spawn_blocking(move || {
            let answer = ban(&mut visitor, &target);
            (visitor, answer, Instant::now())
        })
        .await?;
        visitor = back;
        ensure!(status? == 303, "the ban of {} was not taken", seat.name);
        let ended = timeout(LONGEST, end).await.with_context(|| format!("{} stays", seat.name))???;
        times.from_form.record(ended.duration_since(began));
        times.from_answer.record(ended.saturating_duration_since(answered));
    }
    Ok(times)
}

fn ban(visitor: &mut Visitor, target: &str) -> Result<u16> {
    let fields = [
        ("against", "account"),
        ("target", target),
        ("kind", "ban"),
        ("scope", "server"),
        ("length", "1d"),
        ("reason", "Measured"),
        ("step", "do"),
    ];
    Ok(visitor.post("/bans/new", &fields)?.status)
}
