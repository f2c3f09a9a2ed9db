//! What people do all day: talk in the lobby, in rooms of their own, and to one another.

use proto::ids::{RoomId, Seq};
use proto::message::{
    Answer, Command, Content, Event, GoneWhy, HistoryFrom, PeopleChange, ReactionChange, Role, RoomKind,
    RoomSummary,
};
use proto::refusal::Code;
use proto::text::Text;

use crate::client::{Client, LOBBY};
use crate::world::World;

#[tokio::test]
async fn what_one_says_in_the_lobby_everybody_hears_in_one_order() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let mut ada = world.online(&ada).await;
    let mut bob = world.online(&bob).await;
    assert_eq!(ada.say(LOBBY, "hello").await, Seq::START.next());
    bob.say(LOBBY, "hi ada").await;
    for reader in [&mut ada, &mut bob] {
        assert_eq!(reader.text().await, "hello");
        assert_eq!(reader.text().await, "hi ada");
    }
}

#[tokio::test]
async fn the_same_message_id_gives_the_first_answer_and_is_heard_once() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    let command = ada.message(LOBBY, "once");
    let first = ada.ask(command.clone()).await.unwrap();
    assert_eq!(ada.ask(command.clone()).await.unwrap(), first);
    let Command::Send { message_id, .. } = command else { unreachable!("message() makes a Send") };
    let other = Command::Send { room: LOBBY, message_id, body: Text::cut("twice"), reply_to: None };
    assert_eq!(ada.ask(other).await.unwrap_err().code, Code::Conflict);
    ada.say(LOBBY, "after").await;
    assert_eq!(bob.text().await, "once");
    assert_eq!(bob.text().await, "after");
}

#[tokio::test]
async fn a_room_is_made_found_joined_and_left() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    let made = room(ada.ask(create("rust", "all about rust")).await.unwrap());
    assert_eq!((made.members, made.kind, made.joined), (1, RoomKind::Open, true));
    assert_eq!(ada.ask(create("rust", "")).await.unwrap_err().code, Code::NameTaken);

    let command = bob.message(made.room, "let me in");
    assert_eq!(bob.ask(command).await.unwrap_err().code, Code::NotAMember);
    let listed = bob.ask(Command::ListRooms { after: Text::default() }).await.unwrap();
    let Answer::Rooms(page) = listed else { panic!("{listed:?}") };
    assert!(page.rooms.iter().any(|room| room.room == made.room && !room.joined));

    let joined = room(bob.ask(Command::Join { name: Text::cut("#Rust") }).await.unwrap());
    assert_eq!((joined.room, joined.members), (made.room, 2));
    let seen = ada.until(people_with(made.room, "bob")).await;
    assert_eq!((seen.members, seen.online), (2, 2));
    bob.say(made.room, "hello rust").await;
    assert_eq!(ada.text().await, "hello rust");

    assert_eq!(bob.ask(Command::Leave { room: made.room }).await.unwrap(), Answer::Done);
    let gone = bob.until(|event| match event {
        Event::RoomGone { room, why, .. } => Some((room, why)),
        _ => None,
    });
    assert_eq!(gone.await, (made.room, GoneWhy::Left));
    let seen = ada.until(people(made.room)).await;
    assert_eq!((seen.members, seen.online, seen.left.len()), (1, 1, 1));
    assert_eq!(bob.ask(Command::Leave { room: LOBBY }).await.unwrap_err().code, Code::NotPermitted);
}

#[tokio::test]
async fn who_is_online_shows_in_the_list_and_changes_are_told() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let mut ada = world.online(&ada).await;
    assert_eq!(members(&mut ada).await, [("ada".to_owned(), true), ("bob".to_owned(), false)]);
    let online_bob = world.online(&bob).await;
    let came = ada.until(people_with(LOBBY, "bob")).await;
    assert!(came.changed.iter().any(|person| person.name.to_string() == "bob" && person.online));
    assert_eq!(members(&mut ada).await, [("ada".to_owned(), true), ("bob".to_owned(), true)]);
    drop(online_bob);
    let went = ada.until(people_with(LOBBY, "bob")).await;
    assert!(went.changed.iter().any(|person| person.name.to_string() == "bob" && !person.online));
    assert_eq!(went.online, 1);
}

#[tokio::test]
async fn replies_edits_reactions_and_deletions_reach_readers_and_history() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    let first = ada.say(LOBBY, "frist").await;
    let message_id = ada.message_id();
    let edit = Command::Edit { room: LOBBY, message_id, target: first, body: Text::cut("first") };
    ada.ask(edit).await.unwrap();
    let message_id = bob.message_id();
    let body = Text::cut("indeed");
    bob.ask(Command::Send { room: LOBBY, message_id, body, reply_to: Some(first) }).await.unwrap();
    let message_id = bob.message_id();
    let emoji = Text::cut("👍");
    let react = Command::React { room: LOBBY, message_id, target: first, emoji, change: ReactionChange::Add };
    bob.ask(react).await.unwrap();
    let message_id = bob.message_id();
    let theirs = Command::Edit { room: LOBBY, message_id, target: first, body: Text::cut("mine") };
    assert_eq!(bob.ask(theirs).await.unwrap_err().code, Code::NotPermitted);
    let second = ada.say(LOBBY, "secret").await;
    let message_id = ada.message_id();
    ada.ask(Command::Delete { room: LOBBY, message_id, target: second }).await.unwrap();

    let page = history(&mut bob, LOBBY, HistoryFrom::Latest).await;
    let Content::Text { body, .. } = &page.items[0].entry.content else { panic!("{page:?}") };
    assert_eq!(&**body, "first");
    assert_eq!(page.items[0].reactions[0].count, 1);
    assert!(page.items[0].reactions[0].mine);
    assert!(page.items.iter().any(|item| matches!(item.entry.content, Content::Removed { .. })));
    let found =
        bob.ask(Command::Search { query: Text::cut("indeed"), room: None, before: 0, limit: 10 }).await;
    let Ok(Answer::Found(found)) = found else { panic!("{found:?}") };
    assert_eq!(found.hits.len(), 1);
}

#[tokio::test]
async fn history_is_paged_both_ways_without_gaps() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut ada = world.online(&ada).await;
    for number in 0..25 {
        ada.say(LOBBY, &format!("message {number}")).await;
    }
    let mut seen = Vec::new();
    let mut after = Seq::START;
    loop {
        let asked = Command::History { room: LOBBY, from: HistoryFrom::After(after), limit: 10 };
        let Ok(Answer::History(page)) = ada.ask(asked).await else { panic!("no page") };
        seen.extend(page.items.iter().map(|item| item.entry.seq.get()));
        after = page.items.last().unwrap().entry.seq;
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, (1..=25).collect::<Vec<u64>>());
}

#[tokio::test]
async fn two_people_open_one_room_and_nobody_else_reads_it() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let bob = world.somebody("bob", Role::Member).await;
    let mallory = world.somebody("mallory", Role::Owner).await;
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    let mut mallory = world.online(&mallory).await;
    let direct = room(ada.ask(Command::OpenDirect { name: Text::cut("Bob") }).await.unwrap());
    assert_eq!((direct.kind, direct.name.to_string()), (RoomKind::Direct, "bob".to_owned()));
    let seen = bob.until(|event| if let Event::Room(room) = event { Some(room) } else { None }).await;
    assert_eq!((seen.room, seen.name.to_string()), (direct.room, "ada".to_owned()));
    ada.say(direct.room, "between us").await;
    assert_eq!(bob.text().await, "between us");
    let again = room(bob.ask(Command::OpenDirect { name: Text::cut("ada") }).await.unwrap());
    assert_eq!(again.room, direct.room);
    let asked = Command::History { room: direct.room, from: HistoryFrom::Latest, limit: 10 };
    assert_eq!(mallory.ask(asked).await.unwrap_err().code, Code::NoSuchRoom);
    let command = mallory.message(direct.room, "me too");
    assert_eq!(mallory.ask(command).await.unwrap_err().code, Code::NoSuchRoom);
    let asked = Command::ListMembers { room: direct.room, after: Text::default() };
    assert_eq!(mallory.ask(asked).await.unwrap_err().code, Code::NoSuchRoom);
}

#[tokio::test]
async fn read_markers_reach_ones_other_devices_and_stay() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let telephone = proto::keys::StaticKey::generate();
    let first = world.log_in(&telephone, "ada", crate::world::PASSWORD, &ada.code()).await;
    crate::world::welcomed(first);
    let mut telephone = world.resume(&telephone).await;
    telephone.ready().await;
    let seq = laptop.say(LOBBY, "read me").await;
    laptop.ask(Command::MarkRead { room: LOBBY, upto: seq }).await.unwrap();
    let read = telephone.until(|event| match event {
        Event::Read { room, upto } => Some((room, upto)),
        _ => None,
    });
    assert_eq!(read.await, (LOBBY, seq));
    drop(laptop);
    let mut laptop = world.resume(&ada.device).await;
    assert_eq!(laptop.ready().await[0].read_upto, seq);
}

#[tokio::test]
async fn texts_that_could_confuse_a_reader_are_refused_with_a_reason() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut ada = world.online(&ada).await;
    for body in ["", "   ", "bell \u{7}", "escape \u{1b}[2J", "\u{200b}"] {
        let command = ada.message(LOBBY, body);
        assert_eq!(ada.ask(command).await.unwrap_err().code, Code::BadInput, "{body:?}");
    }
    for name in ["", "a b", "rust\u{202e}", "r\u{0443}st"] {
        assert_eq!(ada.ask(create(name, "")).await.unwrap_err().code, Code::BadName, "{name:?}");
    }
    assert_eq!(ada.ask(create("rust", "two\nlines")).await.unwrap_err().code, Code::BadInput);
    let message_id = ada.message_id();
    let topic = Text::cut("mine");
    let refused = ada.ask(Command::SetTopic { room: LOBBY, message_id, topic }).await.unwrap_err();
    assert_eq!(refused.code, Code::NotPermitted);
}

#[tokio::test]
async fn an_auditor_reads_and_cannot_speak() {
    let world = World::start().await;
    let auditor = world.somebody("audrey", Role::Auditor).await;
    let mut auditor = world.online(&auditor).await;
    let command = auditor.message(LOBBY, "hello");
    assert_eq!(auditor.ask(command).await.unwrap_err().code, Code::NotPermitted);
    history(&mut auditor, LOBBY, HistoryFrom::Latest).await;
}

fn create(name: &str, topic: &str) -> Command {
    Command::CreateRoom { name: Text::cut(name), topic: Text::cut(topic) }
}

fn room(answer: Answer) -> RoomSummary {
    match answer {
        Answer::Room(room) => room,
        other => panic!("not a room: {other:?}"),
    }
}

fn people(wanted: RoomId) -> impl FnMut(Event) -> Option<PeopleChange> {
    move |event| match event {
        Event::People(change) if change.room == wanted => Some(change),
        _ => None,
    }
}

fn people_with(wanted: RoomId, name: &str) -> impl FnMut(Event) -> Option<PeopleChange> {
    let mut in_room = people(wanted);
    move |event| in_room(event).filter(|change| change.changed.iter().any(|person| &*person.name == name))
}

async fn members(client: &mut Client) -> Vec<(String, bool)> {
    let asked = Command::ListMembers { room: LOBBY, after: Text::default() };
    let Ok(Answer::Members(page)) = client.ask(asked).await else { panic!("no members") };
    page.people.iter().map(|person| (person.name.to_string(), person.online)).collect()
}

async fn history(client: &mut Client, room: RoomId, from: HistoryFrom) -> proto::message::HistoryPage {
    match client.ask(Command::History { room, from, limit: 200 }).await {
        Ok(Answer::History(page)) => page,
        other => panic!("no history: {other:?}"),
    }
}
