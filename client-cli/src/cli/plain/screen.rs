//! The way to the person's screen: above the line being typed on a terminal, stdout and stderr otherwise.

use std::io::{self, IsTerminal, Write};

use domain::text::term_safe_lines;
use tokio::sync::mpsc;

use crate::cli::args::Bell;

use super::super::conversation::chat::Show;

/// Where lines go.
#[derive(Debug)]
pub(crate) enum Screen {
    /// To the thread that prints above the line being typed.
    Terminal { lines: mpsc::Sender<String>, bell: bool },
    /// What was said to stdout, everything else to stderr.
    Streams { bell: bool },
}

impl Screen {
    /// Shows what happened, in order. The only place where the bell is rung.
    pub(crate) async fn show(&self, shows: Vec<Show>) -> io::Result<()> {
        let calls = shows.contains(&Show::Bell);
        let mut rings = calls && self.has_bell();
        for show in shows {
            let (text, is_data) = match show {
                Show::Line(text) => (text, true),
                Show::Note(text) => (text, false),
                Show::Bell => continue,
            };
            let mark = if rings && is_data { BELL } else { "" };
            rings = rings && !is_data;
            let line = format!("{mark}{}\n", term_safe_lines(&text));
            match self {
                // The editor has gone: nobody reads any more, and the end is on its way.
                Self::Terminal { lines, .. } => drop(lines.send(line).await),
                Self::Streams { .. } if is_data => write(&mut io::stdout().lock(), &line)?,
                Self::Streams { .. } => write(&mut io::stderr().lock(), &line)?,
            }
        }
        Ok(())
    }

    /// Returns the way to the screen when no line is being typed any more.
    pub(crate) fn without_editor(&self) -> Self {
        Self::Streams { bell: self.has_bell() }
    }

    fn has_bell(&self) -> bool {
        match self {
            Self::Terminal { bell, .. } | Self::Streams { bell } => *bell,
        }
    }
}

/// Returns whether the bell may ring.
pub(crate) fn bell_rings(bell: Bell) -> bool {
    match bell {
        Bell::Always => true,
        Bell::Never => false,
        Bell::Auto => io::stdout().is_terminal(),
    }
}

fn write(output: &mut impl Write, line: &str) -> io::Result<()> {
    output.write_all(line.as_bytes())?;
    output.flush()
}

const BELL: &str = "\x07";
