//! What strangers and broken clients do to a server, and what it costs them.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use domain::throttle::Rate;
use proto::handshake::{HandshakeMessage, Initiator, RefusalReason, next_message};
use proto::keys::StaticKey;
use proto::limits;
use proto::message::{Command, GoodbyeReason, HistoryFrom, Role};
use proto::refusal::Code;
use proto::text::Text;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{self, Instant, timeout};

use crate::client::{Client, LOBBY, PATIENCE};
use crate::world::World;

#[tokio::test]
async fn a_handshake_that_stands_still_is_cut_at_the_deadline_and_not_before() {
    let world = World::start().await;
    let first = Initiator::start(&StaticKey::generate()).1;
    // Nothing, part of the preamble, all but the last byte of the first message.
    for sent in [0, 5, first.len() - 1] {
        let mut socket = TcpStream::connect(world.chat).await.unwrap();
        socket.write_all(&first[..sent]).await.unwrap();
        time::pause();
        let since = Instant::now();
        assert_eq!(end_of(&mut socket).await, 0, "nobody answers half a word");
        let took = since.elapsed();
        assert!(limits::HANDSHAKE_TIME <= took && took < limits::HANDSHAKE_TIME * 2, "{took:?}");
        time::resume();
    }
}

#[tokio::test]
async fn a_byte_a_minute_does_not_stretch_the_deadline() {
    let world = World::start().await;
    let first = Initiator::start(&StaticKey::generate()).1;
    let mut socket = TcpStream::connect(world.chat).await.unwrap();
    time::pause();
    let since = Instant::now();
    for byte in &first {
        if socket.write_all(&[*byte]).await.is_err() {
            break;
        }
        // A minute would only be slower; what matters is that each byte comes before the deadline.
        let mut nothing = [0];
        if let Ok(read) = timeout(Duration::from_secs(6), socket.read(&mut nothing)).await {
            assert_eq!(read.unwrap_or(0), 0);
            break;
        }
    }
    assert!(since.elapsed() < limits::HANDSHAKE_TIME + Duration::from_secs(7), "{:?}", since.elapsed());
}

#[tokio::test]
async fn half_open_connections_do_not_keep_others_out() {
    let world = World::start_with(|settings| settings.half_open = 8).await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut half_open = Vec::new();
    for _ in 0..32 {
        let mut socket = TcpStream::connect(world.chat).await.unwrap();
        socket.write_all(b"LiveChat").await.unwrap();
        half_open.push(socket);
    }
    timeout(Duration::from_secs(5), world.online(&ada)).await.expect("logged in among half-open connections");
    // The oldest made way: that is what made room.
    assert_eq!(timeout(PATIENCE, end_of(&mut half_open[0])).await.unwrap(), 0);
}

#[tokio::test]
async fn other_programs_and_wrong_versions_are_turned_away_at_once() {
    let world = World::start().await;
    for hello in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"SSH-2.0-x\r\n", b"\x16\x03\x01\x02\x00\x01", b"LiveChaT\0\x01"]
    {
        let mut socket = TcpStream::connect(world.chat).await.unwrap();
        socket.write_all(hello).await.unwrap();
        assert_eq!(timeout(Duration::from_secs(5), end_of(&mut socket)).await.unwrap(), 0);
    }
    let mut socket = TcpStream::connect(world.chat).await.unwrap();
    socket.write_all(b"LiveChat\xff\xff and more").await.unwrap();
    assert_eq!(turned_away(&mut socket).await, RefusalReason::Version);
}

#[tokio::test]
async fn a_handshake_with_a_flipped_bit_is_cut_without_an_answer() {
    let world = World::start().await;
    let (_, first) = Initiator::start(&StaticKey::generate());
    for length in [[0xff, 0xff], [0x10, 0x01], [0, 1]] {
        let mut socket = TcpStream::connect(world.chat).await.unwrap();
        let mut bad = first.clone();
        bad[10..12].copy_from_slice(&length);
        socket.write_all(&bad).await.unwrap();
        assert_eq!(timeout(Duration::from_secs(5), end_of(&mut socket)).await.unwrap(), 0, "{length:?}");
    }
    let mut socket = TcpStream::connect(world.chat).await.unwrap();
    let device = StaticKey::generate();
    let (initiator, first) = Initiator::start(&device);
    socket.write_all(&first).await.unwrap();
    let mut buffer = BytesMut::new();
    let reply = loop {
        match next_message(&mut buffer).unwrap() {
            Some(HandshakeMessage::Message(message)) => break message,
            Some(HandshakeMessage::Refused(refusal)) => panic!("{refusal:?}"),
            None => assert_ne!(socket.read_buf(&mut buffer).await.unwrap(), 0),
        }
    };
    let opening = crate::world::login("ada", "a password", "123456");
    let (mut third, _) = initiator.read_reply(&reply).unwrap().finish(&opening).unwrap();
    third[40] ^= 1;
    socket.write_all(&third).await.unwrap();
    assert_eq!(timeout(Duration::from_secs(5), end_of(&mut socket)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_network_has_its_share_of_connections_and_others_have_theirs() {
    let world = World::start_with(|settings| settings.gate.per_network = 2).await;
    let (_one, _two) = (from(1, world.chat).await, from(1, world.chat).await);
    let mut third = from(1, world.chat).await;
    assert_eq!(turned_away(&mut third).await, RefusalReason::Network);
    let mut other = from(2, world.chat).await;
    let first = Initiator::start(&StaticKey::generate()).1;
    other.write_all(&first).await.unwrap();
    assert_ne!(other.read(&mut [0; 64]).await.unwrap(), 0, "another network is answered");
}

#[tokio::test]
async fn a_full_server_says_so() {
    let world = World::start_with(|settings| settings.gate.total = 1).await;
    let _one = from(1, world.chat).await;
    let mut second = from(2, world.chat).await;
    assert_eq!(turned_away(&mut second).await, RefusalReason::Busy);
    // New limits are taken up without a restart.
    world.settings.send_modify(|settings| settings.gate.total = 10);
    let first = Initiator::start(&StaticKey::generate()).1;
    let answered = async {
        loop {
            let mut third = from(3, world.chat).await;
            third.write_all(&first).await.unwrap();
            if 7 < third.read(&mut [0; 64]).await.unwrap() {
                return;
            }
        }
    };
    timeout(PATIENCE, answered).await.expect("room after the reload");
}

#[tokio::test]
async fn networks_that_send_garbage_are_shut_out_for_a_while() {
    let world = World::start_with(|settings| settings.gate.overlooked = 2).await;
    for _ in 0..3 {
        let mut socket = from(7, world.chat).await;
        socket.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        end_of(&mut socket).await;
    }
    let mut socket = from(7, world.chat).await;
    assert_eq!(turned_away(&mut socket).await, RefusalReason::Network);
    let mut other = from(8, world.chat).await;
    other.write_all(&Initiator::start(&StaticKey::generate()).1).await.unwrap();
    assert_ne!(other.read(&mut [0; 64]).await.unwrap(), 0);
}

#[tokio::test]
async fn frames_that_are_changed_replayed_or_too_short_end_the_connection() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    for fault in ["flip", "replay", "short", "cut"] {
        let mut client = world.online(&ada).await;
        let mut wire = BytesMut::new();
        client.transport.seal(&[proto::codec::encode(&ping(1))], &mut wire).unwrap();
        match fault {
            "flip" => wire[20] ^= 4,
            "replay" => wire.extend_from_within(..),
            "short" => wire = BytesMut::from(&[0, 3, 1, 2, 3][..]),
            _ => wire.truncate(50),
        }
        client.socket.write_all(&wire).await.unwrap();
        client.socket.shutdown().await.unwrap();
        let rest = timeout(Duration::from_secs(5), end_of(&mut client.socket)).await;
        rest.unwrap_or_else(|_| panic!("{fault}: the connection is still there"));
    }
}

#[tokio::test]
async fn messages_that_are_no_messages_end_in_a_goodbye() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let good = proto::codec::encode(&ping(1));
    let long_integer = [&[0x82, 0x18, 0x01][..], &good[2..]].concat();
    for garbage in [&b"\xff\xff\xff"[..], &[0x9f, 0xff], &[&good[..], b"\0"].concat(), &long_integer] {
        let mut client = world.online(&ada).await;
        client.send_bytes(garbage).await;
        let (goodbye, _) = client.goodbye().await;
        assert_eq!(goodbye.reason, GoodbyeReason::Protocol, "{garbage:?}");
    }
    // The same frame with a good message is answered, so it was the message.
    let mut client = world.online(&ada).await;
    client.ask(Command::Ping).await.unwrap();
}

#[tokio::test]
async fn a_flood_of_messages_is_refused_with_a_time_and_reconnecting_does_not_help() {
    let world = World::start_with(|settings| settings.flood = Rate::new(5, Duration::from_secs(60))).await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    for number in 0..5 {
        client.say(LOBBY, &format!("{number}")).await;
    }
    let command = client.message(LOBBY, "one too many");
    let refused = client.ask(command).await.unwrap_err();
    assert_eq!(refused.code, Code::TooFast);
    assert!(refused.retry_after_ms.is_some_and(|wait| 50_000 < wait && wait <= 60_000));
    drop(client);
    let mut client = world.online(&ada).await;
    let command = client.message(LOBBY, "again");
    assert_eq!(client.ask(command).await.unwrap_err().code, Code::TooFast);
    client.ask(Command::History { room: LOBBY, from: HistoryFrom::Latest, limit: 5 }).await.unwrap();
}

#[tokio::test]
async fn more_open_requests_than_allowed_are_refused_and_the_others_answered() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let sent = limits::REQUESTS_IN_FLIGHT + 50;
    let messages: Vec<_> = (0..sent)
        .map(|number| {
            let command = Command::ListRooms { after: Text::default() };
            let request = proto::ids::RequestId(u32::try_from(number).unwrap());
            proto::codec::encode(&proto::message::ClientMessage { request, command })
        })
        .collect();
    let mut wire = BytesMut::new();
    assert_eq!(client.transport.seal(&messages, &mut wire).unwrap(), sent, "all in one frame");
    client.socket.write_all(&wire).await.unwrap();
    let (mut answered, mut refused) = (0, 0);
    while answered + refused < sent {
        match client.next().await.unwrap() {
            proto::message::ServerMessage::Answer(..) => answered += 1,
            proto::message::ServerMessage::Refused(_, refusal) => {
                assert_eq!(refusal.code, Code::LimitReached);
                refused += 1;
            }
            _ => {}
        }
    }
    assert_eq!(answered, limits::REQUESTS_IN_FLIGHT);
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_cut_with_a_reason_and_nobody_waits_for_it() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let slow = world.somebody("sloth", Role::Member).await;
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    let mut slow = world.online(&slow).await;
    let body = "x".repeat(limits::BODY);
    let mut sent = 0;
    // More than the system's buffers and the outbox together hold.
    while sent < 16 * 1024 * 1024 {
        ada.say(LOBBY, &body).await;
        assert_eq!(bob.text().await.len(), limits::BODY);
        sent += limits::BODY;
        ada.forget();
        if !is_online(&mut bob, "sloth").await {
            break;
        }
    }
    assert!(sent < 16 * 1024 * 1024, "the slow reader is still there");
    let mut last = 0;
    let goodbye = slow.until(|event| match event {
        proto::message::Event::Entry(entry) => {
            assert_eq!(entry.seq.get(), last + 1, "nothing is left out before the goodbye");
            last += 1;
            None
        }
        proto::message::Event::Goodbye(goodbye) => Some(goodbye.reason),
        _ => None,
    });
    assert_eq!(goodbye.await, GoodbyeReason::Slow);
    assert!(slow.next().await.is_none());
}

async fn is_online(client: &mut Client, name: &str) -> bool {
    let asked = Command::ListMembers { room: LOBBY, after: Text::default() };
    let Ok(proto::message::Answer::Members(page)) = client.ask(asked).await else { panic!("no members") };
    page.people.iter().any(|person| &*person.name == name && person.online)
}

fn ping(request: u32) -> proto::message::ClientMessage {
    proto::message::ClientMessage { request: proto::ids::RequestId(request), command: Command::Ping }
}

/// Connects from another address of this machine.
async fn from(last: u8, server: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, last, 1], 0))).unwrap();
    socket.connect(server).await.unwrap()
}

/// Reads to the end and returns how many bytes came.
async fn end_of(socket: &mut TcpStream) -> usize {
    let mut rest = Vec::new();
    match socket.read_to_end(&mut rest).await {
        Ok(read) => read,
        // The server left while bytes for it were on their way.
        Err(_) => rest.len(),
    }
}

async fn turned_away(socket: &mut TcpStream) -> RefusalReason {
    let mut buffer = BytesMut::new();
    loop {
        match next_message(&mut buffer).unwrap() {
            Some(HandshakeMessage::Refused(refusal)) => return refusal.reason,
            Some(HandshakeMessage::Message(_)) => panic!("let in"),
            None => assert_ne!(timeout(PATIENCE, socket.read_buf(&mut buffer)).await.unwrap().unwrap(), 0),
        }
    }
}
