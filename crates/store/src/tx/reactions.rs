//! Reactions: one of each emoji and person under a message.

use proto::ids::{RoomId, Seq};
use proto::limits;
use proto::message::ReactionChange;

use super::Tx;
use super::append::Standing;
use crate::columns::{Column, optional};
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::rows::{Appended, NewEntry};

impl Tx<'_> {
    /// Adds a reaction, or takes one back; what stands already is not added again.
    pub(super) fn append_reaction(
        &mut self,
        new: &NewEntry,
        target: Seq,
        emoji: &str,
        change: ReactionChange,
        standing: &Standing,
    ) -> Result<Appended, StoreError> {
        self.target_message(new.room, target)?;
        let at = (new.room.column(), target.column(), emoji, new.author.column());
        let mine =
            "SELECT seq FROM reactions WHERE room = ?1 AND target = ?2 AND emoji = ?3 AND account = ?4";
        let mine: Option<i64> = optional(self.conn.prepare_cached(mine)?.query_row(at, |row| row.get(0)))?;
        match (change, mine.and_then(Seq::from_column)) {
            // The reaction stands already: the entry that added it is the answer.
            (ReactionChange::Add, Some(added)) => self.entry_at(new.room, added, standing),
            (ReactionChange::Remove, None) => Err(StoreError::NoSuchEntry),
            (ReactionChange::Remove, Some(_)) => {
                self.insert(&EntryRow::of(new, standing.next))?;
                self.conn
                    .prepare_cached(
                        "DELETE FROM reactions WHERE room = ?1 AND target = ?2 AND emoji = ?3 AND account = ?4",
                    )?
                    .execute(at)?;
                Ok(standing.fresh(new))
            }
            (ReactionChange::Add, None) => {
                self.room_for_emoji(new.room, target, emoji)?;
                self.insert(&EntryRow::of(new, standing.next))?;
                self.conn
                    .prepare_cached(
                        "INSERT INTO reactions (room, target, emoji, account, seq) VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute((at.0, at.1, at.2, at.3, standing.next.column()))?;
                Ok(standing.fresh(new))
            }
        }
    }

    fn entry_at(&self, room: RoomId, seq: Seq, standing: &Standing) -> Result<Appended, StoreError> {
        let (_, row) = EntryRow::at(self.conn, room, seq)?.ok_or(StoreError::NoSuchEntry)?;
        Ok(Appended { entry: row.into_entry(standing.author_name.clone())?, fresh: false })
    }

    fn room_for_emoji(&self, room: RoomId, target: Seq, emoji: &str) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT count(DISTINCT emoji) FROM reactions WHERE room = ?1 AND target = ?2 AND emoji <> ?3",
        )?;
        let others: i64 = statement.query_row((room.column(), target.column(), emoji), |row| row.get(0))?;
        if limits::REACTIONS <= usize::try_from(others).unwrap_or(usize::MAX) {
            return Err(StoreError::TooMany {
                what: "different reactions to one message",
                max: limits::REACTIONS,
            });
        }
        Ok(())
    }
}
