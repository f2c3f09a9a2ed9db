//! Chores of this repository: `cargo xtask ci | demo | bench | seed | screenshots | screens | guide | tidy`.

mod bench;
mod ci;
mod demo;
mod guide;
mod helpers;
mod run;
mod system;
mod tidy;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask ci       everything CI runs, in order, stopping at the first failure
cargo xtask demo     a server, two people and a short conversation, from nothing
cargo xtask bench    measures fan-out, joins, memory and durable sends beside a bare broadcast server, the full-screen client, then the dashboard
                     --quick    shorter phases     --write    puts the table into docs/BENCHMARKS.md
                     dashboard  as first word: only bans and pages of the dashboard
cargo xtask seed DATA [full|tenth|small]
                     fills a data folder that `chatd init` has just made with the large data set
cargo xtask screenshots
                     pictures of every page of the dashboard into docs/screenshots, and docs/DASHBOARD.md
cargo xtask guide    the client's documents from its tables: sections of docs/USERGUIDE.md, deploy/chat.toml, man page, completions
cargo xtask screens  pictures of the full-screen client into docs/screenshots/client and docs/USERGUIDE.md
cargo xtask tidy     who may use whom, file sizes, words that do not belong here";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["ci"] => ci::run(),
        ["demo", rest @ ..] => demo::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["seed", rest @ ..] => helpers::seed(rest),
        ["screenshots", rest @ ..] => helpers::screenshots(rest),
        ["guide"] => guide::run(),
        ["screens", rest @ ..] => helpers::screens(rest),
        ["tidy"] => tidy::run(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
