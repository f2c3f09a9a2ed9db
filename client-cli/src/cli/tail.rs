//! `chat tail`: what is said, as it is said.

use std::collections::{BTreeMap, BTreeSet};

use client_cli::{ClientEvent, Follow, RequestError, Start, find_room};
use domain::text::term_safe;
use proto::ids::{RoomId, Seq};
use proto::message::{Entry, HeldDecision, NoticeKind, RoomSummary};
use tokio::signal::unix::{SignalKind, signal};

use super::args::{Global, Tail};
use super::exit::{Exit, Failure};
use super::json::{self, Object};
use super::lists::place;
use super::online::Online;
use super::output::{self, Format, talk};
use super::render::{Stamp, entry_line, full_time, mentions, room_name};

/// Prints entries until it is told to stop.
pub(crate) async fn tail(global: &Global, format: Format, tail: Tail) -> Result<Exit, Failure> {
    let since = tail.since.map(place).transpose()?;
    let mut stream = Stream {
        online: Online::open(global, Follow::Asked, u64::MAX).await?,
        format,
        wanted: tail.room,
        since,
        last: tail.last,
        left: tail.count,
        rooms: BTreeMap::new(),
        followed: BTreeSet::new(),
        is_ready: false,
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let result = loop {
        if stream.left == Some(0) {
            break Ok(Exit::Ok);
        }
        tokio::select! {
            event = stream.online.events.next() => match event {
                Some(event) => if let Err(failure) = stream.handle(event).await { break Err(failure) },
                None => break Ok(Exit::Ok),
            },
            _ = tokio::signal::ctrl_c() => break stream.interrupted(),
            _ = terminate.recv() => break stream.interrupted(),
        }
    };
    stream.online.close().await;
    result
}

struct Stream {
    online: Online,
    format: Format,
    wanted: Vec<String>,
    since: Option<Seq>,
    last: Option<u64>,
    left: Option<u64>,
    rooms: BTreeMap<RoomId, RoomSummary>,
    followed: BTreeSet<RoomId>,
    is_ready: bool,
}

impl Stream {
    async fn handle(&mut self, event: ClientEvent) -> Result<(), Failure> {
        match &event {
            ClientEvent::Room(summary) => return self.room(summary.clone()).await,
            ClientEvent::RoomGone { room, .. } => drop(self.followed.remove(room)),
            ClientEvent::Ready => {
                self.ready()?;
                return self.print(&event);
            }
            ClientEvent::Stopped(stopped) => {
                let failure = Failure::from(stopped.clone());
                let printed = self.left.is_some() && self.is_ready;
                return Err(if printed {
                    Failure { exit: failure.exit.max(Exit::Usage), ..failure }
                } else {
                    failure
                });
            }
            _ => {}
        }
        self.print(&event)
    }

    /// Follows a room from where the person wants it; one joined later from its description on.
    async fn room(&mut self, summary: RoomSummary) -> Result<(), Failure> {
        let rooms = std::slice::from_ref(&summary);
        let is_wanted =
            self.wanted.is_empty() || self.wanted.iter().any(|name| find_room(rooms, name).is_some());
        if is_wanted && self.followed.insert(summary.room) {
            let start = match (self.since, self.last) {
                (Some(seq), _) => Start::After(seq),
                (None, Some(count)) if !self.is_ready => {
                    Start::After(Seq::new(summary.last_seq.get().saturating_sub(count)).unwrap_or(Seq::START))
                }
                (None, _) => Start::After(summary.last_seq),
            };
            self.online.client.follow(summary.room, start).await?;
        }
        self.rooms.insert(summary.room, summary);
        Ok(())
    }

    /// Finds out whether all rooms that were asked for are there.
    fn ready(&mut self) -> Result<(), Failure> {
        let rooms: Vec<_> = self.rooms.values().cloned().collect();
        for name in &self.wanted {
            if find_room(&rooms, name).is_none() {
                let error = RequestError::NoSuchRoom(name.trim_start_matches('#').to_owned());
                return Err(Failure::from(error).hint("join it: chat rooms join ROOM"));
            }
        }
        self.is_ready = true;
        Ok(())
    }

    fn print(&mut self, event: &ClientEvent) -> Result<(), Failure> {
        if let ClientEvent::Entry { entry, .. } = event {
            self.left = self.left.map(|left| left.saturating_sub(1));
            if self.format == Format::Text {
                return self.print_entry(entry);
            }
        }
        let is_about_people = matches!(
            event,
            ClientEvent::People(_)
                | ClientEvent::Read { .. }
                | ClientEvent::Missed
                | ClientEvent::Sent { .. }
        );
        match self.format {
            Format::Json if is_about_people => Ok(()),
            Format::Json => {
                let summary = json::room_of(event).and_then(|room| self.rooms.get(&room));
                let room = summary.map(|summary| summary.name.to_string()).unwrap_or_default();
                let me = self.online.client.welcome().name.to_string();
                output::json(&Object::event(event, &room, &me).line())
            }
            Format::Text => {
                if let Some(words) = state_words(event) {
                    talk(words);
                }
                Ok(())
            }
        }
    }

    fn print_entry(&self, entry: &Entry) -> Result<(), Failure> {
        let room = self.rooms.get(&entry.room).map(room_name).unwrap_or_default();
        let me = self.online.client.welcome().name.to_string();
        output::data(&entry_line(entry, Some(&room), Stamp::Full, mentions(entry, &me)))
    }

    /// A stream without an end is complete whenever it is stopped; one with a count is not.
    fn interrupted(&self) -> Result<Exit, Failure> {
        match self.left {
            None | Some(0) => Ok(Exit::Ok),
            Some(left) => {
                Err(Failure::new(Exit::Partial, "partial", format!("stopped with {left} messages to come")))
            }
        }
    }
}

fn notice_word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::NewDevice | NoticeKind::Operator => "notice",
        NoticeKind::Report => "report",
        NoticeKind::Outcome => "your report",
        NoticeKind::Announcement => "announcement",
        NoticeKind::Sanction => "moderation",
        NoticeKind::Raid => "raid level",
    }
}

/// Returns what a person should know about the connection.
pub(crate) fn state_words(event: &ClientEvent) -> Option<String> {
    match event {
        ClientEvent::Offline { why, retry_in } => {
            Some(format!("-- offline: {why}. Trying again in {:.1} s.", retry_in.as_secs_f64()))
        }
        ClientEvent::Online { restored: true, .. } => Some(
            "-- online. The server was restored from a backup: message numbers may have changed.".to_owned(),
        ),
        ClientEvent::Online { welcome, .. } => {
            Some(format!("-- online: {} on {}", &*welcome.name, &*welcome.server))
        }
        ClientEvent::Skipped { after, upto, .. } => {
            let count = upto.get().saturating_sub(after.get());
            Some(format!("-- {count} messages left out; /history or chat history --after {after} shows them"))
        }
        ClientEvent::Notice { kind, text } => Some(format!("-- {}: {text}", notice_word(*kind))),
        ClientEvent::Sealed(news) => Some(format!("-- {}", term_safe(&news.text))),
        ClientEvent::Held { why, .. } => {
            Some(format!("-- your message waits for a moderator, and nobody else sees it yet: {why}"))
        }
        ClientEvent::HeldDecided { decided, .. } => Some(match decided {
            HeldDecision::Released => "-- a moderator let your message through".to_owned(),
            HeldDecision::Rejected => "-- a moderator refused your message; nobody else saw it".to_owned(),
        }),
        ClientEvent::Postponed { wait, .. } => {
            Some(format!("-- slow mode: your message is sent by itself in {} s", wait.as_secs().max(1)))
        }
        ClientEvent::Purged { account, since, upto } => Some(format!(
            "-- a moderator removed what account {account} wrote from {} to {}",
            full_time(*since),
            full_time(*upto)
        )),
        ClientEvent::Restored { account, since, upto } => Some(format!(
            "-- what account {account} wrote from {} to {} is back",
            full_time(*since),
            full_time(*upto)
        )),
        ClientEvent::NotSent { refusal, .. } => Some(format!("-- not sent: {refusal}")),
        ClientEvent::Missed => Some("-- some news about people was missed".to_owned()),
        _ => None,
    }
}
