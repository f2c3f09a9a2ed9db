//! Why a member cannot do something. Nothing has changed then, neither in memory nor in the vault.

use mls_rs::error::MlsError;
use proto::ids::{AccountId, Seq};

use crate::identity::IdentityError;
use crate::rules::RulesError;

/// Why a member cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// The vault cannot be read or written.
    #[error("the vault of keys failed: {0}")]
    Vault(Box<dyn std::error::Error + Send + Sync>),
    /// A row of the vault is not what was written.
    #[error("the vault of keys holds a row that cannot be read: {0}")]
    Damaged(#[from] minicbor::decode::Error),
    /// The vault belongs to another server, account or device.
    #[error("the vault of keys belongs to another device")]
    OtherVault,
    /// The device has no certificate yet.
    #[error("this device has no identity yet")]
    NoIdentity,
    /// The device waits for approval by another one of the account.
    #[error("this device waits for approval")]
    Asking,
    /// A certificate or parcel is refused.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The room's rules forbid it.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The account's key is not the one it is known by.
    #[error("the keys of account {0} have changed")]
    KeyChanged(AccountId),
    /// This device is not in the room's group.
    #[error("this device is not in the room")]
    NotIn,
    /// This device is in the room's group, and the log says whether it still is.
    #[error("this device is in the room; its log has to be read first")]
    StillIn,
    /// This device was removed from the room.
    #[error("this device has been removed from the room")]
    Ended,
    /// This device is being removed and commits nothing any more.
    #[error("this device is being removed from the room")]
    BeingEvicted,
    /// One commit at a time.
    #[error("a commit of this device is under way")]
    CommitUnderway,
    /// There is nobody to add or remove.
    #[error("there is nothing to change")]
    NothingToDo,
    /// A key package, Welcome, tree or GroupInfo is not the kind of thing that belongs here.
    #[error("this is not the MLS message that belongs here")]
    Malformed,
    /// A message or commit would be longer than the server takes.
    #[error("the message would be {len} bytes, the limit is {limit}")]
    TooLarge {
        /// What it came to.
        len: usize,
        /// What is allowed.
        limit: usize,
    },
    /// An entry of the log is missing before this one.
    #[error("the entry after {expected} came before it")]
    Gap {
        /// The entry that has to come next.
        expected: Seq,
    },
    /// Refused by the MLS library; the words name its reason.
    #[error("MLS refused it: {0}")]
    Mls(String),
}

impl MemberError {
    pub(crate) fn vault(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Vault(Box::new(error))
    }
}

impl From<MlsError> for MemberError {
    fn from(error: MlsError) -> Self {
        match RulesError::inside(&error) {
            Some(rules) => Self::Rules(rules),
            None => Self::Mls(error.to_string()),
        }
    }
}
