//! Sealed rooms as programs see them: like any other room, with keys that stay on this device.
//!
//! The engine stands between the connection and the program. It publishes this device's keys, joins the rooms others let
//! it into, opens what comes and seals what goes. Each room's log is processed strictly in order from the place the
//! [`vault`] has, every entry of it; what the program gets are the same events as in open rooms. One task owns it all and
//! does one thing after the other; while it waits for the server, events go on.
//!
//! Nothing is sent that is not in the vault: a killed program sends the same bytes again, or seals anew when the epoch
//! went on meanwhile.

mod acts;
mod call;
mod carry;
mod client;
mod devices;
mod duties;
mod engine;
mod enter;
mod events;
mod members;
mod notes;
mod post;
mod read;
mod report;
mod room;
mod search;
mod setup;
mod view;
mod words;

pub use call::{DeviceKeys, DeviceState, Invited, Known, RoomKeys, Trust};
pub(crate) use call::{Handle, Kinds, Posting, SealedCall};
pub(crate) use engine::Engine;
pub(crate) use notes::mark_imported;
pub use words::server_reads;

use thiserror::Error;

use crate::error::RequestError;

/// Why something cannot be done in a sealed room, with one way out in the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{words}")]
pub struct SealedRefusal {
    /// What stands in the way.
    pub why: SealedWhy,
    /// The sentence.
    pub words: String,
}

/// What stands in the way of something in a sealed room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedWhy {
    /// This client keeps no keys.
    NoVault,
    /// Another device of the same person has to approve this one first.
    NotApproved,
    /// The other person has no device that can read sealed rooms.
    NoKeys,
    /// The other person's key is not the one seen before.
    KeyChanged,
    /// This device is not in the room.
    NotIn,
    /// Somebody has to leave the room first.
    Evicting,
    /// Others changed the room at the same time, several times over.
    Busy,
    /// There is no such message on this device.
    NoSuchMessage,
    /// The code that was typed is not the device's.
    WrongCode,
    /// Only a room's admins may.
    NotAdmin,
    /// A room cannot be called so.
    BadName,
    /// The vault or the keys in it do not work.
    Vault,
}

pub(crate) fn refused(why: SealedWhy, words: impl Into<String>) -> RequestError {
    RequestError::Sealed(SealedRefusal { why, words: words.into() })
}
