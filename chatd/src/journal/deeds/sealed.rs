//! What is written for sealed rooms: the store compares what was judged with what is, and stamps get their place here.

use keys::Keys;
use proto::ids::{AccountId, Commitment, Timestamp};
use proto::message::DevicePackage;
use sealed::franking::StampInput;
use store::{NewGroup, NewSealed, NewSealedRoom, StoreError, Tx};

use super::{account, summary};
use crate::hub::{Done, Order, SealedDeed, SealedDone, Start};

/// Does what is asked for about sealed rooms.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    order: &Order,
    deed: SealedDeed,
    keys: &Keys,
    at: Timestamp,
) -> Result<Done, StoreError> {
    let me = (order.account, order.device);
    let done = match deed {
        SealedDeed::Create { message_id, with } => {
            let with = with.map(|name| account(tx, &name)).transpose()?.map(|row| row.id);
            return create(tx, &NewSealedRoom { by: order.account, with, message_id, at });
        }
        SealedDeed::Post { post, commitment } => return self::post(tx, post, commitment, keys, at),
        SealedDeed::Start(start) => {
            tx.start_group(&group(order, start, at))?;
            SealedDone::Noted
        }
        SealedDeed::Commit(mut commit) => {
            commit.at = at;
            SealedDone::Changed(Box::new(tx.commit_group(&commit)?))
        }
        SealedDeed::PublishIdentity(mut identity) => {
            identity.at = at;
            let published = tx.publish_identity(&identity)?;
            let name = name_of(tx, order.account)?;
            let rooms = published.rooms;
            SealedDone::Identified { account: order.account, name, key: identity.key, rooms }
        }
        SealedDeed::AskApproval { signature_key } => {
            tx.ask_approval(me, &signature_key, at)?;
            let device = tx.reads().device(order.device)?.ok_or(StoreError::NotFound { what: "device" })?;
            SealedDone::Asks { device: order.device, label: device.label, signature_key }
        }
        SealedDeed::Approve { device, signature_key, certificate, parcel } => {
            tx.approve_device(me, (device, &signature_key), &certificate, &parcel)?;
            SealedDone::Approved { device }
        }
        SealedDeed::PublishKeyPackages(packages) => {
            SealedDone::PackagesLeft(tx.publish_key_packages(&packages)?)
        }
        SealedDeed::TakeKeyPackages { room, whom } => {
            let whom = account(tx, &whom)?.id;
            let taken = tx.take_key_packages((room, order.account), whom, at)?;
            let package = |(device, package)| DevicePackage { device, package };
            SealedDone::Packages(taken.into_iter().map(package).collect())
        }
        SealedDeed::DropWelcome { id } => {
            tx.drop_welcome(order.device, id)?;
            SealedDone::Noted
        }
        SealedDeed::CannotRead { room, seq } => {
            SealedDone::Unreadable { fresh: tx.cannot_read((room, seq), me, at)? }
        }
        SealedDeed::Propose(mut proposals) => {
            proposals.at = at;
            SealedDone::Proposed(tx.propose_evictions(&proposals)?)
        }
    };
    Ok(Done::Sealed(Box::new(done)))
}

fn create(tx: &mut Tx<'_>, new: &NewSealedRoom) -> Result<Done, StoreError> {
    let (room, fresh) = tx.create_sealed(new)?;
    let ours = summary(tx, room.id, new.by)?;
    let Some(other) = new.with else { return Ok(Done::Joined { summary: ours, fresh }) };
    let theirs =
        if tx.reads().is_member(room.id, other)? { Some(summary(tx, room.id, other)?) } else { None };
    Ok(Done::Opened { ours, other, theirs })
}

/// The stamp binds what the sender committed to to the place and the time that it gets in this transaction.
fn post(
    tx: &mut Tx<'_>,
    mut post: NewSealed,
    commitment: Commitment,
    keys: &Keys,
    at: Timestamp,
) -> Result<Done, StoreError> {
    post.at = at;
    let input = StampInput {
        room: post.room,
        seq: proto::ids::Seq::START,
        at,
        epoch: post.epoch,
        account: post.author,
        device: post.device,
        message_id: post.message_id,
        commitment,
    };
    let appended =
        tx.append_sealed(&post, &|seq, at| keys.franking.stamp(&StampInput { seq, at, ..input }))?;
    Ok(Done::Appended { entry: appended.entry, fresh: appended.fresh })
}

fn group(order: &Order, start: Start, at: Timestamp) -> NewGroup {
    let Start { room, epoch, snapshot, group_info, tree, leaf } = start;
    NewGroup { room, by: order.account, device: order.device, epoch, snapshot, group_info, tree, leaf, at }
}

fn name_of(
    tx: &Tx<'_>,
    account: AccountId,
) -> Result<proto::text::Text<{ proto::limits::NAME }>, StoreError> {
    let row = tx.reads().account(account)?.ok_or(StoreError::NotFound { what: "account" })?;
    Ok(row.name)
}
