//! The dashboard over HTTP, without a browser: what it lets in, what it refuses, and what every answer carries.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part fails its test")]

mod client;
mod door;
mod forgery;
mod headers;
mod hostile;
mod pages;
mod sealed;
mod templates;
mod world;
