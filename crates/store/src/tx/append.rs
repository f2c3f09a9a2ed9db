//! Writing to a room's log: the hot path.

use domain::role::is_staff;
use domain::sanction::Kind as SanctionKind;
use proto::ids::{AccountId, MessageId, RoomId, Seq, Timestamp};
use proto::limits;
use proto::message::{Content, Entry, Role, RoomKind};
use proto::text::Text;
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get, get_some, get_text, optional};
use crate::entry::{EntryRow, Kind};
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::rows::{Appended, Change, LOBBY, NewEntry, Power};

/// Most edits of one text, so that removing it stays quick.
pub(crate) const EDITS: usize = 500;

/// What the log and the author's standing are before an append.
pub(super) struct Standing {
    pub(super) room_kind: RoomKind,
    pub(super) author_name: Text<{ limits::NAME }>,
    member: bool,
    /// The gravest measure against the author here.
    bound: Option<SanctionKind>,
    pub(super) next: Seq,
    locked: bool,
    role: Role,
}

impl Tx<'_> {
    /// Appends to a room's log. The same id with the same content again returns the first entry and writes nothing.
    ///
    /// Until its first row is written it only reads; after that only the disk or the file can make it fail.
    ///
    /// # Errors
    /// `NotFound`, `NotAMember`, `Banned`, `Muted`, `RoomLocked`, `NotPermitted`, `NoSuchEntry`, `TooMany`, `Conflict`.
    pub fn append(&mut self, new: &NewEntry) -> Result<Appended, StoreError> {
        let standing = self.standing(new)?;
        match standing.admit(new) {
            Ok(()) => {}
            // What was accepted once stays accepted, whatever became of the author since.
            Err(refusal) => return self.earlier(new, &standing)?.ok_or(refusal),
        }
        if !matches!(new.content, Content::Text { .. })
            && let Some(earlier) = self.earlier(new, &standing)?
        {
            return Ok(earlier);
        }
        // Of what the server could read, a sealed room's log takes nothing; its own have their own ways in.
        if standing.room_kind.is_sealed() && !matches!(new.content, Content::Delete { .. }) {
            return Err(StoreError::NotPermitted);
        }
        match &new.content {
            Content::Text { reply_to, .. } => self.append_text(new, *reply_to, &standing),
            Content::Edit { target, body } => self.append_edit(new, *target, body, &standing),
            Content::Delete { target } => self.append_delete(new, *target, &standing),
            Content::Reaction { target, emoji, change } => {
                self.append_reaction(new, *target, emoji, *change, &standing)
            }
            Content::Topic { topic } => self.append_topic(new, topic, &standing),
            Content::File { file, reply_to, .. } => self.append_file(new, file, *reply_to, &standing),
            Content::Created
            | Content::Removed { .. }
            | Content::Sealed { .. }
            | Content::Commit { .. }
            | Content::Evict { .. } => Err(StoreError::NotPermitted),
        }
    }

    fn append_text(
        &mut self,
        new: &NewEntry,
        reply_to: Option<Seq>,
        standing: &Standing,
    ) -> Result<Appended, StoreError> {
        if reply_to.is_some_and(|place| place == Seq::START || standing.next <= place) {
            return self.earlier(new, standing)?.ok_or(StoreError::NoSuchEntry);
        }
        let row = EntryRow::of(new, standing.next);
        if !self.insert(&row)? {
            return self.earlier(new, standing)?.ok_or(StoreError::Conflict);
        }
        if standing.room_kind == RoomKind::Open {
            self.index(self.conn.last_insert_rowid(), new.room, &row.body)?;
        }
        Ok(standing.fresh(new))
    }

    fn append_edit(
        &mut self,
        new: &NewEntry,
        target: Seq,
        body: &str,
        standing: &Standing,
    ) -> Result<Appended, StoreError> {
        let (id, mut row) = self.target_message(new.room, target)?;
        // A file stays what it was; whoever wants other words beside it posts it again.
        if row.kind != Kind::Text {
            return Err(StoreError::NoSuchEntry);
        }
        if row.author != new.author {
            return Err(StoreError::NotPermitted);
        }
        if EDITS <= self.edit_count(new.room, target)? {
            return Err(StoreError::TooMany { what: "edits of one message", max: EDITS });
        }
        let old = self.current_text(&row)?;
        self.insert(&EntryRow::of(new, standing.next))?;
        row.edited_by = standing.next;
        self.update(id, &row)?;
        if standing.room_kind == RoomKind::Open {
            self.unindex(id, new.room, &old)?;
            self.index(id, new.room, body)?;
        }
        Ok(standing.fresh(new))
    }

    fn append_delete(
        &mut self,
        new: &NewEntry,
        target: Seq,
        standing: &Standing,
    ) -> Result<Appended, StoreError> {
        let (id, row) = self.target_message(new.room, target)?;
        // What nobody but the members can read nobody but its author takes away: it may be what a report is about.
        let moderates = new.power == Power::Moderator && !standing.room_kind.is_sealed();
        if row.author != new.author && !moderates {
            return Err(StoreError::NotPermitted);
        }
        // Before anything is written: what cannot be read fails the append and not its group.
        self.current_text(&row)?;
        self.insert(&EntryRow::of(new, standing.next))?;
        self.wipe_text(id, row, new.author, standing.room_kind)?;
        Ok(standing.fresh(new))
    }

    fn append_topic(
        &mut self,
        new: &NewEntry,
        topic: &str,
        standing: &Standing,
    ) -> Result<Appended, StoreError> {
        if standing.room_kind != RoomKind::Open {
            return Err(StoreError::NotPermitted);
        }
        self.insert(&EntryRow::of(new, standing.next))?;
        self.conn
            .prepare_cached("UPDATE rooms SET topic = ?2 WHERE id = ?1")?
            .execute((new.room.column(), topic))?;
        self.change(Change::RoomChanged { room: new.room })?;
        Ok(standing.fresh(new))
    }

    /// Writes a room's first entry, which says that it was made.
    pub(super) fn append_created(
        &self,
        room: RoomId,
        by: AccountId,
        message_id: MessageId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let new = NewEntry { room, author: by, message_id, content: Content::Created, at, power: Power::Own };
        self.insert(&EntryRow::of(&new, Seq::START.next())).map(|_| ())
    }

    /// Writes a row; `false` if the author has used the message id in this room before.
    pub(super) fn insert(&self, row: &EntryRow<'_>) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO entries \
             (room, seq, author, message_id, at_ms, kind, body, target, reaction_removed, row_check, file) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (room, message_id, author) DO NOTHING",
        )?;
        let inserted = statement.execute((
            row.room.column(),
            row.seq.column(),
            row.author.column(),
            row.message_id.0.as_slice(),
            row.at.column(),
            row.kind.column(),
            &*row.body,
            row.target.column(),
            row.reaction_removed,
            row.check(),
            &*row.file,
        ))?;
        Ok(inserted == 1)
    }

    /// Writes what an edit or a removal made of a row.
    pub(super) fn update(&self, id: i64, row: &EntryRow<'_>) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE entries SET body = :body, file = :file, edited_by = :edited_by, \
                 removed_by = :removed_by, row_check = :row_check WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": id,
                ":body": &*row.body,
                ":file": &*row.file,
                ":edited_by": row.edited_by.column(),
                ":removed_by": row.removed_by.map_or(0, Column::column),
                ":row_check": row.check(),
            })?;
        Ok(())
    }

    pub(super) fn index(&self, id: i64, room: RoomId, body: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("INSERT INTO entries_fts (rowid, room, body) VALUES (?1, ?2, ?3)")?
            .execute((id, room_word(room), body))?;
        Ok(())
    }

    pub(super) fn unindex(&self, id: i64, room: RoomId, body: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO entries_fts (entries_fts, rowid, room, body) VALUES ('delete', ?1, ?2, ?3)",
            )?
            .execute((id, room_word(room), body))?;
        Ok(())
    }

    pub(super) fn standing(&self, new: &NewEntry) -> Result<Standing, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT rooms.kind, accounts.name, \
             EXISTS (SELECT 1 FROM members WHERE room = ?1 AND account = ?2), \
             (SELECT min(kind) FROM sanctions WHERE target_kind = 0 AND target_id = ?2 AND kind <= 2 \
             AND (room = 0 OR room = ?1) AND lifted_at_ms = 0 AND (until_ms = 0 OR ?3 < until_ms)), \
             (SELECT coalesce(max(seq), 0) FROM entries WHERE room = ?1), \
             rooms.locked OR rooms.archived, accounts.role \
             FROM rooms, accounts WHERE rooms.id = ?1 AND accounts.id = ?2",
        )?;
        let found = statement.query_row((new.room.column(), new.author.column(), new.at.column()), |row| {
            Ok(Standing {
                room_kind: get(row, 0)?,
                author_name: get_text(row, 1)?,
                member: row.get(2)?,
                bound: get_some(row, 3)?,
                next: get::<Seq>(row, 4)?.next(),
                locked: row.get(5)?,
                role: get(row, 6)?,
            })
        });
        optional(found)?.ok_or(StoreError::NotFound { what: "room" })
    }

    /// Returns what was written under this message id before.
    pub(super) fn earlier(
        &self,
        new: &NewEntry,
        standing: &Standing,
    ) -> Result<Option<Appended>, StoreError> {
        let Some((_, row)) = EntryRow::by_message_id(self.conn, new.room, new.author, new.message_id)? else {
            return Ok(None);
        };
        if !row.says(&new.content) {
            return Err(StoreError::Conflict);
        }
        Ok(Some(Appended { entry: row.into_entry(standing.author_name.clone())?, fresh: false }))
    }

    /// Returns what was accepted under this message id before, or refuses an author who may not write there.
    pub(super) fn accepted_before(&self, new: &NewEntry) -> Result<Option<Entry>, StoreError> {
        let standing = self.standing(new)?;
        if let Some(earlier) = self.earlier(new, &standing)? {
            return Ok(Some(earlier.entry));
        }
        standing.admit(new)?;
        // Nobody but the members of a sealed room may read what waits.
        if standing.room_kind.is_sealed() { Err(StoreError::NotPermitted) } else { Ok(None) }
    }

    /// Returns a message whose text or file is still there.
    pub(super) fn target_message(
        &self,
        room: RoomId,
        target: Seq,
    ) -> Result<(i64, EntryRow<'static>), StoreError> {
        let found = EntryRow::at(self.conn, room, target)?
            .filter(|(_, row)| row.kind.is_message() && row.removed_by.is_none())
            .ok_or(StoreError::NoSuchEntry)?;
        match Hidden::new(self.conn).by(&found.1)? {
            Some(_) => Err(StoreError::NoSuchEntry),
            None => Ok(found),
        }
    }

    /// Returns the words of a message as the search finds them.
    pub(super) fn current_text(&self, row: &EntryRow<'_>) -> Result<String, StoreError> {
        if row.kind == Kind::File {
            return Ok(domain::file::words(&row.card()?, &row.body));
        }
        if row.kind == Kind::Sealed {
            return Ok(String::new());
        }
        if row.edited_by == Seq::START {
            return Ok(row.body.to_string());
        }
        let edit = EntryRow::at(self.conn, row.room, row.edited_by)?;
        let (_, edit) = edit.ok_or_else(|| row.damage("its edit is missing"))?;
        Ok(edit.body.into_owned())
    }

    fn edit_count(&self, room: RoomId, target: Seq) -> Result<usize, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT count(*) FROM entries WHERE room = ?1 AND target = ?2 AND kind = 1")?;
        let count: i64 = statement.query_row((room.column(), target.column()), |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

impl Standing {
    pub(super) fn admit(&self, new: &NewEntry) -> Result<(), StoreError> {
        match self.bound {
            None => {}
            Some(SanctionKind::Ban) => return Err(StoreError::Banned),
            // Whoever may not speak may still take back what they said, and carry out who has to go.
            Some(_) if matches!(new.content, Content::Delete { .. } | Content::Commit { .. }) => {}
            Some(_) => return Err(StoreError::Muted),
        }
        if self.locked && !is_staff(self.role) && !matches!(new.content, Content::Commit { .. }) {
            return Err(StoreError::RoomLocked);
        }
        let moderates = new.power == Power::Moderator
            && self.room_kind == RoomKind::Open
            && matches!(new.content, Content::Delete { .. });
        if self.member || new.room == LOBBY || moderates {
            return Ok(());
        }
        Err(match self.room_kind {
            RoomKind::Open => StoreError::NotAMember,
            // A stranger does not learn that the room exists.
            RoomKind::Direct | RoomKind::Sealed | RoomKind::SealedDirect => {
                StoreError::NotFound { what: "room" }
            }
        })
    }

    pub(super) fn fresh(&self, new: &NewEntry) -> Appended {
        let entry = Entry {
            room: new.room,
            seq: self.next,
            at: new.at,
            author: new.author,
            author_name: self.author_name.clone(),
            message_id: new.message_id,
            content: new.content.clone(),
        };
        Appended { entry, fresh: true }
    }
}

/// The word that stands for the room in the index, so that a search in one room reads only its messages.
pub(crate) fn room_word(room: RoomId) -> String {
    format!("r{room}")
}
