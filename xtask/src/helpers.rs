//! `cargo xtask seed`, `screenshots` and `screens`: build, then hand over to a program of the `tests` package.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{run, system, workspace};

const BUILD_TIME: Duration = Duration::from_secs(40 * 60);
const RUN_TIME: Duration = Duration::from_secs(60 * 60);

/// Fills a data folder with the large data set; optimised, as it makes ten million rows.
///
/// # Errors
/// When the program cannot be built, or the folder cannot be filled.
pub(crate) fn seed(arguments: &[&str]) -> Result<()> {
    system::ensure(&[system::TO_BUILD])?;
    hand_over("seed", "release", arguments)
}

/// Takes the pictures of every page into `docs/screenshots`.
///
/// # Errors
/// When a program cannot be built, or a picture cannot be taken.
pub(crate) fn screenshots(arguments: &[&str]) -> Result<()> {
    system::ensure(&[system::TO_BUILD, system::TO_TEST])?;
    hand_over("screenshots", "debug", arguments)
}

/// Takes the screens of the client into `docs/screenshots/client`, and puts them into the user guide.
///
/// # Errors
/// When a program cannot be built, or a screen does not come up.
pub(crate) fn screens(arguments: &[&str]) -> Result<()> {
    system::ensure(&[system::TO_BUILD, system::TO_TEST])?;
    hand_over("screens", "debug", arguments)
}

fn hand_over(program: &str, profile: &str, arguments: &[&str]) -> Result<()> {
    let mut words = vec!["build", "--quiet", "--workspace", "--bins"];
    if profile == "release" {
        words.push("--release");
    }
    run::plain(workspace::cargo(&words), BUILD_TIME).context("building the programs")?;
    let programs = workspace::programs(profile)?;
    let mut command = Command::new(programs.join(program));
    command.args(arguments).env("LIVECHAT_PROGRAMS", &programs).current_dir(workspace::root());
    run::plain(command, RUN_TIME)
}
