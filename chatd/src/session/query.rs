//! Reading and judging for a session: straight from the store, one thing of a session at a time.

use std::sync::Arc;

use proto::bytes::Bytes;
use proto::codec;
use proto::ids::{AccountId, DeviceId, RequestId};
use proto::limits;
use proto::message::{
    Answer, Device, DevicePage, MemberPage, OwnReport, Person, ReportPage, RoomPage, ServerMessage,
    WelcomePage,
};
use proto::text::List;
use store::{DeviceRow, Reads, ReportLine, StoreError};

use super::identity;
use super::wish::Query;
use crate::groups;
use crate::hub::{Act, Deed};
use crate::refuse;
use crate::shared::Shared;

/// Who asks, from which device.
type Me = (AccountId, DeviceId);

/// What became of a query.
#[derive(Debug)]
pub(super) enum Found {
    /// The encoded answer.
    Answer(bytes::Bytes),
    /// The hub has to add who is online.
    ForHub(Act),
}

/// Reads what was asked for. A failure is an answer too.
pub(super) async fn run(shared: Arc<Shared>, me: Me, request: RequestId, query: Query) -> Found {
    let query = match query {
        Query::Judge(what) => {
            return match groups::judge(&shared, me, what).await {
                Ok(deed) => Found::ForHub(Act::Write(Deed::Sealed(Box::new(deed)))),
                Err(refusal) => {
                    Found::Answer(codec::encode(&ServerMessage::Refused(request, refusal)).into())
                }
            };
        }
        query => query,
    };
    let sender = shared.groups.sender();
    let found = shared.store.read(move |reads| look(reads, me, &sender, query)).await;
    let message = match found {
        Ok(Looked::Answer(answer)) => ServerMessage::Answer(request, answer),
        Ok(Looked::ForHub(act)) => return Found::ForHub(act),
        Err(error) => ServerMessage::Refused(request, refuse::store(&error)),
    };
    Found::Answer(codec::encode(&message).into())
}

enum Looked {
    Answer(Answer),
    ForHub(Act),
}

fn look(reads: &Reads<'_>, (reader, asking): Me, sender: &[u8], query: Query) -> Result<Looked, StoreError> {
    let answer = match query {
        Query::Rooms { after } => {
            let page = reads.list_rooms(&after, reader, ROOMS_PER_PAGE)?;
            Answer::Rooms(RoomPage { rooms: list(page.items), more: page.more })
        }
        Query::History { room, from, limit } => Answer::History(reads.history(room, reader, from, limit)?),
        Query::Search { query, room, before, limit } => {
            Answer::Found(reads.search(reader, &query, room, before, limit)?)
        }
        Query::Members { room, after } => {
            // Who may see the room may see who is in it.
            let summary = reads.summary(room, reader)?.ok_or(StoreError::NotFound { what: "room" })?;
            let page = reads.members(room, &after, limits::PEOPLE)?;
            let people = page.items.into_iter().map(|row| Person {
                account: row.account,
                name: row.name,
                role: row.role,
                online: false,
            });
            let page = MemberPage {
                people: list(people.collect()),
                more: page.more,
                members: summary.members,
                online: 0,
            };
            return Ok(Looked::ForHub(Act::Members { room, page }));
        }
        Query::Devices => {
            let devices = reads.devices(reader)?.into_iter().map(device);
            return Ok(Looked::ForHub(Act::Devices(DevicePage { devices: list(devices.collect()) })));
        }
        Query::Reports => {
            let reports = reads.own_reports(reader, limits::REPORTS)?;
            Answer::Reports(ReportPage { reports: list(reports.into_iter().map(report).collect()) })
        }
        Query::Identity { whom } => Answer::Identity(identity::card(reads, reader, whom.as_ref())?),
        Query::Welcomes => {
            let page = reads.welcomes(asking)?;
            Answer::Welcomes(WelcomePage { welcomes: list(page.items), more: page.more })
        }
        Query::Tree { room, epoch, offset, len } => {
            let bytes = reads.tree_piece((room, reader), epoch, (offset, len))?;
            Answer::Piece { offset, bytes: Bytes::new(bytes).unwrap_or_default() }
        }
        Query::GroupInfo { room } => {
            let group = reads.group_of(room, reader)?;
            Answer::GroupInfo { epoch: group.epoch, seq: group.seq, info: group.group_info }
        }
        Query::Host => Answer::Host { sender: Bytes::new(sender.to_vec()).unwrap_or_default() },
        // Judged before anything is read.
        Query::Judge(_) => return Err(StoreError::NotPermitted),
    };
    Ok(Looked::Answer(answer))
}

fn device(row: DeviceRow) -> Device {
    Device {
        device: row.device,
        label: row.label,
        client: row.client,
        added: row.added,
        last_seen: row.last_seen,
        online: false,
        current: false,
    }
}

fn report(line: ReportLine) -> OwnReport {
    let ReportLine { row, name, lines, .. } = line;
    OwnReport {
        report: row.id,
        at: row.at,
        name,
        messages: lines,
        category: row.category,
        state: row.state,
        outcome: row.outcome,
    }
}

/// The store reads at most as many rows as a page has.
fn list<T, const MAX: usize>(mut items: Vec<T>) -> List<T, MAX> {
    items.truncate(MAX);
    List::new(items).unwrap_or_default()
}

/// A summary can be 700 bytes long; this many always fit into one message.
const ROOMS_PER_PAGE: usize = limits::PAGE_BYTES / 768;
