//! Files: chosen, sent with progress, stopped, gone on with, fetched without ever replacing one.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use proto::message::Content;
use proto::text::Text;
use tests::cargo;
use tests::person::Person;
use tests::program::until;
use tests::proxy::Proxy;
use tests::seat::{self, LOBBY};
use tests::server::Setup;

use crate::stage::{Stage, USUAL, WIDE, leave, open};

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_shows_how_far_it_is_is_stopped_and_goes_on_to_its_end() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let (proxy, gate) = Proxy::gated(chatd.address()).await?;
    let bob = Person::join("bob", &chatd.through(&chatd.invite()?, proxy.address())?)?;
    fs::write(bob.home().join("holiday.bin"), vec![7; SIZE])?;
    let mut glass = open(&bob, WIDE)?;

    gate.let_through(&proxy, HALF);
    glass.press("f3")?;
    glass.wait_for("holiday.bin")?;
    glass.type_in("holi")?;
    glass.wait_for("holi")?;
    glass.press("enter")?;
    // The preview asks for a caption; Enter sends.
    glass.wait_for("4.0 MiB")?;
    glass.press("enter")?;
    glass.wait_for("stop ]")?;
    glass.wait_until("half of it sent", |glass| 40 <= percent(glass.row_with("stop ]").as_deref()))?;
    let (row, column) = glass.find("stop ]").context("no button")?;
    glass.click(row, column)?;
    glass.wait_gone("stop ]")?;
    glass.wait_for("stopped")?;
    gate.open();

    glass.enter("/upload resume")?;
    glass.wait_for("[file] holiday.bin")?;
    glass.wait_gone("stop ]")?;
    leave(glass)?;
    let out = bob.home().join("out");
    fs::create_dir(&out)?;
    bob.run(&["download", "lobby", "--latest", "--out", &out.to_string_lossy()])?.good()?;
    ensure!(fs::read(out.join("holiday.bin"))? == vec![7; SIZE], "other bytes came");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_never_replaces_a_file_and_stays_in_its_folder() -> Result<()> {
    let mut stage = Stage::set().await?;
    let folder = stage.bob.home().join("in");
    fs::create_dir(&folder)?;
    stage.bob.prefers(&format!("downloads = {:?}\n", folder.to_string_lossy()))?;
    for words in ["first", "second"] {
        cargo::show(&mut stage.carol, LOBBY, "notes.txt", "text/plain", words.as_bytes()).await?;
    }
    // No server of ours takes such a name; a client must not rely on its server.
    let name = ("../../../escape.txt", "text/plain");
    let file = cargo::bring_sealed(&mut stage.carol, LOBBY, name, b"third").await?;
    let post = Content::File { file, caption: Text::default(), reply_to: None };
    seat::put(&stage.chatd, &stage.carols, LOBBY, post)?;
    let mut glass = stage.open(USUAL)?;
    glass.wait_for("escape.txt")?;
    for number in 1..=3 {
        glass.enter(&format!("/download {number}"))?;
        until("a whole file more", || whole(&folder) == number)?;
    }
    let mut found = Vec::new();
    for file in fs::read_dir(&folder)? {
        let path = file?.path();
        found.push((
            path.file_name().context("a name")?.to_string_lossy().into_owned(),
            fs::read_to_string(path)?,
        ));
    }
    found.sort();
    let texts: Vec<_> = found.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(texts, [("escape.txt", "third"), ("notes (2).txt", "second"), ("notes.txt", "first")]);
    leave(glass)
}

/// Returns how many files are there to their end; one that is being fetched is not.
fn whole(folder: &Path) -> usize {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.file_name());
    names.filter(|name| !name.to_string_lossy().ends_with(".part")).count()
}

fn percent(row: Option<&str>) -> u32 {
    let row = row.unwrap_or_default();
    let before = row.split('%').next().unwrap_or_default().trim_end();
    let digits: String = before.chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap_or_default()
}

const SIZE: usize = 4 << 20;
const HALF: u64 = 2 << 20;
