//! From what a form names to what is in the database: accounts, devices, invites, rooms.

use domain::sanction::{Scope, Target};
use proto::message::RoomKind;
use store::{AccountRow, Reads, StoreError};

use crate::forms::{AccountRef, Faults, ScopeRef, TargetRef};

/// A target that exists, with the words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) target: Target,
    pub(crate) described: String,
    pub(crate) scope: Scope,
    pub(crate) place: String,
}

/// Looks up what a form names.
///
/// # Errors
/// Those of the store; inside, what is not there, by field.
pub(crate) fn measure(
    reads: &Reads<'_>,
    target: &TargetRef,
    scope: &ScopeRef,
) -> Result<Result<Resolved, Faults>, StoreError> {
    let mut faults = Faults::default();
    let found = match target {
        TargetRef::Account(named) => account(reads, named, "target", &mut faults)?
            .map(|row| (Target::Account(row.id), format!("@{}", &*row.name))),
        TargetRef::Device(device) => match reads.device(*device)? {
            Some(row) => Some((
                Target::Device(row.account, row.device),
                format!("device #{} ({})", row.device, &*row.label),
            )),
            None => {
                faults.add("target", format!("There is no device #{device}."));
                None
            }
        },
        TargetRef::Network(range) => Some((Target::Network(*range), range.to_string())),
        TargetRef::Lineage(invite) => match reads.invite(*invite)? {
            Some(row) => Some((Target::Lineage(row.id), format!("everybody who came by invite #{}", row.id))),
            None => {
                faults.add("target", format!("There is no invite #{invite}."));
                None
            }
        },
    };
    let place = room(reads, scope, &mut faults)?;
    Ok(match (found, place) {
        (Some((target, described)), Some((scope, place))) => Ok(Resolved { target, described, scope, place }),
        _ => Err(faults),
    })
}

/// Looks up an account.
pub(crate) fn account(
    reads: &Reads<'_>,
    named: &AccountRef,
    field: &'static str,
    faults: &mut Faults,
) -> Result<Option<AccountRow>, StoreError> {
    let (row, called) = match named {
        AccountRef::Id(id) => (reads.account(*id)?, format!("#{id}")),
        AccountRef::Name(name) => (reads.account_by_name(name)?, name.as_str().to_owned()),
    };
    if row.is_none() {
        faults.add(field, format!("There is no account called {called}."));
    }
    Ok(row)
}

/// Looks up where a measure or a filter holds, with the words for it.
pub(crate) fn room(
    reads: &Reads<'_>,
    scope: &ScopeRef,
    faults: &mut Faults,
) -> Result<Option<(Scope, String)>, StoreError> {
    let (row, called) = match scope {
        ScopeRef::Server => return Ok(Some((Scope::Server, "everywhere".to_owned()))),
        ScopeRef::Room(id) => (reads.room(*id)?, id.to_string()),
        ScopeRef::RoomNamed(name) => (reads.room_by_name(name)?, name.as_str().to_owned()),
    };
    // A room of two is nobody else's business, so it does not even exist here.
    let row = row.filter(|row| row.kind == RoomKind::Open);
    if row.is_none() {
        faults.add("room", format!("There is no room called #{called}."));
    }
    Ok(row.map(|row| (Scope::Room(row.id), format!("in #{}", &*row.name))))
}
