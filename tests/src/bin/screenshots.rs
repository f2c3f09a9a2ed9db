//! `screenshots FOLDER`: pictures of every page, and the document that walks through them. See `tests::pictures`.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let docs = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("docs"), PathBuf::from);
    match tests::pictures::take(&docs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
