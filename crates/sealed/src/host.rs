//! The server's side of a sealed room: it follows the group without its secrets, judges commits and proposes removals.
//!
//! A host keeps nothing. Each call takes the room's snapshot and gives back the next one; the caller writes it under a
//! comparison with the one it gave, so that one commit wins each epoch.

mod judge;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use mls_rs::extension::ExtensionType;
use mls_rs::extension::built_in::ExternalSendersExt;
use mls_rs::external_client::builder::{
    ExternalBaseConfig, WithCryptoProvider, WithIdentityProvider, WithMlsRules,
};
use mls_rs::external_client::{ExternalClient, ExternalGroup, ExternalSnapshot};
use mls_rs::group::proposal::Proposal;
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::BasicCredential;
use mls_rs::mls_rs_codec::MlsEncode;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use proto::ids::{AccountId, DeviceId, Epoch, RoomId, Timestamp};
use zeroize::Zeroizing;

use crate::ids::ServerId;
use crate::leaf::{Certificates, Leaf, crypto, mls_time};
use crate::rules::{self, Rules};

pub use judge::{Judged, Judgement};
pub use read::{HostError, Inspected, KeyPackageFacts, inspect};

type Config = WithMlsRules<
    Rules,
    WithIdentityProvider<Certificates, WithCryptoProvider<RustCryptoProvider, ExternalBaseConfig>>,
>;
type Group = ExternalGroup<Config>;

/// Extensions of a group's context: who may propose from outside, and the room's admins.
const EXTENSIONS: [u16; 2] = [5, rules::EXTENSION];
const CREDENTIAL: &[u8] = b"livechat/host/1";

/// A server that follows sealed rooms and is the external sender of each.
pub struct Host {
    server: ServerId,
    sender: SigningIdentity,
    client: ExternalClient<Config>,
}

/// A group that the server follows from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// What the next call takes.
    pub snapshot: Vec<u8>,
    /// Its epoch.
    pub epoch: Epoch,
    /// Its devices, by place.
    pub leaves: Vec<Leaf>,
    /// The room's admins.
    pub admins: BTreeSet<AccountId>,
}

/// Removals that the server has asked for; the next commit of a member carries them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// What the next call takes.
    pub snapshot: Vec<u8>,
    /// One for each leaf that was not proposed before, at most 1,024 bytes each.
    pub proposals: Vec<Vec<u8>>,
}

impl Host {
    /// Returns a fresh secret for a key file.
    ///
    /// # Panics
    /// When the operating system has no random bytes: nothing can be done safely then.
    #[must_use]
    pub fn generate_secret() -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).expect("the operating system gives random bytes");
        secret
    }

    /// Returns the host with this secret, an Ed25519 seed.
    #[must_use]
    pub fn from_secret(server: ServerId, secret: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(secret);
        let credential = BasicCredential::new([CREDENTIAL, &server.0].concat()).into_credential();
        let sender = SigningIdentity::new(credential, key.verifying_key().to_bytes().to_vec().into());
        let client = ExternalClient::builder()
            .crypto_provider(crypto())
            .identity_provider(Certificates { server })
            .mls_rules(Rules)
            .extension_type(ExtensionType::new(rules::EXTENSION))
            .signer(key.to_keypair_bytes().to_vec().into(), sender.clone())
            .build();
        Self { server, sender, client }
    }

    /// Returns what members put into a new group, so that the server can propose removals.
    ///
    /// # Panics
    /// Never: an identity of fixed size has an encoding.
    #[must_use]
    pub fn sender_identity(&self) -> Vec<u8> {
        self.sender.mls_encode_to_vec().expect("an identity of fixed size has an encoding")
    }

    /// Begins to follow a group that its maker has just made and is alone in.
    ///
    /// # Errors
    /// [`HostError`] when it is another room's group, has another maker, or is not set up as sealed rooms are.
    pub fn start(
        &self,
        room: RoomId,
        maker: (AccountId, DeviceId),
        group_info: &[u8],
        tree: &[u8],
        now: Timestamp,
    ) -> Result<Followed, HostError> {
        let info = read::group_info(group_info)?;
        self.check_room(room, info.group_id())?;
        read::check_epoch(Epoch::START, info.epoch())?;
        let group = self.client.observe_group(info, Some(read::tree(tree)?), Some(mls_time(now)))?;
        let leaves = Leaf::all(&group.roster()).map_err(rules::RulesError::from)?;
        if !matches!(&*leaves, [leaf] if (leaf.account, leaf.device) == maker) {
            return Err(HostError::Sender);
        }
        let extensions = &group.group_context().extensions;
        let senders: Option<ExternalSendersExt> = extensions.get_as().map_err(|_| HostError::Malformed)?;
        let ours = senders.is_some_and(|senders| senders.allowed_senders == [self.sender.clone()]);
        if !ours
            || extensions.iter().any(|extension| !EXTENSIONS.contains(&extension.extension_type.raw_value()))
        {
            return Err(HostError::GroupInfo);
        }
        let admins = rules::admins_of(extensions)?;
        if !admins.contains(&maker.0) {
            return Err(HostError::Rules(rules::RulesError::Admins));
        }
        Ok(Followed { snapshot: group.snapshot().to_bytes()?, epoch: Epoch::START, leaves, admins })
    }

    /// Asks the members to remove leaves. A leaf that has been asked for in this epoch is left out.
    ///
    /// # Errors
    /// [`HostError`] when the snapshot is not this room's or has no such leaf.
    pub fn propose_removal(
        &self,
        room: RoomId,
        snapshot: &[u8],
        leaves: &[u32],
    ) -> Result<Proposed, HostError> {
        let mut group = self.load(room, snapshot)?;
        let mut asked_for = proposed(&group);
        let mut proposals = Vec::new();
        for leaf in leaves {
            group.roster().member_with_index(*leaf)?;
            if asked_for.insert(*leaf) {
                proposals.push(group.propose_remove(*leaf, Vec::new())?.to_bytes()?);
            }
        }
        Ok(Proposed { snapshot: group.snapshot().to_bytes()?, proposals })
    }

    /// Returns the group's public tree, which joiners need beside a Welcome or a GroupInfo.
    ///
    /// # Errors
    /// [`HostError`] when the snapshot is not this room's.
    pub fn tree(&self, room: RoomId, snapshot: &[u8]) -> Result<Vec<u8>, HostError> {
        Ok(self.load(room, snapshot)?.export_tree()?)
    }

    fn load(&self, room: RoomId, snapshot: &[u8]) -> Result<Group, HostError> {
        let snapshot = ExternalSnapshot::from_bytes(snapshot)?;
        self.check_room(room, Some(&snapshot.context().group_id))?;
        Ok(self.client.load_group(snapshot)?)
    }

    fn check_room(&self, room: RoomId, group_id: Option<&[u8]>) -> Result<(), HostError> {
        if group_id == Some(&crate::group_id(self.server, room)) {
            Ok(())
        } else {
            Err(HostError::NotThisRoom)
        }
    }
}

/// The leaves whose removal has been asked for in this epoch.
fn proposed(group: &Group) -> BTreeSet<u32> {
    let cached = group.get_cached_proposals();
    cached
        .iter()
        .filter_map(|cached| match cached.proposal() {
            Proposal::Remove(removal) => Some(removal.to_remove()),
            _ => None,
        })
        .collect()
}
