//! Hides encrypted messages in pictures so that they stay pictures: carriers, costs, codes, capacity.
//!
//! A message is compressed, sealed under a key from a passphrase and written into the lowest bits of samples that are
//! hard to predict; whoever has the picture and the passphrase reads it back, nobody else can tell that it is there.
//! `carrier` turns a file into flat samples and back, `coder` decides which of them change, `secret` makes the bytes.

pub mod carrier;
mod limits;
mod method;

pub use limits::Limits;
pub use method::Method;
