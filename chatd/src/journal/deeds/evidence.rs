//! Reports from sealed rooms: every opened message is examined before anything is written, and one that does not hold
//! refuses the report.

use keys::Keys;
use proto::ids::{AccountId, RoomId, Timestamp};
use proto::message::{Content, Opened};
use sealed::evidence::{Exhibit, Facts, Logged, examine};
use store::{NewExhibit, NewSealedReport, StoreError, Tx};

use crate::hub::{Done, Order, SealedReport};

/// Tells the moderators what the reporter opened, once it is proven; kept encrypted, as nobody else may read it.
pub(super) fn report(
    tx: &mut Tx<'_>,
    order: &Order,
    report: SealedReport,
    keys: &Keys,
    at: Timestamp,
) -> Result<Done, StoreError> {
    let SealedReport { room, category, note, opened } = report;
    let mut exhibits = Vec::with_capacity(opened.len());
    for opened in opened {
        exhibits.push(exhibit(tx, order.account, (room, opened), keys, at)?);
    }
    let new = NewSealedReport { reporter: order.account, room, category, note, exhibits, at };
    Ok(Done::Reported { report: tx.report_sealed(&new)? })
}

fn exhibit(
    tx: &Tx<'_>,
    reporter: AccountId,
    (room, opened): (RoomId, Opened),
    keys: &Keys,
    at: Timestamp,
) -> Result<NewExhibit, StoreError> {
    let facts = facts(tx, reporter, room, &opened)?;
    let found = examine(&keys.franking.keys(), keys.franking.server(), room, &opened, Some(&facts));
    let (seq, author, said_at) = (opened.seq, opened.account, opened.at);
    if let Some(check) = found.refusal() {
        return Err(StoreError::Unproven { seq, why: check.complaint() });
    }
    let reported = !opened.context;
    let exhibit = Exhibit { room, opened, found, examined_at: at };
    let sealed = keys.seal_evidence(author, room, seq, &exhibit.encode());
    Ok(NewExhibit { seq, reported, author, at: said_at, sealed })
}

/// What the database says beside the reporter's word.
fn facts(tx: &Tx<'_>, reporter: AccountId, room: RoomId, opened: &Opened) -> Result<Facts, StoreError> {
    let place = tx.reads().sealed_place(room, reporter, opened.seq)?;
    let logged = place.entry.and_then(|entry| match entry.content {
        Content::Sealed { device, epoch, stamp, blob, .. } => Some(Logged {
            account: entry.author,
            device,
            epoch,
            at: entry.at,
            message_id: entry.message_id,
            stamp,
            blob,
        }),
        _ => None,
    });
    Ok(Facts { was_member: place.was_member, logged })
}
