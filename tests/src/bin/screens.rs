//! `screens FOLDER`: the screens of the user guide. See `tests::screens`.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let docs = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("docs"), PathBuf::from);
    match tests::screens::take(&docs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
