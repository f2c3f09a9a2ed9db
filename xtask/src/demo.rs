//! `cargo xtask demo`: builds everything, then hands over to the story in the `tests` package.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{run, system, workspace};

const BUILD_TIME: Duration = Duration::from_secs(30 * 60);
/// The story alone takes seconds; a person who opened the client may stay.
const STORY_TIME: Duration = Duration::from_secs(12 * 3600);

/// Builds and plays the story.
///
/// # Errors
/// When a step of the story does not go as told.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    system::ensure(&[system::TO_BUILD])?;
    eprintln!("building (the first time takes some minutes)");
    let build = workspace::cargo(&["build", "--quiet", "--workspace", "--bins"]);
    run::plain(build, BUILD_TIME).context("building the programs")?;
    let programs = workspace::programs("debug")?;
    let mut story = Command::new(programs.join("demo"));
    story.args(arguments).env("LIVECHAT_PROGRAMS", &programs);
    run::plain(story, STORY_TIME)
}
