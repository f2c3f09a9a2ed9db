//! A report's life: new, claimed by one moderator at a time, closed with or without an act, and perhaps reopened.

use proto::ids::{AccountId, Timestamp};
use proto::message::{ReportCategory, ReportState};
use thiserror::Error;

/// How long a claim keeps others away, in milliseconds: 15 minutes after its holder's last step.
pub const LEASE_MS: i64 = 15 * 60 * 1_000;
/// Most lines of one room in a report.
pub const LINES: usize = 20;
/// Lines before and after a reported one that are kept as context.
pub const CONTEXT: usize = 5;

/// Every category, in the order of menus.
pub const CATEGORIES: [ReportCategory; 6] = [
    ReportCategory::Spam,
    ReportCategory::Harassment,
    ReportCategory::Threat,
    ReportCategory::Illegal,
    ReportCategory::Impersonation,
    ReportCategory::Other,
];

/// Every state, in the order of a report's life.
pub const STATES: [ReportState; 4] =
    [ReportState::New, ReportState::Claimed, ReportState::Actioned, ReportState::Dismissed];

/// A report's state with what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has taken it.
    New,
    /// A moderator has it.
    Claimed {
        /// Who.
        by: AccountId,
        /// When they took it or last did something with it.
        at: Timestamp,
    },
    /// Closed; something was done.
    Actioned,
    /// Closed; nothing had to be done.
    Dismissed,
}

/// What a moderator does with a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Takes it, or goes on having it.
    Claim,
    /// Gives it back.
    Release,
    /// Closes it after an act.
    Action,
    /// Closes it without one.
    Dismiss,
    /// Opens a closed one again.
    Reopen,
}

/// Why a step is not possible, with what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// Another moderator has it.
    #[error(
        "another moderator has this report; wait until they give it back, at most 15 minutes after their last step"
    )]
    HeldBy {
        /// Who.
        by: AccountId,
        /// When their claim runs out.
        until: Timestamp,
    },
    /// It has to be claimed first.
    #[error("claim this report first, so that nobody else decides it at the same time")]
    NotClaimed,
    /// It is closed.
    #[error("this report is closed; reopen it first")]
    Closed,
    /// It is not closed.
    #[error("this report is open, so there is nothing to reopen")]
    Open,
}

/// Returns what a report becomes when `by` takes this step at this time.
///
/// # Errors
/// [`Refused`] in words for the moderator.
pub fn transition(standing: Standing, step: Step, by: AccountId, at: Timestamp) -> Result<Standing, Refused> {
    match (standing, step) {
        (Standing::Actioned | Standing::Dismissed, Step::Reopen) => Ok(Standing::New),
        (Standing::Actioned | Standing::Dismissed, _) => Err(Refused::Closed),
        (Standing::New | Standing::Claimed { .. }, Step::Reopen) => Err(Refused::Open),
        (Standing::New, Step::Claim) => Ok(Standing::Claimed { by, at }),
        (Standing::New, Step::Release | Step::Action | Step::Dismiss) => Err(Refused::NotClaimed),
        (Standing::Claimed { by: holder, at: since }, step) => {
            let until = since.plus_ms(LEASE_MS);
            if holder != by && at < until {
                return Err(Refused::HeldBy { by: holder, until });
            }
            match step {
                Step::Claim => Ok(Standing::Claimed { by, at }),
                Step::Release => Ok(Standing::New),
                // A claim that ran out is free to take, and deciding somebody else's needs taking it.
                Step::Action | Step::Dismiss if holder != by => Err(Refused::NotClaimed),
                Step::Action => Ok(Standing::Actioned),
                Step::Dismiss | Step::Reopen => Ok(Standing::Dismissed),
            }
        }
    }
}

impl Standing {
    /// Returns the state alone.
    #[must_use]
    pub const fn state(self) -> ReportState {
        match self {
            Self::New => ReportState::New,
            Self::Claimed { .. } => ReportState::Claimed,
            Self::Actioned => ReportState::Actioned,
            Self::Dismissed => ReportState::Dismissed,
        }
    }
}

/// Returns whether a report in this state waits for a moderator.
#[must_use]
pub const fn is_open(state: ReportState) -> bool {
    matches!(state, ReportState::New | ReportState::Claimed)
}

/// Returns how urgent a report is; higher first, older first among equals. It never depends on the time of reading, so
/// a list keeps its order between two pages.
#[must_use]
pub fn priority(category: ReportCategory, other_reporters: u32, acted_on_before: bool) -> u32 {
    let category = match category {
        ReportCategory::Threat => 100,
        ReportCategory::Illegal => 90,
        ReportCategory::Harassment => 60,
        ReportCategory::Impersonation => 50,
        ReportCategory::Spam => 30,
        ReportCategory::Other => 20,
    };
    category + 10 * other_reporters.min(5) + if acted_on_before { 15 } else { 0 }
}

/// Returns the category with this [`ReportCategory::word`], in any case.
#[must_use]
pub fn category_from_word(typed: &str) -> Option<ReportCategory> {
    CATEGORIES.into_iter().find(|category| category.word().eq_ignore_ascii_case(typed.trim()))
}

/// Returns the state with this [`ReportState::word`], in any case.
#[must_use]
pub fn state_from_word(typed: &str) -> Option<ReportState> {
    STATES.into_iter().find(|state| state.word().eq_ignore_ascii_case(typed.trim()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STEPS: [Step; 5] = [Step::Claim, Step::Release, Step::Action, Step::Dismiss, Step::Reopen];

    #[test]
    fn a_report_is_claimed_and_closed_by_one_moderator() {
        let claimed = transition(Standing::New, Step::Claim, ada(), Timestamp(0)).unwrap();
        assert_eq!(claimed, Standing::Claimed { by: ada(), at: Timestamp(0) });
        for step in STEPS.into_iter().filter(|step| *step != Step::Reopen) {
            let refused = transition(claimed, step, bob(), Timestamp(LEASE_MS - 1));
            assert_eq!(refused, Err(Refused::HeldBy { by: ada(), until: Timestamp(LEASE_MS) }), "{step:?}");
        }
        assert_eq!(transition(claimed, Step::Action, ada(), Timestamp(9)), Ok(Standing::Actioned));
        assert_eq!(transition(claimed, Step::Dismiss, ada(), Timestamp(9)), Ok(Standing::Dismissed));
        assert_eq!(transition(claimed, Step::Release, ada(), Timestamp(9)), Ok(Standing::New));
    }

    #[test]
    fn a_claim_that_ran_out_can_be_taken_but_not_decided_for_its_holder() {
        let (claimed, late) = (Standing::Claimed { by: ada(), at: Timestamp(0) }, Timestamp(LEASE_MS));
        assert_eq!(transition(claimed, Step::Dismiss, bob(), late), Err(Refused::NotClaimed));
        assert_eq!(
            transition(claimed, Step::Claim, bob(), late),
            Ok(Standing::Claimed { by: bob(), at: late })
        );
        assert_eq!(transition(claimed, Step::Dismiss, ada(), late), Ok(Standing::Dismissed));
    }

    #[test]
    fn nobody_decides_what_nobody_claimed_or_what_is_closed() {
        for step in [Step::Action, Step::Dismiss, Step::Release] {
            assert_eq!(transition(Standing::New, step, ada(), Timestamp(0)), Err(Refused::NotClaimed));
        }
        for closed in [Standing::Actioned, Standing::Dismissed] {
            for step in STEPS {
                let expected = if step == Step::Reopen { Ok(Standing::New) } else { Err(Refused::Closed) };
                assert_eq!(transition(closed, step, ada(), Timestamp(0)), expected);
            }
        }
        assert_eq!(transition(Standing::New, Step::Reopen, ada(), Timestamp(0)), Err(Refused::Open));
    }

    #[test]
    fn danger_comes_first_and_many_reporters_weigh() {
        let order: Vec<_> = CATEGORIES.into_iter().map(|category| priority(category, 0, false)).collect();
        assert_eq!(order.iter().max(), Some(&priority(ReportCategory::Threat, 0, false)));
        assert!(priority(ReportCategory::Spam, 0, false) < priority(ReportCategory::Spam, 1, false));
        assert!(priority(ReportCategory::Spam, 0, false) < priority(ReportCategory::Spam, 0, true));
        let crowd = priority(ReportCategory::Spam, u32::MAX, true);
        assert!(crowd < priority(ReportCategory::Threat, 0, false), "a crowd cannot hide a threat");
    }

    #[test]
    fn words_read_back() {
        for category in CATEGORIES {
            assert_eq!(category_from_word(&category.word().to_uppercase()), Some(category));
        }
        for state in STATES {
            assert_eq!(state_from_word(state.word()), Some(state));
        }
        assert_eq!(category_from_word("boring"), None);
    }

    proptest! {
           #[test]
           fn two_moderators_never_both_hold_a_claim(steps in proptest::collection::vec((0..5_usize, any::<bool>(), 0..LEASE_MS), 1..60)) {
               let (mut standing, mut now) = (Standing::New, Timestamp(0));
               for (step, is_ada, wait) in steps {
                   now = now.plus_ms(wait);
                   let by = if is_ada { ada() } else { bob() };
                   let before = standing;
                   if let Ok(after) = transition(standing, STEPS[step], by, now) {
                       if let Standing::Claimed { by: holder, at } = before {
                           prop_assert!(holder == by || at.plus_ms(LEASE_MS) <= now);
                       }
                       if matches!(after.state(), ReportState::Actioned | ReportState::Dismissed) {
                           let held = matches!(before, Standing::Claimed { by: holder, .. } if holder == by);
    prop_assert!(held);
                       }
                       standing = after;
                   }
               }
           }
       }

    fn ada() -> AccountId {
        AccountId::new(101).unwrap()
    }

    fn bob() -> AccountId {
        AccountId::new(202).unwrap()
    }
}
