//! Reading what clients send, and the words for what is wrong with it.

use mls_rs::error::MlsError;
use mls_rs::extension::MlsExtension;
use mls_rs::extension::built_in::ExternalPubExt;
use mls_rs::extension::recommended::LastResortKeyPackageExt;
use mls_rs::group::{ContentType, ExportedTree};
use mls_rs::mls_rs_codec::{self, MlsDecode, byte_vec};
use mls_rs::{MlsMessage, MlsMessageDescription};
use proto::ids::{AccountId, DeviceId, Epoch, Timestamp};
use proto::limits;

use super::Host;
use crate::leaf::{Leaf, SUITE, mls_time, read_tree};
use crate::rules::RulesError;

/// Why the server refuses something of a sealed room. The words go to the sender.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Not the kind of MLS message that belongs here, or longer than it may be.
    #[error("this is not the MLS message that belongs here")]
    Malformed,
    /// It belongs to another room's group.
    #[error("the message belongs to another room")]
    NotThisRoom,
    /// Another commit was first, or the sender is ahead of the log.
    #[error("the message is of epoch {got}, the room is in epoch {expected}")]
    WrongEpoch {
        /// The room's epoch.
        expected: u64,
        /// The message's.
        got: u64,
    },
    /// The committer is not the session's device.
    #[error("the commit is another device's")]
    Sender,
    /// The account may not be in the room.
    #[error("account {0} may not be in this room")]
    ShutOut(AccountId),
    /// The device's certificate is not the one in the directory.
    #[error("device {device} of account {account} is not certified")]
    NotCertified {
        /// The account.
        account: AccountId,
        /// Its device.
        device: DeviceId,
    },
    /// The room's rules forbid it.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Removals were asked for that the commit does not carry out.
    #[error("the commit leaves out removals that are due")]
    LeavesOutProposals,
    /// What new devices would come in by is not of this epoch.
    #[error("the group info does not fit the group")]
    GroupInfo,
    /// There is no Welcome for the devices that are added, or one for nobody.
    #[error("the welcome does not fit the devices that are added")]
    Welcome,
    /// More devices than a room may have, or than may be added at once.
    #[error("{devices} devices are too many, the limit is {limit}")]
    TooMany {
        /// What came.
        devices: usize,
        /// What is allowed.
        limit: usize,
    },
    /// Refused by the MLS library; the words name its reason.
    #[error("not a valid MLS message: {0}")]
    Mls(String),
}

/// What a message says about itself without being opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The group it belongs to; see [`crate::group_id`].
    pub group: [u8; 32],
    /// Its epoch.
    pub epoch: Epoch,
    /// Its authenticated data, for franking.
    pub aad: Vec<u8>,
}

/// What the server keeps beside a key package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPackageFacts {
    /// Whether it may be handed out again and again.
    pub last_resort: bool,
    /// When it ends.
    pub not_after: Timestamp,
}

/// Reads the clear part of a sealed message.
///
/// # Errors
/// [`HostError::Malformed`] for anything but one encrypted application message.
pub fn inspect(message: &[u8]) -> Result<Inspected, HostError> {
    let parsed = parse(message, limits::MLS_MESSAGE)?;
    match parsed.description() {
        MlsMessageDescription::PrivateProtocolMessage { content_type: ContentType::Application, .. } => {}
        _ => return Err(HostError::Malformed),
    }
    let (group, number, aad) = private_header(message).map_err(|_| HostError::Malformed)?;
    let group = group.try_into().map_err(|_| HostError::NotThisRoom)?;
    Ok(Inspected { group, epoch: epoch(number)?, aad })
}

/// The clear fields of a private message (RFC 9420, section 6.3), which the library checked and does not show.
fn private_header(message: &[u8]) -> Result<(Vec<u8>, u64, Vec<u8>), mls_rs_codec::Error> {
    let mut reader = message;
    let (_version, _wire_format) = (u16::mls_decode(&mut reader)?, u16::mls_decode(&mut reader)?);
    let group = byte_vec::mls_decode(&mut reader)?;
    let epoch = u64::mls_decode(&mut reader)?;
    let _content_type = u8::mls_decode(&mut reader)?;
    Ok((group, epoch, byte_vec::mls_decode(&mut reader)?))
}

impl Host {
    /// Checks a key package that a device wants to keep at the server.
    ///
    /// # Errors
    /// [`HostError`] when it is not this device's, is out of date, or is no key package at all.
    pub fn check_key_package(
        &self,
        package: &[u8],
        account: AccountId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<KeyPackageFacts, HostError> {
        let package = parse(package, limits::KEY_PACKAGE)?;
        let package = self.client.validate_key_package(package, Some(mls_time(now)))?;
        let leaf = Leaf::of(0, package.signing_identity()).map_err(RulesError::from)?;
        if package.cipher_suite() != SUITE || (leaf.account, leaf.device) != (account, device) {
            return Err(HostError::Sender);
        }
        let seconds = package.expiration()?.seconds_since_epoch();
        let not_after = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        let last_resort = package.extensions.has_extension(LastResortKeyPackageExt::extension_type());
        Ok(KeyPackageFacts { last_resort, not_after: Timestamp(not_after) })
    }
}

pub(super) fn commit(bytes: &[u8]) -> Result<MlsMessage, HostError> {
    let message = parse(bytes, limits::MLS_MESSAGE)?;
    let is_commit = matches!(
        message.description(),
        MlsMessageDescription::PublicProtocolMessage { content_type: ContentType::Commit, .. }
    );
    if is_commit { Ok(message) } else { Err(HostError::Malformed) }
}

pub(super) fn group_info(bytes: &[u8]) -> Result<MlsMessage, HostError> {
    let message = parse(bytes, limits::GROUP_INFO)?;
    let info = message.as_group_info().ok_or(HostError::Malformed)?;
    let external: Option<ExternalPubExt> = info.extensions().get_as().map_err(|_| HostError::GroupInfo)?;
    if info.group_context().cipher_suite != SUITE || external.is_none() {
        return Err(HostError::GroupInfo);
    }
    Ok(message)
}

pub(super) fn tree(bytes: &[u8]) -> Result<ExportedTree<'static>, HostError> {
    if limits::MLS_MESSAGE < bytes.len() {
        return Err(HostError::Malformed);
    }
    read_tree(bytes).ok_or(HostError::Malformed)
}

/// A Welcome for as many devices as are added, and none for nobody.
pub(super) fn check_welcome(welcome: &[u8], added: usize) -> Result<(), HostError> {
    let welcomed = match welcome {
        [] => 0,
        _ => parse(welcome, limits::WELCOME)?.welcome_key_package_references().len(),
    };
    if welcomed == added && welcome.is_empty() == (added == 0) { Ok(()) } else { Err(HostError::Welcome) }
}

pub(super) fn check_epoch(expected: Epoch, got: Option<u64>) -> Result<(), HostError> {
    let got = got.ok_or(HostError::Malformed)?;
    if expected.get() == got { Ok(()) } else { Err(HostError::WrongEpoch { expected: expected.get(), got }) }
}

pub(super) fn epoch(number: u64) -> Result<Epoch, HostError> {
    Epoch::new(number).ok_or(HostError::Malformed)
}

fn parse(bytes: &[u8], limit: usize) -> Result<MlsMessage, HostError> {
    if limit < bytes.len() {
        return Err(HostError::Malformed);
    }
    MlsMessage::from_bytes(bytes).map_err(|_| HostError::Malformed)
}

/// The library's errors; what our own rules said inside it comes out as it was.
impl From<MlsError> for HostError {
    fn from(error: MlsError) -> Self {
        match RulesError::inside(&error) {
            Some(rules) => Self::Rules(rules),
            None => Self::Mls(error.to_string()),
        }
    }
}
