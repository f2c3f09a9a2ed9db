//! A device in its sealed rooms: every call is one step, and a step is one batch of the vault.

mod change;
mod enter;
mod error;
mod line;
mod own;
mod process;
mod record;
mod send;
mod staged;
mod step;
mod view;

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use mls_rs::client_builder::{
    BaseConfig, WithCryptoProvider, WithGroupStateStorage, WithIdentityProvider, WithKeyPackageRepo,
    WithMlsRules, WithPskStore,
};
use mls_rs::{Client, Group};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use proto::ids::{AccountId, DeviceId, RoomId};

use crate::ids::ServerId;
use crate::leaf::Certificates;
use crate::rules::Rules;
use crate::vault::{Table, Vault};

pub use change::Intent;
pub use error::MemberError;
pub use line::{Line, Proof, What, Why};
pub use own::{Approval, Certified, KeyPackages, Standing};
pub use process::Processed;
pub use record::Pin;
pub use send::{Refused, Waiting};
pub use view::{LineWalk, RoomState};

use record::{Own, RoomRecord};
use staged::Staged;

type Storage = WithPskStore<Staged, WithKeyPackageRepo<Staged, WithGroupStateStorage<Staged, BaseConfig>>>;
type Config =
    WithMlsRules<Rules, WithIdentityProvider<Certificates, WithCryptoProvider<RustCryptoProvider, Storage>>>;

/// Groups that stay in memory; the rest is loaded from the vault when it is needed.
const CACHED: usize = 64;

/// One device of an account, with its rooms.
///
/// Nothing leaves a method before the vault has it: a device that is killed at any moment never uses a key for two
/// messages, and reads each message once.
pub struct Member<V: Vault> {
    vault: V,
    server: ServerId,
    account: AccountId,
    device: DeviceId,
    own: Option<Own>,
    client: Option<Client<Config>>,
    staged: Staged,
    cached: BTreeMap<RoomId, Loaded>,
}

/// A room as the vault has it.
struct Loaded {
    record: RoomRecord,
    /// Present while active.
    group: Option<Group<Config>>,
}

/// Where this device stands with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Phase {
    /// It is in the group.
    #[n(0)]
    Active,
    /// It sent a commit from outside and waits for it in the log.
    #[n(1)]
    Joining,
    /// It cannot follow the group any more and has to come in again.
    #[n(2)]
    Lost,
    /// It was removed. What it read stays.
    #[n(3)]
    Ended,
}

impl<V: Vault> Member<V> {
    /// Opens a device's vault; a fresh one is nobody's yet.
    ///
    /// # Errors
    /// [`MemberError::OtherVault`] when the vault is another device's, or when it cannot be read.
    pub fn open(
        vault: V,
        server: ServerId,
        account: AccountId,
        device: DeviceId,
    ) -> Result<Self, MemberError> {
        let own = vault.get(Table::Own, own::KEY).map_err(MemberError::vault)?;
        let own: Option<Own> = own.map(|row| record::read(&row)).transpose()?;
        if own
            .as_ref()
            .is_some_and(|own| (own.server, own.account, own.device) != (server.0, account, device))
        {
            return Err(MemberError::OtherVault);
        }
        let (staged, cached) = (Staged::default(), BTreeMap::new());
        let client = own.as_ref().and_then(|own| own::client(own, server, &staged));
        Ok(Self { vault, server, account, device, own, client, staged, cached })
    }

    /// Gives the vault back.
    pub fn into_vault(self) -> V {
        self.vault
    }

    /// Returns the vault.
    pub fn vault(&self) -> &V {
        &self.vault
    }

    /// Returns whose device it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the device.
    pub fn device(&self) -> DeviceId {
        self.device
    }
}
