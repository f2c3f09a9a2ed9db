//! Fetching a picture to be looked at.
//!
//! Nothing is fetched before the person asks for it: a room would otherwise decide what this machine downloads and
//! decodes, and the server would see who reads when. What was fetched is opened, so it is kept for its owner alone, only
//! while the program runs, and in a bounded folder.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use client_cli::Client;
use client_cli::files::{Control, Downloader, Incoming, plain_size};
use domain::file::size_words;
use domain::text::term_safe;
use proto::message::FileLock;

use crate::cli::conversation::ask::sentence;

/// Fetches a picture into the folder, or finds it there. What cannot be fetched or shown is told in a sentence.
pub(crate) async fn fetch_picture(
    client: Client,
    incoming: Incoming,
    folder: PathBuf,
) -> Result<PathBuf, String> {
    let size = showable(&incoming)?;
    let place = folder.join(format!("{}-{}", incoming.room, incoming.seq));
    let picture = place.join(PICTURE);
    if picture.is_file() {
        return Ok(picture);
    }
    let made = {
        let (folder, place) = (folder.clone(), place.clone());
        tokio::task::spawn_blocking(move || {
            make_room(&folder, size);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(place)
        })
    };
    let made = made
        .await
        .map_err(|error| error.to_string())
        .and_then(|made| made.map_err(|error| error.to_string()));
    made.map_err(|error| format!("There is no place to keep the picture: {error}."))?;
    let downloader = Downloader::new(client, PATIENCE);
    let fetched = downloader.fetch(&incoming, &place, &Control::default()).await;
    let fetched = fetched.map_err(|error| sentence(&term_safe(&error.to_string())))?;
    let kept = fs::rename(&fetched.path, &picture);
    kept.map(|()| picture).map_err(|error| format!("The picture cannot be kept: {error}."))
}

/// Removes everything that was fetched.
pub(crate) fn clear(folder: &Path) {
    // What cannot be removed is tried again at the next start.
    let _ = fs::remove_dir_all(folder);
}

/// Returns the picture's size, or why it is not fetched to be looked at.
fn showable(incoming: &Incoming) -> Result<u64, String> {
    let seq = incoming.seq;
    let Some(size) = plain_size(&incoming.card) else {
        return Err("What the message says of its file cannot be true.".to_owned());
    };
    match &incoming.card.lock {
        FileLock::Passphrase { .. } if incoming.passphrase.is_none() => {
            return Err(format!("This file is locked with a passphrase: /download {seq} asks for it."));
        }
        FileLock::Key { facts, .. } if !KINDS.contains(&&*facts.media) => {
            let name = term_safe(&facts.name);
            return Err(format!(
                "{name} is no picture that can be shown: PNG, JPEG and BMP can. /download {seq} fetches it."
            ));
        }
        FileLock::Key { .. } | FileLock::Passphrase { .. } => {}
    }
    if LARGEST < size {
        let (size, most) = (size_words(size), size_words(LARGEST));
        return Err(format!(
            "The picture has {size}, more than the {most} that are shown. /download {seq} fetches it."
        ));
    }
    Ok(size)
}

/// Removes the oldest pictures until there is room for another one.
fn make_room(folder: &Path, size: u64) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut pictures: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in entries.flatten() {
        let files = fs::read_dir(entry.path()).into_iter().flatten().flatten();
        let sizes = files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len());
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        pictures.push((modified.unwrap_or(SystemTime::UNIX_EPOCH), sizes.sum(), entry.path()));
    }
    pictures.sort();
    let mut total = pictures.iter().map(|(_, size, _)| size).sum::<u64>() + size;
    for (_, size, path) in pictures {
        if total <= TOTAL {
            break;
        }
        let _ = fs::remove_dir_all(path);
        total -= size;
    }
}

const PICTURE: &str = "picture";
const KINDS: [&str; 3] = ["image/png", "image/jpeg", "image/bmp"];
/// Bytes of one picture.
const LARGEST: u64 = 16 << 20;
/// Bytes of all that are kept.
const TOTAL: u64 = 64 << 20;
/// Somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use proto::bytes::{Bytes, Secret32};
    use proto::ids::{BlobId, ContentHash, FileSize, LockSalt, RoomId, Seq};
    use proto::message::{FileCard, FileFacts};
    use proto::text::Text;

    use super::*;

    #[test]
    fn only_small_pictures_that_can_be_shown_are_fetched() {
        for (media, size, expected) in [
            ("image/png", 2_000, None),
            ("image/jpeg", LARGEST, None),
            ("image/png", LARGEST + 1, Some("more than the 16.0 MiB")),
            ("image/gif", 2_000, Some(".png is no picture that can be shown")),
            ("", 2_000, Some("/download 12 fetches it.")),
        ] {
            let said = showable(&incoming(media, size));
            match expected {
                None => assert_eq!(said, Ok(size), "{media}"),
                Some(words) => {
                    let said = said.unwrap_err();
                    assert!(said.contains(words) && !said.contains('\u{202e}'), "{said}");
                }
            }
        }
        let mut locked = incoming("image/png", 2_000);
        locked.card.lock =
            FileLock::Passphrase { salt: LockSalt([0; 16]), card: Bytes::new(Vec::new()).unwrap() };
        assert!(showable(&locked).unwrap_err().contains("locked with a passphrase: /download 12"));
    }

    #[test]
    fn the_oldest_pictures_make_room() {
        let folder = tempfile::tempdir().unwrap();
        for (name, age) in [("old", 300), ("middle", 200), ("young", 100)] {
            let place = folder.path().join(name);
            fs::create_dir(&place).unwrap();
            fs::File::create(place.join(PICTURE)).unwrap().set_len(TOTAL / 4).unwrap();
            let at = SystemTime::now() - Duration::from_secs(age);
            fs::File::open(&place).unwrap().set_modified(at).unwrap();
        }
        make_room(folder.path(), TOTAL / 4);
        assert!(folder.path().join("old").exists());
        make_room(folder.path(), TOTAL / 2);
        assert!(!folder.path().join("old").exists() && folder.path().join("middle").exists());
        clear(folder.path());
        assert!(!folder.path().exists());
        make_room(folder.path(), 1);
    }

    fn incoming(media: &str, size: u64) -> Incoming {
        let facts = FileFacts {
            name: Text::new("tea\u{202e}.png".to_owned()).unwrap(),
            media: Text::new(media.to_owned()).unwrap(),
            plain_sha256: ContentHash([0; 32]),
        };
        let card = FileCard {
            blob: BlobId([0; 32]),
            sealed_size: FileSize::new(attachment::sealed_len(size)).unwrap(),
            lock: FileLock::Key { key: Secret32::new([0; 32]), facts },
        };
        Incoming { room: RoomId::new(7).unwrap(), seq: Seq::new(12).unwrap(), card, passphrase: None }
    }
}
