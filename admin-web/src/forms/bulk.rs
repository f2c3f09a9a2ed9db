//! The form that does one thing to several people at once.

use std::collections::BTreeSet;

use domain::sanction::Length;
use proto::ids::AccountId;
use proto::limits;
use proto::text::Text;

use super::{Faults, length, reason};
use crate::request::Fields;

/// Most people in one go.
pub(crate) const MOST: usize = 500;

/// One act on several people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BulkForm {
    /// Each person once.
    pub(crate) accounts: BTreeSet<AccountId>,
    pub(crate) act: BulkAct,
    pub(crate) reason: Text<{ limits::REASON }>,
}

/// What is done to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BulkAct {
    Ban(Length),
    Mute(Length),
    Approve,
    Reject,
}

impl BulkForm {
    /// Reads the form.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub(crate) fn read(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let accounts: BTreeSet<AccountId> = fields
            .all("account")
            .into_iter()
            .filter_map(|id| id.parse().ok().and_then(AccountId::new))
            .collect();
        if accounts.is_empty() {
            faults.add("account", "Choose at least one person.");
        }
        if MOST < accounts.len() {
            faults.add(
                "account",
                format!("{} people are too many at once, the limit is {MOST}.", accounts.len()),
            );
        }
        let act = match fields.get("act") {
            "ban" => length(fields, &mut faults).map(BulkAct::Ban),
            "mute" => length(fields, &mut faults).map(BulkAct::Mute),
            "approve" => Some(BulkAct::Approve),
            "reject" => Some(BulkAct::Reject),
            _ => {
                faults.add("act", "Choose what to do.");
                None
            }
        };
        let reason = match act {
            // Letting somebody in needs no excuse.
            Some(BulkAct::Approve) => Some(Text::default()),
            _ => reason(fields, &mut faults),
        };
        match (act, reason) {
            (Some(act), Some(reason)) if faults.is_empty() => Ok(Self { accounts, act, reason }),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use super::*;

    #[test]
    fn each_person_counts_once() {
        let form = read(&[
            ("account", "7"),
            ("account", "7"),
            ("account", "41"),
            ("act", "ban"),
            ("length", "1d"),
            ("reason", "raid"),
        ]);
        let form = form.unwrap();
        assert_eq!(form.accounts.len(), 2);
        assert!(matches!(form.act, BulkAct::Ban(length) if length.to_string() == "1 d"));
    }

    #[test]
    fn nobody_nothing_and_no_reason_are_refused() {
        for (pairs, field) in [
            (&[("act", "approve")][..], "account"),
            (&[("account", "7")], "act"),
            (&[("account", "7"), ("act", "reject")], "reason"),
            (&[("account", "7"), ("act", "ban"), ("reason", "x")], "length"),
        ] {
            assert!(!read(pairs).unwrap_err().of(field).is_empty(), "{pairs:?}");
        }
        assert!(read(&[("account", "7"), ("act", "approve")]).is_ok());
    }

    #[test]
    fn more_people_than_the_limit_are_refused() {
        let ids: Vec<String> = (1..=MOST + 1).map(|id| id.to_string()).collect();
        let pairs = |count: usize| {
            let mut pairs: Vec<(&str, &str)> =
                ids[..count].iter().map(|id| ("account", id.as_str())).collect();
            pairs.push(("act", "approve"));
            pairs
        };
        assert!(read(&pairs(MOST)).is_ok());
        assert!(read(&pairs(MOST + 1)).unwrap_err().of("account").contains("501"));
    }

    fn read(pairs: &[(&str, &str)]) -> Result<BulkForm, Faults> {
        BulkForm::read(&fields(pairs))
    }
}
