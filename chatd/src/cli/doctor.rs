//! `chatd doctor`: looks at everything a running server needs, changes nothing, and says what to do.

mod checks;
mod database;
mod disk;

use std::process::ExitCode;

use serde_json::json;

pub(crate) use disk::free_mib;

use super::args::{DoctorArgs, PlaceArgs};
use super::failure::Failure;
use super::place::Place;
use super::screen::say;

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What was looked at, in a word or two.
    name: &'static str,
    verdict: Verdict,
    /// What is so.
    said: String,
    /// What to do about it.
    fix: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Fine,
    Warning,
    Failed,
}

/// Prints every finding and returns the worst as exit code: 0 fine, 2 warnings, 1 something fails.
pub(crate) fn run(args: &DoctorArgs, place: &PlaceArgs) -> Result<ExitCode, Failure> {
    let findings = match Place::find(place, vec![]) {
        Ok(place) => checks::all(&place),
        Err(Failure::Usage(sentence)) => {
            vec![Finding::failed(
                "settings",
                sentence,
                "change that line; deploy/chatd.toml explains every key",
            )]
        }
        Err(failure) => return Err(failure),
    };
    let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Fine);
    if args.json {
        print_json(&findings, worst)?;
    } else {
        print(&findings, worst)?;
    }
    Ok(match worst {
        Verdict::Fine => ExitCode::SUCCESS,
        Verdict::Warning => ExitCode::from(2),
        Verdict::Failed => ExitCode::FAILURE,
    })
}

fn print(findings: &[Finding], worst: Verdict) -> std::io::Result<()> {
    for Finding { name, verdict, said, fix } in findings {
        say(&format!("{:<6} {name}: {said}", verdict.mark()))?;
        if let Some(fix) = fix {
            say(&format!("       -> {fix}"))?;
        }
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    say(&match worst {
        Verdict::Fine => "\nEverything looked at is fine.".to_owned(),
        _ => format!("\n{} failed, {} to look at.", count(Verdict::Failed), count(Verdict::Warning)),
    })
}

fn print_json(findings: &[Finding], worst: Verdict) -> std::io::Result<()> {
    let checks: Vec<_> = findings
        .iter()
        .map(|Finding { name, verdict, said, fix }| json!({ "check": name, "verdict": verdict.word(), "said": said, "fix": fix }))
        .collect();
    say(&json!({ "worst": worst.word(), "checks": checks }).to_string())
}

impl Verdict {
    fn mark(self) -> &'static str {
        match self {
            Self::Fine => "[ok]",
            Self::Warning => "[!]",
            Self::Failed => "[fail]",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Warning => "warning",
            Self::Failed => "fail",
        }
    }
}

impl Finding {
    fn fine(name: &'static str, said: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fine, said: said.into(), fix: None }
    }

    fn warning(name: &'static str, said: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warning, said: said.into(), fix: Some(fix.into()) }
    }

    /// Takes a sentence of the form "what is wrong; what to do" apart.
    fn split(name: &'static str, sentence: &str) -> Self {
        match sentence.rsplit_once("; ") {
            Some((said, fix)) => Self::failed(name, said, fix),
            None => Self::failed(name, sentence, "run this as the account that owns the data folder"),
        }
    }

    fn is_fine(&self) -> bool {
        self.verdict == Verdict::Fine
    }

    fn failed(name: &'static str, said: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Failed, said: said.into(), fix: Some(fix.into()) }
    }
}
