//! What may be written at this moment: measures against the author, the room's and the server's posture, filters.
//!
//! Everything here is judged before the journal. What a rule says is told to the author with the rule's name and its
//! end; nothing is dropped without a word.

mod author;
mod ruling;
mod slow;
mod texts;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::filter::FilterSet;
use domain::raid::{Posture, RaidLevel};
use domain::role::{self, Action};
use domain::sanction::Kind;
use domain::settings::Settings;
use proto::ids::{AccountId, MessageId, RoomId, Timestamp};
use proto::message::{Content, Role, RoomKind};
use proto::refusal::Refusal;

use super::input::{Deed, Order};
use super::sealed::SealedDeed;
use author::Authors;
use slow::SlowMode;

pub(crate) use author::{Author, Bound};
pub(crate) use ruling::{Match, Penalty, Rule, Ruling};

/// The rules in force and what they need to remember.
#[derive(Debug)]
pub(super) struct Guard {
    clock: Clock,
    settings: Arc<Settings>,
    posture: Posture,
    /// The level that people were last told of.
    told: RaidLevel,
    filters: Arc<FilterSet>,
    authors: Authors,
    slow: SlowMode,
}

/// A room as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) room: RoomId,
    pub(super) kind: RoomKind,
    /// How long one person waits between two messages.
    pub(super) slow: Duration,
    /// Whether only staff may write.
    pub(super) locked: bool,
}

/// One moment on both clocks: measures end by the wall's, which the hub never reads itself.
#[derive(Debug, Clone, Copy)]
struct Clock {
    at: Instant,
    wall: Timestamp,
}

impl Guard {
    /// Returns a guard of an ordinary day that knows no measures.
    pub(super) fn new(at: Instant, wall: Timestamp) -> Self {
        Self {
            clock: Clock { at, wall },
            settings: Arc::default(),
            posture: Posture::NORMAL,
            told: RaidLevel::NORMAL,
            filters: Arc::new(FilterSet::compile(&[]).0),
            authors: Authors::default(),
            slow: SlowMode::default(),
        }
    }

    /// Sets the clocks again; the wall's may have been put right meanwhile.
    pub(super) fn set_clock(&mut self, at: Instant, wall: Timestamp) {
        self.clock = Clock { at, wall };
    }

    pub(super) fn set_settings(&mut self, settings: Arc<Settings>) {
        self.settings = settings;
    }

    pub(super) fn set_filters(&mut self, filters: Arc<FilterSet>) {
        self.filters = filters;
    }

    pub(super) fn set_posture(&mut self, posture: Posture) {
        self.posture = posture;
    }

    /// Takes what has changed about somebody who is online.
    pub(super) fn set_author(&mut self, account: AccountId, author: Author, now: Instant) {
        self.authors.set(account, author, now);
    }

    /// Takes what was read about somebody at some time after `since`, unless a change has come in meanwhile.
    pub(super) fn load_author(&mut self, account: AccountId, author: Author, since: Instant) {
        self.authors.load(account, author, since);
    }

    /// Binds somebody whom a rule punishes before that is written; what is written then takes the place of this.
    pub(super) fn bind_until_known(&mut self, account: AccountId, penalty: Penalty, now: Instant) {
        let seconds = match penalty {
            Penalty::Mute { seconds } => i64::from(seconds),
            Penalty::Kick => return,
        };
        let until = Some(self.wall(now).plus_ms(seconds * 1_000));
        self.authors.bind(account, Bound { kind: Kind::Mute, room: None, until, reason: String::new() });
    }

    /// Forgets somebody who is no longer online. What they did in slow rooms is kept: coming back is no way around it.
    pub(super) fn forget(&mut self, account: AccountId) {
        self.authors.forget(account);
    }

    /// Forgets what no longer keeps anybody waiting.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.slow.sweep(now);
    }

    /// Judges a deed by whom and where, before anything is counted against its author.
    pub(super) fn admit(
        &self,
        order: &Order,
        (deed, action): (&Deed, Action),
        place: Option<Place>,
        now: Instant,
    ) -> Result<(), Refusal> {
        let wall = self.wall(now);
        if let Some(bound) = self.authors.forbidding(order.account, action, deed.room(), wall) {
            return Err(words::bound(bound, wall));
        }
        if is_trusted(order.role) {
            return Ok(());
        }
        if self.level(now).is_for_known_only() && matches!(action, Action::CreateRoom) {
            return Err(words::raid(self.posture, wall));
        }
        match place {
            Some(place) if place.locked && speaks(action) => Err(words::locked()),
            _ => Ok(()),
        }
    }

    /// Judges what a deed says. Called after the flood limit, so that a flood costs no search for words.
    pub(super) fn judge(
        &mut self,
        order: &Order,
        deed: &Deed,
        place: Option<Place>,
        now: Instant,
    ) -> (Ruling, Vec<Match>) {
        if is_trusted(order.role) {
            return (Ruling::Go, Vec::new());
        }
        if let (Some(place), Some(message_id)) = (place, said_in(deed))
            && let Err(wait) = self.slow.spend((place, order.account), message_id, now)
        {
            return (Ruling::Refuse(words::slow(place.slow, wait)), Vec::new());
        }
        let author = texts::Who { newcomer: self.is_newcomer(order.account, now), level: self.level(now) };
        texts::judge(&self.filters, &self.settings, author, deed, place)
    }

    /// Returns how far the server is closed.
    pub(super) fn level(&self, now: Instant) -> RaidLevel {
        self.posture.effective(self.wall(now))
    }

    /// Returns the level if people have not been told of it; it is taken as told.
    pub(super) fn take_news(&mut self, now: Instant) -> Option<RaidLevel> {
        let level = self.level(now);
        (std::mem::replace(&mut self.told, level) != level).then_some(level)
    }

    /// Returns when the level next changes by itself; nothing once people have been told of that.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let Posture { level, until, then } = self.posture;
        let ends = until.filter(|_| level != then && self.told == level)?;
        let left = u64::try_from(ends.0.saturating_sub(self.clock.wall.0)).unwrap_or(0);
        self.clock.at.checked_add(Duration::from_millis(left))
    }

    /// Returns whether somebody of this role could come in at the level that holds.
    pub(super) fn lets_in(&self, account: AccountId, role: Role, now: Instant) -> bool {
        let level = self.level(now);
        let shut_out =
            level.is_for_staff_only() || level.is_for_known_only() && self.is_newcomer(account, now);
        is_trusted(role) || !shut_out
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the wall clock's time of a moment.
    pub(super) fn wall(&self, now: Instant) -> Timestamp {
        self.clock.wall(now)
    }

    /// Returns whether nobody has to wait in a slow room.
    pub(super) fn is_free(&self) -> bool {
        self.slow.is_empty()
    }

    /// Returns how many accounts and waits are held in memory.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.authors.len() + self.slow.len()
    }

    fn is_newcomer(&self, account: AccountId, now: Instant) -> bool {
        let since = self.authors.since(account);
        since.is_some_and(|since| self.wall(now) < since.plus_ms(self.settings.newcomer_ms))
    }
}

impl Clock {
    fn wall(&self, now: Instant) -> Timestamp {
        let ahead = i64::try_from(now.saturating_duration_since(self.at).as_millis()).unwrap_or(i64::MAX);
        let behind = i64::try_from(self.at.saturating_duration_since(now).as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.wall.0.saturating_add(ahead).saturating_sub(behind))
    }
}

/// Who keeps order is not kept by filters, holds and locks.
pub(super) fn is_trusted(role: Role) -> bool {
    role::permits(role, Action::DecideHeld)
}

/// Returns the id of a message; sealed ones are slowed down like others.
fn said_in(deed: &Deed) -> Option<MessageId> {
    match deed {
        Deed::Append { message_id, content: Content::Text { .. } | Content::File { .. }, .. } => {
            Some(*message_id)
        }
        Deed::Sealed(deed) => match &**deed {
            SealedDeed::Post { post, .. } => Some(post.message_id),
            _ => None,
        },
        _ => None,
    }
}

fn speaks(action: Action) -> bool {
    matches!(
        action,
        Action::Send | Action::EditOwn | Action::React | Action::SetTopic | Action::SetLobbyTopic
    )
}
