//! Events of a running client as JSON objects.

use client_cli::{ClientEvent, Stopped};
use std::time::Duration;

use proto::ids::{AccountId, Timestamp};
use proto::message::{GoneWhy, HeldDecision, NoticeKind, PeopleChange};

use super::{Object, People, PersonLine, SealedLine, Seen, Span, hex, role_name};
use crate::cli::exit::{Failure, exit_of};
use crate::cli::render::{iso_time, words_of};

impl<'a> Object<'a> {
    /// Returns what an event is as an object; `room_name` names its room and `me` the reader.
    pub(crate) fn event(event: &'a ClientEvent, room: &'a str, me: &'a str) -> Self {
        match event {
            ClientEvent::Online { welcome, restored } => Self::Online {
                account: &welcome.name,
                server: &welcome.server,
                role: role_name(welcome.role),
                restored: *restored,
            },
            ClientEvent::Offline { why, retry_in } => {
                Self::Offline { detail: why, retry_in_ms: milliseconds(*retry_in) }
            }
            ClientEvent::Room(summary) => Self::room(summary),
            ClientEvent::RoomGone { room: id, why, reason } => {
                let why = match why {
                    GoneWhy::Left => "left",
                    GoneWhy::Kicked => "kicked",
                };
                Self::RoomGone { room, room_id: id.get(), why, reason }
            }
            ClientEvent::Ready => Self::Ready,
            ClientEvent::Entry { entry, live } => Self::entry(entry, Seen { room, me, live: Some(*live) }),
            ClientEvent::Skipped { room: id, after, upto } => {
                Self::Skipped { room, room_id: id.get(), after: after.get(), upto: upto.get() }
            }
            ClientEvent::People(change) => Self::People(People::of(change, room)),
            ClientEvent::Read { room: id, upto } => Self::Read { room, room_id: id.get(), upto: upto.get() },
            ClientEvent::Notice { kind, text } => Self::Notice { kind: notice_name(*kind), text },
            ClientEvent::Sent { message_id, room: id, seq, at } => Self::Sent {
                room,
                room_id: id.get(),
                seq: seq.get(),
                message_id: hex(*message_id),
                at: iso_time(*at),
            },
            ClientEvent::NotSent { unsent, refusal } => Self::NotSent {
                room,
                room_id: unsent.room.get(),
                message_id: hex(unsent.message_id),
                text: words_of(&unsent.command),
                code: exit_of(refusal.code).1,
                detail: &refusal.detail,
            },
            ClientEvent::Held { room: id, message_id, why } => {
                Self::Held { room, room_id: id.get(), message_id: hex(*message_id), detail: why }
            }
            ClientEvent::HeldDecided { room: id, message_id, decided } => Self::HeldDecided {
                room,
                room_id: id.get(),
                message_id: hex(*message_id),
                decided: decision_name(*decided),
            },
            ClientEvent::Postponed { room: id, message_id, wait, refusal } => Self::Postponed {
                room,
                room_id: id.get(),
                message_id: hex(*message_id),
                code: exit_of(refusal.code).1,
                detail: &refusal.detail,
                retry_in_ms: milliseconds(*wait),
            },
            ClientEvent::Purged { account, since, upto } => Self::Purged(Span::of(*account, *since, *upto)),
            ClientEvent::Restored { account, since, upto } => {
                Self::Restored(Span::of(*account, *since, *upto))
            }
            ClientEvent::RoomPosture { room: id, slow_seconds, locked } => {
                Self::RoomPosture { room, room_id: id.get(), slow_seconds: *slow_seconds, locked: *locked }
            }
            ClientEvent::Sealed(news) => Self::Sealed(SealedLine::of(news, room)),
            ClientEvent::Keys(_) => Self::Sealed(SealedLine::unhandled()),
            ClientEvent::Missed => Self::Missed,
            ClientEvent::Stopped(stopped) => Self::Stopped { detail: stopped_words(stopped) },
        }
    }
}

/// Returns the room an event is about.
pub(crate) fn room_of(event: &ClientEvent) -> Option<proto::ids::RoomId> {
    match event {
        ClientEvent::Entry { entry, .. } => Some(entry.room),
        ClientEvent::RoomGone { room, .. }
        | ClientEvent::Skipped { room, .. }
        | ClientEvent::Read { room, .. }
        | ClientEvent::Held { room, .. }
        | ClientEvent::HeldDecided { room, .. }
        | ClientEvent::Postponed { room, .. }
        | ClientEvent::RoomPosture { room, .. }
        | ClientEvent::Sent { room, .. } => Some(*room),
        ClientEvent::Room(summary) => Some(summary.room),
        ClientEvent::People(change) => Some(change.room),
        ClientEvent::NotSent { unsent, .. } => Some(unsent.room),
        ClientEvent::Sealed(news) => news.room,
        ClientEvent::Online { .. }
        | ClientEvent::Offline { .. }
        | ClientEvent::Ready
        | ClientEvent::Notice { .. }
        | ClientEvent::Keys(_)
        | ClientEvent::Purged { .. }
        | ClientEvent::Restored { .. }
        | ClientEvent::Missed
        | ClientEvent::Stopped(_) => None,
    }
}

impl<'a> People<'a> {
    fn of(change: &'a PeopleChange, room: &'a str) -> Self {
        Self {
            room,
            room_id: change.room.get(),
            changed: change.changed.iter().map(PersonLine::of).collect(),
            left_ids: change.left.iter().map(|account| account.get()).collect(),
            members: change.members,
            online: change.online,
        }
    }
}

impl Span {
    fn of(account: AccountId, since: Timestamp, upto: Timestamp) -> Self {
        Self {
            account_id: account.get(),
            since: iso_time(since),
            since_ms: since.0,
            upto: iso_time(upto),
            upto_ms: upto.0,
        }
    }
}

fn notice_name(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::NewDevice => "new_device",
        NoticeKind::Operator => "operator",
        NoticeKind::Report => "report",
        NoticeKind::Outcome => "outcome",
        NoticeKind::Announcement => "announcement",
        NoticeKind::Sanction => "sanction",
        NoticeKind::Raid => "raid",
    }
}

fn decision_name(decided: HeldDecision) -> &'static str {
    match decided {
        HeldDecision::Released => "released",
        HeldDecision::Rejected => "rejected",
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn stopped_words(stopped: &Stopped) -> String {
    Failure::from(stopped.clone()).message
}
