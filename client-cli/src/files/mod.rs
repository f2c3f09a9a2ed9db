//! Files: sealed here, sent and fetched in pieces, opened here. The server keeps what it cannot read.
//!
//! An [`Uploader`] seals a file into the [`Spool`] and brings it to the server, a [`Downloader`] fetches one into a
//! folder. Both go on where they stopped after a cut, a kill or a restart, on either side, and use the same memory for
//! files of any size. A [`Control`] tells how far a transfer is and stops it.

mod card;
mod control;
mod download;
mod error;
mod hide;
mod line;
mod list;
mod media;
mod name;
mod part;
mod progress;
mod seal;
mod spool;
mod upload;
mod window;

pub use card::{Opened, open_card, plain_size};
pub use control::Control;
pub use download::{Downloader, Fetched, Incoming};
pub use error::FileError;
pub use hide::{Hiding, Revealed, reveal};
pub use media::{SNIFFED, media_type};
pub use name::{numbered, place_in, safe_name};
pub use part::keep_in;
pub use progress::{Meter, Progress, Stage};
pub use spool::{Source, Spool, Unfinished};
pub use upload::{Outgoing, Uploader};

pub use stego::Method;
