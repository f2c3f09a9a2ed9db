//! How a command ends: well, wrong from the start, or broken on the way.

use std::process::ExitCode;

use domain::text::term_safe;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Arguments or settings cannot be used.
    Usage(String),
    /// The command was right and could not be carried out.
    Failed(anyhow::Error),
    /// Everything was said already.
    Told,
}

impl Failure {
    /// Returns a failure of this one sentence.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self::Failed(anyhow::Error::msg(sentence.into()))
    }

    /// Says what was wrong in one line on stderr and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Usage(sentence) => eprintln!("chatd: {}", term_safe(sentence)),
            Self::Failed(error) if is_broken_pipe(error) => {}
            Self::Failed(error) => eprintln!("chatd: {}", term_safe(&format!("{error:#}"))),
            Self::Told => {}
        }
        match self {
            Self::Usage(_) => ExitCode::from(WRONG_USE),
            Self::Failed(_) | Self::Told => ExitCode::FAILURE,
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The reader of our output left; that needs no words.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// EX_USAGE of sysexits.h.
pub(crate) const WRONG_USE: u8 = 64;
