//! Who may read a file, at every piece of it.

use proto::ids::{FileId, Seq};
use proto::message::{Answer, Command, Role};
use proto::refusal::{Code, Refusal};
use proto::text::Text;

use super::{Sealed, download, fetch, files_of, received};
use crate::client::{Client, LOBBY};
use crate::world::World;

#[tokio::test]
async fn a_kick_ends_a_download_in_its_middle() {
    let world = World::start().await;
    let (mia, bob) =
        (world.somebody("mia", Role::Moderator).await, world.somebody("bob", Role::Member).await);
    let (mut mia, mut bob) = (world.online(&mia).await, world.online(&bob).await);
    let made = mia.ask(Command::CreateRoom { name: Text::cut("rust"), topic: Text::default() }).await;
    let Ok(Answer::Room(room)) = made else { panic!("{made:?}") };
    bob.ask(Command::Join { name: Text::cut("rust") }).await.unwrap();
    let room = room.room;
    let file = Sealed::new(1, 100_000);
    let seq = file.post(&mut mia, room).await;
    bob.ask(fetch(room, seq, 0)).await.unwrap();
    let (name, reason) = (Text::cut("bob"), Text::cut("rude"));
    mia.ask(Command::RoomBan { room, name, reason, seconds: None }).await.unwrap();
    assert!(bob.ask(fetch(room, seq, 32_768)).await.is_err());
    // Nor can somebody bring a file for a room that is closed to them.
    assert!(bob.ask(Sealed::new(2, 100).begin(room)).await.is_err());
    assert_eq!(download(&mut mia, room, seq, file.size()).await.unwrap(), file.bytes);
}

#[tokio::test]
async fn a_quarantine_ends_downloads_until_the_file_is_released() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    let file = Sealed::new(1, 100_000);
    let seq = file.post(&mut ada, LOBBY).await;
    bob.ask(fetch(LOBBY, seq, 0)).await.unwrap();
    let id = row_of(&world, &file).await;
    world.staff(move |staff| staff.quarantine_file(id, &Text::cut("to be looked at"))).await;
    assert_eq!(refused(&mut bob, seq, 32_768).await.code, Code::Quarantined);
    // It cannot be brought again in another room, or by another name for the same bytes.
    assert_eq!(ada.ask(file.begin(LOBBY)).await.unwrap_err().code, Code::Quarantined);
    assert_eq!(files_of(&world).len(), 1, "it is kept as evidence");
    world.staff(move |staff| staff.release_file(id, &Text::cut("harmless"))).await;
    assert_eq!(download(&mut bob, LOBBY, seq, file.size()).await.unwrap(), file.bytes);
}

#[tokio::test]
async fn a_purged_file_is_gone_from_every_room_and_from_the_disk() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 100_000);
    let first = file.post(&mut client, LOBBY).await;
    let second = file.post(&mut client, LOBBY).await;
    assert_ne!(first, second);
    assert_eq!(files_of(&world).len(), 1, "the same bytes lie there once");
    let id = row_of(&world, &file).await;
    world.staff(move |staff| staff.purge_file(id, &Text::cut("unlawful"))).await;
    for seq in [first, second] {
        let code = refused(&mut client, seq, 0).await.code;
        assert!(matches!(code, Code::NoSuchFile | Code::NoSuchEntry | Code::Quarantined), "{code:?}");
    }
    assert!(client.ask(file.begin(LOBBY)).await.is_err(), "it cannot come back");
    let world = world.again().await;
    while !files_of(&world).is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_deleted_message_takes_its_file_along() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut client = world.online(&ada).await;
    let file = Sealed::new(1, 100_000);
    let seq = file.post(&mut client, LOBBY).await;
    let message_id = client.message_id();
    client.ask(Command::Delete { room: LOBBY, message_id, target: seq }).await.unwrap();
    let code = refused(&mut client, seq, 0).await.code;
    assert!(matches!(code, Code::NoSuchFile | Code::NoSuchEntry), "{code:?}");
}

#[tokio::test]
async fn nobody_goes_on_with_the_upload_of_another() {
    let world = World::start().await;
    let (ada, mallory) =
        (world.somebody("ada", Role::Member).await, world.somebody("mallory", Role::Member).await);
    let (mut ada, mut mallory) = (world.online(&ada).await, world.online(&mallory).await);
    let file = Sealed::new(1, 100_000);
    received(ada.ask(file.begin(LOBBY)).await);
    received(ada.ask(file.piece(0)).await);
    assert_eq!(mallory.ask(file.piece(32_768)).await.unwrap_err().code, Code::NoSuchFile);
    assert!(mallory.ask(Command::CancelUpload { blob: file.blob }).await.is_err());
    assert!(mallory.ask(Command::FinishUpload { blob: file.blob }).await.is_err());
    // Their own upload of the same name starts with nothing.
    assert_eq!(received(mallory.ask(file.begin(LOBBY)).await), 0);
    let seq = file.post(&mut ada, LOBBY).await;
    assert_eq!(download(&mut mallory, LOBBY, seq, file.size()).await.unwrap(), file.bytes);
}

#[tokio::test]
async fn a_file_that_was_never_brought_cannot_be_posted() {
    let world = World::start().await;
    let (ada, mallory) =
        (world.somebody("ada", Role::Member).await, world.somebody("mallory", Role::Member).await);
    let (mut ada, mut mallory) = (world.online(&ada).await, world.online(&mallory).await);
    let file = Sealed::new(1, 1_000);
    let message = file.message(&mut mallory, LOBBY, ("a.bin", ""));
    assert_eq!(mallory.ask(message).await.unwrap_err().code, Code::NoSuchFile);
    // Knowing the name of somebody else's file is not having it.
    file.upload(&mut ada, LOBBY).await;
    let message = file.message(&mut mallory, LOBBY, ("a.bin", ""));
    assert_eq!(mallory.ask(message).await.unwrap_err().code, Code::NoSuchFile);
}

async fn row_of(world: &World, file: &Sealed) -> FileId {
    let blob = file.blob;
    world.store.read(move |reads| reads.blob(blob)).await.unwrap().unwrap().id
}

async fn refused(client: &mut Client, seq: Seq, offset: u64) -> Refusal {
    client.ask(fetch(LOBBY, seq, offset)).await.unwrap_err()
}
