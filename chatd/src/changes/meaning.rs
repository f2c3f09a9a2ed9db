//! What a change means for people online, by the tables, which are the truth: a ban may be lifted already.

use std::sync::Arc;

use domain::filter::FilterSet;
use domain::raid::Posture;
use domain::role::Action;
use domain::sanction::{Kind, Length, Scope, Target};
use domain::settings::Settings;
use proto::ids::{AccountId, AnnouncementId, HeldId, PurgeId, ReportId, RoomId, SanctionId};
use proto::message::{NoticeKind, ReportState};
use store::{ChangeRow, NetworkRule, Reads, SanctionRow, StoreError};
use tracing::warn;

use crate::alerts::Alert;
use crate::hub::{Audience, Change, Mark, Notice, Pace, Whom};
use crate::load;
use service::clock;

/// What has to be done about a change.
#[derive(Debug)]
pub(super) enum Meaning {
    Hub(Change),
    /// A ban of a network as it is; nothing when it does not stand.
    Network(SanctionId, Option<NetworkRule>),
    /// Every ban of a network.
    Networks(Vec<NetworkRule>),
    Posture(Posture),
    Settings(Arc<Settings>),
    /// A moderator decided about a held message.
    Decided(HeldId),
    /// Somebody has to go from a sealed room.
    Evicting(RoomId),
    Alert(Alert),
}

/// Returns what a server has to know that starts.
pub(super) fn everything(reads: &Reads<'_>) -> Result<Vec<Meaning>, StoreError> {
    let mut all = vec![Meaning::Networks(networks(reads)?)];
    all.extend(posture(reads)?);
    all.extend(settings(reads)?);
    all.extend(filters(reads)?);
    all.extend(reads.held_to_carry_out()?.into_iter().map(Meaning::Decided));
    all.extend(reads.rooms_to_propose()?.into_iter().map(Meaning::Evicting));
    Ok(all)
}

/// Returns what a change means.
pub(super) fn of(reads: &Reads<'_>, row: ChangeRow) -> Result<Vec<Meaning>, StoreError> {
    Ok(match row.change {
        store::Change::Sanctioned { sanction, .. } | store::Change::SanctionsChanged { sanction } => {
            sanctioned(reads, sanction)?
        }
        store::Change::Lifted { account } => bound(reads, account, None)?,
        store::Change::Kicked { account, room, sanction } => {
            let kicked =
                |row: SanctionRow| Change::Kicked { account, room, mark: mark(&row), reason: row.reason };
            reads.sanction(sanction)?.map(kicked).map(Meaning::Hub).into_iter().collect()
        }
        store::Change::DeviceRevoked { device, .. } => vec![Meaning::Hub(Change::Revoked { device })],
        store::Change::AccountChanged { account } => {
            let changed =
                |row: store::AccountRow| Change::Account { account, name: row.name, role: row.role };
            reads.account(account)?.map(changed).map(Meaning::Hub).into_iter().collect()
        }
        store::Change::AccountCreated { .. } => {
            let members = reads.member_count(store::LOBBY)?;
            vec![Meaning::Hub(Change::Members { room: store::LOBBY, members })]
        }
        store::Change::BatchChanged { .. } => {
            vec![Meaning::Networks(networks(reads)?), Meaning::Hub(Change::Recheck)]
        }
        store::Change::RoomChanged { room } => paced(reads, room)?,
        store::Change::PostureChanged => posture(reads)?,
        store::Change::SettingsChanged => settings(reads)?,
        store::Change::FiltersChanged => filters(reads)?,
        store::Change::HeldDecided { held } => vec![Meaning::Decided(held)],
        store::Change::Purged { purge } => purged(reads, purge)?,
        store::Change::ReportChanged { report } => reported(reads, report)?,
        // Running downloads look at the tables with each piece.
        store::Change::FileChanged { .. } => Vec::new(),
        store::Change::Announced { announcement } => announced(reads, announcement)?,
        store::Change::AccountDecided { .. } => Vec::new(),
        store::Change::Evicting { room } => vec![Meaning::Evicting(room)],
    })
}

/// A measure that was taken, changed or lifted.
fn sanctioned(reads: &Reads<'_>, sanction: SanctionId) -> Result<Vec<Meaning>, StoreError> {
    let Some(row) = reads.sanction(sanction)? else { return Ok(Vec::new()) };
    let stands = row.stands(clock::now());
    let banned =
        |whom| Meaning::Hub(Change::Banned { whom, reason: row.reason.to_string(), mark: mark(&row) });
    Ok(match (row.target, row.kind, row.scope) {
        (Target::Network(network), kind, _) => {
            let rule = NetworkRule { sanction, network, kind, until: row.until };
            let mut meanings = vec![Meaning::Network(sanction, stands.then_some(rule))];
            if kind == Kind::Ban && stands {
                meanings.push(banned(Whom::Network(network)));
            }
            meanings
        }
        (Target::Device(_, device), ..) if stands => vec![banned(Whom::Device(device))],
        (Target::Lineage(_), ..) if stands => vec![Meaning::Hub(Change::Recheck)],
        (Target::Device(..) | Target::Lineage(_), ..) => Vec::new(),
        (Target::Account(account), Kind::Ban, Scope::Server) if stands => {
            vec![banned(Whom::Accounts(vec![account]))]
        }
        (Target::Account(account), Kind::Ban, Scope::Room(room)) if stands => {
            let mut meanings = bound(reads, account, Some(words(&row)))?;
            let (reason, mark) = (row.reason.to_string(), mark(&row));
            meanings.push(Meaning::Hub(Change::RoomBanned { account, room, reason, mark }));
            meanings
        }
        (Target::Account(account), ..) => {
            let words = stands.then(|| words(&row)).filter(|_| row.kind != Kind::Kick);
            bound(reads, account, words)?
        }
    })
}

fn bound(reads: &Reads<'_>, account: AccountId, words: Option<String>) -> Result<Vec<Meaning>, StoreError> {
    let author = load::author(reads, account, clock::now())?;
    Ok(author.map(|author| Meaning::Hub(Change::Bound { account, author, words })).into_iter().collect())
}

/// What somebody is told whom a measure binds from now on.
fn words(row: &SanctionRow) -> String {
    let state = match row.kind {
        Kind::Timeout => "are in a time-out",
        Kind::Mute => "are muted",
        Kind::Ban | Kind::SoftBan | Kind::Kick => "are banned",
    };
    let place = if row.scope == Scope::Server { "" } else { " in one room" };
    let length = match row.until {
        Some(_) => format!("for {}", Length::between(clock::now(), row.until)),
        None => "until a moderator lifts it".to_owned(),
    };
    let reason = if row.reason.is_empty() { String::new() } else { format!(" Reason: {}", &*row.reason) };
    format!("You {state}{place} {length}.{reason}")
}

fn networks(reads: &Reads<'_>) -> Result<Vec<NetworkRule>, StoreError> {
    let (now, mut all) = (clock::now(), Vec::new());
    loop {
        let page = reads.standing_networks(all.last(), now, NETWORKS_AT_ONCE)?;
        all.extend(page.items);
        if !page.more {
            return Ok(all);
        }
    }
}

fn posture(reads: &Reads<'_>) -> Result<Vec<Meaning>, StoreError> {
    let posture = reads.posture()?.posture;
    Ok(vec![Meaning::Posture(posture), Meaning::Hub(Change::Posture(posture))])
}

fn settings(reads: &Reads<'_>) -> Result<Vec<Meaning>, StoreError> {
    let stored = reads.settings()?;
    let pairs = stored.iter().map(|row| (row.key.as_str(), row.value.as_str()));
    let (settings, problems) = Settings::from_stored(pairs);
    for problem in problems {
        warn!(%problem, "a setting cannot be read and has its default");
    }
    let settings = Arc::new(settings);
    Ok(vec![Meaning::Settings(settings.clone()), Meaning::Hub(Change::Settings(settings))])
}

fn filters(reads: &Reads<'_>) -> Result<Vec<Meaning>, StoreError> {
    let filters: Vec<_> = reads.filters()?.into_iter().map(|row| row.filter).collect();
    let (filters, errors) = FilterSet::compile(&filters);
    for (filter, error) in errors {
        warn!(filter.id = %filter, %error, "a filter cannot be used");
    }
    Ok(vec![Meaning::Hub(Change::Filters(Arc::new(filters)))])
}

fn paced(reads: &Reads<'_>, room: RoomId) -> Result<Vec<Meaning>, StoreError> {
    let Some(row) = reads.room(room)? else { return Ok(Vec::new()) };
    let pace = Pace { slow_seconds: row.slow_seconds, locked: row.locked || row.archived };
    Ok(vec![Meaning::Hub(Change::Paced { room, pace })])
}

fn purged(reads: &Reads<'_>, purge: PurgeId) -> Result<Vec<Meaning>, StoreError> {
    let Some(row) = reads.purge(purge)? else { return Ok(Vec::new()) };
    let change =
        Change::Purged { account: row.account, since: row.since, upto: row.upto, hidden: row.hidden() };
    Ok(vec![Meaning::Hub(change)])
}

/// A report that is new is told to staff on duty; one that was closed to who made it.
fn reported(reads: &Reads<'_>, report: ReportId) -> Result<Vec<Meaning>, StoreError> {
    let Some(row) = reads.report(report)? else { return Ok(Vec::new()) };
    let category = row.category.word();
    Ok(match row.state {
        ReportState::New if row.version == FIRST_VERSION => {
            let text = format!("Report {report} ({category}) waits for somebody. It is in the dashboard.");
            let notice = Notice { kind: NoticeKind::Report, text };
            vec![
                Meaning::Hub(Change::Notice(Audience::Staff(Action::HandleReport), notice)),
                Meaning::Alert(Alert::Report { report: report.get(), category }),
            ]
        }
        ReportState::Actioned | ReportState::Dismissed => {
            let notice = load::outcome(report, row.state, &row.outcome);
            vec![Meaning::Hub(Change::Notice(Audience::Account(row.reporter), notice))]
        }
        ReportState::New | ReportState::Claimed => Vec::new(),
    })
}

fn announced(reads: &Reads<'_>, announcement: AnnouncementId) -> Result<Vec<Meaning>, StoreError> {
    let now = clock::now();
    let standing = reads.standing_announcements(now)?;
    let found = standing.into_iter().find(|row| row.id == announcement);
    let told = |row: store::AnnouncementRow| {
        let notice = Notice { kind: NoticeKind::Announcement, text: row.text.to_string() };
        Meaning::Hub(Change::Notice(Audience::Everybody, notice))
    };
    Ok(found.map(told).into_iter().collect())
}

fn mark(row: &SanctionRow) -> Mark {
    Mark { sanction: row.id, at: row.changed_at.unwrap_or(row.at).max(row.at) }
}

const NETWORKS_AT_ONCE: usize = 10_000;
/// The version of a report that nobody has touched.
const FIRST_VERSION: u64 = 1;
