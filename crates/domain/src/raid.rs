//! Raid levels: how far the server closes while it is under attack, and how it opens again by itself.
//!
//! 5 is every day, 1 is staff only. Each level keeps what the levels above it say.

use std::collections::VecDeque;
use std::fmt;

use proto::ids::Timestamp;
use thiserror::Error;

/// How far the server is closed, from 5 (not at all) to 1 (staff only).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RaidLevel(u8);

/// A number that is no level.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("\"{0}\" is not a raid level; choose 5 (every day), 4, 3, 2 or 1 (staff only)")]
pub struct NoSuchLevel(String);

/// The level with its automatic return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posture {
    /// The level.
    pub level: RaidLevel,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// What comes after that.
    pub then: RaidLevel,
}

/// When joins are a raid: so many within so long, and what to do then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinTrigger {
    /// So many joins.
    pub joins: u32,
    /// Within so many milliseconds.
    pub within_ms: i64,
    /// Raise to this level.
    pub level: RaidLevel,
    /// For so many milliseconds.
    pub lasts_ms: i64,
}

/// The times of the newest joins, as many as the trigger counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoinRate {
    newest: VecDeque<Timestamp>,
}

/// Every level, from open to closed.
pub const LEVELS: [RaidLevel; 5] = [
    RaidLevel::NORMAL,
    RaidLevel::HOLD_NEWCOMERS,
    RaidLevel::HOLD_LINKS,
    RaidLevel::KNOWN_ONLY,
    RaidLevel::STAFF_ONLY,
];

impl RaidLevel {
    /// 5: nothing is closed.
    pub const NORMAL: Self = Self(5);
    /// 4: newcomers' messages wait for a moderator.
    pub const HOLD_NEWCOMERS: Self = Self(4);
    /// 3: also everybody's links wait, staff apart.
    pub const HOLD_LINKS: Self = Self(3);
    /// 2: also registration is closed, and newcomers cannot connect.
    pub const KNOWN_ONLY: Self = Self(2);
    /// 1: only staff can connect.
    pub const STAFF_ONLY: Self = Self(1);

    /// Returns the level with this number.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if 1 <= number && number <= 5 { Some(Self(number)) } else { None }
    }

    /// Reads a level as people type it.
    ///
    /// # Errors
    /// [`NoSuchLevel`] in words for the person.
    pub fn parse(text: &str) -> Result<Self, NoSuchLevel> {
        let wrong = || NoSuchLevel(text[..text.floor_char_boundary(16)].to_owned());
        text.trim().parse().ok().and_then(Self::new).ok_or_else(wrong)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Returns whether newcomers' messages wait for a moderator.
    #[must_use]
    pub const fn holds_newcomers(self) -> bool {
        self.0 <= 4
    }

    /// Returns whether everybody's links wait for a moderator, staff apart.
    #[must_use]
    pub const fn holds_links(self) -> bool {
        self.0 <= 3
    }

    /// Returns whether nobody can register and no newcomer can connect.
    #[must_use]
    pub const fn is_for_known_only(self) -> bool {
        self.0 <= 2
    }

    /// Returns whether only staff can connect.
    #[must_use]
    pub const fn is_for_staff_only(self) -> bool {
        self.0 <= 1
    }

    /// Returns what the level means, in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self.0 {
            1 => "only staff can connect",
            2 => "registration is closed and newcomers cannot connect",
            3 => "links and newcomers' messages wait for a moderator",
            4 => "newcomers' messages wait for a moderator",
            _ => "every day",
        }
    }
}

impl fmt::Display for RaidLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Posture {
    /// Every day, without an end.
    pub const NORMAL: Self = Self { level: RaidLevel::NORMAL, until: None, then: RaidLevel::NORMAL };

    /// Returns the level that holds now.
    #[must_use]
    pub fn effective(&self, now: Timestamp) -> RaidLevel {
        if self.until.is_some_and(|until| until <= now) { self.then } else { self.level }
    }

    /// Returns when the level next changes by itself.
    #[must_use]
    pub fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| now < *until && self.then != self.level)
    }
}

impl JoinRate {
    /// Counts a join, and returns the posture to take if this makes it a raid. A server that is as far closed already
    /// stays as it is; one that was closed by hand returns to what the hand said.
    #[must_use]
    pub fn joined(&mut self, trigger: JoinTrigger, current: &Posture, now: Timestamp) -> Option<Posture> {
        let wanted = usize::try_from(trigger.joins.max(1)).unwrap_or(usize::MAX);
        self.newest.push_back(now);
        while wanted < self.newest.len() {
            self.newest.pop_front();
        }
        let first = self.newest.front().filter(|_| self.newest.len() == wanted)?;
        // After a clock stepped back the first join lies in the future; then the joins are close together.
        if trigger.within_ms < now.0.saturating_sub(first.0) {
            return None;
        }
        let level = current.effective(now);
        if level <= trigger.level {
            return None;
        }
        Some(Posture { level: trigger.level, until: Some(now.plus_ms(trigger.lasts_ms)), then: level })
    }

    /// Forgets all joins: after a raise, so that the same joins do not raise again.
    pub fn clear(&mut self) {
        self.newest.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRIGGER: JoinTrigger =
        JoinTrigger { joins: 3, within_ms: 10_000, level: RaidLevel::KNOWN_ONLY, lasts_ms: 60_000 };

    #[test]
    fn each_level_keeps_what_the_levels_above_it_say() {
        let closed = |level: RaidLevel| {
            [
                level.holds_newcomers(),
                level.holds_links(),
                level.is_for_known_only(),
                level.is_for_staff_only(),
            ]
            .into_iter()
            .filter(|holds| *holds)
            .count()
        };
        assert_eq!(LEVELS.map(closed), [0, 1, 2, 3, 4]);
        assert!(LEVELS.windows(2).all(|pair| pair[1] < pair[0]));
    }

    #[test]
    fn a_level_is_read_as_its_number() {
        for level in LEVELS {
            assert_eq!(RaidLevel::parse(&format!(" {level} ")), Ok(level));
        }
        for wrong in ["0", "6", "", "high", "-1", "256"] {
            assert!(RaidLevel::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_level_returns_by_itself_at_its_end_and_not_before() {
        let posture = Posture {
            level: RaidLevel::STAFF_ONLY,
            until: Some(Timestamp(500)),
            then: RaidLevel::HOLD_LINKS,
        };
        assert_eq!(posture.effective(Timestamp(499)), RaidLevel::STAFF_ONLY);
        assert_eq!(posture.changes_at(Timestamp(499)), Some(Timestamp(500)));
        assert_eq!(posture.effective(Timestamp(500)), RaidLevel::HOLD_LINKS);
        assert_eq!(posture.changes_at(Timestamp(500)), None);
        assert_eq!(Posture::NORMAL.effective(Timestamp(i64::MAX)), RaidLevel::NORMAL);
    }

    #[test]
    fn enough_joins_in_time_raise_the_level_and_fewer_do_not() {
        let mut rate = JoinRate::default();
        assert_eq!(rate.joined(TRIGGER, &Posture::NORMAL, Timestamp(0)), None);
        assert_eq!(rate.joined(TRIGGER, &Posture::NORMAL, Timestamp(1)), None);
        assert_eq!(rate.joined(TRIGGER, &Posture::NORMAL, Timestamp(10_001)), None, "the first is too old");
        let raised = rate.joined(TRIGGER, &Posture::NORMAL, Timestamp(10_001)).unwrap();
        assert_eq!(raised.level, RaidLevel::KNOWN_ONLY);
        assert_eq!(raised.until, Some(Timestamp(70_001)));
        assert_eq!(raised.effective(Timestamp(70_001)), RaidLevel::NORMAL);
    }

    #[test]
    fn a_server_that_is_as_far_closed_stays_as_it_is() {
        let by_hand = Posture { level: RaidLevel::STAFF_ONLY, until: None, then: RaidLevel::NORMAL };
        let mut rate = JoinRate::default();
        for _ in 0..10 {
            assert_eq!(rate.joined(TRIGGER, &by_hand, Timestamp(0)), None);
        }
        rate.clear();
        assert_eq!(rate.joined(TRIGGER, &Posture::NORMAL, Timestamp(0)), None);
    }

    #[test]
    fn a_raise_returns_to_what_a_hand_had_set() {
        let by_hand = Posture { level: RaidLevel::HOLD_NEWCOMERS, until: None, then: RaidLevel::NORMAL };
        let mut rate = JoinRate::default();
        let raised = (0..3).find_map(|_| rate.joined(TRIGGER, &by_hand, Timestamp(0))).unwrap();
        assert_eq!(raised.then, RaidLevel::HOLD_NEWCOMERS);
    }

    proptest! {
        #[test]
        fn the_level_rises_exactly_when_the_window_is_full(steps in proptest::collection::vec(0..8_000_i64, 1..60)) {
            let (mut rate, mut now, mut times) = (JoinRate::default(), 0, Vec::new());
            for step in steps {
                now += step;
                times.push(now);
                let in_window = times.iter().filter(|time| now - **time <= TRIGGER.within_ms).count();
                let raised = rate.joined(TRIGGER, &Posture::NORMAL, Timestamp(now)).is_some();
                prop_assert_eq!(raised, 3 <= in_window);
            }
        }
    }
}
