//! Which measures need which right, a fresh proof of identity, or are refused because they would hit too many.

use proto::limits;
use thiserror::Error;

use super::{Kind, Length, Target};
use crate::cidr::Cidr;
use crate::role::Action;

/// Most targets of an act that is not yet an act on many.
pub const FEW: usize = 20;

/// How long a network is banned when nobody says how long: addresses change hands.
pub const NETWORK_DEFAULT: Length = seconds(24 * HOUR);

/// A range that is too wide to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{range} is wider than /{widest}, which would lock out whole countries; choose a narrower range")]
pub struct TooWide {
    /// What came.
    pub range: Cidr,
    /// The widest that is accepted.
    pub widest: u8,
}

/// Returns what a role has to permit for this measure.
#[must_use]
pub fn needed_action(target: Target, kind: Kind, length: Option<Length>) -> Action {
    match (target, kind) {
        (Target::Lineage(_), _) => Action::BanLineage,
        (Target::Network(range), _) => {
            let short = length.and_then(Length::seconds).is_some_and(|seconds| seconds <= WEEK);
            if range.is_single() && short { Action::Ban } else { Action::BanNetwork }
        }
        (_, Kind::Mute | Kind::Timeout) => Action::Mute,
        (_, Kind::Kick) => Action::Kick,
        (_, Kind::Ban | Kind::SoftBan) => Action::Ban,
    }
}

/// Returns whether an act on so many targets at once, of which this is one, needs a fresh proof of who acts.
#[must_use]
pub fn needs_step_up(target: Target, length: Option<Length>, targets: usize) -> bool {
    let wide = match target {
        Target::Network(range) => {
            let narrow = if range.is_v4() { 24 } else { 48 };
            range.bits() < narrow || length.is_some_and(Length::is_for_good)
        }
        Target::Account(_) | Target::Device(..) | Target::Lineage(_) => false,
    };
    wide || FEW < targets
}

/// Refuses a range that is wider than anybody may act on.
///
/// # Errors
/// [`TooWide`] in words for the person.
pub fn refuse_width(range: Cidr) -> Result<(), TooWide> {
    let widest = if range.is_v4() { 8 } else { 19 };
    if range.bits() < widest {
        return Err(TooWide { range, widest });
    }
    Ok(())
}

/// Returns the lengths a menu offers for this measure, shortest first.
#[must_use]
pub fn presets(target: Target, kind: Kind) -> &'static [Length] {
    const TIMEOUT: [Length; 5] =
        [seconds(5 * MINUTE), seconds(10 * MINUTE), seconds(HOUR), seconds(DAY), seconds(WEEK)];
    const MUTE: [Length; 5] =
        [seconds(10 * MINUTE), seconds(HOUR), seconds(DAY), seconds(WEEK), Length::FOR_GOOD];
    const NETWORK: [Length; 4] = [seconds(HOUR), NETWORK_DEFAULT, seconds(WEEK), Length::FOR_GOOD];
    const BAN: [Length; 5] =
        [seconds(HOUR), seconds(DAY), seconds(WEEK), seconds(30 * DAY), Length::FOR_GOOD];
    match (target, kind) {
        (_, Kind::Kick) => &[],
        (Target::Network(_), _) => &NETWORK,
        (_, Kind::Timeout) => &TIMEOUT,
        (_, Kind::Mute) => &MUTE,
        (_, Kind::Ban | Kind::SoftBan) => &BAN,
    }
}

/// Returns the length that is meant when nobody says one; a kick has none.
#[must_use]
pub fn default_length(target: Target, kind: Kind) -> Option<Length> {
    match (target, kind) {
        (_, Kind::Kick) => None,
        (Target::Network(_), _) => Some(NETWORK_DEFAULT),
        (_, Kind::Timeout) => Some(seconds(10 * MINUTE)),
        (_, Kind::Mute) => Some(seconds(HOUR)),
        (_, Kind::Ban | Kind::SoftBan) => Some(Length::FOR_GOOD),
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// One of the constants above, all of which are within ten years.
const fn seconds(seconds: u64) -> Length {
    assert!(0 < seconds && seconds <= limits::BAN_SECONDS);
    Length(Some(seconds))
}

#[cfg(test)]
mod tests {
    use proto::ids::{AccountId, DeviceId, InviteId};
    use proto::message::Role;

    use super::super::{KINDS, Scope, check};
    use super::*;
    use crate::role::permits;

    #[test]
    fn a_moderator_bans_one_address_for_a_week_and_an_admin_any_network() {
        let moderator = |range: &str, length| {
            permits(Role::Moderator, needed_action(network(range), Kind::Ban, Some(length)))
        };
        for range in ["192.0.2.7", "2001:db8::/64", "2001:db8::1"] {
            assert!(moderator(range, seconds(WEEK)), "{range}");
            assert!(!moderator(range, seconds(WEEK + 1)), "{range}");
            assert!(!moderator(range, Length::FOR_GOOD), "{range}");
        }
        for range in ["192.0.2.6/31", "2001:db8::/63"] {
            assert!(!moderator(range, seconds(60)), "{range}");
            assert!(permits(Role::Admin, needed_action(network(range), Kind::SoftBan, None)), "{range}");
        }
    }

    #[test]
    fn each_measure_needs_its_own_right() {
        let (ada, device) =
            (account(), Target::Device(AccountId::new(7).unwrap(), DeviceId::new(404).unwrap()));
        let lineage = Target::Lineage(InviteId::new(505).unwrap());
        for (target, kind, action) in [
            (ada, Kind::Ban, Action::Ban),
            (ada, Kind::Mute, Action::Mute),
            (ada, Kind::Timeout, Action::Mute),
            (ada, Kind::Kick, Action::Kick),
            (device, Kind::Ban, Action::Ban),
            (lineage, Kind::Ban, Action::BanLineage),
        ] {
            assert_eq!(needed_action(target, kind, None), action);
        }
    }

    #[test]
    fn what_hits_many_needs_a_fresh_proof() {
        let day = Some(seconds(DAY));
        for (range, needed) in [
            ("192.0.2.0/24", false),
            ("192.0.2.0/23", true),
            ("2001:db8::/48", false),
            ("2001:db8::/47", true),
        ] {
            assert_eq!(needs_step_up(network(range), day, 1), needed, "{range}");
            assert!(needs_step_up(network(range), Some(Length::FOR_GOOD), 1), "{range} for good");
        }
        assert!(!needs_step_up(account(), Some(Length::FOR_GOOD), FEW));
        assert!(needs_step_up(account(), day, FEW + 1));
    }

    #[test]
    fn no_range_is_wider_than_an_8_or_a_19() {
        for (range, accepted) in [
            ("10.0.0.0/8", true),
            ("10.0.0.0/7", false),
            ("2001::/19", true),
            ("2000::/18", false),
            ("::/0", false),
        ] {
            assert_eq!(refuse_width(Cidr::parse(range).unwrap()).is_ok(), accepted, "{range}");
        }
        let words = refuse_width(Cidr::parse("0.0.0.0/0").unwrap()).unwrap_err().to_string();
        assert!(words.starts_with("0.0.0.0/0 is wider than /8"), "{words}");
    }

    #[test]
    fn every_length_that_is_offered_or_meant_is_possible() {
        for target in [account(), network("192.0.2.7")] {
            for kind in KINDS {
                let offered = presets(target, kind);
                assert!(
                    offered
                        .windows(2)
                        .all(|pair| pair[0].is_for_good() || pair[1].is_for_good() || pair[0] < pair[1])
                );
                if check(target, kind, Scope::Server, default_length(target, kind)).is_err() {
                    continue;
                }
                for length in offered {
                    assert_eq!(
                        check(target, kind, Scope::Server, Some(*length)),
                        Ok(()),
                        "{kind:?} {length}"
                    );
                }
                if let Some(meant) = default_length(target, kind) {
                    assert!(offered.contains(&meant), "{kind:?} {meant}");
                }
            }
        }
        assert_eq!(default_length(network("192.0.2.7"), Kind::Ban).unwrap().to_string(), "1 d");
    }

    fn network(range: &str) -> Target {
        Target::Network(Cidr::parse(range).unwrap())
    }

    fn account() -> Target {
        Target::Account(AccountId::new(7).unwrap())
    }
}
