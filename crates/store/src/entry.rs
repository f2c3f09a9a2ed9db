//! One row of a log, its check value, and how it becomes an entry.

use std::borrow::Cow;

use proto::codec;
use proto::ids::{AccountId, MessageId, RoomId, Seq, Timestamp};
use proto::limits;
use proto::message::{Content, Entry, FileCard, ReactionChange};
use proto::text::Text;
use rusqlite::{Connection, Row};

use crate::columns::{Column, get, get_message_id, get_option, optional};
use crate::error::StoreError;
use crate::rows::NewEntry;

/// A row of `entries`, read or to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryRow<'t> {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) author: AccountId,
    pub(crate) message_id: MessageId,
    pub(crate) at: Timestamp,
    pub(crate) kind: Kind,
    pub(crate) body: Cow<'t, str>,
    /// `Seq::START` for none.
    pub(crate) target: Seq,
    pub(crate) reaction_removed: bool,
    /// `Seq::START` for none.
    pub(crate) edited_by: Seq,
    pub(crate) removed_by: Option<AccountId>,
    /// A file's card, or all of what a sealed room's entry holds, as the wire has it; empty for everything else.
    pub(crate) file: Cow<'t, [u8]>,
}

/// What a row was written as; a removal does not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Edit,
    Delete,
    Reaction,
    Topic,
    Created,
    File,
    Sealed,
    Commit,
    Evict,
}

impl<'t> EntryRow<'t> {
    /// Returns the row for a new entry at this place.
    pub(crate) fn of(new: &'t NewEntry, seq: Seq) -> Self {
        let parts = Parts::of(&new.content);
        Self {
            room: new.room,
            seq,
            author: new.author,
            message_id: new.message_id,
            at: new.at,
            kind: parts.kind,
            body: Cow::Borrowed(parts.body),
            target: parts.target,
            reaction_removed: parts.reaction_removed,
            edited_by: Seq::START,
            removed_by: None,
            file: parts.file,
        }
    }

    /// Takes the text out; what stays says that there was one and who removed it.
    pub(crate) fn wipe(&mut self, by: AccountId) {
        self.body = Cow::Borrowed("");
        self.file = Cow::Borrowed(&[]);
        self.edited_by = Seq::START;
        self.removed_by = Some(by);
    }

    /// Whether this row was written for this content. A wiped text cannot be compared and is taken for the same.
    pub(crate) fn says(&self, content: &Content) -> bool {
        let parts = Parts::of(content);
        self.kind == parts.kind
            && (self.removed_by.is_some() || (self.body == parts.body && self.carries(content, &parts)))
            && self.target == parts.target
            && self.reaction_removed == parts.reaction_removed
    }

    /// The stamp of a sealed message is the server's; its sender does not know it when the message is sent again.
    fn carries(&self, content: &Content, parts: &Parts<'_>) -> bool {
        match (content, codec::decode(&self.file)) {
            (
                Content::Sealed { device, epoch, message, blob, .. },
                Ok(Content::Sealed { device: ours, epoch: then, message: bytes, blob: file, .. }),
            ) => (device, epoch, message, blob) == (&ours, &then, &bytes, &file),
            _ => self.file == parts.file,
        }
    }

    /// Returns the checksum of the row.
    pub(crate) fn check(&self) -> i64 {
        let mut checksum = Checksum::default();
        for number in [
            self.room.column(),
            self.seq.column(),
            self.author.column(),
            self.at.column(),
            self.kind.column(),
            self.target.column(),
            i64::from(self.reaction_removed),
            self.edited_by.column(),
            self.removed_by.map_or(0, Column::column),
        ] {
            checksum.add(number.cast_unsigned());
        }
        checksum.add_bytes(&self.message_id.0);
        checksum.add_bytes(self.body.as_bytes());
        // Only then: rows from before there were files keep their value.
        if self.kind.has_file() {
            checksum.add_bytes(&self.file);
        }
        checksum.0.cast_signed()
    }

    /// Returns the entry this row is, under its author's name.
    ///
    /// # Errors
    /// `Damaged` if the row is longer than anything this program writes.
    pub(crate) fn into_entry(self, author_name: Text<{ limits::NAME }>) -> Result<Entry, StoreError> {
        let (room, seq, at, author, message_id) =
            (self.room, self.seq, self.at, self.author, self.message_id);
        Ok(Entry { room, seq, at, author, author_name, message_id, content: self.into_content()? })
    }

    /// Returns the card of a file that is still there.
    ///
    /// # Errors
    /// `Damaged` if it is none this program writes.
    pub(crate) fn card(&self) -> Result<FileCard, StoreError> {
        codec::decode(&self.file).map_err(|_| self.damage("its file cannot be read"))
    }

    /// Returns the error that names this row.
    pub(crate) fn damage(&self, what: &str) -> StoreError {
        StoreError::Damaged { what: format!("entry {} of room {}: {what}", self.seq, self.room) }
    }

    fn into_content(self) -> Result<Content, StoreError> {
        if let Some(by) = self.removed_by {
            return Ok(Content::Removed { by });
        }
        let too_long = |_| self.damage("its text is too long");
        Ok(match self.kind {
            Kind::Text => Content::Text {
                body: Text::new(&*self.body).map_err(too_long)?,
                reply_to: Some(self.target).filter(|target| *target != Seq::START),
            },
            Kind::Edit => {
                Content::Edit { target: self.target, body: Text::new(&*self.body).map_err(too_long)? }
            }
            Kind::Delete => Content::Delete { target: self.target },
            Kind::Reaction => Content::Reaction {
                target: self.target,
                emoji: Text::new(&*self.body).map_err(too_long)?,
                change: if self.reaction_removed { ReactionChange::Remove } else { ReactionChange::Add },
            },
            Kind::Topic => Content::Topic { topic: Text::new(&*self.body).map_err(too_long)? },
            Kind::Created => Content::Created,
            Kind::File => Content::File {
                file: self.card()?,
                caption: Text::new(&*self.body).map_err(too_long)?,
                reply_to: Some(self.target).filter(|target| *target != Seq::START),
            },
            Kind::Sealed | Kind::Commit | Kind::Evict => {
                codec::decode(&self.file).map_err(|_| self.damage("it cannot be read"))?
            }
        })
    }
}

impl EntryRow<'static> {
    /// Returns the row at this place, with its id.
    pub(crate) fn at(conn: &Connection, room: RoomId, seq: Seq) -> Result<Option<(i64, Self)>, StoreError> {
        let mut statement = conn.prepare_cached(
            "SELECT id, room, seq, author, message_id, at_ms, kind, body, target, reaction_removed, edited_by, \
             removed_by, row_check, file FROM entries WHERE room = ?1 AND seq = ?2",
        )?;
        optional(statement.query_row((room.column(), seq.column()), with_id))?.map(checked).transpose()
    }

    /// Returns what an author wrote under this message id, with its id.
    pub(crate) fn by_message_id(
        conn: &Connection,
        room: RoomId,
        author: AccountId,
        message_id: MessageId,
    ) -> Result<Option<(i64, Self)>, StoreError> {
        let mut statement = conn.prepare_cached(
            "SELECT id, room, seq, author, message_id, at_ms, kind, body, target, reaction_removed, edited_by, \
             removed_by, row_check, file FROM entries WHERE room = ?1 AND author = ?2 AND message_id = ?3",
        )?;
        let found = statement.query_row((room.column(), author.column(), message_id.0.as_slice()), with_id);
        optional(found)?.map(checked).transpose()
    }

    /// Returns the edits of a text, oldest first, with their ids.
    pub(crate) fn edits_of(
        conn: &Connection,
        room: RoomId,
        target: Seq,
    ) -> Result<Vec<(i64, Self)>, StoreError> {
        let mut statement = conn.prepare_cached(
            "SELECT id, room, seq, author, message_id, at_ms, kind, body, target, reaction_removed, edited_by, \
             removed_by, row_check, file FROM entries WHERE room = ?1 AND target = ?2 AND kind = 1 ORDER BY id",
        )?;
        let rows = statement.query_map((room.column(), target.column()), with_id)?;
        rows.map(|row| checked(row?)).collect()
    }

    /// Reads a row whose thirteen columns from `room` to `row_check` and `file` start at `first`.
    ///
    /// # Errors
    /// Those of SQLite; a wrong check value is inside, so that the caller can name the row.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<(Self, Sound)> {
        let read = Self {
            room: get(row, first)?,
            seq: get(row, first + 1)?,
            author: get(row, first + 2)?,
            message_id: get_message_id(row, first + 3)?,
            at: get(row, first + 4)?,
            kind: get(row, first + 5)?,
            body: Cow::Owned(row.get(first + 6)?),
            target: get(row, first + 7)?,
            reaction_removed: row.get(first + 8)?,
            edited_by: get(row, first + 9)?,
            removed_by: get_option(row, first + 10)?,
            file: Cow::Owned(row.get(first + 12)?),
        };
        let sound = if row.get::<_, i64>(first + 11)? == read.check() { Sound::Yes } else { Sound::No };
        Ok((read, sound))
    }
}

/// Whether a row is as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sound {
    Yes,
    No,
}

impl Sound {
    /// Passes a sound row on.
    ///
    /// # Errors
    /// `Damaged`, naming the row.
    pub(crate) fn pass<'t>(self, row: EntryRow<'t>) -> Result<EntryRow<'t>, StoreError> {
        match self {
            Self::Yes => Ok(row),
            Self::No => Err(row.damage("its text or its marks have changed on disk")),
        }
    }
}

impl Column for Kind {
    fn column(self) -> i64 {
        match self {
            Self::Text => 0,
            Self::Edit => 1,
            Self::Delete => 2,
            Self::Reaction => 3,
            Self::Topic => 4,
            Self::Created => 5,
            Self::File => 6,
            Self::Sealed => 7,
            Self::Commit => 8,
            Self::Evict => 9,
        }
    }
    fn from_column(number: i64) -> Option<Self> {
        [
            Self::Text,
            Self::Edit,
            Self::Delete,
            Self::Reaction,
            Self::Topic,
            Self::Created,
            Self::File,
            Self::Sealed,
            Self::Commit,
            Self::Evict,
        ]
        .into_iter()
        .find(|kind| kind.column() == number)
    }
}

impl Kind {
    /// Whether it is a message whose words, file or sealed bytes can be taken out.
    pub(crate) const fn is_message(self) -> bool {
        matches!(self, Self::Text | Self::File | Self::Sealed)
    }

    /// Whether it is something that moves a group's keys, or is sealed with them.
    pub(crate) const fn is_of_group(self) -> bool {
        matches!(self, Self::Sealed | Self::Commit)
    }

    const fn has_file(self) -> bool {
        matches!(self, Self::File | Self::Sealed | Self::Commit | Self::Evict)
    }
}

/// A checksum against failing disks, not against people. For every word that is added the state is mapped one to one,
/// so a change inside one word always shows; changes in several words are missed once in 2^64.
#[derive(Default)]
struct Checksum(u64);

impl Checksum {
    fn add(&mut self, word: u64) {
        // An odd factor has an inverse, and so has a rotation.
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.add(u64::from_be_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_be_bytes(last));
        // A text is not the same text with zeros after it.
        self.add(bytes.len() as u64);
    }
}

/// The columns that a content fills.
struct Parts<'t> {
    kind: Kind,
    body: &'t str,
    target: Seq,
    reaction_removed: bool,
    file: Cow<'t, [u8]>,
}

impl<'t> Parts<'t> {
    fn of(content: &'t Content) -> Self {
        let none = Seq::START;
        let (kind, body, target, reaction_removed): (_, &str, _, _) = match content {
            Content::Text { body, reply_to } => (Kind::Text, body, reply_to.unwrap_or(none), false),
            Content::Edit { target, body } => (Kind::Edit, body, *target, false),
            Content::Delete { target } => (Kind::Delete, "", *target, false),
            Content::Reaction { target, emoji, change } => {
                (Kind::Reaction, emoji, *target, *change == ReactionChange::Remove)
            }
            Content::Topic { topic } => (Kind::Topic, topic, none, false),
            // No row is ever written as removed; `append` refuses it.
            Content::Created | Content::Removed { .. } => (Kind::Created, "", none, false),
            Content::Sealed { .. } => (Kind::Sealed, "", none, false),
            Content::Commit { .. } => (Kind::Commit, "", none, false),
            Content::Evict { .. } => (Kind::Evict, "", none, false),
            Content::File { caption, reply_to, .. } => (Kind::File, caption, reply_to.unwrap_or(none), false),
        };
        let file = match content {
            Content::File { file, .. } => Cow::Owned(codec::encode(file)),
            Content::Sealed { .. } | Content::Commit { .. } | Content::Evict { .. } => {
                Cow::Owned(codec::encode(content))
            }
            _ => Cow::Borrowed(&[][..]),
        };
        Self { kind, body, target, reaction_removed, file }
    }
}

fn with_id(row: &Row<'_>) -> rusqlite::Result<(i64, EntryRow<'static>, Sound)> {
    let (entry, sound) = EntryRow::read(row, 1)?;
    Ok((row.get(0)?, entry, sound))
}

fn checked(
    (id, row, sound): (i64, EntryRow<'static>, Sound),
) -> Result<(i64, EntryRow<'static>), StoreError> {
    Ok((id, sound.pass(row)?))
}

#[cfg(test)]
mod tests;
