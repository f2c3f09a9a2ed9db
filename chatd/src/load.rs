//! Reads what a session may see once the hub knows it, so that nothing committed in between is missed.

use std::net::IpAddr;
use std::sync::Arc;

use domain::sanction::{Kind, Scope};
use proto::ids::{AccountId, DeviceId, ReportId, Timestamp};
use proto::message::{NoticeKind, ReportState};
use store::{Reads, SanctionRow, Store, StoreError};
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::hub::{
    Author, Bound, Change, ConnId, HubHandle, Input, LoadFailed, Mark, Notice, Standing, Welcome,
};
use crate::rules::Rules;
use service::clock;

/// Reads for the hub.
#[derive(Debug, Clone)]
pub(crate) struct Loader {
    store: Store,
    hub: HubHandle,
    rules: Arc<Rules>,
    tasks: TaskTracker,
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) address: IpAddr,
}

impl Loader {
    /// Returns a loader whose tasks end with `tasks`.
    #[must_use]
    pub(crate) fn new(store: Store, hub: HubHandle, rules: Arc<Rules>, tasks: TaskTracker) -> Self {
        Self { store, hub, rules, tasks }
    }

    /// Reads, and tells the hub.
    pub(crate) fn load(&self, conn: ConnId, whose: Whose) {
        let Self { store, hub, rules, .. } = self.clone();
        self.tasks.spawn(async move {
            let now = clock::now();
            // A network that was banned after the entrance let this one in.
            let closed = rules.networks.judge(whose.address, now).filter(|ban| ban.kind == Kind::Ban);
            let read = store.read(move |reads| match closed {
                Some(ban) => {
                    let reason = reads.sanction(ban.sanction)?.map(|row| row.reason.into_inner());
                    Ok(Standing::Banned { reason: reason.unwrap_or_default() })
                }
                None => standing(reads, whose, now),
            });
            let standing = read.await.map_err(|error| {
                warn!(%error, user.id = %whose.account, "a session's rooms cannot be read");
                LoadFailed
            });
            let told_outcomes = matches!(&standing, Ok(Standing::Welcome(welcome)) if welcome.has_outcomes());
            // A hub that has stopped needs no answer.
            let _: Result<(), _> = hub.tell(Input::Loaded(conn, standing)).await;
            if told_outcomes {
                remember_outcomes(&store, whose.account, now).await;
            }
        });
    }
}

impl Loader {
    /// Looks again whether sessions may stay, after many measures changed at once.
    pub(crate) fn recheck(&self, sessions: Vec<(ConnId, Whose)>) {
        let Self { store, hub, rules, .. } = self.clone();
        self.tasks.spawn(async move {
            let now = clock::now();
            let found = store.read(move |reads| {
                sessions
                    .into_iter()
                    .map(|(conn, whose)| look_again(reads, &rules, (conn, whose), now))
                    .collect()
            });
            let changes: Vec<Option<Change>> = match found.await {
                Ok(changes) => changes,
                Err(error) => return warn!(%error, "sessions cannot be looked at again"),
            };
            for change in changes.into_iter().flatten() {
                if hub.tell(Input::Changed(change)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// Notes that somebody who is online was told what became of their report.
    pub(crate) fn outcome_told(&self, account: AccountId) {
        let store = self.store.clone();
        self.tasks.spawn(async move { remember_outcomes(&store, account, clock::now()).await });
    }
}

fn look_again(
    reads: &Reads<'_>,
    rules: &Rules,
    (conn, whose): (ConnId, Whose),
    now: Timestamp,
) -> Result<Option<Change>, StoreError> {
    let Whose { account, device, address } = whose;
    let network = rules.networks.judge(address, now).filter(|rule| rule.kind == Kind::Ban);
    let ban = match network {
        Some(rule) => reads.sanction(rule.sanction)?,
        None => ban_of(reads, account, Some(device), now)?,
    };
    if let Some(row) = ban {
        let mark = Mark { sanction: row.id, at: row.changed_at.unwrap_or(row.at) };
        return Ok(Some(Change::Ended { conn, reason: row.reason.into_inner(), mark }));
    }
    let author = author(reads, account, now)?;
    Ok(author.map(|author| Change::Bound { account, author, words: None }))
}

impl Welcome {
    fn has_outcomes(&self) -> bool {
        self.notices.iter().any(|notice| notice.kind == NoticeKind::Outcome)
    }
}

fn standing(reads: &Reads<'_>, whose: Whose, now: Timestamp) -> Result<Standing, StoreError> {
    let Whose { account, device, .. } = whose;
    if let Some(ban) = ban_of(reads, account, Some(device), now)? {
        return Ok(Standing::Banned { reason: ban.reason.into_inner() });
    }
    let known = reads.devices(account)?.iter().any(|row| row.device == device);
    let (true, Some(row)) = (known, reads.account(account)?) else { return Ok(Standing::Revoked) };
    let Some(author) = author(reads, account, now)? else { return Ok(Standing::Revoked) };
    let rooms = reads.rooms_of(account)?;
    let notices = notices(reads, account, now)?;
    Ok(Standing::Welcome(Welcome { name: row.name, role: row.role, rooms, author, notices }))
}

/// Returns what is known of somebody who writes.
pub(crate) fn author(
    reads: &Reads<'_>,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Author>, StoreError> {
    let Some(row) = reads.account(account)? else { return Ok(None) };
    let standing = reads.standing_of(account, None, now)?;
    let bounds = standing.into_iter().filter(binds_writing).map(bound).collect();
    Ok(Some(Author { since: row.created_at, bounds }))
}

/// Returns what keeps an account out on this device: a ban of the account, of everybody who came by its invite, or of the
/// device.
pub(crate) fn ban_of(
    reads: &Reads<'_>,
    account: AccountId,
    device: Option<DeviceId>,
    now: Timestamp,
) -> Result<Option<SanctionRow>, StoreError> {
    match (reads.active_ban(account, now)?, device) {
        (Some(ban), _) => Ok(Some(ban)),
        (None, Some(device)) => reads.device_ban(device, now),
        (None, None) => Ok(None),
    }
}

/// Words for who made a report that was closed.
pub(crate) fn outcome(report: ReportId, state: ReportState, words: &str) -> Notice {
    let what = match state {
        ReportState::Dismissed => "was looked at; nothing had to be done",
        _ => "was looked at, and something was done",
    };
    let words = if words.is_empty() { String::new() } else { format!(" {words}") };
    Notice { kind: NoticeKind::Outcome, text: format!("Your report {report} {what}.{words}") }
}

/// A ban from the server ends the session; everything else leaves it and binds it.
fn binds_writing(row: &SanctionRow) -> bool {
    matches!((row.kind, row.scope), (Kind::Mute | Kind::Timeout, _) | (Kind::Ban, Scope::Room(_)))
}

fn bound(row: SanctionRow) -> Bound {
    let room = match row.scope {
        Scope::Server => None,
        Scope::Room(room) => Some(room),
    };
    Bound { kind: row.kind, room, until: row.until, reason: row.reason.into_inner() }
}

/// What somebody has to be told who comes in: announcements that stand, and what became of their reports meanwhile.
fn notices(reads: &Reads<'_>, account: AccountId, now: Timestamp) -> Result<Vec<Notice>, StoreError> {
    let announced = reads.standing_announcements(now)?.into_iter();
    let mut notices: Vec<_> = announced
        .map(|row| Notice { kind: NoticeKind::Announcement, text: row.text.to_string() })
        .take(ANNOUNCEMENTS)
        .collect();
    let told = reads.preferences(account)?.get(OUTCOMES_TOLD).and_then(|told| told.parse().ok());
    let closed = reads.reports_closed(account, Timestamp(told.unwrap_or(0)), OUTCOMES)?;
    notices.extend(closed.into_iter().map(|row| outcome(row.id, row.state, &row.outcome)));
    Ok(notices)
}

/// An outcome that was told twice after a crash does no harm; one that was not told would.
async fn remember_outcomes(store: &Store, account: AccountId, now: Timestamp) {
    let noted = store.run(move |tx| tx.set_preference(account, OUTCOMES_TOLD, &now.0.to_string()));
    if let Err(error) = noted.await {
        warn!(%error, "it cannot be noted that outcomes were told");
    }
}

/// The preference that says up to when somebody was told what became of their reports.
const OUTCOMES_TOLD: &str = "outcomes_told_ms";
const OUTCOMES: usize = 10;
const ANNOUNCEMENTS: usize = 5;
