//! Runs one program as a named, timed and bounded step, and counts the tests it reports.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Tests that a step reported.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that held.
    pub(crate) passed: usize,
    /// Tests that did not.
    pub(crate) failed: usize,
    /// Tests that were skipped; there should be none.
    pub(crate) ignored: usize,
}

impl Tally {
    /// Adds what one `test result:` line says; other lines change nothing.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        for part in counts.split([';', '.']) {
            let mut words = part.split_whitespace();
            let (Some(count), Some(what)) = (words.next(), words.next()) else { continue };
            let Ok(count) = count.parse::<usize>() else { continue };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }

    /// Adds another step's counts.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// Runs a program to its end, passing its output on. Returns what it counted beside how it ended.
///
/// # Errors
/// When it does not start, or is not done within `limit`: then it and all it started are killed.
pub(crate) fn counted(mut command: Command, limit: Duration) -> Result<(ExitStatus, Tally)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    let stdout = child.stdout.take().expect("stdout is piped above");
    let reader = thread::spawn(move || pass_on(BufReader::new(stdout)));
    let status = wait(&mut child, limit)?;
    let tally = reader.join().map_err(|_| anyhow::anyhow!("reading the step's output"))?;
    Ok((status, tally))
}

/// Runs a program to its end with this terminal.
///
/// # Errors
/// When it does not start, fails, or is not done within `limit`.
pub(crate) fn plain(mut command: Command, limit: Duration) -> Result<()> {
    let name = command.get_program().display().to_string();
    let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
    let status = wait(&mut child, limit)?;
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(())
}

fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let (done, over) = mpsc::channel::<()>();
    let id = child.id();
    let watch = thread::spawn(move || {
        let in_time = over.recv_timeout(limit) != Err(mpsc::RecvTimeoutError::Timeout);
        if !in_time {
            kill_tree(id);
        }
        in_time
    });
    let started = Instant::now();
    let status = child.wait().context("waiting for the step to end");
    drop(done);
    let in_time = watch.join().map_err(|_| anyhow::anyhow!("watching the step's time"))?;
    if !in_time {
        bail!("not done after {} s, stopped", started.elapsed().as_secs());
    }
    status
}

/// Kills a process and its descendants, children first noted, so that no orphan is missed.
fn kill_tree(id: u32) {
    let mut family = vec![id];
    let parents = parents();
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    for member in family {
        if let Ok(member) = i32::try_from(member) {
            // Gone already is as good as killed.
            let _ = kill(Pid::from_raw(member), Signal::SIGKILL);
        }
    }
}

/// Every process with its parent.
fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name in brackets may hold anything; state and parent follow the last bracket.
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some((id, parent))
    })
    .collect()
}

fn pass_on(lines: impl BufRead) -> Tally {
    let mut tally = Tally::default();
    let mut out = std::io::stdout();
    for line in lines.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        tally.add_line(&line);
        // A closed terminal must not end the step.
        let _ = writeln!(out, "{line}");
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_added_up_and_other_lines_are_not() {
        let mut tally = Tally::default();
        tally.add_line(
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.1s",
        );
        tally.add_line("test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out");
        tally.add_line("running 12 tests, 9 passed");
        assert_eq!(tally, Tally { passed: 5, failed: 1, ignored: 4 });
    }

    #[test]
    fn a_step_that_does_not_end_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("child");
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("sleep 600 & echo $! > {}; wait", note.display()));

        let error = counted(command, Duration::from_millis(500)).unwrap_err();

        assert!(error.to_string().contains("not done"), "{error}");
        let child = fs::read_to_string(note).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while runs(child.trim()) {
            assert!(Instant::now() < deadline, "process {child} still runs");
            thread::yield_now();
        }
    }

    #[test]
    fn a_failing_program_is_an_error_and_a_good_one_is_not() {
        assert!(plain(Command::new("false"), Duration::from_secs(5)).is_err());
        assert!(plain(Command::new("true"), Duration::from_secs(5)).is_ok());
    }

    /// A killed process stays as a zombie until its parent asks for it.
    fn runs(process: &str) -> bool {
        let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z")
    }
}
