//! Who is let in: password and code, recovery codes, known devices, and what everybody else is told.

use proto::keys::StaticKey;
use proto::message::{
    Answer, Command, Event, GoodbyeReason, NoticeKind, Opening, Resume, Role, ServerMessage,
};
use proto::refusal::{Code, Refusal};
use proto::text::Text;

use crate::client::LOBBY;
use crate::world::{PASSWORD, World, login, now, welcomed};

#[tokio::test]
async fn password_and_code_let_a_device_in_and_from_then_on_its_key_is_enough() {
    let world = World::start().await;
    let ada = world.newcomer("ada", Role::Moderator).await;
    assert_eq!(refused(world.resume(&ada.device).await.first().await).code, Code::LoginNeeded);
    let welcome = welcomed(world.log_in(&ada.device, "Ada", PASSWORD, &ada.code()).await);
    assert_eq!((welcome.account, &*welcome.name, welcome.role), (ada.account, "ada", Role::Moderator));
    assert!(now() < welcome.login_until);
    assert!(welcome.recovery_codes.is_empty());
    let again = welcomed(world.resume(&ada.device).await.first().await);
    assert_eq!(again.device, welcome.device);
}

#[tokio::test]
async fn unknown_name_wrong_password_and_wrong_code_get_the_same_bytes() {
    let world = World::start().await;
    let ada = world.newcomer("ada", Role::Member).await;
    let right = ada.code();
    let mut answers = Vec::new();
    for (name, password, code) in [
        ("nobody", PASSWORD, &*right),
        ("not a name \u{202e}", PASSWORD, &*right),
        ("ada", "wrong password", &*right),
        ("ada", PASSWORD, &*wrong(&right)),
        ("ada", PASSWORD, "aaaa-aaaa-aaaa-aaaa"),
        ("ada", PASSWORD, "not a code"),
    ] {
        answers.push(refused(world.log_in(&StaticKey::generate(), name, password, code).await));
    }
    assert_eq!(answers[0].code, Code::BadCredentials);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    // The same words for a reason: with all three right the door opens.
    welcomed(world.log_in(&ada.device, "ada", PASSWORD, &right).await);
}

#[tokio::test]
async fn a_code_that_was_used_is_refused_like_a_wrong_one() {
    let world = World::start().await;
    let ada = world.newcomer("ada", Role::Member).await;
    let code = ada.code();
    welcomed(world.log_in(&ada.device, "ada", PASSWORD, &code).await);
    let replayed = refused(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &code).await);
    let wrong = refused(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &wrong(&code)).await);
    assert_eq!(replayed, wrong);
    welcomed(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &ada.code()).await);
}

#[tokio::test]
async fn a_code_used_twice_at_the_same_moment_lets_one_in() {
    let world = World::start().await;
    let ada = world.newcomer("ada", Role::Member).await;
    let code = ada.code();
    let (one, other) = (StaticKey::generate(), StaticKey::generate());
    let (first, second) = tokio::join!(
        world.log_in(&one, "ada", PASSWORD, &code),
        world.log_in(&other, "ada", PASSWORD, &code),
    );
    let let_in = [&first, &second].into_iter().filter(|first| matches!(first, ServerMessage::Welcome(_)));
    assert_eq!(let_in.count(), 1, "{first:?} {second:?}");
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let world = World::start().await;
    let ada = world.newcomer("ada", Role::Member).await;
    let code = ada.recovery_codes[0].to_uppercase();
    welcomed(world.log_in(&ada.device, "ada", PASSWORD, &code).await);
    let again = refused(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &code).await);
    assert_eq!(again.code, Code::BadCredentials);
    welcomed(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &ada.recovery_codes[1]).await);
}

#[tokio::test]
async fn a_ban_is_told_only_to_somebody_with_both_factors() {
    let world = World::start().await;
    let owner = world.newcomer("owner", Role::Owner).await;
    let ada = world.newcomer("ada", Role::Member).await;
    let (account, by) = (ada.account, owner.account);
    let ban = move |tx: &mut store::Tx<'_>| tx.ban(account, by, &Text::cut("spam"), None, now());
    world.store.run(ban).await.unwrap();
    let code = ada.code();
    let stranger = refused(world.log_in(&ada.device, "ada", "wrong password", &code).await);
    assert_eq!(stranger.code, Code::BadCredentials);
    let guesser = refused(world.log_in(&ada.device, "ada", PASSWORD, &wrong(&code)).await);
    assert_eq!(guesser.code, Code::BadCredentials);
    let ada_herself = refused(world.log_in(&ada.device, "ada", PASSWORD, &code).await);
    assert_eq!(ada_herself.code, Code::Banned);
    assert!(ada_herself.detail.contains("spam"), "{ada_herself}");
}

#[tokio::test]
async fn a_login_ends_when_its_time_is_over_and_when_it_is_revoked() {
    let world = World::start().await;
    let ada = world.newcomer("ada", Role::Member).await;
    let record = store::Login {
        account: ada.account,
        key: ada.device.public(),
        label: Text::cut("old laptop"),
        client: Text::cut("test"),
        factor: store::Factor::Totp { step: 1 },
        at: now().plus_ms(-2_000),
        login_until: now().plus_ms(-1_000),
    };
    world.store.run(move |tx| tx.record_login(&record)).await.unwrap();
    assert_eq!(refused(world.resume(&ada.device).await.first().await).code, Code::LoginNeeded);

    let bob = world.somebody("bob", Role::Member).await;
    let mut laptop = world.online(&bob).await;
    let Ok(Answer::Devices(page)) = laptop.ask(Command::ListDevices).await else { panic!("no devices") };
    assert!(page.devices[0].online && page.devices[0].current);
    let device = page.devices[0].device;
    laptop.ask(Command::RevokeDevice { device }).await.unwrap();
    assert_eq!(laptop.goodbye().await.0.reason, GoodbyeReason::Revoked);
    assert_eq!(refused(world.resume(&bob.device).await.first().await).code, Code::LoginNeeded);
}

#[tokio::test]
async fn a_new_device_is_announced_to_the_others_and_a_known_one_is_not() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let telephone = StaticKey::generate();
    let mut session = world.connect(&telephone, &login("ada", PASSWORD, &ada.code())).await;
    session.ready().await;
    let notice = laptop.until(|event| match event {
        Event::Notice { kind, text } => Some((kind, text)),
        _ => None,
    });
    let (kind, text) = notice.await;
    assert_eq!(kind, NoticeKind::NewDevice);
    assert!(text.contains("Ada's laptop"), "{text:?}");
    drop(session);
    world.connect(&telephone, &login("ada", PASSWORD, &ada.code())).await.ready().await;
    laptop.say(LOBBY, "end").await;
    let next = laptop.until(|event| match event {
        Event::Notice { .. } => Some("notice"),
        Event::Entry(_) => Some("entry"),
        _ => None,
    });
    assert_eq!(next.await, "entry");
}

#[tokio::test]
async fn the_same_device_twice_replaces_the_older_connection_which_is_told() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let mut bob = world.online(&bob).await;
    let mut older = world.online(&ada).await;
    bob.until(presence("ada", true)).await;
    let mut newer = world.online(&ada).await;
    assert_eq!(older.goodbye().await.0.reason, GoodbyeReason::Replaced);
    newer.say(LOBBY, "still here").await;
    let heard = bob.until(|event| match event {
        Event::Entry(_) => Some("entry"),
        Event::People(change) => {
            let went = change.changed.iter().any(|person| &*person.name == "ada" && !person.online);
            went.then_some("went")
        }
        _ => None,
    });
    assert_eq!(heard.await, "entry", "whoever stays is not reported as gone");
}

#[tokio::test]
async fn labels_and_client_names_with_control_characters_are_refused() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let opening = Opening::Resume(Resume { client: Text::cut("evil \u{1b}]0;title\u{7}") });
    let first = world.connect(&ada.device, &opening).await.first().await;
    assert_eq!(refused(first).code, Code::BadInput);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_a_known_device_gets_in_meanwhile() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut last = None;
    for _ in 0..12 {
        let answer = refused(world.log_in(&StaticKey::generate(), "ada", "guess", "000000").await);
        if answer.code == Code::TooFast {
            last = Some(answer);
            break;
        }
    }
    let slowed = last.expect("guessing is slowed down within a dozen tries");
    assert!(slowed.retry_after_ms.is_some_and(|wait| 1_000 < wait));
    // From the same network, with the device that was here before.
    welcomed(world.log_in(&ada.device, "ada", PASSWORD, &ada.code()).await);
    // A stranger with everything right still waits.
    let stranger = refused(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &ada.code()).await);
    assert_eq!(stranger.code, Code::TooFast);
}

pub(crate) fn refused(first: ServerMessage) -> Refusal {
    match first {
        ServerMessage::Denied(refusal) => refusal,
        other => panic!("not turned away: {other:?}"),
    }
}

pub(crate) fn wrong(code: &str) -> String {
    let digit = if code.starts_with('0') { '1' } else { '0' };
    format!("{digit}{}", &code[1..])
}

pub(crate) fn presence(name: &str, online: bool) -> impl FnMut(Event) -> Option<()> {
    move |event| match event {
        Event::People(change) => {
            change.changed.iter().any(|person| &*person.name == name && person.online == online).then_some(())
        }
        _ => None,
    }
}
