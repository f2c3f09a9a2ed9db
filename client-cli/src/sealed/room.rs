//! A room as the engine sees it: what the server says of it, and what the program was given.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::{MessageId, Seq, Timestamp};
use proto::message::RoomSummary;
use proto::refusal::Refusal;
use sealed::member::Intent;

use crate::event::Start;

/// A sealed room.
#[derive(Debug)]
pub(super) struct Room {
    /// As the server describes it, which knows no name.
    pub(super) summary: RoomSummary,
    /// The program has been given everything it wants up to here; nothing when it does not follow the room.
    pub(super) given: Option<Seq>,
    /// Its log comes in from where the vault is.
    pub(super) comes_in: bool,
    /// Accepted by the server and not yet back in the log.
    pub(super) accepted: BTreeMap<MessageId, (Seq, Timestamp)>,
    /// Sent at least once.
    pub(super) sent: BTreeSet<MessageId>,
    /// A commit of this device that another one's was faster than.
    pub(super) lost: Option<Intent>,
    /// What the server said of a commit of this device that it does not want.
    pub(super) verdict: Option<Refusal>,
    /// Coming in by oneself was refused: somebody else has to let this device in.
    pub(super) shut: bool,
}

impl Room {
    pub(super) fn new(summary: RoomSummary, follow_all: bool) -> Self {
        let given = follow_all.then_some(summary.last_seq);
        Self {
            summary,
            given,
            comes_in: false,
            accepted: BTreeMap::new(),
            sent: BTreeSet::new(),
            lost: None,
            verdict: None,
            shut: false,
        }
    }

    /// Returns whether this entry is to be handed on, and takes note that it was.
    pub(super) fn gives(&mut self, seq: Seq) -> bool {
        match &mut self.given {
            Some(given) if *given < seq => {
                *given = seq;
                true
            }
            _ => false,
        }
    }

    /// Takes note that the log is known to reach this far.
    pub(super) fn reaches(&mut self, seq: Seq) {
        self.summary.last_seq = self.summary.last_seq.max(seq);
    }

    /// Returns the place after which the program wants entries.
    pub(super) fn place_of(&self, start: Start) -> Seq {
        let last = self.summary.last_seq;
        match start {
            Start::Now => last,
            Start::After(seq) => seq,
            Start::Last(count) => Seq::new(last.get().saturating_sub(count)).unwrap_or(Seq::START),
        }
    }
}
