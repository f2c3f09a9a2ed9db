//! `chatd backup` and `chatd restore`: what is copied comes back whole, and nothing that is there is lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proto::bytes::Secret32;
use proto::ids::{BlobId, ContentHash, FileSize, MessageId};
use proto::message::{Content, FileCard, FileFacts, FileLock};
use proto::text::Text;
use service::clock;
use sha2::{Digest, Sha256};
use store::{NewEntry, NewUpload, Power};

use crate::bench::{Bench, End, Ended, mode};

#[test]
fn a_backup_comes_back_with_everything_in_it_and_another_incarnation() {
    let bench = Bench::with_owner();
    let incarnation =
        |bench: &Bench| bench.store().read_blocking(|reads| reads.incarnation().map(u128::from)).unwrap();
    let file = bench.path("copy.db");
    let ended = backup(&bench, "copy.db");
    assert!(ended.good().contains("verified  ") && ended.stdout.contains("unbroken, head "), "{ended:?}");
    assert_eq!(mode(&file), 0o600);
    let (owner, first) = (bench.account("ada"), incarnation(&bench));

    bench.chatd(&["user", "add", "bob", "--yes"]).end().good();
    let ended = bench.chatd(&["restore"]).arg(&file).end();
    assert!(ended.good().contains("is what was there before"), "{ended:?}");
    assert_eq!(bench.account("ada"), owner);
    assert_eq!(bench.account("bob"), None);
    assert_ne!(incarnation(&bench), first, "clients must notice that the logs are another history");
    assert_eq!(mode(&bench.data().join("chat.db")), 0o600);
    bench.store().verify().unwrap();

    let kept = fs::read_dir(bench.data()).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> = kept.filter(|path| path.to_string_lossy().contains("chat.db.before-")).collect();
    let before = kept.iter().find(|path| path.to_string_lossy().ends_with('Z')).unwrap();
    bench.chatd(&["restore"]).arg(before).end().good();
    assert!(bench.account("bob").is_some(), "what was there before is lost");
}

#[test]
fn a_folder_gets_a_file_with_the_date_and_nothing_else() {
    let bench = Bench::with_owner();
    fs::create_dir(bench.path("backups")).unwrap();
    backup(&bench, "backups").good();
    let names: Vec<_> =
        fs::read_dir(bench.path("backups")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let name = names[0].to_string_lossy();
    assert!(name.starts_with("chatd-2") && name.ends_with("Z.db"), "{name}");
}

#[test]
fn a_backup_never_replaces_a_file() {
    let bench = Bench::with_owner();
    bench.write("taken.db", "mine\n");
    let ended = backup(&bench, "taken.db");
    assert!(ended.refused(1).contains("is there already"), "{ended:?}");
    assert_eq!(bench.read("taken.db"), "mine\n");
}

#[test]
fn a_damaged_backup_and_one_with_other_keys_change_nothing() {
    let (bench, other) = (Bench::with_owner(), Bench::with_owner());
    backup(&bench, "copy.db").good();
    backup(&other, "copy.db").good();
    let mut bytes = fs::read(bench.path("copy.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(bench.path("bad.db"), bytes).unwrap();
    bench.write("words.db", "not a database\n");

    let before = bench.account("ada");
    let files = [bench.path("bad.db"), bench.path("words.db"), bench.path("none.db"), other.path("copy.db")];
    for (file, words) in
        files.iter().zip(["damaged", "not a LiveChat database", "cannot be read", "made with other keys"])
    {
        let ended = bench.chatd(&["restore"]).arg(file).end();
        assert!(ended.refused(1).contains(words), "{ended:?}");
    }
    assert_eq!(bench.account("ada"), before);
    let names =
        fs::read_dir(bench.data()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names.filter(|name| name.contains("before") || name.contains("copy")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_server_can_move_to_another_folder_with_its_keys_and_a_backup() {
    let (old, new) = (Bench::with_owner(), Bench::new());
    backup(&old, "copy.db").good();
    fs::create_dir(new.data()).unwrap();
    fs::rename(old.data().join("keys"), new.data().join("keys")).unwrap();
    fs::rename(old.data().join("chatd.toml"), new.data().join("chatd.toml")).unwrap();
    let ended = new.chatd(&["restore"]).arg(old.path("copy.db")).end();
    assert!(!ended.good().contains("what was there before"), "{ended:?}");
    assert!(new.account("ada").is_some());
}

fn backup(bench: &Bench, dest: &str) -> Ended {
    bench.chatd(&["backup", "--verify"]).arg(bench.path(dest)).end()
}

#[test]
fn the_files_of_messages_are_in_a_backup_and_come_back_with_it() {
    let bench = Bench::with_owner();
    let (sealed, blob) = post_file(&bench, b"sealed bytes of a file");
    let lies_at = |folder: &str| bench.data().join(folder).join(&blob[..2]).join(&blob);
    let ended = backup(&bench, "copy.db");
    assert!(ended.good().contains("1 files"), "{ended:?}");
    let kept = bench.path("copy.db.files").join(&blob[..2]).join(&blob);
    assert_eq!((fs::read(&kept).unwrap(), mode(&kept)), (sealed.clone(), 0o600));

    fs::remove_file(lies_at("blobs")).unwrap();
    let doctor = bench.chatd(&["doctor"]).end();
    assert!(doctor.stdout.contains("1 of 1 files are missing"), "{doctor:?}");
    let ended = bench.chatd(&["restore"]).arg(bench.path("copy.db")).end();
    assert!(ended.good().contains("1 files"), "{ended:?}");
    assert_eq!(fs::read(lies_at("blobs")).unwrap(), sealed);
    let doctor = bench.chatd(&["doctor"]).end();
    assert!(doctor.stdout.contains("1 files, 0 MiB, each in its place"), "{doctor:?}");
}

#[test]
fn a_file_that_is_damaged_or_missing_is_told_and_does_not_come_back() {
    for damage in ["damaged", "missing"] {
        let bench = Bench::with_owner();
        let (_, blob) = post_file(&bench, b"sealed bytes of a file");
        backup(&bench, "copy.db").good();
        let kept = bench.path("copy.db.files").join(&blob[..2]).join(&blob);
        // A link is the file itself: what is damaged here must not be the one that is served.
        fs::remove_file(&kept).unwrap();
        if damage == "damaged" {
            fs::write(&kept, b"Sealed bytes of a file").unwrap();
        }
        let ended = bench.chatd(&["restore"]).arg(bench.path("copy.db")).end();
        assert!(ended.good().contains(&format!("{damage}   1 files")), "{ended:?}");
        assert!(!bench.data().join("blobs").join(&blob[..2]).join(&blob).exists());
        // What was there before is kept with its files.
        let names = fs::read_dir(bench.data()).unwrap().map(|entry| entry.unwrap().path());
        let aside: Vec<_> = names.filter(|path| path.to_string_lossy().ends_with("Z.files")).collect();
        assert!(aside[0].join(&blob[..2]).join(&blob).exists(), "{aside:?}");
    }
}

#[test]
fn a_backup_that_is_read_again_finds_a_damaged_file() {
    let bench = Bench::with_owner();
    let (_, blob) = post_file(&bench, b"sealed bytes of a file");
    fs::write(bench.data().join("blobs").join(&blob[..2]).join(&blob), b"Sealed bytes of a file").unwrap();
    let ended = bench.chatd(&["backup"]).arg(bench.path("copy.db")).arg("--verify").end();
    assert!(ended.good().contains("damaged   1 files"), "{ended:?}");
}

/// Puts a file where the server would, with a message that names it.
fn post_file(bench: &Bench, sealed: &[u8]) -> (Vec<u8>, String) {
    let blob = BlobId(Sha256::digest(sealed).into());
    let (name, size) = (blob.to_string(), FileSize::new(u64::try_from(sealed.len()).unwrap()).unwrap());
    let folder = bench.data().join("blobs").join(&name[..2]);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(&name), sealed).unwrap();
    fs::set_permissions(folder.join(&name), fs::Permissions::from_mode(0o600)).unwrap();
    let account = bench.account("ada").unwrap().id;
    let facts =
        FileFacts { plain_sha256: ContentHash([7; 32]), name: Text::cut("a.bin"), media: Text::default() };
    let lock = FileLock::Key { key: Secret32::new([9; 32]), facts };
    let content = Content::File {
        file: FileCard { blob, sealed_size: size, lock },
        caption: Text::default(),
        reply_to: None,
    };
    let at = clock::now();
    let store = bench.store();
    store
        .run_blocking(move |tx| {
            tx.begin_upload(&NewUpload { account, room: store::LOBBY, blob, size, at })?;
            tx.finish_upload(account, blob, at)?;
            let (room, message_id, power) = (store::LOBBY, MessageId([1; 16]), Power::Own);
            tx.append(&NewEntry { room, author: account, message_id, content, at, power })
        })
        .unwrap();
    store.close();
    (sealed.to_vec(), name)
}
