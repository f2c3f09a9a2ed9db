//! Filters, and decisions about messages that wait.

use domain::audit::{Action as Act, Target as About};
use domain::filter::{Filter, FilterSet};
use domain::role::Action;
use proto::ids::{FilterId, HeldId};

use super::Staff;
use crate::error::StoreError;
use crate::rows::{Change, HeldDecision, HeldState, NewFilter};

/// Most filters at a time.
const FILTERS: usize = 500;
/// The version of a held message that is decided; a waiting one is at 1.
const DECIDED: u64 = 2;

impl Staff<'_, '_> {
    /// Makes a filter, or changes one. What changes nothing writes nothing.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `TooMany`; `Filter` for a pattern that cannot be used.
    pub fn set_filter(&mut self, id: Option<FilterId>, new: &NewFilter) -> Result<FilterId, StoreError> {
        self.require(Action::ManageFilters)?;
        let draft = FilterId::new(0).expect("0 is within the range of ids");
        FilterSet::check(&filter(id.unwrap_or(draft), new))?;
        if let Some(room) = new.room
            && self.tx.reads().room(room)?.is_none()
        {
            return Err(StoreError::NotFound { what: "room" });
        }
        let written = match id {
            Some(id) => {
                let row = self.tx.reads().filter(id)?.ok_or(StoreError::NotFound { what: "filter" })?;
                if row.filter == filter(id, new) {
                    return Ok(id);
                }
                self.tx.update_filter(id, new, self.at)?;
                id
            }
            None if FILTERS <= self.tx.reads().filters()?.len() => {
                return Err(StoreError::TooMany { what: "filters", max: FILTERS });
            }
            None => self.tx.insert_filter(new, self.by(), self.at)?,
        };
        self.tx.change(Change::FiltersChanged)?;
        let detail = format!("{} \"{}\": {}, {}", new.kind.word(), new.pattern, new.action, new.mode.word());
        self.audit(Act::FilterChanged, About::Filter(written), &detail)?;
        Ok(written)
    }

    /// Takes a filter away; one that is gone stays so.
    ///
    /// # Errors
    /// `NotPermitted`.
    pub fn remove_filter(&mut self, id: FilterId) -> Result<(), StoreError> {
        self.require(Action::ManageFilters)?;
        let Some(row) = self.tx.reads().filter(id)? else { return Ok(()) };
        self.tx.remove_filter(id, self.at)?;
        self.tx.change(Change::FiltersChanged)?;
        let detail = format!("{} \"{}\": taken away", row.filter.kind.word(), row.filter.pattern);
        self.audit(Act::FilterChanged, About::Filter(id), &detail).map(|_| ())
    }

    /// Lets a held message through, or refuses it; the server that has the rooms carries it out. The same decision again
    /// writes nothing.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`; `Stale` when somebody decided otherwise.
    pub fn decide_held(&mut self, held: HeldId, decision: HeldDecision) -> Result<(), StoreError> {
        self.require(Action::DecideHeld)?;
        let row = self.tx.reads().held_message(held)?.ok_or(StoreError::NotFound { what: "held message" })?;
        self.subject(row.author)?;
        match (row.state, decision) {
            (HeldState::Waits, _) => {}
            (HeldState::Rejected, HeldDecision::Reject) => return Ok(()),
            (HeldState::Rejected, HeldDecision::Release) => return Err(StoreError::Stale { now: DECIDED }),
            (_, HeldDecision::Release) => return Ok(()),
            (_, HeldDecision::Reject) => return Err(StoreError::Stale { now: DECIDED }),
        }
        let (state, act) = match decision {
            HeldDecision::Release => (HeldState::Released, Act::HeldReleased),
            HeldDecision::Reject => (HeldState::Rejected, Act::HeldRejected),
        };
        self.tx.decide_held(held, state, self.by(), self.at)?;
        self.tx.change(Change::HeldDecided { held })?;
        self.audit(act, About::Held(held), &row.rule).map(|_| ())
    }
}

fn filter(id: FilterId, new: &NewFilter) -> Filter {
    let NewFilter { room, kind, action, mode, .. } = *new;
    Filter { id, room, kind, pattern: new.pattern.clone(), action, mode }
}
