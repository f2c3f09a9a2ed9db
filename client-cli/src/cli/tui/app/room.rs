//! A room as the interface knows it: its log, its people, what is unread, where one reads, what one is writing.

use std::collections::BTreeMap;

use client_cli::Members;
use proto::ids::{AccountId, MessageId, Seq};
use proto::message::{PeopleChange, Person, RoomSummary};

use super::draft::Draft;
use super::log::Log;

/// A room.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) summary: RoomSummary,
    pub(crate) log: Log,
    pub(crate) people: BTreeMap<AccountId, Person>,
    pub(crate) members: u32,
    pub(crate) online: u32,
    pub(crate) unread: u64,
    pub(crate) mentions: u32,
    /// What was taken for unread at the start, until it is counted or was seen.
    pub(crate) guessed: Option<Guess>,
    /// Up to where one had read when one came here; the "new" line stands behind it.
    pub(crate) new_after: Option<Seq>,
    pub(crate) place: Place,
    /// The row that is chosen.
    pub(crate) chosen: Option<i64>,
    pub(crate) draft: Draft,
    /// Own messages that the server has not answered yet.
    pub(crate) pending: Vec<Pending>,
    pub(crate) loading: bool,
    pub(crate) knows_people: bool,
    /// The newest entry there is, loaded or not.
    pub(crate) newest: Seq,
    /// What was told to the server as read.
    pub(crate) marked: Seq,
}

/// How many entries the server said stand behind the place up to where one had read, and the last of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guess {
    pub(crate) unread: u64,
    pub(crate) upto: Seq,
}

/// Where one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// At the end; the log moves when something is said.
    #[default]
    End,
    /// The last line that is seen: this line of this row.
    Line { row: i64, line: usize },
}

/// An own message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) id: MessageId,
    /// As it was typed.
    pub(crate) text: String,
    /// As it is shown.
    pub(crate) words: String,
    pub(crate) state: PendingState,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PendingState {
    Sending,
    /// The room is slow: it goes by itself after so many seconds.
    Waits(u64),
    /// A moderator has to let it through.
    Held,
    /// Refused, with the reason.
    Failed(String),
}

impl Room {
    pub(crate) fn new(summary: RoomSummary) -> Self {
        let unread = summary.last_seq.get().saturating_sub(summary.read_upto.get());
        Self {
            log: Log::default(),
            people: BTreeMap::new(),
            members: summary.members,
            online: 0,
            unread,
            mentions: 0,
            guessed: (0 < unread).then_some(Guess { unread, upto: summary.last_seq }),
            new_after: (0 < unread).then_some(summary.read_upto),
            place: Place::End,
            chosen: None,
            draft: Draft::default(),
            pending: Vec::new(),
            loading: false,
            knows_people: false,
            newest: summary.last_seq,
            marked: summary.read_upto,
            summary,
        }
    }

    /// Takes the room's description anew.
    pub(crate) fn update(&mut self, summary: RoomSummary) {
        self.members = summary.members;
        self.newest = self.newest.max(summary.last_seq);
        self.marked = self.marked.max(summary.read_upto);
        self.summary = summary;
    }

    /// Takes the list of members.
    pub(crate) fn know(&mut self, members: Members) {
        self.people = members.people.into_iter().map(|person| (person.account, person)).collect();
        (self.members, self.online) = (members.members, members.online);
        self.knows_people = true;
    }

    /// Takes who came and went.
    pub(crate) fn people_changed(&mut self, change: &PeopleChange) {
        for person in change.changed.iter() {
            self.people.insert(person.account, person.clone());
        }
        for account in change.left.iter() {
            self.people.remove(account);
        }
        (self.members, self.online) = (change.members, change.online);
    }

    /// Takes note that another device has read this far.
    pub(crate) fn read_elsewhere(&mut self, upto: Seq) {
        self.marked = self.marked.max(upto);
        if self.newest <= upto {
            self.seen();
        }
    }

    /// Everything here has been seen.
    pub(crate) fn seen(&mut self) {
        (self.unread, self.mentions) = (0, 0);
        self.guessed = None;
    }

    /// Returns the place to tell the server as read, once per place.
    pub(crate) fn take_mark(&mut self) -> Option<Seq> {
        let news = self.marked < self.newest;
        news.then(|| {
            self.marked = self.newest;
            self.newest
        })
    }

    /// Forgets an own message that is on its way; returns whether it was known.
    pub(crate) fn settled(&mut self, id: MessageId) -> bool {
        let before = self.pending.len();
        self.pending.retain(|pending| pending.id != id);
        self.pending.len() < before
    }

    /// Forgets own messages that were refused.
    pub(crate) fn forget_failed(&mut self) {
        self.pending.retain(|pending| !matches!(pending.state, PendingState::Failed(_)));
    }

    /// Changes how far an own message is.
    pub(crate) fn pending_is(&mut self, id: MessageId, state: PendingState) {
        if let Some(pending) = self.pending.iter_mut().find(|pending| pending.id == id) {
            pending.state = state;
        }
    }
}
