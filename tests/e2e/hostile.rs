//! What strangers and people in the middle do to a real server: nothing gets through, nobody else notices.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use proto::handshake::{RefusalReason, clear_refusal};
use proto::ids::{RequestId, Seq};
use proto::limits;
use proto::message::{ClientMessage, Command, Event, GoodbyeReason, ServerMessage};
use proto::text::Text;
use tests::proxy::{Proxy, Way};
use tests::seat::{self, LOBBY, Seat, message_id};
use tests::server::{Chatd, Setup};
use tests::stranger::{connect_from, connect_narrow, send_and_listen, until_closed};
use tests::wire::Peer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_secs(10);

fn long() -> bool {
    std::env::var_os("LIVECHAT_LONG").is_some()
}

async fn lobby_length(seat: &Seat, chatd: &Chatd) -> Result<usize> {
    Ok(seat.enter(chatd).await?.log(LOBBY, Seq::START).await?.len())
}

fn send_text(peer: &mut Peer, body: &str) -> Result<ClientMessage> {
    let request = RequestId(peer.fresh_request());
    let command =
        Command::Send { room: LOBBY, message_id: message_id(), body: Text::new(body)?, reply_to: None };
    Ok(ClientMessage { request, command })
}

/// What follows a damaged frame, so that one whose length grew gets all the bytes it claims.
fn filler() -> Vec<u8> {
    vec![0; usize::from(u16::MAX) + 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_flipped_anywhere_in_a_frame_ends_the_connection_and_leaves_no_trace() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["bob", "carol"])?;
    let body = "x".repeat(900);
    let mut peer = seats[0].enter(&chatd).await?;
    let untouched = send_text(&mut peer, &body)?;
    let bits = peer.frame(&untouched)?.len() * 8;
    let step = if long() { 1 } else { 97 };
    let chosen: Vec<usize> = (0..16).chain((16..bits).step_by(step)).collect();
    for (number, bit) in chosen.iter().enumerate() {
        // An address that sends damage is soon not let in at all, so each comes from its own.
        let [.., high, low] = number.to_be_bytes();
        let stream = connect_from(Ipv4Addr::new(127, 3, high, low), chatd.address()).await?;
        let mut peer = seats[0].enter_over(stream, &chatd).await?;
        let message = send_text(&mut peer, &body)?;
        let mut frame = peer.frame(&message)?;
        frame[bit / 8] ^= 1 << (bit % 8);
        let mut stream = peer.socket;
        let (_, took) = send_and_listen(&mut stream, &[&frame[..], &filler()].concat(), SOON).await?;
        ensure!(took < SOON, "bit {bit}: {took:?}");
    }
    println!("{} of {bits} bits flipped, each in its own connection: all refused", chosen.len());
    assert_eq!(lobby_length(&seats[1], &chatd).await?, 0);
    // The same road without damage leads through, so it was the damage that was refused.
    let mut peer = seats[0].enter(&chatd).await?;
    peer.say(LOBBY, &body).await?;
    assert_eq!(lobby_length(&seats[1], &chatd).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_sent_again_or_out_of_turn_or_cut_short_ends_the_connection() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["bob", "carol"])?;

    let mut again = seats[0].enter(&chatd).await?;
    let message = send_text(&mut again, "said once")?;
    let frame = again.frame(&message)?;
    again.send_raw(&frame).await?;
    again.until(|answer| matches!(answer, ServerMessage::Answer(..)).then_some(())).await?;
    again.send_raw(&frame).await?;
    until_closed(&mut again.socket, SOON).await?;
    assert_eq!(lobby_length(&seats[1], &chatd).await?, 1, "the first of the two counts, the second does not");

    let mut swapped = seats[0].enter(&chatd).await?;
    let (first, second) = (send_text(&mut swapped, "first")?, send_text(&mut swapped, "second")?);
    let (_, second) = (swapped.frame(&first)?, swapped.frame(&second)?);
    send_and_listen(&mut swapped.socket, &second, SOON).await?;

    let mut short = seats[0].enter(&chatd).await?;
    let message = send_text(&mut short, "cut")?;
    let frame = short.frame(&message)?;
    short.send_raw(&frame[..frame.len() - 1]).await?;
    short.socket.shutdown().await?;
    until_closed(&mut short.socket, SOON).await?;

    assert_eq!(lobby_length(&seats[1], &chatd).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_recorded_session_played_again_gets_nowhere() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["bob", "carol"])?;
    let proxy = Proxy::recording(chatd.address()).await?;
    let mut peer = seats[0].enter_over(TcpStream::connect(proxy.address()).await?, &chatd).await?;
    peer.say(LOBBY, "recorded").await?;
    drop(peer);
    let recording = proxy.bytes(Way::Up);

    let mut stream = TcpStream::connect(chatd.address()).await?;
    let (heard, _) = send_and_listen(&mut stream, &recording, SOON).await?;

    // The server's own message of the handshake is new each time; after it, what was recorded does not fit.
    assert!(heard.len() < limits::HANDSHAKE_MESSAGE, "it heard {} bytes", heard.len());
    assert_eq!(lobby_length(&seats[1], &chatd).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_versions_are_told_what_is_spoken_and_other_programs_are_told_nothing() -> Result<()> {
    let chatd = Setup::quick().start()?;
    for version in [0_u16, 2, u16::MAX] {
        let mut stream = TcpStream::connect(chatd.address()).await?;
        let preamble = [&b"LiveChat"[..], &version.to_be_bytes()].concat();
        let (heard, _) = send_and_listen(&mut stream, &preamble, SOON).await?;
        assert_eq!(heard, clear_refusal(RefusalReason::Version), "version {version}");
    }
    for foreign in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"NICK ada\r\n"]
    {
        let mut stream = TcpStream::connect(chatd.address()).await?;
        let (heard, took) = send_and_listen(&mut stream, foreign, SOON).await?;
        assert!(heard.is_empty() && took < limits::HANDSHAKE_TIME, "{heard:?} after {took:?}");
    }
    // A handshake message that claims to be larger than any is refused by its length alone.
    let mut stream = TcpStream::connect(chatd.address()).await?;
    let claim = [&b"LiveChat\0\x01"[..], &u16::MAX.to_be_bytes()].concat();
    let (_, took) = send_and_listen(&mut stream, &claim, SOON).await?;
    assert!(took < limits::HANDSHAKE_TIME / 2, "it waited {took:?} for bytes it must not take");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_cost_little_and_end_at_the_deadline_while_others_get_in() -> Result<()> {
    let count: u16 = if long() { 9_000 } else { 400 };
    let mut chatd = Setup::quick().set("limits.max_connections", "20000").start()?;
    let seats = seat::seats(&chatd, &["bob"])?;
    // The first login warms everything up that is made once.
    drop(seats[0].enter(&chatd).await?);
    let before = resident_bytes(chatd.process()?.id())?;
    let began = Instant::now();
    let mut strangers = Vec::new();
    for number in 0..count {
        let [high, low] = number.to_be_bytes();
        let mut stream = connect_from(Ipv4Addr::new(127, 1, high, low.max(1)), chatd.address()).await?;
        // Half say nothing at all, half stop in the middle of their first message.
        if number % 2 == 0 {
            stream.write_all(b"LiveChat\0\x01\x04\xd0and no more").await?;
        }
        strangers.push(stream);
    }
    let all_in = Instant::now();
    let each = resident_bytes(chatd.process()?.id())?.saturating_sub(before) / u64::from(count);
    drop(seats[0].enter(&chatd).await?);
    let login = all_in.elapsed();
    let mut ends = Vec::new();
    for stream in &mut strangers {
        until_closed(stream, limits::HANDSHAKE_TIME * 2).await?;
        ends.push(began.elapsed());
    }
    let last = all_in.elapsed();
    println!(
        "{count} half-open: {each} bytes each, a login among them {login:?}, all ended {last:?} after the last came"
    );
    assert!(login < Duration::from_secs(1), "a login took {login:?}");
    assert!(each <= 4096 + 8 * 1024, "{each} bytes for each connection that has not logged in");
    assert!(limits::HANDSHAKE_TIME <= ends[0] + Duration::from_millis(100), "ended early: {:?}", ends[0]);
    assert!(last < limits::HANDSHAKE_TIME + Duration::from_secs(3), "ended late: {last:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_drips_in_ends_at_the_same_deadline() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let began = Instant::now();
    let mut stream = TcpStream::connect(chatd.address()).await?;
    let mut pulse = tokio::time::interval(Duration::from_millis(250));
    for byte in b"LiveChat\0\x01\x04\xd0".iter().chain(std::iter::repeat(&7)) {
        pulse.tick().await;
        let written = stream.write_all(&[*byte]).await;
        let closed = stream.try_read(&mut [0; 64]).is_ok_and(|read| read == 0);
        if closed || written.is_err() {
            break;
        }
        ensure!(began.elapsed() < limits::HANDSHAKE_TIME * 2, "a dripping handshake is still alive");
    }
    let took = began.elapsed();
    assert!(limits::HANDSHAKE_TIME <= took + Duration::from_millis(500), "ended early: {took:?}");
    assert!(took < limits::HANDSHAKE_TIME + Duration::from_secs(3), "ended late: {took:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_its_share_of_connections_and_the_others_keep_theirs() -> Result<()> {
    let chatd = Setup::quick()
        .set("limits.connections_per_network", "16")
        .set("limits.new_connections_per_minute", "10000")
        .start()?;
    let seats = seat::seats(&chatd, &["bob"])?;
    let flooder = Ipv4Addr::new(127, 9, 9, 9);
    let mut held = Vec::new();
    let mut turned_away = 0;
    for _ in 0..64 {
        let mut stream = connect_from(flooder, chatd.address()).await?;
        stream.write_all(b"LiveChat\0\x01").await?;
        held.push(stream);
    }
    for stream in &mut held {
        // Those that were let in hear nothing yet; the others hear why not.
        if let Ok(heard) = until_closed(stream, Duration::from_millis(100)).await {
            assert_eq!(heard, clear_refusal(RefusalReason::Network));
            turned_away += 1;
        }
    }
    println!("64 connections from one address: {turned_away} turned away");
    assert_eq!(turned_away, 64 - 16);
    // A neighbour in the same /24 and somebody far away are not affected.
    for source in [Ipv4Addr::new(127, 9, 9, 8), Ipv4Addr::new(127, 77, 0, 1)] {
        let began = Instant::now();
        let stream = connect_from(source, chatd.address()).await?;
        drop(seats[0].enter_over(stream, &chatd).await?);
        assert!(began.elapsed() < Duration::from_secs(1), "{source} waited {:?}", began.elapsed());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_connects_too_often_is_turned_away_for_longer_and_longer() -> Result<()> {
    let chatd = Setup::quick().set("limits.new_connections_per_minute", "20").start()?;
    let flooder = Ipv4Addr::new(127, 8, 8, 8);
    let mut refused = 0;
    for _ in 0..40 {
        let mut stream = connect_from(flooder, chatd.address()).await?;
        stream.write_all(b"LiveChat\0\x01").await?;
        refused += usize::from(until_closed(&mut stream, Duration::from_millis(50)).await.is_ok());
    }
    println!("40 connections in a row from one address: {refused} turned away");
    assert!((19..=21).contains(&refused), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stops_is_cut_and_delays_nobody() -> Result<()> {
    let stalled_count: u64 = if long() { 500 } else { 20 };
    let mut chatd = Setup::quick().start()?;
    let names: Vec<String> = (0..stalled_count + 2).map(|number| format!("person{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let seats = seat::seats(&chatd, &names)?;
    let (mut talker, mut reader) = (seats[0].enter(&chatd).await?, seats[1].enter(&chatd).await?);
    let undisturbed = talk(&mut talker, &mut reader, 200, 1000).await?;

    let mut stalled = Vec::new();
    for seat in &seats[2..] {
        stalled.push(seat.enter_over(connect_narrow(chatd.address(), 4096).await?, &chatd).await?);
    }
    let before = resident_bytes(chatd.process()?.id())?;
    let began = Instant::now();
    let mut most = before;
    let mut disturbed = Vec::new();
    // More than any queue and any buffer of the kernel holds.
    while began.elapsed() < Duration::from_secs(30) {
        disturbed.extend(talk(&mut talker, &mut reader, 20, 16_000).await?);
        most = most.max(resident_bytes(chatd.process()?.id())?);
        if online(&mut talker).await? == 2 {
            break;
        }
    }
    let cut_after = began.elapsed();
    let each = most.saturating_sub(before) / stalled_count;
    let (quiet, busy) = (p99(undisturbed), p99(disturbed));
    println!(
        "{stalled_count} stalled readers: cut after {cut_after:?}, {each} bytes each at most, p99 {quiet:?} before and {busy:?} with them"
    );
    assert!(cut_after < Duration::from_secs(30), "still there after {cut_after:?}");
    assert!(each < 2 * limits::OUTBOX_BYTES as u64, "{each} bytes for each stalled reader");

    // What a stalled reader missed is in the log, and it is told why it was cut as far as it still reads.
    let log = seats[2].enter(&chatd).await?.log(LOBBY, Seq::START).await?;
    assert_eq!(log.len(), talker_said(&mut talker).await?);
    let mut last = None;
    while let Ok(Some(message)) = stalled[0].next().await {
        last = Some(message);
    }
    let why = last.map(|message| matches!(message, ServerMessage::Event(Event::Goodbye(ref goodbye)) if goodbye.reason == GoodbyeReason::Slow));
    println!("the last thing a stalled reader reads is the reason: {why:?}");
    Ok(())
}

/// Says texts of this size and returns how long each took to reach the reader.
async fn talk(talker: &mut Peer, reader: &mut Peer, count: usize, size: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        let seq = talker.say(LOBBY, &"y".repeat(size)).await?;
        reader
            .until(|message| match message {
                ServerMessage::Event(Event::Entry(entry)) if entry.seq == seq => Some(()),
                _ => None,
            })
            .await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

async fn online(peer: &mut Peer) -> Result<u32> {
    match peer.ask(Command::ListMembers { room: LOBBY, after: Text::default() }).await? {
        proto::message::Answer::Members(page) => Ok(page.online),
        other => anyhow::bail!("another answer: {other:?}"),
    }
}

async fn talker_said(talker: &mut Peer) -> Result<usize> {
    Ok(talker.log(LOBBY, Seq::START).await?.len())
}

fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() * 99 / 100).copied().unwrap_or_default()
}

fn resident_bytes(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
    Ok(kib.unwrap_or(0_u64) * 1024)
}
