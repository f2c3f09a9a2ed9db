//! `chat rooms`, `members`, `history`, `search`: questions with lists for answers.

use std::collections::BTreeMap;

use client_cli::Client;
use client_cli::sealed::Invited;
use proto::ids::{RoomId, Seq};
use proto::limits;
use proto::message::{HistoryFrom, HistoryItem, RoomSummary, SearchHit};

use super::args::{Global, History, Members, RoomAct, Rooms, Search};
use super::exit::{Exit, Failure};
use super::json::{InvitedLine, Object, RoomKeysLine, Seen};
use super::online::{self, Online};
use super::output::{self, Format, talk};
use super::render::{Stamp, item_line, person_line, room_line, room_name, typed_name};

/// Lists rooms, or joins, leaves and makes one.
pub(crate) async fn rooms(global: &Global, format: Format, rooms: Rooms) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    let client = &online.client;
    match rooms.act {
        None => {
            let list = if rooms.all { client.open_rooms().await? } else { client.rooms().await? };
            for room in &list {
                print_room(room, format)?;
            }
            talk("Next:  chat tail --room ROOM    or  chat rooms join ROOM");
        }
        Some(RoomAct::Join { room }) => {
            let room = client.join(&room).await?;
            print_room(&room, format)?;
            talk(format_args!("Next:  chat send --room {} hello", typed_name(&room)));
        }
        Some(RoomAct::Create { room, topic, sealed: false }) => {
            let room = client.create_room(&room, &topic).await?;
            print_room(&room, format)?;
            talk(format_args!("Next:  chat send --room {} hello", typed_name(&room)));
        }
        Some(RoomAct::Create { room, topic, sealed: true }) => {
            let room = client.create_sealed(&room, &topic).await?;
            print_room(&room, format)?;
            talk(format_args!("Next:  chat room invite {} NAME", typed_name(&room)));
        }
        Some(RoomAct::Invite { room, names }) => {
            let room = online::room(client, &room).await?;
            for name in &names {
                invite(client, &room, name, format).await?;
            }
        }
        Some(RoomAct::Remove { room, name }) => {
            let room = online::room(client, &room).await?;
            client.put_out(room.room, &name).await?;
            talk(format_args!("{name} reads nothing that is said in {} after this.", room_name(&room)));
        }
        Some(RoomAct::Keys { room }) => {
            let room = online::room(client, &room).await?;
            let keys = client.room_keys(room.room).await?;
            match format {
                Format::Json => output::json(&Object::RoomKeys(RoomKeysLine::of(&room, &keys)).line())?,
                Format::Text => output::data(&format!("{}: {}", room_name(&room), keys.words))?,
            }
        }
        Some(RoomAct::Leave { room }) => {
            let room = online::room(client, &room).await?;
            client.leave(room.room).await?;
            talk(format_args!("You left {}.", room_name(&room)));
        }
    }
    online.close().await;
    Ok(Exit::Ok)
}

/// Lists who is in a room.
pub(crate) async fn members(global: &Global, format: Format, members: Members) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    let room = online::room(&online.client, &members.room).await?;
    let list = online.client.members(room.room).await?;
    for person in &list.people {
        match format {
            Format::Json => output::json(&Object::person(person).line())?,
            Format::Text => output::data(&person_line(person))?,
        }
    }
    talk(format_args!("{}: {} members, {} online", room_name(&room), list.members, list.online));
    online.close().await;
    Ok(Exit::Ok)
}

/// Prints a piece of a room's log, in its order.
pub(crate) async fn history(global: &Global, format: Format, history: History) -> Result<Exit, Failure> {
    let from = match (history.before, history.after) {
        (Some(seq), _) => HistoryFrom::Before(place(seq)?),
        (None, Some(seq)) => HistoryFrom::After(place(seq)?),
        (None, None) => HistoryFrom::Latest,
    };
    let online = Online::ask(global).await?;
    let room = online::room(&online.client, &history.room).await?;
    let items = read(&online.client, room.room, from, history.limit).await?;
    let me = online.client.welcome().name.to_string();
    for item in &items {
        print_item(item, None, &room.name, &me, format)?;
    }
    if let Some(first) = items.first()
        && format == Format::Text
        && Seq::START.next() < first.entry.seq
    {
        talk(format_args!(
            "Earlier:  chat history --room {} --before {}",
            typed_name(&room),
            first.entry.seq
        ));
    }
    online.close().await;
    Ok(Exit::Ok)
}

/// Prints what matches, newest first.
pub(crate) async fn search(global: &Global, format: Format, search: Search) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    let client = &online.client;
    let room = match &search.room {
        Some(room) => Some(online::room(client, room).await?.room),
        None => None,
    };
    let me = client.welcome().name.to_string();
    let query = search.words.join(" ");
    let rooms = client.rooms().await?;
    let (mut before, mut left) = (0, search.limit);
    let mut found = 0;
    while 0 < left {
        let page = client.search(&query, room, before, page_size(left)).await?;
        for hit in page.hits.iter() {
            print_item(&hit.item, Some(&found_in(&rooms, hit)), &hit.room_name, &me, format)?;
        }
        let count = u64::try_from(page.hits.len()).unwrap_or(u64::MAX);
        (found, left) = (found + count, left.saturating_sub(count));
        if page.next == 0 || count == 0 {
            break;
        }
        before = page.next;
    }
    if found == 0 {
        talk(
            "Nothing found in the rooms you are in. Sealed rooms are searched on this device, in what it has read.",
        );
    }
    online.close().await;
    Ok(Exit::Ok)
}

/// Reads as many entries as wanted, in the order of the log.
async fn read(
    client: &Client,
    room: RoomId,
    mut from: HistoryFrom,
    limit: u64,
) -> Result<Vec<HistoryItem>, Failure> {
    let mut items: BTreeMap<Seq, HistoryItem> = BTreeMap::new();
    let mut left = limit;
    while 0 < left {
        let page = client.history(room, from, page_size(left)).await?;
        let known = items.len();
        items.extend(page.items.into_inner().into_iter().map(|item| (item.entry.seq, item)));
        let fresh = u64::try_from(items.len() - known).unwrap_or(u64::MAX);
        left = left.saturating_sub(fresh);
        if !page.more || fresh == 0 {
            break;
        }
        from = match from {
            HistoryFrom::After(_) => {
                HistoryFrom::After(items.keys().next_back().copied().unwrap_or(Seq::START))
            }
            HistoryFrom::Latest | HistoryFrom::Before(_) => {
                HistoryFrom::Before(items.keys().next().copied().unwrap_or(Seq::START))
            }
        };
    }
    Ok(items.into_values().collect())
}

async fn invite(client: &Client, room: &RoomSummary, name: &str, format: Format) -> Result<(), Failure> {
    let invited = client.invite(room.room, name).await?;
    match format {
        Format::Json => output::json(&Object::Invited(InvitedLine::of(room, &invited)).line()),
        Format::Text => {
            talk(invited_words(&invited, &room_name(room)));
            Ok(())
        }
    }
}

/// Returns the room of a hit with the mark that says whether it is sealed.
pub(crate) fn found_in(rooms: &[RoomSummary], hit: &SearchHit) -> String {
    let known = rooms.iter().find(|room| room.room == hit.item.entry.room);
    known.map_or_else(|| format!("#{}", &*hit.room_name), room_name)
}

/// Returns what came of letting somebody in.
pub(crate) fn invited_words(invited: &Invited, room: &str) -> String {
    let name = domain::text::term_safe(&invited.name);
    match invited.devices {
        0 => format!("{name} is in {room} already, with every device that can be."),
        1 => format!("{name} is in {room}, with one device. What was said before stays closed to them."),
        count => {
            format!("{name} is in {room}, with {count} devices. What was said before stays closed to them.")
        }
    }
}

fn print_room(room: &RoomSummary, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => output::json(&Object::room(room).line()),
        Format::Text => output::data(&room_line(room)),
    }
}

fn print_item(
    item: &HistoryItem,
    shown_room: Option<&str>,
    room: &str,
    me: &str,
    format: Format,
) -> Result<(), Failure> {
    match format {
        Format::Json => output::json(&Object::item(item, Seen { room, me, live: None }).line()),
        Format::Text => output::data(&item_line(item, shown_room, Stamp::Full, me)),
    }
}

pub(crate) fn place(number: u64) -> Result<Seq, Failure> {
    Seq::new(number).ok_or_else(|| Failure::usage("there is no message with that number"))
}

fn page_size(left: u64) -> u16 {
    let most = u64::try_from(limits::PAGE).unwrap_or(u64::MAX);
    u16::try_from(left.min(most)).expect("a page is at most 200 entries")
}
