//! Sealed rooms as JSON objects: news, identities, devices, exports.

use client_cli::sealed::{DeviceKeys, DeviceState, Invited, Known, RoomKeys, Trust};
use client_cli::{KeyExport, SealedKind, SealedNews};
use data_encoding::HEXLOWER;
use proto::ids::{RoomId, Seq};
use proto::message::RoomSummary;
use serde::Serialize;

use super::kind_name;
use crate::cli::render::iso_time;

#[derive(Debug, Serialize)]
pub(crate) struct SealedLine<'a> {
    about: &'static str,
    room: &'a str,
    room_id: Option<u64>,
    seq: Option<u64>,
    text: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct IdentityLine<'a> {
    name: &'a str,
    account_id: u64,
    key: String,
    safety_number: &'a str,
    trust: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct DeviceKeyLine<'a> {
    device_id: u64,
    state: &'static str,
    code: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct RoomKeysLine<'a> {
    room: &'a str,
    room_id: u64,
    kind: &'static str,
    server_reads: bool,
    writable: bool,
    epoch: u64,
    admin: bool,
    admin_ids: Vec<u64>,
    devices: Vec<AccountDevices>,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct AccountDevices {
    account_id: u64,
    devices: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct InvitedLine<'a> {
    room: &'a str,
    room_id: u64,
    name: &'a str,
    devices: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct KeyExportLine<'a> {
    path: String,
    server: &'a str,
    account: &'a str,
    at: String,
    rooms: u64,
    messages: u64,
    people: u64,
    imported: bool,
}

impl<'a> SealedLine<'a> {
    pub(crate) fn of(news: &'a SealedNews, room: &'a str) -> Self {
        let SealedNews { kind, room: id, seq, text } = news;
        let about = about(*kind);
        Self { about, room, room_id: id.map(RoomId::get), seq: seq.map(Seq::get), text }
    }

    /// What a client says that hears of keys and keeps none.
    pub(crate) fn unhandled() -> Self {
        let text = "something about keys, which this client does not keep";
        Self { about: "trouble", room: "", room_id: None, seq: None, text }
    }
}

impl<'a> IdentityLine<'a> {
    pub(crate) fn of(known: &'a Known) -> Self {
        Self {
            name: &known.name,
            account_id: known.account.get(),
            key: HEXLOWER.encode(&known.key.0),
            safety_number: &known.safety_number,
            trust: trust_name(known.trust),
        }
    }
}

impl<'a> DeviceKeyLine<'a> {
    pub(crate) fn of(keys: &'a DeviceKeys) -> Self {
        let state = match keys.state {
            DeviceState::Certified => "approved",
            DeviceState::Asks => "asks",
            DeviceState::Without => "without",
        };
        Self { device_id: keys.device.get(), state, code: keys.code.as_deref() }
    }
}

impl<'a> RoomKeysLine<'a> {
    pub(crate) fn of(room: &'a RoomSummary, keys: &'a RoomKeys) -> Self {
        let devices = keys.devices.iter();
        Self {
            room: &room.name,
            room_id: room.room.get(),
            kind: kind_name(room.kind),
            server_reads: !room.kind.is_sealed(),
            writable: keys.writable,
            epoch: keys.epoch,
            admin: keys.admin,
            admin_ids: keys.admins.iter().map(|account| account.get()).collect(),
            devices: devices
                .map(|(account, &devices)| AccountDevices { account_id: account.get(), devices })
                .collect(),
            text: &keys.words,
        }
    }
}

impl<'a> InvitedLine<'a> {
    pub(crate) fn of(room: &'a RoomSummary, invited: &'a Invited) -> Self {
        Self { room: &room.name, room_id: room.room.get(), name: &invited.name, devices: invited.devices }
    }
}

impl<'a> KeyExportLine<'a> {
    pub(crate) fn of(path: &std::path::Path, export: &'a KeyExport, imported: bool) -> Self {
        Self {
            path: path.display().to_string(),
            server: &export.server,
            account: &export.account,
            at: iso_time(export.at),
            rooms: export.rooms,
            messages: export.messages,
            people: export.people,
            imported,
        }
    }
}

fn about(kind: SealedKind) -> &'static str {
    match kind {
        SealedKind::Ready => "ready",
        SealedKind::WaitsForApproval => "waits_for_approval",
        SealedKind::DeviceAsks => "device_asks",
        SealedKind::Joined => "joined",
        SealedKind::Members => "members",
        SealedKind::Evicting => "evicting",
        SealedKind::CannotRead => "cannot_read",
        SealedKind::Lost => "lost",
        SealedKind::KeysChanged => "keys_changed",
        SealedKind::Trouble => "trouble",
    }
}

fn trust_name(trust: Trust) -> &'static str {
    match trust {
        Trust::First => "first",
        Trust::Seen => "seen",
        Trust::Verified => "verified",
        Trust::Changed => "changed",
    }
}
