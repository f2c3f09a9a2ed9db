//! Evictions as pages show them: who has to go from which sealed room, since when, and who carried it out.

use domain::role;
use proto::ids::Timestamp;
use proto::message::{EvictWhy, Role, RoomKind};
use store::{EvictionLine, EvictionRow};

use crate::pages::words;
use crate::time::span_ms;
use crate::view::{Mark, When, Who};

/// One eviction.
pub(crate) struct Row {
    pub(crate) who: Who,
    pub(crate) devices: String,
    /// The room's number, if it has a page.
    pub(crate) room: Option<u64>,
    pub(crate) place: String,
    pub(crate) why: &'static str,
    pub(crate) sanction: Option<u64>,
    pub(crate) asked: When,
    pub(crate) state: Mark,
    pub(crate) done: String,
}

/// Returns an eviction as a page shows it.
pub(crate) fn row(line: &EvictionLine, now: Timestamp) -> Row {
    let eviction = &line.row;
    Row {
        who: Who { id: eviction.account, name: line.name.to_string(), role: role::word(Role::Member) },
        devices: eviction
            .device
            .map_or_else(|| "all devices".to_owned(), |device| format!("device #{device}")),
        room: (line.room_kind == RoomKind::Sealed).then(|| eviction.room.get()),
        place: words::room(line.room_kind, eviction.room, ""),
        why: why(eviction.why),
        sanction: eviction.sanction.map(proto::ids::SanctionId::get),
        asked: When::new(eviction.asked_at, now),
        state: state(eviction),
        done: done(line),
    }
}

/// Returns how an eviction stands, in words that say who has to do something.
fn state(row: &EvictionRow) -> Mark {
    match (row.done_at, row.proposed) {
        (Some(_), _) => Mark::new("good", "done"),
        (None, Some(_)) => Mark::new("warn", "waits for a member"),
        (None, None) => Mark::new("warn", "waits for the server"),
    }
}

fn done(line: &EvictionLine) -> String {
    let Some(at) = line.row.done_at else { return String::new() };
    let took = u64::try_from(at.0.saturating_sub(line.row.asked_at.0)).unwrap_or(0);
    let after = span_ms(took);
    match (line.row.done_by, &line.done_by_name) {
        (Some((account, device)), name) => {
            let name = name.as_ref().map_or_else(|| format!("#{account}"), |name| format!("@{}", &**name));
            format!("after {after} by {name}, device #{device}, epoch {}", line.row.done_epoch)
        }
        (None, _) => format!("after {after}; nobody else was in the room"),
    }
}

const fn why(why: EvictWhy) -> &'static str {
    match why {
        EvictWhy::Banned => "banned",
        EvictWhy::RoomBanned => "banned from the room",
        EvictWhy::Kicked => "removed",
        EvictWhy::Left => "left",
        EvictWhy::DeviceRevoked => "login ended",
        EvictWhy::IdentityReplaced => "keys replaced",
    }
}
