//! Judging: a commit against the group as it is, a group that starts, certificates, key packages.

use std::collections::BTreeSet;
use std::sync::Arc;

use proto::bytes::Bytes;
use proto::ids::{AccountId, DeviceId, Epoch, IdentityKey, MessageId, RoomId, SignatureKey};
use proto::limits;
use proto::refusal::{Code, Refusal};
use proto::text::List;
use sealed::Leaf;
use sealed::host::{HostError, Judgement};
use sealed::identity::Certificate;
use store::{GroupRow, JudgedLeaf, LeafRow, NewCommit, NewIdentity, NewKeyPackages, Reads, StoreError};

use super::wish::ToJudge;
use super::{Groups, misfit, seconds};
use crate::hub::{SealedDeed, Start};
use crate::metrics::CommitResult;
use crate::refuse;
use crate::shared::Shared;
use service::clock;

/// Who asks.
type Me = (AccountId, DeviceId);

/// Judges something; what comes out is for the hub.
///
/// # Errors
/// A refusal that says what does not fit.
pub(crate) async fn judge(shared: &Arc<Shared>, me: Me, what: ToJudge) -> Result<SealedDeed, Refusal> {
    match what {
        ToJudge::Start { room, group_info, tree } => start(shared, me, (room, group_info, tree)).await,
        ToJudge::Commit { room, message_id, epoch, commit, group_info, welcome } => {
            let sent = Sent { room, message_id, epoch, commit, group_info, welcome };
            let judged = self::commit(shared, me, sent).await;
            if let Err(refusal) = &judged {
                shared.metrics.sealed.commit(CommitResult::of(refusal.code));
            }
            judged
        }
        ToJudge::Identity { key, certificate, signature_key, replaces } => {
            vouched(&shared.groups, me, (me.1, key), (&certificate, &signature_key))?;
            let (account, device) = me;
            Ok(SealedDeed::PublishIdentity(NewIdentity {
                account,
                device,
                key,
                certificate,
                signature_key,
                replaces,
                at: clock::now(),
            }))
        }
        ToJudge::Approval { device, certificate, parcel } => {
            approval(shared, me, device, (certificate, parcel)).await
        }
        ToJudge::KeyPackages { packages, last_resort } => {
            key_packages(shared, me, packages, last_resort).await
        }
    }
}

async fn start(
    shared: &Shared,
    me: Me,
    (room, group_info, tree): (RoomId, Bytes<{ limits::GROUP_INFO }>, Bytes<{ limits::MLS_MESSAGE }>),
) -> Result<SealedDeed, Refusal> {
    let (info, nodes) = (group_info.clone(), tree.clone());
    let now = clock::now();
    let followed = shared.groups.work(move |host| host.start(room, me, &info, &nodes, now)).await?;
    let [leaf] = followed.leaves.as_slice() else {
        return Err(misfit("A group starts with the device that makes it, and with nobody else."));
    };
    let leaf = leaf_row(leaf);
    Ok(SealedDeed::Start(Start {
        room,
        epoch: followed.epoch,
        snapshot: followed.snapshot,
        group_info,
        tree: tree.into_inner(),
        leaf,
    }))
}

/// A commit as it came.
struct Sent {
    room: RoomId,
    message_id: MessageId,
    epoch: Epoch,
    commit: Bytes<{ limits::MLS_MESSAGE }>,
    group_info: Bytes<{ limits::GROUP_INFO }>,
    welcome: Bytes<{ limits::WELCOME }>,
}

async fn commit(shared: &Shared, me: Me, sent: Sent) -> Result<SealedDeed, Refusal> {
    let (account, device) = me;
    let (room, epoch) = (sent.room, sent.epoch);
    let standing = shared.store.read(move |reads| standing(reads, room, account)).await;
    let (group, shut_out) = match standing {
        Ok((group, shut_out)) if group.epoch == epoch => (group, shut_out),
        // Perhaps it was accepted before and its answer was lost: the journal knows, and refuses it otherwise.
        Ok(_) | Err(StoreError::NotFound { .. } | StoreError::NotAMember) => {
            return Ok(SealedDeed::Commit(unjudged(me, sent)));
        }
        Err(error) => return Err(refuse::store(&error)),
    };
    let (commit, info, welcome) = (sent.commit.clone(), sent.group_info.clone(), sent.welcome.clone());
    let (snapshot, now) = (group.snapshot, clock::now());
    let judged = shared.groups.work(move |host| {
        // Whether their accounts vouch for the devices is asked in the transaction that writes.
        let judgement = Judgement { account, device, shut_out: &shut_out, certified: &|_| true, now };
        host.judge(room, &snapshot, &commit, &info, &welcome, &judgement)
    });
    let judged = judged.await?;
    Ok(SealedDeed::Commit(NewCommit {
        version: group.version,
        snapshot: judged.snapshot,
        tree: judged.tree,
        leaves: judged.leaves.iter().map(leaf_row).collect(),
        ..unjudged(me, sent)
    }))
}

/// Returns the group as it is, and who may not come in.
fn standing(
    reads: &Reads<'_>,
    room: RoomId,
    account: AccountId,
) -> Result<(GroupRow, BTreeSet<AccountId>), StoreError> {
    let group = reads.group_of(room, account)?;
    let evicting = reads.open_evictions(room)?;
    Ok((group, evicting.into_iter().filter(|row| row.device.is_none()).map(|row| row.account).collect()))
}

/// Returns a commit that no version of a group fits.
fn unjudged((author, device): Me, sent: Sent) -> NewCommit {
    NewCommit {
        room: sent.room,
        author,
        device,
        message_id: sent.message_id,
        epoch: sent.epoch,
        version: u64::MAX,
        message: sent.commit,
        group_info: sent.group_info,
        welcome: sent.welcome,
        snapshot: Vec::new(),
        tree: Vec::new(),
        leaves: Vec::new(),
        at: clock::now(),
    }
}

async fn approval(
    shared: &Shared,
    me: Me,
    device: DeviceId,
    (certificate, parcel): (Bytes<{ limits::CERTIFICATE }>, Bytes<{ limits::PARCEL }>),
) -> Result<SealedDeed, Refusal> {
    let account = me.0;
    let found = shared.store.read(move |reads| {
        let asking = reads.device_identity(device)?.filter(|row| row.account == account);
        Ok((reads.identity_key(account)?, asking.map(|row| row.signature_key)))
    });
    let (identity, asking) = found.await.map_err(|error| refuse::store(&error))?;
    let identity = identity.ok_or_else(|| refuse::store(&StoreError::NoIdentity))?;
    let nobody_asks = || refuse::store(&StoreError::NotFound { what: "device" });
    let signature_key = asking.ok_or_else(nobody_asks)?;
    vouched(&shared.groups, me, (device, identity), (&certificate, &signature_key))?;
    Ok(SealedDeed::Approve { device, signature_key, certificate, parcel })
}

/// Checks that a certificate is this account's, for this device, of this server, signed and not over.
fn vouched(
    groups: &Groups,
    me: Me,
    (device, identity): (DeviceId, IdentityKey),
    (certificate, signature_key): (&[u8], &SignatureKey),
) -> Result<(), Refusal> {
    let certificate = Certificate::read(certificate, signature_key)
        .map_err(|error| Refusal::new(Code::BadInput, &refuse::sentence(&error.to_string())))?;
    let is_meant = certificate.server == groups.server
        && certificate.account == me.0
        && certificate.device == device
        && certificate.identity == identity;
    if !is_meant {
        return Err(Refusal::new(Code::BadInput, "This certificate is for another device or identity."));
    }
    if certificate.not_after <= seconds(clock::now()) {
        return Err(Refusal::new(Code::BadInput, "This certificate is past its end."));
    }
    Ok(())
}

async fn key_packages(
    shared: &Shared,
    (account, device): Me,
    packages: List<Bytes<{ limits::KEY_PACKAGE }>, { limits::KEY_PACKAGES }>,
    last_resort: Option<Bytes<{ limits::KEY_PACKAGE }>>,
) -> Result<SealedDeed, Refusal> {
    let at = clock::now();
    let latest = at.plus_ms(KEPT_MS);
    let judged = shared.groups.work(move |host| {
        let judge = |package: Bytes<{ limits::KEY_PACKAGE }>| {
            let facts = host.check_key_package(&package, account, device, at)?;
            Ok::<_, HostError>(((package, facts.not_after.min(latest)), facts.last_resort))
        };
        let once = packages.into_inner().into_iter().map(judge).collect::<Result<Vec<_>, _>>()?;
        Ok((once, last_resort.map(judge).transpose()?))
    });
    let (once, last) = judged.await?;
    // A package says itself whether it may be handed out again.
    if once.iter().any(|(_, again)| *again) || last.as_ref().is_some_and(|(_, again)| !again) {
        return Err(misfit("Only the last key package may be one that is handed out again, and it must be."));
    }
    Ok(SealedDeed::PublishKeyPackages(NewKeyPackages {
        account,
        device,
        packages: once.into_iter().map(|(package, _)| package).collect(),
        last_resort: last.map(|(package, _)| package),
        at,
    }))
}

fn leaf_row(leaf: &Leaf) -> JudgedLeaf {
    let row = LeafRow {
        leaf: leaf.index,
        account: leaf.account,
        device: leaf.device,
        signature_key: leaf.signature_key,
    };
    JudgedLeaf { row, identity: leaf.identity }
}

/// Ninety days.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;
