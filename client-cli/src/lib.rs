//! LiveChat's client as a library: for the `chat` program, for bots, and for tests.
//!
//! [`register`], [`log_in`] and [`resume`] open a [`Session`]; [`Session::start`] turns it into a [`Client`] to
//! ask with and [`Events`] to listen to. The client reconnects by itself, hands on each room's entries in order and
//! without doubles, and keeps messages until the server has accepted them. A [`Profile`] keeps on disk what a
//! device needs to come back.
//!
//! ```no_run
//! use client_cli::{ClientEvent, Options, Profile};
//!
//! # async fn example() -> anyhow::Result<()> {
//! let profile = Profile::open(&client_cli::Folders::from_environment()?, "default")?;
//! let session = client_cli::resume(profile.identity()?).await?;
//! let options = Options { outbox: profile.outbox()?, ..Options::default() };
//! let (client, mut events) = session.start(options);
//!
//! let lobby = client.room_named("lobby").await?;
//! client.send(lobby.room, "hello").await?;
//! while let Some(event) = events.next().await {
//!     if let ClientEvent::Entry { entry, .. } = event {
//!         println!("{}: {:?}", entry.author_name.to_string(), entry.content);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod address;
mod client;
mod core;
mod driver;
mod entrance;
mod error;
mod event;
pub mod files;
mod identity;
mod lists;
mod outbox;
mod post;
mod profile;
pub mod sealed;
mod totp;
mod wire;

pub use address::{Address, AddressError, DEFAULT_PORT};
pub use client::{Accepted, Client, Events, Follow, Options};
pub use core::{Unsent, Withdrawn};
pub use entrance::{
    Appealing, Confirmed, Credentials, LoggedIn, Registration, Session, appeal, log_in, log_in_or_appeal,
    offered_key, register, resume,
};
pub use error::{ConnectError, RequestError};
pub use event::{ClientEvent, KeyEvent, SealedKind, SealedNews, Start, Stopped};
pub use identity::Identity;
pub use lists::{Members, Purged, find_room};
pub use outbox::Outbox;
pub use post::{Post, fresh_message_id};
pub use profile::{
    Folders, KeyExport, Keys, KeysError, Profile, ProfileError, Settings, key_from_text, key_to_text,
    look_at_export,
};
pub use totp::{TotpError, TotpSecret};
