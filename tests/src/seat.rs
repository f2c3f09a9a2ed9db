//! Seats: accounts with a device that is logged in already, put straight into the database of a test's server.
//!
//! Stories about logging in use the real thing; everything else should not wait for password hashes.

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use domain::name::{AccountName, RoomName};
use proto::ids::{AccountId, MessageId, ReportId, RequestId, RoomId, Seq, Timestamp};
use proto::keys::StaticKey;
use proto::message::{
    Answer, ClientMessage, Command, Content, Entry, Event, HistoryFrom, ReportCategory, Role, ServerMessage,
};
use proto::text::Text;
use store::{
    AccountSecrets, Check, Factor, Login, Missing, NewAccount, NewEntry, NewReport, Options, Power, ReportOf,
    Store,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::account::unix_seconds;
use crate::law::Line;
use crate::server::Chatd;
use crate::wire::{Peer, resume};

/// The lobby's id.
pub const LOBBY: RoomId = store::LOBBY;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// An account with a known device.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The account's name.
    pub name: String,
    /// The account.
    pub account: AccountId,
    /// The device's key.
    pub key: StaticKey,
}

/// Opens the database of a test's server beside it.
///
/// # Errors
/// When it is not there.
pub fn open_store(chatd: &Chatd) -> Result<Store> {
    let options = Options { missing: Missing::Refuse, check: Check::Skip, ..Options::default() };
    Ok(Store::open_with(&chatd.database(), &options)?)
}

/// Makes one account and device per name; the server may run meanwhile.
///
/// # Errors
/// When the database refuses.
pub fn seats(chatd: &Chatd, names: &[&str]) -> Result<Vec<Seat>> {
    let store = open_store(chatd)?;
    let seats = names.iter().map(|name| seat(&store, name)).collect();
    store.close();
    seats
}

/// Makes an open room that all of these are in.
///
/// # Errors
/// When the database refuses.
pub fn room(chatd: &Chatd, name: &str, members: &[Seat]) -> Result<RoomId> {
    let store = open_store(chatd)?;
    let name = RoomName::parse(name)?;
    let ids: Vec<AccountId> = members.iter().map(|seat| seat.account).collect();
    let room = store.run_blocking(move |tx| {
        let [maker, rest @ ..] = ids.as_slice() else { return Err(store::StoreError::NotPermitted) };
        let room = tx.create_room(&name, &Text::default(), *maker, now(), message_id())?;
        for member in rest {
            tx.join(room.id, *member, now())?;
        }
        Ok(room.id)
    });
    store.close();
    Ok(room?)
}

/// Tells the moderators about somebody, as the server does for a client.
///
/// # Errors
/// When the database refuses.
pub fn report(
    chatd: &Chatd,
    reporter: &Seat,
    what: ReportOf,
    category: ReportCategory,
    note: &str,
) -> Result<ReportId> {
    let store = open_store(chatd)?;
    let new = NewReport { reporter: reporter.account, what, category, note: Text::cut(note), at: now() };
    let report = store.run_blocking(move |tx| tx.report(&new));
    store.close();
    Ok(report?)
}

/// Writes an entry straight into the database: for what no server of ours would take.
///
/// # Errors
/// When the database refuses.
pub fn put(chatd: &Chatd, author: &Seat, room: RoomId, content: Content) -> Result<()> {
    let new = NewEntry {
        room,
        author: author.account,
        message_id: message_id(),
        content,
        at: Timestamp(1_800_000_000_000),
        power: Power::Own,
    };
    let store = open_store(chatd)?;
    let put = store.run_blocking(move |tx| tx.append(&new));
    store.close();
    put.map(drop).context("putting an entry into the database")
}

/// Returns a message id that no other has.
#[must_use]
pub fn message_id() -> MessageId {
    client_cli::fresh_message_id()
}

/// Asks for an account with these words; a moderator has yet to approve it.
///
/// # Errors
/// When the database refuses.
pub fn apply(chatd: &Chatd, name: &str, words: &str) -> Result<()> {
    let store = open_store(chatd)?;
    let new = NewAccount { application: Some(Text::cut(words)), ..new_account(name)? };
    let secrets = |_| AccountSecrets { totp_sealed: Vec::new(), recovery_digests: Vec::new() };
    let made = store.run_blocking(move |tx| tx.create_account(&new, secrets));
    store.close();
    made?;
    Ok(())
}

fn seat(store: &Store, name: &str) -> Result<Seat> {
    let key = StaticKey::generate();
    let public = key.public();
    let new = new_account(name)?;
    let account = store.run_blocking(move |tx| {
        let secrets = |_| AccountSecrets { totp_sealed: Vec::new(), recovery_digests: Vec::new() };
        let account = tx.create_account(&new, secrets)?;
        tx.record_login(&Login {
            account,
            key: public,
            label: Text::cut("seat"),
            client: Text::cut("harness"),
            factor: Factor::Totp { step: unix_seconds() / 30 },
            at: now(),
            login_until: now().plus_ms(DAY_MS),
        })?;
        Ok(account)
    })?;
    Ok(Seat { name: name.to_owned(), account, key })
}

fn new_account(name: &str) -> Result<NewAccount> {
    Ok(NewAccount {
        name: AccountName::parse(name)?,
        role: Role::Member,
        // No password has this hash: the seat gets in with its device alone.
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAA".to_owned(),
        invite_digest: None,
        application: None,
        at: now(),
    })
}

pub(crate) fn now() -> Timestamp {
    Timestamp(i64::try_from(unix_seconds()).unwrap_or(i64::MAX).saturating_mul(1000))
}

impl Seat {
    /// Connects and waits until all rooms are named.
    ///
    /// # Errors
    /// When the server does not let it in.
    pub async fn enter(&self, chatd: &Chatd) -> Result<Peer> {
        self.enter_over(TcpStream::connect(chatd.address()).await.context("connecting")?, chatd).await
    }

    /// The same over a stream that is there already.
    ///
    /// # Errors
    /// When the server does not let it in.
    pub async fn enter_over(&self, socket: TcpStream, chatd: &Chatd) -> Result<Peer> {
        let mut peer = Peer::over(socket, &self.key, chatd.key()?, &resume()).await?;
        let refused = peer
            .until(|message| match message {
                ServerMessage::Event(Event::Ready) => Some(None),
                ServerMessage::Denied(refusal) => Some(Some(refusal)),
                _ => None,
            })
            .await?;
        match refused {
            None => Ok(peer),
            Some(refusal) => bail!("not let in: {refusal}"),
        }
    }
}

impl Peer {
    /// Asks and waits for the answer; what comes in between is dropped.
    ///
    /// # Errors
    /// When the server refuses or the connection ends.
    pub async fn ask(&mut self, command: Command) -> Result<Answer> {
        let request = RequestId(self.fresh_request());
        self.send(&ClientMessage { request, command }).await?;
        let answer = self
            .until(|message| match message {
                ServerMessage::Answer(to, answer) if to == request => Some(Ok(answer)),
                ServerMessage::Refused(to, refusal) if to == request => Some(Err(refusal)),
                _ => None,
            })
            .await?;
        Ok(answer?)
    }

    /// Says something and returns its place.
    ///
    /// # Errors
    /// When it is not accepted.
    pub async fn say(&mut self, room: RoomId, body: &str) -> Result<Seq> {
        let send = Command::Send { room, message_id: message_id(), body: Text::new(body)?, reply_to: None };
        match self.ask(send).await? {
            Answer::Accepted { seq, .. } => Ok(seq),
            other => bail!("another answer: {other:?}"),
        }
    }

    /// Returns what was said in a room so far, texts alone.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn texts(&mut self, room: RoomId) -> Result<Vec<String>> {
        let log = self.log(room, Seq::START).await?;
        let text = |entry: &Entry| match &entry.content {
            Content::Text { body, .. } => Some(body.to_string()),
            _ => None,
        };
        Ok(log.iter().filter_map(text).collect())
    }

    /// Reads a room's log after a place to its end.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn log(&mut self, room: RoomId, mut after: Seq) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        loop {
            let page =
                match self.ask(Command::History { room, from: HistoryFrom::After(after), limit: 200 }).await?
                {
                    Answer::History(page) => page,
                    other => bail!("another answer: {other:?}"),
                };
            let more = page.more;
            entries.extend(page.items.into_inner().into_iter().map(|item| item.entry));
            match entries.last() {
                Some(last) if more => after = last.seq,
                _ => return Ok(entries),
            }
        }
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.socket.write_all(bytes).await.context("sending")
    }

    /// Returns the frame of a message without sending it.
    ///
    /// # Errors
    /// When the message is too long.
    pub fn frame(&mut self, message: &ClientMessage) -> Result<BytesMut> {
        let mut out = BytesMut::new();
        self.transport.seal(&[proto::codec::encode(message)], &mut out)?;
        Ok(out)
    }
}

/// Returns what an entry says, for the laws; entries that are not texts say what they are.
#[must_use]
pub fn line(entry: &Entry) -> Line {
    let body = match &entry.content {
        Content::Text { body, .. } => body.to_string(),
        other => format!("{other:?}"),
    };
    Line { seq: entry.seq, message_id: entry.message_id, body }
}
