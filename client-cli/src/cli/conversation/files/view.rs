//! A transfer as it is shown.

use std::time::Duration;

use client_cli::files::{Meter, Progress, Stage};
use domain::file::size_words;

/// Where a transfer stands, for a gauge and a line beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransferView {
    /// Names it for stopping; nothing when it does not run and waits to be resumed.
    pub(crate) number: Option<u32>,
    /// The file's name as its sender or the disk has it: not safe for a terminal as it is.
    pub(crate) name: String,
    /// Whether it goes to the server.
    pub(crate) upload: bool,
    pub(crate) progress: Progress,
    /// Bytes a second, once that is known.
    pub(crate) rate: Option<u64>,
    /// How long the rest takes at this rate.
    pub(crate) time_left: Option<Duration>,
    /// Where it stands, in words: `sending 45% of 2.0 MiB, 1.0 MiB/s, 3 s to go`.
    pub(crate) line: String,
}

impl TransferView {
    pub(super) fn running(number: u32, name: &str, upload: bool, progress: Progress, meter: &Meter) -> Self {
        Self {
            number: Some(number),
            name: name.to_owned(),
            upload,
            progress,
            rate: meter.rate(),
            time_left: meter.time_left(&progress),
            line: meter.state(&progress),
        }
    }

    pub(super) fn unfinished(name: &str, upload: bool, size: u64) -> Self {
        Self {
            number: None,
            name: name.to_owned(),
            upload,
            progress: Progress::start(Stage::Starting, size),
            rate: None,
            time_left: None,
            line: format!("stopped, {}", size_words(size)),
        }
    }

    /// Returns whether resuming goes on with it.
    pub(crate) fn can_resume(&self) -> bool {
        self.number.is_none()
    }
}
