//! The dashboard's figures behind `cargo xtask bench dashboard`: how fast a ban closes a connection, how fast pages are.

pub mod bans;
mod pages;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::measure::document;

const USAGE: &str = "\
dashboard-bench [--quick] [--write [FILE]]
  --quick         fewer bans, fewer requests, a tenth of the large data set
  --write [FILE]  puts the tables into FILE between its marks [default: docs/BENCHMARKS.md]
It starts chatd and admin-web from the folder in LIVECHAT_PROGRAMS, or builds them.";

/// What is asked for on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Options {
    quick: bool,
    write: Option<PathBuf>,
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let options = match parse(&words) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(64);
        }
    };
    match measure(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(words: &[&str]) -> Result<Options> {
    let mut options = Options::default();
    let mut words = words.iter().copied().peekable();
    while let Some(word) = words.next() {
        match word {
            "--quick" => options.quick = true,
            "--write" => {
                let file = words.next_if(|word| !word.starts_with('-'));
                options.write = Some(file.unwrap_or("docs/BENCHMARKS.md").into());
            }
            other => bail!("{other} is not an option\n{USAGE}"),
        }
    }
    Ok(options)
}

fn measure(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let count = if options.quick { 50 } else { 200 };
    eprintln!("measuring {count} bans");
    let bans = runtime.block_on(bans::measure(count))?;
    println!("{bans}");
    let pages = pages::measure(options.quick)?;
    println!("{pages}");
    if let Some(path) = &options.write {
        document::write(path, document::DASHBOARD, &format!("{bans}\n{pages}"))?;
        eprintln!("written to {}", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_choose_pace_and_document() {
        assert_eq!(parse(&[]).unwrap(), Options::default());
        let options = parse(&["--write", "--quick"]).unwrap();
        assert_eq!(options, Options { quick: true, write: Some("docs/BENCHMARKS.md".into()) });
        assert_eq!(parse(&["--write", "x.md"]).unwrap().write, Some("x.md".into()));
        assert!(parse(&["--fast"]).is_err());
    }
}
