//! Files in and out on one connection: how fast, in how much memory, and what talk beside them feels of it.

use std::time::{Duration, Instant};

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use anyhow::{Context, Result, anyhow};
use tokio::time::sleep;

use super::{Bench, SETTLE};
use crate::measure::courier::{Cargo, Courier, Ride};
use crate::measure::machine::peak_bytes;
use crate::measure::scene::LONERS;
use crate::measure::server::{Server, Subject};
use crate::measure::stats::Histogram;
use crate::measure::table::{Figure, Goal, Report, Yardstick, milliseconds};

/// Measures one courier with one file.
pub(super) async fn measure(bench: &Bench) -> Result<Report> {
    let cargo = Cargo::new(bench.file_mib * MIB)?;
    let mut best = Best::default();
    let mut talk: [Histogram; 3] = Default::default();
    for round in 0..bench.rounds {
        let server = Server::start(Subject::Chat, &bench.scene)?;
        let guest =
            *bench.scene.own_rooms(LONERS).get(round).and_then(|room| room.first()).context("a guest")?;
        let mut courier = Courier::enter(&server.door, guest).await?;
        sleep(SETTLE).await;
        best.aead = best.aead.max(aead_alone()?);
        let before = peak_bytes(server.id())?;
        let (seq, took) = courier.deliver(&cargo).await?;
        best.up = best.up.max(speed(bench, took));
        best.down = best.down.max(speed(bench, courier.collect(seq, bench.file_mib * MIB).await?));
        best.grown_mib = best.grown_mib.max(peak_bytes(server.id())?.saturating_sub(before) / MIB);
        // The same bytes cannot be brought again while they are there; another size is another file.
        let other = Cargo::new(TALK_FILE)?;
        // The upload last: what it leaves for the disk to do would be felt in the download's time.
        for (place, ride) in [Ride::Idle, Ride::Down(seq), Ride::Up].into_iter().enumerate() {
            let time = bench.timing.counted.max(LEAST_TALK);
            let file = if ride == Ride::Up { &other } else { &cargo };
            talk[place].merge(&courier.talk(ride, file, time).await?);
        }
        courier.delete(seq).await?;
    }
    Ok(report(bench, &best, &talk))
}

#[derive(Debug, Default)]
struct Best {
    up: f64,
    down: f64,
    aead: f64,
    grown_mib: u64,
}

fn report(bench: &Bench, best: &Best, talk: &[Histogram; 3]) -> Report {
    let mut report = Report::default();
    let aead = Yardstick { name: "AES-256-GCM alone on one core", value: best.aead };
    for (what, chatd) in [("MiB/s in", best.up), ("MiB/s out", best.down)] {
        report.figures.push(Figure {
            workload: format!("one file of {} MiB, on the disk before the end", bench.file_mib),
            what,
            chatd,
            yardstick: Some(aead),
            goals: vec![Goal::LeastTimes(0.6)],
        });
    }
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let grown = best.grown_mib as f64;
    report.figures.push(Figure {
        workload: format!("one file of {} MiB in and out", bench.file_mib),
        what: "MiB the server's memory grew at most",
        chatd: grown,
        yardstick: None,
        goals: vec![Goal::Most(16.0)],
    });
    let [alone, down, up] = talk.each_ref().map(Histogram::quantiles);
    let yardstick = Yardstick { name: "the same without a transfer", value: alone.p99.as_secs_f64() * 1e3 };
    for (workload, with) in [("talk beside an upload", up), ("talk beside a download", down)] {
        report.figures.push(Figure {
            workload: format!("{workload} on one connection"),
            what: "p99 ms to the acknowledgement",
            chatd: with.p99.as_secs_f64() * 1e3,
            yardstick: Some(yardstick),
            goals: vec![Goal::MostTimes(2.0)],
        });
    }
    let [alone, up, down] = [alone.p50, up.p50, down.p50].map(milliseconds);
    let note = format!(
        "files: p50 ms to the acknowledgement alone {alone}, beside an upload {up}, beside a download {down}"
    );
    report.notes.push(note);
    report
}

/// Seals blocks of the size of frames for a while; returns MiB a second.
fn aead_alone() -> Result<f64> {
    let cipher = Aes256Gcm::new(&[7_u8; 32].into());
    let mut block = vec![0; 64 * 1024];
    let (began, mut sealed) = (Instant::now(), 0_u32);
    while began.elapsed() < AEAD_TIME {
        let mut nonce = [0; 12];
        nonce[..4].copy_from_slice(&sealed.to_be_bytes());
        let tag = cipher.encrypt_inout_detached(&nonce.into(), &[], (&mut block[..]).into());
        tag.map_err(|_| anyhow!("sealing failed"))?;
        sealed += 1;
    }
    Ok(f64::from(sealed) / 16.0 / began.elapsed().as_secs_f64())
}

fn speed(bench: &Bench, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some thousands of megabytes")]
    let size = bench.file_mib as f64;
    size / took.as_secs_f64()
}

const MIB: u64 = 1024 * 1024;
/// What is brought again and again while somebody talks.
const TALK_FILE: u64 = 64 * MIB - 32 * 1024;
/// Enough lines for a quantile of one in a hundred.
const LEAST_TALK: Duration = Duration::from_secs(5);
const AEAD_TIME: Duration = Duration::from_millis(500);
