//! Wiping what purges hide and what is kept no longer, in small steps between other work.

use proto::ids::{AccountId, PurgeId, ReportId, RoomId, Seq, Timestamp};
use proto::limits;
use proto::message::RoomKind;
use proto::text::Text;
use rusqlite::Row;

use super::Tx;
use crate::columns::{Column, get, get_option, optional, or_zero};
use crate::entry::{EntryRow, Kind, Sound};
use crate::error::StoreError;
use crate::staff::UNDO_MS;

/// So many times more rows are looked at than are wiped in one step.
const LOOKED_AT: i64 = 20;
/// Most texts that are taken out of the index for searching in one commit: each word of each costs a page, together about
/// a millisecond, and everybody's messages wait for the commit.
pub(crate) const TEXTS: usize = 25;
/// How far a clock may have been set back: the first row to look at is searched for by time, less this.
const SLACK_MS: i64 = 24 * 3_600_000;

/// A purge whose texts are to be wiped.
struct Due {
    id: PurgeId,
    account: AccountId,
    since: Timestamp,
    upto: Timestamp,
    room: Option<RoomId>,
    by: Option<AccountId>,
    swept_to: i64,
    sweep_end: i64,
}

impl Tx<'_> {
    pub(crate) fn insert_purge(
        &self,
        account: AccountId,
        since: Timestamp,
        (reason, report): (&Text<{ limits::REASON }>, Option<ReportId>),
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<PurgeId, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO purges (account, since_ms, upto_ms, reason, report, by_account, at_ms, undo_until_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?3, ?7) RETURNING id",
        )?;
        let row = (
            account.column(),
            since.column(),
            at.column(),
            &**reason,
            or_zero(report),
            or_zero(by),
            at.plus_ms(UNDO_MS).column(),
        );
        Ok(statement.query_row(row, |row| get(row, 0))?)
    }

    pub(crate) fn undo_purge(
        &self,
        purge: PurgeId,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE purges SET state = 1, undone_by = ?2, undone_at_ms = max(?3, 1) WHERE id = ?1 AND state = 0",
            )?
            .execute((purge.column(), or_zero(by), at.column()))?;
        Ok(())
    }

    /// Wipes some texts of a purge that can no longer be taken back: at most `chunk` or 25, looking at twenty times
    /// `chunk` rows. Returns how many rows it looked at; 0 when there is nothing left to do.
    ///
    /// # Errors
    /// `Damaged` for a row that changed on disk.
    pub fn sweep_purges(&mut self, now: Timestamp, chunk: usize) -> Result<usize, StoreError> {
        let Some(mut due) = self.due_purge(now)? else { return Ok(0) };
        if due.sweep_end == 0 {
            due.sweep_end = self.reads().newest_entry()?;
            due.swept_to = self.last_before(due.since.plus_ms(-SLACK_MS), due.sweep_end)?;
        }
        let (chunk, limit) = (steps(chunk), steps(chunk.min(TEXTS)));
        let end = due.sweep_end.min(due.swept_to.saturating_add(chunk.saturating_mul(LOOKED_AT)));
        let rows = self.purged_rows(&due, end, limit)?;
        let full = i64::try_from(rows.len()).is_ok_and(|found| found == limit);
        let reached = rows.last().map_or(end, |(id, ..)| if full { *id } else { end });
        let mut wiped = 0;
        for (id, row, room_kind) in rows {
            // A text that went with its edit, or an edit with its text, is gone already.
            let row = self.entry_row(id)?.unwrap_or(row);
            if row.removed_by.is_none() {
                self.wipe_purged(id, row, due.by.unwrap_or(due.account), room_kind)?;
                wiped += 1;
            }
        }
        self.conn
            .prepare_cached(
                "UPDATE purges SET swept_to = ?2, sweep_end = max(?3, 1), wiped = wiped + ?4, \
                 state = iif(?3 <= ?2, 2, 0) WHERE id = ?1",
            )?
            .execute((due.id.column(), reached, due.sweep_end, wiped))?;
        let looked_at = usize::try_from(reached.saturating_sub(due.swept_to)).unwrap_or(usize::MAX);
        Ok(looked_at.max(1))
    }

    /// Deletes some entries of open rooms that are older than `before`, at most `chunk` or 25 and of one room; each room
    /// keeps its newest. Returns how many; 0 when there is nothing left to do.
    ///
    /// # Errors
    /// `Damaged` for a row that changed on disk.
    pub fn sweep_old(&mut self, before: Timestamp, chunk: usize) -> Result<usize, StoreError> {
        let Some(room) = self.room_with_old(before)? else { return Ok(0) };
        let limit = steps(chunk.min(TEXTS));
        let mut statement = self.conn.prepare_cached(
            "SELECT id, room, seq, author, message_id, at_ms, kind, body, target, reaction_removed, edited_by, \
             removed_by, row_check, file FROM entries WHERE room = ?1 AND \
             seq < (SELECT max(seq) FROM entries WHERE room = ?1) ORDER BY seq LIMIT ?2",
        )?;
        let rows = statement.query_map((room.column(), limit), |row| {
            let (entry, sound) = EntryRow::read(row, 1)?;
            Ok((row.get(0)?, entry, sound))
        })?;
        let rows: Vec<(i64, EntryRow<'static>, Sound)> = rows.collect::<Result<_, _>>()?;
        let mut deleted = 0;
        for (id, row, sound) in rows {
            if before <= row.at {
                break;
            }
            self.delete_entry(id, &sound.pass(row)?)?;
            deleted += 1;
        }
        self.marks.wiped |= 0 < deleted;
        Ok(deleted)
    }

    /// Takes a text or a file out, with its edits and reactions; what stays says that there was one and who removed it.
    pub(super) fn wipe_text(
        &mut self,
        id: i64,
        mut row: EntryRow<'static>,
        by: AccountId,
        room_kind: RoomKind,
    ) -> Result<(), StoreError> {
        if room_kind == RoomKind::Open {
            let current = self.current_text(&row)?;
            self.unindex(id, row.room, &current)?;
        }
        if matches!(row.kind, Kind::File | Kind::Sealed) {
            self.forget_file(id)?;
        }
        row.wipe(by);
        self.update(id, &row)?;
        for (edit_id, mut edit) in EntryRow::edits_of(self.conn, row.room, row.seq)? {
            edit.wipe(by);
            self.update(edit_id, &edit)?;
        }
        self.forget_reactions(row.room, row.seq)?;
        self.marks.wiped = true;
        Ok(())
    }

    /// Takes out a text, a file, an edit or a topic. A text goes with its newest edit, because that is what it reads as.
    fn wipe_purged(
        &mut self,
        id: i64,
        mut row: EntryRow<'static>,
        by: AccountId,
        room_kind: RoomKind,
    ) -> Result<(), StoreError> {
        if row.kind.is_message() {
            return self.wipe_text(id, row, by, room_kind);
        }
        if row.kind == Kind::Edit
            && let Some((text_id, text)) = EntryRow::at(self.conn, row.room, row.target)?
            && text.removed_by.is_none()
            && text.edited_by == row.seq
        {
            return self.wipe_text(text_id, text, by, room_kind);
        }
        row.wipe(by);
        self.update(id, &row)?;
        self.marks.wiped = true;
        Ok(())
    }

    fn delete_entry(&self, id: i64, row: &EntryRow<'_>) -> Result<(), StoreError> {
        if matches!(row.kind, Kind::Text | Kind::File) && row.removed_by.is_none() {
            let current = self.current_text(row)?;
            self.unindex(id, row.room, &current)?;
        }
        if row.kind == Kind::File {
            self.forget_file(id)?;
        }
        self.forget_reactions(row.room, row.seq)?;
        self.conn.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    fn forget_reactions(&self, room: RoomId, target: Seq) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM reactions WHERE room = ?1 AND target = ?2")?
            .execute((room.column(), target.column()))?;
        Ok(())
    }

    fn due_purge(&self, now: Timestamp) -> Result<Option<Due>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, account, since_ms, upto_ms, room, by_account, swept_to, sweep_end FROM purges \
             WHERE state = 0 AND undo_until_ms <= ?1 ORDER BY undo_until_ms LIMIT 1",
        )?;
        optional(statement.query_row([now.column()], due))
    }

    /// Returns rows of a purge whose texts are still there, up to an id.
    fn purged_rows(
        &self,
        due: &Due,
        end: i64,
        limit: i64,
    ) -> Result<Vec<(i64, EntryRow<'static>, RoomKind)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT entries.id, entries.room, seq, author, message_id, at_ms, entries.kind, body, target, \
             reaction_removed, edited_by, removed_by, row_check, file, rooms.kind \
             FROM entries CROSS JOIN rooms ON rooms.id = entries.room \
             WHERE ?1 < entries.id AND entries.id <= ?2 AND author = ?3 AND at_ms BETWEEN ?4 AND ?5 \
             AND (?6 = 0 OR entries.room = ?6) AND entries.kind IN (0, 1, 4, 6, 7) AND removed_by = 0 \
             ORDER BY entries.id LIMIT ?7",
        )?;
        let key = (
            due.swept_to,
            end,
            due.account.column(),
            due.since.column(),
            due.upto.column(),
            or_zero(due.room),
            limit,
        );
        let rows = statement.query_map(key, |row| {
            let (entry, sound) = EntryRow::read(row, 1)?;
            Ok((row.get(0)?, entry, sound, get(row, 14)?))
        })?;
        rows.map(|row| {
            let (id, entry, sound, room_kind): (i64, EntryRow<'static>, Sound, RoomKind) = row?;
            Ok((id, sound.pass(entry)?, room_kind))
        })
        .collect()
    }

    pub(super) fn entry_row(&self, id: i64) -> Result<Option<EntryRow<'static>>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT room, seq, author, message_id, at_ms, kind, body, target, reaction_removed, edited_by, removed_by, \
             row_check, file FROM entries WHERE id = ?1",
        )?;
        let row = optional(statement.query_row([id], |row| EntryRow::read(row, 0)))?;
        row.map(|(row, sound)| sound.pass(row)).transpose()
    }

    /// Returns an open room that has entries older than this beside its newest one.
    fn room_with_old(&self, before: Timestamp) -> Result<Option<RoomId>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id FROM rooms WHERE kind = 0 AND '' <= name AND (SELECT at_ms FROM entries WHERE room = rooms.id \
             AND seq < (SELECT max(seq) FROM entries WHERE room = rooms.id) ORDER BY seq LIMIT 1) < ?1 LIMIT 1",
        )?;
        optional(statement.query_row([before.column()], |row| get(row, 0)))
    }

    /// Returns an id up to which every entry is older than this, if times and ids go the same way.
    fn last_before(&self, at: Timestamp, newest: i64) -> Result<i64, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT id, at_ms FROM entries WHERE ?1 <= id ORDER BY id LIMIT 1")?;
        let (mut low, mut high) = (0, newest);
        while low < high {
            let middle = low + (high - low) / 2 + 1;
            let found: Option<(i64, Timestamp)> =
                optional(statement.query_row([middle], |row| Ok((row.get(0)?, get(row, 1)?))))?;
            match found {
                Some((id, time)) if time < at => low = high.min(id),
                _ => high = middle - 1,
            }
        }
        Ok(low)
    }
}

/// Returns a number of rows as SQLite takes it, at least one.
pub(super) fn steps(rows: usize) -> i64 {
    i64::try_from(rows.max(1)).unwrap_or(i64::MAX)
}

fn due(row: &Row<'_>) -> rusqlite::Result<Due> {
    Ok(Due {
        id: get(row, 0)?,
        account: get(row, 1)?,
        since: get(row, 2)?,
        upto: get(row, 3)?,
        room: get_option(row, 4)?,
        by: get_option(row, 5)?,
        swept_to: row.get(6)?,
        sweep_end: row.get(7)?,
    })
}
