//! One act on many accounts.

use proto::ids::{AccountId, BatchId, Timestamp};
use proto::limits;
use proto::text::Text;

use crate::error::StoreError;

/// What is done to each account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkAct {
    /// Banned from the server.
    Ban { until: Option<Timestamp>, reason: Text<{ limits::REASON }> },
    /// Muted everywhere.
    Mute { until: Option<Timestamp>, reason: Text<{ limits::REASON }> },
    /// Disconnected.
    Kick { reason: Text<{ limits::REASON }> },
    /// Let in after applying for an account.
    Approve,
    /// Refused after applying for an account.
    Reject { reason: Text<{ limits::REASON }> },
}

/// What became of one account.
pub type BulkResult = Result<(), StoreError>;

/// What became of each account, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// With measures that stand: what undoes them together.
    pub batch: Option<BatchId>,
    pub results: Vec<(AccountId, BulkResult)>,
}

impl IntoIterator for Bulk {
    type Item = (AccountId, BulkResult);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.results.into_iter()
    }
}
