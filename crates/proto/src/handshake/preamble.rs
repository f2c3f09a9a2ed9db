//! The first ten bytes of a connection, and the refusal that needs no handshake.

use std::fmt;

use thiserror::Error;

/// What every connection starts with, before the version.
pub const PREAMBLE: [u8; 8] = *b"LiveChat";

/// A version of the protocol that this code speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u16);

/// Why a server turns a connection away before the handshake. The number is the wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RefusalReason {
    /// The server does not speak the client's version.
    Version = 1,
    /// The server has no room for another connection.
    Busy = 2,
    /// Too many connections from the client's network.
    Network = 3,
}

/// A refusal before the handshake. Nobody signed it: it explains, and proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClearRefusal {
    /// Why.
    pub reason: RefusalReason,
    /// The oldest version the server speaks.
    pub oldest: u16,
    /// The newest version the server speaks.
    pub newest: u16,
}

/// Why a connection's first bytes are not a preamble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PreambleError {
    /// Something else talks to this port.
    #[error("connection does not start with \"LiveChat\"; is this another program?")]
    Foreign,
    /// A version that is not spoken here.
    #[error(
        "peer wants protocol version {wanted}, this side speaks {} to {}",
        Version::OLDEST,
        Version::NEWEST
    )]
    Version {
        /// What the peer wants.
        wanted: u16,
    },
}

impl Version {
    /// The oldest version that is spoken.
    pub const OLDEST: Self = Self(1);
    /// The newest version that is spoken.
    pub const NEWEST: Self = Self(1);

    /// Returns the number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Returns the ten bytes that ask for this version; they are the Noise prologue as well.
    #[must_use]
    pub fn preamble(self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&PREAMBLE);
        bytes[8..].copy_from_slice(&self.0.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
impl Version {
    /// A version that does not exist yet.
    pub(super) const TWO: Self = Self(2);
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Reads the first bytes of a connection.
///
/// # Errors
/// [`PreambleError::Version`] is worth a [`clear_refusal`]; a foreign program gets no answer.
pub fn parse_preamble(bytes: &[u8; 10]) -> Result<Version, PreambleError> {
    if bytes[..8] != PREAMBLE {
        return Err(PreambleError::Foreign);
    }
    let wanted = u16::from_be_bytes([bytes[8], bytes[9]]);
    if !(Version::OLDEST.0..=Version::NEWEST.0).contains(&wanted) {
        return Err(PreambleError::Version { wanted });
    }
    Ok(Version(wanted))
}

/// Returns the bytes that turn a connection away: a length of zero, the reason, the versions spoken.
#[must_use]
pub fn clear_refusal(reason: RefusalReason) -> [u8; 7] {
    let [oldest_high, oldest_low] = Version::OLDEST.0.to_be_bytes();
    let [newest_high, newest_low] = Version::NEWEST.0.to_be_bytes();
    [0, 0, reason as u8, oldest_high, oldest_low, newest_high, newest_low]
}

/// Reads the five bytes after a length of zero; nothing when the reason is none of ours.
#[must_use]
pub fn parse_clear_refusal(bytes: &[u8; 5]) -> Option<ClearRefusal> {
    let [reason, oldest_high, oldest_low, newest_high, newest_low] = *bytes;
    let reason = match reason {
        1 => RefusalReason::Version,
        2 => RefusalReason::Busy,
        3 => RefusalReason::Network,
        _ => return None,
    };
    let oldest = u16::from_be_bytes([oldest_high, oldest_low]);
    let newest = u16::from_be_bytes([newest_high, newest_low]);
    Some(ClearRefusal { reason, oldest, newest })
}
