//! Bad days: the process is killed, the disk is full, the disk is broken.
//!
//! Parts of this run in child processes: the test starts itself again with a role in its environment. More kills:
//! `STORE_KILLS=1000 cargo test -p store --test torture`.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

#[path = "../support/mod.rs"]
mod support;

mod child;
mod disk;
mod half_done;
mod kill;
