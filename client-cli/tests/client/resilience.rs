//! Cuts at every stage: nothing lost, nothing doubled, the order kept, and said in words.

use std::time::Duration;

use client_cli::{Client, ClientEvent, Events, Options, Outbox, RequestError, Start, Stopped, Withdrawn};
use proto::ids::{MessageId, Timestamp};
use proto::message::{Answer, Command, Event, GoodbyeReason, HistoryFrom, HistoryPage, ServerMessage};
use proto::refusal::{Code, Refusal};
use proto::text::List;

use crate::support::peer::{FakeServer, Peer};
use crate::support::{entry, item, lobby, seq, soon, summary, welcome};

#[tokio::test]
async fn a_gap_is_filled_before_what_comes_after_it() {
    let (_server, mut peer, _client, mut events) = online(10).await;
    peer.event(Event::Entry(entry(11, "bob", "one"))).await;
    peer.event(Event::Entry(entry(14, "bob", "four"))).await;
    let (request, command) = peer.command().await;
    assert!(matches!(command, Command::History { from: HistoryFrom::After(after), .. } if after == seq(11)));
    let missed = [12, 13, 14].map(|number| entry(number, "bob", "missed")).to_vec();
    peer.give_history(request, missed).await;
    assert_eq!(entries(&mut events, 4).await, [11, 12, 13, 14]);
}

#[tokio::test]
async fn rooms_that_come_in_one_piece_with_the_welcome_are_told_without_waiting_for_more() {
    let server = FakeServer::start().await;
    let entering = tokio::spawn(client_cli::resume(server.identity()));
    let mut peer = server.accept().await;
    let all = [
        ServerMessage::Welcome(welcome("ada")),
        ServerMessage::Event(Event::Room(summary(10))),
        ServerMessage::Event(Event::Ready),
    ];
    let piece: Vec<_> = all.iter().flat_map(|message| peer.sealed(message)).collect();
    tokio::io::AsyncWriteExt::write_all(&mut peer.stream, &piece).await.unwrap();
    let session = soon(entering).await.unwrap().unwrap();
    let (_client, mut events) = session.start(Options::default());
    while !matches!(soon(events.next()).await, Some(ClientEvent::Ready)) {}
}

#[tokio::test]
async fn what_was_said_during_a_cut_is_read_after_it_and_the_cut_is_told() {
    let (server, peer, _client, mut events) = online(10).await;
    drop(peer);
    let why = offline(&mut events).await;
    assert!(why.starts_with("the connection was cut"), "{why}");
    let mut peer = server.accept_and_welcome(&[summary(12)]).await;
    let (request, _) = peer.command().await;
    peer.give_history(request, vec![entry(11, "bob", "a"), entry(12, "bob", "b")]).await;
    assert_eq!(entries(&mut events, 2).await, [11, 12]);
}

#[tokio::test]
async fn a_message_cut_off_at_any_stage_is_accepted_once_under_its_id() {
    for stage in [Stage::BeforeItIsRead, Stage::AfterItIsRead, Stage::InTheMiddleOfTheAnswer] {
        let (server, mut peer, client, _events) = online(10).await;
        let sending = tokio::spawn(async move { client.send(lobby(), "hello").await });
        let first = match stage {
            Stage::BeforeItIsRead => {
                // Closing with unread input resets the connection under the client's message.
                peer.stream.readable().await.unwrap();
                drop(peer);
                None
            }
            Stage::AfterItIsRead => {
                let (_, command) = peer.command().await;
                drop(peer);
                Some(command)
            }
            Stage::InTheMiddleOfTheAnswer => {
                let (request, command) = peer.command().await;
                let bytes = peer.sealed(&ServerMessage::Answer(request, accepted(11)));
                tokio::io::AsyncWriteExt::write_all(&mut peer.stream, &bytes[..bytes.len() / 2])
                    .await
                    .unwrap();
                drop(peer);
                Some(command)
            }
        };
        let mut peer = server.accept_and_welcome(&[summary(10)]).await;
        let (request, command) = peer.command().await;
        assert!(first.is_none_or(|first| first == command), "the same message with the same id");
        peer.answer(request, accepted(11)).await;
        let accepted = soon(sending).await.unwrap().unwrap();
        assert!(matches!(command, Command::Send { message_id, .. } if message_id == accepted.message_id));
        assert_eq!(accepted.seq, seq(11));
    }
}

#[tokio::test]
async fn an_unsent_message_survives_a_restart_with_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::start().await;
    let identity = server.identity();
    let start = async |outbox: Outbox| {
        let rooms = [summary(10)];
        let meeting =
            async { tokio::join!(server.accept_and_welcome(&rooms), client_cli::resume(identity.clone())) };
        let (peer, session) = soon(meeting).await;
        let (client, events) = session.unwrap().start(Options { outbox, ..Options::default() });
        (peer, client, events)
    };

    let (mut peer, client, events) = start(Outbox::open(folder.path()).unwrap()).await;
    let id = client.post_later(lobby(), text("hello")).await.unwrap();
    // The server has it and the client dies before the answer.
    assert!(matches!(peer.command().await.1, Command::Send { message_id, .. } if message_id == id));
    drop((peer, client, events));

    let outbox = Outbox::open(folder.path()).unwrap();
    assert_eq!(outbox.len(), 1);
    let (mut peer, _client, mut events) = start(outbox).await;
    let (request, command) = peer.command().await;
    assert!(matches!(command, Command::Send { message_id, .. } if message_id == id));
    peer.answer(request, accepted(11)).await;
    assert_eq!(sent(&mut events).await, id);
    assert_eq!(entries(&mut events, 1).await, [11]);
    assert!(Outbox::open(folder.path()).unwrap().is_empty());
}

#[tokio::test]
async fn a_message_is_on_disk_before_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(folder.path()).unwrap();
    let (_server, mut peer, client, _events) =
        online_with(10, Options { outbox, ..Options::default() }).await;
    client.post_later(lobby(), text("hello")).await.unwrap();
    peer.command().await;
    assert_eq!(Outbox::open(folder.path()).unwrap().len(), 1);
}

#[tokio::test]
async fn a_message_that_cannot_be_kept_is_not_sent_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(folder.path()).unwrap();
    let (_server, mut peer, client, _events) =
        online_with(10, Options { outbox, ..Options::default() }).await;
    folder.close().unwrap();
    let error = client.send(lobby(), "hello").await.unwrap_err();
    assert!(matches!(error, RequestError::Disk(_)), "{error}");
    // The next thing the server hears is something else.
    let asking = tokio::spawn(async move { client.devices().await });
    assert!(matches!(peer.command().await.1, Command::ListDevices));
    asking.abort();
}

#[tokio::test]
async fn a_refused_message_comes_back_with_its_words() {
    let (_server, mut peer, client, mut events) = online(10).await;
    client.post_later(lobby(), text("my careful words")).await.unwrap();
    let (request, _) = peer.command().await;
    peer.refuse(request, Refusal::new(Code::NotPermitted, "you may not write here")).await;
    let unsent = loop {
        if let ClientEvent::NotSent { unsent, .. } = next(&mut events).await {
            break unsent;
        }
    };
    assert!(matches!(&unsent.command, Command::Send { body, .. } if &**body == "my careful words"));
}

#[tokio::test]
async fn frames_that_were_changed_on_the_way_end_the_connection_and_nothing_of_them_is_shown() {
    for damage in [Damage::FlippedBit, Damage::Replay, Damage::Reordered, Damage::ShortLength] {
        let (server, mut peer, _client, mut events) = online(10).await;
        let one = peer.sealed(&ServerMessage::Event(Event::Entry(entry(11, "bob", "one"))));
        let two = peer.sealed(&ServerMessage::Event(Event::Entry(entry(12, "bob", "two"))));
        let bytes = match damage {
            Damage::FlippedBit => {
                let mut one = one.to_vec();
                one[20] ^= 1;
                one
            }
            Damage::Replay => [&one[..], &one, &two].concat(),
            Damage::Reordered => [&two[..], &one].concat(),
            Damage::ShortLength => vec![0, 3, 1, 2, 3],
        };
        tokio::io::AsyncWriteExt::write_all(&mut peer.stream, &bytes).await.unwrap();
        let mut seen = Vec::new();
        let why = loop {
            match next(&mut events).await {
                ClientEvent::Entry { entry, .. } => seen.push(entry.seq.get()),
                ClientEvent::Offline { why, .. } => break why,
                _ => {}
            }
        };
        let before_the_damage: &[u64] = if damage == Damage::Replay { &[11] } else { &[] };
        assert_eq!(seen, before_the_damage, "{damage:?}");
        assert!(why.contains("does not speak"), "{why}");
        // The client comes back by itself.
        server.accept_and_welcome(&[summary(10)]).await;
    }
}

#[tokio::test]
async fn an_end_without_a_goodbye_is_told_as_a_cut_and_one_with_it_is_not() {
    let (_server, mut peer, _client, mut events) = online(10).await;
    peer.goodbye(GoodbyeReason::Draining, "back in a minute").await;
    drop(peer);
    assert_eq!(offline(&mut events).await, "back in a minute");
}

#[tokio::test]
async fn a_kicked_client_stops_and_tells_why() {
    let (_server, mut peer, client, mut events) = online(10).await;
    peer.goodbye(GoodbyeReason::Kicked, "spam").await;
    let stopped = loop {
        if let ClientEvent::Stopped(stopped) = next(&mut events).await {
            break stopped;
        }
    };
    assert!(matches!(&stopped, Stopped::Goodbye(goodbye) if goodbye.reason == GoodbyeReason::Kicked));
    assert!(events.next().await.is_none());
    assert_eq!(client.devices().await, Err(RequestError::Stopped(stopped)));
}

#[tokio::test]
async fn a_server_key_that_changes_between_two_connections_stops_the_client() {
    let (mut server, peer, _client, mut events) = online(10).await;
    server.key = proto::keys::StaticKey::generate();
    drop(peer);
    let serving = async {
        let stream = server.accept_raw().await;
        crate::support::peer::shake_hands(stream, &server.key).await.is_none()
    };
    let listening = async {
        loop {
            if let ClientEvent::Stopped(stopped) = next(&mut events).await {
                return stopped;
            }
        }
    };
    let (left, stopped) = soon(async { tokio::join!(serving, listening) }).await;
    assert!(left && matches!(stopped, Stopped::UntrustedKey { .. }), "{stopped:?}");
}

#[tokio::test]
async fn leaving_says_bye_and_waits_for_the_goodbye() {
    let (_server, mut peer, client, events) = online(10).await;
    client.close().await;
    assert_eq!(peer.command().await.1, Command::Bye);
    peer.goodbye(GoodbyeReason::Asked, "see you").await;
    soon(events.closed()).await;
    assert!(peer.next().await.is_none());
}

#[tokio::test]
async fn a_message_taken_back_during_a_cut_is_not_sent() {
    let (server, peer, client, mut events) = online(10).await;
    drop(peer);
    offline(&mut events).await;
    let id = client.post_later(lobby(), text("hello")).await.unwrap();
    assert_eq!(client.withdraw(id).await, Withdrawn::NotSent);
    let mut peer = server.accept_and_welcome(&[summary(10)]).await;
    let asking = tokio::spawn(async move { client.devices().await });
    assert!(matches!(peer.command().await.1, Command::ListDevices));
    asking.abort();
}

#[tokio::test]
async fn a_server_that_does_not_answer_about_keys_holds_up_neither_rooms_nor_a_message_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault::Vault::open(&folder.path().join("vault.db"), vault::VaultKey::random()).unwrap();
    let options = Options { vault: Some(vault), ..Options::default() };
    // This peer answers nothing: the question after this device's identity stays open for 30 s.
    let (_server, _peer, client, _events) = online_with(0, options).await;
    assert_eq!(soon(client.rooms()).await.unwrap().len(), 1);
    let (id, patience) = (MessageId([1; 16]), Duration::from_millis(100));
    let posted = soon(client.post_as(lobby(), text("hello"), id, patience)).await;
    assert_eq!(posted, Err(RequestError::NotYet { message_id: id, last: None }));
    assert_eq!(soon(client.withdraw(id)).await, Withdrawn::MaybeSent);
}

#[tokio::test]
async fn a_reader_that_sleeps_through_a_flood_still_gets_every_entry_once() {
    let (_server, mut peer, _client, mut events) = online(0).await;
    let count = 6_000;
    // More than the queue of events holds is sent before anything is read.
    for number in 1..=count {
        peer.event(Event::Entry(entry(number, "bob", "flood"))).await;
    }
    let serving = async {
        while let Some(message) = peer.next().await {
            if let Command::History { from: HistoryFrom::After(after), .. } = message.command {
                let page =
                    (after.get() + 1..=count).take(100).map(|number| item(entry(number, "bob", "flood")));
                let more = after.get() + 100 < count;
                let items = List::new(page.collect()).unwrap();
                peer.answer(message.request, Answer::History(HistoryPage { room: lobby(), items, more }))
                    .await;
            }
        }
    };
    let reading = async {
        for expected in 1..=count {
            assert_eq!(entries(&mut events, 1).await, [expected]);
        }
    };
    soon(async {
        tokio::select! { () = serving => panic!("the client left"), () = reading => {} }
    })
    .await;
}

#[tokio::test]
async fn a_room_is_followed_from_the_place_asked_for() {
    let options = Options { follow: client_cli::Follow::Asked, ..Options::default() };
    let (_server, mut peer, client, mut events) = online_with(10, options).await;
    client.follow(lobby(), Start::After(seq(8))).await.unwrap();
    let (request, _) = peer.command().await;
    peer.give_history(request, vec![entry(9, "bob", "a"), entry(10, "bob", "b")]).await;
    assert_eq!(entries(&mut events, 2).await, [9, 10]);
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    BeforeItIsRead,
    AfterItIsRead,
    InTheMiddleOfTheAnswer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    FlippedBit,
    Replay,
    Reordered,
    ShortLength,
}

async fn online(last: u64) -> (FakeServer, Peer, Client, Events) {
    online_with(last, Options::default()).await
}

async fn online_with(last: u64, options: Options) -> (FakeServer, Peer, Client, Events) {
    let server = FakeServer::start().await;
    let rooms = [summary(last)];
    let meeting =
        async { tokio::join!(server.accept_and_welcome(&rooms), client_cli::resume(server.identity())) };
    let (peer, session) = soon(meeting).await;
    let (client, mut events) = session.unwrap().start(options);
    while !matches!(next(&mut events).await, ClientEvent::Ready) {}
    (server, peer, client, events)
}

async fn next(events: &mut Events) -> ClientEvent {
    soon(events.next()).await.expect("the client is still there")
}

async fn entries(events: &mut Events, count: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.len() < count {
        if let ClientEvent::Entry { entry, .. } = next(events).await {
            seen.push(entry.seq.get());
        }
    }
    seen
}

async fn offline(events: &mut Events) -> String {
    loop {
        if let ClientEvent::Offline { why, .. } = next(events).await {
            return why;
        }
    }
}

async fn sent(events: &mut Events) -> MessageId {
    loop {
        if let ClientEvent::Sent { message_id, .. } = next(events).await {
            return message_id;
        }
    }
}

fn text(body: &str) -> client_cli::Post {
    client_cli::Post::Text { body: body.to_owned(), reply_to: None }
}

fn accepted(number: u64) -> Answer {
    Answer::Accepted { room: lobby(), seq: seq(number), at: Timestamp(1_700_000_000_000) }
}
