//! `kill -9` in the middle of uploads, again and again: they go on where they were, and no row is without its file.
//!
//! Eight kills here; `LIVECHAT_KILLS=200` on demand.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use proto::ids::{BlobId, Seq};
use sha2::{Digest, Sha256};
use tests::cargo::{Cargo, collect};
use tests::seat::{self, LOBBY, Seat, open_store};
use tests::server::{Chatd, Setup};
use tokio::task::JoinSet;

const KILLS: u64 = 8;
const FILES_EACH: u64 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn uploads_go_on_after_kill_9_and_every_row_has_its_file() -> Result<()> {
    let kills = std::env::var("LIVECHAT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut chatd = Setup::quick().start()?;
    let people = seat::seats(&chatd, &["bob", "carol", "dave"])?;
    let (mut cut, mut bytes) = (0, 0);
    for kill in 0..kills {
        let mut cargos = bring_until_kill(&mut chatd, &people, kill).await?;
        cut += cargos.iter().flatten().filter(|cargo| cargo.acknowledged < cargo.len()).count();
        assert_eq!(rows_without_files(&chatd)?, Vec::<BlobId>::new(), "after kill {}", kill + 1);
        chatd.start()?;
        for (person, cargos) in people.iter().zip(&mut cargos) {
            let mut peer = person.enter(&chatd).await?;
            for cargo in cargos {
                let seq = cargo.deliver(&mut peer, LOBBY).await.context("going on after a kill")?;
                let came = collect(&mut peer, LOBBY, seq, cargo.len()).await?;
                ensure!(came == cargo.bytes, "other bytes came out than went in");
                bytes += cargo.len();
            }
        }
    }
    println!("{kills} kills, {cut} uploads cut in the middle, {bytes} bytes compared");
    ensure!(0 < cut, "no upload was cut: this shows nothing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_and_changed_bytes_are_seen() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let bob = seat::seats(&chatd, &["bob"])?.remove(0);
    let mut whole = Cargo::new(77, 200_000);
    whole.deliver(&mut bob.enter(&chatd).await?, LOBBY).await?;
    assert_eq!(rows_without_files(&chatd)?, []);
    let name = whole.blob.to_string();
    let file = chatd.data().join("blobs").join(&name[..2]).join(&name);
    let bytes = fs::read(&file)?;
    for damage in [&bytes[..bytes.len() - 1], &[bytes[0] ^ 1]] {
        fs::write(&file, damage)?;
        assert_eq!(rows_without_files(&chatd)?, [whole.blob]);
    }
    fs::remove_file(&file)?;
    assert_eq!(rows_without_files(&chatd)?, [whole.blob]);

    // What changes in a part while nobody looks does not become a file.
    let mut cargo = Cargo::new(78, 400_000);
    cargo.bring(&mut bob.enter(&chatd).await?, LOBBY, 200_000).await?;
    chatd.kill()?;
    let part = chatd.data().join(format!("blobs/incoming/{}-{}.part", bob.account, cargo.blob));
    let mut came = fs::read(&part).with_context(|| part.display().to_string())?;
    came[0] ^= 1;
    fs::write(&part, came)?;
    chatd.start()?;
    let error = cargo.deliver(&mut bob.enter(&chatd).await?, LOBBY).await.unwrap_err();
    assert!(format!("{error:#}").contains("not what was announced"), "{error:#}");
    Ok(())
}

/// Everybody brings their files; somewhere in between the server is killed. Returns everybody's files.
async fn bring_until_kill(chatd: &mut Chatd, people: &[Seat], kill: u64) -> Result<Vec<Vec<Cargo>>> {
    let mut bringing = JoinSet::new();
    for (index, person) in (0_u64..).zip(people) {
        let mut peer = person.enter(chatd).await?;
        let seed = 1_000 * (kill + 1) + 10 * index;
        let size = |number: u64| usize::try_from(400_000 + (seed + number) * 7_919 % 3_000_000);
        let cargos = (0..FILES_EACH).map(|number| Ok(Cargo::new(seed + number, size(number)?)));
        let mut cargos = cargos.collect::<Result<Vec<_>>>()?;
        bringing.spawn(async move {
            for cargo in &mut cargos {
                // The kill ends it in the middle of something, whatever that is.
                let delivered: Result<Seq> = cargo.deliver(&mut peer, LOBBY).await;
                if delivered.is_err() {
                    break;
                }
            }
            (index, cargos)
        });
    }
    // Different moments: the beginning, pieces, the end, the row, the message.
    tokio::time::sleep(Duration::from_millis(15 + kill * 61 % 400)).await;
    chatd.kill()?;
    let mut all = Vec::new();
    while let Some(done) = bringing.join_next().await {
        all.push(done?);
    }
    all.sort_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, cargos)| cargos).collect())
}

/// Returns the files that have a row and are not there as their row says.
fn rows_without_files(chatd: &Chatd) -> Result<Vec<BlobId>> {
    let store = open_store(chatd)?;
    let mut without = Vec::new();
    let mut after = None;
    loop {
        let rows = store.read_blocking(move |reads| reads.blobs_after(after, 100))?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        without.extend(
            rows.iter().filter(|row| !is_there(&chatd.data(), row.blob, row.size.get())).map(|row| row.blob),
        );
    }
    store.close();
    Ok(without)
}

fn is_there(data: &Path, blob: BlobId, size: u64) -> bool {
    let name = blob.to_string();
    let Ok(bytes) = fs::read(data.join("blobs").join(&name[..2]).join(&name)) else { return false };
    bytes.len() as u64 == size && Sha256::digest(&bytes)[..] == blob.0
}
