//! Sealed rooms in the hub: who hears a commit, who comes and goes with it, and what binds sealed messages too.

use domain::sanction::Kind;
use proto::bytes::Bytes;
use proto::ids::{Commitment, Epoch, IdentityKey, MessageId, RoomId, Seq};
use proto::message::{Entry, GoneWhy, RoomKind, RoomSummary};
use store::{CommitDone, NewSealed};

use super::model::name;
use super::*;
use crate::hub::guard::{Author, Bound};

const ROOM: RoomId = RoomId::new(77).unwrap();

fn summary() -> RoomSummary {
    RoomSummary {
        room: ROOM,
        name: Text::default(),
        kind: RoomKind::Sealed,
        topic: Text::default(),
        last_seq: Seq::new(1).unwrap(),
        read_upto: Seq::START,
        members: 2,
        joined: true,
        slow_seconds: 0,
        locked: false,
    }
}

/// Tells the hub of a commit of person 1 at this place that brought and took these people.
fn commit(model: &mut Model, seq: u64, joined: &[u64], gone: &[u64]) {
    let done = CommitDone {
        entry: Entry { seq: Seq::new(seq).unwrap(), ..model.entry(1, ROOM, 9, "a commit") },
        fresh: true,
        joined: joined.iter().map(|number| (account(*number), summary())).collect(),
        gone: gone.iter().map(|number| account(*number)).collect(),
        welcomed: joined.iter().map(|number| (account(*number), device(*number))).collect(),
        evicted: Vec::new(),
        evicting: false,
        members: 2,
    };
    told(model, SealedDone::Changed(Box::new(done)));
}

fn told(model: &mut Model, done: SealedDone) {
    let order = Order::of_server(model.now);
    model.tell(Input::Committed(Committed { order, result: Ok(Done::Sealed(Box::new(done))) }));
}

/// What somebody asks for who says something sealed.
fn sealed(number: u64, id: u8) -> Act {
    let post = NewSealed {
        room: ROOM,
        author: account(number),
        device: device(number),
        message_id: MessageId([id; 16]),
        epoch: Epoch::START,
        message: Bytes::default(),
        blob: None,
        at: Timestamp(0),
    };
    Act::Write(Deed::Sealed(Box::new(SealedDeed::Post { post, commitment: Commitment([0; 32]) })))
}

/// The events among what was heard, by their first word.
fn words(heard: &[ServerMessage]) -> Vec<&'static str> {
    let word = |message: &ServerMessage| match message {
        ServerMessage::Event(Event::Entry(_)) => Some("entry"),
        ServerMessage::Event(Event::Room(_)) => Some("room"),
        ServerMessage::Event(Event::WelcomeWaits { room: ROOM }) => Some("welcome"),
        ServerMessage::Event(Event::RoomGone { room: ROOM, why: GoneWhy::Kicked, .. }) => Some("gone"),
        ServerMessage::Event(Event::RoomGone { room: ROOM, .. }) => Some("left"),
        ServerMessage::Event(Event::KeysChanged { .. }) => Some("keys"),
        _ => None,
    };
    heard.iter().filter_map(word).collect()
}

#[test]
fn whoever_was_in_hears_the_commit_and_whoever_comes_in_hears_what_follows() {
    let mut model = Model::new();
    let (ada, bob, mallory) =
        (model.online(1, Role::Member), model.online(2, Role::Member), model.online(3, Role::Member));
    commit(&mut model, 1, &[1, 3], &[]);
    assert_eq!(words(&model.heard(ada)), ["room", "welcome"]);
    model.heard(mallory);
    commit(&mut model, 2, &[2], &[3]);
    assert_eq!(words(&model.heard(ada)), ["entry"]);
    assert_eq!(words(&model.heard(mallory)), ["entry", "gone"], "the last thing to be heard of the room");
    assert_eq!(words(&model.heard(bob)), ["room", "welcome"]);
    commit(&mut model, 3, &[], &[]);
    assert_eq!(words(&model.heard(bob)), ["entry"]);
    assert!(model.heard(mallory).is_empty());
    assert_eq!(model.hub.census(model.now).sealed_rooms, 1);
}

#[test]
fn a_commit_that_was_accepted_before_is_told_to_nobody_else() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    commit(&mut model, 1, &[1], &[]);
    model.heard(ada);
    let entry = Entry { seq: Seq::new(2).unwrap(), ..model.entry(1, ROOM, 9, "a commit") };
    let again = CommitDone {
        entry,
        fresh: false,
        joined: Vec::new(),
        gone: Vec::new(),
        welcomed: Vec::new(),
        evicted: Vec::new(),
        evicting: false,
        members: 0,
    };
    told(&mut model, SealedDone::Changed(Box::new(again)));
    assert!(model.heard(ada).is_empty());
}

#[test]
fn whoever_shares_a_room_hears_once_that_a_key_is_another() {
    let mut model = Model::new();
    let (ada, bob, carol) =
        (model.online(1, Role::Member), model.online(2, Role::Member), model.online(3, Role::Member));
    commit(&mut model, 1, &[1, 2], &[]);
    model.heard(ada);
    model.heard(bob);
    let rooms = vec![ROOM, ROOM];
    let done = SealedDone::Identified {
        account: account(2),
        name: name(account(2)),
        key: IdentityKey([7; 32]),
        rooms,
    };
    told(&mut model, done);
    assert_eq!(words(&model.heard(ada)), ["keys"]);
    assert_eq!(words(&model.heard(bob)), ["left"], "the room is to be joined anew");
    assert!(model.heard(carol).is_empty());
}

#[test]
fn mutes_locks_and_slow_mode_bind_sealed_messages_as_they_bind_others() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    commit(&mut model, 1, &[1], &[]);
    model.heard(ada);
    model.change(Change::Paced { room: ROOM, pace: Pace { slow_seconds: 60, locked: false } });
    model.request(ada, 1, sealed(1, 1));
    model.request(ada, 2, sealed(1, 2));
    assert_eq!(model.refusals(ada), [Code::SlowMode]);
    model.change(Change::Paced { room: ROOM, pace: Pace { slow_seconds: 0, locked: true } });
    model.request(ada, 3, sealed(1, 3));
    assert_eq!(model.refusals(ada), [Code::RoomLocked]);
    let bounds = vec![Bound { kind: Kind::Mute, room: Some(ROOM), until: None, reason: String::new() }];
    let author = Author { since: Timestamp(0), bounds };
    model.change(Change::Bound { account: account(1), author, words: None });
    model.request(ada, 4, sealed(1, 4));
    assert_eq!(model.refusals(ada), [Code::Muted]);
}
