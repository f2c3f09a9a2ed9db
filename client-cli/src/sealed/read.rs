//! Reading what this device has: pages of a room's history, words in it, and the stream from a place on.

use std::time::Duration;

use proto::ids::{RoomId, Seq};
use proto::limits;
use proto::message::{
    Answer, Command, Content, Entry, HistoryFrom, HistoryItem, HistoryPage, SearchHit, SearchPage,
};
use proto::text::{List, Text};
use sealed::member::{Line, LineWalk};

use super::engine::Engine;
use super::search::Sought;
use super::view::{Later, entry_of, without_repeats, words_of};
use crate::error::RequestError;
use crate::event::{ClientEvent, SealedNews, Start};

impl Engine {
    /// Hands on a room's entries from this place on: what the vault has now, the rest as it comes.
    pub(super) fn follow(&mut self, room: RoomId, start: Start) {
        let Some(known) = self.rooms.get_mut(&room) else { return };
        let place = known.place_of(start);
        known.given = Some(place);
        let mut after = place;
        loop {
            let lines = self.member.lines(room, LineWalk::Up { after }, LINES).unwrap_or_default();
            let Some(last) = lines.last().map(|line| line.seq) else { return };
            for line in &without_repeats(lines) {
                self.hand_over(room, line);
            }
            after = last;
        }
    }

    /// Returns a page of a room's history as this device has it.
    pub(super) async fn history(
        &mut self,
        room: RoomId,
        from: HistoryFrom,
        limit: u16,
    ) -> Result<HistoryPage, RequestError> {
        self.read_up(room).await?;
        let limit = usize::from(limit).clamp(1, limits::PAGE);
        let (mut lines, more) = match from {
            HistoryFrom::After(seq) => self.shown_up(room, seq, limit)?,
            HistoryFrom::Before(seq) => self.shown_down(room, Some(seq), limit)?,
            HistoryFrom::Latest => self.shown_down(room, None, limit)?,
        };
        lines.sort_by_key(|line| line.seq);
        let lines = without_repeats(lines);
        let later = match lines.first() {
            Some(first) => self.later(room, first.seq)?,
            None => Later::default(),
        };
        let me = self.me();
        let items = lines.iter().filter_map(|line| Some(later.item(self.entry_of(room, line)?, me)));
        let (items, cut) = fitting(items.collect(), matches!(from, HistoryFrom::After(_)));
        Ok(HistoryPage { room, items: List::new(items)?, more: more || cut })
    }

    /// Finds words in what this device has read of a sealed room, or of all of them together with the server's answer
    /// for open rooms.
    pub(super) async fn search(
        &mut self,
        query: String,
        room: Option<RoomId>,
        before: u64,
        limit: u16,
    ) -> Result<SearchPage, RequestError> {
        let limit = usize::from(limit).clamp(1, limits::PAGE);
        if let Some(room) = room.filter(|room| self.rooms.contains_key(room)) {
            self.read_up(room).await?;
            let place = Seq::new(before).filter(|place| *place != Seq::START);
            let (hits, next) = self.hits(room, &query, place, limit)?;
            let next = next.map_or(0, Seq::get);
            return Ok(SearchPage { hits: List::new(hits)?, next });
        }
        let asked = Command::Search {
            query: Text::new(query.clone())?,
            room,
            before,
            limit: u16::try_from(limit).unwrap_or(u16::MAX),
        };
        let Answer::Found(page) = self.ask(asked).await? else { return Err(RequestError::Unexpected) };
        // What this device has comes with the first page: the server counts its own pages.
        if room.is_some() || before != 0 {
            return Ok(page);
        }
        let mut hits = Vec::new();
        let rooms: Vec<_> = self.rooms.keys().copied().collect();
        for room in rooms {
            hits.extend(self.hits(room, &query, None, limit)?.0);
        }
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.item.entry.at));
        hits.truncate(limit);
        let theirs = page.hits.into_inner();
        hits.truncate(limits::PAGE.saturating_sub(theirs.len()));
        hits.extend(theirs);
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.item.entry.at));
        Ok(SearchPage { hits: List::new(hits)?, next: page.next })
    }

    /// Waits until this device has read what is known to be there; what does not come in time is left out.
    pub(super) async fn read_up(&mut self, room: RoomId) -> Result<(), RequestError> {
        self.sealed_room(room)?;
        if self.is_in(room) && self.online {
            self.until(READ_UP, |engine| engine.is_read_up(room)).await;
        }
        Ok(())
    }

    fn hits(
        &self,
        room: RoomId,
        query: &str,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<(Vec<SearchHit>, Option<Seq>), RequestError> {
        let Some(sought) = Sought::new(query) else { return Ok((Vec::new(), None)) };
        let (mut hits, mut before) = (Vec::new(), before);
        loop {
            let lines = self.lines(room, LineWalk::Down { before })?;
            let Some(last) = lines.last().map(|line| line.seq) else { return Ok((hits, None)) };
            for line in &lines {
                let is_found = words_of(line).is_some_and(|words| sought.is_in(words));
                let Some(entry) = is_found.then(|| self.entry_of(room, line)).flatten() else { continue };
                let item = HistoryItem { entry, edited_by: None, reactions: List::default() };
                let room_name = self.summary(room).map(|summary| summary.name).unwrap_or_default();
                hits.push(SearchHit { item, room_name });
                if hits.len() == limit {
                    return Ok((hits, Some(line.seq)));
                }
            }
            before = Some(last);
        }
    }

    /// The next lines that a list shows, upwards; and whether there are more.
    fn shown_up(&self, room: RoomId, after: Seq, limit: usize) -> Result<(Vec<Line>, bool), RequestError> {
        self.shown(room, limit, LineWalk::Up { after }, |seq| LineWalk::Up { after: seq })
    }

    fn shown_down(
        &self,
        room: RoomId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<(Vec<Line>, bool), RequestError> {
        self.shown(room, limit, LineWalk::Down { before }, |seq| LineWalk::Down { before: Some(seq) })
    }

    fn shown(
        &self,
        room: RoomId,
        limit: usize,
        mut walk: LineWalk,
        on: impl Fn(Seq) -> LineWalk,
    ) -> Result<(Vec<Line>, bool), RequestError> {
        let mut found = Vec::new();
        loop {
            let lines = self.lines(room, walk)?;
            let Some(last) = lines.last().map(|line| line.seq) else { return Ok((found, false)) };
            for line in lines {
                if self.entry_of(room, &line).is_none() {
                    continue;
                }
                if found.len() == limit {
                    return Ok((found, true));
                }
                found.push(line);
            }
            walk = on(last);
        }
    }

    /// What lines after this place, it included, made of others. Very late changes of very old messages are left out.
    fn later(&self, room: RoomId, first: Seq) -> Result<Later, RequestError> {
        let mut later = Later::default();
        let mut after = Seq::new(first.get().saturating_sub(1)).unwrap_or(Seq::START);
        for _ in 0..LATER_PAGES {
            let lines = self.lines(room, LineWalk::Up { after })?;
            let Some(last) = lines.last().map(|line| line.seq) else { break };
            later.take(&lines);
            after = last;
        }
        Ok(later)
    }

    fn lines(&self, room: RoomId, walk: LineWalk) -> Result<Vec<Line>, RequestError> {
        let lines = self.member.lines(room, walk, LINES);
        lines.map_err(|error| super::carry::failed(&error, &|account| self.notes.name(account).into_inner()))
    }

    /// Returns a line as an entry, unless it is none that a list shows.
    fn entry_of(&self, room: RoomId, line: &Line) -> Option<Entry> {
        let target = self.member.target(room, line).ok().flatten().map(|target| target.seq);
        entry_of(room, line, self.notes.name(line.author), &|_| target)
    }

    fn hand_over(&mut self, room: RoomId, line: &Line) {
        let (seq, entry) = (line.seq, self.entry_of(room, line));
        let is_wanted = self.rooms.get_mut(&room).is_some_and(|known| known.gives(seq));
        if !is_wanted {
            return;
        }
        match entry {
            Some(entry) => self.emit(ClientEvent::Entry { entry, live: false }),
            None => {
                if let Some((kind, text)) = self.words_of(line) {
                    self.emit(ClientEvent::Sealed(SealedNews {
                        kind,
                        room: Some(room),
                        seq: Some(seq),
                        text,
                    }));
                }
            }
        }
    }
}

/// Takes as many items as one page may be long, from its end when it was read downwards; and whether some were left out.
fn fitting(mut items: Vec<HistoryItem>, upwards: bool) -> (Vec<HistoryItem>, bool) {
    let size = |item: &HistoryItem| match &item.entry.content {
        Content::Text { body, .. } | Content::Edit { body, .. } => body.len() + AROUND,
        Content::File { caption, .. } => caption.len() + AROUND,
        _ => AROUND,
    };
    let all = items.len();
    let mut left = PAGE_BYTES;
    let mut fits = |item: &HistoryItem| {
        let fits = size(item) <= left;
        left = left.saturating_sub(size(item));
        fits
    };
    if upwards {
        let kept = items.iter().take_while(|item| fits(item)).count().max(1);
        items.truncate(kept);
    } else {
        let kept = items.iter().rev().take_while(|item| fits(item)).count().max(1);
        items.drain(..all.saturating_sub(kept));
    }
    let cut = items.len() < all;
    (items, cut)
}

const LINES: usize = 200;
/// Pages of lines that are looked through for changes of a page's messages.
const LATER_PAGES: usize = 50;
const READ_UP: Duration = Duration::from_secs(10);
/// A page is not sent anywhere; this only keeps one answer from filling the memory.
const PAGE_BYTES: usize = 4 << 20;
const AROUND: usize = 512;
