//! Messages that wait for a decision, and what is done when it is made.

use proto::codec;
use proto::ids::{AccountId, HeldId, Seq, Timestamp};
use proto::message::Content;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::{CarriedOut, Held, HeldRow, HeldState, NewEntry, NewHeld, Power};

/// Most messages of one author that wait.
const OF_ONE: usize = 20;
/// Most messages that wait.
const OF_ALL: usize = 10_000;
/// How long the row of a message that no longer waits is kept.
const KEPT_MS: i64 = 30 * 86_400_000;
/// Old rows that are taken away at a time.
const AT_ONCE: i64 = 20;

impl Tx<'_> {
    /// Keeps a message for a decision. The same message again is told what became of it.
    ///
    /// # Errors
    /// Those of [`Tx::append`] for an author who may not write there; `TooMany` that wait; `Conflict` when the message id
    /// was used for something else; those of a file that cannot be shown; `NotPermitted` for anything but
    /// a text, an edit or a file.
    pub fn hold(&mut self, new: &NewHeld) -> Result<Held, StoreError> {
        let (kind, body, target, file) = columns(&new.content).ok_or(StoreError::NotPermitted)?;
        if let Some(entry) = self.accepted_before(&entry_of(new))? {
            return Ok(Held::Delivered(entry));
        }
        if let Some(row) = self.reads().held_again(new.room, new.author, new.message_id)? {
            return match row.state {
                HeldState::Rejected | HeldState::Undeliverable => Ok(Held::Rejected),
                _ if row.content != new.content => Err(StoreError::Conflict),
                _ => Ok(Held::Waits(row.id)),
            };
        }
        self.room_for_held(new.author)?;
        let shown = match &new.content {
            Content::File { file, .. } => Some((self.shown_by(new.author, file)?, file)),
            _ => None,
        };
        self.forget_held(new.at)?;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO held (room, author, message_id, kind, body, target, rule, filter, at_ms, file) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
        )?;
        let row = (
            new.room.column(),
            new.author.column(),
            new.message_id.0.as_slice(),
            kind,
            body,
            target,
            &new.rule,
            or_zero(new.filter),
            new.at.column(),
            file,
        );
        let held = statement.query_row(row, |row| get(row, 0))?;
        if let Some((file, card)) = shown {
            self.keep_for_held(held, (file, card), (new.author, new.room), new.at)?;
        }
        Ok(Held::Waits(held))
    }

    /// Does what was decided about a held message: writes it to the log, once, however often this is called. Nothing for
    /// one that still waits.
    ///
    /// # Errors
    /// Those of the disk. When the author may no longer write there, the message is not delivered and that is no error.
    pub fn carry_out_held(&mut self, held: HeldId, at: Timestamp) -> Result<Option<CarriedOut>, StoreError> {
        let Some(row) = self.reads().held_message(held)? else { return Ok(None) };
        let HeldRow { room, author, message_id, .. } = row;
        let done = |entry, fresh| Ok(Some(CarriedOut { author, room, message_id, entry, fresh }));
        match row.state {
            HeldState::Waits => Ok(None),
            HeldState::Rejected => done(None, true),
            HeldState::Undeliverable => done(None, false),
            HeldState::Delivered => done(self.reads().entry_by_message_id(room, author, message_id)?, false),
            HeldState::Released => {
                let content = row.content;
                let power = Power::Own;
                match self.append(&NewEntry { room, author, message_id, content, at, power }) {
                    Ok(appended) => {
                        self.finish_held(held, HeldState::Delivered)?;
                        done(Some(appended.entry), appended.fresh)
                    }
                    Err(error) if error.is_global() => Err(error),
                    Err(_) => {
                        self.finish_held(held, HeldState::Undeliverable)?;
                        self.let_go_of_held(held)?;
                        done(None, true)
                    }
                }
            }
        }
    }

    pub(crate) fn decide_held(
        &self,
        held: HeldId,
        state: HeldState,
        by: Option<AccountId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE held SET state = ?2, decided_by = ?3, decided_at_ms = max(?4, 1) WHERE id = ?1",
            )?
            .execute((held.column(), state.column(), or_zero(by), at.column()))?;
        if state == HeldState::Rejected { self.let_go_of_held(held) } else { Ok(()) }
    }

    /// Ends the wait; the text of what is in the log is there and no longer here.
    fn finish_held(&mut self, held: HeldId, state: HeldState) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE held SET state = ?2, body = iif(?2 = 3, '', body), file = iif(?2 = 3, x'', file) WHERE id = ?1")?
            .execute((held.column(), state.column()))?;
        Ok(())
    }

    fn room_for_held(&self, author: AccountId) -> Result<(), StoreError> {
        let mine: u32 = self
            .conn
            .prepare_cached("SELECT count(*) FROM held WHERE author = ?1 AND state = 0")?
            .query_row([author.column()], |row| get(row, 0))?;
        let full = |max| Err(StoreError::TooMany { what: "messages that wait for a moderator", max });
        if OF_ONE <= mine as usize {
            return full(OF_ONE);
        }
        let all = self.reads().held_count()?;
        if u64::try_from(OF_ALL).is_ok_and(|max| max <= all) { full(OF_ALL) } else { Ok(()) }
    }

    /// Takes away the oldest rows that no longer wait, a few at a time.
    fn forget_held(&mut self, at: Timestamp) -> Result<(), StoreError> {
        let before = at.plus_ms(-KEPT_MS).column();
        for state in [HeldState::Rejected, HeldState::Delivered, HeldState::Undeliverable] {
            let gone = self
                .conn
                .prepare_cached(
                    "DELETE FROM held WHERE decided_at_ms < ?2 AND id IN \
                     (SELECT id FROM held WHERE state = ?1 AND 0 < id ORDER BY id LIMIT ?3)",
                )?
                .execute((state.column(), before, AT_ONCE))?;
            self.marks.wiped |= 0 < gone;
        }
        Ok(())
    }
}

/// Returns a held content as its columns: the kind, the text, what it answers or edits, and its file.
fn columns(content: &Content) -> Option<(i64, &str, i64, Vec<u8>)> {
    match content {
        Content::Text { body, reply_to } => {
            Some((0, body, reply_to.unwrap_or(Seq::START).column(), Vec::new()))
        }
        Content::Edit { target, body } => Some((1, body, target.column(), Vec::new())),
        Content::File { file, caption, reply_to } => {
            Some((2, caption, reply_to.unwrap_or(Seq::START).column(), codec::encode(file)))
        }
        _ => None,
    }
}

fn entry_of(new: &NewHeld) -> NewEntry {
    let NewHeld { room, author, message_id, at, .. } = *new;
    NewEntry { room, author, message_id, content: new.content.clone(), at, power: Power::Own }
}
