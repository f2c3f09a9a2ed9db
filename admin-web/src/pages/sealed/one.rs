//! One sealed room: its members, who has to go, whose entries devices could not read.

use askama::Template;
use proto::ids::{RoomId, Timestamp};
use store::{EvictionsOf, SanctionFilter, SealedMemberLine, UnreadableLine};

use super::evictions::{self, Row as Eviction};
use super::list::{self, Room};
use crate::filters;
use crate::pages::bans::list::{self as bans, Row as SanctionLine};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;
use crate::view::{When, Who};

#[derive(Template)]
#[template(path = "sealed_one.html")]
struct One {
    shell: Shell,
    room: Room,
    members: Vec<Member>,
    evictions: Vec<Eviction>,
    unreadable: Vec<Unreadable>,
    sanctions: Vec<SanctionLine>,
}

/// Somebody in the room.
struct Member {
    who: Who,
    devices: u32,
    since: u64,
}

/// Somebody whose entries devices could not make sense of.
struct Unreadable {
    who: Who,
    entries: u32,
    complaints: u32,
    last: When,
}

/// Evictions and measures a page shows.
const SHOWN: usize = 50;

/// `GET /sealed/ID`
pub(crate) async fn page(call: Call, id: RoomId) -> Result<Reply, Refusal> {
    let found = call
        .read(move |reads| {
            let Some(room) = reads.sealed_room(id)? else { return Ok(None) };
            let filter = SanctionFilter { room: Some(id), ..SanctionFilter::default() };
            Ok(Some((
                room,
                reads.sealed_members(id)?,
                reads.evictions_page(EvictionsOf::Room(id), None, SHOWN)?.items,
                reads.unreadable(id)?,
                reads.sanctions(&filter, None, SHOWN)?.items,
            )))
        })
        .await?;
    // A sealed room of two is not even there for those who are not in it.
    let Some((room, members, waiting, unreadable, sanctions)) = found else { return Err(Refusal::NotFound) };
    let now = call.now;
    kit::page(&One {
        shell: call.shell.clone(),
        room: list::row(&room, now),
        members: members.iter().map(member).collect(),
        evictions: waiting.iter().map(|line| evictions::row(line, now)).collect(),
        unreadable: unreadable.iter().map(|line| unread(line, now)).collect(),
        sanctions: sanctions.iter().map(|line| bans::row(line, now)).collect(),
    })
}

fn member(line: &SealedMemberLine) -> Member {
    Member {
        who: Who::new(line.account, &line.name, line.role),
        devices: line.devices,
        since: line.since.get(),
    }
}

fn unread(line: &UnreadableLine, now: Timestamp) -> Unreadable {
    Unreadable {
        who: Who::new(line.sender, &line.sender_name, line.sender_role),
        entries: line.entries,
        complaints: line.complaints,
        last: When::new(line.last_at, now),
    }
}
