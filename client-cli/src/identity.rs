//! What a device needs to find its server again and to be recognised there.

use proto::ids::PublicKey;
use proto::invite::InviteLink;
use proto::keys::StaticKey;

use crate::address::Address;

/// A server, the key it must show, and this device's own key.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Where the server listens.
    pub address: Address,
    /// The pinned key: another one is refused before anything secret is said.
    pub server_key: PublicKey,
    /// This device's key.
    pub device_key: StaticKey,
}

impl Identity {
    /// Returns an identity for the server of an invite, with a fresh device key.
    #[must_use]
    pub fn from_invite(invite: &InviteLink) -> Self {
        let address = Address { host: invite.host.clone(), port: invite.port };
        Self { address, server_key: invite.server_key, device_key: StaticKey::generate() }
    }
}
