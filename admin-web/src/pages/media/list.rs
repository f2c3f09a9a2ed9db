//! The list of files in open rooms.

use askama::Template;
use proto::ids::{AccountId, RoomId, Timestamp};
use store::{FileScope, FileState, MediaFilter, MediaId, MediaRow};

use crate::filters;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;
use crate::time::bytes;
use crate::view::{Choice, Mark, Pager, When, count};

#[derive(Template)]
#[template(path = "media.html")]
struct List {
    shell: Shell,
    states: Vec<Choice>,
    /// Files of one room or one person only, in words.
    only: String,
    filtered: bool,
    total: String,
    rows: Vec<Row>,
    pager: Pager,
}

/// A file as lists show it.
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) media: String,
    pub(super) size: String,
    pub(super) room: u64,
    pub(super) room_name: String,
    pub(super) account: u64,
    pub(super) account_name: String,
    pub(super) at: When,
    pub(super) state: Mark,
}

/// Files on a page.
const PAGE: usize = 50;
const STATES: [(&str, &str); 2] = [("", "All"), ("quarantined", "Held back")];

/// `GET /media`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    let field = |name| call.query.get(name).to_owned();
    let (state, room, account, from) = (field("state"), field("room"), field("account"), field("from"));
    let (only_room, only_account) =
        (room.parse().ok().and_then(RoomId::new), account.parse().ok().and_then(AccountId::new));
    let filter = match (state.as_str(), only_room, only_account) {
        ("quarantined", ..) => MediaFilter::Quarantined,
        (_, Some(room), _) => MediaFilter::Room(room),
        (_, None, Some(account)) => MediaFilter::Account(account),
        (_, None, None) => MediaFilter::All,
    };
    let before = from.parse().ok().map(MediaId);
    let (found, usage) = call
        .read(move |reads| {
            Ok((reads.media_page(filter, before, PAGE)?, reads.file_usage(FileScope::Server)?))
        })
        .await?;
    let next = kit::next(&found, |row| row.id.0.to_string());
    let now = call.now;
    let rows: Vec<Row> = found.items.iter().map(|row| line(row, now)).collect();
    let only = match (filter, rows.first()) {
        (MediaFilter::Room(_), Some(row)) => format!("in #{}", row.room_name),
        (MediaFilter::Account(_), Some(row)) => format!("from {}", row.account_name),
        _ => String::new(),
    };
    let filters = [("state", state.as_str()), ("room", &room), ("account", &account)];
    kit::page(&List {
        shell: call.shell.clone(),
        states: Choice::menu(&STATES, &state),
        only,
        filtered: filters.iter().any(|(_, value)| !value.is_empty()),
        total: format!("{} files, {} as they lie on the disk", count(usage.files), bytes(usage.bytes)),
        rows,
        pager: Pager::new("/media", &filters, &from, next),
    })
}

/// Returns a file as lists and its own page show it.
pub(super) fn line(row: &MediaRow, now: Timestamp) -> Row {
    let name = row.name.as_deref().map(ToOwned::to_owned);
    Row {
        id: row.id.0,
        name: name.unwrap_or_else(|| "under a passphrase".to_owned()),
        media: row.media.to_string(),
        size: bytes(row.size.get()),
        room: row.room.get(),
        room_name: row.room_name.to_string(),
        account: row.account.get(),
        account_name: row.account_name.to_string(),
        at: When::new(row.at, now),
        state: state(row.state),
    }
}

fn state(state: FileState) -> Mark {
    match state {
        FileState::Free => Mark::new("good", "free"),
        FileState::Quarantined => Mark::new("warn", "held back"),
        FileState::Purged => Mark::new("bad", "purged"),
    }
}
