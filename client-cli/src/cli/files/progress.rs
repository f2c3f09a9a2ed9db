//! A transfer's progress on stderr: one line that is written over on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use client_cli::files::{Control, FileError, Meter, Progress};
use domain::text::term_safe;
use tokio::time::{self, Instant};

use crate::cli::output::talk;

/// Does the work while its progress is shown. Ctrl-C stops the work, which keeps what it has done.
pub(super) async fn shown<T>(
    name: &str,
    control: &Control,
    work: impl Future<Output = Result<T, FileError>>,
) -> Result<T, FileError> {
    let mut line = ProgressLine::new(name);
    let mut ticks = time::interval_at(Instant::now() + line.every, line.every);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| FileError::Internal(error.to_string()))?;
    let progress = control.watch();
    tokio::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => {
                line.clear();
                return result;
            }
            _ = ticks.tick() => line.show(&progress.borrow()),
            _ = tokio::signal::ctrl_c() => control.stop(),
            _ = terminate.recv() => control.stop(),
        }
    }
}

struct ProgressLine {
    name: String,
    meter: Meter,
    every: Duration,
    overwrites: bool,
    last: String,
}

impl ProgressLine {
    fn new(name: &str) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let overwrites = io::stderr().is_terminal() && !is_dumb;
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let every = if overwrites { OFTEN } else { SELDOM };
        Self { name, meter: Meter::default(), every, overwrites, last: String::new() }
    }

    fn show(&mut self, progress: &Progress) {
        self.meter.note(progress, std::time::Instant::now());
        let line = self.meter.line(&self.name, progress);
        if line == self.last {
            return;
        }
        if self.overwrites {
            write_over(&line);
        } else {
            talk(&line);
        }
        self.last = line;
    }

    fn clear(&self) {
        if self.overwrites && !self.last.is_empty() {
            write_over("");
        }
    }
}

/// Writes a line over the last one.
fn write_over(line: &str) {
    // Nobody can be told that nobody can be told.
    let _ = io::stderr().lock().write_all(format!("\r\x1b[K{}", term_safe(line)).as_bytes());
}

const OFTEN: Duration = Duration::from_millis(200);
const SELDOM: Duration = Duration::from_secs(5);
const LONGEST_NAME: usize = 30;
