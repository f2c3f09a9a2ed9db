//! Finding words in open rooms.

use std::collections::BTreeSet;

use proto::ids::{AccountId, RoomId};
use proto::limits;
use proto::message::{Content, RoomKind, SearchHit, SearchPage};
use rusqlite::Row;

use super::Reads;
use super::history::{list, size};
use crate::columns::{get, get_text};
use crate::entry::EntryRow;
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::tx::room_word;

/// How many matches one page looks at, those in rooms the reader is not in included. When they run out before the
/// page is full, the page ends early and says where to go on.
const CANDIDATES: usize = 5_000;
/// What a hit takes on the wire beside its item and its room's name, rounded up.
const HIT_BYTES: usize = 8;

impl Reads<'_> {
    /// Returns messages that contain every word of the query, newest first, from open rooms the reader is in.
    ///
    /// `before` is the `next` of the page before, 0 to start. A page can be empty and still name a next one.
    ///
    /// # Errors
    /// `TooMany` words; for a given room `NotAMember` or `NotFound`; `Damaged`.
    pub fn search(
        &self,
        reader: AccountId,
        query: &str,
        room: Option<RoomId>,
        before: u64,
        limit: usize,
    ) -> Result<SearchPage, StoreError> {
        let rooms = match room {
            Some(room) => BTreeSet::from([self.readable(room, reader)?.id]),
            None => self.searched_rooms(reader)?,
        };
        let Some(matching) = match_expression(query, room)? else {
            return Ok(SearchPage { hits: list(Vec::new()), next: 0 });
        };
        let limit = limit.clamp(1, limits::PAGE);
        let before = if before == 0 { i64::MAX } else { i64::try_from(before).unwrap_or(i64::MAX) };
        let mut statement = self.conn.prepare_cached(
            "SELECT entries.room, seq, author, message_id, at_ms, entries.kind, entries.body, target, \
             reaction_removed, edited_by, removed_by, row_check, file, accounts.name, rooms.name, entries.id \
             FROM entries_fts CROSS JOIN entries ON entries.id = entries_fts.rowid \
             JOIN accounts ON accounts.id = author JOIN rooms ON rooms.id = entries.room \
             WHERE entries_fts MATCH ?1 AND entries_fts.rowid < ?2 ORDER BY entries_fts.rowid DESC",
        )?;
        let mut rows = statement.query((matching, before))?;
        let mut hidden = Hidden::new(self.conn);
        let (mut hits, mut bytes, mut looked_at, mut last) = (Vec::new(), 0, 0, 0);
        while let Some(row) = rows.next()? {
            if hits.len() == limit || looked_at == CANDIDATES {
                return Ok(SearchPage { hits: list(hits), next: last });
            }
            looked_at += 1;
            if rooms.contains(&get(row, 0)?) {
                let hit = self.hit(row, reader, &mut hidden)?;
                last = get::<u64>(row, 15)?;
                // A purge hides it: the index still has it as long as it can come back.
                if matches!(hit.item.entry.content, Content::Removed { .. }) {
                    continue;
                }
                bytes += size(&hit.item) + hit.room_name.len() + HIT_BYTES;
                if limits::PAGE_BYTES < bytes && !hits.is_empty() {
                    return Ok(SearchPage { hits: list(hits), next: last });
                }
                hits.push(hit);
            }
            last = get::<u64>(row, 15)?;
        }
        Ok(SearchPage { hits: list(hits), next: 0 })
    }

    /// Returns the open rooms the reader is in.
    fn searched_rooms(&self, reader: AccountId) -> Result<BTreeSet<RoomId>, StoreError> {
        let rooms = self.rooms_of(reader)?;
        Ok(rooms.iter().filter(|room| room.kind == RoomKind::Open).map(|room| room.room).collect())
    }

    fn hit(
        &self,
        row: &Row<'_>,
        reader: AccountId,
        hidden: &mut Hidden<'_>,
    ) -> Result<SearchHit, StoreError> {
        let (entry, sound) = EntryRow::read(row, 0)?;
        let entry = sound.pass(entry)?;
        let (room, seq) = (entry.room, entry.seq);
        let reactions = self.reactions(room, reader, seq, seq)?.remove(&seq).unwrap_or_default();
        Ok(SearchHit {
            item: self.item(entry, get_text(row, 13)?, reactions, hidden)?,
            room_name: get_text(row, 14)?,
        })
    }
}

/// Returns the query as an FTS5 expression in which everything typed is quoted; `None` if it has no word at all.
fn match_expression(query: &str, room: Option<RoomId>) -> Result<Option<String>, StoreError> {
    let words = words(query);
    if limits::QUERY_TERMS < words.len() {
        return Err(StoreError::TooMany { what: "words in a search", max: limits::QUERY_TERMS });
    }
    if words.is_empty() {
        return Ok(None);
    }
    let body = format!("body : ({})", quoted(&words));
    Ok(Some(match room {
        Some(room) => format!("room : {} AND {body}", room_word(room)),
        None => body,
    }))
}

/// Returns the words of what was typed: what has a letter or a digit in it.
pub(super) fn words(typed: &str) -> Vec<&str> {
    typed
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| word.contains(char::is_alphanumeric))
        .collect()
}

/// Returns an FTS5 expression for all of these words, in which nothing is an operator.
pub(super) fn quoted(words: &[impl AsRef<str>]) -> String {
    let quoted = words.iter().map(|word| format!("\"{}\"", word.as_ref().replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LOBBY;

    #[test]
    fn what_is_typed_is_quoted_and_never_an_operator() {
        let typed = |query| match_expression(query, RoomId::new(7)).unwrap().unwrap();
        assert_eq!(typed("Ada NOT bob*"), r#"room : r7 AND body : ("Ada" AND "NOT" AND "bob*")"#);
        assert_eq!(typed(r#"a"b OR"#), r#"room : r7 AND body : ("a""b" AND "OR")"#);
    }

    #[test]
    fn a_query_without_words_asks_for_nothing() {
        assert_eq!(match_expression(" * ( \" - ", Some(LOBBY)), Ok(None));
    }

    #[test]
    fn nine_words_are_one_too_many() {
        let eight = "a b c d e f g h";
        assert!(match_expression(eight, None).is_ok_and(|expression| expression.is_some()));
        let nine = match_expression("a b c d e f g h i", None);
        assert_eq!(nine, Err(StoreError::TooMany { what: "words in a search", max: 8 }));
    }
}
