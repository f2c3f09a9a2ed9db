//! The books of one room: which messages are on their way, who misses them, what came in the wrong order.

use std::collections::VecDeque;

/// Counts of one room of the load.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The number that each member has to receive next.
    expected: Vec<u32>,
    /// How many messages were sent.
    sent: u32,
    /// How many members still miss each message, from the oldest that somebody misses.
    missing: VecDeque<usize>,
    disordered: u64,
}

impl Ledger {
    /// Returns the books of a room with this many members, each of whom receives every message.
    pub(crate) fn new(members: usize) -> Self {
        Self { expected: vec![0; members], ..Self::default() }
    }

    /// Notes that the next message is sent, and returns its number.
    pub(crate) fn send(&mut self) -> u32 {
        let number = self.sent;
        self.sent += 1;
        self.missing.push_back(self.expected.len());
        number
    }

    /// Notes that a member received a message. Returns whether the oldest message on its way has arrived everywhere.
    pub(crate) fn receive(&mut self, member: usize, number: u32) -> bool {
        let Some(expected) = self.expected.get_mut(member) else { return false };
        if *expected != number {
            self.disordered += 1;
        }
        *expected = number + 1;
        let first = self.sent - u32::try_from(self.missing.len()).unwrap_or(u32::MAX);
        let Some(left) = number.checked_sub(first).and_then(|index| self.missing.get_mut(index as usize))
        else {
            return false;
        };
        *left = left.saturating_sub(1);
        let before = self.missing.len();
        while self.missing.front() == Some(&0) {
            self.missing.pop_front();
        }
        self.missing.len() < before
    }

    /// Returns how many messages are on their way.
    pub(crate) fn open(&self) -> usize {
        self.missing.len()
    }

    /// Returns how many messages were sent.
    pub(crate) fn sent(&self) -> u32 {
        self.sent
    }

    /// Returns how many deliveries are missing.
    pub(crate) fn undelivered(&self) -> u64 {
        self.missing.iter().map(|left| *left as u64).sum()
    }

    /// Returns how many deliveries were not the ones that had to come next.
    pub(crate) fn disordered(&self) -> u64 {
        self.disordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_open_until_its_last_member_has_it() {
        let mut ledger = Ledger::new(2);
        assert_eq!((ledger.send(), ledger.send()), (0, 1));
        assert_eq!((ledger.open(), ledger.undelivered()), (2, 4));
        assert!(!ledger.receive(0, 0));
        assert!(!ledger.receive(0, 1));
        assert!(ledger.receive(1, 0));
        assert_eq!((ledger.open(), ledger.undelivered()), (1, 1));
        assert!(ledger.receive(1, 1));
        assert_eq!((ledger.open(), ledger.undelivered(), ledger.disordered()), (0, 0, 0));
    }

    #[test]
    fn a_lost_message_is_undelivered_and_shows_as_disorder() {
        let mut ledger = Ledger::new(1);
        ledger.send();
        ledger.send();
        assert!(!ledger.receive(0, 1));
        assert_eq!((ledger.undelivered(), ledger.disordered()), (1, 1));
    }

    #[test]
    fn a_doubled_and_an_exchanged_delivery_show_as_disorder() {
        let mut ledger = Ledger::new(1);
        ledger.send();
        ledger.send();
        ledger.receive(0, 0);
        ledger.receive(0, 0);
        assert_eq!(ledger.disordered(), 1);
        let mut ledger = Ledger::new(1);
        ledger.send();
        ledger.send();
        ledger.receive(0, 1);
        ledger.receive(0, 0);
        assert_eq!((ledger.disordered(), ledger.undelivered()), (2, 0));
    }
}
