//! Messages that the server has not accepted yet: in order within a room, one at a time, with their ids kept.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use proto::ids::{MessageId, RoomId};
use proto::message::Command;

/// A message on its way, with the order in which it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// Its id, the same however often it is sent.
    pub message_id: MessageId,
    /// The room it goes to.
    pub room: RoomId,
    /// What is sent.
    pub command: Command,
}

/// What is left of a message that was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// It was never sent.
    NotSent,
    /// It was sent and not answered: the server may have it.
    MaybeSent,
    /// It was not in the queue: accepted or refused before.
    Gone,
}

/// The unsent messages of all rooms.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    rooms: BTreeMap<RoomId, VecDeque<Item>>,
    count: usize,
}

#[derive(Debug)]
struct Item {
    unsent: Unsent,
    state: State,
    was_sent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Open,
    After(Instant),
}

impl Queue {
    /// Puts a message behind the others of its room; a full queue does not take it and gives its id back.
    pub(crate) fn push(&mut self, unsent: Unsent) -> Result<(), MessageId> {
        if UNSENT <= self.count {
            return Err(unsent.message_id);
        }
        let item = Item { unsent, state: State::Waiting, was_sent: false };
        self.rooms.entry(item.unsent.room).or_default().push_back(item);
        self.count += 1;
        Ok(())
    }

    /// Takes the next message to send. Only the first of a room is ever open, so a refusal cannot change the order.
    pub(crate) fn next_to_send(&mut self, now: Instant) -> Option<Unsent> {
        let mut heads = self.rooms.values_mut().filter_map(VecDeque::front_mut);
        let item = heads.find(|item| match item.state {
            State::Waiting => true,
            State::Open => false,
            State::After(when) => when <= now,
        })?;
        item.state = State::Open;
        item.was_sent = true;
        Some(item.unsent.clone())
    }

    /// Removes a message the server has judged, and returns it.
    pub(crate) fn done(&mut self, room: RoomId, message_id: MessageId) -> Option<Unsent> {
        let items = self.rooms.get_mut(&room)?;
        let place = items.iter().position(|item| item.unsent.message_id == message_id)?;
        let item = items.remove(place)?;
        if items.is_empty() {
            self.rooms.remove(&room);
        }
        self.count -= 1;
        Some(item.unsent)
    }

    /// Takes a message back before the server has judged it.
    pub(crate) fn withdraw(&mut self, message_id: MessageId) -> Withdrawn {
        let items = self.rooms.values().flatten();
        let found = items.map(|item| (item.unsent.room, item.unsent.message_id, item.was_sent));
        match found.into_iter().find(|(_, id, _)| *id == message_id) {
            None => Withdrawn::Gone,
            Some((room, id, was_sent)) => {
                self.done(room, id);
                if was_sent { Withdrawn::MaybeSent } else { Withdrawn::NotSent }
            }
        }
    }

    /// Sends a message again at this time; the rest of its room waits behind it.
    pub(crate) fn postpone(&mut self, room: RoomId, message_id: MessageId, until: Instant) {
        let items = self.rooms.get_mut(&room).into_iter().flatten();
        for item in items.filter(|item| item.unsent.message_id == message_id) {
            item.state = State::After(until);
        }
    }

    /// Sends again what was open when the connection was lost.
    pub(crate) fn lost(&mut self) {
        for item in self.rooms.values_mut().flatten().filter(|item| item.state == State::Open) {
            item.state = State::Waiting;
        }
    }

    /// Returns when a postponed message is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let heads = self.rooms.values().filter_map(VecDeque::front);
        let due = heads.filter_map(|item| match item.state {
            State::After(when) => Some(when),
            State::Waiting | State::Open => None,
        });
        due.min()
    }

    /// Returns how many messages wait.
    pub(crate) fn len(&self) -> usize {
        self.count
    }
}

/// Most messages that wait at the same time.
const UNSENT: usize = 1_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proto::text::Text;

    use super::*;

    #[test]
    fn a_room_s_messages_go_one_after_the_other_and_rooms_do_not_wait_for_each_other() {
        let now = Instant::now();
        let mut queue = Queue::default();
        for (room, id) in [(7, 1), (7, 2), (9, 3)] {
            queue.push(unsent(room, id)).unwrap();
        }
        let open = [queue.next_to_send(now), queue.next_to_send(now), queue.next_to_send(now)];
        assert_eq!(open, [Some(unsent(7, 1)), Some(unsent(9, 3)), None]);

        queue.done(room(7), MessageId([1; 16]));
        assert_eq!(queue.next_to_send(now), Some(unsent(7, 2)));
    }

    #[test]
    fn a_postponed_message_holds_its_room_and_goes_first() {
        let now = Instant::now();
        let later = now + Duration::from_secs(3);
        let mut queue = Queue::default();
        for id in [1, 2] {
            queue.push(unsent(7, id)).unwrap();
        }
        queue.next_to_send(now);
        queue.postpone(room(7), MessageId([1; 16]), later);

        assert_eq!(queue.next_to_send(now), None);
        assert_eq!(queue.next_due(), Some(later));
        assert_eq!(queue.next_to_send(later), Some(unsent(7, 1)));
    }

    #[test]
    fn what_was_open_at_a_cut_is_sent_again_with_the_same_id() {
        let now = Instant::now();
        let mut queue = Queue::default();
        queue.push(unsent(7, 1)).unwrap();
        queue.next_to_send(now);
        queue.lost();
        assert_eq!(queue.next_to_send(now), Some(unsent(7, 1)));
        assert_eq!(queue.withdraw(MessageId([1; 16])), Withdrawn::MaybeSent);
        assert_eq!(queue.withdraw(MessageId([1; 16])), Withdrawn::Gone);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let mut queue = Queue::default();
        for _ in 0..UNSENT {
            queue.push(unsent(7, 1)).unwrap();
        }
        assert_eq!(queue.push(unsent(7, 2)), Err(MessageId([2; 16])));
        assert_eq!(queue.len(), UNSENT);
    }

    fn unsent(number: u64, id: u8) -> Unsent {
        let (room, message_id) = (room(number), MessageId([id; 16]));
        let body = Text::new("hello").unwrap();
        Unsent { message_id, room, command: Command::Send { room, message_id, body, reply_to: None } }
    }

    fn room(number: u64) -> RoomId {
        RoomId::new(number).unwrap()
    }
}
