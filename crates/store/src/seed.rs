//! A large installation, made up: for measuring pages and lookups, never for real data.
//!
//! Rows are as this program would have written them: names have their skeletons, texts their check values and their
//! place in the index, audit events their chain. Everything follows from the numbers of rows, nothing is drawn.

use std::borrow::Cow;
use std::fmt;

use domain::audit::{Action, AuditEvent, Target as About};
use domain::cidr::Cidr;
use domain::name::AccountName;
use domain::sanction::{Kind as Measure, Scope as Where, Target};
use proto::ids::{AccountId, MessageId, RoomId, Seq, Timestamp};
use proto::text::Text;

use crate::columns::Column;
use crate::entry::{EntryRow, Kind};
use crate::error::StoreError;
use crate::rows::NewSanction;
use crate::store::Store;
use crate::tx::{Tx, room_word};

/// How many rows of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Accounts; every hundredth came by the same invite.
    pub accounts: u64,
    /// Rooms beside the lobby.
    pub rooms: u64,
    /// Messages, spread over the rooms.
    pub messages: u64,
    /// Bans, mutes and network bans; two thirds stand.
    pub sanctions: u64,
    /// Reports; one in twenty is open.
    pub reports: u64,
}

/// What an installation with a million people has.
pub const FULL: Scale =
    Scale { accounts: 1_000_000, rooms: 2_000, messages: 10_000_000, sanctions: 100_000, reports: 50_000 };
/// A tenth of [`FULL`].
pub const TENTH: Scale =
    Scale { accounts: 100_000, rooms: 500, messages: 1_000_000, sanctions: 10_000, reports: 5_000 };
/// Enough for every list to have a second page.
pub const SMALL: Scale = Scale { accounts: 1_000, rooms: 60, messages: 5_000, sanctions: 600, reports: 300 };

/// Rows of one transaction.
const AT_ONCE: u64 = 20_000;
/// Between two messages.
const STEP_MS: i64 = 60;

impl fmt::Display for Scale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, rooms, messages, sanctions, reports } = self;
        write!(
            formatter,
            "{accounts} accounts, {rooms} rooms, {messages} messages, {sanctions} measures, {reports} reports"
        )
    }
}

/// Fills a database that has only its owner; `now` is the newest row's time.
///
/// # Errors
/// Those of the disk, and `Conflict` when it has more than its owner.
pub fn fill(store: &Store, scale: Scale, now: Timestamp) -> Result<(), StoreError> {
    let first = store.run_blocking(|tx| {
        let (accounts, newest): (i64, i64) =
            tx.conn.query_row("SELECT count(*), coalesce(max(id), 0) FROM accounts", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        if 1 < accounts { Err(StoreError::Conflict) } else { Ok(newest + 1) }
    })?;
    let seed = Seed { scale, now, first };
    in_chunks(store, scale.accounts, move |tx, number| seed.account(tx, number))?;
    in_chunks(store, scale.rooms, move |tx, number| seed.room(tx, number))?;
    in_chunks(store, scale.messages, move |tx, number| seed.message(tx, number))?;
    in_chunks(store, scale.sanctions, move |tx, number| seed.sanction(tx, number))?;
    in_chunks(store, scale.reports, move |tx, number| seed.report(tx, number))?;
    store.run_blocking(|tx| {
        tx.conn.execute_batch(
            "UPDATE rooms SET members = (SELECT count(*) FROM accounts) WHERE id = 1; ANALYZE",
        )?;
        Ok(())
    })
}

fn in_chunks(
    store: &Store,
    count: u64,
    row: impl Fn(&mut Tx<'_>, u64) -> Result<(), StoreError> + Send + Copy + 'static,
) -> Result<(), StoreError> {
    for start in (0..count).step_by(usize::try_from(AT_ONCE).unwrap_or(usize::MAX)) {
        let end = count.min(start + AT_ONCE);
        store.run_blocking(move |tx| (start..end).try_for_each(|number| row(tx, number)))?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
struct Seed {
    scale: Scale,
    now: Timestamp,
    /// The first account's id.
    first: i64,
}

impl Seed {
    fn account(self, tx: &mut Tx<'_>, number: u64) -> Result<(), StoreError> {
        let name = AccountName::parse(&name(number)).map_err(|_| StoreError::NameTaken)?;
        let role = match number % 10_000 {
            7 => 3,
            9 => 2,
            _ => 1,
        };
        // The newest accounts wait for approval, some.
        let state =
            i64::from(self.scale.accounts - self.scale.accounts / 100 < number && number.is_multiple_of(3));
        let at = self.now.0 - to_i64(self.scale.accounts - number) * 1_000;
        tx.conn
            .prepare_cached(
                "INSERT INTO accounts (id, name, skeleton, role, password_hash, created_at_ms, state, application) \
                 VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, ?7)",
            )?
            .execute((
                self.first + to_i64(number),
                name.as_str(),
                name.skeleton(),
                role,
                at,
                state,
                if state == 1 { "A friend told me about this place" } else { "" },
            ))?;
        if number.is_multiple_of(2) {
            tx.conn
                .prepare_cached(
                    "INSERT INTO devices (account, public_key, label, client, added_at_ms, seen_at_ms, login_until_ms) \
                     VALUES (?1, ?2, 'laptop', 'chat', ?3, ?3, ?3)",
                )?
                .execute((self.first + to_i64(number), key(number).as_slice(), at))?;
        }
        tx.conn
            .prepare_cached(
                "INSERT INTO account_networks (account, tag, sealed, first_at_ms, last_at_ms) VALUES (?1, ?2, x'', ?3, ?3)",
            )?
            .execute((self.first + to_i64(number), &key(number / 3)[..10], at))?;
        Ok(())
    }

    fn room(self, tx: &mut Tx<'_>, number: u64) -> Result<(), StoreError> {
        let name = format!("room {}", name(number)).replace(' ', "-");
        tx.conn
            .prepare_cached(
                "INSERT INTO rooms (id, kind, name, skeleton, topic, created_by, created_at_ms, members) \
                 VALUES (?1, 0, ?2, ?2, 'Talk about everything', ?3, ?4, 0)",
            )?
            .execute((to_i64(number) + 2, name, self.first, self.now.0))?;
        Ok(())
    }

    fn message(self, tx: &mut Tx<'_>, number: u64) -> Result<(), StoreError> {
        let damage = || StoreError::Damaged { what: "an id of the made-up data".to_owned() };
        let room = RoomId::new(number % (self.scale.rooms + 1) + 1).ok_or_else(damage)?;
        let author = self.someone(number.wrapping_mul(7_919)).ok_or_else(damage)?;
        let mut message_id = [0; 16];
        message_id[..8].copy_from_slice(&number.to_be_bytes());
        let row = EntryRow {
            room,
            seq: Seq::new(number / (self.scale.rooms + 1) + 1).ok_or_else(damage)?,
            author,
            message_id: MessageId(message_id),
            at: Timestamp(self.now.0 - to_i64(self.scale.messages - number) * STEP_MS),
            kind: Kind::Text,
            body: Cow::Owned(text(number)),
            target: Seq::START,
            reaction_removed: false,
            edited_by: Seq::START,
            removed_by: None,
            file: Cow::Borrowed(&[]),
        };
        tx.seed_entry(&row)
    }

    fn sanction(self, tx: &mut Tx<'_>, number: u64) -> Result<(), StoreError> {
        let damage = || StoreError::Damaged { what: "an id of the made-up data".to_owned() };
        let at = Timestamp(self.now.0 - to_i64(self.scale.sanctions - number) * 30_000);
        let account = self.someone(number * 9).ok_or_else(damage)?;
        let (target, kind) = match number % 4 {
            0 => (Target::Account(account), Measure::Ban),
            1 => (Target::Account(account), Measure::Mute),
            _ => (Target::Network(network(number).ok_or_else(damage)?), Measure::Ban),
        };
        let until = (!number.is_multiple_of(3)).then(|| at.plus_ms(365 * 86_400_000));
        let new = NewSanction {
            target,
            kind,
            scope: Where::Server,
            reason: Text::cut(["Flooding", "Harassment", "A flood from one house"][(number % 3) as usize]),
            note: Text::cut("Seen by two of the team"),
            until: if number % 3 == 1 { Some(at.plus_ms(60_000)) } else { until },
            report: None,
            appealable: true,
        };
        let by = AccountId::new(self.first.unsigned_abs() - 1);
        let id = tx.insert_sanction(&new, None, by, at)?;
        let detail = new.reason.to_string();
        let about = match target {
            Target::Account(account) => About::Sanction(id, account),
            _ => About::Network(id),
        };
        tx.audit(&AuditEvent {
            at,
            actor: by,
            action: Action::Banned,
            target: about,
            detail: Text::cut(&detail),
        })?;
        Ok(())
    }

    fn report(self, tx: &mut Tx<'_>, number: u64) -> Result<(), StoreError> {
        let at = self.now.0 - to_i64(self.scale.reports - number) * 10_000;
        let state = if number.is_multiple_of(20) { 0 } else { 2 + number % 2 };
        tx.conn
            .prepare_cached(
                "INSERT INTO reports (reporter, account, kind, category, note, state, priority, at_ms, changed_at_ms, \
                 outcome, closed_by, closed_at_ms) VALUES (?1, ?2, 1, ?3, 'Again and again', ?4, ?5, ?6, ?6, '', ?7, ?8)",
            )?
            .execute((
                self.first + to_i64(number),
                self.first + to_i64(number + 1),
                to_i64(number % 6),
                to_i64(state),
                to_i64(number % 90),
                at,
                if state == 0 { 0 } else { self.first - 1 },
                if state == 0 { 0 } else { at },
            ))?;
        Ok(())
    }

    /// Returns one of the accounts.
    fn someone(self, number: u64) -> Option<AccountId> {
        AccountId::new(self.first.unsigned_abs() + number % self.scale.accounts)
    }
}

impl Tx<'_> {
    fn seed_entry(&self, row: &EntryRow<'_>) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO entries (room, seq, author, message_id, at_ms, kind, body, row_check) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                row.room.column(),
                row.seq.column(),
                row.author.column(),
                row.message_id.0.as_slice(),
                row.at.column(),
                row.kind.column(),
                &*row.body,
                row.check(),
            ))?;
        let id = self.conn.last_insert_rowid();
        self.conn
            .prepare_cached("INSERT INTO entries_fts (rowid, room, body) VALUES (?1, ?2, ?3)")?
            .execute((id, room_word(row.room), &*row.body))?;
        Ok(())
    }
}

/// Returns a name of four syllables; no two numbers have the same, and they come in no order.
fn name(number: u64) -> String {
    const FIRST: &[u8; 20] = b"bcdfghjklmnprstvwxyz";
    const SECOND: &[u8; 5] = b"aeiou";
    // Odd and not divisible by 5, so that every number below 100 million has another product.
    let mut left = (number * 38_462_143 + 12_345) % 100_000_000;
    let mut name = String::with_capacity(8);
    for _ in 0..4 {
        let syllable = usize::try_from(left % 100).unwrap_or_default();
        name.push(char::from(FIRST[syllable / 5]));
        name.push(char::from(SECOND[syllable % 5]));
        left /= 100;
    }
    name
}

/// Returns a text of 8 to 15 words.
fn text(number: u64) -> String {
    const WORDS: [&str; 32] = [
        "and", "the", "we", "meet", "later", "today", "coffee", "release", "server", "who", "has", "seen",
        "my", "keys", "train", "is", "late", "again", "good", "morning", "notes", "are", "up", "thanks",
        "lunch", "at", "twelve", "fine", "weather", "green", "garden", "music",
    ];
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::new();
    for _ in 0..8 + number % 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text += WORDS[usize::try_from(state % 32).unwrap_or_default()];
        text.push(' ');
    }
    text + &name(number % 100_000_000)
}

/// Returns a network that no other number below a million has.
fn network(number: u64) -> Option<Cidr> {
    let [.., a, b, c] = number.to_be_bytes();
    let base = if number % 8 == 2 {
        format!("2001:db8:{:x}:{:x}::/64", u16::from(a), u16::from_be_bytes([b, c]))
    } else {
        format!("{}.{b}.{c}.0/24", 11 + a % 100)
    };
    Cidr::parse(&base).ok()
}

/// Returns bytes that no other number has.
fn key(number: u64) -> [u8; 32] {
    let mut key = [0xa5; 32];
    key[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    key
}

fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_networks_and_keys_are_each_their_own() {
        let count = 100_000;
        assert_eq!((0..count).map(name).collect::<BTreeSet<_>>().len(), 100_000);
        assert_eq!((0..count).filter_map(network).collect::<BTreeSet<_>>().len(), 100_000);
        assert_eq!((0..count).map(key).collect::<BTreeSet<_>>().len(), 100_000);
    }
}
