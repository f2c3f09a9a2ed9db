//! One act on many accounts: each succeeds or is refused by itself, all in one transaction.

use std::collections::BTreeSet;

use domain::role::Action;
use domain::sanction::{FEW, Kind, Target};
use proto::ids::{AccountId, BatchId};
use proto::text::Text;

use super::Staff;
use crate::error::StoreError;
use crate::rows::{Bulk, BulkAct, NewSanction};

/// Most accounts of one act.
const MANY: usize = 1_000;

impl Staff<'_, '_> {
    /// Does the same to many accounts; what is refused for one of them leaves the others as they are. Measures that
    /// stand form a batch, which [`Staff::undo_batch`] takes back.
    ///
    /// # Errors
    /// `NotPermitted`; `StepUpNeeded` for more than twenty; `TooMany`; those of the disk. What is refused for one
    /// account is in its result.
    pub fn bulk(&mut self, accounts: &[AccountId], act: &BulkAct) -> Result<Bulk, StoreError> {
        let accounts: BTreeSet<AccountId> = accounts.iter().copied().collect();
        self.require(Action::BulkAct)?;
        if FEW < accounts.len() {
            self.require(Action::BulkActOnMany)?;
            self.require_step_up()?;
        }
        if MANY < accounts.len() {
            return Err(StoreError::TooMany { what: "accounts at once", max: MANY });
        }
        let batch = match act {
            BulkAct::Ban { .. } | BulkAct::Mute { .. } => Some(self.tx.open_batch(self.by(), self.at)?),
            BulkAct::Kick { .. } | BulkAct::Approve | BulkAct::Reject { .. } => None,
        };
        let (mut results, mut taken) = (Vec::with_capacity(accounts.len()), 0);
        for account in accounts {
            let result = self.apart(|staff| staff.bulk_one(account, act, batch))?;
            taken += u32::from(result == Ok(true));
            results.push((account, result.map(|_| ())));
        }
        if let Some(batch) = batch {
            self.tx.set_batch_size(batch, taken)?;
        }
        Ok(Bulk { batch, results })
    }

    /// Returns whether anything was done.
    fn bulk_one(
        &mut self,
        account: AccountId,
        act: &BulkAct,
        batch: Option<BatchId>,
    ) -> Result<bool, StoreError> {
        let new = |kind, until, reason: &Text<_>| {
            NewSanction::new(Target::Account(account), kind, until, reason.clone())
        };
        let new = match act {
            BulkAct::Ban { until, reason } => new(Kind::Ban, *until, reason),
            BulkAct::Mute { until, reason } => new(Kind::Mute, *until, reason),
            BulkAct::Kick { reason } => new(Kind::Kick, None, reason),
            BulkAct::Approve => return self.approve(account).map(|()| true),
            BulkAct::Reject { reason } => return self.reject(account, reason).map(|()| true),
        };
        self.sanction_in(&new, batch).map(|(_, fresh)| fresh)
    }

    /// Does one part of an act so that nothing of it stays if it is refused.
    fn apart<T>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<Result<T, StoreError>, StoreError> {
        self.tx.conn.prepare_cached("SAVEPOINT part")?.execute([])?;
        let result = part(self);
        match &result {
            Err(error) if error.is_global() => return result.map(Ok),
            Err(_) => self.tx.conn.prepare_cached("ROLLBACK TO part")?.execute([])?,
            Ok(_) => 0,
        };
        self.tx.conn.prepare_cached("RELEASE part")?.execute([])?;
        Ok(result)
    }
}
