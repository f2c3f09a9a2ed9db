//! `cargo xtask bench`: builds with optimisation, then hands over to the measurements in the `tests` package.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{run, system, workspace};

const BUILD_TIME: Duration = Duration::from_secs(40 * 60);
const BENCH_TIME: Duration = Duration::from_secs(60 * 60);

/// Builds and measures.
///
/// # Errors
/// When a program cannot be built or a measurement cannot be made.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    system::ensure(&[system::TO_BUILD])?;
    let build = workspace::cargo(&["build", "--quiet", "--release", "--workspace", "--bins"]);
    run::plain(build, BUILD_TIME).context("building with optimisation")?;
    let programs = workspace::programs("release")?;
    let mut bench = Command::new(programs.join("bench"));
    bench.args(arguments).env("LIVECHAT_PROGRAMS", &programs).current_dir(workspace::root());
    run::plain(bench, BENCH_TIME)
}
