//! Files on the command line: sending, fetching, showing what is hidden.

pub(crate) mod download;
mod failure;
mod progress;
pub(crate) mod reveal;
pub(crate) mod upload;
mod words;

use std::path::Path;
use std::time::Duration;

pub(crate) use words::FileWords;

/// A transfer that gets no further for this long ends, and what it did so far is kept.
pub(crate) const GIVE_UP_AFTER: Duration = Duration::from_secs(180);

/// Returns a file's name as people know it.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
