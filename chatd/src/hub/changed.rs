//! What other processes changed: a ban from the dashboard, a raid level, a filter, a decision.

use std::time::Instant;

use domain::raid::RaidLevel;
use domain::role::Action;
use proto::ids::RoomId;
use proto::message::{Event, NoticeKind};

use super::guard::is_trusted;
use super::input::{Audience, Change, Notice, Pace};
use super::{Effect, Hub, tell};
use crate::goodbye::Farewell;

impl Hub {
    pub(super) fn changed(&mut self, change: Change, now: Instant) {
        match change {
            Change::Banned { whom, reason, mark } => self.banned(&whom, &reason, mark, now),
            Change::RoomBanned { account, room, reason, mark } => {
                self.room_banned((account, room), &reason, mark, now);
            }
            Change::Bound { account, author, words } => {
                if self.people.person(account).is_none() {
                    return;
                }
                self.guard.set_author(account, author, now);
                if let Some(text) = words {
                    let notice = Notice { kind: NoticeKind::Sanction, text };
                    self.tell_account(account, &tell::notice(&notice));
                }
            }
            // Whoever does that to the device in their hand hears the answer first.
            Change::Revoked { device } if self.leaving.contains_key(&device) => {}
            Change::Revoked { device } => self.revoked(device, now),
            Change::Kicked { account, room, reason, mark } => {
                self.kicked((account, room), &reason, mark, now);
            }
            Change::Members { room, members } => self.rooms.set_members(room, members, now),
            Change::Account { account, name, role } => {
                let Some(person) = self.people.rename(account, name, role) else { return };
                for room in self.people.rooms(account) {
                    self.rooms.person_changed(room, person.clone(), now);
                }
            }
            Change::Posture(posture) => {
                self.guard.set_posture(posture);
                self.tell_level(now);
            }
            Change::Settings(settings) => self.guard.set_settings(settings),
            Change::Filters(filters) => self.guard.set_filters(filters),
            Change::Paced { room, pace } => self.paced(room, pace, now),
            Change::Recheck => self.effects.push_back(Effect::Recheck(self.people.everybody())),
            Change::Ended { conn, reason, mark } => {
                if self.people.outbox(conn).is_some() {
                    self.cut(conn, Farewell::Banned, &reason, now);
                    self.effects.push_back(Effect::Enforced { mark, sessions: 1 });
                }
            }
            Change::Purged { account, since, upto, hidden } => {
                let event = match hidden {
                    true => Event::Purged { account, since, upto },
                    false => Event::Restored { account, since, upto },
                };
                self.tell_audience(Audience::Everybody, &tell::event(event));
            }
            Change::Notice(audience, notice) => {
                self.tell_audience(audience, &tell::notice(&notice));
                if let (Audience::Account(account), NoticeKind::Outcome) = (audience, notice.kind)
                    && self.people.person(account).is_some()
                {
                    self.effects.push_back(Effect::OutcomeTold(account));
                }
            }
        }
    }

    /// Tells everybody in a room how it may be written in, if that is new.
    pub(super) fn paced(&mut self, room: RoomId, pace: Pace, now: Instant) {
        if self.rooms.set_pace(room, pace, self.people.anybody_loading(), now) {
            let Pace { slow_seconds, locked } = pace;
            let event = tell::event(Event::RoomPosture { room, slow_seconds, locked });
            self.rooms.tell(room, &event, &mut self.evicted);
        }
    }

    /// Tells staff of a raid level that is new, by hand or because its time is over, and lets those go whom it shuts out.
    pub(super) fn tell_level(&mut self, now: Instant) {
        let Some(level) = self.guard.take_news(now) else { return };
        self.effects.push_back(Effect::Alert(level));
        let text = if level == RaidLevel::NORMAL {
            "The raid level is back at 5: everything is open.".to_owned()
        } else {
            format!("The raid level is {level}: {}.", level.words())
        };
        let notice = tell::notice(&Notice { kind: NoticeKind::Raid, text });
        self.tell_audience(Audience::Staff(Action::SetRaidLevel), &notice);
        for (conn, account, role) in self.people.ready_people() {
            if !is_trusted(role) && !self.guard.lets_in(account, role, now) {
                self.cut(conn, Farewell::Closed, "", now);
            }
        }
    }
}
