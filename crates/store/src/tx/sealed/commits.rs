//! Commits: the first of an epoch wins, and what it changed is written with it.

use std::collections::BTreeSet;

use proto::ids::{AccountId, DeviceId, RoomId, Seq};
use proto::limits;
use proto::message::Content;
use rusqlite::named_params;

use crate::columns::Column;
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::rows::{CommitDone, JudgedLeaf, LeafRow, NewCommit, NewEntry, Power};
use crate::tx::Tx;

impl Tx<'_> {
    /// Takes a commit that was judged. The same commit again under the same id returns the first result.
    ///
    /// # Errors
    /// Those of [`Tx::append`] for an author who is no member; `NotPermitted` in a room that is not sealed; `StaleEpoch`
    /// when another commit won, `PendingEviction` when the server has yet to propose who has to go or did so after the
    /// commit was judged; `Banned`, `NoIdentity` or `GroupRefused` because of somebody it adds; `TooMany` devices.
    pub fn commit_group(&mut self, new: &NewCommit) -> Result<CommitDone, StoreError> {
        let entry = entry_of(new);
        let standing = self.standing(&entry)?;
        let admitted = standing.admit(&entry);
        if let Some(earlier) = self.earlier(&entry, &standing)? {
            return Ok(CommitDone::again(earlier.entry));
        }
        admitted?;
        if !standing.room_kind.is_sealed() {
            return Err(StoreError::NotPermitted);
        }
        self.same_version(new)?;
        let change = Difference::between(&self.reads().leaves(new.room)?, &new.leaves);
        self.may_come_in(new, &change.added)?;
        self.insert(&EntryRow::of(&entry, standing.next))?;
        self.put_leaves(new.room, &change, standing.next)?;
        self.put_group(new, standing.next)?;
        let accounts: BTreeSet<AccountId> = change.added.iter().map(|leaf| leaf.row.account).collect();
        let mut joined = Vec::new();
        for account in accounts {
            if self.ensure_member(new.room, account, new.at)? {
                joined.push(account);
            }
        }
        let gone = self.drop_members(new.room, &change.removed)?;
        let by = (new.author, new.device);
        let (evicted, evicting) = self.finish_evictions(new.room, (new.epoch, by), new.at)?;
        let welcomed = self.put_welcome(new, &change.added, standing.next)?;
        let reads = self.reads();
        let joined = joined.into_iter().map(|account| {
            let summary = reads.summary(new.room, account)?;
            Ok((account, summary.ok_or(StoreError::NotFound { what: "room" })?))
        });
        Ok(CommitDone {
            entry: standing.fresh(&entry).entry,
            fresh: true,
            joined: joined.collect::<Result<_, StoreError>>()?,
            gone,
            welcomed,
            evicted,
            evicting,
            members: reads.member_count(new.room)?,
        })
    }

    /// What was judged is compared with what is.
    fn same_version(&self, new: &NewCommit) -> Result<(), StoreError> {
        let group = self.reads().group_place(new.room)?.ok_or(StoreError::NotFound { what: "room" })?;
        if !group.live || group.epoch != new.epoch {
            return Err(StoreError::StaleEpoch { now: group.epoch });
        }
        let unproposed = self.reads().open_evictions(new.room)?.iter().any(|row| row.proposed.is_none());
        if unproposed || group.version != new.version {
            return Err(StoreError::PendingEviction);
        }
        Ok(())
    }

    /// Nobody comes in who is banned, has to go, or whose account does not vouch for the device.
    fn may_come_in(&self, new: &NewCommit, added: &[JudgedLeaf]) -> Result<(), StoreError> {
        if limits::SEALED_DEVICES < new.leaves.len() {
            return Err(StoreError::TooMany {
                what: "devices in a sealed room",
                max: limits::SEALED_DEVICES,
            });
        }
        if limits::ADDED_AT_ONCE < added.len() {
            return Err(StoreError::TooMany { what: "devices in one commit", max: limits::ADDED_AT_ONCE });
        }
        let reads = self.reads();
        for leaf in added {
            let LeafRow { account, device, .. } = leaf.row;
            let banned = reads.ban_of(account, Some(device), new.at)?.is_some();
            if banned || reads.is_bound_in(new.room, account, new.at)? {
                return Err(StoreError::Banned);
            }
            if reads.has_to_go(new.room, account)? {
                return Err(StoreError::GroupRefused { why: "somebody it adds has to go from this room" });
            }
            self.certified(leaf)?;
        }
        Ok(())
    }

    fn put_leaves(&self, room: RoomId, change: &Difference, seq: Seq) -> Result<(), StoreError> {
        for leaf in &change.removed {
            self.conn
                .prepare_cached(
                    "UPDATE sealed_leaves SET until_seq = ?3 WHERE room = ?1 AND leaf = ?2 AND until_seq = 0",
                )?
                .execute((room.column(), leaf.leaf.column(), seq.column()))?;
        }
        for leaf in &change.added {
            self.insert_leaf(room, leaf, seq)?;
        }
        Ok(())
    }

    fn put_group(&self, new: &NewCommit, seq: Seq) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE sealed_rooms SET epoch = :epoch, version = version + 1, seq = :seq, snapshot = :snapshot, \
                 group_info = :group_info WHERE room = :room",
            )?
            .execute(named_params! {
                ":room": new.room.column(),
                ":epoch": new.epoch.next().column(),
                ":seq": seq.column(),
                ":snapshot": &new.snapshot,
                ":group_info": &*new.group_info,
            })?;
        self.keep_tree(new.room, new.epoch.next(), &new.tree)
    }

    /// Ends the membership of those whose last device is out; they may have lost it with the measure already.
    fn drop_members(&mut self, room: RoomId, removed: &[LeafRow]) -> Result<Vec<AccountId>, StoreError> {
        let accounts: BTreeSet<AccountId> = removed.iter().map(|leaf| leaf.account).collect();
        let mut gone = Vec::new();
        for account in accounts {
            if !self.reads().is_in_group(room, account, None)? {
                self.remove_member(room, account)?;
                gone.push(account);
            }
        }
        Ok(gone)
    }

    /// Leaves the Welcome to the devices that were added; one that came in by itself needs none.
    fn put_welcome(
        &self,
        new: &NewCommit,
        added: &[JudgedLeaf],
        seq: Seq,
    ) -> Result<Vec<(AccountId, DeviceId)>, StoreError> {
        let others = added.iter().map(|leaf| (leaf.row.account, leaf.row.device));
        let others: Vec<_> = others.filter(|(_, device)| *device != new.device).collect();
        if new.welcome.is_empty() || others.is_empty() {
            return Ok(Vec::new());
        }
        self.insert_welcome(new, seq, &others)?;
        Ok(others)
    }
}

impl CommitDone {
    /// What is told again of a commit that was accepted before.
    fn again(entry: proto::message::Entry) -> Self {
        Self {
            entry,
            fresh: false,
            joined: Vec::new(),
            gone: Vec::new(),
            welcomed: Vec::new(),
            evicted: Vec::new(),
            evicting: false,
            members: 0,
        }
    }
}

/// Which devices a commit brings and which it takes.
struct Difference {
    added: Vec<JudgedLeaf>,
    removed: Vec<LeafRow>,
}

impl Difference {
    fn between(before: &[LeafRow], after: &[JudgedLeaf]) -> Self {
        let (was, is): (BTreeSet<LeafRow>, BTreeSet<LeafRow>) =
            (before.iter().copied().collect(), after.iter().map(|leaf| leaf.row).collect());
        Self {
            added: after.iter().filter(|leaf| !was.contains(&leaf.row)).copied().collect(),
            removed: was.difference(&is).copied().collect(),
        }
    }
}

fn entry_of(new: &NewCommit) -> NewEntry {
    let content = Content::Commit { device: new.device, epoch: new.epoch, message: new.message.clone() };
    NewEntry {
        room: new.room,
        author: new.author,
        message_id: new.message_id,
        content,
        at: new.at,
        power: Power::Own,
    }
}
