//! Questions to the server with all their pages, as plain calls.

use domain::name::{AccountName, RoomName};
use proto::ids::{DeviceId, ReportId, RoomId, Seq};
use proto::limits;
use proto::message::{
    Answer, Command, Device, Enrolment, HistoryFrom, HistoryPage, MemberPage, OwnReport, Person, RoomKind,
    RoomSummary, SearchPage,
};
use proto::text::{Secret, Text};

use crate::client::Client;
use crate::error::RequestError;
use crate::sealed::SealedCall;

/// The members of a room, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// By name. In a very large room only the first ones.
    pub people: Vec<Person>,
    /// How many members the room has.
    pub members: u32,
    /// How many of them are online.
    pub online: u32,
}

/// What a purge removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Messages that were counted.
    pub messages: u64,
    /// There are older ones, removed as well, that were not.
    pub more: bool,
}

impl Client {
    /// Returns one of one's own rooms by its name: `ops`, `#ops`, or `@bob` for the direct room with bob.
    ///
    /// # Errors
    /// [`RequestError::NoSuchRoom`], or no connection.
    pub async fn room_named(&self, name: &str) -> Result<RoomSummary, RequestError> {
        let rooms = self.rooms().await?;
        find_room(&rooms, name).cloned().ok_or_else(|| RequestError::NoSuchRoom(name.to_owned()))
    }

    /// Joins an open room and returns it; joining again changes nothing.
    ///
    /// # Errors
    /// Refused when there is no such room.
    pub async fn join(&self, name: &str) -> Result<RoomSummary, RequestError> {
        self.for_room(Command::Join { name: Text::new(bare(name))? }).await
    }

    /// Makes an open room, joins and returns it.
    ///
    /// # Errors
    /// Refused when the name is taken or not permitted.
    pub async fn create_room(&self, name: &str, topic: &str) -> Result<RoomSummary, RequestError> {
        self.for_room(Command::CreateRoom { name: Text::new(bare(name))?, topic: Text::new(topic)? }).await
    }

    /// Returns the room of two with this person, made on the first call: sealed, unless this client keeps no keys.
    ///
    /// # Errors
    /// Refused when there is no such person; [`RequestError::Sealed`] when they have no keys yet.
    pub async fn direct(&self, name: &str) -> Result<RoomSummary, RequestError> {
        if self.sealed.is_some() {
            let name = name.to_owned();
            return self.sealed(|reply| SealedCall::Direct { name, reply }).await;
        }
        self.for_room(Command::OpenDirect { name: Text::new(name.trim_start_matches('@'))? }).await
    }

    /// Leaves a room.
    ///
    /// # Errors
    /// Refused for the lobby.
    pub async fn leave(&self, room: RoomId) -> Result<(), RequestError> {
        self.done(Command::Leave { room }).await
    }

    /// Returns all open rooms of the server by name, at most ten thousand.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn open_rooms(&self) -> Result<Vec<RoomSummary>, RequestError> {
        let mut rooms: Vec<RoomSummary> = Vec::new();
        for _ in 0..PAGES {
            let after = rooms.last().map(|room| Text::cut(&room.name)).unwrap_or_default();
            let Answer::Rooms(page) = self.request(Command::ListRooms { after }).await? else {
                return Err(RequestError::Unexpected);
            };
            let more = page.more && !page.rooms.is_empty();
            rooms.extend(page.rooms.into_inner());
            if !more {
                break;
            }
        }
        Ok(rooms)
    }

    /// Returns a room's members by name, at most 25,000.
    ///
    /// # Errors
    /// Refused when one is not a member.
    pub async fn members(&self, room: RoomId) -> Result<Members, RequestError> {
        let mut all = Members { people: Vec::new(), members: 0, online: 0 };
        for _ in 0..PAGES {
            let after = all.people.last().map(|person| person.name.clone()).unwrap_or_default();
            let Answer::Members(page) = self.request(Command::ListMembers { room, after }).await? else {
                return Err(RequestError::Unexpected);
            };
            let MemberPage { people, more, members, online } = page;
            let more = more && !people.is_empty();
            all.people.extend(people.into_inner());
            (all.members, all.online) = (members, online);
            if !more {
                break;
            }
        }
        Ok(all)
    }

    /// Returns one page of a room's log, at most 200 entries.
    ///
    /// # Errors
    /// Refused when one may not read the room.
    pub async fn history(
        &self,
        room: RoomId,
        from: HistoryFrom,
        limit: u16,
    ) -> Result<HistoryPage, RequestError> {
        if self.is_sealed(room).await? {
            return self.sealed(|reply| SealedCall::History { room, from, limit, reply }).await;
        }
        match self.request(Command::History { room, from, limit }).await? {
            Answer::History(page) if page.room == room => Ok(page),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Returns one page of what matches, newest first; `before` is the page before's `next`, 0 to start.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn search(
        &self,
        query: &str,
        room: Option<RoomId>,
        before: u64,
        limit: u16,
    ) -> Result<SearchPage, RequestError> {
        if self.sealed.is_some() {
            let query = query.to_owned();
            return self.sealed(|reply| SealedCall::Search { query, room, before, limit, reply }).await;
        }
        let query: Text<{ limits::QUERY }> = Text::new(query)?;
        match self.request(Command::Search { query, room, before, limit }).await? {
            Answer::Found(page) => Ok(page),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Tells one's other devices how far one has read.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn mark_read(&self, room: RoomId, upto: Seq) -> Result<(), RequestError> {
        self.done(Command::MarkRead { room, upto }).await
    }

    /// Returns one's devices.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn devices(&self) -> Result<Vec<Device>, RequestError> {
        match self.request(Command::ListDevices).await? {
            Answer::Devices(page) => Ok(page.devices.into_inner()),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Ends a device's login for good.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn revoke_device(&self, device: DeviceId) -> Result<(), RequestError> {
        self.done(Command::RevokeDevice { device }).await
    }

    /// Makes a report and returns its number.
    ///
    /// # Errors
    /// Refused when there is no such entry or person.
    pub async fn report(&self, command: Command) -> Result<ReportId, RequestError> {
        match self.request(command).await? {
            Answer::Reported { report } => Ok(report),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Removes what somebody wrote, and returns how much that is.
    ///
    /// # Errors
    /// Refused to those who may not, and for people of the same rank or above.
    pub async fn purge(&self, command: Command) -> Result<Purged, RequestError> {
        match self.request(command).await? {
            Answer::Purged { messages, more } => Ok(Purged { messages, more }),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Asks for another authenticator in place of one's own; `code` is of the present one, or a recovery code. Nothing
    /// changes until [`Self::confirm_totp`].
    ///
    /// # Errors
    /// Refused with a wrong password or code, and when that was tried too often.
    pub async fn renew_totp(&self, password: &str, code: &str) -> Result<Enrolment, RequestError> {
        let command = Command::RenewTotp { password: Secret::new(password)?, code: Secret::new(code)? };
        match self.request(command).await? {
            Answer::Totp(enrolment) => Ok(enrolment),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Proves that the new authenticator works, and returns the new recovery codes. The old ones are void.
    ///
    /// # Errors
    /// Refused with a wrong code: then the present authenticator still holds, and another code may be tried.
    pub async fn confirm_totp(&self, code: &str) -> Result<Vec<Secret<{ limits::CODE }>>, RequestError> {
        match self.request(Command::ConfirmTotp { code: Secret::new(code)? }).await? {
            Answer::RecoveryCodes { codes } => Ok(codes.into_inner()),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Returns one's own reports, newest first.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn reports(&self) -> Result<Vec<OwnReport>, RequestError> {
        match self.request(Command::ListReports).await? {
            Answer::Reports(page) => Ok(page.reports.into_inner()),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Carries out a command whose answer is that it is done.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn done(&self, command: Command) -> Result<(), RequestError> {
        match self.request(command).await? {
            Answer::Done => Ok(()),
            _ => Err(RequestError::Unexpected),
        }
    }

    async fn for_room(&self, command: Command) -> Result<RoomSummary, RequestError> {
        match self.request(command).await? {
            Answer::Room(room) => Ok(room),
            _ => Err(RequestError::Unexpected),
        }
    }
}

/// Finds a room by the name a person types for it: `ops` or `#ops`, `~board` for a sealed one, `@bob` for the conversation
/// with bob, `@@bob` for an old one that the server can read.
#[must_use]
pub fn find_room<'a>(rooms: &'a [RoomSummary], typed: &str) -> Option<&'a RoomSummary> {
    let typed = typed.trim();
    let (kinds, name): (&[RoomKind], &str) = match typed.as_bytes() {
        [b'@', b'@', ..] => (&[RoomKind::Direct], &typed[2..]),
        [b'@', ..] => (&[RoomKind::SealedDirect, RoomKind::Direct], &typed[1..]),
        [b'~', ..] => (&[RoomKind::Sealed], &typed[1..]),
        _ => (&[RoomKind::Open, RoomKind::Sealed], bare(typed)),
    };
    let of_kind = |kind: RoomKind| {
        let wanted = match kind {
            RoomKind::Open => RoomName::parse(name).map(|name| name.as_str().to_owned()).ok(),
            RoomKind::Direct | RoomKind::SealedDirect => {
                AccountName::parse(name).map(|name| name.as_str().to_owned()).ok()
            }
            // Its members call it as they like.
            RoomKind::Sealed => Some(name.to_owned()),
        };
        let wanted = wanted.unwrap_or_else(|| name.to_lowercase());
        let same = |room: &&RoomSummary| {
            room.kind == kind
                && (*room.name == *wanted
                    || kind == RoomKind::Sealed && room.name.to_lowercase() == wanted.to_lowercase())
        };
        rooms.iter().find(same)
    };
    kinds.iter().find_map(|&kind| of_kind(kind))
}

fn bare(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix('#').unwrap_or(name)
}

/// Most pages that are read for one list.
const PAGES: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_in_front_of_a_name_says_which_kind_of_room_is_meant() {
        let kinds = [RoomKind::Open, RoomKind::Sealed, RoomKind::Direct, RoomKind::SealedDirect];
        let rooms: Vec<_> = (1..).zip(kinds).map(|(number, kind)| room(number, kind, "board")).collect();
        let found = |typed: &str| find_room(&rooms, typed).map(|room| room.kind);
        assert_eq!(found("board"), Some(RoomKind::Open));
        assert_eq!(found("#board"), Some(RoomKind::Open));
        assert_eq!(found("~Board"), Some(RoomKind::Sealed));
        assert_eq!(found("@board"), Some(RoomKind::SealedDirect));
        assert_eq!(found("@@board"), Some(RoomKind::Direct));
        // What is there once needs no mark of its own.
        assert_eq!(find_room(&rooms[1..3], "board").map(|room| room.kind), Some(RoomKind::Sealed));
        assert_eq!(find_room(&rooms[1..3], "@board").map(|room| room.kind), Some(RoomKind::Direct));
        assert_eq!(found("~boar"), None);
    }

    fn room(number: u64, kind: RoomKind, name: &str) -> RoomSummary {
        RoomSummary {
            room: RoomId::new(number).unwrap(),
            name: Text::cut(name),
            kind,
            topic: Text::default(),
            last_seq: Seq::START,
            read_upto: Seq::START,
            members: 2,
            joined: true,
            slow_seconds: 0,
            locked: false,
        }
    }
}
