//! The measurements behind `cargo xtask bench`: the limit program, the load generator, the table.
//!
//! The server under test runs on one core, the generator on the other, everything on loopback. For each workload the
//! limit program is measured in the same run, because figures move with the machine and ratios do not.

mod courier;
mod crowd;
pub(crate) mod document;
mod ledger;
mod limit;
mod machine;
mod options;
mod phase;
mod scene;
mod server;
mod stamp;
pub(crate) mod stats;
mod table;
mod timer;
mod tui;
mod wire;
mod workloads;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::task::LocalSet;

use options::{Call, Options, Pace};
use phase::Timing;
use scene::{LEAST_PEOPLE, OPEN_ROOMS, Scene};
use stamp::Epoch;
use table::Report;
use workloads::{Bench, Workload};

/// Does what the command line says: measures, or is the limit program.
pub fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match Call::parse(&words) {
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(64);
        }
        Ok(Call::Help) => {
            println!("{}", options::USAGE);
            Ok(())
        }
        Ok(Call::Limit(journal)) => limit::run(journal),
        Ok(Call::Echo) => tui::echo::run(),
        Ok(Call::Measure(options)) => measure(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<()> {
    if options.tui {
        let figures = tui::measure(options.pace)?;
        println!("{figures}");
        write(options, document::CLIENT, &figures)?;
    }
    if options.workloads.is_empty() { Ok(()) } else { measure_server(options) }
}

fn measure_server(options: &Options) -> Result<()> {
    ensure!(2 <= machine::cores(), "a core for the server and one for the generator are needed");
    let files = machine::open_many_files()?;
    let mut facts = machine::facts();
    let bench = bench(options, files)?;
    let preference = machine::Preference::ask();
    machine::stay_on(machine::GENERATOR_CORE)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = LocalSet::new().block_on(&runtime, run_all(&bench, &options.workloads))?;
    let preferred = if preference.is_taken() { "yes" } else { "no: other programs show in the figures" };
    facts.push(("before other sessions", preferred.to_owned()));
    facts.push(("rounds", format!("{}, {:?} each phase", bench.rounds, bench.timing.counted)));
    let figures = report.markdown(&facts);
    println!("{figures}");
    write(options, document::SERVER, &figures)
}

fn write(options: &Options, marks: document::Marks, figures: &str) -> Result<()> {
    if let Some(path) = &options.write {
        document::write(path, marks, figures)?;
        eprintln!("written to {}", path.display());
    }
    Ok(())
}

fn bench(options: &Options, files: u64) -> Result<Bench> {
    let programs = match std::env::var_os("LIVECHAT_PROGRAMS") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::current_exe()?.parent().context("this program is in no folder")?.to_owned(),
    };
    // Listeners, the database and the log need some of the files as well.
    let possible = usize::try_from(files)?.saturating_sub(100);
    let (rounds, timing, idle, logins) = match options.pace {
        Pace::Thorough => {
            let timing = Timing { warm_up: Duration::from_secs(1), counted: Duration::from_secs(3) };
            (OPEN_ROOMS, timing, possible.min(5_000), 500)
        }
        Pace::Quick => {
            let timing = Timing { warm_up: Duration::from_millis(500), counted: Duration::from_secs(2) };
            (1, timing, possible.min(1_000), 200)
        }
    };
    eprintln!("making people and rooms");
    let scene = Scene::make(&programs, idle.max(LEAST_PEOPLE))?;
    Ok(Bench { scene, epoch: Epoch::begin(), rounds, timing, idle, logins, file_mib: options.file_mib })
}

async fn run_all(bench: &Bench, workloads: &[Workload]) -> Result<Report> {
    let mut report = Report::default();
    for workload in workloads {
        eprintln!("measuring {}", workload.name());
        let found = workload.measure(bench).await;
        report.add(found.with_context(|| format!("measuring {}", workload.name()))?);
    }
    Ok(report)
}
