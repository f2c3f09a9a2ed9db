//! What sessions ask for: judged by role, measures, limits and filters, in this order, before the journal has it.

use std::mem;
use std::time::Instant;

use domain::filter::FloodAction;
use proto::ids::RequestId;
use proto::message::{Answer, Content, RoomKind};
use proto::refusal::{Code, Refusal};

use super::guard::{Penalty, Rule, Ruling, is_trusted};
use super::input::{Act, ConnId, Deed, Order};
use super::{Effect, Hub, rules, tell};

impl Hub {
    pub(super) fn request(&mut self, conn: ConnId, request: RequestId, act: Act, now: Instant) {
        let Some(order) = self.people.order(conn, request, now) else { return };
        match act {
            Act::Write(deed) => match self.admit(&order, &deed, now) {
                Ok(()) => self.limit(order, deed, now),
                Err(refusal) => self.refuse(&order, refusal),
            },
            Act::Members { room, mut page } => {
                let people = mem::take(&mut page.people).into_inner();
                page.people = tell::list(people.into_iter().map(|mut person| {
                    person.online = self.rooms.is_online(room, person.account);
                    person
                }));
                page.online = self.rooms.online(room);
                self.answer(&order, Answer::Members(page));
            }
            Act::Devices(mut page) => {
                let devices = mem::take(&mut page.devices).into_inner();
                page.devices = tell::list(devices.into_iter().map(|mut device| {
                    device.online = self.people.is_device_online(device.device);
                    device.current = device.device == order.device;
                    device
                }));
                self.answer(&order, Answer::Devices(page));
            }
        }
    }

    fn write(&mut self, order: Order, deed: Deed) {
        if deed == (Deed::RevokeDevice { device: order.device }) {
            self.leaving.insert(order.device, (order.conn, order.request));
        }
        self.effects.push_back(Effect::Write(order, deed));
    }

    /// By role, and by what binds the author and the room.
    fn admit(&self, order: &Order, deed: &Deed, now: Instant) -> Result<(), Refusal> {
        rules::permit(order.role, deed)?;
        let place = deed.room().and_then(|room| self.rooms.place(room));
        if let Some(place) = place {
            fits(place.kind, deed)?;
        }
        self.guard.admit(order, (deed, rules::action(deed)), place, now)
    }

    /// By how much its author asked for lately.
    fn limit(&mut self, order: Order, deed: Deed, now: Instant) {
        let refusal = match self.flood.spend(order.account, &deed, order.since) {
            Ok(()) => return self.judge(order, deed, now),
            Err(refusal) => refusal,
        };
        let settings = self.guard.settings();
        let ruling = match (settings.flood, &deed) {
            _ if is_trusted(order.role) => Ruling::Refuse(refusal),
            (FloodAction::Slow, _) => Ruling::Refuse(refusal),
            (
                FloodAction::Hold,
                Deed::Append { room, content: Content::Text { .. } | Content::File { .. }, .. },
            ) if self.rooms.is_open(*room) && self.flood.spend_hold(order.account, order.since) => {
                Ruling::Hold { why: FLOOD_HOLD.to_owned(), rule: Rule::Flood }
            }
            (FloodAction::Mute, deed) if is_said(deed) => {
                let penalty = Penalty::Mute { seconds: settings.flood_mute_seconds.max(1) };
                Ruling::Punish { refusal, penalty, rule: Rule::Flood }
            }
            (FloodAction::Kick, deed) if is_said(deed) => {
                Ruling::Punish { refusal, penalty: Penalty::Kick, rule: Rule::Flood }
            }
            _ => Ruling::Refuse(refusal),
        };
        self.rule(order, deed, ruling, now);
    }

    /// By what it says.
    fn judge(&mut self, order: Order, deed: Deed, now: Instant) {
        let place = deed.room().and_then(|room| self.rooms.place(room));
        let (ruling, matches) = self.guard.judge(&order, &deed, place, now);
        if let (Deed::Append { room, content, .. }, false) = (&deed, matches.is_empty())
            && let Some(body) = words_of(content)
        {
            let (account, room) = (order.account, *room);
            self.effects.push_back(Effect::Matched { account, room, body, matches });
        }
        self.rule(order, deed, ruling, now);
    }

    /// Does what a rule says.
    fn rule(&mut self, order: Order, deed: Deed, ruling: Ruling, now: Instant) {
        match (ruling, deed) {
            (Ruling::Go, deed) => self.write(order, deed),
            (Ruling::Hold { why, rule }, Deed::Append { room, message_id, content }) => {
                self.effects.push_back(Effect::Ruled(rule));
                let held = Deed::Hold { room, message_id, content, why, rule };
                self.effects.push_back(Effect::Write(order, held));
            }
            // Only messages can wait.
            (Ruling::Hold { why, .. }, _) => self.refuse(&order, tell::not_held(&why)),
            (Ruling::Refuse(refusal), _) => self.refuse(&order, refusal),
            (Ruling::Punish { refusal, penalty, rule }, _) => {
                self.effects.push_back(Effect::Ruled(rule));
                // What comes in before the commit is refused already.
                self.guard.bind_until_known(order.account, penalty, now);
                let punish = Deed::Punish { penalty, rule, refusal };
                self.effects.push_back(Effect::Write(order, punish));
            }
        }
    }
}

/// Refuses what the server could read in a room that it must not read, and the other way round. The store looks again.
fn fits(kind: RoomKind, deed: &Deed) -> Result<(), Refusal> {
    let words = match deed {
        Deed::Append { content, .. } if kind.is_sealed() && !matches!(content, Content::Delete { .. }) => {
            "This room is sealed, and what came is not: use a client that knows sealed rooms."
        }
        Deed::Sealed(deed) if deed.is_entry() && !kind.is_sealed() => "This room is not a sealed one.",
        _ => return Ok(()),
    };
    Err(Refusal::new(Code::NotPermitted, words))
}

/// Whether others have to read it.
fn is_said(deed: &Deed) -> bool {
    match deed {
        Deed::Append { .. } => true,
        Deed::Sealed(deed) => deed.is_entry(),
        _ => false,
    }
}

/// Returns what filters found something in, as a person reads it.
fn words_of(content: &Content) -> Option<String> {
    match content {
        Content::Text { body, .. } | Content::Edit { body, .. } => Some(body.to_string()),
        Content::File { file, caption, .. } => Some(domain::file::words(file, caption)),
        _ => None,
    }
}

const FLOOD_HOLD: &str = "You wrote too much in a short time; this message waits for a moderator.";
