//! Questions whose answers are lists: of people, of what was said.

use client_cli::{Client, RequestError};
use proto::ids::{RoomId, Seq};
use proto::message::HistoryFrom;

use super::{Ask, Outcome, line};
use crate::cli::conversation::preferences::Ignored;
use crate::cli::lists::found_in;
use crate::cli::render::{Stamp, item_line, person_line};

impl Ask {
    pub(super) async fn answer_reading(self, client: &Client) -> Result<Outcome, RequestError> {
        match self {
            Self::Members { room, name, only_online } => members(client, room, &name, only_online).await,
            Self::Search { words, without } => search(client, &words, &without).await,
            Self::History { room, from, limit, without } => {
                history(client, room, from, limit, &without).await
            }
            Self::Recent { room, upto, read_upto, without } => {
                recent(client, room, upto, read_upto, &without).await
            }
            Self::Ignore { room, place, name } => {
                let people = client.members(room).await?.people;
                match people.into_iter().find(|person| person.name.eq_ignore_ascii_case(&name)) {
                    Some(person) => {
                        Ok(Outcome { ignore: Some((person.account, person.name)), ..Outcome::default() })
                    }
                    None => {
                        Ok(Outcome { failed: true, ..line(format!("-- nobody called {name} is in {place}")) })
                    }
                }
            }
            sealed => sealed.answer_sealed(client).await,
        }
    }
}

async fn members(
    client: &Client,
    room: RoomId,
    name: &str,
    only_online: bool,
) -> Result<Outcome, RequestError> {
    let list = client.members(room).await?;
    let shown = list.people.iter().filter(|person| person.online || !only_online);
    let mut lines: Vec<_> = shown.map(person_line).collect();
    lines.push(format!("-- {name}: {} members, {} online", list.members, list.online));
    Ok(Outcome { lines, ..Outcome::default() })
}

async fn search(client: &Client, words: &str, without: &Ignored) -> Result<Outcome, RequestError> {
    let page = client.search(words, None, 0, SEARCH_LIMIT).await?;
    let rooms = client.rooms().await?;
    let me = client.welcome().name.to_string();
    let hits = page.hits.iter().filter(|hit| !without.hide(&hit.item.entry));
    let mut lines: Vec<_> =
        hits.map(|hit| item_line(&hit.item, Some(&found_in(&rooms, hit)), Stamp::Full, &me)).collect();
    lines.push(match (lines.is_empty(), page.next) {
        (true, _) => {
            "-- nothing found in the rooms you are in; sealed ones are searched on this device".to_owned()
        }
        (false, 0) => "-- that is all".to_owned(),
        (false, _) => "-- there is more; add a word to narrow it down".to_owned(),
    });
    Ok(Outcome { lines, ..Outcome::default() })
}

async fn history(
    client: &Client,
    room: RoomId,
    from: HistoryFrom,
    limit: u16,
    without: &Ignored,
) -> Result<Outcome, RequestError> {
    let page = client.history(room, from, limit).await?;
    let me = client.welcome().name.to_string();
    let shown = page.items.iter().filter(|item| !without.hide(&item.entry));
    let mut lines: Vec<_> = shown.map(|item| item_line(item, None, Stamp::Full, &me)).collect();
    match page.items.len() - lines.len() {
        0 => {}
        hidden => lines.push(format!("-- {hidden} of people you ignore are not shown")),
    }
    match page.items.first() {
        None => lines.push("-- nothing was said here before".to_owned()),
        Some(first) if page.more => {
            lines.push(format!("-- earlier: /history {limit} before {}", first.entry.seq));
        }
        Some(_) => lines.push("-- that is the beginning".to_owned()),
    }
    Ok(Outcome { lines, ..Outcome::default() })
}

async fn recent(
    client: &Client,
    room: RoomId,
    upto: Seq,
    read_upto: Seq,
    without: &Ignored,
) -> Result<Outcome, RequestError> {
    let page = client.history(room, HistoryFrom::Before(upto.next()), RECENT).await?;
    let me = client.welcome().name.to_string();
    let mut lines = Vec::new();
    let mut marked = false;
    for item in page.items.iter().filter(|item| !without.hide(&item.entry)) {
        if !marked && read_upto < item.entry.seq && !lines.is_empty() {
            lines.push("-- new --".to_owned());
            marked = true;
        }
        lines.push(item_line(item, None, Stamp::Full, &me));
    }
    Ok(Outcome { lines, ..Outcome::default() })
}

const RECENT: u16 = 15;
const SEARCH_LIMIT: u16 = 20;
