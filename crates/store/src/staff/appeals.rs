//! Deciding appeals: never by whoever took the measure.

use domain::audit::{Action as Act, Target as About};
use domain::role::Action;
use proto::ids::AppealId;
use proto::text::Text;

use super::Staff;
use crate::error::StoreError;
use crate::rows::{AppealDecision, AppealState, NOTE};

/// The version of an appeal that is decided; an open one is at 1.
const DECIDED: u64 = 2;

impl Staff<'_, '_> {
    /// Decides an appeal and does what was decided. The answer is for the person.
    ///
    /// # Errors
    /// `NotFound`; `Stale` when it is decided already; `NotPermitted` for one's own measure, for a measure one could not
    /// have taken, and for a new end that is not before the old one; those of lifting and changing a measure.
    pub fn decide_appeal(
        &mut self,
        appeal: AppealId,
        decision: AppealDecision,
        answer: &Text<NOTE>,
    ) -> Result<(), StoreError> {
        self.require(Action::DecideAppeal)?;
        let row = self.tx.reads().appeal(appeal)?.ok_or(StoreError::NotFound { what: "appeal" })?;
        let sanction = self.tx.reads().sanction(row.sanction)?;
        let sanction = sanction.ok_or(StoreError::NotFound { what: "measure" })?;
        self.subject(row.account)?;
        if self.actor.is_some() && sanction.by == self.by() {
            return Err(StoreError::NotPermitted);
        }
        if row.state != AppealState::Open {
            return Err(StoreError::Stale { now: DECIDED });
        }
        let (state, word) = match decision {
            AppealDecision::Lift => {
                self.lift(row.sanction, &Text::cut("appeal"))?;
                (AppealState::Lifted, "lifted")
            }
            AppealDecision::Shorten(until) => {
                if sanction.until.is_some_and(|end| end <= until) {
                    return Err(StoreError::NotPermitted);
                }
                self.change_sanction(row.sanction, Some(until), &sanction.reason)?;
                (AppealState::Shortened, "shortened")
            }
            AppealDecision::Uphold => (AppealState::Upheld, "upheld"),
        };
        self.tx.close_appeal(appeal, state, self.by(), answer, self.at)?;
        self.audit(Act::AppealDecided, About::Appeal(appeal), &format!("{word}: {}", &**answer)).map(|_| ())
    }
}
