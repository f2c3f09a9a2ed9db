//! Files in the dashboard: examined, held back, let through and purged, while somebody tries to fetch them.

use anyhow::Result;
use proto::ids::Seq;
use proto::message::Command;
use tests::browser::Browser;
use tests::cargo;
use tests::dashboard::Dashboard;
use tests::photo;
use tests::seat::{self, LOBBY};
use tests::server::Setup;
use tests::wire::Peer;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_examined_held_back_let_through_and_purged() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["carol", "bob"])?;
    let (mut carol, mut bob) = (seats[0].enter(&chatd).await?, seats[1].enter(&chatd).await?);
    let clean = photo::bmp(320, 240);
    cargo::show(&mut carol, LOBBY, "roof.bmp", "image/bmp", &clean).await?;
    let suspect = cargo::show(&mut carol, LOBBY, "holiday.bmp", "image/bmp", &replaced(&clean)).await?;
    let mut comes = || block_in_place(|| Handle::current().block_on(comes(&mut bob, suspect)));

    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        let open = |name: &str| {
            browser.open(&dashboard.url("/media"))?;
            browser.press(name)?;
            browser.sees("What it is")
        };
        open("roof.bmp")?;
        browser.press("Examine")?;
        browser.sees("nothing found")?;
        open("holiday.bmp")?;
        browser.press("Examine")?;
        let page = browser.sees("hidden data found")?;
        assert!(page.contains("It cannot see LSB matching"), "the page says what it is blind to:\n{page}");
        browser.is_clean()?;

        assert!(comes(), "what nobody holds back is fetched");
        browser.run("document.querySelector('form[action$=\"/quarantine\"] input[name=reason]').value = 'Carries something'", &[])?;
        browser.click("form[action$='/quarantine'] button")?;
        browser.sees("Held back. Nobody can fetch it")?;
        assert!(!comes(), "what is held back is not fetched");
        browser.run(
            "document.querySelector('form[action$=\"/release\"] input[name=reason]').value = 'It was noise'",
            &[],
        )?;
        browser.click("form[action$='/release'] button")?;
        browser.sees("Let through.")?;
        assert!(comes(), "what was let through is fetched again");

        browser.run(
            "document.querySelector('form[action$=\"/purge\"] input[name=reason]').value = 'It was not'",
            &[],
        )?;
        browser.click("form[action$='/purge'] button")?;
        Dashboard::prove(browser, &mut owner)?;
        browser.sees("What it is")?;
        browser.run(
            "document.querySelector('form[action$=\"/purge\"] input[name=reason]').value = 'It was not'",
            &[],
        )?;
        browser.click("form[action$='/purge'] button")?;
        let list = browser.sees("Purged: it is gone")?;
        assert!(list.contains("roof.bmp") && !list.contains("holiday.bmp"), "{list}");
        assert!(!comes(), "what was purged is not there");
        browser.open(&dashboard.url("/audit?q=action:FileScanned"))?;
        browser.sees("hidden data found").map(drop)
    })
}

/// Replaces every lowest bit, as simple tools do.
fn replaced(picture: &[u8]) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bit = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u8::from(state & 1 == 1)
    };
    let header = picture.iter().take(HEADER).copied();
    let pixels = picture.iter().skip(HEADER).map(|byte| (byte & 0xfe) | bit());
    header.chain(pixels).collect()
}

/// Returns whether the first bytes of the file come.
async fn comes(peer: &mut Peer, seq: Seq) -> bool {
    peer.ask(Command::FetchPiece { room: LOBBY, seq, offset: 0, len: 64 }).await.is_ok()
}

const HEADER: usize = 54;
