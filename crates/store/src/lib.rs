//! The only crate that names SQLite: one file, one writer thread, a few read-only connections, typed acts and queries.
//!
//! # In one place
//!
//! | call | what it does |
//! |---|---|
//! | [`Store::open`], [`Store::open_with`] | opens, makes (0600), migrates (after saving a copy) or refuses with one clear sentence; [`Missing::Refuse`] never makes one, [`Check::Skip`] is for short commands |
//! | [`Store::append`]`(NewEntry, done)` | the hot path: queues an append; `done` runs on the writer's thread after the commit, in queue order |
//! | [`Store::write`]`(job, done)` | queues any job; never blocks; [`QueueFull`] when 8,192 wait |
//! | [`Store::run`]`(job).await`, [`Store::run_blocking`] | the same, waited for |
//! | [`Store::read`]`(queries).await`, [`Store::read_blocking`] | queries on one moment of the database, stopped after 250 ms |
//! | [`Store::subscribe_changes`] → [`ChangeFeed::next`]`().await` | what this and other processes committed that sessions must act on; subscribe first, load tables afterwards |
//! | [`Store::verify`], [`Store::verify_search`], [`Store::rebuild_search`], [`Store::copy_to`] | examines everything (for `doctor`); repairs the index for searching; writes a consistent copy beside the work |
//! | [`Store::stats`], [`Store::path`], [`Store::close`] | counters; the file; write what is queued, empty the log, stop |
//!
//! A job gets a [`Tx`] and may do several acts; if it returns an error, nothing of it stays. [`Tx::reads`] has every query.
//!
//! | act on [`Tx`] | gives | refuses with |
//! |---|---|---|
//! | `create_account(&NewAccount, \|id\| AccountSecrets)` | `AccountId`; with an invite, the invite's role counts | `NameTaken`, `BadInvite` |
//! | `record_login(&Login)` | [`LoggedIn`]; uses the step or code up | `NotFound`, `Pending`, `Banned`, `CodeUsed`, `DeviceTaken`, `DeviceRevoked`, `TooMany` |
//! | `prove_again((account, device), &factor, at)` | uses the step or code up, from a device that is logged in | `NotFound`, `Pending`, `Banned`, `DeviceRevoked`, `CodeUsed` |
//! | `touch_device(device, &client, at)`, `revoke_device(account, device, at)` | | `NotFound` |
//! | `set_password(account, &phc)`, `set_totp(account, &AccountSecrets)`, `set_role(account, role)` | | `NotFound`; the last owner stays: `NotPermitted` |
//! | `create_invite(&NewInvite)`, `revoke_invite(id, at)` | `InviteId` | `Conflict`, `NotFound` |
//! | `create_room(&name, &topic, by, at, message_id)` | [`RoomRow`]; the maker is in it, its log starts with `Created` | `RoomNameTaken`, `Banned`, `TooMany` |
//! | `join(room, account, at)`, `leave(room, account)` | `bool`: whether it changed anything | `NotFound`, `Banned`, `TooMany`; the lobby and direct rooms are never left: `NotPermitted` |
//! | `open_direct(opener, other, at)` | [`RoomRow`], the same one each time | `NotPermitted` with oneself |
//! | `mark_read(account, room, upto)` | the marker as it stands | `NotAMember`, `NotFound` |
//! | `append(&NewEntry)` | [`Appended`] | `NotAMember`, `Banned`, `Muted`, `RoomLocked`, `NotPermitted`, `NoSuchEntry`, `TooMany`, `Conflict`, `NotFound` |
//! | `ban(account, by, &reason, until, at)`, `lift_ban(account, by, &reason, at)` | `SanctionId`; an equal ban is kept, another replaced | `NotFound` |
//! | `kick(room, account, by, &reason, at)` | `SanctionId`; in the lobby only the change is recorded | `NotAMember`, `NotPermitted` |
//! | `web_login(account, &factor, at)` | uses the step or code up, as a login does | `NotFound`, `Pending`, `Banned`, `CodeUsed` |
//! | `open_web_session(&NewWebSession)`, `touch_web_session`, `rotate_web_session`, `step_up_web_session`, `close_web_session`, `close_web_sessions` | `WebSessionId`; beyond twenty of one account the oldest ends | `NotFound`, `Conflict` |
//! | `set_preference(account, key, value)` | an empty value forgets it | `NotFound`, `TooMany` |
//! | `audit(&AuditEvent)` | `AuditSeq`; chained, and filed for searching | |
//! | `add_samples(&[NewSample], at)`, `put_status(key, value, at)` | figures in three steps, old ones forgotten; a line a process says about itself | `TooMany` |
//! | `queue_webhook(body, at)`, `take_webhooks(now, limit)`, `webhook_done(id)`, `webhook_failed(id, error, at)`, `retry_webhook(id, at)` | a bounded queue with a pause that doubles | `TooMany`, `NotFound` |
//! | `set_server_name`, `renew_incarnation`, `set_meta` | | |
//!
//! | act on [`Tx`] for people who are moderated, and for the server's rules | gives | refuses with |
//! |---|---|---|
//! | `appeal(sanction, account, text, at)` | `AppealId`, the same one for the same words | `NotFound`, `NotPermitted`, `TooMany` |
//! | `report(&NewReport)` | `ReportId` with a copy of the lines; more of the same is added to the one that is open | `NotFound`, `NotPermitted`, `NotAMember`, `NoSuchEntry`, `Banned`, `TooMany` |
//! | `saw_network(account, &tag, &sealed, at)`, `sanction_hits(id, count, last)`, `enforced(id, at, took_ms, sessions)` | | `NotFound` |
//! | `rule_sanction(account, kind, room, until, &reason, at)`, `raise_raid(&Posture, reason, at)` | by the server itself; never weaker than what people decided | `NotFound`, `NotPermitted` |
//! | `hold(&NewHeld)` | [`Held`]: waits, delivered or rejected | those of `append`; `TooMany` |
//! | `carry_out_held(held, at)` | [`CarriedOut`]; the log gets the message once | |
//! | `filter_match(&NewFilterMatch)`, `filter_hits(filter, shadow, count, at)` | counted; each filter keeps its newest 200, for two weeks | |
//! | `create_sealed(&NewSealedRoom)`, `start_group(&NewGroup)` | the same id or the same two give the same room; a group starts once | `Conflict`, `PendingEviction`, `NoIdentity`, `GroupRefused` |
//! | `commit_group(&NewCommit)` | [`CommitDone`]: the first commit of an epoch, if the version that was judged is still there | `StaleEpoch`, `PendingEviction`, `Banned`, `NoIdentity`, `GroupRefused`, `TooMany` |
//! | `append_sealed(&NewSealed, &stamp)`, `cannot_read(place, who, at)` | like `append`, stamped for its place; the same bytes are answered again in any epoch | those of `append`; `StaleEpoch`, `PendingEviction`, `GroupRefused` |
//! | `propose_evictions(&NewProposals)` | entries that say who has to go; the rows are written by the acts that demand it | `StaleEpoch`, `Conflict` |
//! | `publish_identity(&NewIdentity)`, `ask_approval`, `approve_device` | [`Published`] | `Conflict`, `NoIdentity`, `NotFound` |
//! | `publish_key_packages(&NewKeyPackages)`, `take_key_packages(..)`, `drop_welcome(device, id)`, `sweep_sealed(..)` | each one-time package is handed out once | `NoIdentity`, `Banned`, `PendingEviction` |
//! | `sweep_purges(now, chunk)`, `sweep_old(before, chunk)` | one small step of wiping; 0 when nothing is left to do | `Damaged` |
//!
//! | act on [`Staff`] (from `tx.staff(&actor, at)`): checked, done, audited and told in one transaction | refuses with |
//! |---|---|
//! | `sanction(&NewSanction)`, `kick`, `lift`, `lift_ban`, `lift_room_ban`, `unmute`, `change_sanction`: what stands with the same end is kept | `NotPermitted`, `NotFound`, `Invalid`, `InThePast`, `TooWide`, `SelfLockout`, `StepUpNeeded` |
//! | `import(&[NewSanction])`, `undo_batch(id)`: all or nothing, one event | the same; `TooMany`, `Conflict` |
//! | `claim`, `release`, `close_report`, `reopen`, each with the version that was seen | `NotPermitted`, `NotFound`, `Stale`, `Report`, `Conflict` |
//! | `set_role`, `reset_password`, `reset_second_factor` (they end logins to the dashboard), `revoke_device`, `revoke_web_session` | `NotPermitted`, `NotFound`, `StepUpNeeded` |
//! | `approve`, `reject`, `create_invite`, `create_invite_for`, `revoke_invite`, `note` | `NotPermitted`, `NotFound`, `Conflict`, `StepUpNeeded` |
//! | `set_raid`, `set_setting`, `slow_mode`, `lock_room`, `archive_room` | `NotPermitted`, `NotFound`, `InThePast`, `StepUpNeeded`, `TooMany` |
//! | `log(act, target, detail)`: what was done outside the database | `NotPermitted`, `StepUpNeeded` |
//! | `decide_appeal(id, AppealDecision, &answer)` | `NotPermitted` for one's own measure; `Stale`, `NotFound` |
//! | `announce(&text, ends_at)`, `end_announcement(id)` | `NotPermitted`, `InThePast`, `TooMany` |
//! | `bulk(&accounts, &BulkAct)`: a result for each, [`Bulk`] names the batch to undo | `NotPermitted`, `StepUpNeeded`, `TooMany` |
//! | `set_filter(id or none, &NewFilter)`, `remove_filter(id)` | `NotPermitted`, `NotFound`, `Filter`, `TooMany` |
//! | `decide_held(id, HeldDecision)` | `NotPermitted`, `NotFound`, `Stale` |
//! | `purge(account, since, &reason, report)`, `undo_purge(id)`: one row hides everything, one change brings it back | `NotPermitted`, `NotFound`, `StepUpNeeded`, `InThePast` |
//!
//! | query on [`Reads`] | gives |
//! |---|---|
//! | `sanctions(&filter, before, limit)`, `sanction_view(id)`, `standing_of`, `ban_of`, `standing_networks`, `batch(es)`, `enforcement_latencies` | [`SanctionLine`], [`SanctionView`], [`SanctionRow`], [`NetworkRule`], [`BatchRow`] |
//! | `people(&filter, after, limit, now)`, `person_view`, `applicants`, `recent_joiners`, `networks_of`, `accounts_on(&tag, limit)`, `lineage(invite)` | [`PersonLine`], [`PersonView`], [`ApplicantLine`], [`JoinerLine`], [`NetworkRow`] |
//! | `reports(&filter, after, limit)`, `report_view`, `own_reports`, `reports_closed`, `open_report_counts` | [`ReportLine`], [`ReportView`], [`ReportCounts`] |
//! | `rooms_page(&filter, after, limit)`, `room_view`, `invites_page`, `posture`, `settings`, `notes(subject, limit)` | [`RoomLine`], [`InviteLine`], [`PostureRow`], [`SettingRow`], [`NoteRow`] |
//! | `web_session(&digest)`, `web_sessions_of(account)`, `preferences(account)` | [`WebSessionRow`] |
//! | `account(id)`, `account_by_name(&name)` (by skeleton), `accounts(after_name, limit)`, `account_count()`, `owners()`, `recovery_codes_left(id)` | [`AccountRow`] |
//! | `device_by_key(&key)` (revoked ones too), `devices(account)` (not revoked) | [`DeviceRow`] |
//! | `invite_by_digest(&digest)`, `invites(after, limit)` | [`InviteRow`]; `is_good(now)` |
//! | `room(id)`, `room_by_name(&name)`, `direct_room(a, b)` | [`RoomRow`] |
//! | `summary(room, reader)`, `rooms_of(account)` (lobby first), `list_rooms(after_name, reader, limit)` | `RoomSummary` of the wire |
//! | `is_member(room, account)`, `members(room, after_name, limit)`, `member_count(room)` | [`MemberRow`] |
//! | `history(room, reader, from, limit)`, `search(reader, query, room, before, limit)` | pages of the wire, folded, within `limits::PAGE_BYTES` |
//! | `active_ban(account, now)`, `sanction(id)`, `sanctions_of(account, before, limit)` | [`SanctionRow`] |
//! | `audit_after(seq, limit)`, `audit_head()`, `verify_audit()` | [`AuditRow`], place and hash |
//! | `audit_filter(typed, now)`, `audit_page(&filter, before, limit)`, `audit_event(seq)` | [`AuditFilter`], [`AuditPage`] newest first; going on with its `next` visits every event that matches once |
//! | `verify_audit_from(place, hash, limit)` | [`AuditCheck`]: how far the chain holds, or the first event where it does not |
//! | `standing_announcements(now)`, `announcements(before, limit)`, `announcement(id)` | [`AnnouncementRow`] |
//! | `filters()`, `filter(id)`, `filter_matches(id, before, limit)`, `recent_texts(room or all, limit)` | [`FilterRow`], [`FilterMatchRow`], [`RecentText`] |
//! | `held(before, limit)`, `held_message(id)`, `held_count()`, `held_to_carry_out()` | [`HeldLine`], [`HeldRow`]; what was let through and is not in the log |
//! | `purge(id)`, `purges_of(account, limit)`, `count_purged(id)` | [`PurgeRow`] |
//! | `overview(now)` | [`Overview`]: what waits for somebody and what stands, in numbers |
//! | `samples(series, step, since)`, `status()`, `status_line(key)` | [`Sample`], [`StatusRow`] |
//! | `webhooks(before, limit)`, `next_webhook()` | [`WebhookRow`]; when the next is due |
//! | `group(room)`, `group_of(room, reader)`, `leaves(room)`, `was_in_group(room, account, seq)`, `tree_piece(..)`, `welcomes(device)` | [`GroupRow`], [`LeafRow`], pages of the wire |
//! | `open_evictions(room)`, `rooms_to_propose()`, `to_propose(room)`, `evictions_of(sanction, limit)`, `sealed_counts()` | [`EvictionRow`], [`ToPropose`], [`SealedCounts`] |
//! | `identity_key(account)`, `device_identities(account)`, `key_packages_left(device, now)` | [`DeviceIdentityRow`] |
//! | `changes_after(seq, limit)`, `last_change()` | [`ChangeRow`] |
//! | `server_name()`, `incarnation()`, `meta(key)` | |
//!
//! # What always holds
//!
//! - A completion with `Ok` runs after the commit is on disk (`synchronous = FULL`); completions run in commit order.
//! - A place in a log is given in the commit, without gaps; no order ever comes from a clock.
//! - While a purge stands, `history`, `search`, `recent_texts` and the evidence of reports take what it is about for
//!   removed; edits of it and reactions to it are refused. The rows are untouched until the day is over.
//! - `Full`, `Busy`: nothing of the group is written, reads go on, later writes work again. `Broken`, `Corrupt`: writing
//!   has stopped until the process starts again, reads go on.

mod bell;
mod checkpoint;
mod columns;
mod connect;
mod entry;
mod error;
mod feed;
mod hidden;
mod job;
mod migrate;
mod open;
mod options;
mod pool;
mod reads;
mod rows;
#[cfg(feature = "seed")]
pub mod seed;
mod shared;
mod staff;
mod stats;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
mod verify;
mod writer;

pub use error::StoreError;
pub use feed::ChangeFeed;
pub use options::{Check, Missing, Options};
pub use reads::{Page, Reads};
pub use rows::*;
pub use staff::{Actor, IMPORTED, OwnSecret, SLOWEST, Staff, UNDO_MS, Via};
pub use stats::Stats;
pub use store::{QueueFull, Store};
pub use tx::Tx;
pub use verify::Verified;
