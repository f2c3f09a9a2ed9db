//! How sessions and the server end.

use std::time::Duration;

use proto::limits;
use proto::message::{Command, Event, GoodbyeReason, HistoryFrom, Role, ServerMessage};
use store::Store;
use tokio::net::TcpStream;
use tokio::time::{self, Instant, timeout};

use crate::client::LOBBY;
use crate::world::World;

#[tokio::test]
async fn a_silent_client_is_told_and_dropped_at_the_limit_and_not_before() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    // Her own arrival is the last thing she is told.
    client.until(|event| if let Event::People(_) = event { Some(()) } else { None }).await;
    client.ask(Command::Ping).await.unwrap();
    time::pause();
    let since = Instant::now();
    // Longer than the client's own patience: wait on the socket.
    client.socket.readable().await.unwrap();
    let took = since.elapsed();
    assert!(limits::IDLE - Duration::from_secs(1) <= took && took < limits::IDLE * 2, "{took:?}");
    time::resume();
    assert_eq!(client.goodbye().await.0.reason, GoodbyeReason::Idle);
}

#[tokio::test]
async fn a_client_that_says_goodbye_hears_one() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    client.send(Command::Bye).await;
    assert_eq!(client.goodbye().await.0.reason, GoodbyeReason::Asked);
}

#[tokio::test]
async fn a_stopping_server_answers_what_was_asked_says_goodbye_and_loses_nothing() {
    let mut world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let mut requests = Vec::new();
    for number in 0..50 {
        let command = client.message(LOBBY, &format!("message {number}"));
        requests.push(client.send(command).await);
    }
    client.ask(Command::Ping).await.unwrap();
    world.stop.cancel();
    let (goodbye, before) = client.goodbye().await;
    assert_eq!(goodbye.reason, GoodbyeReason::Draining);
    assert!(goodbye.retry_after_ms.is_some());
    let acknowledged = before
        .iter()
        .filter(|message| matches!(message, ServerMessage::Answer(to, _) if requests.contains(to)));
    let acknowledged = acknowledged.count();
    timeout(Duration::from_secs(15), &mut world.serving).await.expect("stopped in time").unwrap().unwrap();
    assert!(TcpStream::connect(world.chat).await.is_err(), "nobody listens any more");

    let store = Store::open(&world.folder().join("chat.db")).unwrap();
    let account = ada.account;
    let page =
        store.read(move |reads| reads.history(LOBBY, account, HistoryFrom::Latest, 200)).await.unwrap();
    assert!(acknowledged <= page.items.len(), "{acknowledged} acknowledged, {} kept", page.items.len());
    store.close();
}

#[tokio::test]
async fn a_client_that_does_not_leave_is_cut_after_the_grace_period() {
    let mut world = World::start_with(|settings| settings.drain = Duration::from_millis(200)).await;
    let ada = world.somebody("ada", Role::Member).await;
    let bob = world.somebody("bob", Role::Member).await;
    // Ada reads nothing while the lobby fills up, so her goodbye cannot be written.
    let ada = world.online(&ada).await;
    let mut bob = world.online(&bob).await;
    let body = "x".repeat(limits::BODY);
    for _ in 0..600 {
        bob.say(LOBBY, &body).await;
        bob.forget();
    }
    let half_open = TcpStream::connect(world.chat).await.unwrap();
    world.stop.cancel();
    timeout(Duration::from_secs(5), &mut world.serving).await.expect("stopped in time").unwrap().unwrap();
    drop((ada, half_open));
}

#[tokio::test]
async fn a_new_session_hears_everything_from_ready_on() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let mut ada = world.online(&ada).await;
    let talking = tokio::spawn(async move {
        for number in 0..300 {
            ada.say(LOBBY, &format!("{number}")).await;
            ada.forget();
        }
    });
    for _ in 0..20 {
        let mut client = world.resume(&bob.device).await;
        let known = client.ready().await[0].last_seq;
        if known.get() < 299 {
            assert_eq!(
                client.entry().await.seq,
                known.next(),
                "the first live entry follows what the room said"
            );
        }
    }
    talking.await.unwrap();
}
