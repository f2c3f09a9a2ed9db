//! What happens to people in sealed rooms, one story each.
#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

#[path = "shared/room.rs"]
mod room;

use std::collections::BTreeSet;

use proto::bytes::Bytes;
use proto::ids::{AccountId, DeviceId, Seq};
use proto::keys::StaticKey;
use proto::message::{Command, Content, DevicePackage};
use proto::text::Text;
use sealed::host::HostError;
use sealed::identity::{AccountKey, IdentityError, approval_code};
use sealed::member::{Certified, Intent, Line, MemberError, Phase, Refused, Standing, What, Why};
use sealed::vault::{MemoryVault, Table};
use sealed::{Body, Host, Member, rules};

use room::{
    Person, Room, SERVER, add_person, authenticator, ids, message_id, now, person, read_by, room_id, text,
};

fn certified(member: &Person) -> Certified {
    let Standing::Certified(certified) = member.standing() else { panic!("not certified") };
    certified
}

fn phase(member: &mut Person) -> Phase {
    member.room(room_id()).unwrap().unwrap().phase
}

/// Another device of the person's account, approved by the first one.
fn second_device(first: &Person) -> Person {
    let device = DeviceId::new(2_000_000 + first.account().get()).unwrap();
    let mut second = Member::open(MemoryVault::default(), SERVER, first.account(), device).unwrap();
    let noise = StaticKey::generate();
    let key = second.ask_approval(certified(first).identity).unwrap();
    let approval = first.approve(device, &noise.public(), &key, now()).unwrap();
    second.approved(&noise.to_bytes(), &approval.certificate, &approval.parcel).unwrap();
    second
}

#[test]
fn people_in_a_room_read_each_other_and_have_the_same_keys() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    room.say(&mut ada, 1, "hello");
    room.sync(&mut bob);
    room.say(&mut bob, 2, "hello yourself");
    for member in [&mut ada, &mut bob] {
        room.sync(member);
        assert_eq!(read_by(member), [text("hello"), text("hello yourself")]);
        assert_eq!(member.find(room_id(), message_id(2)).unwrap(), Some(room.seq()));
        assert!(member.waiting(room_id()).unwrap().is_empty());
    }
    assert_eq!(authenticator(&mut ada), authenticator(&mut bob));
}

#[test]
fn both_devices_show_the_same_code_before_one_lets_the_other_in() {
    let ada = person(11);
    let device = DeviceId::new(5).unwrap();
    let mut second = Member::open(MemoryVault::default(), SERVER, ada.account(), device).unwrap();
    let noise = StaticKey::generate().public();
    let key = second.ask_approval(certified(&ada).identity).unwrap();
    assert_eq!(
        second.ask_approval(certified(&ada).identity).unwrap(),
        key,
        "asking again is the same question"
    );
    let Standing::Asking { identity, signature_key } = second.standing() else { panic!("it asks") };
    let code = |identity, key| approval_code(SERVER, ada.account(), &identity, device, &noise, &key);
    assert_eq!(code(identity, signature_key), code(certified(&ada).identity, key));
    assert!(matches!(second.found_identity(now()), Err(MemberError::Asking)));
}

#[test]
fn a_server_cannot_let_a_device_in_under_a_key_of_its_own() {
    let (ada, mallory) = (person(11), AccountKey::generate());
    let device = DeviceId::new(5).unwrap();
    let mut second = Member::open(MemoryVault::default(), SERVER, ada.account(), device).unwrap();
    let noise = StaticKey::generate();
    let key = second.ask_approval(certified(&ada).identity).unwrap();
    let forged = mallory.certify(SERVER, ada.account(), device, &key, now());
    let honest = ada.approve(device, &noise.public(), &key, now()).unwrap();
    let refused = second.approved(&noise.to_bytes(), &forged, &honest.parcel);
    assert!(matches!(refused, Err(MemberError::Identity(IdentityError::SomebodyElse))));
    second.approved(&noise.to_bytes(), &honest.certificate, &honest.parcel).unwrap();
    assert_eq!(certified(&second).identity, certified(&ada).identity);
}

#[test]
fn a_second_device_comes_in_by_itself_and_everybody_sees_it() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    room.say(&mut ada, 1, "before");
    let mut second = second_device(&bob);
    room.rejoin(&mut second).unwrap();
    let seen = room.sync(&mut ada).pop().unwrap().line.unwrap();
    assert!(matches!(seen.what, What::Members { by, .. } if by.device == second.device()));
    room.say(&mut ada, 2, "after");
    room.sync(&mut second);
    assert_eq!(read_by(&second), [text("after")]);
}

#[test]
fn a_stranger_does_not_come_in_by_itself() {
    let (mut ada, mut mallory) = (person(11), person(66));
    let room = Room::of(&mut [&mut ada]);
    let tried = mallory.rejoin(room_id(), room.seq(), &room.group_info, &room.tree, now());
    assert!(matches!(tried, Err(MemberError::Rules(rules::RulesError::Stranger))));
}

#[test]
fn an_account_whose_key_has_changed_is_added_only_once_it_is_trusted_again() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    room.evict(bob.account());
    room.sync(&mut ada);
    room.commit(&mut ada, Intent::Evictions).unwrap();
    let replaced = bob.replace_identity(now()).unwrap();
    assert_eq!(phase(&mut bob), Phase::Ended);
    let again = add_person(&mut bob);
    let refused = ada.commit(room_id(), again.clone(), now());
    assert!(matches!(refused, Err(MemberError::KeyChanged(account)) if account == bob.account()));
    ada.trust(bob.account(), replaced.identity, true).unwrap();
    let card = room.commit(&mut ada, again).unwrap();
    assert_eq!(bob.join(&card, &room.tree, now()).unwrap(), []);
    assert_eq!(authenticator(&mut ada), authenticator(&mut bob));
}

#[test]
fn what_was_read_stays_and_what_comes_later_is_closed_to_whoever_was_removed() {
    let (mut ada, mut bob, mut carol) = (person(11), person(22), person(33));
    let mut room = Room::of(&mut [&mut ada, &mut bob, &mut carol]);
    room.say(&mut ada, 1, "for all of us");
    room.sync(&mut bob);
    room.evict(bob.account());
    room.sync(&mut carol);
    room.commit(&mut carol, Intent::Evictions).unwrap();
    room.sync(&mut ada);
    room.say(&mut ada, 2, "for the two of us");
    room.sync(&mut bob);
    assert_eq!(phase(&mut bob), Phase::Ended);
    assert_eq!(read_by(&bob), [text("for all of us")]);
    assert!(bob.vault().size_of(Table::Group) == 0, "the keys are gone");
    assert!(matches!(bob.seal(room_id(), message_id(3), &text("x"), None), Err(MemberError::Ended)));
}

#[test]
fn nobody_speaks_while_somebody_has_to_go_and_what_was_said_follows_the_commit() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    room.evict(bob.account());
    room.sync(&mut ada);
    assert_eq!(ada.seal(room_id(), message_id(1), &text("waits"), None).unwrap(), None);
    assert_eq!(ada.outbox(room_id()).unwrap(), []);
    room.commit(&mut ada, Intent::Evictions).unwrap();
    let sent = ada.outbox(room_id()).unwrap();
    assert!(matches!(&*sent, [Command::SendSealed { epoch, .. }] if *epoch == room.epoch));
}

#[test]
fn a_commit_that_was_not_first_gives_its_intent_back() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    ada.commit(room_id(), Intent::Update, now()).unwrap();
    let second = ada.commit(room_id(), Intent::Update, now());
    assert!(matches!(second, Err(MemberError::CommitUnderway)));
    room.commit(&mut bob, Intent::Update).unwrap();
    let processed = room.sync(&mut ada).pop().unwrap();
    assert_eq!(processed.lost, Some(Intent::Update));
    assert_eq!(authenticator(&mut ada), authenticator(&mut bob));
}

#[test]
fn what_the_server_refuses_for_good_leaves_the_outbox() {
    let (mut ada, mut bob) = (person(11), person(22));
    let _room = Room::of(&mut [&mut ada, &mut bob]);
    bob.seal(room_id(), message_id(1), &text("no"), None).unwrap();
    let refused = bob.refused(room_id(), message_id(1)).unwrap();
    assert_eq!(refused, Some(Refused::Message(text("no"))));
    let Command::Commit { message_id, .. } = bob.commit(room_id(), Intent::Update, now()).unwrap() else {
        panic!("a commit")
    };
    assert_eq!(bob.refused(room_id(), message_id).unwrap(), Some(Refused::Commit(Intent::Update)));
    assert_eq!(bob.outbox(room_id()).unwrap(), []);
    bob.commit(room_id(), Intent::Update, now()).unwrap();
}

#[test]
fn a_server_that_names_another_sender_is_found_out() {
    let (mut ada, mut bob, mut carol) = (person(11), person(22), person(33));
    let mut room = Room::of(&mut [&mut ada, &mut bob, &mut carol]);
    room.say(&mut ada, 1, "I said this");
    let entry = room.log.last_mut().unwrap();
    entry.author = bob.account();
    let Content::Sealed { device, .. } = &mut entry.content else { panic!("a message") };
    *device = bob.device();
    let line = room.sync(&mut carol).pop().unwrap().line.unwrap();
    assert!(matches!(line.what, What::Unreadable { why: Why::Forged, .. }), "{line:?}");
}

#[test]
fn an_entry_is_taken_once_and_in_order() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    for number in 1..4 {
        room.say(&mut ada, number, "hello");
    }
    let [.., first, _, third] = &*room.log else { panic!("three messages") };
    let gap = bob.process(third);
    assert!(matches!(gap, Err(MemberError::Gap { expected }) if expected == first.seq));
    assert!(bob.process(first).unwrap().line.is_some());
    assert_eq!(bob.process(first).unwrap().line, None);
    bob.skip_to(room_id(), third.seq).unwrap();
    assert!(bob.process(third).unwrap().line.is_some());
}

#[test]
fn a_deleted_message_is_gone_from_the_vault_too() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    room.say(&mut ada, 1, "a slip");
    let target = room.seq();
    room.sync(&mut bob);
    room.append(ada.account(), message_id(2), Content::Delete { target });
    room.sync(&mut bob);
    assert_eq!(read_by(&bob), []);
    let line = bob.line(room_id(), target).unwrap().unwrap();
    assert!(matches!(line.what, What::Deleted { by } if by == ada.account()));
}

#[test]
fn a_copied_vault_comes_in_again_and_seals_what_waits_under_fresh_keys() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    let first = bob.seal(room_id(), message_id(1), &text("hello"), None).unwrap().unwrap();
    let mut copy = Member::open(bob.into_vault(), SERVER, ids(22).0, ids(22).1).unwrap();
    copy.mistrust(room_id()).unwrap();
    assert_eq!(copy.outbox(room_id()).unwrap(), []);
    room.rejoin(&mut copy).unwrap();
    let again = copy.outbox(room_id()).unwrap().pop().unwrap();
    assert_ne!(first, again);
    let Command::SendSealed { message, .. } = again else { panic!("a message") };
    room.send(copy.account(), copy.device(), message_id(1), message.to_vec());
    room.sync(&mut ada);
    assert_eq!(read_by(&ada), [text("hello")]);
}

#[test]
fn a_device_whose_welcome_does_not_open_comes_in_by_itself() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::start(&mut ada);
    let intent = add_person(&mut bob);
    let mut card = room.commit(&mut ada, intent).unwrap();
    card.welcome = Bytes::new(card.welcome.iter().rev().copied().collect()).unwrap();
    assert!(bob.join(&card, &room.tree, now()).is_err());
    room.rejoin(&mut bob).unwrap();
    room.sync(&mut ada);
    assert_eq!(authenticator(&mut ada), authenticator(&mut bob));
}

#[test]
fn a_key_package_opens_one_welcome_and_the_last_resort_any_number() {
    for (last_resort, opens_again) in [(false, false), (true, true)] {
        let (mut ada, mut bob) = (person(11), person(22));
        let packages = bob.key_packages(1, true, now()).unwrap();
        let package = if last_resort { packages.last_resort.unwrap() } else { packages.packages[0].clone() };
        let package = DevicePackage { device: bob.device(), package: Bytes::new(package).unwrap() };
        let intent = Intent::Add { account: bob.account(), packages: vec![package] };
        let mut room = Room::start(&mut ada);
        let card = room.commit(&mut ada, intent.clone()).unwrap();
        bob.join(&card, &room.tree, now()).unwrap();
        room.evict(bob.account());
        room.sync(&mut ada);
        room.commit(&mut ada, Intent::Evictions).unwrap();
        room.sync(&mut bob);
        let card = room.commit(&mut ada, intent).unwrap();
        assert_eq!(bob.join(&card, &room.tree, now()).is_ok(), opens_again);
    }
}

#[test]
fn a_vault_belongs_to_one_device_of_one_account_at_one_server() {
    let vault = person(11).into_vault();
    let (account, device) = ids(11);
    let other = AccountId::new(12).unwrap();
    let refused = |account, device| Member::open(vault.clone(), SERVER, account, device).is_err();
    assert!(refused(other, device) && refused(account, DeviceId::new(3).unwrap()));
    assert!(!refused(account, device));
}

#[test]
fn a_maker_that_lost_the_answer_keeps_its_group_and_a_second_maker_gives_way() {
    let mut ada = person(11);
    let room = Room::start(&mut ada);
    assert!(ada.started(room_id(), &room.group_info).unwrap());
    let mut other = second_device(&ada);
    let (admins, sender) = (BTreeSet::from([other.account()]), room.host.sender_identity());
    other.create(room_id(), &admins, &sender, now()).unwrap();
    assert!(!other.started(room_id(), &room.group_info).unwrap());
    assert_eq!(other.room(room_id()).unwrap(), None);
}

#[test]
fn the_server_refuses_a_commit_that_leaves_a_removal_out_and_one_under_another_name() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    let commit = ada.commit(room_id(), Intent::Update, now()).unwrap();
    let refused = room.take_commit(bob.account(), bob.device(), &commit);
    assert!(matches!(refused, Err(HostError::Sender)), "{refused:?}");
    room.evict(bob.account());
    let refused = room.take_commit(ada.account(), ada.device(), &commit);
    assert!(matches!(refused, Err(HostError::LeavesOutProposals)), "{refused:?}");
    let lost = room.sync(&mut ada).pop().unwrap().lost;
    assert_eq!(lost, Some(Intent::Update), "and its maker hears that it has to be made again");
}

#[test]
fn the_server_refuses_a_group_of_another_maker_room_or_sender() {
    let mut ada = person(11);
    let (host, other) = (Host::from_secret(SERVER, &[3; 32]), Host::from_secret(SERVER, &[4; 32]));
    let (admins, sender) = (BTreeSet::from([ada.account()]), host.sender_identity());
    let made = ada.create(room_id(), &admins, &sender, now()).unwrap();
    let Command::StartGroup { group_info, tree, .. } = made else { panic!("a group") };
    let by = (ada.account(), ada.device());
    assert!(host.start(room_id(), by, &group_info, &tree, now()).is_ok());
    assert!(host.start(room_id(), ids(22), &group_info, &tree, now()).is_err());
    assert!(host.start(proto::ids::RoomId::new(8).unwrap(), by, &group_info, &tree, now()).is_err());
    assert!(other.start(room_id(), by, &group_info, &tree, now()).is_err());
}

#[test]
fn an_entry_that_cannot_be_followed_makes_the_room_lost_and_it_comes_back() {
    let (mut ada, mut bob) = (person(11), person(22));
    let mut room = Room::of(&mut [&mut ada, &mut bob]);
    room.commit(&mut ada, Intent::Update).unwrap();
    let mut broken = room.log.last().unwrap().clone();
    let Content::Commit { message, .. } = &mut broken.content else { panic!("a commit") };
    let mut bytes = message.to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    *message = Bytes::new(bytes).unwrap();
    let line = bob.process(&broken).unwrap().line.unwrap();
    assert!(matches!(line.what, What::Unreadable { why: Why::Broken, .. }));
    assert_eq!(phase(&mut bob), Phase::Lost);
    room.rejoin(&mut bob).unwrap();
    room.sync(&mut ada);
    assert_eq!(authenticator(&mut ada), authenticator(&mut bob));
    assert_eq!(bob.room(room_id()).unwrap().unwrap().cursor, Seq::new(room.log.len() as u64).unwrap());
}

#[test]
fn nobody_takes_over_the_id_of_a_message_or_edits_the_words_of_others() {
    let (mut ada, mut bob, mut mallory) = (person(11), person(22), person(66));
    let mut room = Room::of(&mut [&mut ada, &mut bob, &mut mallory]);
    room.say(&mut ada, 1, "the original");
    let original = room.seq();
    room.say(&mut mallory, 1, "in its place");
    let edit = Body::Edit { target: message_id(1), body: Text::new("changed").unwrap() };
    for (author, number) in [(&mut mallory, 2), (&mut ada, 3)] {
        let sent = author.seal(room_id(), message_id(number), &edit, None).unwrap().unwrap();
        let Command::SendSealed { message, .. } = sent else { panic!("a message") };
        room.send(author.account(), author.device(), message_id(number), message.to_vec());
    }
    let lines: Vec<Line> = room.sync(&mut bob).into_iter().filter_map(|processed| processed.line).collect();
    let [.., by_mallory, by_ada] = &*lines else { panic!("two edits") };
    assert_eq!(bob.find(room_id(), message_id(1)).unwrap(), Some(original));
    assert_eq!(bob.target(room_id(), by_mallory).unwrap(), None);
    assert_eq!(bob.target(room_id(), by_ada).unwrap().unwrap().seq, original);
}
