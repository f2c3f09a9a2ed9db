//! Looking at rooms: who is in, what was read, whom one trusts.

use std::collections::BTreeSet;

use proto::ids::{AccountId, Epoch, IdentityKey, MessageId, RoomId, Seq, Timestamp};

use super::change::asked_for;
use super::record::{self, Pin, message_key, numbered_key, room_key};
use super::{Line, Member, MemberError, Phase, What};
use crate::body::Body;
use crate::leaf::Leaf;
use crate::rules;
use crate::vault::{Batch, Row, Table, Vault, Walk};

/// Most rooms that are listed.
const ROOMS: usize = 10_000;

/// A room as this device knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomState {
    /// Where this device stands.
    pub phase: Phase,
    /// The last entry that was processed.
    pub cursor: Seq,
    /// The group's epoch.
    pub epoch: Epoch,
    /// When it began: keys that are old are renewed by [`super::Intent::Update`].
    pub epoch_since: Timestamp,
    /// Every device in the room; empty unless active.
    pub leaves: Vec<Leaf>,
    /// The room's admins; empty unless active.
    pub admins: BTreeSet<AccountId>,
    /// Devices that the server wants removed. When there are any, somebody has to commit.
    pub evicting: Vec<Leaf>,
    /// Whether a commit of this device is under way.
    pub committing: bool,
    /// The same for everybody in the room, if nobody is listening in between; zeros unless active.
    pub authenticator: [u8; 32],
}

/// Where a look at what was read starts, and which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineWalk {
    /// To newer lines.
    Up {
        /// The place before the first.
        after: Seq,
    },
    /// To older lines.
    Down {
        /// The place behind the first; absent for the newest.
        before: Option<Seq>,
    },
}

impl<V: Vault> Member<V> {
    /// Returns a room as this device knows it; `None` when it was never in.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn room(&mut self, room: RoomId) -> Result<Option<RoomState>, MemberError> {
        self.step(room, |step| {
            let Some(record) = step.record else { return Ok(None) };
            let mut state = RoomState {
                phase: record.phase,
                cursor: record.cursor,
                epoch: record.epoch,
                epoch_since: record.epoch_since,
                leaves: Vec::new(),
                admins: BTreeSet::new(),
                evicting: Vec::new(),
                committing: step.underway()?.is_some(),
                authenticator: [0; 32],
            };
            if let Some(group) = &step.group {
                let asked_for = asked_for(group);
                state.leaves = step.leaves()?;
                let evicting = state.leaves.iter().filter(|leaf| asked_for.contains(&leaf.index));
                state.evicting = evicting.copied().collect();
                state.admins = rules::admins_of(&group.context().extensions)?;
                let authenticator = group.epoch_authenticator()?;
                state.authenticator =
                    authenticator.as_bytes().try_into().map_err(|_| MemberError::Malformed)?;
            }
            Ok(Some(state))
        })
    }

    /// Returns the rooms that this device is or was in.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn rooms(&self) -> Result<Vec<RoomId>, MemberError> {
        let rows = self.vault.scan(Table::Room, &[], Walk::Up { after: None }, ROOMS);
        let rows = rows.map_err(MemberError::vault)?;
        let number = |row: &Row| row.key.first_chunk().map(|number| u64::from_be_bytes(*number));
        Ok(rows.iter().filter_map(|row| number(row).and_then(RoomId::new)).collect())
    }

    /// Returns at most `limit` lines of what was read, in walking order.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn lines(&self, room: RoomId, walk: LineWalk, limit: usize) -> Result<Vec<Line>, MemberError> {
        let start = match walk {
            LineWalk::Up { after } => Some(after),
            LineWalk::Down { before } => before,
        };
        let start = start.map(|seq| numbered_key(room, seq.get()));
        let start = start.as_ref().map(<[u8; 16]>::as_slice);
        let walk = match walk {
            LineWalk::Up { .. } => Walk::Up { after: start },
            LineWalk::Down { .. } => Walk::Down { before: start },
        };
        let rows = self.vault.scan(Table::History, &room_key(room), walk, limit);
        rows.map_err(MemberError::vault)?.iter().map(|row| record::read(&row.value)).collect()
    }

    /// Returns what was read at one place of the log.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn line(&self, room: RoomId, seq: Seq) -> Result<Option<Line>, MemberError> {
        line(&self.vault, room, seq)
    }

    /// Returns the place of a message in the log.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn find(&self, room: RoomId, message_id: MessageId) -> Result<Option<Seq>, MemberError> {
        let place = self.vault.get(Table::ByMessage, &message_key(room, message_id));
        let place = place.map_err(MemberError::vault)?;
        Ok(place.and_then(|seq| seq.as_slice().try_into().ok().map(u64::from_be_bytes)).and_then(Seq::new))
    }

    /// Returns the line that an edit, a reaction or an answer refers to. An edit changes its author's own words only.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn target(&self, room: RoomId, line: &Line) -> Result<Option<Line>, MemberError> {
        let What::Message { body, .. } = &line.what else { return Ok(None) };
        let own_only = matches!(body, Body::Edit { .. });
        let target = match body {
            Body::Edit { target, .. } | Body::Reaction { target, .. } => Some(*target),
            Body::Text { reply_to, .. } | Body::File { reply_to, .. } => *reply_to,
            Body::Meta { .. } | Body::AskMeta => None,
        };
        let Some(target) = target else { return Ok(None) };
        let Some(seq) = self.find(room, target)? else { return Ok(None) };
        let found = self.line(room, seq)?;
        Ok(found.filter(|found| !own_only || found.author == line.author))
    }

    /// Returns the key an account is known by.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn pin(&self, account: AccountId) -> Result<Option<Pin>, MemberError> {
        let pin = self.vault.get(Table::Pin, &account.get().to_be_bytes()).map_err(MemberError::vault)?;
        pin.map(|row| record::read(&row)).transpose()
    }

    /// Knows an account by this key from here on; `verified` when the two people compared their safety number.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn trust(&mut self, account: AccountId, key: IdentityKey, verified: bool) -> Result<(), MemberError> {
        let mut batch = Batch::default();
        batch.put(Table::Pin, account.get().to_be_bytes(), record::row(&Pin { key, verified }));
        self.vault.apply(batch).map_err(MemberError::vault)
    }
}

pub(super) fn line<V: Vault>(vault: &V, room: RoomId, seq: Seq) -> Result<Option<Line>, MemberError> {
    let row = vault.get(Table::History, &numbered_key(room, seq.get())).map_err(MemberError::vault)?;
    row.map(|row| record::read(&row)).transpose()
}
