//! What a commit may do: judged by the same code on every member and at the server.
//!
//! The group's context carries an extension of type `0xF0C1`: `01 || admins`, 16 bytes each, ascending. Its first byte is
//! the version of these rules: all members and the server judge by the same ones, or they would end up in different groups.

use std::collections::BTreeSet;

use mls_rs::MlsRules;
use mls_rs::client_builder::PaddingMode;
use mls_rs::error::{IntoAnyError, MlsError};
use mls_rs::extension::ExtensionType;
use mls_rs::group::proposal::{AddProposal, ReInitProposal, RemoveProposal, UpdateProposal};
use mls_rs::group::{GroupContext, Roster, Sender};
use mls_rs::mls_rules::{
    CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle, ProposalInfo,
};
use mls_rs::{Extension, ExtensionList};
use proto::ids::AccountId;

use crate::identity::IdentityError;
use crate::ids::{id16, number_of};
use crate::leaf::Leaf;

/// The type of the extension with the room's admins.
pub const EXTENSION: u16 = 0xF0C1;
/// Most admins of a room.
pub const ADMINS: usize = 64;

const VERSION: u8 = 1;

/// Why a commit breaks the room's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// The extension is missing, malformed, or of another version.
    #[error("the room's list of admins is not one of version 1")]
    Admins,
    /// A member who is no admin adds somebody.
    #[error("only admins of the room add somebody")]
    Adds,
    /// Somebody removes who may not.
    #[error("only admins of the room and the server remove somebody")]
    Removes,
    /// A member who is no admin changes the group's context, or an admin changes more than the admins.
    #[error("only admins of the room change it, and only its admins")]
    Changes,
    /// A proposal of a kind that sealed rooms do not use, or one that was not made inside its commit.
    #[error("a sealed room does not take this kind of proposal")]
    Kind,
    /// A device joins by itself whose account has no device in the room.
    #[error("only a further device of a member joins by itself")]
    Stranger,
    /// Two devices of one account under different account keys.
    #[error("the account is in the room with another key")]
    OtherKey,
    /// A leaf without a device certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// Returns the extension with these admins.
///
/// # Errors
/// [`RulesError::Admins`] when there are none or more than [`ADMINS`].
pub fn admins_extension(admins: &BTreeSet<AccountId>) -> Result<Extension, RulesError> {
    if admins.is_empty() || ADMINS < admins.len() {
        return Err(RulesError::Admins);
    }
    let mut data = vec![VERSION];
    data.extend(admins.iter().flat_map(|admin| id16(admin.get())));
    Ok(Extension::new(ExtensionType::new(EXTENSION), data))
}

/// Reads the admins of a group.
///
/// # Errors
/// [`RulesError::Admins`] when the extension is missing or malformed.
pub fn admins_of(extensions: &ExtensionList) -> Result<BTreeSet<AccountId>, RulesError> {
    let extension = extensions.get(ExtensionType::new(EXTENSION)).ok_or(RulesError::Admins)?;
    let Some((&VERSION, list)) = extension.extension_data.split_first() else {
        return Err(RulesError::Admins);
    };
    let (ids, rest) = list.as_chunks::<16>();
    let read: Option<BTreeSet<AccountId>> =
        ids.iter().map(|id| number_of(*id).and_then(AccountId::new)).collect();
    let admins = read.ok_or(RulesError::Admins)?;
    // One encoding per list: ascending and without repetition.
    if !rest.is_empty() || admins_extension(&admins)? != extension {
        return Err(RulesError::Admins);
    }
    Ok(admins)
}

/// The rules, as the MLS library asks for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules;

impl MlsRules for Rules {
    type Error = RulesError;

    fn filter_proposals(
        &self,
        direction: CommitDirection,
        source: CommitSource,
        roster: &Roster<'_>,
        context: &GroupContext,
        mut proposals: ProposalBundle,
    ) -> Result<ProposalBundle, RulesError> {
        if direction == CommitDirection::Send {
            leave_out_what_no_server_proposes(&mut proposals)?;
        }
        check_kinds(&proposals)?;
        let leaves = Leaf::all(roster)?;
        match source {
            CommitSource::NewMember(identity) => check_joiner(&Leaf::of(0, &identity)?, &leaves)?,
            CommitSource::ExistingMember(member) => {
                let committer = Leaf::of_member(&member)?;
                let admin = admins_of(&context.extensions)?.contains(&committer.account);
                check_member(admin, &leaves, context, &proposals)?;
            }
        }
        Ok(proposals)
    }

    fn commit_options(
        &self,
        _: &Roster<'_>,
        _: &GroupContext,
        _: &ProposalBundle,
    ) -> Result<CommitOptions, RulesError> {
        Ok(CommitOptions::new()
            .with_path_required(true)
            .with_allow_external_commit(true)
            .with_ratchet_tree_extension(false)
            .with_single_welcome_message(true))
    }

    /// Handshakes are public, so that the server can follow the group.
    fn encryption_options(&self, _: &Roster<'_>, _: &GroupContext) -> Result<EncryptionOptions, RulesError> {
        Ok(EncryptionOptions::new(false, PaddingMode::Padme))
    }
}

/// The committer leaves out what it must not carry, or a made-up proposal would keep the group from moving on.
fn leave_out_what_no_server_proposes(proposals: &mut ProposalBundle) -> Result<(), RulesError> {
    proposals.retain_by_type::<AddProposal, _, RulesError>(|add| Ok(add.is_by_value()))?;
    proposals.retain_by_type::<UpdateProposal, _, RulesError>(|update| Ok(update.is_by_value()))?;
    proposals.retain_by_type::<ReInitProposal, _, RulesError>(|end| Ok(end.is_by_value()))?;
    proposals.retain_by_type::<ExtensionList, _, RulesError>(|change| Ok(change.is_by_value()))?;
    proposals.retain_by_type::<RemoveProposal, _, RulesError>(|removal| {
        Ok(removal.is_by_value() || by_server(removal))
    })
}

fn by_server(removal: &ProposalInfo<RemoveProposal>) -> bool {
    removal.is_by_reference() && matches!(removal.sender(), Sender::External(0))
}

fn check_kinds(proposals: &ProposalBundle) -> Result<(), RulesError> {
    let strange = !proposals.update_proposals().is_empty() || !proposals.reinit_proposals().is_empty();
    let referenced = proposals.add_proposals().iter().any(ProposalInfo::is_by_reference)
        || proposals.group_context_ext_proposals().iter().any(ProposalInfo::is_by_reference);
    if strange || referenced { Err(RulesError::Kind) } else { Ok(()) }
}

/// A further device of a member, or a device that takes its own place again.
fn check_joiner(joiner: &Leaf, leaves: &[Leaf]) -> Result<(), RulesError> {
    let mut own = leaves.iter().filter(|leaf| leaf.account == joiner.account).peekable();
    if own.peek().is_none() {
        return Err(RulesError::Stranger);
    }
    if own.any(|leaf| leaf.identity != joiner.identity) {
        return Err(RulesError::OtherKey);
    }
    Ok(())
}

fn check_member(
    admin: bool,
    leaves: &[Leaf],
    context: &GroupContext,
    proposals: &ProposalBundle,
) -> Result<(), RulesError> {
    if !admin && !proposals.add_proposals().is_empty() {
        return Err(RulesError::Adds);
    }
    for removal in proposals.by_type::<RemoveProposal>() {
        let by_admin = admin && removal.is_by_value();
        if !by_server(removal) && !by_admin {
            return Err(RulesError::Removes);
        }
    }
    for change in proposals.group_context_ext_proposals() {
        if !admin || !changes_admins_only(&context.extensions, &change.proposal) {
            return Err(RulesError::Changes);
        }
        admins_of(&change.proposal)?;
    }
    let mut accounts = leaves.to_vec();
    for add in proposals.add_proposals() {
        let added = Leaf::of(u32::MAX, add.proposal.signing_identity())?;
        if accounts.iter().any(|leaf| leaf.account == added.account && leaf.identity != added.identity) {
            return Err(RulesError::OtherKey);
        }
        accounts.push(added);
    }
    Ok(())
}

fn changes_admins_only(old: &ExtensionList, new: &ExtensionList) -> bool {
    let others = |list: &ExtensionList| {
        let mut list = list.clone();
        list.remove(ExtensionType::new(EXTENSION));
        list
    };
    others(old) == others(new)
}

impl RulesError {
    /// Finds what these rules, or the check of certificates, said inside an error of the MLS library.
    pub(crate) fn inside(error: &MlsError) -> Option<Self> {
        let (MlsError::MlsRulesError(inner) | MlsError::IdentityProviderError(inner)) = error else {
            return None;
        };
        let inner = inner.inner_dyn_error();
        inner.downcast_ref().copied().or_else(|| inner.downcast_ref().copied().map(Self::Identity))
    }
}

impl IntoAnyError for RulesError {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts(numbers: &[u64]) -> BTreeSet<AccountId> {
        numbers.iter().map(|number| AccountId::new(*number).unwrap()).collect()
    }

    fn with(data: Vec<u8>) -> ExtensionList {
        let mut list = ExtensionList::new();
        list.set(Extension::new(ExtensionType::new(EXTENSION), data));
        list
    }

    #[test]
    fn the_list_of_admins_comes_back_from_its_extension() {
        let admins = accounts(&[11, 22]);
        let extension = admins_extension(&admins).unwrap();
        assert_eq!(extension.extension_data.len(), 33);
        assert_eq!(admins_of(&with(extension.extension_data)), Ok(admins));
    }

    #[test]
    fn a_list_of_another_version_order_or_length_is_refused() {
        let one = id16(11).to_vec();
        let lists = [
            vec![],
            vec![1],
            [&[2], one.as_slice()].concat(),
            [&[1], one.as_slice(), &one].concat(),
            [&[1], id16(22).as_slice(), &one].concat(),
            [&[1], one.as_slice(), &[0]].concat(),
            [&[1], [255; 16].as_slice()].concat(),
        ];
        for list in lists {
            assert_eq!(admins_of(&with(list.clone())), Err(RulesError::Admins), "{list:?}");
        }
        assert_eq!(admins_of(&ExtensionList::new()), Err(RulesError::Admins));
    }

    #[test]
    fn a_room_has_one_admin_at_least_and_sixty_four_at_most() {
        let many = |count: u64| accounts(&(1..=count).collect::<Vec<_>>());
        assert!(admins_extension(&many(0)).is_err());
        assert!(admins_extension(&many(64)).is_ok());
        assert!(admins_extension(&many(65)).is_err());
    }
}
