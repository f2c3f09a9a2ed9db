//! The tables of a vault: what a device remembers, by subject.

/// A table. Its number is part of what is authenticated with each row and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// This device's own identity.
    Own = 1,
    /// Other people's identity keys as they were seen first.
    Pins = 2,
    /// The private halves of published key packages.
    KeyPackages = 3,
    /// How far each room's log was processed, and in which state that left it.
    Rooms = 4,
    /// The state of each room's group, keys included.
    Groups = 5,
    /// The public tree of each room's group.
    Trees = 6,
    /// Groups that are being joined.
    Joining = 7,
    /// What is written and not accepted yet.
    Outbox = 8,
    /// What was read: decrypted messages with what a report of them needs.
    History = 9,
    /// Where a message stands, by its id.
    ByMessage = 10,
    /// What the program itself remembers: names of rooms and people, what it did when.
    Client = 11,
}

impl Table {
    /// All tables, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Own,
        Self::Pins,
        Self::KeyPackages,
        Self::Rooms,
        Self::Groups,
        Self::Trees,
        Self::Joining,
        Self::Outbox,
        Self::History,
        Self::ByMessage,
        Self::Client,
    ];

    /// Returns the table's name in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Pins => "pins",
            Self::KeyPackages => "key_packages",
            Self::Rooms => "rooms",
            Self::Groups => "groups",
            Self::Trees => "trees",
            Self::Joining => "joining",
            Self::Outbox => "outbox",
            Self::History => "history",
            Self::ByMessage => "by_message",
            Self::Client => "client",
        }
    }

    /// Returns the table with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| *table as u8 == number)
    }
}
