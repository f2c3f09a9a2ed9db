//! What staff do with commands: each is one method of the store's door for staff, which checks and audits it.

use domain::name::AccountName;
use domain::raid::Posture;
use domain::sanction::{Kind, Scope, Target};
use proto::ids::{AccountId, RoomId, Timestamp};
use proto::limits;
use proto::text::Text;
use store::{Actor, NewSanction, StoreError, Tx};

use super::{NO_ROOM, account};
use crate::hub::{Author, Deed, Done, Mark, Order, Pace, RaidOrder};
use crate::load;

/// What somebody is told.
type Reason = Text<{ limits::REASON }>;

/// Does what a member of staff asks for, with their role as it is in this transaction.
pub(super) fn perform(tx: &mut Tx<'_>, order: &Order, deed: Deed, at: Timestamp) -> Result<Done, StoreError> {
    let actor = Actor::in_chat(order.account);
    match deed {
        Deed::Kick { room, whom, reason } => {
            let account = account(tx, &whom)?.id;
            let sanction = tx.staff(&actor, at)?.kick(room, account, &reason)?;
            Ok(Done::Kicked { room, account, reason, mark: Mark { sanction, at } })
        }
        Deed::Ban { whom, reason, seconds } => {
            let account = account(tx, &whom)?.id;
            let new = NewSanction::new(Target::Account(account), Kind::Ban, end(seconds, at), reason.clone());
            let sanction = tx.staff(&actor, at)?.sanction(&new)?;
            Ok(Done::Banned { account, reason, mark: Mark { sanction, at } })
        }
        Deed::Unban { whom, reason } => {
            let account = account(tx, &whom)?.id;
            tx.staff(&actor, at)?.lift_ban(account, &reason)?;
            Ok(Done::Unbanned)
        }
        Deed::Mute { room, whom, reason, seconds } => mute(tx, &actor, (room, &whom, reason, seconds), at),
        Deed::Unmute { room, whom, reason } => {
            let account = account(tx, &whom)?.id;
            tx.staff(&actor, at)?.unmute(account, scope(room), &reason)?;
            Ok(Done::Bound { account, author: author(tx, account, at)? })
        }
        Deed::RoomBan { room, whom, reason, seconds } => {
            let account = account(tx, &whom)?.id;
            let mut new =
                NewSanction::new(Target::Account(account), Kind::Ban, end(seconds, at), reason.clone());
            new.scope = Scope::Room(room);
            let sanction = tx.staff(&actor, at)?.sanction(&new)?;
            let author = author(tx, account, at)?;
            Ok(Done::RoomBanned { account, room, reason, mark: Mark { sanction, at }, author })
        }
        Deed::RoomUnban { room, whom, reason } => {
            let account = account(tx, &whom)?.id;
            tx.staff(&actor, at)?.lift_room_ban(account, room, &reason)?;
            Ok(Done::Bound { account, author: author(tx, account, at)? })
        }
        Deed::SlowMode { room, seconds } => {
            tx.staff(&actor, at)?.slow_mode(room, seconds)?;
            let row = tx.reads().room(room)?.ok_or(NO_ROOM)?;
            Ok(Done::Paced { room, pace: Pace { slow_seconds: row.slow_seconds, locked: row.locked } })
        }
        Deed::Raid { posture: RaidOrder { level, minutes }, reason } => {
            let until = minutes.map(|minutes| at.plus_ms(i64::from(minutes) * 60_000));
            tx.staff(&actor, at)?.set_raid(level, until, &reason)?;
            Ok(Done::Raided { posture: posture(tx)? })
        }
        Deed::Purge { whom, reason, seconds } => {
            let account = account(tx, &whom)?.id;
            let since = seconds.map_or(Timestamp(0), |seconds| at.plus_ms(-milliseconds(seconds)));
            let purge = tx.staff(&actor, at)?.purge(account, since, &reason, None)?;
            let (messages, more) = tx.reads().count_purged(purge)?;
            Ok(Done::Purged { messages, more })
        }
        _ => Err(StoreError::NotPermitted),
    }
}

fn mute(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (room, whom, reason, seconds): (Option<RoomId>, &AccountName, Reason, Option<u64>),
    at: Timestamp,
) -> Result<Done, StoreError> {
    let account = account(tx, whom)?.id;
    let mut new = NewSanction::new(Target::Account(account), Kind::Mute, end(seconds, at), reason);
    new.scope = scope(room);
    tx.staff(actor, at)?.sanction(&new)?;
    Ok(Done::Bound { account, author: author(tx, account, at)? })
}

/// Returns what binds somebody as this transaction leaves it.
pub(super) fn author(tx: &Tx<'_>, account: AccountId, at: Timestamp) -> Result<Author, StoreError> {
    load::author(&tx.reads(), account, at)?.ok_or(StoreError::NotFound { what: "account" })
}

pub(super) fn posture(tx: &Tx<'_>) -> Result<Posture, StoreError> {
    Ok(tx.reads().posture()?.posture)
}

fn scope(room: Option<RoomId>) -> Scope {
    room.map_or(Scope::Server, Scope::Room)
}

fn end(seconds: Option<u64>, at: Timestamp) -> Option<Timestamp> {
    seconds.map(|seconds| at.plus_ms(milliseconds(seconds)))
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX)
}
