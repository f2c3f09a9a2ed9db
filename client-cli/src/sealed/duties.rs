//! What the engine has to do by itself, and when.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proto::ids::{RoomId, Seq};

/// Work that nobody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Duty {
    /// Make sure this device has an identity and a certificate.
    SetUp,
    /// Top up the key packages at the server.
    KeyPackages,
    /// Take the Welcomes that wait.
    Welcomes,
    /// Ask for a room's log from where the vault is.
    Follow(RoomId),
    /// Come into a room by oneself: a further device, or one that lost its place.
    Enter(RoomId),
    /// Tell the server that an entry cannot be read.
    CannotRead(RoomId, Seq),
    /// Commit pending evictions.
    Evict(RoomId),
    /// Send what waits in a room.
    Send(RoomId),
    /// Let the other person of a direct room in, if they are not.
    Complete(RoomId),
    /// Ask for a room's name and topic.
    AskMeta(RoomId),
    /// Tell a room's name and topic to somebody who asked.
    TellMeta(RoomId),
    /// Renew this device's keys in a room.
    Renew(RoomId),
}

/// Duties with the time at which each is due, none twice.
#[derive(Debug, Default)]
pub(super) struct Duties {
    due: BTreeMap<Duty, Instant>,
}

impl Duties {
    /// Notes a duty; one that is noted already happens at the earlier of the two times.
    pub(super) fn note(&mut self, duty: Duty, due: Instant) {
        let earliest = self.due.entry(duty).or_insert(due);
        *earliest = (*earliest).min(due);
    }

    /// Notes a duty for a later time, also when it was due earlier.
    pub(super) fn put_off(&mut self, duty: Duty, due: Instant) {
        self.due.insert(duty, due);
    }

    /// Forgets a duty that somebody else did.
    pub(super) fn forget(&mut self, duty: Duty) {
        self.due.remove(&duty);
    }

    /// Returns whether a duty is noted.
    pub(super) fn has(&self, duty: Duty) -> bool {
        self.due.contains_key(&duty)
    }

    /// Forgets all duties of a room.
    pub(super) fn forget_room(&mut self, gone: RoomId) {
        self.due.retain(|duty, _| duty.room() != Some(gone));
    }

    /// Takes the first duty that is due, in the order in which they are declared.
    pub(super) fn take(&mut self, now: Instant) -> Option<Duty> {
        let duty = *self.due.iter().find(|(_, due)| **due <= now)?.0;
        self.due.remove(&duty);
        Some(duty)
    }

    /// Returns whether nothing is left of what comes right after connecting.
    pub(super) fn is_settled(&self) -> bool {
        let first =
            |duty: &Duty| matches!(duty, Duty::SetUp | Duty::KeyPackages | Duty::Welcomes | Duty::Follow(_));
        !self.due.keys().any(first)
    }

    /// Returns when the next duty is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }
}

impl Duty {
    fn room(self) -> Option<RoomId> {
        match self {
            Self::SetUp | Self::KeyPackages | Self::Welcomes => None,
            Self::Follow(room)
            | Self::Enter(room)
            | Self::CannotRead(room, _)
            | Self::Evict(room)
            | Self::Send(room)
            | Self::Complete(room)
            | Self::AskMeta(room)
            | Self::TellMeta(room)
            | Self::Renew(room) => Some(room),
        }
    }
}

/// Returns how long to wait before something that any member may do and one should: so that not all do it at once.
/// Admins wait less. `spread` is random.
pub(super) fn turn_of(is_admin: bool, spread: u16) -> Duration {
    let part = |of: Duration| of * u32::from(spread) / u32::from(u16::MAX);
    if is_admin { part(ADMINS_FIRST) } else { ADMINS_FIRST + part(OTHERS_AFTER) }
}

const ADMINS_FIRST: Duration = Duration::from_millis(1_000);
const OTHERS_AFTER: Duration = Duration::from_millis(2_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duty_is_done_once_at_the_earliest_time_it_was_noted_for() {
        let start = Instant::now();
        let later = start + Duration::from_secs(5);
        let room = RoomId::new(7).unwrap();
        let mut duties = Duties::default();
        duties.note(Duty::Send(room), later);
        duties.note(Duty::Send(room), start);
        duties.note(Duty::SetUp, later);
        assert_eq!(duties.take(start), Some(Duty::Send(room)));
        assert_eq!((duties.take(start), duties.next_due()), (None, Some(later)));
        assert_eq!(duties.take(later), Some(Duty::SetUp));
        assert_eq!(duties.next_due(), None);
    }

    #[test]
    fn identity_comes_before_rooms_and_a_gone_room_leaves_no_duty() {
        let now = Instant::now();
        let (one, other) = (RoomId::new(7).unwrap(), RoomId::new(9_001).unwrap());
        let mut duties = Duties::default();
        for duty in [Duty::Send(one), Duty::Evict(one), Duty::Send(other), Duty::Welcomes, Duty::SetUp] {
            duties.note(duty, now);
        }
        duties.forget_room(one);
        let order: Vec<_> = std::iter::from_fn(|| duties.take(now)).collect();
        assert_eq!(order, [Duty::SetUp, Duty::Welcomes, Duty::Send(other)]);
    }

    #[test]
    fn admins_take_their_turn_before_anybody_else() {
        let latest_admin = turn_of(true, u16::MAX);
        assert!(latest_admin <= turn_of(false, 0));
        assert!(turn_of(false, u16::MAX) <= Duration::from_secs(3));
    }
}
