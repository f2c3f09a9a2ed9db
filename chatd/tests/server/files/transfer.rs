//! Files that come in and go out whole, whatever happens in between.

use proto::message::{Answer, Command, Content, Event, Role};
use proto::refusal::Code;
use proto::text::Text;

use super::{Sealed, download, fetch, files_of, piece, received, received_after};
use crate::client::LOBBY;
use crate::world::World;

#[tokio::test]
async fn a_file_is_read_back_byte_for_byte_by_another_member() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    for (seed, size) in [(1, 80), (2, 32_768), (3, 300_000)] {
        let file = Sealed::new(seed, size);
        let seq = file.post(&mut ada, LOBBY).await;
        let entry = bob.entry().await;
        assert_eq!(entry.seq, seq);
        assert!(matches!(entry.content, Content::File { file: card, .. } if card.blob == file.blob));
        assert_eq!(download(&mut bob, LOBBY, seq, file.size()).await.unwrap(), file.bytes);
        // Exactly at the end there is nothing; beyond it there is no file.
        let end = bob.ask(fetch(LOBBY, seq, file.size())).await;
        assert!(matches!(end, Ok(Answer::Piece { bytes, .. }) if bytes.is_empty()));
        let beyond = bob.ask(fetch(LOBBY, seq, file.size() + 1)).await;
        assert_eq!(beyond.unwrap_err().code, Code::BadInput);
    }
}

#[tokio::test]
async fn a_file_for_one_person_is_for_both_of_them_and_nobody_else() {
    let world = World::start().await;
    let people = ["ada", "bob", "mallory"];
    let [ada, bob, mallory] =
        [people[0], people[1], people[2]].map(|name| world.somebody(name, Role::Member));
    let (ada, bob, mallory) = (ada.await, bob.await, mallory.await);
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    let mut mallory = world.online(&mallory).await;
    let opened = ada.ask(Command::OpenDirect { name: Text::cut("bob") }).await;
    let Ok(Answer::Room(room)) = opened else { panic!("{opened:?}") };
    let file = Sealed::new(1, 100_000);
    let seq = file.post(&mut ada, room.room).await;
    bob.until(|event| matches!(event, Event::Entry(entry) if entry.seq == seq).then_some(())).await;
    assert_eq!(download(&mut bob, room.room, seq, file.size()).await.unwrap(), file.bytes);
    assert!(download(&mut mallory, room.room, seq, file.size()).await.is_err());
    assert!(mallory.ask(Sealed::new(2, 100).begin(room.room)).await.is_err());
}

#[tokio::test]
async fn an_upload_goes_on_after_a_cut() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let file = Sealed::new(1, 150_000);
    let mut client = world.online(&ada).await;
    assert_eq!(received(client.ask(file.begin(LOBBY)).await), 0);
    assert_eq!(received_after(&mut client, &file, 0).await, 32_768);
    drop(client);
    let mut client = world.online(&ada).await;
    // A piece whose answer was lost comes again and does no harm.
    assert_eq!(received_after(&mut client, &file, 0).await, 32_768);
    assert_eq!(received(client.ask(file.begin(LOBBY)).await), 32_768);
    let seq = file.post(&mut client, LOBBY).await;
    assert_eq!(download(&mut client, LOBBY, seq, file.size()).await.unwrap(), file.bytes);
}

#[tokio::test]
async fn an_upload_goes_on_after_the_server_stopped() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let file = Sealed::new(1, 150_000);
    let mut client = world.online(&ada).await;
    received(client.ask(file.begin(LOBBY)).await);
    received_after(&mut client, &file, 0).await;
    let world = world.again().await;
    let mut client = world.online(&ada).await;
    let refusal = client.ask(file.piece(32_768)).await.unwrap_err();
    assert_eq!(refusal.code, Code::NoSuchFile, "what came before has to be hashed again first");
    assert_eq!(received(client.ask(file.begin(LOBBY)).await), 32_768);
    let seq = file.post(&mut client, LOBBY).await;
    let world = world.again().await;
    let mut client = world.online(&ada).await;
    assert_eq!(download(&mut client, LOBBY, seq, file.size()).await.unwrap(), file.bytes);
}

#[tokio::test]
async fn a_file_that_was_moved_and_not_written_down_does_not_have_to_come_again() {
    for waits_for_sweep in [false, true] {
        let world = World::start().await;
        let ada = world.somebody("ada", Role::Member).await;
        let mut client = world.online(&ada).await;
        let file = Sealed::new(1, 30_000);
        received(client.ask(file.begin(LOBBY)).await);
        received_after(&mut client, &file, 0).await;
        drop(client);
        // As a kill between the move and the row leaves it.
        let (part, name) = (files_of(&world).remove(0), file.blob.to_string());
        let moved = world.again_after(|folder| {
            let place = folder.join("blobs").join(&name[..2]);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::rename(&part, place.join(&name)).unwrap();
        });
        let world = moved.await;
        while waits_for_sweep && !part.exists() {
            tokio::task::yield_now().await;
        }
        let mut client = world.online(&ada).await;
        assert_eq!(received(client.ask(file.begin(LOBBY)).await), file.size());
        let seq = file.post(&mut client, LOBBY).await;
        assert_eq!(download(&mut client, LOBBY, seq, file.size()).await.unwrap(), file.bytes);
    }
}

#[tokio::test]
async fn what_was_finished_can_be_finished_and_begun_again() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 50_000);
    file.upload(&mut client, LOBBY).await;
    assert_eq!(client.ask(Command::FinishUpload { blob: file.blob }).await, Ok(Answer::Done));
    assert_eq!(received(client.ask(file.begin(LOBBY)).await), file.size());
    file.post(&mut client, LOBBY).await;
    assert_eq!(files_of(&world).len(), 1);
}

#[tokio::test]
async fn bytes_that_are_not_what_was_announced_are_thrown_away() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 1_000);
    received(client.ask(file.begin(LOBBY)).await);
    received(client.ask(piece(file.blob, 0, &[0xee; 1_000])).await);
    let refusal = client.ask(Command::FinishUpload { blob: file.blob }).await.unwrap_err();
    assert_eq!(refusal.code, Code::HashMismatch);
    assert_eq!(files_of(&world).len(), 0);
    let message = file.message(&mut client, LOBBY, ("a.bin", ""));
    assert_eq!(client.ask(message).await.unwrap_err().code, Code::NoSuchFile);
    file.post(&mut client, LOBBY).await;
}

#[tokio::test]
async fn an_upload_that_is_given_up_leaves_nothing() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 100_000);
    received(client.ask(file.begin(LOBBY)).await);
    received_after(&mut client, &file, 0).await;
    assert_eq!(files_of(&world).len(), 1);
    assert_eq!(client.ask(Command::CancelUpload { blob: file.blob }).await, Ok(Answer::Done));
    assert_eq!(files_of(&world).len(), 0);
    let again = client.ask(Command::CancelUpload { blob: file.blob }).await.unwrap_err();
    assert_eq!(again.code, Code::NoSuchFile);
    assert_eq!(client.ask(file.piece(32_768)).await.unwrap_err().code, Code::NoSuchFile);
}

#[tokio::test]
async fn a_start_takes_away_what_a_crash_has_left_and_nothing_else() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let (kept, begun) = (Sealed::new(1, 1_000), Sealed::new(2, 100_000));
    let seq = kept.post(&mut client, LOBBY).await;
    received(client.ask(begun.begin(LOBBY)).await);
    received_after(&mut client, &begun, 0).await;
    drop(client);
    // As a kill leaves it: a file that was put in its place and has no row, a part whose row is gone.
    let stray = Sealed::new(3, 500);
    let left = world.again_after(|folder| {
        let (folder, name) = (folder.join("blobs"), stray.blob.to_string());
        std::fs::create_dir_all(folder.join(&name[..2])).unwrap();
        std::fs::write(folder.join(&name[..2]).join(&name), &stray.bytes).unwrap();
        std::fs::write(folder.join(format!("incoming/{}-{name}.part", ada.account)), &stray.bytes).unwrap();
    });
    let world = left.await;
    while files_of(&world).len() != 2 {
        tokio::task::yield_now().await;
    }
    let mut client = world.online(&ada).await;
    assert_eq!(download(&mut client, LOBBY, seq, 1_000).await.unwrap(), kept.bytes);
    assert_eq!(received(client.ask(begun.begin(LOBBY)).await), 32_768);
}
