//! Pages of a log, with edits and reactions folded in.

use std::collections::BTreeMap;

use proto::ids::{AccountId, RoomId, Seq};
use proto::limits;
use proto::message::{FileCard, FileLock, HistoryFrom, HistoryItem, HistoryPage, ReactionCount};
use proto::text::{List, Text};
use rusqlite::{CachedStatement, Params};

use super::{Reads, one_more};
use crate::columns::{Column, get, get_text, optional};
use crate::entry::{EntryRow, Kind, Sound};
use crate::error::StoreError;
use crate::hidden::Hidden;

/// What an item takes on the wire beside its texts, rounded up.
const ITEM_BYTES: usize = 120;
/// What a reaction takes on the wire beside its emoji, rounded up.
const REACTION_BYTES: usize = 12;
/// What a file's card takes on the wire beside its texts and its sealed part, rounded up.
const CARD_BYTES: usize = 140;
/// What a sealed message takes on the wire beside its bytes, rounded up.
const SEALED_BYTES: usize = 120;

/// An entry as it was read, before it is known whether the page has room for it.
type Read = (EntryRow<'static>, Sound, Text<{ limits::NAME }>);

impl Reads<'_> {
    /// Returns who wrote the entry at this place, for whoever acts on what others wrote.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn author_of(&self, room: RoomId, seq: Seq) -> Result<Option<AccountId>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT author FROM entries WHERE room = ?1 AND seq = ?2")?;
        optional(statement.query_row((room.column(), seq.column()), |row| get(row, 0)))
    }

    /// Returns a page of a room's log in the order of the log, at most `limit` entries and what fits on a page.
    ///
    /// # Errors
    /// `NotAMember`; `NotFound` also for a direct room of others; `Damaged` for an entry that changed on disk.
    pub fn history(
        &self,
        room: RoomId,
        reader: AccountId,
        from: HistoryFrom,
        limit: usize,
    ) -> Result<HistoryPage, StoreError> {
        self.readable(room, reader)?;
        let limit = limit.clamp(1, limits::PAGE);
        let newest_first = "SELECT entries.room, seq, author, message_id, at_ms, kind, body, target, \
             reaction_removed, edited_by, removed_by, row_check, file, accounts.name \
             FROM entries JOIN accounts ON accounts.id = author \
             WHERE entries.room = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";
        let oldest_first = "SELECT entries.room, seq, author, message_id, at_ms, kind, body, target, \
             reaction_removed, edited_by, removed_by, row_check, file, accounts.name \
             FROM entries JOIN accounts ON accounts.id = author \
             WHERE entries.room = ?1 AND ?2 < seq ORDER BY seq LIMIT ?3";
        let (sql, place) = match from {
            HistoryFrom::Latest => (newest_first, i64::MAX),
            HistoryFrom::Before(seq) => (newest_first, seq.column()),
            HistoryFrom::After(seq) => (oldest_first, seq.column()),
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let (rows, more_rows) = read(&mut statement, (room.column(), place, one_more(limit)), limit)?;
        let (mut items, more_items) = self.fold(room, reader, rows)?;
        if !matches!(from, HistoryFrom::After(_)) {
            items.reverse();
        }
        Ok(HistoryPage { room, items: list(items), more: more_rows || more_items })
    }

    /// Returns one row as it reads at this moment, without its author's name and without reactions.
    pub(crate) fn item_of(&self, row: EntryRow<'static>) -> Result<HistoryItem, StoreError> {
        self.item(row, Text::default(), Vec::new(), &mut Hidden::new(self.conn))
    }

    /// Turns one row into what a page shows.
    pub(super) fn item(
        &self,
        row: EntryRow<'static>,
        author_name: Text<{ limits::NAME }>,
        reactions: Vec<ReactionCount>,
        hidden: &mut Hidden<'_>,
    ) -> Result<HistoryItem, StoreError> {
        let (mut row, mut reactions) = (row, reactions);
        if row.removed_by.is_none()
            && let Some(by) = hidden.by(&row)?
        {
            row.wipe(by);
            reactions.clear();
        }
        let (seq, edited_by) = (row.seq, row.edited_by);
        if edited_by != Seq::START {
            let edit = EntryRow::at(self.conn, row.room, edited_by)?;
            let edit = edit.filter(|(_, edit)| edit.kind == Kind::Edit && edit.target == seq);
            row.body = edit.ok_or_else(|| row.damage("its edit is missing"))?.1.body;
        }
        let edited_by = Some(edited_by).filter(|edit| *edit != Seq::START);
        Ok(HistoryItem { entry: row.into_entry(author_name)?, edited_by, reactions: list(reactions) })
    }

    /// Returns the reactions to entries between two places, both included, in the order they first came.
    pub(super) fn reactions(
        &self,
        room: RoomId,
        reader: AccountId,
        first: Seq,
        last: Seq,
    ) -> Result<BTreeMap<Seq, Vec<ReactionCount>>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT target, emoji, count(*), max(account = ?4), min(seq) FROM reactions \
             WHERE room = ?1 AND target BETWEEN ?2 AND ?3 GROUP BY target, emoji",
        )?;
        let at = (room.column(), first.column(), last.column(), reader.column());
        let rows = statement.query_map(at, |row| {
            let count = ReactionCount { emoji: get_text(row, 1)?, count: get(row, 2)?, mine: row.get(3)? };
            Ok((get::<Seq>(row, 0)?, get::<Seq>(row, 4)?, count))
        })?;
        let mut found: Vec<_> = rows.collect::<Result<_, _>>()?;
        found.sort_by_key(|(target, since, _)| (*target, *since));
        let mut reactions: BTreeMap<Seq, Vec<ReactionCount>> = BTreeMap::new();
        for (target, _, count) in found {
            reactions.entry(target).or_default().push(count);
        }
        Ok(reactions)
    }

    /// Folds rows into items until the page is full; also whether some did not fit.
    fn fold(
        &self,
        room: RoomId,
        reader: AccountId,
        rows: Vec<Read>,
    ) -> Result<(Vec<HistoryItem>, bool), StoreError> {
        let places = rows.iter().map(|(row, ..)| row.seq);
        let (Some(first), Some(last)) = (places.clone().min(), places.max()) else {
            return Ok((Vec::new(), false));
        };
        let mut reactions = self.reactions(room, reader, first, last)?;
        let (mut items, mut bytes) = (Vec::with_capacity(rows.len()), 0);
        let mut hidden = Hidden::new(self.conn);
        for (row, sound, author_name) in rows {
            let row = sound.pass(row)?;
            let reactions = reactions.remove(&row.seq).unwrap_or_default();
            let item = self.item(row, author_name, reactions, &mut hidden)?;
            bytes += size(&item);
            if limits::PAGE_BYTES < bytes && !items.is_empty() {
                return Ok((items, true));
            }
            items.push(item);
        }
        Ok((items, false))
    }
}

/// Reads rows up to the limit or a page of text; also whether there are more.
fn read(
    statement: &mut CachedStatement<'_>,
    parameters: impl Params,
    limit: usize,
) -> Result<(Vec<Read>, bool), StoreError> {
    let mut rows = statement.query(parameters)?;
    let (mut found, mut bytes): (Vec<Read>, usize) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if found.len() == limit || limits::PAGE_BYTES < bytes {
            return Ok((found, true));
        }
        let (entry, sound) = EntryRow::read(row, 0)?;
        bytes += ITEM_BYTES + entry.body.len() + entry.file.len();
        found.push((entry, sound, get_text(row, 13)?));
    }
    Ok((found, false))
}

/// Returns at least what the item takes on the wire.
pub(super) fn size(item: &HistoryItem) -> usize {
    use proto::message::Content;
    let body = match &item.entry.content {
        Content::Text { body, .. } | Content::Edit { body, .. } => body.len(),
        Content::Reaction { emoji, .. } => emoji.len(),
        Content::Topic { topic } => topic.len(),
        Content::File { file, caption, .. } => caption.len() + card_bytes(file),
        Content::Delete { .. } | Content::Created | Content::Removed { .. } => 0,
        Content::Sealed { message, .. } | Content::Commit { message, .. } => message.len() + SEALED_BYTES,
        Content::Evict { proposals, .. } => {
            proposals.iter().map(|proposal| proposal.len() + REACTION_BYTES).sum()
        }
    };
    let reactions: usize = item.reactions.iter().map(|reaction| reaction.emoji.len() + REACTION_BYTES).sum();
    ITEM_BYTES + item.entry.author_name.len() + body + reactions
}

fn card_bytes(file: &FileCard) -> usize {
    CARD_BYTES
        + match &file.lock {
            FileLock::Key { facts, .. } => facts.name.len() + facts.media.len(),
            FileLock::Passphrase { card, .. } => card.len(),
        }
}

/// Returns the items as a list of the wire; the callers never collect more than fits.
pub(super) fn list<T, const MAX: usize>(mut items: Vec<T>) -> List<T, MAX> {
    items.truncate(MAX);
    List::new(items).expect("it was cut to what fits")
}
