//! Who comes into rooms and who has to leave: rooms, connections, all sessions of a ban.

use std::time::Instant;

use proto::ids::{AccountId, DeviceId, RoomId};
use proto::message::{Event, GoneWhy, RoomSummary};
use proto::text::Text;

use super::input::{ConnId, Mark, Whom};
use super::people::Moved;
use super::{Effect, Hub, tell};
use crate::goodbye::Farewell;

impl Hub {
    /// Lets every session of an account hear a room it is now in.
    pub(super) fn joined(
        &mut self,
        account: AccountId,
        summary: &RoomSummary,
        fresh: bool,
        now: Instant,
    ) -> RoomSummary {
        let mut latest = summary.clone();
        let Some(person) = self.people.person(account) else { return latest };
        for conn in self.people.connections_of(account) {
            if self.people.moved(conn, Moved::In(summary.clone())) {
                continue;
            }
            let Some(outbox) = self.people.outbox(conn).cloned() else { continue };
            self.people.entered(conn, summary.room);
            latest = self.rooms.enter(summary.clone(), (conn, &outbox), &person, (now, now));
            self.people.tell(conn, tell::event(Event::Room(latest.clone())), &mut self.evicted);
        }
        if fresh {
            self.rooms.member_joined(summary.room, summary.members, person, now);
        }
        latest
    }

    /// Ends an account's part in a room on all its sessions.
    pub(super) fn gone(
        &mut self,
        account: AccountId,
        room: RoomId,
        why: GoneWhy,
        reason: &str,
        now: Instant,
    ) {
        let message = tell::event(Event::RoomGone { room, why, reason: Text::cut(reason) });
        if let Some(person) = self.people.person(account) {
            for conn in self.people.connections_of(account) {
                if self.people.moved(conn, Moved::Out(room)) || !self.people.left(conn, room) {
                    continue;
                }
                self.rooms.leave(room, conn, &person, now);
                self.people.tell(conn, message.clone(), &mut self.evicted);
            }
        }
        self.rooms.member_left(room, account, now);
    }

    /// Nobody leaves the lobby: who is removed from it loses the connection and may come back.
    pub(super) fn kicked(
        &mut self,
        (account, room): (AccountId, RoomId),
        reason: &str,
        mark: Mark,
        now: Instant,
    ) {
        if !self.is_first(mark) {
            // This process wrote it and hears of it again through the feed; the person may be back already.
            return;
        }
        let connections = self.people.connections_of(account);
        let sessions = connections.len();
        if room != store::LOBBY {
            self.gone(account, room, GoneWhy::Kicked, reason, now);
        } else {
            for conn in connections {
                self.cut(conn, Farewell::Kicked, reason, now);
            }
        }
        self.effects.push_back(Effect::Enforced { mark, sessions });
    }

    /// Ends every session that a ban from the server is against.
    pub(super) fn banned(&mut self, whom: &Whom, reason: &str, mark: Mark, now: Instant) {
        let connections = match whom {
            Whom::Accounts(accounts) => {
                accounts.iter().flat_map(|account| self.people.connections_of(*account)).collect()
            }
            Whom::Device(device) => self.people.by_device(*device).into_iter().collect(),
            Whom::Network(network) => self.people.of_network(*network),
        };
        let sessions = connections.len();
        for conn in connections {
            self.cut(conn, Farewell::Banned, reason, now);
        }
        // A ban that came back with another end is carried out once; who it ends a second time is still let go.
        if self.is_first(mark) {
            self.effects.push_back(Effect::Enforced { mark, sessions });
        }
    }

    /// Takes somebody out of a room for as long as the ban stands.
    pub(super) fn room_banned(
        &mut self,
        (account, room): (AccountId, RoomId),
        reason: &str,
        mark: Mark,
        now: Instant,
    ) {
        if !self.is_first(mark) {
            return;
        }
        let sessions = self.people.connections_of(account).len();
        // Everybody is in the lobby; whoever is banned from it reads on and says nothing.
        if room != store::LOBBY {
            self.gone(account, room, GoneWhy::Kicked, reason, now);
        }
        self.effects.push_back(Effect::Enforced { mark, sessions });
    }

    /// Whether a measure is heard of for the first time.
    fn is_first(&mut self, mark: Mark) -> bool {
        let first = self.enforced.insert(mark.sanction);
        if REMEMBERED < self.enforced.len() {
            self.enforced.pop_first();
        }
        first
    }

    pub(super) fn revoked(&mut self, device: DeviceId, now: Instant) {
        if let Some(conn) = self.people.by_device(device) {
            self.cut(conn, Farewell::Revoked, "", now);
        }
    }

    /// Ends a session at once: it gets this goodbye and nothing after it.
    pub(super) fn cut(&mut self, conn: ConnId, farewell: Farewell, why: &str, now: Instant) {
        if let Some(outbox) = self.people.outbox(conn) {
            outbox.cut(farewell, farewell.because(why));
        }
        self.detach(conn, now);
    }

    /// Ends a session after what waits for it.
    pub(super) fn let_go(&mut self, conn: ConnId, farewell: Farewell, now: Instant) {
        if let Some(outbox) = self.people.outbox(conn) {
            outbox.close(farewell, farewell.encoded());
        }
        self.detach(conn, now);
    }
}

/// Measures are heard of again within seconds, so a few are enough.
const REMEMBERED: usize = 1_024;
