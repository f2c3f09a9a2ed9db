//! Going about: from room to room, up and down the log, from mention to mention.

use proto::ids::{RoomId, Seq};

use super::room::Place;
use super::{App, Effect, Why};
use crate::cli::tui::config::EmojiMode;
use crate::cli::tui::view::rows::Layout;
use crate::cli::tui::view::scroll;

impl App {
    /// Goes to a room.
    pub(crate) fn enter(&mut self, id: RoomId) {
        if self.chat.current != Some(id) {
            // Told at once: who leaves the program right behind it comes back to what is really new.
            self.mark_read();
            if let Some(left) = self.current_mut() {
                left.new_after = None;
                left.chosen = None;
            }
        }
        self.chat.current = Some(id);
        self.completion = None;
        let Some(room) = self.rooms.get_mut(&id) else { return };
        if !self.early.is_empty() {
            room.draft.insert(&std::mem::take(&mut self.early).text());
        }
        let asks_people = !room.knows_people;
        room.knows_people = true;
        let wants_more = room.log.len() < FIRST && !room.log.whole;
        if room.place == Place::End {
            room.seen();
        }
        if asks_people {
            self.effects.push_back(Effect::People(id));
        }
        if wants_more {
            self.load(id, Why::Older);
        }
    }

    /// Goes to the room that stands so many places further in the list.
    pub(super) fn step_room(&mut self, by: isize) {
        let listed = self.listed();
        let here = listed.iter().position(|room| Some(*room) == self.chat.current).unwrap_or_default();
        let count = isize::try_from(listed.len()).unwrap_or(1).max(1);
        let next = (isize::try_from(here).unwrap_or_default() + by).rem_euclid(count);
        if let Some(room) = usize::try_from(next).ok().and_then(|next| listed.get(next)) {
            self.enter(*room);
        }
    }

    /// Goes to the room at this place of the list.
    pub(super) fn nth_room(&mut self, number: u8) {
        if let Some(room) = self.listed().get(usize::from(number).saturating_sub(1)) {
            self.enter(*room);
        }
    }

    /// Goes to the next room in which something is unread; where somebody calls first.
    pub(super) fn next_unread(&mut self) {
        let listed = self.listed();
        let here = listed.iter().position(|room| Some(*room) == self.chat.current).unwrap_or_default();
        let others = listed.iter().cycle().skip(here + 1).take(listed.len().saturating_sub(1));
        let waits = |wanted: fn(&super::Room) -> bool| {
            others.clone().find(|room| self.rooms.get(room).is_some_and(wanted)).copied()
        };
        let calls = waits(|room| 0 < room.mentions);
        match calls.or_else(|| waits(|room| 0 < room.unread)) {
            Some(room) => self.enter(room),
            None => self.said = Some("nothing is unread".to_owned()),
        }
    }

    /// Goes to a message of a room; what is not loaded is read.
    pub(super) fn go_to(&mut self, id: RoomId, seq: Option<Seq>) {
        self.enter(id);
        let Some(seq) = seq else { return };
        let Some(room) = self.rooms.get_mut(&id) else { return };
        match room.log.find(seq) {
            Some(row) => {
                room.chosen = Some(row);
                self.show_chosen();
            }
            None => self.load(id, Why::Around(seq)),
        }
    }

    /// Moves the log by so many lines, up when negative.
    pub(super) fn scroll(&mut self, by: isize) {
        let height = usize::from(self.drawn.log.height);
        let distance = by.unsigned_abs();
        let Some((layout, room)) = self.laid_out() else { return };
        let place = match by {
            ..0 => scroll::up(&room.log, room.place, distance, height, &layout),
            _ => scroll::down(&room.log, room.place, distance, &layout),
        };
        self.be_at(place);
    }

    /// Goes to the first row that is loaded.
    pub(super) fn top(&mut self) {
        let height = usize::from(self.drawn.log.height);
        let Some((layout, room)) = self.laid_out() else { return };
        let first = Place::Line { row: room.log.first(), line: 0 };
        let place = scroll::up(&room.log, first, 1, height, &layout);
        self.be_at(place);
    }

    /// Goes to the newest message.
    pub(super) fn bottom(&mut self) {
        let Some(id) = self.chat.current else { return };
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.chosen = None;
        if room.log.cut {
            room.log.clear();
            self.load(id, Why::Latest);
        }
        self.be_at(Place::End);
    }

    /// Returns how many lines a page has.
    pub(super) fn page_size(&self) -> isize {
        isize::try_from(self.drawn.log.height.saturating_sub(2).max(1)).unwrap_or(1)
    }

    /// Chooses the message above, from the newest upwards.
    pub(super) fn select_up(&mut self) {
        let Some(room) = self.current_mut() else { return };
        let above = room.log.above(room.chosen.unwrap_or(i64::MAX), |_| true);
        room.chosen = above.or(room.chosen);
        self.show_chosen();
    }

    /// Chooses the message below; below the newest nothing is chosen.
    pub(super) fn select_down(&mut self) {
        let Some(room) = self.current_mut() else { return };
        let Some(chosen) = room.chosen else { return };
        room.chosen = room.log.below(chosen, |_| true);
        if room.chosen.is_none() {
            return self.be_at(Place::End);
        }
        self.show_chosen();
    }

    /// Chooses the next message that calls, or the one before.
    pub(super) fn mention(&mut self, is_next: bool) {
        let Some(room) = self.current_mut() else { return };
        let found = match is_next {
            true => room.log.below(room.chosen.unwrap_or(i64::MIN), |message| message.calls),
            false => room.log.above(room.chosen.unwrap_or(i64::MAX), |message| message.calls),
        };
        if found.is_none() {
            self.said = Some("no other mention among the messages that are loaded".to_owned());
            return;
        }
        room.chosen = found;
        self.show_chosen();
    }

    /// Moves the log so that the chosen row is seen.
    pub(super) fn show_chosen(&mut self) {
        let height = usize::from(self.drawn.log.height);
        let Some((layout, room)) = self.laid_out() else { return };
        let Some(row) = room.chosen else { return };
        let place = scroll::showing(&room.log, room.place, row, height, &layout);
        self.be_at(place);
    }

    /// Reads what is missing above and below what is seen.
    pub(super) fn catch_up_with_view(&mut self) {
        let height = usize::from(self.drawn.log.height).max(1);
        let Some(id) = self.chat.current else { return };
        let Some((layout, room)) = self.laid_out() else { return };
        let near_top = {
            let seen = scroll::window(&room.log, room.place, height, &layout);
            seen.lines.first().is_some_and(|(row, _)| *row < room.log.first() + NEAR)
        };
        let near_end = match (room.place, room.log.last()) {
            (Place::Line { row, .. }, Some(last)) => room.log.cut && last < row + NEAR,
            (Place::End, _) => room.log.cut,
            _ => false,
        };
        let is_loading = room.loading;
        if is_loading || !self.ready {
            return;
        }
        if near_end {
            self.load(id, Why::Newer);
        } else if near_top {
            self.load(id, Why::Older);
        }
    }

    fn be_at(&mut self, place: Place) {
        if let Some(room) = self.current_mut() {
            room.place = place;
            if place == Place::End {
                room.seen();
            }
        }
        self.catch_up_with_view();
    }

    /// Returns the layout of the room one is in, as it was drawn last.
    fn laid_out(&self) -> Option<(Layout<'_>, &super::Room)> {
        let room = self.current()?;
        let layout = Layout {
            width: self.drawn.log.width,
            theme: &self.theme,
            new_after: room.new_after,
            chosen: room.chosen,
            me: self.chat.me.account.get(),
            shortcodes: self.emoji == EmojiMode::Shortcode,
        };
        Some((layout, room))
    }
}

/// So many rows are read when one comes into a room.
const FIRST: usize = 100;
/// Rows from an end at which more is read.
const NEAR: i64 = 40;
