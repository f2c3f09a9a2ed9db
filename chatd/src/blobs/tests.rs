use sha2::{Digest, Sha256};

use super::*;

#[tokio::test]
async fn a_file_comes_in_goes_to_its_place_and_is_read_in_stretches() {
    let (_temp, blobs) = blobs();
    let (key, whole) = file(11, 100_000);
    assert_eq!(blobs.begin(key, 100_000).await.unwrap(), 0);
    let written = blobs.write(key, pieces(&whole, 0)).await.unwrap();
    assert_eq!(written.last().unwrap().as_ref().unwrap(), &100_000);
    blobs.finish(key).await.unwrap().unwrap();
    let held = blobs.hold(key.blob).await;
    blobs.place(&held, key).await.unwrap();
    drop(held);
    assert_eq!(blobs.uploads(), 0);
    let stretch = |offset, length| Stretch { offset, length };
    let read = blobs.read(key.blob, vec![stretch(7, 10), stretch(99_999, 10)]).await.unwrap();
    assert_eq!(read, [whole[7..17].to_vec(), whole[99_999..].to_vec()]);
    let held = blobs.hold(key.blob).await;
    assert!(blobs.remove(&held, key.blob).await.unwrap());
    assert!(matches!(blobs.read(key.blob, vec![stretch(0, 1)]).await, Err(BlobError::Gone)));
}

#[tokio::test]
async fn a_server_that_starts_again_goes_on_where_the_bytes_are() {
    let (temp, blobs) = blobs();
    let (key, whole) = file(11, 100_000);
    blobs.begin(key, 100_000).await.unwrap();
    blobs.write(key, pieces(&whole[..50_000], 0)).await.unwrap();
    drop(blobs);
    let blobs = Blobs::open(&temp.path().join("blobs")).unwrap();
    assert!(matches!(blobs.finish(key).await.unwrap(), Err(FinishError::NotBegun)));
    assert!(matches!(blobs.write(key, pieces(&whole, 0)).await.unwrap()[0], Err(PieceError::NotBegun)));
    assert_eq!(blobs.begin(key, 100_000).await.unwrap(), 50_000);
    blobs.write(key, pieces(&whole, 50_000)).await.unwrap();
    blobs.finish(key).await.unwrap().unwrap();
}

#[tokio::test]
async fn bytes_that_are_something_else_are_thrown_away_and_the_upload_begins_anew() {
    let (_temp, blobs) = blobs();
    let (key, whole) = file(11, 1_000);
    blobs.begin(key, 1_000).await.unwrap();
    blobs.write(key, pieces(&[0xee; 1_000], 0)).await.unwrap();
    assert!(matches!(blobs.finish(key).await.unwrap(), Err(FinishError::WrongHash)));
    assert_eq!(blobs.begin(key, 1_000).await.unwrap(), 0);
    blobs.write(key, pieces(&whole, 0)).await.unwrap();
    blobs.finish(key).await.unwrap().unwrap();
}

#[tokio::test]
async fn no_more_uploads_are_open_than_files_are_kept_for() {
    let (_temp, blobs) = blobs();
    for account in 0..UPLOADS {
        blobs.begin(file(u64::try_from(account).unwrap() + 1, 10).0, 10).await.unwrap();
    }
    assert!(matches!(blobs.begin(file(7_777, 10).0, 10).await, Err(BlobError::Busy)));
    assert!(blobs.discard(file(1, 10).0).await.unwrap());
    blobs.begin(file(7_777, 10).0, 10).await.unwrap();
    assert_eq!(blobs.uploads(), UPLOADS);
}

#[tokio::test]
async fn one_person_keeps_only_some_uploads_open_and_the_oldest_makes_way() {
    let (_temp, blobs) = blobs();
    let key = |number: usize| {
        let mut key = file(11, 10).0;
        key.blob.0[..8].copy_from_slice(&number.to_be_bytes());
        key
    };
    for number in 0..=UPLOADS_OF_ONE {
        blobs.begin(key(number), 10).await.unwrap();
    }
    assert_eq!(
        (blobs.uploads(), blobs.is_open(key(0)), blobs.is_open(key(1))),
        (UPLOADS_OF_ONE, false, true)
    );
}

#[tokio::test]
async fn two_devices_of_one_person_bring_one_file_together() {
    let (_temp, blobs) = blobs();
    let (key, whole) = file(11, 1_000);
    let (first, second) = tokio::join!(blobs.begin(key, 1_000), blobs.begin(key, 1_000));
    assert_eq!((first.unwrap(), second.unwrap(), blobs.uploads()), (0, 0, 1));
    let half = blobs.write(key, pieces(&whole[..500], 0));
    let all = blobs.write(key, pieces(&whole, 0));
    let _both = tokio::join!(half, all);
    let received = blobs.begin(key, 1_000).await.unwrap();
    blobs.write(key, pieces(&whole, usize::try_from(received).unwrap())).await.unwrap();
    blobs.finish(key).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_lock_of_a_hash_keeps_others_waiting() {
    let (_temp, blobs) = blobs();
    let held = blobs.hold(file(1, 10).0.blob).await;
    let mut other = Box::pin(blobs.hold(file(1, 10).0.blob));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(other.as_mut().poll(&mut context).is_pending());
    drop(held);
    assert!(other.as_mut().poll(&mut context).is_ready());
}

fn blobs() -> (tempfile::TempDir, Blobs) {
    let temp = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&temp.path().join("blobs")).unwrap();
    (temp, blobs)
}

fn file(account: u64, size: usize) -> (UploadKey, Vec<u8>) {
    let whole: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let account = proto::ids::AccountId::new(account).unwrap();
    (UploadKey { account, blob: BlobId(Sha256::digest(&whole).into()) }, whole)
}

fn pieces(whole: &[u8], from: usize) -> Vec<(u64, Bytes)> {
    let starts = (from..whole.len()).step_by(30_000);
    starts
        .map(|at| {
            let piece = &whole[at..whole.len().min(at + 30_000)];
            (u64::try_from(at).unwrap(), Bytes::copy_from_slice(piece))
        })
        .collect()
}
