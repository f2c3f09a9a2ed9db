//! What each deed does in its transaction, with the audit row of staff acts in the same one.

mod evidence;
mod moderation;
mod sealed;
mod staff;

use domain::audit::{Action as Act, AuditEvent, Target};
use domain::name::AccountName;
use domain::role::{self, Action};
use keys::Keys;
use proto::ids::{AccountId, MessageId, RoomId, Timestamp};
use proto::message::{Content, RoomSummary};
use proto::text::Text;
use store::{AccountRow, NewEntry, Power, StoreError, Tx};

use crate::hub::{self, Deed, Done, Order};

/// Does a deed, or leaves nothing behind.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    order: &Order,
    deed: Deed,
    keys: &Keys,
    at: Timestamp,
) -> Result<Done, StoreError> {
    let by = order.account;
    match deed {
        Deed::Append { room, message_id, content } => append(tx, order, (room, message_id, content), at),
        Deed::CreateRoom { name, topic } => {
            let room = tx.create_room(&name, &topic, by, at, fresh_message_id()?)?;
            Ok(Done::Joined { summary: summary(tx, room.id, by)?, fresh: true })
        }
        Deed::Join { name } => {
            let room = tx.reads().room_by_name(&name)?.ok_or(NO_ROOM)?.id;
            let fresh = tx.join(room, by, at)?;
            Ok(Done::Joined { summary: summary(tx, room, by)?, fresh })
        }
        Deed::Leave { room } => {
            if !tx.leave(room, by, at)? {
                return Err(StoreError::NotAMember);
            }
            Ok(Done::Left { room })
        }
        Deed::OpenDirect { with } => open_direct(tx, by, &with, at),
        Deed::MarkRead { room, upto } => Ok(Done::Read { room, upto: tx.mark_read(by, room, upto)? }),
        Deed::RevokeDevice { device } => {
            tx.revoke_device(by, device, at)?;
            Ok(Done::Revoked { device })
        }
        Deed::Kick { .. }
        | Deed::Ban { .. }
        | Deed::Unban { .. }
        | Deed::Mute { .. }
        | Deed::Unmute { .. }
        | Deed::RoomBan { .. }
        | Deed::RoomUnban { .. }
        | Deed::SlowMode { .. }
        | Deed::Raid { .. }
        | Deed::Purge { .. } => staff::perform(tx, order, deed, at),
        Deed::Report { what, category, note } => moderation::report(tx, order, (what, category, note), at),
        Deed::ReportSealed(report) => evidence::report(tx, order, report, keys, at),
        Deed::Hold { room, message_id, content, why, rule } => {
            moderation::hold(tx, order, (room, message_id, content), (why, rule), at)
        }
        Deed::Punish { penalty, rule, refusal } => {
            moderation::punish(tx, order, penalty, (rule, refusal), at)
        }
        Deed::CarryOut { held } => moderation::carry_out(tx, held, at),
        Deed::Raise { posture } => moderation::raise(tx, posture, at),
        Deed::Sealed(deed) => sealed::perform(tx, order, *deed, keys, at),
    }
}

/// Whether an entry may be an act of staff, so that more than the entry is read and written.
pub(super) fn needs_a_look(order: &Order, content: &Content) -> bool {
    matches!(content, Content::Delete { .. }) && hub::removes_others_texts(order.role)
}

fn append(
    tx: &mut Tx<'_>,
    order: &Order,
    (room, message_id, content): (RoomId, MessageId, Content),
    at: Timestamp,
) -> Result<Done, StoreError> {
    let author = order.account;
    let mut power = Power::Own;
    let mut others_text = None;
    if let Content::Delete { target } = content
        && needs_a_look(order, &content)
    {
        power = Power::Moderator;
        others_text = tx.reads().author_of(room, target)?.filter(|written_by| *written_by != author);
        if let Some(written_by) = others_text {
            may_act_on(tx, order, Action::DeleteAny, written_by)?;
        }
    }
    let appended = tx.append(&NewEntry { room, author, message_id, content, at, power })?;
    if let (Some(written_by), true, Content::Delete { target }) =
        (others_text, appended.fresh, &appended.entry.content)
    {
        let detail = format!("written by account {written_by}");
        audit(tx, order, (Act::MessageDeleted, Target::Entry(room, *target)), &detail, at)?;
    }
    Ok(Done::Appended { entry: appended.entry, fresh: appended.fresh })
}

fn open_direct(
    tx: &mut Tx<'_>,
    by: AccountId,
    with: &AccountName,
    at: Timestamp,
) -> Result<Done, StoreError> {
    let other = account(tx, with)?.id;
    let is_new = tx.reads().direct_room(by, other)?.is_none();
    let room = tx.open_direct(by, other, at)?.id;
    let theirs = if is_new { Some(summary(tx, room, other)?) } else { None };
    Ok(Done::Opened { ours: summary(tx, room, by)?, other, theirs })
}

/// Judges with the roles as they are in this transaction: the session may have been there before a demotion.
fn may_act_on(tx: &Tx<'_>, order: &Order, action: Action, target: AccountId) -> Result<(), StoreError> {
    let reads = tx.reads();
    let (Some(actor), Some(target)) = (reads.account(order.account)?, reads.account(target)?) else {
        return Err(NO_ACCOUNT);
    };
    let permitted = role::permits(actor.role, action) && role::may_act_on(actor.role, target.role);
    if permitted { Ok(()) } else { Err(StoreError::NotPermitted) }
}

fn audit(
    tx: &mut Tx<'_>,
    order: &Order,
    (action, target): (Act, Target),
    detail: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent { at, actor: Some(order.account), action, target, detail: Text::cut(detail) };
    tx.audit(&event).map(|_| ())
}

fn account(tx: &Tx<'_>, name: &AccountName) -> Result<AccountRow, StoreError> {
    tx.reads().account_by_name(name)?.ok_or(NO_ACCOUNT)
}

fn summary(tx: &Tx<'_>, room: RoomId, reader: AccountId) -> Result<RoomSummary, StoreError> {
    tx.reads().summary(room, reader)?.ok_or(NO_ROOM)
}

/// The id of an entry that no client made.
fn fresh_message_id() -> Result<MessageId, StoreError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| StoreError::Other(format!("no random bytes: {error}")))?;
    Ok(MessageId(id))
}

const NO_ACCOUNT: StoreError = StoreError::NotFound { what: "account" };
const NO_ROOM: StoreError = StoreError::NotFound { what: "room" };
