//! `cargo xtask ci`: the whole of CI, in order, each step with its time, stopping at the first failure.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::run::{self, Tally};
use crate::{system, tidy, workspace};

/// No step may take longer; the whole from nothing takes less than twice this on two cores.
const STEP_TIME: Duration = Duration::from_secs(20 * 60);

/// What a step does.
enum Work {
    /// Something this program does itself.
    Own(fn() -> Result<()>),
    /// Another program; its exit code decides.
    Program(fn() -> Result<Command>),
    /// A program that prints test results; those are counted.
    Tests(fn() -> Result<Command>),
}

const STEPS: &[(&str, Work)] = &[
    ("system: compilers and tools are there", Work::Own(system_check)),
    ("format", Work::Program(|| Ok(workspace::cargo(&["fmt", "--all", "--check"])))),
    ("tidy: borders, sizes, words", Work::Own(tidy::run)),
    ("lints", Work::Program(clippy)),
    ("documentation", Work::Program(rustdoc)),
    ("build of every program", Work::Program(build)),
    ("unit and property tests", Work::Tests(unit_tests)),
    ("end-to-end stories", Work::Tests(e2e_tests)),
    ("demo without a terminal", Work::Program(demo)),
];

/// Runs every step. The last line says how many tests and other checks passed and failed.
///
/// # Errors
/// When a step fails.
pub(crate) fn run() -> Result<()> {
    let began = Instant::now();
    let mut total = Tally::default();
    for (index, (name, work)) in STEPS.iter().enumerate() {
        println!("\n== {}/{} {name}", index + 1, STEPS.len());
        let step_began = Instant::now();
        let outcome = perform(work);
        let took = step_began.elapsed().as_secs_f64();
        match outcome {
            Ok(tally) => {
                println!("== {name}: ok in {took:.1} s");
                total.add(tally);
            }
            Err((tally, error)) => {
                println!("== {name}: FAILED after {took:.1} s: {error:#}");
                total.add(tally);
                println!("{} passed, {} failed", total.passed, total.failed.max(1));
                bail!("step \"{name}\" failed");
            }
        }
    }
    println!("\n== all {} steps in {:.0} s", STEPS.len(), began.elapsed().as_secs_f64());
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(())
}

/// A step without tests of its own counts as one check.
fn perform(work: &Work) -> Result<Tally, (Tally, anyhow::Error)> {
    const ONE: Tally = Tally { passed: 1, failed: 0, ignored: 0 };
    let nothing = |error| (Tally::default(), error);
    match work {
        Work::Own(action) => action().map(|()| ONE).map_err(nothing),
        Work::Program(command) => {
            let (status, _) =
                command().and_then(|command| run::counted(command, STEP_TIME)).map_err(nothing)?;
            if status.success() { Ok(ONE) } else { Err(nothing(anyhow::anyhow!("it ended with {status}"))) }
        }
        Work::Tests(command) => {
            let (status, tally) =
                command().and_then(|command| run::counted(command, STEP_TIME)).map_err(nothing)?;
            judge(status.success(), tally)
        }
    }
}

/// A run of tests is good when it succeeded, tested something, and left nothing out.
fn judge(success: bool, tally: Tally) -> Result<Tally, (Tally, anyhow::Error)> {
    match (success, tally) {
        (false, _) => Err((tally, anyhow::anyhow!("{} tests failed", tally.failed))),
        (true, Tally { ignored: 0, passed: 1.., .. }) => Ok(tally),
        (true, Tally { passed: 0, .. }) => Err((tally, anyhow::anyhow!("no test was run"))),
        (true, _) => Err((tally, anyhow::anyhow!("{} tests are ignored", tally.ignored))),
    }
}

fn system_check() -> Result<()> {
    for component in ["fmt", "clippy"] {
        let found = workspace::cargo(&[component, "--version"]).output();
        if !found.is_ok_and(|output| output.status.success()) {
            bail!("`cargo {component}` is missing; add it with: rustup component add rustfmt clippy");
        }
    }
    system::ensure(&[system::TO_BUILD, system::TO_TEST])
}

fn clippy() -> Result<Command> {
    Ok(workspace::cargo(&[
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))
}

fn rustdoc() -> Result<Command> {
    let mut command = workspace::cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    Ok(command)
}

fn build() -> Result<Command> {
    Ok(workspace::cargo(&["build", "--quiet", "--workspace", "--bins", "--examples"]))
}

fn unit_tests() -> Result<Command> {
    Ok(workspace::cargo(&["test", "--quiet", "--workspace", "--exclude", "tests"]))
}

/// The stories get the programs of the step before, so they never test an older build.
fn e2e_tests() -> Result<Command> {
    let mut command = workspace::cargo(&["test", "--package", "tests"]);
    command.env("LIVECHAT_PROGRAMS", workspace::programs("debug")?);
    Ok(command)
}

/// What `cargo xtask demo` plays after its build. Not that command itself: the build of every program may have put
/// another file in the place of this running one.
fn demo() -> Result<Command> {
    let programs = workspace::programs("debug")?;
    let mut command = Command::new(programs.join("demo"));
    command.env("LIVECHAT_PROGRAMS", programs);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_tests_nothing_or_leaves_tests_out_is_not_good() {
        let all = Tally { passed: 3, failed: 0, ignored: 0 };
        assert!(judge(true, all).is_ok());
        assert!(judge(false, all).is_err());
        assert!(judge(true, Tally { ignored: 1, ..all }).is_err());
        assert!(judge(true, Tally::default()).is_err());
    }
}
