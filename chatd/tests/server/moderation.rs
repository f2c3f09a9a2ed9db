//! Kicks and bans: by staff in the client, and by another process that writes the same database.

use domain::audit::{Action, Target};
use proto::message::{Answer, Command, Event, GoneWhy, GoodbyeReason, Role};
use proto::refusal::Code;
use proto::text::Text;
use store::{AuditSeq, Store};

use crate::client::LOBBY;
use crate::logins::refused;
use crate::world::{World, now};

#[tokio::test]
async fn a_ban_ends_the_sessions_keeps_the_account_out_and_is_in_the_audit_log() {
    let world = World::start().await;
    let staff = world.somebody("mia", Role::Moderator).await;
    let mallory = world.somebody("mallory", Role::Member).await;
    let (mut mia, mut online) = (world.online(&staff).await, world.online(&mallory).await);
    mia.ask(ban("Mallory", "spam", None)).await.unwrap();
    let (goodbye, _) = online.goodbye().await;
    assert_eq!(goodbye.reason, GoodbyeReason::Banned);
    assert!(goodbye.detail.contains("spam"));
    let told = refused(world.resume(&mallory.device).await.first().await);
    assert_eq!(told.code, Code::Banned);
    let rows = world.store.read(|reads| reads.audit_after(AuditSeq(0), 10)).await.unwrap();
    assert_eq!(rows.last().unwrap().event.action, Action::Banned);
    assert_eq!(rows.last().unwrap().event.actor, Some(staff.account));

    mia.ask(Command::Unban { name: Text::cut("mallory"), reason: Text::default() }).await.unwrap();
    world.online(&mallory).await;
    let again = Command::Unban { name: Text::cut("mallory"), reason: Text::default() };
    assert_eq!(mia.ask(again).await.unwrap_err().code, Code::BadInput);
}

#[tokio::test]
async fn nothing_of_a_banned_account_is_heard_after_the_ban() {
    let world = World::start().await;
    let mia = world.somebody("mia", Role::Moderator).await;
    let mallory = world.somebody("mallory", Role::Member).await;
    let bob = world.somebody("bob", Role::Member).await;
    let (mut mia, mut bob) = (world.online(&mia).await, world.online(&bob).await);
    let mut mallory = world.online(&mallory).await;
    for number in 0..100 {
        let command = mallory.message(LOBBY, &format!("spam {number}"));
        mallory.send(command).await;
        if number == 50 {
            mia.send(ban("mallory", "", None)).await;
        }
    }
    let (_, before) = mallory.goodbye().await;
    let heard_by_mallory = before.len();
    // Whatever was committed before the ban is heard; then comes what Mia says after it, and nothing in between.
    let said = mia.say(LOBBY, "that was it").await;
    let mut last = 0;
    loop {
        let entry = bob.entry().await;
        assert_eq!(entry.seq.get(), last + 1);
        last = entry.seq.get();
        if entry.seq == said {
            break;
        }
    }
    bob.say(LOBBY, "thank you").await;
    assert_eq!(bob.entry().await.seq.get(), last + 1);
    assert!(last < 102, "{heard_by_mallory}");
}

#[tokio::test]
async fn staff_act_on_those_below_them_and_on_nobody_else() {
    let world = World::start().await;
    let member = world.somebody("bob", Role::Member).await;
    let mia = world.somebody("mia", Role::Moderator).await;
    world.somebody("max", Role::Moderator).await;
    world.somebody("olga", Role::Owner).await;
    let (mut bob, mut mia) = (world.online(&member).await, world.online(&mia).await);
    assert_eq!(bob.ask(ban("mia", "", None)).await.unwrap_err().code, Code::NotPermitted);
    for name in ["mia", "max", "olga"] {
        assert_eq!(mia.ask(ban(name, "", None)).await.unwrap_err().code, Code::NotPermitted, "{name}");
        assert_eq!(mia.ask(kick(LOBBY, name)).await.unwrap_err().code, Code::NotPermitted, "{name}");
    }
    assert_eq!(mia.ask(ban("nobody", "", None)).await.unwrap_err().code, Code::NoSuchAccount);
    assert_eq!(mia.ask(ban("bob", "", Some(0))).await.unwrap_err().code, Code::BadInput);
    let rows = world.store.read(|reads| reads.audit_after(AuditSeq(0), 10)).await.unwrap();
    assert!(rows.is_empty(), "what is refused is no act: {rows:?}");
}

#[tokio::test]
async fn a_kick_from_a_room_is_told_and_one_from_the_lobby_cuts_the_connection() {
    let world = World::start().await;
    let mia = world.somebody("mia", Role::Moderator).await;
    let bob = world.somebody("bob", Role::Member).await;
    let (mut mia, mut online) = (world.online(&mia).await, world.online(&bob).await);
    let made = mia.ask(Command::CreateRoom { name: Text::cut("rust"), topic: Text::default() }).await;
    let Ok(Answer::Room(room)) = made else { panic!("{made:?}") };
    online.ask(Command::Join { name: Text::cut("rust") }).await.unwrap();
    mia.ask(kick(room.room, "bob")).await.unwrap();
    let gone = online.until(|event| match event {
        Event::RoomGone { room, why, reason } => Some((room, why, reason.into_inner())),
        _ => None,
    });
    assert_eq!(gone.await, (room.room, GoneWhy::Kicked, "behave".to_owned()));
    mia.say(room.room, "without him").await;
    mia.say(LOBBY, "with him").await;
    assert_eq!(online.text().await, "with him");
    assert_eq!(mia.ask(kick(room.room, "bob")).await.unwrap_err().code, Code::NotAMember);

    mia.ask(kick(LOBBY, "bob")).await.unwrap();
    let (goodbye, _) = online.goodbye().await;
    assert_eq!(goodbye.reason, GoodbyeReason::Kicked);
    // A kick is no ban, and is carried out once: the feed tells of it again while he is back.
    let mut back = world.online(&bob).await;
    mia.say(LOBBY, "welcome back").await;
    assert_eq!(back.text().await, "welcome back");
    let rows = world.store.read(|reads| reads.audit_after(AuditSeq(0), 10)).await.unwrap();
    let targets: Vec<_> = rows.iter().map(|row| row.event.target).collect();
    let bob = bob.account;
    assert_eq!(targets, [Target::Member(room.room, bob), Target::Member(LOBBY, bob)]);
}

#[tokio::test]
async fn a_moderator_removes_a_message_and_the_audit_log_says_whose() {
    let world = World::start().await;
    let mia = world.somebody("mia", Role::Moderator).await;
    let bob = world.somebody("bob", Role::Member).await;
    let olga = world.somebody("olga", Role::Owner).await;
    let (mut mia, mut bob) = (world.online(&mia).await, world.online(&bob).await);
    let mut olga = world.online(&olga).await;
    let (rude, word) = (bob.say(LOBBY, "rude").await, olga.say(LOBBY, "my word").await);
    let (own, message_id) = (mia.say(LOBBY, "typo").await, mia.message_id());
    mia.ask(Command::Delete { room: LOBBY, message_id, target: rude }).await.unwrap();
    let message_id = mia.message_id();
    mia.ask(Command::Delete { room: LOBBY, message_id, target: own }).await.unwrap();
    let message_id = mia.message_id();
    let refused = mia.ask(Command::Delete { room: LOBBY, message_id, target: word }).await.unwrap_err();
    assert_eq!(refused.code, Code::NotPermitted);
    let rows = world.store.read(|reads| reads.audit_after(AuditSeq(0), 10)).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].event.target, Target::Entry(LOBBY, rude));
}

#[tokio::test]
async fn a_ban_by_another_process_ends_the_session() {
    let world = World::start().await;
    let owner = world.newcomer("olga", Role::Owner).await;
    let mallory = world.somebody("mallory", Role::Member).await;
    let mut online = world.online(&mallory).await;
    let other = Store::open(&world.folder().join("chat.db")).unwrap();
    let (account, by) = (mallory.account, owner.account);
    other.run(move |tx| tx.ban(account, by, &Text::cut("from outside"), None, now())).await.unwrap();
    let (goodbye, _) = online.goodbye().await;
    assert_eq!(goodbye.reason, GoodbyeReason::Banned);
    assert!(goodbye.detail.contains("from outside"));
    other.close();
}

#[tokio::test]
async fn a_role_changed_by_another_process_counts_at_once() {
    let world = World::start().await;
    let bob = world.somebody("bob", Role::Member).await;
    world.somebody("mallory", Role::Member).await;
    let mut online = world.online(&bob).await;
    let account = bob.account;
    world.store.run(move |tx| tx.set_role(account, Role::Moderator)).await.unwrap();
    let promoted = online.until(|event| match event {
        Event::People(change) => {
            change.changed.iter().find(|person| person.account == account).map(|person| person.role)
        }
        _ => None,
    });
    // He is told with everybody else; the first presence event may still have the role of before.
    if promoted.await == Role::Member {
        let again = online.until(|event| match event {
            Event::People(change) => {
                change.changed.iter().find(|person| person.account == account).map(|person| person.role)
            }
            _ => None,
        });
        assert_eq!(again.await, Role::Moderator);
    }
    online.ask(ban("mallory", "", Some(60))).await.unwrap();
}

fn ban(name: &str, reason: &str, seconds: Option<u64>) -> Command {
    Command::Ban { name: Text::cut(name), reason: Text::cut(reason), seconds }
}

fn kick(room: proto::ids::RoomId, name: &str) -> Command {
    Command::Kick { room, name: Text::cut(name), reason: Text::cut("behave") }
}
