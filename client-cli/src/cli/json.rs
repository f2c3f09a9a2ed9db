//! The JSON schema, version 1: one object a line, each with `v` and `type`. `docs/USERGUIDE.md` documents it.
//!
//! Fields are added in later versions of the program and never change their meaning while `v` is 1.

mod event;
mod files;
mod message;
mod report;
mod sealed;

use data_encoding::HEXLOWER;
use proto::ids::MessageId;
use proto::message::{Device, Person, Role, RoomKind, RoomSummary, Welcome};
use serde::Serialize;

use super::exit::Failure;
use super::render::iso_time;

pub(crate) use event::room_of;
pub(crate) use files::{FileFetched, FileRevealed, FileSent, FileUnfinished};
use message::Message;
pub(crate) use report::ReportLine;
pub(crate) use sealed::{DeviceKeyLine, IdentityLine, InvitedLine, KeyExportLine, RoomKeysLine, SealedLine};

/// One line of output.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    v: u8,
    #[serde(flatten)]
    object: Object<'a>,
}

/// Everything that can stand on a line.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Object<'a> {
    Message(Box<Message<'a>>),
    Room(Room<'a>),
    Person(PersonLine<'a>),
    Device(DeviceLine<'a>),
    Sent {
        room: &'a str,
        room_id: u64,
        seq: u64,
        message_id: String,
        at: String,
    },
    NotSent {
        room: &'a str,
        room_id: u64,
        message_id: String,
        text: Option<&'a str>,
        code: &'static str,
        detail: &'a str,
    },
    Whoami(Whoami<'a>),
    Status(Status<'a>),
    Online {
        account: &'a str,
        server: &'a str,
        role: &'static str,
        restored: bool,
    },
    Offline {
        detail: &'a str,
        retry_in_ms: u64,
    },
    Ready,
    RoomGone {
        room: &'a str,
        room_id: u64,
        why: &'static str,
        reason: &'a str,
    },
    People(People<'a>),
    Read {
        room: &'a str,
        room_id: u64,
        upto: u64,
    },
    Notice {
        kind: &'static str,
        text: &'a str,
    },
    Held {
        room: &'a str,
        room_id: u64,
        message_id: String,
        detail: &'a str,
    },
    HeldDecided {
        room: &'a str,
        room_id: u64,
        message_id: String,
        decided: &'static str,
    },
    Postponed {
        room: &'a str,
        room_id: u64,
        message_id: String,
        code: &'static str,
        detail: &'a str,
        retry_in_ms: u64,
    },
    Purged(Span),
    Restored(Span),
    RoomPosture {
        room: &'a str,
        room_id: u64,
        slow_seconds: u32,
        locked: bool,
    },
    Sealed(SealedLine<'a>),
    Identity(IdentityLine<'a>),
    DeviceKeys(DeviceKeyLine<'a>),
    RoomKeys(RoomKeysLine<'a>),
    Invited(InvitedLine<'a>),
    KeyExport(KeyExportLine<'a>),
    Report(ReportLine<'a>),
    Reported {
        report_id: u64,
    },
    Appealed,
    Uploaded(FileSent<'a>),
    Downloaded(FileFetched<'a>),
    Unfinished(FileUnfinished<'a>),
    Revealed(FileRevealed<'a>),
    Skipped {
        room: &'a str,
        room_id: u64,
        after: u64,
        upto: u64,
    },
    Missed,
    Stopped {
        detail: String,
    },
    Answer {
        id: &'a serde_json::Value,
        ok: bool,
        #[serde(flatten)]
        result: serde_json::Value,
    },
    Error(ErrorLine<'a>),
}

#[derive(Debug, Serialize)]
pub(crate) struct Room<'a> {
    room: &'a str,
    room_id: u64,
    kind: &'static str,
    server_reads: bool,
    topic: &'a str,
    last_seq: u64,
    read_upto: u64,
    members: u32,
    joined: bool,
    slow_seconds: u32,
    locked: bool,
}

/// Somebody's words in a stretch of time, both ends included.
#[derive(Debug, Serialize)]
pub(crate) struct Span {
    account_id: u64,
    since: String,
    since_ms: i64,
    upto: String,
    upto_ms: i64,
}

#[derive(Debug, Serialize)]
pub(crate) struct PersonLine<'a> {
    name: &'a str,
    account_id: u64,
    role: &'static str,
    online: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct DeviceLine<'a> {
    device_id: u64,
    label: &'a str,
    client: &'a str,
    added: String,
    last_seen: String,
    online: bool,
    current: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct People<'a> {
    room: &'a str,
    room_id: u64,
    changed: Vec<PersonLine<'a>>,
    left_ids: Vec<u64>,
    members: u32,
    online: u32,
}

#[derive(Debug, Serialize)]
pub(crate) struct Whoami<'a> {
    pub(crate) account: &'a str,
    pub(crate) account_id: u64,
    pub(crate) role: &'static str,
    pub(crate) device_id: u64,
    pub(crate) server: &'a str,
    pub(crate) login_until: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Status<'a> {
    pub(crate) profile: &'a str,
    pub(crate) address: &'a str,
    pub(crate) server_key: &'a str,
    pub(crate) fingerprint: &'a str,
    pub(crate) account: Option<&'a str>,
    pub(crate) unsent: usize,
    pub(crate) reachable: bool,
    pub(crate) answer_ms: Option<u64>,
    pub(crate) detail: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a serde_json::Value>,
    code: &'a str,
    detail: &'a str,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

/// What a line about an entry needs to know besides the entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) room: &'a str,
    pub(crate) me: &'a str,
    /// Whether it came as it happened; nothing for entries that were asked for.
    pub(crate) live: Option<bool>,
}

impl<'a> Object<'a> {
    /// Puts the object on its line.
    pub(crate) fn line(self) -> Line<'a> {
        Line { v: VERSION, object: self }
    }

    pub(crate) fn room(room: &'a RoomSummary) -> Self {
        Self::Room(Room {
            room: &room.name,
            room_id: room.room.get(),
            kind: kind_name(room.kind),
            server_reads: !room.kind.is_sealed(),
            topic: &room.topic,
            last_seq: room.last_seq.get(),
            read_upto: room.read_upto.get(),
            members: room.members,
            joined: room.joined,
            slow_seconds: room.slow_seconds,
            locked: room.locked,
        })
    }

    pub(crate) fn person(person: &'a Person) -> Self {
        Self::Person(PersonLine::of(person))
    }

    pub(crate) fn device(device: &'a Device) -> Self {
        Self::Device(DeviceLine {
            device_id: device.device.get(),
            label: &device.label,
            client: &device.client,
            added: iso_time(device.added),
            last_seen: iso_time(device.last_seen),
            online: device.online,
            current: device.current,
        })
    }

    pub(crate) fn whoami(welcome: &'a Welcome) -> Self {
        Self::Whoami(Whoami {
            account: &welcome.name,
            account_id: welcome.account.get(),
            role: role_name(welcome.role),
            device_id: welcome.device.get(),
            server: &welcome.server,
            login_until: iso_time(welcome.login_until),
        })
    }

    pub(crate) fn failure(failure: &'a Failure, id: Option<&'a serde_json::Value>) -> Self {
        Self::Error(ErrorLine {
            id,
            code: failure.code,
            detail: &failure.message,
            exit: failure.exit as u8,
            retry_after_ms: failure.retry_after_ms,
        })
    }
}

impl<'a> PersonLine<'a> {
    fn of(person: &'a Person) -> Self {
        Self {
            name: &person.name,
            account_id: person.account.get(),
            role: role_name(person.role),
            online: person.online,
        }
    }
}

/// Returns a message id as people and programs pass it on.
pub(crate) fn hex(id: MessageId) -> String {
    HEXLOWER.encode(&id.0)
}

pub(crate) fn sent<'a>(room: &'a RoomSummary, accepted: &client_cli::Accepted) -> Object<'a> {
    Object::Sent {
        room: &room.name,
        room_id: room.room.get(),
        seq: accepted.seq.get(),
        message_id: hex(accepted.message_id),
        at: iso_time(accepted.at),
    }
}

pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Bot => "bot",
        Role::Member => "member",
        Role::Auditor => "auditor",
        Role::Moderator => "moderator",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

pub(crate) fn kind_name(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Open => "open",
        RoomKind::Direct => "direct",
        RoomKind::Sealed => "sealed",
        RoomKind::SealedDirect => "sealed_direct",
    }
}

const VERSION: u8 = 1;
