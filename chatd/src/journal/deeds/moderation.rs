//! What rules and reports write: held messages and what became of them, measures of rules, reports, raised raid levels.

use domain::name::AccountName;
use domain::raid::Posture;
use domain::sanction::Kind;
use proto::ids::{HeldId, MessageId, RoomId, Timestamp};
use proto::limits;
use proto::message::{Content, ReportCategory, ReportWhat};
use proto::refusal::Refusal;
use proto::text::Text;
use store::{Held, NewHeld, NewReport, ReportOf, StoreError, Tx};

use super::account;
use super::staff::{author, posture};
use crate::hub::{Done, Order, Penalty, Rule};

/// Tells the moderators.
pub(super) fn report(
    tx: &mut Tx<'_>,
    order: &Order,
    (what, category, note): (ReportWhat, ReportCategory, Text<{ limits::REASON }>),
    at: Timestamp,
) -> Result<Done, StoreError> {
    let what = match what {
        ReportWhat::Messages { room, seqs } => ReportOf::Messages { room, seqs: seqs.into_inner() },
        ReportWhat::Account { name } => {
            let nobody = StoreError::NotFound { what: "account" };
            let Ok(name) = AccountName::parse(&name) else { return Err(nobody) };
            ReportOf::Account(account(tx, &name)?.id)
        }
    };
    let report = tx.report(&NewReport { reporter: order.account, what, category, note, at })?;
    Ok(Done::Reported { report })
}

/// Keeps a message for a moderator. The same message again is told what became of it.
pub(super) fn hold(
    tx: &mut Tx<'_>,
    order: &Order,
    (room, message_id, content): (RoomId, MessageId, Content),
    (why, rule): (String, Rule),
    at: Timestamp,
) -> Result<Done, StoreError> {
    let filter = match rule {
        Rule::Filter(filter) => Some(filter),
        Rule::NewcomerLink | Rule::Raid | Rule::Flood => None,
    };
    let new = NewHeld { room, author: order.account, message_id, content, rule: rule.words(), filter, at };
    match tx.hold(&new)? {
        Held::Waits(_) => Ok(Done::Held { why }),
        Held::Delivered(entry) => Ok(Done::Appended { entry, fresh: false }),
        Held::Rejected => Err(StoreError::NotPermitted),
    }
}

/// Takes a rule's measure against whoever broke it.
pub(super) fn punish(
    tx: &mut Tx<'_>,
    order: &Order,
    penalty: Penalty,
    (rule, refusal): (Rule, Refusal),
    at: Timestamp,
) -> Result<Done, StoreError> {
    let account = order.account;
    let reason = Text::cut(&rule.words());
    match penalty {
        Penalty::Mute { seconds } => {
            let until = Some(at.plus_ms(i64::from(seconds) * 1_000));
            tx.rule_sanction(account, Kind::Mute, None, until, &reason, at)?;
        }
        Penalty::Kick => {
            tx.rule_sanction(account, Kind::Kick, Some(store::LOBBY), None, &reason, at)?;
        }
    }
    Ok(Done::Punished { refusal, account, penalty, author: author(tx, account, at)? })
}

/// Does what a moderator decided about a held message, once.
pub(super) fn carry_out(tx: &mut Tx<'_>, held: HeldId, at: Timestamp) -> Result<Done, StoreError> {
    let Some(done) = tx.carry_out_held(held, at)? else {
        return Err(StoreError::NotFound { what: "message" });
    };
    let store::CarriedOut { author, room, message_id, entry, fresh } = done;
    Ok(Done::CarriedOut { author, room, message_id, entry, fresh })
}

/// Sets the raid level that too many joins ask for.
pub(super) fn raise(tx: &mut Tx<'_>, wanted: Posture, at: Timestamp) -> Result<Done, StoreError> {
    tx.raise_raid(&wanted, "too many registrations in a short time", at)?;
    Ok(Done::Raided { posture: posture(tx)? })
}
