//! Log lines on stderr: text for people, JSON for machines, at a level that can change while the server runs.

use std::env;
use std::io::{self, IsTerminal};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

/// What is written to stderr.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Taken up again by SIGHUP.
    pub level: LogLevel,
    /// How a line looks.
    pub format: LogFormat,
}

/// The least important event that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Somebody must act.
    Error,
    /// Odd, still working.
    Warn,
    /// A person would want to know.
    Info,
    /// Decisions; peers' addresses appear only here and below.
    Debug,
    /// Every message, never its text.
    Trace,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal and under systemd's journal, JSON elsewhere.
    Auto,
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Changes the level of a running server.
#[derive(Debug)]
pub struct LogControl {
    handle: reload::Handle<Targets, Registry>,
    ours: &'static [&'static str],
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::Info, format: LogFormat::Auto }
    }
}

impl LogControl {
    /// Takes up another level.
    ///
    /// # Errors
    /// When logging has ended.
    pub fn set(&self, level: LogLevel) -> anyhow::Result<()> {
        self.handle.reload(targets(self.ours, level)).context("the log level cannot be changed")
    }
}

/// Starts logging for the whole process. These crates are heard at the level asked for.
///
/// # Errors
/// When somebody else started it before.
pub fn start(log: &Log, ours: &'static [&'static str]) -> anyhow::Result<LogControl> {
    let (filter, handle) = reload::Layer::new(targets(ours, log.level));
    let lines = match style(log.format) {
        Style::Json => fmt::layer().json().with_writer(io::stderr).boxed(),
        Style::Terminal { colours } => fmt::layer().with_ansi(colours).with_writer(io::stderr).boxed(),
        // The journal adds the time.
        Style::Journal => fmt::layer().with_ansi(false).without_time().with_writer(io::stderr).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines).try_init().context("logging cannot start")?;
    Ok(LogControl { handle, ours })
}

/// How a line looks.
#[derive(Debug, PartialEq, Eq)]
enum Style {
    Json,
    Journal,
    Terminal { colours: bool },
}

fn style(format: LogFormat) -> Style {
    let in_journal = env::var_os("JOURNAL_STREAM").is_some();
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match format {
        LogFormat::Json => Style::Json,
        // A terminal inside a service's session has the variable too.
        _ if io::stderr().is_terminal() => Style::Terminal { colours },
        LogFormat::Text | LogFormat::Auto if in_journal => Style::Journal,
        LogFormat::Text => Style::Terminal { colours },
        LogFormat::Auto => Style::Json,
    }
}

/// Our own crates at the level asked for; what libraries say only from WARN up.
fn targets(crates: &[&'static str], level: LogLevel) -> Targets {
    let ours = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let theirs = ours.min(LevelFilter::WARN);
    crates.iter().fold(Targets::new().with_default(theirs), |targets, name| targets.with_target(*name, ours))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_are_heard_from_warn_up_and_never_more_than_we_are() {
        let debug = targets(&["chatd"], LogLevel::Debug);
        assert!(
            debug.would_enable("chatd::hub", &Level::DEBUG)
                && !debug.would_enable("chatd::hub", &Level::TRACE)
        );
        assert!(debug.would_enable("hyper", &Level::WARN) && !debug.would_enable("hyper", &Level::INFO));
        let error = targets(&["chatd"], LogLevel::Error);
        assert!(error.would_enable("hyper", &Level::ERROR) && !error.would_enable("hyper", &Level::WARN));
    }

    #[test]
    fn a_format_that_is_asked_for_is_given() {
        assert_eq!(style(LogFormat::Json), Style::Json);
        assert_ne!(style(LogFormat::Text), Style::Json);
    }
}
