//! How much of everything, and what garbage gets.

use domain::settings::{Key, parse};
use proto::ids::{BlobId, RequestId, Seq};
use proto::limits;
use proto::message::{Answer, Command, Role, ServerMessage};
use proto::refusal::Code;

use super::{Sealed, download, fetch, files_of, piece, received, received_after, send_together};
use crate::client::LOBBY;
use crate::world::World;

#[tokio::test]
async fn pieces_that_do_not_follow_are_refused_and_the_upload_goes_on() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 100_000);
    assert_eq!(client.ask(file.piece(0)).await.unwrap_err().code, Code::NoSuchFile);
    received(client.ask(file.begin(LOBBY)).await);
    received_after(&mut client, &file, 0).await;
    for (offset, length, code) in [
        (32_769, 10, Code::Conflict),
        (32_000, 1_000, Code::Conflict),
        (99_999, 2, Code::BadInput),
        (usize::MAX, 1, Code::BadInput),
    ] {
        let refusal = client.ask(piece(file.blob, offset, &vec![1; length])).await.unwrap_err();
        assert_eq!(refusal.code, code, "{offset}: {refusal}");
    }
    let early = client.ask(Command::FinishUpload { blob: file.blob }).await.unwrap_err();
    assert_eq!(early.code, Code::Conflict);
    let unknown = client.ask(Command::FinishUpload { blob: BlobId([1; 32]) }).await.unwrap_err();
    assert_eq!(unknown.code, Code::NoSuchFile);
    let seq = file.post(&mut client, LOBBY).await;
    assert_eq!(download(&mut client, LOBBY, seq, file.size()).await.unwrap(), file.bytes);
}

#[tokio::test]
async fn no_more_comes_at_once_than_one_piece_whatever_is_asked_for() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 100_000);
    let seq = file.post(&mut client, LOBBY).await;
    let text = client.say(LOBBY, "not a file").await;
    let ask = |seq, offset, len| Command::FetchPiece { room: LOBBY, seq, offset, len };
    let all = client.ask(ask(seq, 0, u32::MAX)).await;
    assert!(matches!(all, Ok(Answer::Piece { bytes, .. }) if bytes.len() == limits::PIECE));
    for (command, code) in [
        (ask(seq, 0, 0), Code::BadInput),
        (ask(seq, u64::MAX, 10), Code::BadInput),
        (ask(text, 0, 10), Code::NoSuchFile),
        (ask(Seq::START, 0, 10), Code::NoSuchFile),
    ] {
        let refusal = client.ask(command).await.unwrap_err();
        assert_eq!(refusal.code, code, "{refusal}");
    }
}

#[tokio::test]
async fn more_pieces_at_once_than_are_allowed_are_refused_in_both_directions() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 100);
    let seq = file.post(&mut client, LOBBY).await;
    let begun = Sealed::new(2, 100);
    received(client.ask(begun.begin(LOBBY)).await);
    let many = 3 * limits::PIECES_IN_FLIGHT;
    let uploads = (0..many).map(|at| piece(begun.blob, at, &begun.bytes[at..=at])).collect();
    let fetches = (0..many).map(|_| fetch(LOBBY, seq, 0)).collect();
    for (first, commands) in [(10_000, uploads), (20_000, fetches)] {
        let requests = send_together(&mut client, first, commands).await;
        let (done, refused) = outcomes(&mut client, &requests).await;
        assert_eq!((done, refused), (limits::PIECES_IN_FLIGHT, many - limits::PIECES_IN_FLIGHT));
    }
    // Afterwards there is room again.
    received(client.ask(begun.begin(LOBBY)).await);
    client.ask(fetch(LOBBY, seq, 0)).await.unwrap();
}

#[tokio::test]
async fn what_an_account_and_a_room_may_hold_is_a_setting_that_counts_at_once() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    let half = 600 * 1024;
    Sealed::new(1, half).post(&mut ada, LOBBY).await;
    for (key, code) in [(Key::FilesMaxMib, Code::TooLarge), (Key::FilesAccountMib, Code::QuotaExceeded)] {
        set(&world, key, "1").await;
        let size = if key == Key::FilesMaxMib { 2 * 1024 * 1024 } else { half };
        let refusal = ada.ask(Sealed::new(2, size).begin(LOBBY)).await.unwrap_err();
        assert_eq!(refusal.code, code, "{refusal}");
    }
    // Somebody else has all of theirs, until the room is full.
    received(bob.ask(Sealed::new(3, half).begin(LOBBY)).await);
    bob.ask(Command::CancelUpload { blob: Sealed::new(3, half).blob }).await.unwrap();
    set(&world, Key::FilesRoomMib, "1").await;
    let refusal = bob.ask(Sealed::new(3, half).begin(LOBBY)).await.unwrap_err();
    assert_eq!(refusal.code, Code::QuotaExceeded, "{refusal}");
    set(&world, Key::FilesRoomMib, "1000").await;
    Sealed::new(3, half).post(&mut bob, LOBBY).await;
}

#[tokio::test]
async fn below_the_reserve_uploads_are_refused_and_all_else_goes_on() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let (there, begun) = (Sealed::new(1, 1_000), Sealed::new(2, 100_000));
    let seq = there.post(&mut client, LOBBY).await;
    received(client.ask(begun.begin(LOBBY)).await);
    world.settings.send_modify(|settings| settings.files.reserve_bytes = u64::MAX);
    assert_eq!(client.ask(begun.piece(0)).await.unwrap_err().code, Code::DiskFull);
    let refusal = client.ask(Sealed::new(3, 100).begin(LOBBY)).await.unwrap_err();
    assert_eq!(refusal.code, Code::DiskFull);
    assert!(refusal.retry_after_ms.is_some());
    let metrics = crate::metrics::get(world.metrics, "/metrics").await.1;
    assert!(metrics.contains("chatd_files_reserve_reached 1"), "{metrics}");
    // Talking, reading and taking away need no room.
    client.say(LOBBY, "hello").await;
    assert_eq!(download(&mut client, LOBBY, seq, there.size()).await.unwrap(), there.bytes);
    client.ask(Command::CancelUpload { blob: begun.blob }).await.unwrap();
    assert_eq!(files_of(&world).len(), 1);
    world.settings.send_modify(|settings| settings.files.reserve_bytes = 0);
    Sealed::new(3, 100).post(&mut client, LOBBY).await;
}

#[tokio::test]
async fn a_server_that_takes_no_files_still_gives_out_those_it_has() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let there = Sealed::new(1, 1_000);
    let seq = there.post(&mut client, LOBBY).await;
    world.settings.send_modify(|settings| settings.files.enabled = false);
    let refusal = client.ask(Sealed::new(2, 100).begin(LOBBY)).await.unwrap_err();
    assert_eq!(refusal.code, Code::NotPermitted);
    assert_eq!(download(&mut client, LOBBY, seq, there.size()).await.unwrap(), there.bytes);
}

#[tokio::test]
async fn the_figures_follow_the_files() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 50_000);
    let seq = file.post(&mut client, LOBBY).await;
    download(&mut client, LOBBY, seq, file.size()).await.unwrap();
    received(client.ask(Sealed::new(2, 100).begin(LOBBY)).await);
    let text = crate::metrics::get(world.metrics, "/metrics").await.1;
    for line in [
        "chatd_file_bytes_total{dir=\"in\"} 50000",
        "chatd_file_bytes_total{dir=\"out\"} 50000",
        "chatd_uploads_total{result=\"begun\"} 2",
        "chatd_uploads_total{result=\"finished\"} 1",
        "chatd_uploads_open 1",
        "chatd_blobs 1",
        "chatd_blob_bytes 50000",
        "chatd_files_reserve_reached 0",
        "chatd_messages_total{kind=\"file\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

/// Counts answers and refusals for too much at once.
async fn outcomes(client: &mut crate::client::Client, requests: &[RequestId]) -> (usize, usize) {
    let (mut done, mut refused) = (0, 0);
    while done + refused < requests.len() {
        match client.next().await.expect("an answer") {
            ServerMessage::Answer(request, _) if requests.contains(&request) => done += 1,
            ServerMessage::Refused(request, refusal) if requests.contains(&request) => {
                assert_eq!(refusal.code, Code::LimitReached, "{refusal}");
                refused += 1;
            }
            ServerMessage::Event(_) => {}
            other => panic!("not an answer: {other:?}"),
        }
    }
    (done, refused)
}

async fn set(world: &World, key: Key, value: &str) {
    let value = parse(key, value).unwrap();
    world.staff(move |staff| staff.set_setting(&value)).await;
}
