//! What is judged of sealed rooms before the hub hears of it: commits, groups, certificates, key packages, messages' heads.
//!
//! The server has no key of any room. It follows each group by what its members send in the clear, and refuses what the
//! group's rules or its own measures forbid. Judging costs milliseconds and has threads of its own; what comes out is
//! written by comparing it with the version of the group that it was judged against.

mod judge;
mod propose;
mod wish;

use std::fmt;
use std::sync::Arc;

use proto::ids::{RoomId, Timestamp};
use proto::refusal::{Code, Refusal};
use sealed::ServerId;
use sealed::host::{Host, HostError};
use tokio::sync::{Semaphore, mpsc};
use tokio::task;

use crate::refuse;

pub(crate) use judge::judge;
pub(crate) use propose::run as propose;
pub(crate) use wish::{Message, ToJudge, message};

/// The server in sealed rooms.
#[derive(Clone)]
pub(crate) struct Groups {
    host: Arc<Host>,
    pub(crate) server: ServerId,
    /// How many are judged at a time.
    places: Arc<Semaphore>,
    evicting: mpsc::UnboundedSender<RoomId>,
}

impl Groups {
    /// Returns the server in sealed rooms, and where the rooms come out from which somebody has to go.
    pub(crate) fn new(host: Host, server: ServerId) -> (Self, mpsc::UnboundedReceiver<RoomId>) {
        let (evicting, rooms) = mpsc::unbounded_channel();
        (Self { host: Arc::new(host), server, places: Arc::new(Semaphore::new(PLACES)), evicting }, rooms)
    }

    /// Has it proposed who has to go from a room. Rooms are few: one that is told twice is looked at once.
    pub(crate) fn evict_from(&self, room: RoomId) {
        // Whoever would propose it is gone only when the server stops; it is found again at the next start.
        let _: Result<(), _> = self.evicting.send(room);
    }

    /// Returns how the server names itself as a sender of proposals.
    pub(crate) fn sender(&self) -> Vec<u8> {
        self.host.sender_identity()
    }

    /// Does work on a thread that may take its time.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Host) -> Result<T, HostError> + Send + 'static,
    ) -> Result<T, Refusal> {
        // The semaphore is never closed.
        let Ok(place) = self.places.clone().acquire_owned().await else { return Err(refuse::unavailable()) };
        let host = self.host.clone();
        let done = task::spawn_blocking(move || {
            let _place = place;
            work(&host)
        });
        match done.await {
            Ok(result) => result.map_err(|error| refused(&error)),
            Err(_) => Err(refuse::unavailable()),
        }
    }
}

impl fmt::Debug for Groups {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Groups").field("server", &self.server).finish_non_exhaustive()
    }
}

/// What somebody is told whose message the rules of its group do not allow.
fn refused(error: &HostError) -> Refusal {
    let code = match error {
        HostError::NotCertified { .. } => Code::NoIdentity,
        HostError::LeavesOutProposals => Code::PendingEviction,
        _ => Code::GroupRefused,
    };
    Refusal::new(code, &refuse::sentence(&error.to_string()))
}

fn misfit(words: &str) -> Refusal {
    Refusal::new(Code::GroupRefused, words)
}

/// Returns seconds since 1970 as certificates count them.
fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.0 / 1_000).unwrap_or(0)
}

/// Two commits of the largest room take a tenth of a second of one core together.
const PLACES: usize = 2;
