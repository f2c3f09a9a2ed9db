//! The hub alone: no clock, no disk, no sockets. `model` stands in for the database, `simulation` plays at random.

mod model;
mod moderation;
mod sealed;
mod simulation;

use std::time::{Duration, Instant};

use proto::ids::RequestId;
use proto::message::{Answer, Event, GoodbyeReason, Role, ServerMessage};
use proto::refusal::Code;
use proto::text::Text;

use super::rooms::PRESENCE_PAUSE;
use super::*;
use model::{LOBBY, Model, account, body, device, text};

#[test]
fn nothing_is_delivered_or_acknowledged_before_its_commit() {
    let mut model = Model::new();
    let (ada, bob) = (model.online(1, Role::Member), model.online(2, Role::Member));
    model.request(ada, 7, text(LOBBY, 1, "hello"));
    assert!(model.heard(ada).is_empty() && model.heard(bob).is_empty());
    model.commit_all();
    let heard = model.heard(bob);
    assert!(matches!(&heard[..], [ServerMessage::Event(Event::Entry(entry))] if body(entry) == "hello"));
    let heard = model.heard(ada);
    assert!(matches!(
        &heard[..],
        [ServerMessage::Event(Event::Entry(_)), ServerMessage::Answer(RequestId(7), Answer::Accepted { .. })]
    ));
}

#[test]
fn a_message_sent_again_is_answered_again_and_delivered_once() {
    let mut model = Model::new();
    let (ada, bob) = (model.online(1, Role::Member), model.online(2, Role::Member));
    for request in 0..3 {
        model.request(ada, request, text(LOBBY, 1, "hello"));
        model.commit_all();
    }
    assert_eq!(model.entries(bob).len(), 1);
    assert_eq!(model.answers(ada), 3);
}

#[test]
fn the_sender_may_be_gone_when_its_message_is_committed() {
    let mut model = Model::new();
    let (ada, bob) = (model.online(1, Role::Member), model.online(2, Role::Member));
    model.request(ada, 1, text(LOBBY, 1, "last words"));
    model.detach(ada);
    model.commit_all();
    assert_eq!(model.entries(bob).len(), 1);
}

#[test]
fn presence_is_told_once_for_many_and_at_its_time() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    model.pass(PRESENCE_PAUSE);
    model.heard(ada);
    let others: Vec<_> = (2..50).map(|number| model.online(number, Role::Member)).collect();
    assert!(model.heard(ada).is_empty());
    model.pass(PRESENCE_PAUSE - Duration::from_millis(1));
    assert!(model.heard(ada).is_empty());
    model.pass(Duration::from_millis(1));
    let heard = model.heard(ada);
    let [ServerMessage::Event(Event::People(change))] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((change.changed.len(), change.online), (48, 49));
    for conn in others {
        model.detach(conn);
    }
    model.pass(PRESENCE_PAUSE);
    let heard = model.heard(ada);
    let [ServerMessage::Event(Event::People(change))] = &heard[..] else { panic!("{heard:?}") };
    assert!(change.changed.iter().all(|person| !person.online));
    assert_eq!((change.changed.len(), change.online), (48, 1));
}

#[test]
fn a_crowd_is_told_in_numbers_and_less_often() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    for number in 2..=1_100 {
        model.online(number, Role::Member);
    }
    model.pass(Duration::from_secs(1));
    model.heard(ada);
    model.online(2_000, Role::Member);
    model.pass(PRESENCE_PAUSE);
    assert!(model.heard(ada).is_empty());
    model.pass(2 * PRESENCE_PAUSE);
    let heard = model.heard(ada);
    let [ServerMessage::Event(Event::People(change))] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((change.changed.len(), change.left.len(), change.online), (0, 0, 1_101));
}

#[test]
fn a_second_device_is_the_same_person_and_a_second_connection_of_one_device_replaces_the_first() {
    let mut model = Model::new();
    let bob = model.online(2, Role::Member);
    let laptop = model.online(1, Role::Member);
    model.pass(PRESENCE_PAUSE);
    model.heard(bob);
    let telephone = model.attach(1, device(1_001), Role::Member);
    model.load_all();
    let again = model.attach(1, device(1), Role::Member);
    assert_eq!(model.goodbye(laptop), Some(GoodbyeReason::Replaced));
    model.detach(laptop);
    model.load_all();
    model.pass(PRESENCE_PAUSE);
    assert!(model.heard(bob).is_empty(), "nobody came or went");
    model.request(laptop, 1, text(LOBBY, 1, "ghost"));
    model.commit_all();
    assert!(model.entries(bob).is_empty(), "a replaced connection has no say");
    for conn in [telephone, again] {
        model.request(conn, 1, text(LOBBY, u8::try_from(conn.0).unwrap(), "here"));
    }
    model.commit_all();
    assert_eq!(model.entries(bob).len(), 2);
    model.detach(telephone);
    model.detach(again);
    model.pass(PRESENCE_PAUSE);
    assert_eq!(model.heard(bob).len(), 1);
}

#[test]
fn what_is_committed_while_a_session_loads_is_in_what_it_is_told() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    // Bob's rooms are read before the commit and told after it.
    let bob = model.attach(2, device(2), Role::Member);
    let read_early = model.read(2);
    model.request(ada, 1, text(LOBBY, 1, "in between"));
    model.request(
        ada,
        2,
        Act::Write(Deed::CreateRoom { name: model::room_name("rust"), topic: Text::default() }),
    );
    model.commit_all();
    model.detach(ada);
    model.loaded(bob, read_early);
    let rooms = model.rooms_told(bob);
    assert_eq!(rooms[&LOBBY].last_seq.get(), 1, "the session knows that there is something to fetch");
}

#[test]
fn what_a_session_was_told_of_when_it_came_does_not_come_again() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    model.request(ada, 1, text(LOBBY, 1, "read before the hub hears of it"));
    let bob = model.attach(2, device(2), Role::Member);
    let Standing::Welcome(mut welcome) = model.read(2) else { panic!("not let in") };
    welcome.rooms[0].last_seq = welcome.rooms[0].last_seq.next();
    model.loaded(bob, Standing::Welcome(welcome));
    model.commit_all();
    assert!(model.entries(bob).is_empty(), "the log was said to go as far as this entry");
    model.request(ada, 2, text(LOBBY, 2, "after that"));
    model.commit_all();
    assert_eq!(model.entries(bob).len(), 1);
}

#[test]
fn a_ban_that_comes_while_a_session_loads_is_not_missed() {
    let mut model = Model::new();
    let (staff, _) = (model.online(1, Role::Moderator), model.register(2, Role::Member));
    let early = model.attach(2, device(2), Role::Member);
    let read_early = model.read(2);
    model.request(staff, 1, model::ban(2));
    model.commit_all();
    assert_eq!(model.goodbye(early), Some(GoodbyeReason::Banned));
    model.loaded(early, read_early);
    let late = model.attach(2, device(3), Role::Member);
    model.load_all();
    assert_eq!(model.goodbye(late), Some(GoodbyeReason::Banned));
    assert_eq!(model.census().sessions, 1);
}

#[test]
fn a_kick_is_carried_out_once_though_it_is_heard_of_twice() {
    let mut model = Model::new();
    let (staff, bob) = (model.online(1, Role::Moderator), model.online(2, Role::Member));
    model.request(staff, 1, model::kick(LOBBY, 2));
    model.commit_all();
    assert_eq!(model.goodbye(bob), Some(GoodbyeReason::Kicked));
    let back = model.online(2, Role::Member);
    model.feed_all();
    assert_eq!(model.goodbye(back), None);
    model.kick_from_outside(LOBBY, 2);
    model.feed_all();
    assert_eq!(model.goodbye(back), Some(GoodbyeReason::Kicked));
}

#[test]
fn who_revokes_the_device_in_their_hand_hears_that_it_is_done_though_the_feed_is_faster() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    model.request(ada, 1, Act::Write(Deed::RevokeDevice { device: device(1) }));
    model.tell(Input::Changed(Change::Revoked { device: device(1) }));
    assert_eq!(model.goodbye(ada), None);
    model.commit_all();
    let heard = model.heard(ada);
    let [
        ..,
        ServerMessage::Answer(RequestId(1), Answer::Done),
        ServerMessage::Event(Event::Goodbye(goodbye)),
    ] = &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert_eq!(goodbye.reason, GoodbyeReason::Revoked);
    let back = model.online(1, Role::Member);
    model.tell(Input::Changed(Change::Revoked { device: device(1) }));
    assert_eq!(model.goodbye(back), Some(GoodbyeReason::Revoked), "another's revocation is not waited for");
}

#[test]
fn deeds_beyond_the_role_never_reach_the_journal() {
    let mut model = Model::new();
    let (member, auditor) = (model.online(1, Role::Member), model.online(2, Role::Auditor));
    model.request(member, 1, model::ban(2));
    model.request(member, 2, model::kick(LOBBY, 2));
    model.request(auditor, 1, text(LOBBY, 1, "hello"));
    assert_eq!(model.waiting(), 0);
    assert_eq!(model.refusals(member), [Code::NotPermitted, Code::NotPermitted]);
    assert_eq!(model.refusals(auditor), [Code::NotPermitted]);
    model.promote(1, Role::Moderator);
    model.feed_all();
    model.request(member, 3, model::ban(2));
    assert_eq!(model.waiting(), 1);
}

#[test]
fn a_flood_is_refused_by_account_and_not_by_connection() {
    let mut model = Model::with_flood(Rate::new(3, Duration::from_secs(10)));
    let laptop = model.online(1, Role::Member);
    let telephone = model.attach(1, device(1_001), Role::Member);
    model.load_all();
    for (number, conn) in [laptop, telephone, laptop].into_iter().enumerate() {
        model.request(conn, 1, text(LOBBY, u8::try_from(number).unwrap(), "fine"));
    }
    model.request(telephone, 2, text(LOBBY, 9, "too much"));
    assert_eq!((model.waiting(), model.refusals(telephone)), (3, vec![Code::TooFast]));
    model.pass(Duration::from_secs(10));
    model.request(telephone, 3, text(LOBBY, 9, "fine again"));
    assert_eq!(model.waiting(), 4);
}

#[test]
fn a_slow_reader_is_let_go_and_the_others_hear_everything() {
    let mut model = Model::new();
    let (ada, bob) = (model.online(1, Role::Member), model.online(2, Role::Member));
    let sloth = model.online(3, Role::Member);
    let long = "x".repeat(16_000);
    let mut heard = 0;
    for number in 0..40 {
        model.request(ada, number, text(LOBBY, u8::try_from(number).unwrap(), &long));
        model.commit_all();
        heard += model.entries(bob).len();
        model.heard(ada);
    }
    assert_eq!(heard, 40);
    assert_eq!(model.goodbye(sloth), Some(GoodbyeReason::Slow));
    assert_eq!(model.census().sessions, 2);
}

#[test]
fn a_draining_hub_lets_everybody_go_and_takes_nobody_in() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    model.request(ada, 1, text(LOBBY, 1, "last"));
    model.commit_all();
    model.hub.handle(Input::Drain, model.now);
    let heard = model.heard(ada);
    assert_eq!(heard.len(), 3, "what waited comes before the goodbye: {heard:?}");
    let late = model.attach(2, device(2), Role::Member);
    assert_eq!(model.goodbye(late), Some(GoodbyeReason::Draining));
}

#[test]
fn a_hub_that_everybody_left_remembers_nobody() {
    let mut model = Model::new();
    for number in 1..20 {
        let conn = model.online(number, Role::Member);
        model.request(conn, 1, text(LOBBY, 1, "hello"));
        model.commit_all();
    }
    for conn in model.connections() {
        model.detach(conn);
    }
    model.pass(Duration::from_secs(600));
    assert_eq!(model.census(), Census { raid_level: 5, ..Census::default() });
    assert_eq!(model.hub.rooms.remembered() + model.hub.flood.remembered() + model.hub.guard.remembered(), 0);
    assert_eq!(model.hub.poll_timeout(), None);
}

#[test]
fn the_list_of_members_says_who_is_online() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    model.register(2, Role::Member);
    let page = model.member_page();
    model.request(ada, 1, Act::Members { room: LOBBY, page });
    let heard = model.heard(ada);
    let [ServerMessage::Answer(_, Answer::Members(page))] = &heard[..] else { panic!("{heard:?}") };
    let online: Vec<_> = page.people.iter().map(|person| (person.account, person.online)).collect();
    assert_eq!(online, [(account(1), true), (account(2), false)]);
    assert_eq!((page.online, page.members), (1, 2));
}
