//! Threads that step back: what may take its time leaves the processor to what people wait for.

use tracing::warn;

/// Gives the calling thread less of a busy processor, for good; `what` says whose work it is.
///
/// On Linux this concerns the calling thread alone. It only matters where more threads are busy than there are cores.
pub fn step_back(what: &str) {
    if let Err(error) = rustix::process::nice(NICENESS) {
        warn!(%error, "{what} cannot be given less of the processor and may delay chat");
    }
}

/// Enough that a thread which is due in a millisecond does not wait for one that has seconds.
pub(crate) const NICENESS: i32 = 10;
