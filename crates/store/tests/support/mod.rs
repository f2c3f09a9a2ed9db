//! People, rooms and a database of one's own for each test.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its own part, and a helper that fails is a failed test"
)]

use std::path::PathBuf;

use domain::audit::{Action, ChainHash};
use domain::name::{AccountName, RoomName};
use proto::ids::{AccountId, MessageId, PublicKey, RoomId, Seq, Timestamp};
use proto::message::{Content, HistoryFrom, HistoryItem, Role};
use proto::text::Text;
use store::{
    AccountSecrets, Actor, Appended, AuditActor, AuditFilter, AuditSeq, Change, ChangeSeq, NewAccount,
    NewEntry, NewWebSession, Power, Staff, Store, StoreError,
};
use tempfile::TempDir;

/// A database in its own folder, gone with the test.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("chat.db")
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }
}

pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

pub(crate) fn name(text: &str) -> AccountName {
    AccountName::parse(text).unwrap()
}

pub(crate) fn room_name(text: &str) -> RoomName {
    RoomName::parse(text).unwrap()
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn key(number: u8) -> PublicKey {
    PublicKey([number; 32])
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

/// A message id that nobody else uses.
pub(crate) fn id(number: u64) -> MessageId {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    MessageId(bytes)
}

pub(crate) fn new_account(text: &str, role: Role) -> NewAccount {
    NewAccount {
        name: name(text),
        role,
        password_hash: format!("$argon2id$hash-of-{text}"),
        invite_digest: None,
        application: None,
        at: NOW,
    }
}

pub(crate) fn secrets() -> AccountSecrets {
    AccountSecrets { totp_sealed: vec![1, 2, 3], recovery_digests: vec![[1; 32], [2; 32]] }
}

pub(crate) fn person(store: &Store, text: &str) -> AccountId {
    let new = new_account(text, Role::Member);
    store.run_blocking(move |tx| tx.create_account(&new, |_| secrets())).unwrap()
}

pub(crate) fn room(store: &Store, by: AccountId, text: &str) -> RoomId {
    let name = room_name(text);
    store.run_blocking(move |tx| tx.create_room(&name, &Text::default(), by, NOW, id(0))).unwrap().id
}

pub(crate) fn say(room: RoomId, author: AccountId, number: u64, body: &str) -> NewEntry {
    entry(room, author, number, Content::Text { body: text(body), reply_to: None })
}

pub(crate) fn entry(room: RoomId, author: AccountId, number: u64, content: Content) -> NewEntry {
    NewEntry { room, author, message_id: id(number), content, at: NOW, power: Power::Own }
}

pub(crate) fn append(store: &Store, new: NewEntry) -> Result<Appended, StoreError> {
    store.run_blocking(move |tx| tx.append(&new))
}

pub(crate) fn history(store: &Store, room: RoomId, reader: AccountId) -> Vec<HistoryItem> {
    let mut items = Vec::new();
    let mut from = Seq::START;
    loop {
        let page =
            store.read_blocking(|reads| reads.history(room, reader, HistoryFrom::After(from), 200)).unwrap();
        items.extend(page.items.iter().cloned());
        let Some(last) = items.last() else { return items };
        from = last.entry.seq;
        if !page.more {
            return items;
        }
    }
}

pub(crate) fn body(item: &HistoryItem) -> String {
    match &item.entry.content {
        Content::Text { body, .. } | Content::Edit { body, .. } => body.to_string(),
        other => format!("{other:?}"),
    }
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]
pub(crate) fn last_change(store: &Store) -> ChangeSeq {
    store.read_blocking(|reads| reads.last_change()).unwrap()
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]
pub(crate) fn audit_head(store: &Store) -> (AuditSeq, ChainHash) {
    store.read_blocking(|reads| reads.audit_head()).unwrap()
}

/// Does something so many milliseconds later as staff do it in the dashboard after a fresh proof of who they are.
pub(crate) fn as_proven<T: Send + 'static>(
    store: &Store,
    by: AccountId,
    after_ms: i64,
    act: impl FnOnce(&mut Staff<'_, '_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let at = NOW.plus_ms(after_ms);
    store.run_blocking(move |tx| {
        let mut digest = [u8::try_from(tx.reads().web_sessions_of(by)?.len()).unwrap(); 32];
        digest[..8].copy_from_slice(&by.get().to_be_bytes());
        let ends_at = at.plus_ms(1_000);
        let new = NewWebSession { digest, account: by, agent: text("test"), tag: [0; 10], at, ends_at };
        let session = tx.open_web_session(&new)?;
        tx.step_up_web_session(session, ends_at)?;
        let result = act(&mut tx.staff(&Actor::on_web(by, session, None), at)?)?;
        Ok(result)
    })
}

/// How many events of this kind somebody caused.
pub(crate) fn audited(store: &Store, action: Action, by: AccountId) -> usize {
    let filter =
        AuditFilter { action: Some(action), actor: Some(AuditActor::Account(by)), ..AuditFilter::default() };
    store.read_blocking(|reads| reads.audit_page(&filter, None, 200)).unwrap().items.len()
}

pub(crate) fn changes_since(store: &Store, before: ChangeSeq) -> Vec<Change> {
    let rows = store.read_blocking(|reads| reads.changes_after(before, 1_000)).unwrap();
    rows.into_iter().map(|row| row.change).collect()
}

pub(crate) fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

/// Somebody with a role.
pub(crate) fn with_role(store: &Store, text: &str, role: Role) -> AccountId {
    let new = new_account(text, role);
    store.run_blocking(move |tx| tx.create_account(&new, |_| secrets())).unwrap()
}

/// What somebody does in the dashboard, freshly proven.
pub(crate) fn on_duty<T: Send + 'static>(
    store: &Store,
    who: AccountId,
    act: impl FnOnce(&mut Staff<'_, '_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    store.run_blocking(move |tx| {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&who.get().to_be_bytes());
        let session = match tx.reads().web_session(&digest)? {
            Some(row) if !row.revoked => row.id,
            Some(_) => return Err(StoreError::NotPermitted),
            None => {
                let (agent, ends_at) = (Text::cut("browser"), NOW.plus_ms(86_400_000));
                let session = NewWebSession { digest, account: who, agent, tag: [7; 10], at: NOW, ends_at };
                tx.open_web_session(&session)?
            }
        };
        tx.step_up_web_session(session, NOW.plus_ms(600_000))?;
        act(&mut tx.staff(&Actor::on_web(who, session, None), NOW)?)
    })
}

/// Acts in the dashboard with a login and nothing more.
pub(crate) fn on_web<T: Send + 'static>(
    store: &Store,
    who: AccountId,
    act: impl FnOnce(&mut Staff<'_, '_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    store.run_blocking(move |tx| {
        let (digest, ends_at) = ([0xfe; 32], NOW.plus_ms(1_000));
        let new = NewWebSession { digest, account: who, agent: text("test"), tag: [0; 10], at: NOW, ends_at };
        let session = tx.open_web_session(&new)?;
        act(&mut tx.staff(&Actor::on_web(who, session, None), NOW)?)
    })
}

/// What somebody does by a command in the chat, at this time.
pub(crate) fn in_chat<T: Send + 'static>(
    store: &Store,
    who: AccountId,
    at: Timestamp,
    act: impl FnOnce(&mut Staff<'_, '_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    store.run_blocking(move |tx| act(&mut tx.staff(&Actor::in_chat(who), at)?))
}

/// Where the audit log and the feed end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    audit: AuditSeq,
    feed: ChangeSeq,
}

pub(crate) fn ends(store: &Store) -> Ends {
    Ends { audit: audit_head(store).0, feed: last_change(store) }
}

/// What was written to the audit log and to the feed since.
pub(crate) fn written(store: &Store, since: Ends) -> (Vec<Action>, Vec<Change>) {
    store
        .read_blocking(|reads| {
            let events = reads.audit_after(since.audit, 100)?.into_iter().map(|row| row.event.action);
            let changes = reads.changes_after(since.feed, 100)?.into_iter().map(|row| row.change);
            Ok((events.collect(), changes.collect()))
        })
        .unwrap()
}
