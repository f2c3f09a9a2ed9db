//! The `stego` program: messages in pictures.

use std::process::ExitCode;

use clap::Parser;

mod args;
mod fail;
mod files;
mod hide;
mod reveal;
mod scan;
mod weigh;

use args::{Args, Command};
use fail::Failure;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version come this way too; where nobody reads them there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(fail::USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let json = args.json;
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if json {
                println!("{}", serde_json::json!({ "error": failure.to_string(), "code": failure.code() }));
            } else {
                eprintln!("stego: {failure}");
            }
            ExitCode::from(failure.code())
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Hide(command) => hide::run(&command, args.json),
        Command::Reveal(command) => reveal::run(&command, args.json),
        Command::Capacity(command) => weigh::run(&command, args.json),
        Command::Scan(command) => scan::run(&command, args.json),
    }
}
