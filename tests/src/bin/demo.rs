//! `demo`: plays the story of [`tests::demo`] on a server of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    match tests::demo::play() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the story did not go as told: {error:#}");
            ExitCode::FAILURE
        }
    }
}
