//! Who has to go is proposed to the room: on the word of the change feed, and at the start for what was left.
//!
//! The row with the measure keeps everybody from writing; the proposal names the devices, so that a member can commit.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use proto::bytes::Bytes;
use proto::ids::{MessageId, RoomId};
use proto::limits;
use store::{NewEvict, NewProposals, StoreError, ToPropose};
use tokio::sync::mpsc;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::hub::{Deed, Input, SealedDeed};
use crate::shared::Shared;
use service::clock;

/// Proposes until `over`.
pub(crate) async fn run(
    shared: Arc<Shared>,
    mut rooms: mpsc::UnboundedReceiver<RoomId>,
    over: CancellationToken,
) {
    let mut due = BTreeSet::new();
    loop {
        if due.is_empty() {
            match over.run_until_cancelled(rooms.recv()).await {
                Some(Some(room)) => drop(due.insert(room)),
                Some(None) | None => return,
            }
        }
        while let Ok(room) = rooms.try_recv() {
            due.insert(room);
        }
        let mut left = BTreeSet::new();
        for room in std::mem::take(&mut due) {
            match over.run_until_cancelled(propose(&shared, room)).await {
                Some(Ok(Proposed::Nothing)) => {}
                // A commit may come in between; then it is proposed anew for the epoch that began.
                Some(Ok(Proposed::Asked)) => drop(left.insert(room)),
                Some(Err(error)) => {
                    warn!(room.id = %room, %error, "who has to go from a sealed room cannot be proposed");
                    left.insert(room);
                }
                None => return,
            }
        }
        due = left;
        if !due.is_empty() && over.run_until_cancelled(time::sleep(LOOK_AGAIN)).await.is_none() {
            return;
        }
    }
}

/// An MLS proposal of the server.
type Proposal = Bytes<{ limits::PROPOSAL }>;

/// How far a room is.
enum Proposed {
    /// Nobody has to go who is not proposed.
    Nothing,
    /// The hub has it.
    Asked,
}

async fn propose(shared: &Shared, room: RoomId) -> Result<Proposed, ProposeError> {
    let Some(found) = shared.store.read(move |reads| reads.to_propose(room)).await? else {
        return Ok(Proposed::Nothing);
    };
    let ToPropose { group, evictions } = found;
    let leaves: Vec<u32> = evictions.iter().flat_map(|(_, leaves)| leaves).map(|leaf| leaf.leaf).collect();
    let snapshot = group.snapshot;
    let made = shared.groups.work(move |host| host.propose_removal(room, &snapshot, &leaves));
    let made = made.await.map_err(|refusal| ProposeError::Refused(refusal.detail.to_string()))?;
    let proposals = made.proposals.into_iter().map(Bytes::new).collect::<Result<Vec<_>, _>>();
    let mut proposals = proposals.map_err(|_| ProposeError::TooLong)?.into_iter();
    let (mut entries, mut covered) = (Vec::new(), Vec::new());
    for (row, leaves) in evictions {
        let own: Vec<Proposal> = proposals.by_ref().take(leaves.len()).collect();
        if own.is_empty() {
            covered.push(row.id);
        }
        for (part, proposals) in own.chunks(limits::PROPOSALS).enumerate() {
            let evictions = if part == 0 { vec![row.id] } else { Vec::new() };
            let (message_id, proposals) = (fresh_message_id()?, proposals.to_vec());
            entries.push(NewEvict { message_id, account: row.account, why: row.why, evictions, proposals });
        }
    }
    let proposals = NewProposals {
        room,
        epoch: group.epoch,
        version: group.version,
        snapshot: made.snapshot,
        entries,
        covered,
        at: clock::now(),
    };
    let deed = Deed::Sealed(Box::new(SealedDeed::Propose(proposals)));
    shared.hub.tell(Input::Own(deed)).await.map_err(|_| ProposeError::Stopped)?;
    Ok(Proposed::Asked)
}

/// Why nothing could be proposed.
#[derive(Debug, thiserror::Error)]
enum ProposeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Refused(String),
    #[error("a proposal is longer than an entry takes")]
    TooLong,
    #[error("there are no random bytes")]
    Random,
    #[error("the hub has stopped")]
    Stopped,
}

fn fresh_message_id() -> Result<MessageId, ProposeError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| ProposeError::Random)?;
    Ok(MessageId(id))
}

/// How long a proposal may take to be written before it is looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
