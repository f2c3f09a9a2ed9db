//! The list of sealed rooms, with who has to go from any of them.

use askama::Template;
use proto::ids::{RoomId, Timestamp};
use store::{EvictionsOf, SealedRoomLine};

use super::evictions::{self, Row as Eviction};
use crate::filters;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;
use crate::view::{Mark, Pager, When, count};

#[derive(Template)]
#[template(path = "sealed.html")]
struct List {
    shell: Shell,
    rows: Vec<Room>,
    pager: Pager,
    evictions: Vec<Eviction>,
    more_evictions: bool,
}

/// A sealed room.
pub(crate) struct Room {
    pub(crate) id: u64,
    pub(crate) state: Mark,
    pub(crate) members: String,
    pub(crate) devices: String,
    pub(crate) epoch: u64,
    pub(crate) epoch_since: Option<When>,
    pub(crate) evicting: u32,
    pub(crate) evicting_since: Option<When>,
    pub(crate) unreadable: u32,
    pub(crate) made: When,
}

/// Rooms and evictions on a page.
const PAGE: usize = 50;

/// `GET /sealed`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let from = call.query.get("from").to_owned();
    let before = from.parse().ok().and_then(RoomId::new);
    let read = move |reads: &store::Reads<'_>| {
        let waiting = reads.evictions_page(EvictionsOf::Waiting, None, PAGE)?;
        Ok((reads.sealed_rooms(before, PAGE)?, waiting))
    };
    let (found, waiting) = call.read(read).await?;
    let next = kit::next(&found, |line| line.room.to_string());
    let now = call.now;
    kit::page(&List {
        shell: call.shell.clone(),
        rows: found.items.iter().map(|line| row(line, now)).collect(),
        pager: Pager::new("/sealed", &[], &from, next),
        evictions: waiting.items.iter().map(|line| evictions::row(line, now)).collect(),
        more_evictions: waiting.more,
    })
}

/// Returns a room as a page shows it.
pub(super) fn row(line: &SealedRoomLine, now: Timestamp) -> Room {
    Room {
        id: line.room.get(),
        state: match (line.live, line.evicting) {
            (false, _) => Mark::new("muted", "no group"),
            (true, 0) => Mark::new("good", "open for its members"),
            (true, _) => Mark::new("warn", "nobody writes"),
        },
        members: count(u64::from(line.members)),
        devices: count(u64::from(line.devices)),
        epoch: line.epoch.get(),
        epoch_since: When::maybe(line.epoch_since, now),
        evicting: line.evicting,
        evicting_since: When::maybe(line.evicting_since, now),
        unreadable: line.unreadable,
        made: When::new(line.created_at, now),
    }
}
