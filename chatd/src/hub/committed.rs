//! What the journal has written: told to who asked and to everybody whom it concerns, in the order of the commits.

use std::time::Instant;

use proto::ids::AccountId;
use proto::message::{Answer, Entry, Event, GoneWhy, HeldDecision};

use super::guard::{Author, Penalty};
use super::input::{Change, Committed, Done, Whom};
use super::{Hub, tell};
use crate::goodbye::Farewell;

impl Hub {
    pub(super) fn committed(&mut self, committed: Committed, now: Instant) {
        let Committed { order, result } = committed;
        if self.leaving.get(&order.device) == Some(&(order.conn, order.request)) {
            self.leaving.remove(&order.device);
        }
        let done = match result {
            Ok(done) => done,
            Err(refusal) => return self.refuse(&order, refusal),
        };
        let answer = match done {
            Done::Appended { entry, fresh } => {
                let answer = Answer::Accepted { room: entry.room, seq: entry.seq, at: entry.at };
                if fresh {
                    self.deliver(entry, now);
                }
                answer
            }
            Done::Joined { summary, fresh } => Answer::Room(self.joined(order.account, &summary, fresh, now)),
            Done::Left { room } => {
                self.gone(order.account, room, GoneWhy::Left, "", now);
                Answer::Done
            }
            Done::Opened { ours, other, theirs } => {
                if let Some(theirs) = theirs {
                    self.joined(other, &theirs, false, now);
                }
                Answer::Room(self.joined(order.account, &ours, false, now))
            }
            Done::Read { room, upto } => {
                self.tell_others(order.account, order.conn, &tell::event(Event::Read { room, upto }));
                Answer::Done
            }
            Done::Revoked { device } if device == order.device => {
                // Who revokes the device in their hand still hears that it is done.
                self.answer(&order, Answer::Done);
                return self.let_go(order.conn, Farewell::Revoked, now);
            }
            Done::Revoked { device } => {
                self.revoked(device, now);
                Answer::Done
            }
            Done::Sealed(done) => self.sealed(&order, *done, now),
            Done::Punished { refusal, account, penalty, author } => {
                // Whoever is let go hears why before the goodbye.
                self.refuse(&order, refusal);
                return self.punished(account, penalty, author, now);
            }
            done => self.moderated(done, now),
        };
        self.answer(&order, answer);
    }

    /// What staff did.
    fn moderated(&mut self, done: Done, now: Instant) -> Answer {
        match done {
            Done::Kicked { room, account, reason, mark } => self.kicked((account, room), &reason, mark, now),
            Done::Banned { account, reason, mark } => {
                self.banned(&Whom::Accounts(vec![account]), &reason, mark, now);
            }
            Done::Bound { account, author } => self.guard.set_author(account, author, now),
            Done::RoomBanned { account, room, reason, mark, author } => {
                self.guard.set_author(account, author, now);
                self.room_banned((account, room), &reason, mark, now);
            }
            Done::Raided { posture } => self.changed(Change::Posture(posture), now),
            Done::Paced { room, pace } => self.paced(room, pace, now),
            Done::Purged { messages, more } => return Answer::Purged { messages, more },
            Done::Reported { report } => return Answer::Reported { report },
            Done::Held { why } => return Answer::Held { why: proto::text::Text::cut(&why) },
            Done::CarriedOut { author, room, message_id, entry, fresh } => {
                let decided = if entry.is_some() { HeldDecision::Released } else { HeldDecision::Rejected };
                if let Some(entry) = entry.filter(|_| fresh) {
                    self.deliver(entry, now);
                }
                self.tell_account(author, &tell::event(Event::Held { room, message_id, decided }));
            }
            _ => {}
        }
        Answer::Done
    }

    /// A rule's measure stands; whoever broke the rule is still to be told.
    fn punished(&mut self, account: AccountId, penalty: Penalty, author: Author, now: Instant) {
        match penalty {
            Penalty::Mute { .. } => self.guard.set_author(account, author, now),
            Penalty::Kick => {
                for conn in self.people.connections_of(account) {
                    self.let_go(conn, Farewell::Kicked, now);
                }
            }
        }
    }

    /// Gives a committed entry to everybody in its room; it is encoded once.
    pub(super) fn deliver(&mut self, entry: Entry, now: Instant) {
        let (room, seq) = (entry.room, entry.seq);
        self.rooms.committed(room, seq, self.people.anybody_loading(), now);
        self.rooms.tell_entry(room, seq, &tell::event(Event::Entry(entry)), &mut self.evicted);
    }
}
