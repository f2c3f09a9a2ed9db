//! Sealed rooms without MLS: the store takes the word of whoever judged, so tests of what comes after need no groups.

use proto::bytes::Bytes;
use proto::ids::{
    AccountId, BlobId, DeviceId, Epoch, IdentityKey, MessageId, PublicKey, RoomId, Seq, SignatureKey,
    Timestamp,
};
use proto::message::{Entry, Stamp};
use proto::text::Text;

use crate::error::StoreError;
use crate::rows::{
    Factor, JudgedLeaf, LeafRow, Login, NewCommit, NewEvict, NewGroup, NewIdentity, NewProposals, NewSealed,
    NewSealedRoom, ToPropose,
};
use crate::tx::Tx;

/// A device of somebody with an identity; its keys are its number again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Whose.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    number: u8,
}

/// Logs a first device in and gives the account an identity with it. Each needs a number of its own.
///
/// # Errors
/// Those of the login.
pub fn member(tx: &mut Tx<'_>, account: AccountId, number: u8, at: Timestamp) -> Result<Member, StoreError> {
    let device = tx.record_login(&Login {
        account,
        key: PublicKey([number; 32]),
        label: Text::cut("laptop"),
        client: Text::cut("test"),
        factor: Factor::Totp { step: u64::from(number) },
        at,
        login_until: at.plus_ms(1_000_000),
    })?;
    let member = Member { account, device: device.device, number };
    tx.publish_identity(&NewIdentity {
        account,
        device: member.device,
        key: IdentityKey([number; 32]),
        certificate: bytes(&[number; 153]),
        signature_key: SignatureKey([number; 32]),
        replaces: None,
        at,
    })?;
    Ok(member)
}

/// Makes a sealed room of these; the first makes it and commits the others into epoch 1.
///
/// # Errors
/// Those of the store; there must be at least one.
pub fn room(tx: &mut Tx<'_>, members: &[Member], at: Timestamp) -> Result<RoomId, StoreError> {
    let maker = members.first().ok_or(StoreError::NotFound { what: "account" })?;
    let new = NewSealedRoom { by: maker.account, with: None, message_id: MessageId([maker.number; 16]), at };
    let (row, _) = tx.create_sealed(&new)?;
    tx.start_group(&NewGroup {
        room: row.id,
        by: maker.account,
        device: maker.device,
        epoch: Epoch::START,
        snapshot: vec![0],
        group_info: bytes(&[0]),
        tree: vec![0],
        leaf: leaf(0, *maker),
        at,
    })?;
    commit(tx, row.id, (*maker, members), at)?;
    Ok(row.id)
}

/// Commits the room into its next epoch, with these in it.
///
/// # Errors
/// Those of the store.
pub fn commit(
    tx: &mut Tx<'_>,
    room: RoomId,
    (by, members): (Member, &[Member]),
    at: Timestamp,
) -> Result<Entry, StoreError> {
    let group = tx.reads().group(room)?.ok_or(StoreError::NotFound { what: "room" })?;
    let epoch = u8::try_from(group.epoch.get()).unwrap_or(u8::MAX);
    let numbered = members.iter().zip(0..);
    let committed = tx.commit_group(&NewCommit {
        room,
        author: by.account,
        device: by.device,
        message_id: MessageId([0xc0 | epoch; 16]),
        epoch: group.epoch,
        version: group.version,
        message: bytes(&[epoch]),
        group_info: bytes(&[epoch]),
        welcome: bytes(&[]),
        snapshot: vec![epoch],
        tree: vec![epoch],
        leaves: numbered.map(|(member, number)| leaf(number, *member)).collect(),
        at,
    })?;
    Ok(committed.entry)
}

/// Proposes to remove everybody who has to go from the room, as the server does before a member commits it.
///
/// # Errors
/// Those of the store.
pub fn propose(tx: &mut Tx<'_>, room: RoomId, at: Timestamp) -> Result<(), StoreError> {
    let Some(ToPropose { group, evictions }) = tx.reads().to_propose(room)? else { return Ok(()) };
    let entries = evictions.into_iter().zip(0xe0..).map(|((row, leaves), number)| NewEvict {
        message_id: MessageId([number; 16]),
        account: row.account,
        why: row.why,
        evictions: vec![row.id],
        proposals: leaves.iter().map(|_| bytes(&[number])).collect(),
    });
    tx.propose_evictions(&NewProposals {
        room,
        epoch: group.epoch,
        version: group.version,
        snapshot: group.snapshot,
        entries: entries.collect(),
        covered: Vec::new(),
        at,
    })?;
    Ok(())
}

/// Says something in the room's epoch; nobody can read it.
///
/// # Errors
/// Those of the store.
pub fn say(
    tx: &mut Tx<'_>,
    room: RoomId,
    (by, message_id): (Member, MessageId),
    blob: Option<BlobId>,
    at: Timestamp,
    stamp: &dyn Fn(Epoch, Seq, Timestamp) -> Stamp,
) -> Result<Entry, StoreError> {
    let epoch = tx.reads().group(room)?.ok_or(StoreError::NotFound { what: "room" })?.epoch;
    let new = NewSealed {
        room,
        author: by.account,
        device: by.device,
        message_id,
        epoch,
        message: bytes(&message_id.0),
        blob,
        at,
    };
    Ok(tx.append_sealed(&new, &|seq, at| stamp(epoch, seq, at))?.entry)
}

fn leaf(number: u32, member: Member) -> JudgedLeaf {
    let Member { account, device, number: key } = member;
    let row = LeafRow { leaf: number, account, device, signature_key: SignatureKey([key; 32]) };
    JudgedLeaf { row, identity: IdentityKey([key; 32]) }
}

fn bytes<const MAX: usize>(bytes: &[u8]) -> Bytes<MAX> {
    Bytes::new(bytes.to_vec()).expect("test bytes are short")
}
