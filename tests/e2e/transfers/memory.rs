//! A large file takes no memory that grows with it.

use anyhow::{Result, ensure};
use proto::limits;
use tests::cargo::{Cargo, collect};
use tests::memory::peak;
use tests::seat::{self, LOBBY};
use tests::server::Setup;

/// In MiB; `LIVECHAT_FILE_MIB=5120` on demand.
const SIZE: usize = 256;
/// Far less than the file, and room for what a process keeps of its first requests.
const MOST_GROWN: u64 = 48 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_quarter_gigabyte_comes_and_goes_in_constant_memory() -> Result<()> {
    let mib = std::env::var("LIVECHAT_FILE_MIB").ok().and_then(|text| text.parse().ok()).unwrap_or(SIZE);
    let mut chatd = Setup::quick().start()?;
    let people = seat::seats(&chatd, &["bob", "carol"])?;
    let (mut bob, mut carol) = (people[0].enter(&chatd).await?, people[1].enter(&chatd).await?);
    let mut first = Cargo::new(1, 4 * limits::PIECE);
    let seq = first.deliver(&mut bob, LOBBY).await?;
    collect(&mut carol, LOBBY, seq, first.len()).await?;

    let id = chatd.process()?.id();
    let before = peak(id)?;
    let mut large = Cargo::new(2, mib * 1024 * 1024 - 1);
    let seq = large.deliver(&mut bob, LOBBY).await?;
    let came = collect(&mut carol, LOBBY, seq, large.len()).await?;
    ensure!(came == large.bytes, "other bytes came out than went in");
    let grown = peak(id)?.saturating_sub(before);
    println!("{mib} MiB in and out, memory grew by {} KiB", grown / 1024);
    ensure!(grown < MOST_GROWN, "memory grew by {grown} bytes");
    Ok(())
}
