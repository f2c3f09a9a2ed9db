//! Hides encrypted messages in pictures so that they stay pictures: carriers, costs, codes, capacity.
//!
//! A message is compressed, sealed under a key from a passphrase and written into the lowest bits of samples that are
//! hard to predict; whoever has the picture and the passphrase reads it back, nobody else can tell that it is there.
//! `carrier` turns a file into flat samples and back, `coder` decides which of them change, `secret` makes the bytes.

#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "test pictures are made of small numbers"
    )
)]

mod capacity;
pub mod carrier;
mod coder;
mod cost;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
mod hide;
mod jpeg;
mod limits;
mod method;
mod reveal;
pub mod scan;
mod secret;

pub use capacity::{Capacity, capacity};
pub use carrier::{Location, Note, Palette, ReadError};
pub use hide::{Amount, Hidden, HideError, HideOptions, Progress, Report, hide};
pub use limits::{LimitError, Limits};
pub use method::{Method, UnknownMethod};
pub use reveal::{RevealError, reveal};
pub use scan::{Scan, scan};
pub use secret::body::{Payload, PayloadError};
pub use secret::key::{EmptyPassphrase, Passphrase};

#[cfg(test)]
mod tests;
