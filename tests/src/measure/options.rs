//! What the benchmark is asked to do on its command line.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::workloads::Workload;

/// How to call it.
pub(crate) const USAGE: &str = "\
bench [--quick] [--only NAME]... [--write [FILE]]
  --quick         one short round instead of three
  --only NAME     fan-out, large-room, joins, idle, login, durable, storm, files or tui (the full-screen client)
  --file-mib N    how large the file of the workload files is [default: 256; 5120 shows that memory does not grow with it]
  --write [FILE]  puts the tables into FILE between its marks [default: docs/BENCHMARKS.md]
It starts chatd from the folder in LIVECHAT_PROGRAMS, or from its own.";

/// What the command line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// Say how to call it.
    Help,
    /// Be the limit program, perhaps with this journal.
    Limit(Option<PathBuf>),
    /// Be the program in a terminal that only echoes.
    Echo,
    /// Measure.
    Measure(Options),
}

/// What is measured and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) pace: Pace,
    pub(crate) workloads: Vec<Workload>,
    /// Measure the full-screen client as well.
    pub(crate) tui: bool,
    pub(crate) write: Option<PathBuf>,
    /// Size of the file that is brought and fetched.
    pub(crate) file_mib: u64,
}

/// How thoroughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Three rounds, of which the one with the least CPU time counts.
    Thorough,
    /// One short round.
    Quick,
}

impl Call {
    /// Reads the words after the program's name.
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        match words {
            ["--help" | "-h", ..] => return Ok(Self::Help),
            ["echo"] => return Ok(Self::Echo),
            ["limit"] => return Ok(Self::Limit(None)),
            ["limit", journal] => return Ok(Self::Limit(Some(journal.into()))),
            _ => {}
        }
        let mut options =
            Options { pace: Pace::Thorough, workloads: Vec::new(), tui: false, write: None, file_mib: 256 };
        let mut words = words.iter().copied().peekable();
        while let Some(word) = words.next() {
            match word {
                "--quick" => options.pace = Pace::Quick,
                "--only" if words.next_if_eq(&"tui").is_some() => options.tui = true,
                "--only" => options.workloads.push(workload(words.next())?),
                "--file-mib" => {
                    let size = words.next().and_then(|word| word.parse().ok()).filter(|size| 0 < *size);
                    let Some(size) = size else { bail!("--file-mib needs a number\n{USAGE}") };
                    options.file_mib = size;
                }
                "--write" => {
                    let file = words.next_if(|word| !word.starts_with('-'));
                    options.write = Some(file.unwrap_or(DOCUMENT).into());
                }
                other => bail!("{other} is not an option\n{USAGE}"),
            }
        }
        if options.workloads.is_empty() && !options.tui {
            options.tui = true;
            options.workloads = Workload::ALL.to_vec();
        }
        Ok(Self::Measure(options))
    }
}

fn workload(name: Option<&str>) -> Result<Workload> {
    let found = Workload::ALL.into_iter().find(|workload| Some(workload.name()) == name);
    let Some(workload) = found else { bail!("--only needs one of the names below\n{USAGE}") };
    Ok(workload)
}

const DOCUMENT: &str = "docs/BENCHMARKS.md";

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(words: &[&str]) -> Options {
        match Call::parse(words).unwrap() {
            Call::Measure(options) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_words_everything_is_measured_thoroughly_and_nothing_is_written() {
        let options = measure(&[]);
        assert_eq!((options.workloads.as_slice(), options.tui), (&Workload::ALL[..], true));
        assert_eq!((options.pace, options.write), (Pace::Thorough, None));
    }

    #[test]
    fn words_choose_pace_workloads_and_document() {
        let options = measure(&["--write", "--quick", "--only", "joins", "--only", "idle"]);
        assert_eq!((options.workloads, options.tui), (vec![Workload::Joins, Workload::Idle], false));
        assert_eq!((options.pace, options.write), (Pace::Quick, Some(DOCUMENT.into())));
        assert_eq!(measure(&["--write", "other.md"]).write, Some("other.md".into()));
        assert_eq!((options.file_mib, measure(&["--file-mib", "5120"]).file_mib), (256, 5120));
    }

    #[test]
    fn the_client_is_measured_alone_or_with_others() {
        let alone = measure(&["--only", "tui"]);
        assert!(alone.tui && alone.workloads.is_empty());
        let both = measure(&["--only", "tui", "--only", "idle"]);
        assert!(both.tui && both.workloads == [Workload::Idle]);
    }

    #[test]
    fn every_workload_is_in_the_help_and_unknown_words_are_refused() {
        assert!(Workload::ALL.iter().all(|workload| USAGE.contains(workload.name())));
        assert!(Call::parse(&["--fast"]).is_err());
        assert!(Call::parse(&["--only", "nothing"]).is_err());
        assert!(Call::parse(&["--only"]).is_err());
        assert!(Call::parse(&["--file-mib", "0"]).is_err());
    }
}
