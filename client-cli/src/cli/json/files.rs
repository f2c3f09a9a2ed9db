//! Files as JSON objects: what was sent, fetched, revealed, and what is unfinished.

use std::path::Path;

use client_cli::Accepted;
use client_cli::files::{Fetched, Unfinished};
use data_encoding::HEXLOWER;
use proto::ids::Seq;
use proto::message::RoomSummary;
use serde::Serialize;

use super::{Object, hex};
use crate::cli::render::iso_time;

#[derive(Debug, Serialize)]
pub(crate) struct FileSent<'a> {
    room: &'a str,
    room_id: u64,
    seq: u64,
    message_id: String,
    at: String,
    /// Nothing when only a passphrase tells it.
    name: Option<&'a str>,
    size: u64,
    hides: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct FileFetched<'a> {
    room: &'a str,
    room_id: u64,
    seq: u64,
    path: String,
    name: &'a str,
    media: &'a str,
    size: u64,
    sha256: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct FileUnfinished<'a> {
    id: &'a str,
    room: &'a str,
    room_id: u64,
    source: String,
    size: u64,
    hides: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct FileRevealed<'a> {
    /// The hidden text; nothing when it is a file.
    pub(crate) text: Option<&'a str>,
    /// Where the hidden file was put; nothing when it is a text.
    pub(crate) path: Option<&'a str>,
    pub(crate) size: usize,
}

impl<'a> FileSent<'a> {
    pub(crate) fn of(unfinished: &'a Unfinished, accepted: &Accepted) -> Self {
        Self {
            room: bare(&unfinished.room_name),
            room_id: unfinished.room.get(),
            seq: accepted.seq.get(),
            message_id: hex(accepted.message_id),
            at: iso_time(accepted.at),
            name: unfinished.name(),
            size: unfinished.size(),
            hides: unfinished.hides,
        }
    }
}

impl<'a> FileFetched<'a> {
    pub(crate) fn of(room: &'a RoomSummary, seq: Seq, fetched: &'a Fetched) -> Self {
        Self {
            room: &room.name,
            room_id: room.room.get(),
            seq: seq.get(),
            path: shown(&fetched.path),
            name: &fetched.name,
            media: &fetched.media,
            size: fetched.size,
            sha256: HEXLOWER.encode(&fetched.sha256),
        }
    }
}

impl<'a> Object<'a> {
    pub(crate) fn unfinished(unfinished: &'a Unfinished) -> Self {
        Self::Unfinished(FileUnfinished {
            id: &unfinished.id,
            room: bare(&unfinished.room_name),
            room_id: unfinished.room.get(),
            source: shown(&unfinished.source.path),
            size: unfinished.source.size,
            hides: unfinished.hides,
        })
    }
}

/// Returns a room's name without the mark that people type in front of it.
fn bare(name: &str) -> &str {
    name.trim_start_matches(['#', '@'])
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
