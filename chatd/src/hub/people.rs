//! Who is connected: accounts, their devices, and the rooms each connection hears.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use domain::cidr::Cidr;
use domain::role::{self, Action};
use proto::ids::{AccountId, DeviceId, RequestId, RoomId};
use proto::limits;
use proto::message::{Person, Role, RoomSummary};
use proto::text::Text;

use super::input::{Attach, ConnId, Order};
use crate::goodbye::Farewell;
use crate::load::Whose;
use crate::outbox::{Offered, Outbox};

/// Everybody who is connected.
#[derive(Debug, Default)]
pub(super) struct People {
    connections: BTreeMap<ConnId, Connection>,
    accounts: BTreeMap<AccountId, Account>,
    devices: BTreeMap<DeviceId, ConnId>,
    loading: usize,
}

/// A change of an account's rooms, for a session that is loading.
#[derive(Debug)]
pub(super) enum Moved {
    In(RoomSummary),
    Out(RoomId),
}

/// A connection that is no longer there.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) rooms: Vec<RoomId>,
    pub(super) person: Person,
    pub(super) replaces: Option<ConnId>,
}

#[derive(Debug)]
struct Connection {
    account: AccountId,
    device: DeviceId,
    address: IpAddr,
    outbox: Arc<Outbox>,
    state: State,
    /// The older connection of the same device, until this one is ready.
    replaces: Option<ConnId>,
    /// Whether a newer connection of the same device has come.
    replaced: bool,
}

#[derive(Debug)]
enum State {
    /// What happened since, because the database may have been read before or after it.
    Loading { since: Instant, moves: Vec<Moved> },
    /// The rooms it hears, sorted.
    Ready { rooms: Vec<RoomId> },
}

#[derive(Debug)]
struct Account {
    name: Text<{ limits::NAME }>,
    role: Role,
    /// Sorted.
    connections: Vec<ConnId>,
}

impl People {
    /// Takes a session in; it hears nothing yet. An older one of the same device gets its goodbye.
    pub(super) fn attach(&mut self, attach: Attach, now: Instant) {
        let Attach { conn, account, device, name, role, address, outbox, new_device: _ } = attach;
        let replaces = self.devices.insert(device, conn).and_then(|older| self.replace(older));
        let state = State::Loading { since: now, moves: Vec::new() };
        let connection = Connection { account, device, address, outbox, state, replaces, replaced: false };
        self.connections.insert(conn, connection);
        self.loading += 1;
        let person =
            self.accounts.entry(account).or_insert_with(|| Account { name, role, connections: Vec::new() });
        insert(&mut person.connections, conn);
    }

    /// Ends a session's loading. Returns the rooms it hears from now on, and who it is to others.
    pub(super) fn ready(
        &mut self,
        conn: ConnId,
        (name, role): (Text<{ limits::NAME }>, Role),
        rooms: Vec<RoomSummary>,
    ) -> Option<(Vec<RoomSummary>, Person)> {
        let connection = self.connections.get_mut(&conn)?;
        let State::Loading { moves, .. } = &mut connection.state else { return None };
        let mut rooms = rooms;
        for change in std::mem::take(moves) {
            let (Moved::In(RoomSummary { room, .. }) | Moved::Out(room)) = &change;
            rooms.retain(|summary| summary.room != *room);
            if let Moved::In(summary) = change {
                rooms.push(summary);
            }
        }
        connection.state = State::Ready { rooms: Vec::new() };
        self.loading -= 1;
        let account = connection.account;
        self.rename(account, name, role);
        Some((rooms, self.person(account)?))
    }

    /// Forgets a connection.
    pub(super) fn detach(&mut self, conn: ConnId) -> Option<Gone> {
        let connection = self.connections.remove(&conn)?;
        if self.devices.get(&connection.device) == Some(&conn) {
            self.devices.remove(&connection.device);
        }
        let person = self.person(connection.account)?;
        if let Some(account) = self.accounts.get_mut(&connection.account) {
            account.connections.retain(|other| *other != conn);
            if account.connections.is_empty() {
                self.accounts.remove(&connection.account);
            }
        }
        let rooms = match connection.state {
            State::Ready { rooms } => rooms,
            State::Loading { .. } => {
                self.loading -= 1;
                Vec::new()
            }
        };
        Some(Gone { rooms, person, replaces: connection.replaces })
    }

    /// Remembers a change of rooms for a session that is loading; returns whether it is.
    pub(super) fn moved(&mut self, conn: ConnId, change: Moved) -> bool {
        match self.connections.get_mut(&conn) {
            Some(Connection { state: State::Loading { moves, .. }, .. }) => {
                moves.push(change);
                true
            }
            _ => false,
        }
    }

    /// Notes that a ready connection hears a room.
    pub(super) fn entered(&mut self, conn: ConnId, room: RoomId) {
        if let Some(rooms) = self.rooms_of(conn) {
            insert(rooms, room);
        }
    }

    /// Notes that a ready connection no longer hears a room; returns whether it did.
    pub(super) fn left(&mut self, conn: ConnId, room: RoomId) -> bool {
        let Some(rooms) = self.rooms_of(conn) else { return false };
        rooms.binary_search(&room).map(|at| rooms.remove(at)).is_ok()
    }

    /// Gives a connection its new name and role; returns who that is to others, if online.
    pub(super) fn rename(
        &mut self,
        account: AccountId,
        name: Text<{ limits::NAME }>,
        role: Role,
    ) -> Option<Person> {
        let known = self.accounts.get_mut(&account)?;
        (known.name, known.role) = (name, role);
        self.person(account)
    }

    /// Returns the older connection of the same device, once.
    pub(super) fn take_replaced(&mut self, conn: ConnId) -> Option<ConnId> {
        self.connections.get_mut(&conn)?.replaces.take()
    }

    /// Queues a message that is not an answer.
    pub(super) fn tell(&self, conn: ConnId, message: Bytes, evicted: &mut Vec<ConnId>) {
        if let Some(outbox) = self.outbox(conn)
            && outbox.offer(message) == Offered::Evicted
        {
            evicted.push(conn);
        }
    }

    /// Queues an answer.
    pub(super) fn answer(&self, conn: ConnId, message: Bytes, evicted: &mut Vec<ConnId>) {
        if let Some(outbox) = self.outbox(conn)
            && outbox.answer(message) == Offered::Evicted
        {
            evicted.push(conn);
        }
    }

    /// Returns the order that a request of this connection makes; nothing from a connection that is over.
    pub(super) fn order(&self, conn: ConnId, request: RequestId, now: Instant) -> Option<Order> {
        let connection = self.connections.get(&conn).filter(|connection| !connection.replaced)?;
        let role = self.accounts.get(&connection.account)?.role;
        let Connection { account, device, .. } = *connection;
        Some(Order { conn, request, account, device, role, since: now })
    }

    /// Returns who an account is to others, if it is online.
    pub(super) fn person(&self, account: AccountId) -> Option<Person> {
        let Account { name, role, .. } = self.accounts.get(&account)?;
        Some(Person { account, name: name.clone(), role: *role, online: true })
    }

    /// Returns since when a connection is loading, if it is.
    pub(super) fn loading_since(&self, conn: ConnId) -> Option<Instant> {
        match self.connections.get(&conn)?.state {
            State::Loading { since, .. } => Some(since),
            State::Ready { .. } => None,
        }
    }

    pub(super) fn anybody_loading(&self) -> bool {
        self.loading != 0
    }

    pub(super) fn is_replaced(&self, conn: ConnId) -> bool {
        self.connections.get(&conn).is_some_and(|connection| connection.replaced)
    }

    pub(super) fn is_device_online(&self, device: DeviceId) -> bool {
        self.devices.contains_key(&device)
    }

    /// Returns the rooms that sessions of this account hear.
    pub(super) fn rooms(&self, account: AccountId) -> Vec<RoomId> {
        let mut rooms: Vec<RoomId> = Vec::new();
        for conn in self.connections_of(account) {
            if let Some(Connection { state: State::Ready { rooms: more }, .. }) = self.connections.get(&conn)
            {
                rooms.extend(more);
            }
        }
        rooms.sort_unstable();
        rooms.dedup();
        rooms
    }

    pub(super) fn outbox(&self, conn: ConnId) -> Option<&Arc<Outbox>> {
        self.connections.get(&conn).map(|connection| &connection.outbox)
    }

    pub(super) fn outboxes(&self) -> impl Iterator<Item = &Outbox> {
        self.connections.values().map(|connection| &*connection.outbox)
    }

    pub(super) fn connections_of(&self, account: AccountId) -> Vec<ConnId> {
        self.accounts.get(&account).map(|account| account.connections.clone()).unwrap_or_default()
    }

    pub(super) fn by_device(&self, device: DeviceId) -> Option<ConnId> {
        self.devices.get(&device).copied()
    }

    /// Returns the connections that come from a range of addresses. Looks at all of them: bans of networks are rare.
    pub(super) fn of_network(&self, network: Cidr) -> Vec<ConnId> {
        let inside = self.connections.iter().filter(|(_, connection)| network.contains(connection.address));
        inside.map(|(conn, _)| *conn).collect()
    }

    /// Returns every connection with whose it is.
    pub(super) fn everybody(&self) -> Vec<(ConnId, Whose)> {
        let whose =
            |one: &Connection| Whose { account: one.account, device: one.device, address: one.address };
        self.connections.iter().map(|(conn, one)| (*conn, whose(one))).collect()
    }

    /// Returns every connection.
    pub(super) fn all(&self) -> Vec<ConnId> {
        self.connections.keys().copied().collect()
    }

    /// Returns the connections of everybody whose role permits this.
    pub(super) fn permitted(&self, action: Action) -> Vec<ConnId> {
        let staff = self.accounts.values().filter(|account| role::permits(account.role, action));
        staff.flat_map(|account| account.connections.iter().copied()).collect()
    }

    /// Returns every connection that hears what happens, and whose it is.
    pub(super) fn ready_people(&self) -> Vec<(ConnId, AccountId, Role)> {
        let ready = self.connections.iter().filter(|(_, one)| matches!(one.state, State::Ready { .. }));
        ready
            .filter_map(|(conn, one)| Some((*conn, one.account, self.accounts.get(&one.account)?.role)))
            .collect()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Says goodbye to a connection whose device came again. Returns the one whose place in rooms is to be kept.
    fn replace(&mut self, older: ConnId) -> Option<ConnId> {
        let connection = self.connections.get_mut(&older)?;
        connection.outbox.close(Farewell::Replaced, Farewell::Replaced.encoded());
        connection.replaced = true;
        if matches!(connection.state, State::Ready { .. }) {
            return Some(older);
        }
        let kept = connection.replaces.take();
        self.detach(older);
        kept
    }

    fn rooms_of(&mut self, conn: ConnId) -> Option<&mut Vec<RoomId>> {
        match self.connections.get_mut(&conn)?.state {
            State::Ready { ref mut rooms } => Some(rooms),
            State::Loading { .. } => None,
        }
    }
}

/// Inserts into a sorted list that stays small: a tree would cost each idle connection several hundred bytes.
fn insert<T: Ord>(list: &mut Vec<T>, item: T) {
    if let Err(at) = list.binary_search(&item) {
        list.insert(at, item);
    }
}
