//! Leaves: the devices in a group, and how the MLS library is told to judge them.

use minicbor::{Decode, Encode};
use mls_rs::IdentityProvider;
use mls_rs::error::IntoAnyError;
use mls_rs::group::{ExportedTree, Member, Roster};
use mls_rs::identity::basic::BasicCredential;
use mls_rs::identity::{CredentialType, SigningIdentity};
use mls_rs::time::MlsTime;
use mls_rs::{CipherSuite, ExtensionList};
use mls_rs_core::identity::MemberValidationContext;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use proto::ids::{AccountId, DeviceId, IdentityKey, RoomId, SignatureKey, Timestamp};

use crate::identity::{Certificate, IdentityError};
use crate::ids::{ServerId, id16};

/// X25519, AES-128-GCM, SHA-256, Ed25519: the one suite that sealed rooms use.
pub(crate) const SUITE: CipherSuite = CipherSuite::CURVE25519_AES128;

/// A device in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Leaf {
    /// Its place in the tree; another device may have it later.
    #[n(0)]
    pub index: u32,
    /// Whose device it is.
    #[n(1)]
    pub account: AccountId,
    /// The device.
    #[n(2)]
    pub device: DeviceId,
    /// The account's key, which certified the device.
    #[n(3)]
    pub identity: IdentityKey,
    /// What the device signs with.
    #[n(4)]
    pub signature_key: SignatureKey,
}

impl Leaf {
    /// Reads a leaf that the library has validated before.
    pub(crate) fn of(index: u32, identity: &SigningIdentity) -> Result<Self, IdentityError> {
        let (bytes, signature_key) = parts(identity)?;
        let certificate = Certificate::parse(bytes)?;
        let Certificate { account, device, identity, .. } = certificate;
        Ok(Self { index, account, device, identity, signature_key })
    }

    pub(crate) fn of_member(member: &Member) -> Result<Self, IdentityError> {
        Self::of(member.index, &member.signing_identity)
    }

    /// Reads every leaf, by ascending place.
    pub(crate) fn all(roster: &Roster<'_>) -> Result<Vec<Self>, IdentityError> {
        roster.members_iter().map(|member| Self::of_member(&member)).collect()
    }
}

/// Returns the MLS group id of a room: the server's id, then the room's.
#[must_use]
pub fn group_id(server: ServerId, room: RoomId) -> [u8; 32] {
    let mut id = [0; 32];
    id[..16].copy_from_slice(&server.0);
    id[16..].copy_from_slice(&id16(room.get()));
    id
}

/// Reads a ratchet tree that fills `bytes`.
pub(crate) fn read_tree(bytes: &[u8]) -> Option<ExportedTree<'static>> {
    let tree = ExportedTree::from_bytes(bytes).ok()?;
    (tree.byte_size() == bytes.len()).then_some(tree)
}

/// Returns the library's ciphers, with our suite and no other.
pub(crate) fn crypto() -> RustCryptoProvider {
    RustCryptoProvider::with_enabled_cipher_suites(vec![SUITE])
}

/// Returns the identity that stands in a device's leaves.
pub(crate) fn signing_identity(certificate: Vec<u8>, signature_key: &SignatureKey) -> SigningIdentity {
    SigningIdentity::new(BasicCredential::new(certificate).into_credential(), signature_key.0.to_vec().into())
}

/// Returns the library's time; whole seconds.
pub(crate) fn mls_time(at: Timestamp) -> MlsTime {
    MlsTime::from(crate::identity::seconds(at))
}

fn parts(identity: &SigningIdentity) -> Result<(&[u8], SignatureKey), IdentityError> {
    let credential = identity.credential.as_basic().ok_or(IdentityError::Shape)?;
    let key: [u8; 32] = identity.signature_key.as_ref().try_into().map_err(|_| IdentityError::Shape)?;
    Ok((&credential.identifier, SignatureKey(key)))
}

/// Judges device certificates for the MLS library: the same on members and at the server.
///
/// Certificates are looked at when a device becomes a member. Members judge a commit without a time, so that clocks cannot
/// split a group; the server, and whoever adds a device, do judge the time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Certificates {
    pub(crate) server: ServerId,
}

impl IdentityProvider for Certificates {
    type Error = IdentityError;

    fn validate_member(
        &self,
        identity: &SigningIdentity,
        time: Option<MlsTime>,
        _: MemberValidationContext<'_>,
    ) -> Result<(), IdentityError> {
        let (bytes, signature_key) = parts(identity)?;
        let certificate = Certificate::read(bytes, &signature_key)?;
        if certificate.server != self.server {
            return Err(IdentityError::SomebodyElse);
        }
        let seconds = time.map_or(0, |time| time.seconds_since_epoch());
        if certificate.not_after < seconds {
            return Err(IdentityError::Expired { not_after: certificate.not_after });
        }
        Ok(())
    }

    /// The server proposes removals and nothing else, which the rules see to.
    fn validate_external_sender(
        &self,
        _: &SigningIdentity,
        _: Option<MlsTime>,
        _: Option<&ExtensionList>,
    ) -> Result<(), IdentityError> {
        Ok(())
    }

    /// A device has one leaf, whatever its key.
    fn identity(&self, identity: &SigningIdentity, _: &ExtensionList) -> Result<Vec<u8>, IdentityError> {
        let leaf = Leaf::of(0, identity)?;
        Ok([id16(leaf.account.get()), id16(leaf.device.get())].concat())
    }

    /// A device may take its own place again, under the same account key.
    fn valid_successor(
        &self,
        predecessor: &SigningIdentity,
        successor: &SigningIdentity,
        _: &ExtensionList,
    ) -> Result<bool, IdentityError> {
        let (old, new) = (Leaf::of(0, predecessor)?, Leaf::of(0, successor)?);
        Ok((old.account, old.device, old.identity) == (new.account, new.device, new.identity))
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        vec![BasicCredential::credential_type()]
    }
}

impl IntoAnyError for IdentityError {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}
