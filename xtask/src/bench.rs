//! `cargo xtask bench`: builds with optimisation, then hands over to the measurements in the `tests` package.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{run, system, workspace};

const BUILD_TIME: Duration = Duration::from_secs(40 * 60);
const BENCH_TIME: Duration = Duration::from_secs(60 * 60);

/// Builds and measures: the server, the dashboard, or without words both.
///
/// # Errors
/// When a program cannot be built or a measurement cannot be made.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    system::ensure(&[system::TO_BUILD])?;
    let build = workspace::cargo(&["build", "--quiet", "--release", "--workspace", "--bins"]);
    run::plain(build, BUILD_TIME).context("building with optimisation")?;
    for (program, arguments) in programs(arguments) {
        let programs = workspace::programs("release")?;
        let mut bench = Command::new(programs.join(program));
        bench.args(arguments).env("LIVECHAT_PROGRAMS", &programs).current_dir(workspace::root());
        run::plain(bench, BENCH_TIME)?;
    }
    Ok(())
}

/// Returns what to run with which words. A workload that is named alone is the server's.
fn programs<'a>(arguments: &'a [&'a str]) -> Vec<(&'static str, &'a [&'a str])> {
    match arguments {
        ["dashboard", rest @ ..] => vec![("dashboard-bench", rest)],
        all if all.contains(&"--only") || all.contains(&"--help") => vec![("bench", all)],
        all => vec![("bench", all), ("dashboard-bench", all)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_both_are_measured() {
        let names = |words: &[&str]| programs(words).iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(&["--quick"]), ["bench", "dashboard-bench"]);
        assert_eq!(names(&["--only", "joins"]), ["bench"]);
        assert_eq!(names(&["dashboard", "--write"]), ["dashboard-bench"]);
    }
}
